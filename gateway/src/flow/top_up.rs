//! A top-up of a prepaid balance: an order that is open until it is paid, by any channel.
//!
//! Nobody owes a top-up: it has no total before it is paid, and lapses if nobody pays it. What arrives is its
//! total, up to what was asked for; the rest, and what comes after it has lapsed, goes back by itself.

use anyhow::Context;
use billing::order::{Basis, OnIncrease, OrderEvent, OrderState};
use store::{Lane, OrderRow, TopUpRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen};

use super::fresh_order::{NewOrder, fresh_order};
use super::move_order::{Cause, move_order, order_of};
use super::prepaid::{Move, move_balance, offer_of};
use super::{Outcome, Refusal};
use crate::app::App;

/// How long somebody may take to pay (city time). A payment at a provider lives half an hour; a collector
/// may come later.
const LAPSES_AFTER_MS: i64 = 2 * 3_600_000;
/// Unpaid ones that end in one sweep.
const BATCH: i64 = 200;

/// Opens the order of a top-up.
///
/// # Errors
/// `prepaid_not_offered`, `top_up_out_of_bounds`, `balance_too_large`.
pub async fn open_top_up(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    (payee_id, amount): (Uuid, Fen),
) -> Outcome<OrderRow> {
    let now = app.clock.city_now();
    let (payee, terms) = offer_of(app, tx, payee_id).await?;
    if !(terms.min_top_up_fen..=terms.max_top_up_fen).contains(&amount.0) {
        let detail = format!("{} to {} fen at once", terms.min_top_up_fen, terms.max_top_up_fen);
        return Err(Refusal::refused("top_up_out_of_bounds", detail));
    }
    let place = (payee_id, payee.operator_id);
    let balance = tx.open_balance((Uuid::now_v7(), account.0), place, now.ms()).await?;
    let under_way = tx.top_ups_under_way(balance.balance_id).await?;
    let then =
        [balance.balance_fen, under_way, amount.0].iter().fold(0_i64, |a, b| a.saturating_add(*b));
    if then > terms.max_balance_fen {
        let detail = format!(
            "at most {} fen may stand on it; {} do, and {under_way} are being paid",
            terms.max_balance_fen, balance.balance_fen
        );
        return Err(Refusal::refused("balance_too_large", detail));
    }
    let top_up_id = Uuid::now_v7();
    tx.insert_top_up(&TopUpRow {
        top_up_id,
        balance_id: balance.balance_id,
        amount_fen: amount.0,
        asked_at: now.ms(),
    })
    .await?;
    let order = fresh_order(NewOrder {
        operator_id: payee.operator_id,
        payee_id,
        regime: &payee.regime,
        subject: ("top_up", top_up_id),
        account_id: Some(account.0),
        tariff_id: "",
        zone_id: None,
        opened_at: now.ms(),
    });
    tx.insert_order(&order).await?;
    Ok(order)
}

/// What a top-up asks for; none for an order of another subject.
pub(crate) async fn asked_fen(tx: &mut Tx, order: &OrderRow) -> anyhow::Result<Option<Fen>> {
    if order.subject_kind != "top_up" {
        return Ok(None);
    }
    let asked = tx.top_up(order.subject_id).await?.context("an order of no top-up")?;
    Ok(Some(Fen(asked.amount_fen)))
}

/// Money arrived for an open top-up: it is its total, and stands on the balance.
pub(super) async fn complete_top_up(
    app: &App,
    tx: &mut Tx,
    row: &mut OrderRow,
    cause: &Cause<'_>,
) -> Outcome<()> {
    let top_up = tx.top_up(row.subject_id).await?.context("an order of no top-up")?;
    let kept = order_of(row)?.kept().map_err(anyhow::Error::from)?;
    let total = kept.min(Fen(top_up.amount_fen));
    row.bill_revision += 1;
    let event = OrderEvent::Priced { total, basis: Basis::Charged, on_increase: OnIncrease::Ask };
    let cause = Cause { kind: "topped_up", reason: "the top-up is paid", ..cause.clone() };
    let balance = tx.lock_balance(top_up.balance_id).await?.context("a top-up of no balance")?;
    let fact = (row.order_id, &*row.order_id.to_string());
    move_balance(tx, &balance, (Move::TopUp, total), fact, app.clock.city_now()).await?;
    Box::pin(move_order(app, tx, row, event, &cause)).await?;
    Ok(())
}

/// Ends top-ups that nobody paid in time; how many. A sweep without input.
///
/// # Errors
/// When the database fails.
pub async fn lapse_top_ups(app: &App) -> anyhow::Result<usize> {
    let before = app.clock.city_now().plus_ms(-LAPSES_AFTER_MS).ms();
    let due = app.store.read().await?.unpaid_top_ups(before, BATCH).await?;
    let mut lapsed = 0;
    for (order_id,) in due {
        let ended = super::again(|| lapse(app, order_id)).await;
        lapsed += usize::from(ended.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?);
    }
    Ok(lapsed)
}

async fn lapse(app: &App, order_id: Uuid) -> Outcome<bool> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(mut order) = tx.lock_order(order_id).await? else { return Ok(false) };
    let payments = tx.payments_of_order(order_id).await?;
    let pending = payments.iter().any(|p| p.state == "created" || p.state == "ready");
    if order.state != OrderState::Open.name() || pending {
        return Ok(false);
    }
    order.bill_revision += 1;
    let event =
        OrderEvent::Priced { total: Fen::ZERO, basis: Basis::NoStay, on_increase: OnIncrease::Ask };
    let cause = Cause::system("top_up_lapsed", "nobody paid it in time", now);
    move_order(app, &mut tx, &mut order, event, &cause).await?;
    tx.commit().await?;
    Ok(true)
}
