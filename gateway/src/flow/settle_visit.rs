//! A visit whose stays have all ended is priced: bill, order state, entries and refunds in one transaction.
//!
//! Run by a job for every revision of a stay that belongs to the visit. Safe to run again: the same
//! stays give the same bill, and an unchanged bill posts nothing.

use anyhow::{Context, Result};
use billing::order::{Basis, OnIncrease, OrderEvent, OrderOutcome};
use billing::{Bill, Calendars, Case};
use sensing::Span;
use serde::Serialize;
use serde_json::json;
use store::{BillRow, Lane, NewCase, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::earlier_visits::settle_later;
use super::move_order::{Authority, Cause, append, move_order};
use super::start_payment::close_pending;
use super::visit_case::VisitFacts;
use super::{Outcome, Refusal};
use crate::app::App;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Priced (again), or nothing had changed.
    Done,
    /// A vehicle is still there, or may be back within the merge gap: run again then (city time).
    NotBefore(Timestamp),
    /// A vehicle is still there; its departure will queue the next run.
    StillParked,
}

/// Which stays a bill rests on.
#[derive(Debug, Serialize)]
struct Evidence<'a> {
    stay_id: Uuid,
    revision: i64,
    bay_id: Uuid,
    span: &'a Span,
}

/// What a visit costs, and why.
struct Priced<'a> {
    facts: &'a VisitFacts,
    /// None of a visit of which no stay is left.
    bill: Option<(Case, Bill)>,
}

/// Settles a visit as far as it can be settled now.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub async fn settle_visit(app: &App, visit_id: Uuid) -> Result<Settled> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let settled = settle_visits(app, &mut tx, &[visit_id]).await?;
    tx.commit().await?;
    app.job_bell.notify_one();
    settled.into_iter().next().context("one visit, one end")
}

/// Settles visits in the caller's transaction; how each ended, in their order. Orders are locked
/// before anything is booked, and in one order by all who lock several.
///
/// # Errors
/// When the database fails or a stored value cannot be read: then none of them may be kept.
pub(crate) async fn settle_visits(app: &App, tx: &mut Tx, visits: &[Uuid]) -> Result<Vec<Settled>> {
    let mut orders = Vec::with_capacity(visits.len());
    for (place, visit_id) in visits.iter().enumerate() {
        let order = tx.order_of("visit", *visit_id).await?.context("visit without order")?;
        orders.push((order.order_id, place));
    }
    orders.sort_unstable();
    let mut locked = Vec::with_capacity(orders.len());
    for (order_id, place) in orders {
        locked.push((tx.lock_order(order_id).await?.context("visit without order")?, place));
    }
    let mut settled = vec![Settled::Done; visits.len()];
    for (mut order, place) in locked {
        settled[place] = settle_order(app, tx, &mut order).await.map_err(failed)?;
    }
    Ok(settled)
}

fn failed(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Failed(error) => error,
        other => anyhow::anyhow!("{other:?}"),
    }
}

/// Settles the visit of an order that this transaction has locked.
pub(super) async fn settle_order(app: &App, tx: &mut Tx, order: &mut OrderRow) -> Outcome<Settled> {
    let now = app.clock.city_now();
    let facts = VisitFacts::load(tx, order).await?;
    if facts.is_parked() {
        return Ok(Settled::StillParked);
    }
    let settled_at = facts.left_at().map(|left| left.plus_ms(app.policy.merge_gap_ms));
    if let Some(at) = settled_at.filter(|at| *at > now) {
        return Ok(Settled::NotBefore(at));
    }
    let case = facts.case()?;
    match billing::price(&facts.tariff, Calendars::built_in(), &case) {
        Err(billing::Reject::NoIntervals) => {
            let priced = Priced { facts: &facts, bill: None };
            post_bill(app, tx, order, &priced).await?;
        }
        Ok(bill) => {
            let priced = Priced { facts: &facts, bill: Some((case, bill)) };
            post_bill(app, tx, order, &priced).await?;
        }
        Err(reject) => unpriced(tx, order, reject.code(), now).await?,
    }
    Ok(Settled::Done)
}

async fn post_bill(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    priced: &Priced<'_>,
) -> Outcome<()> {
    let now = app.clock.city_now();
    let last = tx.bill(order.order_id).await?;
    if same_as_last(order, last.as_ref(), priced)? {
        return Ok(());
    }
    let rerated = order.final_at.is_some();
    let was = order.holding_revision;
    order.bill_revision += 1;
    if let Some((case, bill)) = &priced.bill {
        let row = bill_row(order, priced.facts, (case, bill), now)?;
        tx.insert_bill(&row).await?;
    }
    order.ended_at = priced.facts.left_at().map(Timestamp::ms);
    let detail = json!({"from_revision": was, "to_revision": order.bill_revision});
    let (kind, reason) = if rerated {
        ("rerated", "the stay was revised")
    } else {
        ("priced", "the vehicle has left")
    };
    let event = priced_event(app, order, priced, now);
    rate(app, tx, order, event, &Cause { detail, ..Cause::system(kind, reason, now) }).await?;
    settle_later(app, tx, order, &priced.facts.visit.plate, &priced.facts.tariff).await
}

