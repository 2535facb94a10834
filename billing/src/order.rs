//! What is owed for a visit: one state machine.
//!
//! `advance(order, event)` gives the next order or a refusal; it posts nothing and pays nothing.
//! The caller books `Moved::difference` as a ledger entry in the same transaction. A paid order
//! whose bill changes stays paid: the difference comes back as an outcome of its own, which the
//! caller makes a case of. Invariants: `total` and `paid` are 0 or more; `paid` equals `total`
//! exactly in `Paid`; `Due` and `Owing` owe more than 0.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Still parked, or not yet priced.
    Open,
    /// Priced and to be paid.
    Due,
    /// Paid in full.
    Paid,
    /// Priced at nothing.
    Free,
    /// Not paid in the time of grace; can still be paid.
    Owing,
}

/// An order's money; loaded and stored by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Where it stands.
    pub state: OrderState,
    /// Total of the bill that holds; 0 while open.
    pub total: Fen,
    /// What payments have been confirmed.
    pub paid: Fen,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    /// The stay was priced at departure, or again because it was revised.
    Priced {
        /// Total of the new bill.
        total: Fen,
    },
    /// The provider's word that a payment of this order succeeded.
    PaymentConfirmed {
        /// What was paid.
        amount: Fen,
    },
    /// The time to pay is over.
    GraceOver,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// The order changed.
    Moved {
        /// As it is to be stored.
        order: Order,
        /// New total minus the total booked before: what the ledger still has to recognise.
        difference: Fen,
    },
    /// Said again, or of no consequence.
    Unchanged,
    /// A paid order would now cost something else: not booked, a case for the caller.
    Difference {
        /// New total minus what was paid: above 0 an increase, below 0 to be refunded.
        amount: Fen,
    },
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderReject {
    /// A payment for an order that has no bill yet.
    #[error("the order has not been priced yet")]
    NotPriced,
    /// A payment for an order that is paid.
    #[error("the order is paid already")]
    AlreadyPaid,
    /// A payment for an order that costs nothing.
    #[error("nothing is due for the order")]
    NothingDue,
    /// A payment of another amount than is due.
    #[error("{due} is due, {paid} was paid")]
    AmountDiffers {
        /// What is due.
        due: Fen,
        /// What was paid.
        paid: Fen,
    },
    /// A bill below 0.
    #[error("the total is below 0")]
    NegativeTotal,
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

/// The next order.
///
/// # Errors
/// An `OrderReject`; the order stays as it is.
pub fn advance(order: &Order, event: OrderEvent) -> Result<OrderOutcome, OrderReject> {
    match event {
        OrderEvent::Priced { total } => priced(order, total),
        OrderEvent::PaymentConfirmed { amount } => payment_confirmed(order, amount),
        OrderEvent::GraceOver => grace_over(order),
    }
}

fn priced(order: &Order, total: Fen) -> Result<OrderOutcome, OrderReject> {
    if total < Fen::ZERO {
        return Err(OrderReject::NegativeTotal);
    }
    if order.state == OrderState::Paid {
        let amount = total.minus(order.paid)?;
        let same = amount == Fen::ZERO;
        return Ok(if same {
            OrderOutcome::Unchanged
        } else {
            OrderOutcome::Difference { amount }
        });
    }
    let state = match (total, order.state) {
        (Fen::ZERO, _) => OrderState::Free,
        (_, OrderState::Owing) => OrderState::Owing,
        _ => OrderState::Due,
    };
    let next = Order { state, total, paid: order.paid };
    if next == *order {
        return Ok(OrderOutcome::Unchanged);
    }
    Ok(OrderOutcome::Moved { order: next, difference: total.minus(order.total)? })
}

fn payment_confirmed(order: &Order, amount: Fen) -> Result<OrderOutcome, OrderReject> {
    match order.state {
        OrderState::Open => Err(OrderReject::NotPriced),
        OrderState::Paid => Err(OrderReject::AlreadyPaid),
        OrderState::Free => Err(OrderReject::NothingDue),
        OrderState::Due | OrderState::Owing => {
            let due = order.due()?;
            if amount != due {
                return Err(OrderReject::AmountDiffers { due, paid: amount });
            }
            let order = Order { state: OrderState::Paid, paid: order.total, ..*order };
            Ok(OrderOutcome::Moved { order, difference: Fen::ZERO })
        }
    }
}

/// Swept by timer, so an order that is no longer due is no mistake.
fn grace_over(order: &Order) -> Result<OrderOutcome, OrderReject> {
    match order.state {
        OrderState::Open => Err(OrderReject::NotPriced),
        OrderState::Paid | OrderState::Free | OrderState::Owing => Ok(OrderOutcome::Unchanged),
        OrderState::Due => {
            let order = Order { state: OrderState::Owing, ..*order };
            Ok(OrderOutcome::Moved { order, difference: Fen::ZERO })
        }
    }
}

impl Order {
    /// A new order: open, nothing booked.
    #[must_use]
    pub fn open() -> Self {
        Order { state: OrderState::Open, total: Fen::ZERO, paid: Fen::ZERO }
    }

    /// What is still to be paid.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn due(&self) -> Result<Fen, FenReject> {
        self.total.minus(self.paid)
    }
}

