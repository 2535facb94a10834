//! One plate in the bays of several visits at once: somebody has to look. A job of each visit that got a
//! stay or another plate, run when both are stored, so that of claims made at the same moment the last
//! one sees the others. `billing::binding::elsewhere` decides.

use anyhow::{Context, Result};
use billing::binding::{Elsewhere, Standing, elsewhere};
use sensing::Span;
use serde_json::from_str;
use store::{CaseEventRow, CaseFilter, Lane, NewCase, PlateAtRow, Tx, VisitRow};
use uuid::Uuid;
use vocabulary::{BayId, Interval, Point, Timestamp, VehicleClass, VisitId};

use crate::app::App;
use crate::job::Kind;

/// Kind of the case.
pub(crate) const PLATE_TWICE: &str = "plate_twice";

/// A visit's plate, and where else it was meanwhile.
struct Found {
    visit: VisitRow,
    rows: Vec<PlateAtRow>,
    elsewhere: Elsewhere,
}

/// Queues the look; `what` names the change.
///
/// # Errors
/// When the database fails.
pub(super) async fn find_soon(app: &App, tx: &mut Tx, visit_id: Uuid, what: &str) -> Result<()> {
    let at = app.clock.machine_now_ms();
    Ok(tx.enqueue(Kind::FindTwice.name(), what, visit_id, at).await?)
}

/// The same for the visits that a plate has beside one that it is taken from: they may be several.
///
/// # Errors
/// When the database fails.
pub(super) async fn find_others_soon(
    app: &App,
    tx: &mut Tx,
    left: &VisitRow,
    what: &str,
) -> Result<()> {
    let Some(time) = time_of(tx, left.visit_id).await? else { return Ok(()) };
    let mut others: Vec<Uuid> = tx
        .plate_at(left.operator_id, &left.plate, time)
        .await?
        .iter()
        .map(|row| row.visit_id)
        .filter(|other| *other != left.visit_id)
        .collect();
    others.dedup();
    for other in others {
        find_soon(app, tx, other, &format!("{what}:{other}")).await?;
    }
    Ok(())
}

/// Opens a case if the visit's plate was in bays of other visits meanwhile, one however many they are;
/// when to look again, if that is not sure yet.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub async fn find_twice(app: &App, visit_id: Uuid) -> Result<Option<Timestamp>> {
    let now = app.clock.city_now();
    let mut tx = app.store.read().await?;
    let found = find(&mut tx, visit_id, now).await?;
    drop(tx);
    let Some(found) = found else { return Ok(None) };
    match &found.elsewhere {
        Elsewhere::Nowhere => Ok(None),
        Elsewhere::LookAgain(at) => Ok(Some(*at)),
        Elsewhere::In(others) => {
            let mut tx = app.store.begin(Lane::Command).await?;
            tell(&mut tx, &found, others, now).await?;
            tx.commit().await?;
            Ok(None)
        }
    }
}

/// Whether a visit's plate is still in bays of other visits, as is known now.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub(crate) async fn is_twice(tx: &mut Tx, visit_id: Uuid, now: Timestamp) -> Result<bool> {
    let found = find(tx, visit_id, now).await?;
    Ok(found.is_some_and(|found| matches!(found.elsewhere, Elsewhere::In(_))))
}

/// None for a visit without a stay.
async fn find(tx: &mut Tx, visit_id: Uuid, now: Timestamp) -> Result<Option<Found>> {
    let Some(visit) = tx.visit(visit_id).await? else { return Ok(None) };
    let Some(time) = time_of(tx, visit_id).await? else { return Ok(None) };
    let rows = tx.plate_at(visit.operator_id, &visit.plate, time).await?;
    let standing: Vec<Standing> =
        rows.iter().filter_map(|row| standing(row, now).transpose()).collect::<Result<_>>()?;
    let (own, others): (Vec<Standing>, Vec<Standing>) =
        standing.into_iter().partition(|s| s.visit.0 == visit_id);
    Ok(Some(Found { elsewhere: elsewhere(&own, &others, now), visit, rows }))
}

