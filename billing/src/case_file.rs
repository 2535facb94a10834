//! A case: a matter that a person has to look at, one state machine for all kinds.
//!
//! Nothing is stored and nobody is told here. Invariants: who handles does not close; a case is
//! closed with what was done, never while what can be checked still shows the fault (closed is not
//! fixed); what cannot be solved is *listed* with a reason (挂账) and stays countable; a closed case
//! can be opened again, and the count of that is kept.

use serde::{Deserialize, Serialize};
use vocabulary::StaffId;

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Nobody has taken it.
    Open,
    /// Somebody works on it.
    Handling,
    /// The handler says what was done; another person has to look.
    Handled,
    /// It cannot be solved now, in writing.
    Listed,
    /// Over.
    Closed,
}

/// The part of a case that the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// Where it stands.
    pub state: CaseState,
    /// Who works on it, or last did.
    pub handler: Option<StaffId>,
    /// Who closed it.
    pub closer: Option<StaffId>,
    /// How often it was opened again.
    pub reopened: u32,
}

/// What happens to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEvent<'a> {
    /// Somebody takes it over, also from somebody else.
    Taken {
        /// Who.
        by: StaffId,
    },
    /// The handler gives it back.
    GivenBack {
        /// Who.
        by: StaffId,
    },
    /// The handler says what was done.
    Done {
        /// Who.
        by: StaffId,
        /// What was done.
        what: &'a str,
    },
    /// Who looked does not agree: back to the handler.
    SentBack {
        /// Who.
        by: StaffId,
        /// Why.
        why: &'a str,
    },
    /// It cannot be solved now.
    Listed {
        /// Who.
        by: StaffId,
        /// Why.
        why: &'a str,
    },
    /// A second person agrees that it is over.
    Closed {
        /// Who.
        by: StaffId,
        /// What the subject shows.
        subject: Subject,
    },
    /// The subject itself shows that it is over.
    Cleared {
        /// What the subject shows.
        subject: Subject,
    },
    /// It was not over.
    Reopened {
        /// Why.
        why: &'a str,
    },
}

/// What can be seen of a case's subject without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The fault is gone.
    Mended,
    /// It still shows the fault.
    StillFaulty,
    /// Nobody can tell but a person.
    CannotTell,
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseReject {
    /// It is closed.
    #[error("the case is closed; open it again first")]
    IsClosed,
    /// It is not closed.
    #[error("the case is not closed")]
    NotClosed,
    /// Nobody has taken it over.
    #[error("nobody has taken the case over")]
    NotTaken,
    /// The handler has not said what was done.
    #[error("the handler has not said yet what was done")]
    NotHandled,
    /// Somebody else works on it.
    #[error("somebody else handles the case")]
    NotTheHandler,
    /// They work on it already.
    #[error("you handle the case already")]
    IsTheHandler,
    /// Who handles does not close.
    #[error("who handled a case does not close it")]
    HandlerMayNotClose,
    /// The subject still shows the fault.
    #[error("what the case is about still shows the fault; closing would not mend it")]
    StillFaulty,
    /// What was done, or why, is not said.
    #[error("say what was done, or why, in words")]
    NothingSaid,
}

/// The next case.
///
/// # Errors
/// A `CaseReject`; the case stays as it is.
pub fn advance(case: &CaseFile, event: CaseEvent<'_>) -> Result<CaseFile, CaseReject> {
    use CaseState::{Closed, Handled, Handling, Listed, Open};
    if let CaseEvent::Reopened { why } = event {
        if case.state != Closed {
            return Err(CaseReject::NotClosed);
        }
        said(why)?;
        let reopened = case.reopened.saturating_add(1);
        return Ok(CaseFile { state: Open, handler: None, closer: None, reopened });
    }
    if case.state == Closed {
        return Err(CaseReject::IsClosed);
    }
    match event {
        CaseEvent::Taken { by } => {
            if case.state == Handling && case.handler == Some(by) {
                return Err(CaseReject::IsTheHandler);
            }
            Ok(CaseFile { state: Handling, handler: Some(by), ..*case })
        }
        CaseEvent::GivenBack { by } => {
            handled_by(case, by)?;
            Ok(CaseFile { state: Open, handler: None, ..*case })
        }
        CaseEvent::Done { by, what } => {
            handled_by(case, by)?;
            said(what)?;
            Ok(CaseFile { state: Handled, ..*case })
        }
        CaseEvent::SentBack { by, why } => {
            if case.state != Handled {
                return Err(CaseReject::NotHandled);
            }
            if case.handler == Some(by) {
                return Err(CaseReject::HandlerMayNotClose);
            }
            said(why)?;
            Ok(CaseFile { state: Handling, ..*case })
        }
        CaseEvent::Listed { by, why } => {
            handled_by(case, by)?;
            said(why)?;
            Ok(CaseFile { state: Listed, ..*case })
        }
        CaseEvent::Closed { by, subject } => {
            if !matches!(case.state, Handled | Listed) {
                return Err(if case.handler.is_none() {
                    CaseReject::NotTaken
                } else {
                    CaseReject::NotHandled
                });
            }
            if case.handler == Some(by) {
                return Err(CaseReject::HandlerMayNotClose);
            }
            mended(subject)?;
            Ok(CaseFile { state: Closed, closer: Some(by), ..*case })
        }
        CaseEvent::Cleared { subject } => match subject {
            Subject::Mended => Ok(CaseFile { state: Closed, closer: None, ..*case }),
            Subject::StillFaulty | Subject::CannotTell => Err(CaseReject::StillFaulty),
        },
        CaseEvent::Reopened { .. } => Err(CaseReject::NotClosed),
    }
}

fn handled_by(case: &CaseFile, by: StaffId) -> Result<(), CaseReject> {
    match (case.state, case.handler) {
        (CaseState::Open, _) | (_, None) => Err(CaseReject::NotTaken),
        (_, Some(handler)) if handler != by => Err(CaseReject::NotTheHandler),
        _ => Ok(()),
    }
}

fn mended(subject: Subject) -> Result<(), CaseReject> {
    match subject {
        Subject::StillFaulty => Err(CaseReject::StillFaulty),
        Subject::Mended | Subject::CannotTell => Ok(()),
    }
}

fn said(text: &str) -> Result<(), CaseReject> {
    if text.trim().is_empty() { Err(CaseReject::NothingSaid) } else { Ok(()) }
}

impl CaseFile {
    /// A new case.
    #[must_use]
    pub fn open() -> Self {
        CaseFile { state: CaseState::Open, handler: None, closer: None, reopened: 0 }
    }
}

impl CaseState {
    /// Every state.
    pub const ALL: [CaseState; 5] = [
        CaseState::Open,
        CaseState::Handling,
        CaseState::Handled,
        CaseState::Listed,
        CaseState::Closed,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CaseState::Open => "open",
            CaseState::Handling => "handling",
            CaseState::Handled => "handled",
            CaseState::Listed => "listed",
            CaseState::Closed => "closed",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        CaseState::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl CaseReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            CaseReject::IsClosed => "case_closed",
            CaseReject::NotClosed => "case_not_closed",
            CaseReject::NotTaken => "case_not_taken",
            CaseReject::NotHandled => "case_not_handled",
            CaseReject::NotTheHandler => "case_not_yours",
            CaseReject::IsTheHandler => "case_already_yours",
            CaseReject::HandlerMayNotClose => "handler_may_not_close",
            CaseReject::StillFaulty => "case_still_faulty",
            CaseReject::NothingSaid => "nothing_said",
        }
    }
}

#[cfg(test)]
mod tests;
