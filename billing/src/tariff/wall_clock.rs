//! The wall clock of one time zone as a table of offsets, looked up while pricing.
//!
//! Built once per tariff from chrono-tz, so that pricing formats nothing and asks no zone
//! database. Covers 2000 to 2100; beyond, the nearest offset holds on.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

pub(crate) const DAY_MS: i64 = 86_400_000;

const FIRST_S: i64 = 946_684_800; // 2000-01-01T00:00:00Z
const LAST_S: i64 = 4_102_444_800; // 2100-01-01T00:00:00Z
/// Shorter than any stretch between two changes of offset (the shortest, Ramadan in Morocco and
/// Egypt, is about a month).
const STEP_S: i64 = 7 * 86_400;

/// A stretch with one offset from UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OffsetSpan {
    /// First instant (ms, UTC) after it.
    pub(crate) until_ms: i64,
    /// Local time minus UTC.
    pub(crate) offset_ms: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct WallClock {
    spans: Vec<OffsetSpan>,
}

impl WallClock {
    pub(crate) fn of(zone: Tz) -> Self {
        let mut spans = Vec::new();
        let mut from_s = FIRST_S;
        let mut offset_s = offset(zone, from_s);
        while from_s < LAST_S {
            let next_s = from_s.saturating_add(STEP_S);
            let next_offset_s = offset(zone, next_s);
            if next_offset_s != offset_s {
                let change_s = change_between(zone, from_s, next_s);
                spans.push(span(change_s.saturating_mul(1000), offset_s));
                offset_s = next_offset_s;
            }
            from_s = next_s;
        }
        spans.push(span(i64::MAX, offset_s));
        WallClock { spans }
    }

    /// The offset in force at an instant.
    pub(crate) fn at(&self, ms: i64) -> OffsetSpan {
        let index = self.spans.partition_point(|s| s.until_ms <= ms);
        self.spans.get(index).copied().expect("the last span ends at i64::MAX, after any instant")
    }

    /// Local day (days since 1970-01-01) and milliseconds of that day.
    pub(crate) fn local(&self, ms: i64) -> (i64, i64) {
        let local_ms = ms.saturating_add(self.at(ms).offset_ms);
        (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS))
    }

    /// The first instant of a local day: midnight, or where the clocks skip it what comes instead.
    pub(crate) fn day_begins_ms(&self, day: i64) -> i64 {
        let local_ms = day.saturating_mul(DAY_MS);
        // No zone is further than a day from UTC.
        let first = self.spans.partition_point(|s| s.until_ms <= local_ms.saturating_sub(DAY_MS));
        let mut begins_ms = i64::MIN;
        for span in self.spans.iter().skip(first) {
            let midnight_ms = local_ms.saturating_sub(span.offset_ms).max(begins_ms);
            if midnight_ms < span.until_ms {
                return midnight_ms;
            }
            begins_ms = span.until_ms;
        }
        i64::MAX
    }
}

fn span(until_ms: i64, offset_s: i64) -> OffsetSpan {
    OffsetSpan { until_ms, offset_ms: offset_s.saturating_mul(1000) }
}

fn offset(zone: Tz, at_s: i64) -> i64 {
    let utc = DateTime::from_timestamp(at_s, 0).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

/// The first second with the new offset; there is exactly one change between the two.
fn change_between(zone: Tz, from_s: i64, to_s: i64) -> i64 {
    let old = offset(zone, from_s);
    let (mut before, mut after) = (from_s, to_s);
    while after.saturating_sub(before) > 1 {
        let middle = before.midpoint(after);
        if offset(zone, middle) == old {
            before = middle;
        } else {
            after = middle;
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use vocabulary::Timestamp;

    use super::*;

    #[test]
    fn the_table_knows_the_changes_of_the_clocks() {
        // Germany 2026: +1 → +2 on 29 March 01:00Z, back on 25 October 01:00Z (EU directive 2000/84).
        for (zone, at, hours) in [
            (Tz::Europe__Berlin, "2026-03-29T00:59:59.999Z", 1),
            (Tz::Europe__Berlin, "2026-03-29T01:00:00Z", 2),
            (Tz::Europe__Berlin, "2026-10-25T00:59:59.999Z", 2),
            (Tz::Europe__Berlin, "2026-10-25T01:00:00Z", 1),
            (Tz::Asia__Shanghai, "2026-07-01T00:00:00Z", 8),
            (Tz::UTC, "1900-01-01T00:00:00Z", 0),
        ] {
            let ms = Timestamp::parse(at).unwrap().ms();
            assert_eq!(WallClock::of(zone).at(ms).offset_ms, hours * 3_600_000, "{zone} {at}");
        }
        assert_eq!(WallClock::of(Tz::Asia__Shanghai).spans.len(), 1);
    }

    #[test]
    fn a_day_begins_with_its_first_instant_where_midnight_is_skipped_or_comes_twice() {
        for zone in [
            Tz::America__Havana,
            Tz::America__Santiago,
            Tz::America__Asuncion,
            Tz::Africa__Cairo,
            Tz::Asia__Beirut,
            Tz::Atlantic__Azores,
            Tz::Europe__Berlin,
            Tz::Australia__Lord_Howe,
            Tz::Pacific__Kiritimati,
        ] {
            let clock = WallClock::of(zone);
            for day in 19_000..21_500 {
                let begins_ms = clock.day_begins_ms(day);
                assert_eq!(clock.local(begins_ms).0, day, "{zone} {day}");
                assert_eq!(clock.local(begins_ms - 1).0, day - 1, "{zone} {day}");
            }
        }
    }

    #[test]
    fn the_table_agrees_with_the_zone_database_at_every_hour_of_some_years() {
        for zone in [Tz::Africa__Casablanca, Tz::Africa__Cairo, Tz::Australia__Lord_Howe] {
            let clock = WallClock::of(zone);
            for hour in 0..24 * 366 * 5 {
                let at_s = 1_262_304_000 + hour * 3600; // from 2010-01-01
                assert_eq!(clock.at(at_s * 1000).offset_ms, offset(zone, at_s) * 1000, "{zone}");
            }
        }
    }
}
