//! What is left on a prepaid balance goes back by the channels that it came from, newest top-up first.
//!
//! A top-up is lowered by what is given back of it, and what was paid for it becomes its credit: the refund is
//! that of any order, with the channel's year and, beyond it, the bank transfer by two persons.

use anyhow::Context;
use billing::order::{Basis, OnIncrease, OrderEvent};
use store::{BalanceOf, OrderRow, RefundRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen, Timestamp};

use super::move_order::{Cause, move_order};
use super::prepaid::{Move, move_balance};
use super::{Outcome, Refusal};
use crate::app::App;

/// What was started.
#[derive(Clone, Debug)]
pub struct GivenBack {
    pub amount: Fen,
    /// Of the newest top-up first.
    pub refunds: Vec<RefundRow>,
}

/// Gives everything back that stands on an account's balance at a payee.
///
/// # Errors
/// `balance_unknown`, `nothing_to_refund`.
pub async fn give_balance_back(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    payee_id: Uuid,
) -> Outcome<GivenBack> {
    let now = app.clock.city_now();
    let known = tx.balances_of(account.0).await?.into_iter().find(|b| b.payee_id == payee_id);
    let known = known.ok_or_else(|| {
        Refusal::missing("balance_unknown", "you have no prepaid balance at this payee")
    })?;
    // Orders first, in the order of their ids, then the balance, as everybody locks them.
    let mut orders = Vec::new();
    for (order_id,) in tx.paid_top_ups(known.balance_id).await? {
        orders.extend(tx.lock_order(order_id).await?);
    }
    let balance = tx.lock_balance(known.balance_id).await?.context("a balance vanished")?;
    if balance.balance_fen <= 0 {
        let detail = "nothing stands on this balance";
        return Err(Refusal::conflict("nothing_to_refund", detail));
    }
    orders.sort_by_key(|order| std::cmp::Reverse((order.paid_at, order.order_id)));
    let mut left = Fen(balance.balance_fen);
    let mut refunds = Vec::new();
    for order in orders {
        let part = left.min(Fen(order.total_fen));
        if part <= Fen::ZERO {
            continue;
        }
        left = left.minus(part).map_err(anyhow::Error::from)?;
        refunds.extend(lower(app, tx, (order, balance.balance_id), part, now).await?);
    }
    let amount = Fen(balance.balance_fen).minus(left).map_err(anyhow::Error::from)?;
    Ok(GivenBack { amount, refunds })
}

/// Lowers a top-up; gives the refunds that were started for it.
async fn lower(
    app: &App,
    tx: &mut Tx,
    (mut order, balance_id): (OrderRow, Uuid),
    part: Fen,
    now: Timestamp,
) -> Outcome<Vec<RefundRow>> {
    let known = tx.refunds_of_order(order.order_id).await?;
    let total = Fen(order.total_fen).minus(part).map_err(anyhow::Error::from)?;
    order.bill_revision += 1;
    let reference = format!("{}:{}", order.order_id, order.bill_revision);
    let balance: BalanceOf = tx.lock_balance(balance_id).await?.context("a balance vanished")?;
    let back = (Move::GivenBack, Fen(-part.0));
    move_balance(tx, &balance, back, (order.order_id, &reference), now).await?;
    // Nothing is left of one that goes back whole; it was not free.
    let basis = if total == Fen::ZERO { Basis::NoStay } else { Basis::Charged };
    let event = OrderEvent::Priced { total, basis, on_increase: OnIncrease::Ask };
    let cause = Cause::system("balance_given_back", "the driver takes the balance back", now);
    move_order(app, tx, &mut order, event, &cause).await?;
    let mut started = tx.refunds_of_order(order.order_id).await?;
    started.retain(|new| known.iter().all(|old| old.refund_id != new.refund_id));
    Ok(started)
}
