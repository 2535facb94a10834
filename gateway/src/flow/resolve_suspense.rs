//! What becomes of money in suspense: it pays an order, or it goes back by bank transfer.
//!
//! One person proposes, and it is carried out when another says the same. An order takes it as it takes
//! any payment: what it cannot use is a credit of its own.

use billing::ledger::{About, Entry, Fact, Means, refund_ended, suspense_to_refund};
use serde::Serialize;
use store::{Returned, SuspenseDecisionRow, Tx};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Fen;

use super::actor::Actor;
use super::books::book;
use super::move_invoice::close_case;
use super::paid_from_suspense::{arrived_by, pay};
use super::reconcile_day::CASE_KIND;
use super::refund_by_hand::{bank_number, one_transfer_one_return};
use super::upload_receipts::receipt_number;
use super::{Outcome, Refusal};
use crate::app::App;

/// Payments shown at once.
pub const SHOWN: i64 = 1_000;

/// A payment that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InSuspense {
    #[schema(example = "4200000123202611301234567890")]
    pub transaction_id: String,
    pub payee_id: Uuid,
    /// Day of the payment, +08:00.
    pub paid_on: String,
    pub amount_fen: i64,
    /// Whether one person has proposed what is to become of it.
    pub proposed: bool,
}

/// What is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// It pays an order.
    Order(Uuid),
    /// It goes back: the bank's receipt of the transfer.
    Return { receipt: &'a str },
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// A second person has to say the same.
    Proposed,
    Done,
}

/// A payment that lies in suspense.
pub(super) struct Lying {
    about: About,
    pub(super) amount: Fen,
    /// By which channel it came: `wechat`, `cash` or `bank`.
    pub(super) channel: &'static str,
}

/// Payments in suspense of the actor's operator, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn in_suspense(tx: &mut Tx, actor: &Actor) -> Outcome<Vec<InSuspense>> {
    let mut shown = Vec::new();
    for row in tx.in_suspense(SHOWN).await? {
        if !actor.may_touch(Some(row.operator_id)) {
            continue;
        }
        let transaction_id = row.entry_key.trim_start_matches("pay:").to_owned();
        let proposed = tx.suspense_decision(&transaction_id).await?.is_some();
        shown.push(InSuspense {
            transaction_id,
            payee_id: row.payee_id,
            paid_on: row.fact_on,
            amount_fen: row.amount_fen,
            proposed,
        });
    }
    Ok(shown)
}

