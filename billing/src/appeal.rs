//! A driver's appeal against a bill: one state machine.
//!
//! It posts nothing: `Outcome::Give` names what the order machine has to give, as a waiver by the
//! authority of the decision. Invariants: who captured the plate or made a correction on the order
//! does not decide; what is given is more than nothing and never more than the order still asks
//! or has kept; a decision that gives more than the policy's limit is a proposal until a second
//! person confirms it; a decision has a reason in words; a decided appeal never changes.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, StaffId};

/// Where an appeal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// The driver has filed it.
    Filed,
    /// A reviewer looks at it.
    InReview,
    /// A reviewer proposes to give more than one person may.
    Proposed,
    /// All that was asked for is given.
    Granted,
    /// Something is given.
    PartlyGranted,
    /// Nothing is given.
    Refused,
    /// The driver took it back.
    Withdrawn,
}

/// What an appeal says is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// It is not the driver's vehicle.
    NotMyVehicle,
    /// It did not park there.
    NotParked,
    /// Arrival or departure are wrong.
    TimesWrong,
    /// The price is wrong.
    PriceWrong,
    /// It is exempt, or has a pass.
    Entitled,
    /// It was paid already.
    PaidAlready,
    /// Something else.
    Other,
}

/// The part of an appeal that the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// Where it stands.
    pub state: AppealState,
    /// Who reviews it, or last did.
    pub reviewer: Option<StaffId>,
    /// What a proposal would give.
    pub proposed: Fen,
}

/// What a decision is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake<'a> {
    /// What the order asks for now: its total less what was waived before.
    pub asked: Fen,
    /// Staff whose own work is appealed against: who captured the plate, who corrected the bill.
    pub involved: &'a [StaffId],
    /// A decision that gives more needs a second person.
    pub second_person_above: Fen,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is owed.
    Whole,
    /// The order is to cost this.
    NewTotal(Fen),
    /// This much is waived.
    Waive(Fen),
    /// It stays as it is.
    Refuse,
}

/// What happens to an appeal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealEvent<'a> {
    /// A reviewer takes it.
    Taken {
        /// Who.
        by: StaffId,
    },
    /// A reviewer decides.
    Decided {
        /// Who.
        by: StaffId,
        /// What.
        decision: Decision,
        /// Why, for the driver.
        reason: &'a str,
    },
    /// A second person agrees with a proposal.
    Confirmed {
        /// Who.
        by: StaffId,
    },
    /// A second person does not.
    SentBack {
        /// Who.
        by: StaffId,
    },
    /// The driver takes it back.
    Withdrawn,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The appeal changed, nothing is given.
    Moved(Appeal),
    /// The appeal is decided, and the order has to give this much.
    Give {
        /// As it is to be stored.
        appeal: Appeal,
        /// More than 0.
        amount: Fen,
    },
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppealReject {
    /// It is decided or withdrawn.
    #[error("the appeal is over")]
    IsOver,
    /// Nobody reviews it yet.
    #[error("nobody has taken the appeal over")]
    NotTaken,
    /// Somebody else reviews it.
    #[error("somebody else reviews the appeal")]
    NotTheReviewer,
    /// The appeal is against their own work.
    #[error("the appeal is against your own work; somebody else has to decide")]
    IsInvolved,
    /// There is nothing to confirm.
    #[error("no decision waits to be confirmed")]
    NotProposed,
    /// The second person is another one.
    #[error("a second person has to confirm")]
    SamePerson,
    /// Less than nothing, nothing, or more than the order asks for.
    #[error("a decision gives more than nothing and no more than the order asks for")]
    AmountOutOfBounds,
    /// A proposal waits.
    #[error("a decision waits to be confirmed")]
    IsProposed,
    /// No reason.
    #[error("say why, in words that the driver can read")]
    NoReason,
}

/// The next appeal.
///
/// # Errors
/// An `AppealReject`; the appeal stays as it is.
pub fn advance(
    appeal: &Appeal,
    stake: Stake<'_>,
    event: AppealEvent<'_>,
) -> Result<Outcome, AppealReject> {
    if appeal.state.is_over() {
        return Err(AppealReject::IsOver);
    }
    match event {
        AppealEvent::Withdrawn => moved(appeal, AppealState::Withdrawn),
        AppealEvent::Taken { by } => {
            impartial(stake, by)?;
            if appeal.state == AppealState::Proposed {
                return Err(AppealReject::IsProposed);
            }
            let state = AppealState::InReview;
            Ok(Outcome::Moved(Appeal { state, reviewer: Some(by), ..*appeal }))
        }
        AppealEvent::Decided { by, decision, reason } => {
            decided(appeal, stake, by, decision, reason)
        }
        AppealEvent::Confirmed { by } => {
            second_person(appeal, stake, by)?;
            // What the order asks for may have changed meanwhile.
            if appeal.proposed > stake.asked {
                return Err(AppealReject::AmountOutOfBounds);
            }
            Ok(given(appeal, stake, appeal.proposed))
        }
        AppealEvent::SentBack { by } => {
            second_person(appeal, stake, by)?;
            let state = AppealState::InReview;
            Ok(Outcome::Moved(Appeal { state, proposed: Fen::ZERO, ..*appeal }))
        }
    }
}

