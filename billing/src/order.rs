//! What is owed for one subject (a visit, a pass, a top-up): one state machine.
//!
//! `advance(order, event)` gives the next order, or says that nothing changes, that a person has to
//! decide, or why the event is refused. It posts nothing and pays nothing: in the same transaction
//! the caller books what `Moved` says (fee, waiver, write-off) and starts the refund of its credit.
//!
//! | event | `open` | `due` | `owing` | `paid` | ends of nothing | `written_off` |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | `Priced` | final: due, paid or an end | re-rated | re-rated | re-rated; an increase is `OnIncrease`'s | re-rated; `free` and `fault_free` as `paid` | re-rated; as `paid` |
//! | `PaymentConfirmed` | part payment | part or paid | part or paid | credit | credit | credit |
//! | `GraceOver` | `order_not_priced` | `owing` | – | – | – | – |
//! | `Waived` | `order_not_priced` | less due | less due | credit | `waiver_too_large` | `waiver_too_large` |
//! | `WrittenOff` | `order_not_priced` | `written_off` | `written_off` | `order_paid` | `order_free`, … | – |
//! | `RefundStarted` | `refund_too_large` | of the credit | of the credit | of the credit | of the credit | of the credit |
//! | `RefundEnded`, `RefundFailed` | of what is on its way, in every state | | | | | |
//!
//! Ends of nothing: `free`, `pass`, `exempt`, `fault_free`, `void`. Invariants, `due` and `credit`
//! being the two sides of `balance`:
//!
//! - `total = waived + written_off + (paid - refunding - refunded) + balance`, always;
//! - `open` has neither due nor credit: what was paid is held until departure;
//! - `due` and `owing` owe more than 0; every other state owes nothing;
//! - a balance below 0 is a credit, and is 0 again once its refund is started;
//! - money that arrived is never refused: what the order cannot use becomes a credit.

mod basis;
mod names;
mod priced;
pub mod rerating;
mod settled;
mod waiver;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject};

pub use names::OrderReject;
pub use waiver::{WaiverPolicies, WaiverPolicy, WaiverPolicyReject};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Running: still parked, or not yet priced. May hold part payments.
    Open,
    /// Final, and something is left to pay.
    Due,
    /// Not paid in the time of grace; can still be paid.
    Owing,
    /// Final and settled.
    Paid,
    /// The bill is 0.
    Free,
    /// A pass covered it.
    Pass,
    /// Exempt by law.
    Exempt,
    /// Free because a device was at fault.
    FaultFree,
    /// Given up by a decision; no longer asked for.
    WrittenOff,
    /// There was no stay.
    Void,
}

/// Why a bill is what it is; all but `Charged` are bills of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The tariff says so; 0 is `free`.
    Charged,
    /// A pass covers all of it.
    Pass,
    /// An exemption with a legal basis covers all of it.
    Exempt,
    /// The sensor was at fault and nothing can be charged.
    FaultFree,
    /// No stay is left of the subject.
    NoStay,
}

/// An order's money; loaded and stored by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Where it stands.
    pub state: OrderState,
    /// Total of the bill that holds, gross; 0 while open.
    pub total: Fen,
    /// What of it was waived: by policy, and by decisions.
    pub waived: Fen,
    /// What of `waived` stems from increases after payment: the first to go when a total falls.
    pub waived_increase: Fen,
    /// What of it was written off.
    pub written_off: Fen,
    /// Payments confirmed.
    pub paid: Fen,
    /// Refunds started that have neither ended nor failed.
    pub refunding: Fen,
    /// Refunds ended.
    pub refunded: Fen,
}

/// What to do when a settled order would now cost more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnIncrease {
    /// Waive it, as long as all such waivers of the order stay within `limit`.
    Waive {
        /// The most that the authority waives of one order.
        limit: Fen,
    },
    /// No authority waives: a person decides.
    Ask,
    /// It is owed: a person decided so, or the payment was made while parked.
    Charge,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    /// The visit was priced at departure, or again because a stay was revised.
    Priced {
        /// Total of the new bill.
        total: Fen,
        /// Why it is what it is.
        basis: Basis,
        /// What to do with an increase of a settled order.
        on_increase: OnIncrease,
    },
    /// A channel's word that a payment of this order succeeded.
    PaymentConfirmed {
        /// What was paid.
        amount: Fen,
    },
    /// The time to pay is over.
    GraceOver,
    /// Somebody with authority reduced what is owed.
    Waived {
        /// By how much.
        amount: Fen,
    },
    /// What is due was given up.
    WrittenOff,
    /// A refund was stored, to be handed to the channel.
    RefundStarted {
        /// Of how much.
        amount: Fen,
    },
    /// The channel says that a refund arrived.
    RefundEnded {
        /// Of how much.
        amount: Fen,
    },
    /// The channel says that a refund will never arrive.
    RefundFailed {
        /// Of how much.
        amount: Fen,
    },
}

