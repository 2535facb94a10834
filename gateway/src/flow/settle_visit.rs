//! A visit whose stays have all ended is priced: bill, order state and ledger entry in one transaction.
//!
//! Run by a job for every revision of a stay that belongs to the visit. Safe to run again: the same
//! stays give the same bill, and an unchanged bill posts nothing.

use anyhow::{Context, Result};
use billing::ledger;
use billing::order::{self, Order, OrderEvent, OrderOutcome, OrderState};
use billing::tariff::Tariff;
use billing::{Bill, Calendars, Case};
use sensing::Span;
use serde::Serialize;
use store::{BillRow, Lane, NewCase, OrderRow, StayRow, Tx, VisitRow};
use uuid::Uuid;
use vocabulary::{Fen, OrderId, Timestamp, VehicleClass};

use super::books::{about_order, book};
use super::start_payment::close_pending;
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

/// Settles a visit as far as it can be settled now.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub async fn settle_visit(app: &App, visit_id: Uuid) -> Result<Settled> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    let visit = tx.visit(visit_id).await?.context("no such visit")?;
    let order_id = tx.order_of("visit", visit_id).await?.context("visit without order")?.order_id;
    let order = tx.lock_order(order_id).await?.context("visit without order")?;
    let stays = tx.stays_of_visit(visit_id).await?;
    let spans = spans_of(&stays)?;
    if stays.iter().any(|s| s.state == "present") {
        return Ok(Settled::StillParked);
    }
    let settled_at = spans.iter().filter_map(|s| s.left).map(|left| left.latest_at).max();
    let settled_at = settled_at.map(|at| at.plus_ms(app.policy.merge_gap_ms));
    if let Some(at) = settled_at.filter(|at| *at > now) {
        return Ok(Settled::NotBefore(at));
    }
    let case = case_of(&visit, &stays, &spans)?;
    let tariff_row =
        tx.tariff(&order.tariff_id).await?.context("the order's tariff is not stored")?;
    let tariff = read_tariff(&tariff_row.yaml)?;
    match billing::price(&tariff, Calendars::built_in(), &case) {
        Err(billing::Reject::NoIntervals) => cancel(app, &mut tx, order).await?,
        Ok(bill) => {
            let priced = Priced { case: &case, bill: &bill, tariff_revision: tariff_row.revision };
            post_bill(app, &mut tx, order, &priced, &stays, &spans).await?;
        }
        Err(reject) => unpriced(&mut tx, &order, reject.code(), now).await?,
    }
    tx.commit().await?;
    Ok(Settled::Done)
}

/// Reads a stored tariff; it was checked when it was imported.
pub(crate) fn read_tariff(yaml: &str) -> Result<Tariff> {
    billing::tariff::parse(yaml)
        .map_err(|problems| anyhow::anyhow!("stored tariff does not parse: {problems:?}"))
}

/// What a visit is priced from: its stays that are neither void nor superseded.
pub(crate) fn case_of(visit: &VisitRow, stays: &[StayRow], spans: &[Span]) -> Result<Case> {
    let vehicle = VehicleClass::from_name(&visit.vehicle_class).context("unknown vehicle class")?;
    let parked =
        || stays.iter().zip(spans).filter(|(stay, _)| stay.state == "left").map(|(_, span)| span);
    let intervals = parked().filter_map(Span::billable).collect();
    let doubts = parked().flat_map(|span| span.doubts.iter().map(|d| d.interval)).collect();
    Ok(Case::new(vehicle.name(), intervals, doubts))
}

pub(crate) fn spans_of(stays: &[StayRow]) -> Result<Vec<Span>> {
    stays.iter().map(|s| serde_json::from_str(&s.span_json).context("stored span")).collect()
}