fn decided(
    appeal: &Appeal,
    stake: Stake<'_>,
    by: StaffId,
    decision: Decision,
    reason: &str,
) -> Result<Outcome, AppealReject> {
    impartial(stake, by)?;
    match (appeal.state, appeal.reviewer) {
        (AppealState::Proposed, _) => return Err(AppealReject::IsProposed),
        (AppealState::Filed, _) | (_, None) => return Err(AppealReject::NotTaken),
        (_, Some(reviewer)) if reviewer != by => return Err(AppealReject::NotTheReviewer),
        _ => {}
    }
    if reason.trim().is_empty() {
        return Err(AppealReject::NoReason);
    }
    let Some(amount) = amount_of(decision, stake.asked)? else {
        return moved(appeal, AppealState::Refused);
    };
    if amount > stake.second_person_above {
        let state = AppealState::Proposed;
        return Ok(Outcome::Moved(Appeal { state, proposed: amount, ..*appeal }));
    }
    Ok(given(appeal, stake, amount))
}

/// What a decision gives; nothing for a refusal.
fn amount_of(decision: Decision, asked: Fen) -> Result<Option<Fen>, AppealReject> {
    let amount = match decision {
        Decision::Refuse => return Ok(None),
        Decision::Whole => asked,
        Decision::Waive(amount) => amount,
        Decision::NewTotal(total) if total >= Fen::ZERO => {
            asked.minus(total).map_err(|_| AppealReject::AmountOutOfBounds)?
        }
        Decision::NewTotal(_) => return Err(AppealReject::AmountOutOfBounds),
    };
    if amount <= Fen::ZERO || amount > asked {
        return Err(AppealReject::AmountOutOfBounds);
    }
    Ok(Some(amount))
}

fn given(appeal: &Appeal, stake: Stake<'_>, amount: Fen) -> Outcome {
    let whole = amount == stake.asked;
    let state = if whole { AppealState::Granted } else { AppealState::PartlyGranted };
    Outcome::Give { appeal: Appeal { state, proposed: Fen::ZERO, ..*appeal }, amount }
}

fn second_person(appeal: &Appeal, stake: Stake<'_>, by: StaffId) -> Result<(), AppealReject> {
    impartial(stake, by)?;
    if appeal.state != AppealState::Proposed {
        return Err(AppealReject::NotProposed);
    }
    if appeal.reviewer == Some(by) {
        return Err(AppealReject::SamePerson);
    }
    Ok(())
}

fn impartial(stake: Stake<'_>, by: StaffId) -> Result<(), AppealReject> {
    if stake.involved.contains(&by) { Err(AppealReject::IsInvolved) } else { Ok(()) }
}

fn moved(appeal: &Appeal, state: AppealState) -> Result<Outcome, AppealReject> {
    Ok(Outcome::Moved(Appeal { state, proposed: Fen::ZERO, ..*appeal }))
}

impl Appeal {
    /// A new appeal.
    #[must_use]
    pub fn filed() -> Self {
        Appeal { state: AppealState::Filed, reviewer: None, proposed: Fen::ZERO }
    }
}

impl AppealState {
    /// Every state.
    pub const ALL: [AppealState; 7] = [
        AppealState::Filed,
        AppealState::InReview,
        AppealState::Proposed,
        AppealState::Granted,
        AppealState::PartlyGranted,
        AppealState::Refused,
        AppealState::Withdrawn,
    ];

    /// Whether it never changes any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, AppealState::Filed | AppealState::InReview | AppealState::Proposed)
    }

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AppealState::Filed => "filed",
            AppealState::InReview => "in_review",
            AppealState::Proposed => "proposed",
            AppealState::Granted => "granted",
            AppealState::PartlyGranted => "partly_granted",
            AppealState::Refused => "refused",
            AppealState::Withdrawn => "withdrawn",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        AppealState::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Ground {
    /// Every ground.
    pub const ALL: [Ground; 7] = [
        Ground::NotMyVehicle,
        Ground::NotParked,
        Ground::TimesWrong,
        Ground::PriceWrong,
        Ground::Entitled,
        Ground::PaidAlready,
        Ground::Other,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Ground::NotMyVehicle => "not_my_vehicle",
            Ground::NotParked => "not_parked",
            Ground::TimesWrong => "times_wrong",
            Ground::PriceWrong => "price_wrong",
            Ground::Entitled => "entitled",
            Ground::PaidAlready => "paid_already",
            Ground::Other => "other",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Ground::ALL.into_iter().find(|ground| ground.name() == name)
    }
}

impl AppealReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            AppealReject::IsOver => "appeal_over",
            AppealReject::NotTaken => "appeal_not_taken",
            AppealReject::NotTheReviewer => "appeal_not_yours",
            AppealReject::IsInvolved => "appeal_against_own_work",
            AppealReject::NotProposed => "appeal_not_proposed",
            AppealReject::SamePerson => "second_person_needed",
            AppealReject::AmountOutOfBounds => "amount_out_of_bounds",
            AppealReject::IsProposed => "appeal_waits_for_second_person",
            AppealReject::NoReason => "reason_missing",
        }
    }
}

#[cfg(test)]
mod tests;
