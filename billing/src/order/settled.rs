//! Everything but pricing: payments, the time of grace, waivers, write-offs, refunds.

use vocabulary::Fen;

use super::{Moved, Order, OrderOutcome, OrderReject, OrderState};

/// Money that arrived is taken in every state; what cannot be used is a credit.
pub(super) fn payment(order: &Order, amount: Fen) -> Result<OrderOutcome, OrderReject> {
    above_zero(amount)?;
    let paid = order.paid.plus(amount)?;
    with_state(order, Order { paid, ..*order })
}

/// Swept by timer, so an order that is no longer due is no mistake.
pub(super) fn grace_over(order: &Order) -> Result<OrderOutcome, OrderReject> {
    match order.state {
        OrderState::Open => Err(OrderReject::NotPriced),
        OrderState::Due => moved(order, Order { state: OrderState::Owing, ..*order }),
        _ => Ok(OrderOutcome::Unchanged),
    }
}

pub(super) fn waived(order: &Order, amount: Fen) -> Result<OrderOutcome, OrderReject> {
    above_zero(amount)?;
    if order.state == OrderState::Open {
        return Err(OrderReject::NotPriced);
    }
    let most = order.total.minus(order.waived)?.minus(order.written_off)?;
    let most = if order.state == OrderState::WrittenOff { Fen::ZERO } else { most };
    if amount > most {
        return Err(OrderReject::WaiverTooLarge { most });
    }
    let waived = order.waived.plus(amount)?;
    with_state(order, Order { waived, ..*order })
}

pub(super) fn written_off(order: &Order) -> Result<OrderOutcome, OrderReject> {
    match order.state {
        OrderState::Open => Err(OrderReject::NotPriced),
        OrderState::WrittenOff => Ok(OrderOutcome::Unchanged),
        OrderState::Due | OrderState::Owing => {
            let written_off = order.written_off.plus(order.due()?)?;
            moved(order, Order { state: OrderState::WrittenOff, written_off, ..*order })
        }
        settled => Err(OrderReject::Settled(settled)),
    }
}

pub(super) fn refund_started(order: &Order, amount: Fen) -> Result<OrderOutcome, OrderReject> {
    above_zero(amount)?;
    let most = order.credit()?;
    if amount > most {
        return Err(OrderReject::RefundTooLarge { most });
    }
    moved(order, Order { refunding: order.refunding.plus(amount)?, ..*order })
}

pub(super) fn refund_ended(order: &Order, amount: Fen) -> Result<OrderOutcome, OrderReject> {
    let refunding = on_its_way(order, amount)?;
    moved(order, Order { refunding, refunded: order.refunded.plus(amount)?, ..*order })
}

/// The money stays here: it is a credit again, or goes to what has become due meanwhile.
pub(super) fn refund_failed(order: &Order, amount: Fen) -> Result<OrderOutcome, OrderReject> {
    let refunding = on_its_way(order, amount)?;
    with_state(order, Order { refunding, ..*order })
}

fn on_its_way(order: &Order, amount: Fen) -> Result<Fen, OrderReject> {
    above_zero(amount)?;
    if amount > order.refunding {
        return Err(OrderReject::RefundUnknown { refunding: order.refunding });
    }
    Ok(order.refunding.minus(amount)?)
}

fn above_zero(amount: Fen) -> Result<(), OrderReject> {
    if amount > Fen::ZERO { Ok(()) } else { Err(OrderReject::BadAmount) }
}

fn with_state(order: &Order, next: Order) -> Result<OrderOutcome, OrderReject> {
    let end = match order.state {
        end
        @ (OrderState::Pass | OrderState::Exempt | OrderState::FaultFree | OrderState::Void) => end,
        _ => OrderState::Free,
    };
    let state = match order.state {
        OrderState::Open => OrderState::Open,
        _ => state_of(&next, end)?,
    };
    moved(order, Order { state, ..next })
}

/// The state that final money adds up to; `end` is that of a bill of nothing.
pub(super) fn state_of(order: &Order, end: OrderState) -> Result<OrderState, OrderReject> {
    let owing = order.state == OrderState::Owing;
    Ok(match order.due()? {
        due if due > Fen::ZERO && owing => OrderState::Owing,
        due if due > Fen::ZERO => OrderState::Due,
        _ if order.total == Fen::ZERO => end,
        _ if order.written_off > Fen::ZERO => OrderState::WrittenOff,
        _ => OrderState::Paid,
    })
}

pub(super) fn moved(order: &Order, next: Order) -> Result<OrderOutcome, OrderReject> {
    let credit = next.credit()?;
    if next == *order {
        return Ok(OrderOutcome::Unchanged);
    }
    Ok(OrderOutcome::Moved(Moved {
        order: next,
        fee: next.total.minus(order.total)?,
        waiver: next.waived.minus(order.waived)?,
        write_off: next.written_off.minus(order.written_off)?,
        credit,
    }))
}
