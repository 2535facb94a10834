//! A visit whose stays have all ended is priced: bill, order state, entries and refunds in one transaction.
//!
//! Run by a job for every revision of a stay that belongs to the visit. Safe to run again: the same
//! stays give the same bill, and an unchanged bill posts nothing. Many visits are settled as one is, and
//! in the same way: what they need is read at once, what they leave is written at once.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use billing::order::{Basis, OnIncrease, OrderEvent};
use billing::{Bill, Calendars, Case};
use sensing::Span;
use serde::Serialize;
use serde_json::json;
use store::{BillRow, Lane, NewCase, OrderRow, SamePlate, StoreError, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::earlier_visits::{after, settle_after};
use super::move_order::Cause;
use super::order_writes::OrderWrites;
use super::rate_order::gather_rate;
use super::start_payment::close_pending_of;
use super::visit_case::{Known, VisitFacts};
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
    let settled = settled.into_iter().next().context("one visit, one end")??;
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(settled)
}

/// Settles visits in the caller's transaction, each table read and written once for all of them; how each
/// ended, in their order. Orders are locked before anything is booked, and in one order by all who lock
/// several. One that cannot be settled leaves nothing behind and keeps none of the others.
///
/// # Errors
/// When the database fails, or an order cannot be undone alone: then none of them may be kept.
pub async fn settle_visits(
    app: &App,
    tx: &mut Tx,
    visits: &[Uuid],
) -> Result<Vec<Result<Settled>>> {
    let orders = tx.lock_orders_of_visits(visits).await?;
    let known = Known::load(tx, &orders).await?;
    let mut desk = Desk { writes: OrderWrites::default(), now: app.clock.city_now() };
    let mut ended: BTreeMap<Uuid, Result<Settled>> = BTreeMap::new();
    for wave in waves(&known, orders) {
        settle_wave(app, tx, (&mut desk, &known), wave, &mut ended).await?;
    }
    let end = |id: &Uuid| ended.remove(id).unwrap_or_else(|| bail!("visit without order"));
    Ok(visits.iter().map(end).collect())
}

/// What is written for a batch, and the instant of its bills.
struct Desk {
    writes: OrderWrites,
    now: Timestamp,
}

/// Orders of which none rests on the bill of another: where a tariff counts visits of one vehicle
/// together, the second visit is settled after the first is stored.
fn waves(known: &Known, orders: Vec<OrderRow>) -> Vec<Vec<OrderRow>> {
    let mut seen: BTreeMap<(Uuid, String, String), usize> = BTreeMap::new();
    let mut waves: Vec<Vec<OrderRow>> = Vec::new();
    for order in orders {
        let number = known.counted_plate(&order).map_or(0, |plate| {
            let key = (order.operator_id, order.tariff_id.clone(), plate.to_owned());
            let next = seen.entry(key).or_default();
            *next += 1;
            *next - 1
        });
        if waves.len() <= number {
            waves.resize_with(number + 1, Vec::new);
        }
        waves[number].push(order);
    }
    waves
}

async fn settle_wave(
    app: &App,
    tx: &mut Tx,
    (desk, known): (&mut Desk, &Known),
    mut orders: Vec<OrderRow>,
    ended: &mut BTreeMap<Uuid, Result<Settled>>,
) -> Result<()> {
    let facts = VisitFacts::load_each(tx, known, &orders).await?;
    let ids: Vec<Uuid> = orders.iter().map(|order| order.order_id).collect();
    let bills = tx.newest_bills(&ids).await?;
    let mut billed = Vec::new();
    for (order, facts) in orders.iter_mut().zip(facts) {
        let mark = desk.writes.mark();
        let settled = match facts {
            Err(error) => Err(error),
            Ok(facts) => {
                let last = bills.get(&order.order_id);
                let settled = settle_order(app, tx, desk, order, (&facts, last)).await;
                settled.map_err(failed).map(|(settled, is_new)| {
                    billed.extend(is_new.then(|| (order.clone(), facts)));
                    settled
                })
            }
        };
        if let Err(error) = &settled {
            let of_database = error.downcast_ref::<StoreError>().is_some();
            ensure!(desk.writes.rewind(mark) && !of_database, "one of several visits: {error:#}");
        }
        ended.insert(order.subject_id, settled);
    }
    desk.writes.flush(tx).await?;
    let mut later: Vec<SamePlate<'_>> = Vec::new();
    for (order, facts) in &billed {
        later.extend(after(order, &facts.visit.plate, &facts.tariff));
    }
    settle_after(app, tx, &later).await
}

fn failed(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Failed(error) => error,
        other => anyhow::anyhow!("{other:?}"),
    }
}

/// Settles the visit of an order that this transaction has locked; whether it has a new bill.
async fn settle_order(
    app: &App,
    tx: &mut Tx,
    desk: &mut Desk,
    order: &mut OrderRow,
    (facts, last): (&VisitFacts, Option<&BillRow>),
) -> Outcome<(Settled, bool)> {
    if facts.is_parked() {
        return Ok((Settled::StillParked, false));
    }
    let settled_at = facts.left_at().map(|left| left.plus_ms(app.policy.merge_gap_ms));
    if let Some(at) = settled_at.filter(|at| *at > desk.now) {
        return Ok((Settled::NotBefore(at), false));
    }
    let case = facts.case()?;
    let bill = match billing::price(&facts.tariff, Calendars::built_in(), &case) {
        Err(billing::Reject::NoIntervals) => None,
        Ok(bill) => Some((case, bill)),
        Err(reject) => {
            unpriced(tx, order, reject.code(), desk.now).await?;
            return Ok((Settled::Done, false));
        }
    };
    let is_new = post_bill(app, tx, desk, order, (&Priced { facts, bill }, last)).await?;
    Ok((Settled::Done, is_new))
}

async fn post_bill(
    app: &App,
    tx: &mut Tx,
    desk: &mut Desk,
    order: &mut OrderRow,
    (priced, last): (&Priced<'_>, Option<&BillRow>),
) -> Outcome<bool> {
    if same_as_last(order, last, priced)? {
        return Ok(false);
    }
    let rerated = order.final_at.is_some();
    let was = order.holding_revision;
    order.bill_revision += 1;
    if let Some((case, bill)) = &priced.bill {
        desk.writes.bill(bill_row(order, priced.facts, (case, bill), desk.now)?);
    }
    order.ended_at = priced.facts.left_at().map(Timestamp::ms);
    let detail = json!({"from_revision": was, "to_revision": order.bill_revision});
    let (kind, reason) = if rerated {
        ("rerated", "the stay was revised")
    } else {
        ("priced", "the vehicle has left")
    };
    let event = priced_event(app, order, priced, desk.now);
    let cause = Cause { detail, ..Cause::system(kind, reason, desk.now) };
    if gather_rate(app, tx, &mut desk.writes, order, (event, &cause)).await? {
        close_pending_of(app, tx, &priced.facts.payments).await?;
    }
    Ok(true)
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
