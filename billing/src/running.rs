//! What a visit would cost if it ended now, and when that changes next.

use vocabulary::{Fen, Timestamp};

use crate::tariff::Tariff;
use crate::{Calendars, Case, Reject, price};

/// A fee that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// If the visit ended now.
    pub total: Fen,
    /// When it costs more, and what; none if it does not within a day.
    pub next: Option<Step>,
}

/// The next price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The last instant at which `total` still holds.
    pub at: Timestamp,
    /// What it costs after that.
    pub total: Fen,
}

/// The next step is looked for this far ahead.
const AHEAD_MS: i64 = 24 * 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// Prices a visit that goes on; `until` gives its case if it ended at an instant. A fee does not fall
/// while one parks, so the next step is found by halving.
///
/// # Errors
/// As for pricing, for the visit as it is now.
pub fn running(
    tariff: &Tariff,
    calendars: &Calendars,
    now: Timestamp,
    until: impl Fn(Timestamp) -> Case,
) -> Result<Running, Reject> {
    let cost = |at: Timestamp| price(tariff, calendars, &until(at)).map(|bill| bill.total);
    let total = cost(now)?;
    let more = |ahead_ms: i64| cost(now.plus_ms(ahead_ms)).ok().filter(|then| *then > total);
    let mut cheap_ms = 0_i64;
    let mut dear_ms = MINUTE_MS;
    while more(dear_ms).is_none() {
        if dear_ms >= AHEAD_MS {
            return Ok(Running { total, next: None });
        }
        cheap_ms = dear_ms;
        dear_ms = dear_ms.saturating_mul(2).min(AHEAD_MS);
    }
    while dear_ms.saturating_sub(cheap_ms) > 1 {
        let middle_ms = cheap_ms.midpoint(dear_ms);
        match more(middle_ms) {
            Some(_) => dear_ms = middle_ms,
            None => cheap_ms = middle_ms,
        }
    }
    let next = more(dear_ms).map(|total| Step { at: now.plus_ms(cheap_ms), total });
    Ok(Running { total, next })
}

#[cfg(test)]
mod tests {
    use vocabulary::Interval;

    use super::*;
    use crate::tariff::parse;

    /// The demo's tariff: half an hour free, 2 yuan up to two hours, then 1 yuan each hour begun; at
    /// most 5 yuan by day, free from 21:00 to 7:00.
    fn check(parked: (&str, &str), total: i64, next: Option<(&str, i64)>) {
        let tariff = parse(crate::DEMO_TARIFF).unwrap();
        let at = |clock: &str| Timestamp::parse(&format!("2026-03-02T{clock}+08:00")).unwrap();
        let (arrived, now) = (at(parked.0), at(parked.1));
        let until = |end: Timestamp| {
            Case::new("small", vec![Interval::new(arrived, end).unwrap()], Vec::new())
        };
        let found = running(&tariff, Calendars::built_in(), now, until).unwrap();
        let next = next.map(|(clock, total)| Step { at: at(clock), total: Fen(total) });
        assert_eq!(found, Running { total: Fen(total), next }, "{parked:?}");
    }

    #[test]
    fn the_next_step_of_the_price_is_known_to_the_millisecond() {
        check(("08:00:00", "08:00:00"), 0, Some(("08:30:00", 200)));
        check(("08:00:00", "08:29:00"), 0, Some(("08:30:00", 200)));
        check(("08:00:00", "08:31:00"), 200, Some(("10:00:00", 300)));
        check(("08:00:30", "10:00:30"), 200, Some(("10:00:30", 300)));
        check(("08:00:00", "10:00:01"), 300, Some(("11:00:00", 400)));
    }
}
