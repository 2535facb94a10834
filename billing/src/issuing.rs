//! How a document is issued: one state machine for invoices and for the red ones that take them back.
//!
//! Nothing is asked and nothing stored here. A blue document counts against its orders from the request on,
//! so that nothing is invoiced twice; a red one gives back only when it is issued, so that never less
//! is believed to be invoiced than is. Invariants: what is issued never changes; what was handed in is
//! ended by the office's word alone, never by a person; a red one is handed in only when it is confirmed.
//! `HandedIn` is stored before the office is asked, since its answer may be lost.

use serde::{Deserialize, Serialize};

/// Blue, or red: taking a blue one back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// An invoice.
    Blue,
    /// Takes one back, in whole or in part.
    Red,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueState {
    /// A red one above the limit: a second person decides.
    Proposed,
    /// To be handed in; a red fapiao: its confirmation form is to be applied for.
    Requested,
    /// The confirmation form is applied for; the office or the buyer has to confirm it.
    Applied,
    /// The form is confirmed: the red one is to be handed in.
    Confirmed,
    /// Handed in; the office works on it.
    Submitted,
    /// Issued: it has a number, and never changes.
    Issued,
    /// Issued with a number, but the office could not sign it: there is no document.
    Unsigned,
    /// The office or the buyer refused it.
    Rejected,
    /// Made void at the office before it was ours, or after it could not be signed.
    Void,
    /// Not wanted any more before it was handed in.
    Withdrawn,
}

/// What happens to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueEvent {
    /// The second person approves.
    Approved,
    /// The office took the application for the form.
    FormTaken,
    /// The form is confirmed.
    FormConfirmed,
    /// The form is refused.
    FormRefused,
    /// It is handed in now: from here on the office may issue it.
    HandedIn,
    /// The office does not know what was handed in, or did not take it: hand it in again, under the same number.
    Forgotten,
    /// It has a number and is signed.
    Issued,
    /// It has a number and cannot be signed.
    SignFailed,
    /// The office refuses it.
    Refused,
    /// The office made it void.
    MadeVoid,
    /// It is not wanted any more.
    Withdrawn,
}

/// What that means for the orders it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// A blue one came to nothing: they can be invoiced again.
    GivesBack,
    /// A red one is issued: so much less is invoiced.
    TakesBack,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueOutcome {
    /// Somewhere else now.
    Moved {
        /// Where.
        state: IssueState,
        /// What it means for the orders.
        effect: Effect,
    },
    /// Known already.
    Unchanged,
}

/// What does not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueReject {
    /// It has come to an end.
    #[error("the document has come to its end")]
    Ended,
    /// It was handed in: only the office ends it.
    #[error("the document was handed in; the office decides")]
    HandedIn,
    /// It waits for a second person.
    #[error("the document waits for a second person")]
    NotApproved,
    /// A red one without a confirmed form.
    #[error("the red document is not confirmed")]
    NotConfirmed,
    /// Blue ones have no confirmation form.
    #[error("only a red document has a confirmation form")]
    NoForm,
    /// It was never handed in.
    #[error("the document was not handed in")]
    NotHandedIn,
}

/// A document, as far as its way goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// Blue or red.
    pub colour: Colour,
    /// Whether its office wants a confirmation form for a red one.
    pub needs_form: bool,
    /// Where it stands.
    pub state: IssueState,
}

/// Where an event leads.
///
/// # Errors
/// An `IssueReject`; then nothing changes.
pub fn advance(document: Document, event: IssueEvent) -> Result<IssueOutcome, IssueReject> {
    use IssueEvent as E;
    use IssueState as S;
    let next = match (document.state, event) {
        (S::Proposed, E::Approved) => S::Requested,
        (S::Proposed, E::Withdrawn) => S::Withdrawn,
        (S::Proposed, _) => return Err(IssueReject::NotApproved),
        (S::Requested | S::Applied, E::FormTaken | E::FormConfirmed | E::FormRefused) => {
            if document.colour == Colour::Blue || !document.needs_form {
                return Err(IssueReject::NoForm);
            }
            match event {
                E::FormConfirmed => S::Confirmed,
                E::FormRefused => S::Rejected,
                _ => S::Applied,
            }
        }
        (S::Requested | S::Applied, E::HandedIn) => hand_in(document)?,
        (S::Confirmed, E::HandedIn) => S::Submitted,
        (S::Requested | S::Confirmed, E::Refused) => S::Rejected,
        (S::Requested | S::Applied | S::Confirmed, E::Withdrawn) => S::Withdrawn,
        (S::Submitted, E::Forgotten) => before(document),
        (S::Submitted, E::Issued) => S::Issued,
        (S::Submitted, E::SignFailed) => S::Unsigned,
        (S::Submitted, E::Refused) => S::Rejected,
        (S::Submitted, E::MadeVoid) => S::Void,
        (S::Submitted, E::Withdrawn) => return Err(IssueReject::HandedIn),
        // It was repaired over there: the number is the same.
        (S::Unsigned, E::Issued) => S::Issued,
        // Its number came to nothing. What a red one took back went to the payer: that stays.
        (S::Unsigned, E::Refused | E::MadeVoid) if document.colour == Colour::Blue => S::Void,
        (state, event) => return repeated(state, event),
    };
    if next == document.state {
        return Ok(IssueOutcome::Unchanged);
    }
    Ok(IssueOutcome::Moved { state: next, effect: effect(document, next) })
}

