//! Money on its way back: one state machine, and the plan that spreads a refund over payments.
//!
//! It sends nothing and posts nothing. A refund is asked for under one number however often it is
//! repeated; what became of it is what the channel says, or for money that goes back by hand (bank
//! transfer, cash) what a second person says.
//!
//! | event | `requested` | `processing` | `abnormal` | `succeeded` | `closed` |
//! | --- | --- | --- | --- | --- | --- |
//! | `PROCESSING` | `processing` | – | `processing` | – | `refund_already_closed` |
//! | `SUCCESS` | `succeeded` | `succeeded` | `succeeded` | – | `refund_already_closed` |
//! | `ABNORMAL` | `abnormal` | `abnormal` | – | `refund_already_succeeded` | `refund_already_closed` |
//! | `CLOSED` | `closed` | `closed` | `closed` | `refund_already_succeeded` | – |
//! | the same, of one paid by hand | | | | `SUCCESS`: `refund_paid_twice`; else – | |
//! | refused | `closed` | – | – | – | – |
//! | paid by hand | `succeeded`, if it goes by hand | `refund_under_way` | `succeeded` | – | `refund_already_closed` |
//!
//! Invariants: an amount is never changed; `succeeded` and `closed` are ends; what is neither
//! `closed` counts against its payment. Who paid follows the event: the channel's word is money of the channel,
//! whatever a person has prepared meanwhile.

mod plan;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use vocabulary::Fen;

pub use plan::{CHANNEL_DAYS, CHANNEL_REFUNDS, Part, PlanReject, Refundable, plan};

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Decided and stored; the channel may not know it yet.
    Requested,
    /// The channel has taken it.
    Processing,
    /// The channel could not hand the money over; a person has to find another way.
    Abnormal,
    /// The payer has the money.
    Succeeded,
    /// It will not happen under this number; nothing went back.
    Closed,
}

/// How the money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Through the channel that it came by.
    Channel,
    /// To the prepaid balance that it came from.
    Balance,
    /// By a person: bank transfer, cash.
    Hand,
}

/// A refund; loaded and stored by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Where it stands.
    pub state: RefundState,
    /// How much goes back.
    pub amount: Fen,
    /// How.
    pub way: Way,
    /// By which way it was paid in the end, once it succeeded: an abnormal one of a channel by hand, too.
    pub paid_by: Option<Way>,
}

/// WeChat Pay v3 `status` of a refund (pay.weixin.qq.com/doc/v3/merchant/4012525182).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RefundStatus {
    /// The payer has it.
    Success,
    /// Closed, nothing went back.
    Closed,
    /// Under way.
    Processing,
    /// The payer's account takes nothing.
    Abnormal,
}

/// What happens to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundEvent {
    /// The channel's verified word.
    ChannelSays {
        /// The status there.
        status: RefundStatus,
        /// The amount there.
        amount: Fen,
    },
    /// The channel understood the request and refuses it for good.
    Refused,
    /// A person says that the money was transferred or handed over.
    PaidByHand,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The refund changed.
    Moved(Refund),
    /// Said again, or of no consequence.
    Unchanged,
}

/// Why an event was refused. The caller opens a case where money may have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefundReject {
    /// The channel speaks of another amount.
    #[error("{expected} was to go back, the channel says {said}")]
    AmountDiffers {
        /// The refund's amount.
        expected: Fen,
        /// The channel's.
        said: Fen,
    },
    /// It succeeded, and now something else is said.
    #[error("the refund has succeeded")]
    AlreadySucceeded,
    /// A person paid it by hand, and now the channel says that it paid it, too.
    #[error("the refund was paid by hand, and the channel has paid it, too")]
    PaidTwice,
    /// It was closed, and now something else is said.
    #[error("the refund is closed")]
    AlreadyClosed,
    /// The channel may be paying it out: paying it by hand would pay it twice.
    #[error("the channel has this refund under way")]
    UnderWay,
}

