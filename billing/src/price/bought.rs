//! How long time bought in advance lasts.

use vocabulary::{Interval, Timestamp};

use super::timeline::Kind;
use super::{Case, Reject, STAY_LIMIT_MS, Terms, plan_of, timeline};
use crate::calendar::Calendars;
use crate::tariff::{CountedIn, Tariff};

/// The end of `minutes` bought at the arrival of a case, as the tariff's `prepaid` says it. More than
/// the time limit cannot be bought.
///
/// # Errors
/// As `bought_until`.
pub fn prepaid_until(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    minutes: u32,
) -> Result<Timestamp, Reject> {
    let from = case.span()?.start_at();
    let version = tariff.version_at(from).ok_or(Reject::NoTariffInForce)?;
    let limit = plan_of(version, case)?.time_limit;
    let most = limit.and_then(|l| u32::try_from(l.length_ms.div_euclid(60_000)).ok());
    let minutes = minutes.min(most.unwrap_or(minutes));
    bought_until(tariff, calendars, case, minutes, version.prepaid.counted_in)
}

/// The end of `minutes` bought at the arrival of a case. Counted in paid windows, time bought
/// before opening begins with it (carry-over), and a free night between is not used up.
///
/// # Errors
/// As for pricing; `StayTooLong` where the minutes never come together.
pub fn bought_until(
    tariff: &Tariff,
    calendars: &Calendars,
    case: &Case,
    minutes: u32,
    counted_in: CountedIn,
) -> Result<Timestamp, Reject> {
    let from = case.span()?.start_at();
    let mut left_ms = i64::from(minutes).saturating_mul(60_000);
    if counted_in == CountedIn::AllWindows {
        return Ok(from.plus_ms(left_ms));
    }
    let version = tariff.version_at(from).ok_or(Reject::NoTariffInForce)?;
    let calendar = tariff.calendar.as_ref().and_then(|name| calendars.get(name));
    let plan = plan_of(version, case)?;
    let terms = Terms { tariff, version, plan, calendar };
    // A day at a time: few purchases reach into a second day.
    let mut at = from;
    while from.plus_ms(STAY_LIMIT_MS) > at {
        let day =
            Interval::new(at, at.plus_ms(crate::tariff::DAY_MS)).ok_or(Reject::StayTooLong)?;
        let stay = timeline::timeline(terms, &Case::new("", vec![day], Vec::new()))?;
        for piece in &stay.pieces {
            let Kind::Window(index) = piece.kind else { continue };
            let window = stay.occurrences.get(index).and_then(|o| plan.windows.get(o.window));
            if window.is_none_or(|w| w.ladder.is_none()) {
                continue;
            }
            if piece.length_ms() >= left_ms {
                return Ok(Timestamp::from_ms(piece.from_ms.saturating_add(left_ms)));
            }
            left_ms = left_ms.saturating_sub(piece.length_ms());
        }
        at = day.end_at();
    }
    Err(Reject::StayTooLong)
}
