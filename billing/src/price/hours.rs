//! Which window holds when, for pictures of a day; nothing is priced here.

use vocabulary::{Interval, Timestamp};

use super::timeline::{Kind, timeline};
use super::{Case, Reject, Terms, interval, plan_of};
use crate::calendar::Calendars;
use crate::tariff::{Tariff, VersionChange};

/// A stretch in which one window holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    pub(crate) interval: Interval,
    /// Its place in the version; one more than the last for what no window names.
    pub(crate) window: usize,
    /// The number of the version that names it.
    pub(crate) version: u32,
    pub(crate) charged: bool,
    pub(crate) permitted: bool,
}

/// From when on the tariff does not permit the vehicle of a case to stand where it applies, looked for from its arrival
/// up to `until`; none if it does not forbid it by then.
///
/// # Errors
/// As for pricing.
pub fn permitted_until(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    until: Timestamp,
) -> Result<Option<Timestamp>, Reject> {
    let from = case.span()?.start_at();
    let exempt = tariff.version_at(from).is_some_and(|v| v.exempt.contains(&case.vehicle));
    if exempt || until <= from {
        return Ok(None);
    }
    let span = interval(from.ms(), until.ms());
    let forbidden = hours(tariff, calendars, case, span)?.into_iter().find(|h| !h.permitted);
    Ok(forbidden.map(|hours| hours.interval.start_at()))
}

/// The windows that hold for the vehicle of a case, without gap, in order of time.
///
/// # Errors
/// As for pricing.
pub(crate) fn hours(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    span: Interval,
) -> Result<Vec<Hours>, Reject> {
    let arrived_at = case.span()?.start_at();
    let priced_by = match tariff.version_change {
        VersionChange::PricedApart => arrived_at.max(span.start_at()),
        VersionChange::ArrivalVersionHolds => arrived_at,
    };
    let version = tariff.version_at(priced_by).or_else(|| tariff.version_at(arrived_at));
    let version = version.ok_or(Reject::NoTariffInForce)?;
    let plan = plan_of(version, case)?;
    let calendar = tariff.calendar.as_ref().and_then(|name| calendars.get(name));
    let terms = Terms { tariff, version, plan, calendar };
    let stay = timeline(terms, &Case::new("", vec![span], Vec::new()))?;
    let mut found: Vec<Hours> = Vec::new();
    for piece in &stay.pieces {
        let Kind::Window(occurrence) = piece.kind else { continue };
        let place = stay.occurrences.get(occurrence).map_or(0, |known| known.window);
        let Some(window) = plan.windows.get(place) else { continue };
        let charged = window.ladder.is_some();
        match found.last_mut() {
            Some(last) if last.window == window.index => {
                last.interval = interval(last.interval.start_at().ms(), piece.to_ms);
            }
            _ => found.push(Hours {
                interval: interval(piece.from_ms, piece.to_ms),
                window: window.index,
                version: version.number,
                charged,
                permitted: !window.not_permitted,
            }),
        }
    }
    Ok(found)
}