/// The next refund.
///
/// # Errors
/// A `RefundReject`; the refund stays as it is.
pub fn advance(refund: &Refund, event: RefundEvent) -> Result<RefundOutcome, RefundReject> {
    match event {
        RefundEvent::ChannelSays { status, amount } => channel_says(refund, status, amount),
        RefundEvent::Refused => Ok(match refund.state {
            RefundState::Requested => moved(refund, RefundState::Closed, refund.way),
            // An accepted refund is what the next question says, whatever a repeat of it was told.
            _ => RefundOutcome::Unchanged,
        }),
        RefundEvent::PaidByHand => paid_by_hand(refund),
    }
}

fn channel_says(
    refund: &Refund,
    status: RefundStatus,
    amount: Fen,
) -> Result<RefundOutcome, RefundReject> {
    if amount != refund.amount {
        return Err(RefundReject::AmountDiffers { expected: refund.amount, said: amount });
    }
    let said = match status {
        RefundStatus::Success => RefundState::Succeeded,
        RefundStatus::Closed => RefundState::Closed,
        RefundStatus::Processing => RefundState::Processing,
        RefundStatus::Abnormal => RefundState::Abnormal,
    };
    match (refund.state, said) {
        (RefundState::Succeeded, said) if refund.paid_by == Some(Way::Hand) => match said {
            RefundState::Succeeded => Err(RefundReject::PaidTwice),
            // Why it was paid by hand.
            _ => Ok(RefundOutcome::Unchanged),
        },
        (before, said) if before == said => Ok(RefundOutcome::Unchanged),
        // An older word that came late.
        (RefundState::Succeeded, RefundState::Processing) => Ok(RefundOutcome::Unchanged),
        (RefundState::Succeeded, _) => Err(RefundReject::AlreadySucceeded),
        (RefundState::Closed, _) => Err(RefundReject::AlreadyClosed),
        (_, said) => Ok(moved(refund, said, by_itself(refund.way))),
    }
}

/// The way of a refund that no person pays.
fn by_itself(way: Way) -> Way {
    match way {
        Way::Balance => Way::Balance,
        Way::Channel | Way::Hand => Way::Channel,
    }
}

fn paid_by_hand(refund: &Refund) -> Result<RefundOutcome, RefundReject> {
    match (refund.state, refund.way) {
        (RefundState::Succeeded, _) => Ok(RefundOutcome::Unchanged),
        (RefundState::Closed, _) => Err(RefundReject::AlreadyClosed),
        (RefundState::Abnormal, _) | (_, Way::Hand) => {
            Ok(moved(refund, RefundState::Succeeded, Way::Hand))
        }
        (RefundState::Requested | RefundState::Processing, Way::Channel | Way::Balance) => {
            Err(RefundReject::UnderWay)
        }
    }
}

fn moved(refund: &Refund, state: RefundState, by: Way) -> RefundOutcome {
    let paid_by = Some(by).filter(|_| state == RefundState::Succeeded);
    RefundOutcome::Moved(Refund { state, paid_by, ..*refund })
}

impl RefundState {
    /// Every state.
    pub const ALL: [RefundState; 5] = [
        RefundState::Requested,
        RefundState::Processing,
        RefundState::Abnormal,
        RefundState::Succeeded,
        RefundState::Closed,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RefundState::Requested => "requested",
            RefundState::Processing => "processing",
            RefundState::Abnormal => "abnormal",
            RefundState::Succeeded => "succeeded",
            RefundState::Closed => "closed",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        RefundState::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether nothing more happens to it.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, RefundState::Succeeded | RefundState::Closed)
    }
}

impl Way {
    /// The name used in stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Way::Channel => "channel",
            Way::Balance => "balance",
            Way::Hand => "hand",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Way::Channel, Way::Balance, Way::Hand].into_iter().find(|way| way.name() == name)
    }
}

impl RefundStatus {
    /// Reads the channel's word, e.g. `SUCCESS`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "SUCCESS" => RefundStatus::Success,
            "CLOSED" => RefundStatus::Closed,
            "PROCESSING" => RefundStatus::Processing,
            "ABNORMAL" => RefundStatus::Abnormal,
            _ => return None,
        })
    }
}

impl RefundReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RefundReject::AmountDiffers { .. } => "refund_amount_differs",
            RefundReject::AlreadySucceeded => "refund_already_succeeded",
            RefundReject::PaidTwice => "refund_paid_twice",
            RefundReject::AlreadyClosed => "refund_already_closed",
            RefundReject::UnderWay => "refund_under_way",
        }
    }
}
