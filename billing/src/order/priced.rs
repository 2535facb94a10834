//! Pricing an order: final at departure, and again whenever the evidence changes.
//!
//! Only the difference moves. A rise of a settled order is waived, asked about or charged; a fall
//! first takes back what was waived of earlier rises, so that nobody is refunded what nobody paid.

use vocabulary::Fen;

use super::settled::{moved, state_of};
use super::{Basis, OnIncrease, Order, OrderOutcome, OrderReject, OrderState, Undecided};

pub(super) fn priced(
    order: &Order,
    total: Fen,
    basis: Basis,
    on_increase: OnIncrease,
) -> Result<OrderOutcome, OrderReject> {
    if total < Fen::ZERO {
        return Err(OrderReject::NegativeTotal);
    }
    if basis != Basis::Charged && total != Fen::ZERO {
        return Err(OrderReject::BasisWithFee(total));
    }
    let mut next = Order { total, ..*order };
    let change = total.minus(order.total)?;
    if change < Fen::ZERO {
        fall(&mut next, Fen::ZERO.minus(change)?)?;
    }
    // What the order holds of the payer's money is used first.
    let rise = change.minus(order.credit()?)?;
    if rise > Fen::ZERO && told_nothing_is_owed(order.state) {
        match waived_of(order, rise, on_increase)? {
            Ok(waived) => {
                next.waived = next.waived.plus(waived)?;
                next.waived_increase = next.waived_increase.plus(waived)?;
            }
            Err(why) => return Ok(OrderOutcome::Undecided { increase: rise, why }),
        }
    }
    // A bill turns a running order into a final one: from here on it has a balance.
    next.state = state_of(&Order { state: final_state(order.state), ..next }, basis.end())?;
    moved(order, next)
}

/// States in which the driver was told that nothing is left to pay, by what the evidence said then. An
/// end by a pass or an exemption is not among them: who turns out not to be entitled owes the fee.
fn told_nothing_is_owed(state: OrderState) -> bool {
    use OrderState::{FaultFree, Free, Paid, WrittenOff};
    matches!(state, Paid | WrittenOff | Free | FaultFree)
}

/// What of a rise is waived, or why a person has to decide.
fn waived_of(
    order: &Order,
    rise: Fen,
    on_increase: OnIncrease,
) -> Result<Result<Fen, Undecided>, OrderReject> {
    Ok(match on_increase {
        OnIncrease::Charge => Ok(Fen::ZERO),
        OnIncrease::Ask => Err(Undecided::NoAuthority),
        OnIncrease::Waive { limit } if order.waived_increase.plus(rise)? <= limit => Ok(rise),
        OnIncrease::Waive { .. } => Err(Undecided::AboveLimit),
    })
}

/// A lower total needs fewer waivers and write-offs.
fn fall(next: &mut Order, by: Fen) -> Result<(), OrderReject> {
    let taken_back = next.waived_increase.min(by);
    next.waived_increase = next.waived_increase.minus(taken_back)?;
    next.waived = next.waived.minus(taken_back)?.min(next.total);
    next.waived_increase = next.waived_increase.min(next.waived);
    let unpaid = next.total.minus(next.waived)?.minus(next.kept()?)?.max(Fen::ZERO);
    next.written_off = next.written_off.min(unpaid);
    Ok(())
}

fn final_state(state: OrderState) -> OrderState {
    match state {
        OrderState::Open => OrderState::Due,
        other => other,
    }
}
