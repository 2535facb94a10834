//! Refunds that the channel makes no more (365 days after the payment): by bank transfer.
//!
//! One person proposes, another approves with the bank's receipt; both are booked then, in one
//! transaction. Never more goes back than was paid, by whatever way.

use anyhow::Context;
use billing::ledger::{Means, refund_ended, refund_started};
use billing::reconcile::CHANNEL_REFUND_DAYS;
use serde::Serialize;
use store::{BankRefundRow, OrderRow, PaymentRow, Tx};
use vocabulary::Timestamp;

use super::actor::Actor;
use super::books::{about_order, book};
use super::move_order::{Cause, append};
use super::{Outcome, Refusal};

const DAY_MS: i64 = 86_400_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// A number of the operator's own; a repeat is the same refund.
    pub refund_no: &'a str,
    /// The channel's number of the payment.
    pub transaction_id: &'a str,
    pub amount_fen: i64,
    pub reason: &'a str,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BankRefund {
    Proposed,
    Paid,
}

/// Proposes a refund. The same number with the same content is the same proposal.
///
/// # Errors
/// `payment_unknown`, `channel_refund_possible`, `refund_above_payment`, `bad_amount`,
/// `decision_without_reason`, `refund_no_reused`.
pub async fn propose(
    tx: &mut Tx,
    actor: &Actor,
    asked: &Asked<'_>,
    by: &str,
    now: Timestamp,
) -> Outcome<BankRefund> {
    if asked.amount_fen <= 0 {
        return Err(Refusal::refused("bad_amount", "a refund is above 0"));
    }
    if asked.reason.trim().is_empty() || asked.refund_no.trim().is_empty() {
        return Err(Refusal::refused("decision_without_reason", "give a number and a reason"));
    }
    let (order, payment) = paid(tx, actor, asked.transaction_id).await?;
    let row = BankRefundRow {
        refund_no: asked.refund_no.to_owned(),
        transaction_id: asked.transaction_id.to_owned(),
        order_id: order.order_id,
        amount_fen: asked.amount_fen,
        reason: asked.reason.to_owned(),
        state: "proposed".into(),
        proposed_by: by.to_owned(),
        proposed_at: now.ms(),
        approved_by: None,
        approved_at: None,
        receipt: None,
    };
    if let Some(before) = tx.bank_refund(asked.refund_no).await? {
        return repeated(&before, &row);
    }
    let succeeded_at = payment.succeeded_at.unwrap_or(now.ms());
    if now.ms() - succeeded_at <= CHANNEL_REFUND_DAYS * DAY_MS {
        let detail = format!("within {CHANNEL_REFUND_DAYS} days a refund goes back by its channel");
        return Err(Refusal::conflict("channel_refund_possible", detail));
    }
    let gone = tx.bank_refunded(asked.transaction_id).await?
        + tx.channel_refunded(payment.payment_id).await?;
    if gone + asked.amount_fen > payment.amount_fen {
        let left = payment.amount_fen - gone;
        return Err(Refusal::conflict("refund_above_payment", format!("{left} fen are left")));
    }
    tx.propose_bank_refund(&row).await?;
    Ok(BankRefund::Proposed)
}

fn repeated(before: &BankRefundRow, row: &BankRefundRow) -> Outcome<BankRefund> {
    let same = (&before.transaction_id, before.amount_fen, &before.reason)
        == (&row.transaction_id, row.amount_fen, &row.reason);
    match (same, before.state.as_str()) {
        (false, _) => Err(Refusal::conflict("refund_no_reused", "this number is another refund")),
        (true, "paid") => Ok(BankRefund::Paid),
        (true, _) => Ok(BankRefund::Proposed),
    }
}

/// Approves a refund that another person proposed: the transfer was made, here is its receipt.
///
/// # Errors
/// `refund_unknown`, `second_person_needed`, `decision_without_reason`, `refund_no_reused` with another receipt.
pub async fn approve(
    tx: &mut Tx,
    actor: &Actor,
    refund_no: &str,
    receipt: &str,
    by: &str,
    now: Timestamp,
) -> Outcome<BankRefund> {
    if receipt.trim().is_empty() {
        return Err(Refusal::refused("decision_without_reason", "give the bank's receipt"));
    }
    let refund = tx.bank_refund(refund_no).await?;
    let refund = refund.ok_or_else(|| {
        Refusal::missing("refund_unknown", "no refund was proposed by this number")
    })?;
    let (mut order, _) = paid(tx, actor, &refund.transaction_id).await?;
    if refund.state == "paid" {
        return match refund.receipt.as_deref() == Some(receipt) {
            true => Ok(BankRefund::Paid),
            false => Err(Refusal::conflict("refund_no_reused", "it was paid by another receipt")),
        };
    }
    if refund.proposed_by == by {
        let detail = format!("{by} proposed it: another person has to approve it");
        return Err(Refusal::conflict("second_person_needed", detail));
    }
    if !tx.pay_bank_refund(refund_no, by, now.ms(), receipt).await? {
        return Ok(BankRefund::Paid);
    }
    let about = about_order(tx, &order, now).await?;
    let amount = vocabulary::Fen(refund.amount_fen);
    let number = format!("bank-{refund_no}");
    let started = refund_started(&about, &number, amount)
        .and_then(|e| e.with("reason", refund.reason.as_str()))
        .map_err(anyhow::Error::from)?;
    let ended = refund_ended(&about, &number, Means::Bank, amount)
        .and_then(|e| e.with("receipt", receipt))
        .map_err(anyhow::Error::from)?;
    book(tx, &started, now).await?;
    book(tx, &ended, now).await?;
    order.refunded_fen += refund.amount_fen;
    tx.update_order(&order).await?;
    let cause = Cause { actor: by, ..Cause::system("bank_refund", &refund.reason, now) };
    append(tx, &order, amount, &cause, now).await?;
    Ok(BankRefund::Paid)
}

/// The payment and its order, which is locked: two refunds of one payment go one after the other.
async fn paid(tx: &mut Tx, actor: &Actor, transaction_id: &str) -> Outcome<(OrderRow, PaymentRow)> {
    let unknown = || Refusal::missing("payment_unknown", "no payment has this number");
    let payment_id = tx.payment_id_of(transaction_id).await?.ok_or_else(unknown)?;
    let found = tx.payment(payment_id).await?.ok_or_else(unknown)?;
    let order = tx.lock_order(found.order_id).await?.context("payment without order")?;
    if !actor.may_touch(Some(order.operator_id)) {
        return Err(unknown());
    }
    let payment = tx.payment(payment_id).await?.ok_or_else(unknown)?;
    if payment.state != "succeeded" {
        return Err(Refusal::conflict("payment_not_succeeded", "nothing was paid by it"));
    }
    Ok((order, payment))
}
