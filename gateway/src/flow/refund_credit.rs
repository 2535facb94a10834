//! An order's credit goes back by itself, the way it came: newest payment first.
//!
//! A refund is stored in state `requested` with the change that makes it due, booked as started,
//! and handed to its channel by a job (`start_refund`, key = the refund). Never more than a payment
//! brought; the order's lock is held, so two credits never share one yuan. What is on an invoice waits for the red one
//! that takes it back, which is asked for here.

use anyhow::Context;
use billing::ledger;
use billing::order::{self, OrderEvent, OrderOutcome};
use billing::refund::{PlanReject, RefundState, Refundable, Way, plan};
use serde_json::json;
use store::{OrderRow, PaymentLeft, RefundRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::Outcome;
use super::books::{about_order, book};
use super::move_invoice::close_case;
use super::move_order::{Cause, append, order_of, refused};
use super::paid_from_suspense::SUSPENSE;
use super::settle_visit::open_case;
use super::take_back::red_for_refund;
use crate::app::App;
use crate::job::Kind;

/// Kind of the case of a credit that stands on an invoice and that no red document takes back.
pub(super) const REFUND_WAITS: &str = "refund_needs_red_invoice";

/// How the money is to go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// As it came, where the channel still can.
    AsItCame,
    /// By bank transfer, or out of a bag.
    ByHand,
}

/// Starts the refunds that give `credit` back.
pub(super) async fn refund_credit(
    app: &App,
    tx: &mut Tx,
    row: &mut OrderRow,
    (credit, route): (Fen, Route),
    cause: &Cause<'_>,
) -> Outcome<()> {
    let now = app.clock.city_now();
    for key in tx.open_cases_of(REFUND_WAITS, &format!("{REFUND_WAITS}:{}:", row.order_id)).await? {
        close_case(tx, &key, "the refund goes on", now).await?;
    }
    let kept = row.paid_fen - row.refunding_fen - row.refunded_fen;
    let over = Fen(row.invoiced_fen - (kept - credit.0));
    if over > Fen::ZERO {
        // It goes back in the transaction in which the red document is issued (`move_invoice`).
        return red_for_refund(app, tx, row, (over, cause.actor)).await;
    }
    let payments = tx.payments_left(row.order_id).await?;
    let mut from = Vec::with_capacity(payments.len());
    for payment in &payments {
        from.push(refundable(app, tx, payment, route).await?);
    }
    let parts = match plan(&from, credit, now) {
        Ok(parts) => parts,
        Err(PlanReject::MoreThanPaid { left }) => {
            let key = format!("credit_without_payment:{}:{}", row.order_id, row.bill_revision);
            let detail =
                format!("{} fen are to go back, and {} are left to refund", credit.0, left.0);
            open_case(tx, row, "credit_without_payment", &key, &detail, now).await?;
            if left <= Fen::ZERO { Vec::new() } else { plan(&from, left, now).context("a part")? }
        }
        Err(reject) => return Err(anyhow::anyhow!("no refund can be planned: {reject}").into()),
    };
    for part in parts {
        let payment_id = payments[part.index].payment_id;
        start(app, tx, row, (payment_id, part.amount, part.way), cause).await?;
    }
    Ok(())
}

/// A payment as far as refunds go.
async fn refundable(
    app: &App,
    tx: &mut Tx,
    payment: &PaymentLeft,
    route: Route,
) -> anyhow::Result<Refundable> {
    // Whoever was deleted has no balance for it to go back to.
    let lost = payment.channel == "prepaid"
        && tx.paying_balance(payment.payment_id).await?.is_none_or(|b| b.account_id.is_none());
    // What came out of suspense was paid under a number that is not ours: its channel is not asked.
    let as_it_came = route == Route::AsItCame && !lost && payment.method != SUSPENSE;
    let channel = app.channel(&payment.channel).ok().filter(|_| as_it_came);
    Ok(Refundable {
        paid: Fen(payment.amount_fen),
        taken: Fen(payment.taken_fen),
        refunds: u32::try_from(payment.refunds)?,
        paid_at: Timestamp::from_ms(payment.succeeded_at),
        way: channel.map_or(Way::Hand, |channel| channel.way()),
    })
}

async fn start(
    app: &App,
    tx: &mut Tx,
    row: &mut OrderRow,
    (payment_id, amount, way): (Uuid, Fen, Way),
    cause: &Cause<'_>,
) -> Outcome<()> {
    let now = app.clock.city_now();
    let event = OrderEvent::RefundStarted { amount };
    let OrderOutcome::Moved(moved) = order::advance(&order_of(row)?, event).map_err(refused)?
    else {
        return Err(anyhow::anyhow!("a refund changed nothing").into());
    };
    row.refunding_fen = moved.order.refunding.0;
    let refund_id = Uuid::now_v7();
    let out_refund_no = refund_id.simple().to_string();
    let about = about_order(tx, row, now).await?;
    let entry = ledger::refund_started(&about, &out_refund_no, amount);
    book(tx, &entry.context("booking a refund")?, now).await?;
    tx.insert_refund(&RefundRow {
        refund_id,
        order_id: Some(row.order_id),
        payment_id,
        out_refund_no,
        amount_fen: amount.0,
        reason: cause.kind.into(),
        state: RefundState::Requested.name().into(),
        way: way.name().into(),
        provider_refund_id: None,
        asked_by: cause.actor.into(),
        failure: None,
        hand_reference: None,
        hand_by: None,
        created_at: now.ms(),
        changed_at: now.ms(),
    })
    .await?;
    tx.update_order(row).await?;
    let detail = json!({"refund_id": refund_id});
    let cause = Cause { kind: "refund_started", detail, ..cause.clone() };
    append(tx, row, amount, &cause, now).await?;
    let at = app.clock.machine_now_ms();
    tx.enqueue(Kind::StartRefund.name(), &refund_id.to_string(), row.order_id, at).await?;
    Ok(())
}