/// Proposes what is to become of a payment, or carries out what another person proposed.
///
/// # Errors
/// `suspense_unknown`, `suspense_resolved`, `second_person_needed`, `order_unknown`, `payees_differ`,
/// `decision_without_reason`, `reference_malformed`, `transfer_reference_used`, or what the order says.
pub async fn decide(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    transaction_id: &str,
    (decision, reason): (&Decision<'_>, &str),
) -> Outcome<Decided> {
    let now = app.clock.city_now();
    let no_receipt = matches!(decision, Decision::Return { receipt } if receipt.trim().is_empty());
    if reason.trim().is_empty() || no_receipt {
        let detail = "give a reason, and the bank's receipt for what went back";
        return Err(Refusal::refused("decision_without_reason", detail));
    }
    // As everywhere: first the order, then the books.
    if let Decision::Order(order_id) = decision {
        tx.lock_order(*order_id).await?;
    }
    let lying = lying(tx, actor, transaction_id).await?;
    let (order_id, receipt) = match decision {
        Decision::Order(order_id) => (Some(*order_id), None),
        Decision::Return { receipt } => (None, Some(bank_number(receipt)?.to_owned())),
    };
    if let Some(receipt) = &receipt {
        let what = Returned::Suspense(transaction_id);
        one_transfer_one_return(tx, lying.about.payee.0, receipt, what).await?;
    }
    let fresh = SuspenseDecisionRow {
        transaction_id: transaction_id.to_owned(),
        order_id,
        receipt,
        reason: reason.to_owned(),
        proposed_by: actor.name(),
        proposed_at: now.ms(),
        decided_by: None,
        decided_at: None,
    };
    let before = tx.suspense_decision(transaction_id).await?;
    let same =
        |b: &SuspenseDecisionRow| (b.order_id, trimmed(b)) == (fresh.order_id, trimmed(&fresh));
    let Some(mut proposed) = before.filter(same) else {
        check_order(tx, actor, &lying.about, order_id).await?;
        tx.keep_suspense_decision(&fresh).await?;
        return Ok(Decided::Proposed);
    };
    if proposed.proposed_by == actor.name() {
        let detail = "who proposed it does not decide it: another person has to say the same";
        return Err(Refusal::Forbidden { code: "second_person_needed", detail: detail.into() });
    }
    proposed.decided_by = Some(actor.name());
    proposed.decided_at = Some(now.ms());
    match decision {
        Decision::Order(order_id) => pay(app, tx, &lying, &proposed, *order_id).await?,
        Decision::Return { .. } => give_back(tx, &lying, &proposed, now).await?,
    }
    tx.keep_suspense_decision(&proposed).await?;
    let suffix = format!(":{transaction_id}:missing_here");
    for case in tx.open_cases_of(CASE_KIND, "reconcile:").await? {
        if case.ends_with(&suffix) {
            tx.resolve_case(&case, "two persons decided about the money", now.ms()).await?;
        }
    }
    if let Some(number) = receipt_number(transaction_id) {
        let key = format!("cash_without_order:{}:{number}", lying.about.operator.0);
        close_case(tx, &key, "two persons decided about the money", now).await?;
    }
    Ok(Decided::Done)
}

/// What lies in suspense by a transaction, under the lock of its payee's books.
async fn lying(tx: &mut Tx, actor: &Actor, transaction_id: &str) -> Outcome<Lying> {
    let unknown = || Refusal::missing("suspense_unknown", "no such payment lies in suspense");
    let (paid, gone) = (format!("pay:{transaction_id}"), format!("suspense:{transaction_id}"));
    let found = tx.entries_by_key(&[&paid]).await?.remove(&paid);
    let entry = found.filter(|entry| entry.fact() == Fact::Suspense).ok_or_else(unknown)?;
    let about = *entry.about();
    if !actor.may_touch(Some(about.operator.0)) {
        return Err(unknown());
    }
    tx.lock_chain(about.payee.0).await?;
    let taken_back = format!("reversal:{paid}");
    if !tx.entries_by_key(&[&gone, &taken_back]).await?.is_empty() {
        return Err(Refusal::conflict("suspense_resolved", "it was decided about already"));
    }
    let (channel, amount) = arrived_by(&entry)?;
    Ok(Lying { about, amount, channel })
}

/// Blanks around a number are no other number.
fn trimmed(decision: &SuspenseDecisionRow) -> Option<&str> {
    decision.receipt.as_deref().map(str::trim)
}

async fn check_order(
    tx: &mut Tx,
    actor: &Actor,
    about: &About,
    order_id: Option<Uuid>,
) -> Outcome<()> {
    let Some(order_id) = order_id else { return Ok(()) };
    let order = tx.order(order_id).await?.filter(|o| actor.may_touch(Some(o.operator_id)));
    let order = order.ok_or_else(|| Refusal::missing("order_unknown", "there is no such order"))?;
    if order.payee_id != about.payee.0 {
        let detail = "the money lies in the books of another payee than the order's";
        return Err(Refusal::refused("payees_differ", detail));
    }
    Ok(())
}

async fn give_back(
    tx: &mut Tx,
    lying: &Lying,
    proposed: &SuspenseDecisionRow,
    now: vocabulary::Timestamp,
) -> Outcome<()> {
    let (amount, receipt) = (lying.amount, trimmed(proposed).unwrap_or_default());
    let about = About { day: billing::ledger::city_day(now), ..lying.about };
    let transaction_id = &proposed.transaction_id;
    let owed = suspense_to_refund(&about, transaction_id, amount, &proposed.reason);
    book(tx, &signed(owed, proposed)?, now).await?;
    let number = format!("suspense-{transaction_id}");
    let paid = refund_ended(&about, &number, Means::Bank, amount)
        .and_then(|entry| entry.with("receipt", receipt));
    book(tx, &signed(paid, proposed)?, now).await?;
    Ok(())
}

/// An entry with those who decided it.
pub(super) fn signed(
    entry: Result<Entry, billing::ledger::EntryReject>,
    proposed: &SuspenseDecisionRow,
) -> Outcome<Entry> {
    let by = proposed.decided_by.as_deref().unwrap_or_default();
    let signed = entry
        .and_then(|entry| entry.with("proposed_by", proposed.proposed_by.as_str()))
        .and_then(|entry| entry.with("decided_by", by));
    signed.map_err(|refused| Refusal::refused(refused.code(), refused.to_string()))
}