/// Every stay of the visit turned out to be none (a pass-by, or readings that were wrong): nothing is owed.
async fn cancel(app: &App, tx: &mut Tx, mut order: OrderRow) -> Result<()> {
    let now = app.clock.city_now();
    match order::advance(&order_state(&order)?, OrderEvent::Priced { total: Fen::ZERO })? {
        OrderOutcome::Moved { .. } => {
            order.bill_revision += 1;
            reprice(app, tx, &mut order, Fen::ZERO).await?;
            tx.update_order(&order).await?;
        }
        OrderOutcome::Difference { .. } => {
            let key = format!("bill_differs:{}:no_stay", order.order_id);
            open_case(tx, &order, "bill_differs", &key, "a paid visit turned out to be none", now)
                .await?;
        }
        OrderOutcome::Unchanged => {}
    }
    Ok(())
}

struct Priced<'a> {
    case: &'a Case,
    bill: &'a Bill,
    tariff_revision: i64,
}

async fn post_bill(
    app: &App,
    tx: &mut Tx,
    mut order: OrderRow,
    priced: &Priced<'_>,
    stays: &[StayRow],
    spans: &[Span],
) -> Result<()> {
    let now = app.clock.city_now();
    let case_json = serde_json::to_string(priced.case)?;
    let last = tx.bill(order.order_id).await?;
    let same =
        |b: &BillRow| b.case_json == case_json && b.tariff_revision == priced.tariff_revision;
    if last.is_some_and(|b| same(&b) && b.revision == order.bill_revision) {
        return Ok(());
    }
    order.bill_revision += 1;
    reprice(app, tx, &mut order, priced.bill.total).await?;
    tx.insert_bill(&bill_row(&order, priced, case_json, evidence(stays, spans)?, now)?).await?;
    tx.update_order(&order).await?;
    Ok(())
}

/// Gives the order its (new) total and books what it has to pay more or less than before.
async fn reprice(app: &App, tx: &mut Tx, order: &mut OrderRow, total: Fen) -> Result<()> {
    let now = app.clock.city_now();
    match order::advance(&order_state(order)?, OrderEvent::Priced { total })? {
        OrderOutcome::Moved { order: next, difference } => {
            let before = Fen(order.total_fen);
            order.state = next.state.name().into();
            order.total_fen = next.total.0;
            order.due_at = order.due_at.or((next.state == OrderState::Due).then_some(now.ms()));
            close_pending(app, tx, order.order_id).await?;
            if difference != Fen::ZERO {
                let about = about_order(tx, order, now).await?;
                let (id, revision) =
                    (OrderId(order.order_id), u32::try_from(order.bill_revision)?);
                let fee = ledger::fee_earned(&about, id, revision, before, next.total)?;
                book(tx, &fee, now).await?;
            }
        }
        OrderOutcome::Difference { amount } => {
            let detail = format!("a revised stay changes a paid bill by {} fen", amount.0);
            let key = format!("bill_differs:{}:{}", order.order_id, order.bill_revision);
            open_case(tx, order, "bill_differs", &key, &detail, now).await?;
        }
        OrderOutcome::Unchanged => {}
    }
    Ok(())
}

pub(crate) fn order_state(order: &OrderRow) -> Result<Order> {
    Ok(Order {
        state: OrderState::from_name(&order.state).context("unknown order state")?,
        total: Fen(order.total_fen),
        paid: Fen(order.paid_fen),
    })
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

fn evidence(stays: &[StayRow], spans: &[Span]) -> Result<String> {
    let list: Vec<Evidence<'_>> = stays
        .iter()
        .zip(spans)
        .map(|(s, span)| Evidence {
            stay_id: s.stay_id,
            revision: s.revision,
            bay_id: s.bay_id,
            span,
        })
        .collect();
    Ok(serde_json::to_string(&list)?)
}

fn bill_row(
    order: &OrderRow,
    priced: &Priced<'_>,
    case_json: String,
    evidence_json: String,
    now: Timestamp,
) -> Result<BillRow> {
    Ok(BillRow {
        order_id: order.order_id,
        revision: order.bill_revision,
        tariff_id: order.tariff_id.clone(),
        tariff_revision: priced.tariff_revision,
        tariff_version: i64::from(priced.bill.tariff_version),
        engine_version: i64::from(priced.bill.engine_version),
        case_json,
        bill_json: serde_json::to_string(priced.bill)?,
        evidence_json,
        total_fen: priced.bill.total.0,
        made_at: now.ms(),
    })
}