impl OrderState {
    /// Every state.
    pub const ALL: [OrderState; 5] =
        [OrderState::Open, OrderState::Due, OrderState::Paid, OrderState::Free, OrderState::Owing];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OrderState::Open => "open",
            OrderState::Due => "due",
            OrderState::Paid => "paid",
            OrderState::Free => "free",
            OrderState::Owing => "owing",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        OrderState::ALL.into_iter().find(|s| s.name() == name)
    }
}

impl OrderReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            OrderReject::NotPriced => "order_not_priced",
            OrderReject::AlreadyPaid => "order_already_paid",
            OrderReject::NothingDue => "nothing_due",
            OrderReject::AmountDiffers { .. } => "amount_differs",
            OrderReject::NegativeTotal => "negative_total",
            OrderReject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for OrderReject {
    fn from(_: FenReject) -> Self {
        OrderReject::Overflow
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrderEvent::{GraceOver, PaymentConfirmed, Priced};
    use OrderState::{Due, Free, Open, Owing, Paid};

    fn order(state: OrderState, total: i64, paid: i64) -> Order {
        Order { state, total: Fen(total), paid: Fen(paid) }
    }

    fn moved(order: Order, difference: i64) -> Result<OrderOutcome, OrderReject> {
        Ok(OrderOutcome::Moved { order, difference: Fen(difference) })
    }

    fn difference(amount: i64) -> Result<OrderOutcome, OrderReject> {
        Ok(OrderOutcome::Difference { amount: Fen(amount) })
    }

    fn check(from: Order, event: OrderEvent, expected: Result<OrderOutcome, OrderReject>) {
        assert_eq!(advance(&from, event), expected, "{from:?} {event:?}");
    }

    #[test]
    fn every_event_in_every_state_has_a_defined_outcome() {
        let unchanged = Ok(OrderOutcome::Unchanged);
        let differs =
            |due, paid| Err(OrderReject::AmountDiffers { due: Fen(due), paid: Fen(paid) });
        let priced = |fen| Priced { total: Fen(fen) };
        let paid = |fen| PaymentConfirmed { amount: Fen(fen) };
        for (from, event, expected) in [
            (Order::open(), priced(300), moved(order(Due, 300, 0), 300)),
            (Order::open(), priced(0), moved(order(Free, 0, 0), 0)),
            (Order::open(), priced(-1), Err(OrderReject::NegativeTotal)),
            (Order::open(), paid(300), Err(OrderReject::NotPriced)),
            (Order::open(), GraceOver, Err(OrderReject::NotPriced)),
            (order(Due, 300, 0), priced(300), unchanged),
            (order(Due, 300, 0), priced(500), moved(order(Due, 500, 0), 200)),
            (order(Due, 300, 0), priced(0), moved(order(Free, 0, 0), -300)),
            (order(Due, 300, 0), paid(300), moved(order(Paid, 300, 300), 0)),
            (order(Due, 300, 0), paid(299), differs(300, 299)),
            (order(Due, 300, 0), paid(301), differs(300, 301)),
            (order(Due, 300, 0), GraceOver, moved(order(Owing, 300, 0), 0)),
            (order(Free, 0, 0), priced(0), unchanged),
            (order(Free, 0, 0), priced(200), moved(order(Due, 200, 0), 200)),
            (order(Free, 0, 0), paid(200), Err(OrderReject::NothingDue)),
            (order(Free, 0, 0), GraceOver, unchanged),
            (order(Owing, 300, 0), GraceOver, unchanged),
            (order(Owing, 300, 0), paid(300), moved(order(Paid, 300, 300), 0)),
            (order(Owing, 300, 0), paid(100), differs(300, 100)),
            (order(Owing, 300, 0), priced(200), moved(order(Owing, 200, 0), -100)),
            (order(Owing, 300, 0), priced(0), moved(order(Free, 0, 0), -300)),
            (order(Paid, 300, 300), paid(300), Err(OrderReject::AlreadyPaid)),
            (order(Paid, 300, 300), GraceOver, unchanged),
            (order(Paid, 300, 300), priced(300), unchanged),
            (order(Paid, 300, 300), priced(500), difference(200)),
            (order(Paid, 300, 300), priced(200), difference(-100)),
            (order(Paid, 300, 300), priced(0), difference(-300)),
        ] {
            check(from, event, expected);
        }
    }

    #[test]
    fn names_of_states_are_read_back() {
        for state in OrderState::ALL {
            assert_eq!(OrderState::from_name(state.name()), Some(state));
        }
        assert_eq!(OrderState::from_name("cancelled"), None);
        assert_eq!(Order::open().state, Open);
    }
}