/// From the first arrival to the last departure; none for a visit without a stay.
async fn time_of(tx: &mut Tx, visit_id: Uuid) -> Result<Option<(i64, i64)>> {
    let own = tx.stays_of_visits(&[visit_id]).await?.remove(&visit_id).unwrap_or_default();
    let from = own.iter().map(|stay| stay.arrived_at).min();
    let to = own.iter().map(|stay| stay.left_at.unwrap_or(i64::MAX)).max();
    Ok(from.zip(to))
}

/// None for a pass-by, and for what has no length yet.
fn standing(row: &PlateAtRow, now: Timestamp) -> Result<Option<Standing>> {
    let span: Span = from_str(&row.span_json).context("stored span")?;
    let until = span.left_at().unwrap_or(now);
    let Some(stood) = Interval::new(span.arrived_at(), until).filter(|_| !span.brief) else {
        return Ok(None);
    };
    let class = VehicleClass::from_name(&row.vehicle_class).context("unknown vehicle class")?;
    let place = Point::new(row.lon, row.lat).ok().context("a bay off the earth")?;
    let (visit, bay) = (VisitId(row.visit_id), BayId(row.bay_id));
    Ok(Some(Standing { visit, class, bay, place, stood }))
}

/// One matter, one case: that of any of the visits, or a new one of the visit that was bound first. Their
/// orders are locked, so that two jobs that see some of the same visits open one.
async fn tell(tx: &mut Tx, found: &Found, others: &[VisitId], now: Timestamp) -> Result<()> {
    let mut visits: Vec<Uuid> = others.iter().map(|other| other.0).collect();
    visits.push(found.visit.visit_id);
    visits.sort_unstable();
    tx.lock_orders_of_visits(&visits).await?;
    let bays = bays_of(found, &visits);
    let detail = format!("one plate was in {} bays at once: {}", bays.len(), bays.join(", "));
    for visit in &visits {
        if let Some(case_id) = open_case_of(tx, *visit).await? {
            return note(tx, case_id, detail, now).await;
        }
    }
    let first = visits[0].to_string();
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        // One that was closed stays closed until a further bay is found.
        case_key: &format!("{PLATE_TWICE}:{first}:{}", visits.len()),
        operator_id: Some(found.visit.operator_id),
        kind: PLATE_TWICE,
        source: "system",
        subject_kind: "visit",
        subject_id: &first,
        detail: &detail,
        opened_at: now.ms(),
    })
    .await?;
    Ok(())
}

/// The codes of the bays that these visits were in.
fn bays_of<'a>(found: &'a Found, visits: &[Uuid]) -> Vec<&'a str> {
    let theirs = found.rows.iter().filter(|row| visits.contains(&row.visit_id));
    let mut bays: Vec<&str> = theirs.map(|row| row.bay_code.as_str()).collect();
    bays.sort_unstable();
    bays.dedup();
    bays
}

async fn open_case_of(tx: &mut Tx, visit_id: Uuid) -> Result<Option<Uuid>> {
    let (kind, subject_id) = (Some(PLATE_TWICE.to_owned()), Some(visit_id.to_string()));
    let filter = CaseFilter { kind, subject_id, ..CaseFilter::default() };
    Ok(tx.cases(&filter, 1).await?.pop().map(|case| case.case_id))
}

async fn note(tx: &mut Tx, case_id: Uuid, detail: String, now: Timestamp) -> Result<()> {
    let known = tx.case_events(case_id).await?;
    if known.iter().any(|event| event.detail == detail) {
        return Ok(());
    }
    let (actor, kind) = ("system".to_owned(), "noted".to_owned());
    let event = CaseEventRow { line: 0, made_at: now.ms(), actor, kind, detail };
    Ok(tx.append_case_event(case_id, &event).await?)
}