/// Whether the newest bill was made of the same.
fn same_as_last(order: &OrderRow, last: Option<&BillRow>, priced: &Priced<'_>) -> Result<bool> {
    let Some((case, _)) = &priced.bill else {
        // No bill is made of nothing: the state says that it was found.
        return Ok(order.state == "void");
    };
    let case_json = serde_json::to_string(case)?;
    Ok(last.is_some_and(|b| {
        b.revision == order.bill_revision
            && b.case_json == case_json
            && b.tariff_revision == priced.facts.tariff_revision
    }))
}

fn priced_event(app: &App, order: &OrderRow, priced: &Priced<'_>, now: Timestamp) -> OrderEvent {
    let facts = priced.facts;
    let (total, basis) = match &priced.bill {
        None => (Fen::ZERO, Basis::NoStay),
        Some((case, bill)) => {
            (bill.total, Basis::of(&facts.tariff, Calendars::built_in(), case, bill))
        }
    };
    let on_increase = if paid_parked(order, facts) || ended_parked(order, facts) {
        OnIncrease::Charge
    } else {
        app.config.orders.waiver.on_increase(now)
    };
    OrderEvent::Priced { total, basis, on_increase }
}

/// Whether the order was paid when it seemed to be final, and the vehicle, as is known now, was still
/// there: then it was a part payment, like any that is made while parked.
fn paid_parked(order: &OrderRow, facts: &VisitFacts) -> bool {
    let Some((paid_at, left_at)) = facts.paid_at().zip(facts.left_at()) else { return false };
    order.final_at.is_some_and(|final_at| final_at <= paid_at.ms()) && paid_at < left_at
}

/// Whether the order had cost nothing when the vehicle, as is known now, was still there: its stay goes on,
/// and was never over.
fn ended_parked(order: &OrderRow, facts: &VisitFacts) -> bool {
    let nothing = matches!(order.state.as_str(), "free" | "fault_free");
    let Some((final_at, left_at)) = order.final_at.zip(facts.left_at()) else { return false };
    nothing && Timestamp::from_ms(final_at) < left_at
}

/// Gives an order its (new) total: what changes is booked, waived, refunded, or waits for a person.
pub(super) async fn rate(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    event: OrderEvent,
    cause: &Cause<'_>,
) -> Outcome<()> {
    let now = app.clock.city_now();
    let policy = app.config.orders.waiver.at(now);
    let authority = policy.map(|p| Authority {
        name: &p.authority,
        document_number: &p.document_number,
        approved_by: None,
        decision: None,
    });
    let cause = Cause { authority: cause.authority.or(authority), ..cause.clone() };
    match move_order(app, tx, order, event, &cause).await? {
        OrderOutcome::Moved(_) => close_pending(app, tx, order.order_id).await?,
        OrderOutcome::Unchanged => {
            // Another bill of the same total holds from now on.
            order.holding_revision = order.bill_revision;
            tx.update_order(order).await?;
            append(tx, order, Fen::ZERO, &cause, now).await?;
        }
        OrderOutcome::Undecided { increase, why } => {
            tx.update_order(order).await?;
            let mut detail = cause.detail.clone();
            detail["undecided"] = json!(why.code());
            let undecided = Cause { kind: "increase_undecided", detail, ..cause };
            append(tx, order, increase, &undecided, now).await?;
            let key = format!("bill_differs:{}:{}", order.order_id, order.bill_revision);
            let detail = format!(
                "a revised stay raises a settled bill by {} fen: {}",
                increase.0,
                why.code()
            );
            open_case(tx, order, "bill_differs", &key, &detail, now).await?;
        }
    }
    Ok(())
}

/// Without a valid tariff nothing is charged; somebody has to look at it.
async fn unpriced(tx: &mut Tx, order: &OrderRow, code: &'static str, now: Timestamp) -> Result<()> {
    let detail = format!("the visit could not be priced: {code}; nothing is charged");
    open_case(tx, order, "unpriced", &format!("unpriced:{}", order.order_id), &detail, now).await
}

pub(crate) async fn open_case(
    tx: &mut Tx,
    order: &OrderRow,
    kind: &str,
    key: &str,
    detail: &str,
    now: Timestamp,
) -> Result<()> {
    let subject_id = order.order_id.to_string();
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        case_key: key,
        operator_id: Some(order.operator_id),
        kind,
        source: "system",
        subject_kind: "order",
        subject_id: &subject_id,
        detail,
        opened_at: now.ms(),
    })
    .await?;
    Ok(())
}

fn bill_row(
    order: &OrderRow,
    facts: &VisitFacts,
    (case, bill): (&Case, &Bill),
    now: Timestamp,
) -> Result<BillRow> {
    let evidence: Vec<Evidence<'_>> = facts
        .stays
        .iter()
        .zip(&facts.spans)
        .map(|(s, span)| Evidence {
            stay_id: s.stay_id,
            revision: s.revision,
            bay_id: s.bay_id,
            span,
        })
        .collect();
    Ok(BillRow {
        order_id: order.order_id,
        revision: order.bill_revision,
        tariff_id: order.tariff_id.clone(),
        tariff_revision: facts.tariff_revision,
        tariff_version: i64::from(bill.tariff_version),
        engine_version: i64::from(bill.engine_version),
        case_json: serde_json::to_string(case)?,
        bill_json: serde_json::to_string(bill)?,
        evidence_json: serde_json::to_string(&evidence)?,
        total_fen: bill.total.0,
        made_at: now.ms(),
    })
}
