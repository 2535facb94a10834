//! Arrivals and departures that are known only within bounds: the reading that favours the driver.

use vocabulary::{Interval, Timestamp};

use super::timeline::timeline;
use super::{Case, Reject, Terms, plan_of, price};
use crate::bill::Bill;
use crate::calendar::Calendars;
use crate::tariff::Tariff;

/// Most borders tried on each side.
const BORDERS_LIMIT: usize = 16;
/// A border and the second before and after it.
const BESIDE_MS: [i64; 3] = [-1_000, 0, 1_000];

/// When the vehicle came and left at the earliest and at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges {
    /// Bounds of the first arrival.
    pub arrived: Interval,
    /// Bounds of the last departure.
    pub left: Interval,
}

/// The cheapest bill that the bounds allow, and the case that it bills: what it shows is what was
/// billed. Of bills that cost the same, that of the latest arrival and the earliest departure. What
/// is tried are the bounds, and the first borders of windows between them with the second before and
/// after each, not every instant.
///
/// # Errors
/// As for `price`; `IntervalsDisordered` where the bounds leave no time between them.
pub fn price_within(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    edges: Edges,
) -> Result<(Bill, Case), Reject> {
    if edges.arrived.end_at() > edges.left.start_at() {
        return Err(Reject::IntervalsDisordered);
    }
    let mut best: Option<(Bill, Case)> = None;
    let mut refused = None;
    let departures = candidates(tariff, calendars, case, edges.left)?;
    for arrived_at in candidates(tariff, calendars, case, edges.arrived)?.into_iter().rev() {
        for left_at in &departures {
            let tried = with_edges(case, arrived_at, *left_at)?;
            let bill = match price(tariff, calendars, &tried) {
                Ok(bill) => bill,
                // Part of the bounds may lie before the tariff, or in a year that is not known.
                Err(reject) => {
                    refused = refused.or(Some(reject));
                    continue;
                }
            };
            if best.as_ref().is_none_or(|(known, _)| bill.total < known.total) {
                best = Some((bill, tried));
            }
        }
    }
    best.ok_or(refused.unwrap_or(Reject::NoIntervals))
}

/// The bounds, and the borders of windows between them with the second before and after, in order.
fn candidates(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    bounds: Interval,
) -> Result<Vec<Timestamp>, Reject> {
    let mut found = vec![bounds.start_at()];
    if bounds.is_empty() {
        return Ok(found);
    }
    let arrived_at = case.span()?.start_at();
    let version = tariff.version_at(arrived_at).ok_or(Reject::NoTariffInForce)?;
    if !version.exempt.contains(&case.vehicle) {
        let plan = plan_of(version, case)?;
        let calendar = tariff.calendar.as_ref().and_then(|name| calendars.get(name));
        let terms = Terms { tariff, version, plan, calendar };
        let stay = timeline(terms, &Case::new("", vec![bounds], Vec::new()))?;
        let borders = stay.pieces.iter().skip(1).take(BORDERS_LIMIT);
        // A unit that begins, or ends, just on the other side of a border may cost less.
        let inside = bounds.start_at().ms()..bounds.end_at().ms();
        let around = borders.flat_map(|piece| BESIDE_MS.map(|by| piece.from_ms.saturating_add(by)));
        found.extend(around.map(Timestamp::from_ms).filter(|at| inside.contains(&at.ms())));
    }
    found.push(bounds.end_at());
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn with_edges(case: &Case, arrived_at: Timestamp, left_at: Timestamp) -> Result<Case, Reject> {
    let mut tried = case.clone();
    let disordered = Reject::IntervalsDisordered;
    if let Some(first) = tried.intervals.first_mut() {
        let end_at = first.end_at().max(arrived_at);
        *first = Interval::new(arrived_at, end_at).ok_or(disordered)?;
    }
    if let Some(last) = tried.intervals.last_mut() {
        let start_at = last.start_at();
        *last = Interval::new(start_at, left_at).ok_or(disordered)?;
    }
    Ok(tried)
}