/// An order that changed, and what has to be booked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// As it is to be stored.
    pub order: Order,
    /// New total minus the total booked before.
    pub fee: Fen,
    /// New waivers minus those booked before; below 0 when a lower total needs fewer.
    pub waiver: Fen,
    /// The same of write-offs.
    pub write_off: Fen,
    /// What is to be refunded now; 0 or more.
    pub credit: Fen,
}

/// Why a person has to decide about an increase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// No waiver policy with an authority holds today.
    NoAuthority,
    /// It is more than the authority waives.
    AboveLimit,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// The order changed.
    Moved(Moved),
    /// Said again, or of no consequence.
    Unchanged,
    /// A settled order would now cost more: it stays as it is, and a case is opened.
    Undecided {
        /// New total minus the total that holds; above 0.
        increase: Fen,
        /// Why it was not waived.
        why: Undecided,
    },
}

/// The next order.
///
/// # Errors
/// An `OrderReject`; the order stays as it is.
pub fn advance(order: &Order, event: OrderEvent) -> Result<OrderOutcome, OrderReject> {
    match event {
        OrderEvent::Priced { total, basis, on_increase } => {
            priced::priced(order, total, basis, on_increase)
        }
        OrderEvent::PaymentConfirmed { amount } => settled::payment(order, amount),
        OrderEvent::GraceOver => settled::grace_over(order),
        OrderEvent::Waived { amount } => settled::waived(order, amount),
        OrderEvent::WrittenOff => settled::written_off(order),
        OrderEvent::RefundStarted { amount } => settled::refund_started(order, amount),
        OrderEvent::RefundEnded { amount } => settled::refund_ended(order, amount),
        OrderEvent::RefundFailed { amount } => settled::refund_failed(order, amount),
    }
}

impl Order {
    /// A new order: open, nothing booked.
    #[must_use]
    pub fn open() -> Self {
        Order {
            state: OrderState::Open,
            total: Fen::ZERO,
            waived: Fen::ZERO,
            waived_increase: Fen::ZERO,
            written_off: Fen::ZERO,
            paid: Fen::ZERO,
            refunding: Fen::ZERO,
            refunded: Fen::ZERO,
        }
    }

    /// What the order keeps of the payments: paid, less what went back or is on its way back.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn kept(&self) -> Result<Fen, FenReject> {
        self.paid.minus(self.refunding)?.minus(self.refunded)
    }

    /// Above 0 what is due, below 0 a credit. While open, minus what has been paid in part.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn balance(&self) -> Result<Fen, FenReject> {
        self.total.minus(self.waived)?.minus(self.written_off)?.minus(self.kept()?)
    }

    /// What is still to be paid; 0 while open.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn due(&self) -> Result<Fen, FenReject> {
        Ok(match self.state {
            OrderState::Open => Fen::ZERO,
            _ => self.balance()?.max(Fen::ZERO),
        })
    }

    /// What is to be refunded; 0 while open.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn credit(&self) -> Result<Fen, FenReject> {
        Ok(match self.state {
            OrderState::Open => Fen::ZERO,
            _ => Fen::ZERO.minus(self.balance()?)?.max(Fen::ZERO),
        })
    }

    /// What somebody who wants to pay is asked for. `running` is what the visit would cost if it
    /// ended now: while parked, that less what was paid already.
    ///
    /// # Errors
    /// `NotPriced` while open without a running fee, `NothingDue` when it is paid up to now, and
    /// the state of an order that is settled.
    pub fn payable(&self, running: Option<Fen>) -> Result<Fen, OrderReject> {
        match self.state {
            OrderState::Open => {
                let running = running.ok_or(OrderReject::NotPriced)?;
                let left = running.minus(self.kept()?)?;
                if left > Fen::ZERO { Ok(left) } else { Err(OrderReject::NothingDue) }
            }
            OrderState::Due | OrderState::Owing => Ok(self.due()?),
            settled => Err(OrderReject::Settled(settled)),
        }
    }
}
