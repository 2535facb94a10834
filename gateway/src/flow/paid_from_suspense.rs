//! Money in suspense pays an order: a payment as any other, booked from suspense instead of from its channel.
//!
//! It counts from the moment in which two persons decided: it is the order's newest payment then, so that what the
//! order cannot use of it goes back to its own payer. Its refunds go by hand: the channel knows it by a number that is
//! not ours. Its money was on the channel's bill already, so no bill is asked for it again.

use anyhow::Context;
use billing::ledger::{Account, Entry, suspense_to_order};
use billing::order::OrderEvent;
use serde_json::json;
use store::{OrderRow, PaymentRow, SuspenseDecisionRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, OrderId, Timestamp};

use super::books::{about_order, book};
use super::move_order::{Cause, move_order};
use super::resolve_suspense::{Lying, signed};
use super::start_payment::close_pending;
use super::{Outcome, Refusal};
use crate::app::App;

/// The door of such a payment.
pub(super) const SUSPENSE: &str = "suspense";

/// Gives the money to the order that was proposed.
pub(super) async fn pay(
    app: &App,
    tx: &mut Tx,
    lying: &Lying,
    proposed: &SuspenseDecisionRow,
    order_id: Uuid,
) -> Outcome<()> {
    let now = app.clock.city_now();
    let order = tx.lock_order(order_id).await?;
    let mut order =
        order.ok_or_else(|| Refusal::missing("order_unknown", "there is no such order"))?;
    let amount = lying.amount;
    let transaction_id = &proposed.transaction_id;
    // At the order's rate, as its payments are: the month's statement counts it beside its invoices.
    let about = about_order(tx, &order, now).await?;
    let entry =
        suspense_to_order(&about, transaction_id, OrderId(order_id), amount, &proposed.reason);
    book(tx, &signed(entry, proposed)?, now).await?;
    let payment = payment_of(app, &order, (lying, proposed), now);
    if !tx.insert_payment(&payment).await? {
        return Err(anyhow::anyhow!("money in suspense is a payment of an order already").into());
    }
    close_pending(app, tx, order_id).await?;
    let actor = proposed.decided_by.as_deref().unwrap_or_default();
    let cause = Cause {
        kind: "payment_from_suspense",
        actor,
        reason: &proposed.reason,
        at: now,
        authority: None,
        detail: json!({"transaction_id": transaction_id, "proposed_by": proposed.proposed_by}),
    };
    move_order(app, tx, &mut order, OrderEvent::PaymentConfirmed { amount }, &cause).await?;
    Ok(())
}

fn payment_of(
    app: &App,
    order: &OrderRow,
    (lying, decided): (&Lying, &SuspenseDecisionRow),
    now: Timestamp,
) -> PaymentRow {
    PaymentRow {
        payment_id: Uuid::now_v7(),
        order_id: order.order_id,
        channel: lying.channel.into(),
        method: SUSPENSE.into(),
        state: "succeeded".into(),
        amount_fen: lying.amount.0,
        payer: None,
        scene_json: None,
        out_trade_no: format!("{SUSPENSE}-{}", decided.transaction_id),
        prepay_id: None,
        transaction_id: Some(decided.transaction_id.clone()),
        created_at: app.clock.machine_now_ms(),
        expires_at: now.ms(),
        succeeded_at: decided.decided_at,
    }
}

/// By which channel the money came that an entry set apart, and how much.
pub(super) fn arrived_by(entry: &Entry) -> anyhow::Result<(&'static str, Fen)> {
    let debit = entry.postings().iter().find(|posting| posting.amount > Fen::ZERO);
    let debit = debit.context("an entry of nothing")?;
    let channel = match debit.account {
        Account::ChannelClearing(channel) => channel.name(),
        account => account.group(),
    };
    Ok((channel, debit.amount))
}
