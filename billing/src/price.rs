//! What a stay costs: `price(tariff, calendars, case)`, the same for a quote (a stay that has not
//! been).
//!
//! The steps, each in its file: the presence as a **timeline** of pieces that lie in one window
//! and one period of everything that is counted; mark the **free** minutes; the **meter** walks
//! the pieces by units and tiers; the **caps**; the **total** with its factors and its rounding.
//!
//! Invariants: the window and the day of an instant are those of the wall clock at that instant,
//! lengths are real time (a day on which the clocks change is 23 or 25 hours long); doubts and
//! gaps between intervals cost nothing and stop every clock but that of the 24 hours. Nothing
//! here formats text or asks a zone database.

mod bought;
mod caps;
mod case;
mod edges;
mod free;
mod hours;
mod limit;
mod meter;
mod timeline;
mod total;
mod unit;

use vocabulary::{Fen, Interval, Timestamp};

use crate::amount::Exact;
use crate::bill::{Bill, Line, Rule};
use crate::calendar::{Calendar, Calendars};
use crate::coupon;
use crate::tariff::{DAY_MS, Plan, Tariff, Version, VersionChange};

pub use bought::{bought_until, prepaid_until};
pub use case::{Case, EarlierVisit, ExemptPart, HeldPass, Reject};
pub use edges::{Edges, price_within};
pub use hours::permitted_until;
pub(crate) use hours::{Hours, hours};

/// Grows when the same tariff and case would give another bill.
pub const ENGINE_VERSION: u32 = 3;

/// Most intervals, doubts, earlier visits and passes in one case.
pub const INTERVALS_LIMIT: usize = 1_000;

/// Longest stay priced, from first arrival to last departure: 1,000 days. What stands longer is a
/// matter for people, not for a tariff.
pub const STAY_LIMIT_MS: i64 = 1_000 * DAY_MS;

/// Everything that a stay is priced by.
#[derive(Clone, Copy)]
struct Terms<'t> {
    tariff: &'t Tariff,
    version: &'t Version,
    plan: &'t Plan,
    calendar: Option<&'t Calendar>,
}

/// A line and its exact amount; whole fen come at the end.
#[derive(Clone, Copy)]
struct Entry {
    line: Line,
    exact: Exact,
}

/// The bill of a stay; the same input gives the same bill.
///
/// # Errors
/// A `Reject`; then nothing is to be charged.
pub fn price(tariff: &Tariff, calendars: &Calendars, case: &Case) -> Result<Bill, Reject> {
    let mut bill = without_coupons(tariff, calendars, case)?;
    coupon::take_off(tariff, calendars, case, &mut bill)?;
    Ok(bill)
}

/// The bill before coupons.
pub(crate) fn without_coupons(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
) -> Result<Bill, Reject> {
    let span = case.span()?;
    let version = tariff.version_at(span.start_at()).ok_or(Reject::NoTariffInForce)?;
    if tariff.version_change == VersionChange::PricedApart && version.valid_to.is_some() {
        let ends_at = Timestamp::from_ms(tariff.wall_clock.day_begins_ms(version.to_day));
        if ends_at < span.end_at() {
            return priced_apart(tariff, calendars, case, ends_at);
        }
    }
    by_version(tariff, version, calendars, case)
}

fn by_version(
    tariff: &Tariff,
    version: &Version,
    calendars: &Calendars,
    case: &Case,
) -> Result<Bill, Reject> {
    if version.exempt.contains(&case.vehicle) {
        let mut bill = empty_bill(tariff, version);
        bill.lines = case.intervals.iter().map(|i| Line::of_nothing(*i, Rule::Exempt)).collect();
        return Ok(bill);
    }
    let calendar = match &tariff.calendar {
        Some(name) => Some(calendars.get(name).ok_or(Reject::NoCalendar)?),
        None => None,
    };
    let plan = plan_of(version, case)?;
    let terms = Terms { tariff, version, plan, calendar };
    let (mut bill, continued) = by_terms(terms, case)?;
    let mut billed = Fen::ZERO;
    for place in (0..case.earlier.len()).rev().take(continued) {
        let Some(before) = as_billed_then(case, place) else { continue };
        billed = billed.max(by_terms(terms, &before)?.0.total);
    }
    total::take_off(&mut bill, billed)?;
    Ok(bill)
}

/// The bill as if the visits that this one continues had not been billed, and their number.
fn by_terms(terms: Terms<'_>, case: &Case) -> Result<(Bill, usize), Reject> {
    let mut stay = timeline::timeline(terms, case)?;
    let over_limit_ms = limit::mark(terms.plan, &mut stay);
    free::mark(terms.plan, &mut stay);
    let mut bill = Bill { over_limit_ms, ..empty_bill(terms.tariff, terms.version) };
    let mut entries = meter::meter(terms, &mut stay, &mut bill)?;
    caps::apply(terms.plan, &mut stay, &mut entries)?;
    total::close(terms.plan, case, entries, &mut bill)?;
    Ok((bill, stay.continued))
}

fn empty_bill(tariff: &Tariff, version: &Version) -> Bill {
    Bill {
        tariff: tariff.id.clone(),
        tariff_version: version.number,
        engine_version: ENGINE_VERSION,
        lines: Vec::new(),
        total: Fen::ZERO,
        charged_ms: 0,
        over_limit_ms: 0,
    }
}

/// An earlier visit as the case that it was when it ended.
fn as_billed_then(case: &Case, place: usize) -> Option<Case> {
    let visit = case.earlier.get(place)?;
    Some(Case {
        intervals: visit.intervals.clone(),
        doubts: visit.doubts.clone(),
        earlier: case.earlier.get(..place)?.to_vec(),
        paid_at: None,
        bought_until: None,
        ..case.clone()
    })
}

fn plan_of<'t>(version: &'t Version, case: &Case) -> Result<&'t Plan, Reject> {
    let street = match (&case.street, version.streets.is_empty()) {
        (_, true) => None,
        (Some(street), false) if version.streets.contains(street) => Some(street.as_str()),
        (_, false) => return Err(Reject::StreetNotInTariff),
    };
    version.plan(&case.vehicle, street).ok_or(Reject::ClassNotInTariff)
}

/// Each part of a stay by its own version: the lines of the first, then those of the rest.
fn priced_apart(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    at: Timestamp,
) -> Result<Bill, Reject> {
    let part = |keep: fn(Interval, Timestamp) -> Option<Interval>| Case {
        intervals: case.intervals.iter().filter_map(|i| keep(*i, at)).collect(),
        ..case.clone()
    };
    let before = part(|i, at| Interval::new(i.start_at(), i.end_at().min(at)));
    let before = Case { bought_until: None, ..before };
    let after = part(|i, at| Interval::new(i.start_at().max(at), i.end_at()));
    let after = Case { earlier: Vec::new(), ..after };
    let mut bill = without_coupons(tariff, calendars, &before)?;
    let rest = without_coupons(tariff, calendars, &after)?;
    bill.lines.extend(rest.lines);
    bill.total = bill.total.plus(rest.total)?;
    bill.charged_ms = bill.charged_ms.saturating_add(rest.charged_ms);
    bill.over_limit_ms = bill.over_limit_ms.saturating_add(rest.over_limit_ms);
    Ok(bill)
}

/// From one instant to another, never backwards.
pub(crate) fn interval(from_ms: i64, to_ms: i64) -> Interval {
    Interval::new(Timestamp::from_ms(from_ms), Timestamp::from_ms(to_ms.max(from_ms)))
        .expect("it ends where it begins, or later")
}