/// A red fapiao goes in with its confirmation only.
fn hand_in(document: Document) -> Result<IssueState, IssueReject> {
    let ready = document.colour == Colour::Blue || !document.needs_form;
    if ready { Ok(IssueState::Submitted) } else { Err(IssueReject::NotConfirmed) }
}

/// From where it is handed in.
fn before(document: Document) -> IssueState {
    match document.colour == Colour::Red && document.needs_form {
        true => IssueState::Confirmed,
        false => IssueState::Requested,
    }
}

/// What was said before changes nothing; what contradicts it is refused.
fn repeated(state: IssueState, event: IssueEvent) -> Result<IssueOutcome, IssueReject> {
    use IssueEvent as E;
    use IssueState as S;
    match (state, event) {
        (S::Submitted, E::HandedIn | E::FormTaken | E::FormConfirmed | E::Approved)
        | (S::Confirmed, E::FormTaken | E::FormConfirmed | E::Approved)
        | (S::Issued, E::Issued | E::HandedIn)
        | (S::Unsigned, E::SignFailed | E::HandedIn)
        | (S::Rejected, E::Refused | E::FormRefused)
        | (S::Void, E::MadeVoid)
        | (S::Withdrawn, E::Withdrawn)
        | (S::Requested | S::Applied, E::Approved) => Ok(IssueOutcome::Unchanged),
        _ if state.is_end() => Err(IssueReject::Ended),
        _ => Err(IssueReject::NotHandedIn),
    }
}

fn effect(document: Document, next: IssueState) -> Effect {
    let (before, after) = (counts(document.colour, document.state), counts(document.colour, next));
    match (document.colour, before, after) {
        (Colour::Blue, true, false) => Effect::GivesBack,
        (Colour::Red, false, true) => Effect::TakesBack,
        _ => Effect::Nothing,
    }
}

/// Whether a document counts in what is invoiced of its orders: a blue one while it may still come or has
/// come, a red one when it has come.
#[must_use]
pub fn counts(colour: Colour, state: IssueState) -> bool {
    match colour {
        Colour::Blue => !state.came_to_nothing(),
        Colour::Red => matches!(state, IssueState::Issued | IssueState::Unsigned),
    }
}

impl IssueState {
    /// Every state.
    pub const ALL: [IssueState; 10] = [
        IssueState::Proposed,
        IssueState::Requested,
        IssueState::Applied,
        IssueState::Confirmed,
        IssueState::Submitted,
        IssueState::Issued,
        IssueState::Unsigned,
        IssueState::Rejected,
        IssueState::Void,
        IssueState::Withdrawn,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            IssueState::Proposed => "proposed",
            IssueState::Requested => "requested",
            IssueState::Applied => "applied",
            IssueState::Confirmed => "confirmed",
            IssueState::Submitted => "submitted",
            IssueState::Issued => "issued",
            IssueState::Unsigned => "unsigned",
            IssueState::Rejected => "rejected",
            IssueState::Void => "void",
            IssueState::Withdrawn => "withdrawn",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        IssueState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// It is none and never will be one.
    #[must_use]
    pub fn came_to_nothing(self) -> bool {
        matches!(self, IssueState::Rejected | IssueState::Void | IssueState::Withdrawn)
    }

    /// Nothing follows by itself.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(
            self,
            IssueState::Issued
                | IssueState::Unsigned
                | IssueState::Rejected
                | IssueState::Void
                | IssueState::Withdrawn
        )
    }
}

impl Colour {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Colour::Blue => "blue",
            Colour::Red => "red",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Colour::Blue, Colour::Red].into_iter().find(|colour| colour.name() == name)
    }
}

impl IssueReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            IssueReject::Ended => "document_ended",
            IssueReject::HandedIn => "document_handed_in",
            IssueReject::NotApproved => "document_not_approved",
            IssueReject::NotConfirmed => "document_not_confirmed",
            IssueReject::NoForm => "document_has_no_form",
            IssueReject::NotHandedIn => "document_not_handed_in",
        }
    }
}

#[cfg(test)]
mod tests;
