//! An order's credit goes back by itself, the way it came: newest payment first.
//!
//! A refund is stored in state `requested` with the change that makes it due, booked as started,
//! and handed to its channel by a job (`start_refund`, key = the refund). Never more than a payment
//! brought; the order's lock is held, so two credits never share one yuan.

use anyhow::Context;
use billing::ledger;
use billing::order::{self, OrderEvent, OrderOutcome};
use serde_json::json;
use store::{OrderRow, RefundRequest, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::books::{about_order, book};
use super::move_order::{Cause, append, order_of, refused};
use super::settle_visit::open_case;
use super::Outcome;
use crate::app::App;
use crate::job::Kind;

/// Starts the refunds that give `credit` back.
pub(super) async fn refund_credit(
    app: &App,
    tx: &mut Tx,
    row: &mut OrderRow,
    credit: Fen,
    cause: &Cause<'_>,
) -> Outcome<()> {
    let now = app.clock.city_now();
    let kept = row.paid_fen - row.refunding_fen - row.refunded_fen;
    if row.invoiced_fen > kept - credit.0 {
        let key = format!("refund_needs_red_invoice:{}:{}", row.order_id, row.bill_revision);
        let detail = format!("{} fen are to go back and are on an invoice: reverse it first", credit.0);
        open_case(tx, row, "refund_needs_red_invoice", &key, &detail, now).await?;
        return Ok(());
    }
    let mut left = credit.0;
    for payment in tx.refundable_payments(row.order_id).await? {
        let amount = left.min(payment.amount_fen - payment.refunded_fen);
        if amount > 0 {
            start(app, tx, row, (payment.payment_id, Fen(amount)), cause).await?;
            left -= amount;
        }
    }
    if left > 0 {
        let key = format!("credit_without_payment:{}:{}", row.order_id, row.bill_revision);
        let detail = format!("{left} fen are to go back, and no payment is left to refund");
        open_case(tx, row, "credit_without_payment", &key, &detail, now).await?;
    }
    Ok(())
}

async fn start(
    app: &App,
    tx: &mut Tx,
    row: &mut OrderRow,
    (payment_id, amount): (Uuid, Fen),
    cause: &Cause<'_>,
) -> Outcome<()> {
    let now = app.clock.city_now();
    let event = OrderEvent::RefundStarted { amount };
    let OrderOutcome::Moved(moved) = order::advance(&order_of(row)?, event).map_err(refused)? else {
        return Err(anyhow::anyhow!("a refund changed nothing").into());
    };
    row.refunding_fen = moved.order.refunding.0;
    let refund_id = Uuid::now_v7();
    let out_refund_no = refund_id.simple().to_string();
    let about = about_order(tx, row, now).await?;
    let entry = ledger::refund_started(&about, &out_refund_no, amount);
    book(tx, &entry.context("booking a refund")?, now).await?;
    tx.request_refund(&RefundRequest {
        refund_id,
        order_id: row.order_id,
        payment_id,
        out_refund_no: &out_refund_no,
        amount_fen: amount.0,
        reason: cause.kind,
        created_at: now.ms(),
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
