//! Many times on one wall clock, read fast: what is plain is read here, the rest as elsewhere.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use vocabulary::Timestamp;

use crate::input::Wrong;
use crate::local_time::instant;

const DAY_MS: i64 = 86_400_000;

/// Reads times of one zone.
#[derive(Debug)]
pub(super) struct LocalTimes {
    zone: Tz,
    /// The last day asked for, and its offset if it has but one.
    day: i64,
    offset_ms: Option<i64>,
}

impl LocalTimes {
    pub(super) fn new(zone: Tz) -> Self {
        LocalTimes { zone, day: i64::MIN, offset_ms: None }
    }

    pub(super) fn instant(&mut self, text: &str) -> Result<Timestamp, Wrong> {
        if let Some((day, of_day_ms)) = plain(text.as_bytes()) {
            if day != self.day {
                self.day = day;
                self.offset_ms = one_offset(self.zone, day);
            }
            if let Some(offset_ms) = self.offset_ms {
                return Ok(Timestamp::from_ms(day * DAY_MS + of_day_ms - offset_ms));
            }
        }
        instant(text, self.zone).map_err(Into::into)
    }

    /// Hour of an instant on the wall clock.
    pub(super) fn hour(&mut self, at: Timestamp) -> usize {
        let guess_ms = at.ms() + self.offset_ms.unwrap_or(0);
        let local_ms = match (self.offset_ms, guess_ms.div_euclid(DAY_MS) == self.day) {
            (Some(_), true) => guess_ms,
            _ => at.ms() + offset_ms(self.zone, at.utc()),
        };
        usize::try_from(local_ms.rem_euclid(DAY_MS) / 3_600_000).unwrap_or(0)
    }
}

/// The day since 1970 and the milliseconds of it of `YYYY-MM-DDTHH:MM[:SS]`, where every number is
/// in its range (no 30 February, no 24:00).
fn plain(text: &[u8]) -> Option<(i64, i64)> {
    let two = |at: usize| -> Option<i64> {
        let (tens, ones) = (text.get(at)?, text.get(at + 1)?);
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let known = match text.len() {
        16 => &signs[..4],
        19 => &signs[..],
        _ => return None,
    };
    if !known.iter().all(|(at, sign)| text[*at] == *sign) {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let seconds = if text.len() == 19 { two(17)? } else { 0 };
    let (hours, minutes) = (two(11)?, two(14)?);
    let in_range = (1..=12).contains(&month) && (1..=28).contains(&day) && hours < 24;
    if year < 1970 || minutes > 59 || seconds > 59 {
        return None;
    }
    if !in_range {
        let known = (1..=12).contains(&month) && hours < 24 && day >= 1;
        if !known || day > days_in(year, month) {
            return None;
        }
    }
    Some((days_since_1970(year, month, day), ((hours * 60 + minutes) * 60 + seconds) * 1_000))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days of the Gregorian calendar, counted from March so that the leap day is the last of a year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// The offset of a local day on which the clocks do not change.
fn one_offset(zone: Tz, day: i64) -> Option<i64> {
    let at = |ms: i64| -> Option<NaiveDateTime> {
        DateTime::<Utc>::UNIX_EPOCH.naive_utc().checked_add_signed(TimeDelta::milliseconds(ms))
    };
    let offset = |local: NaiveDateTime| {
        zone.from_local_datetime(&local).single().map(|at| offset_ms(zone, at.with_timezone(&Utc)))
    };
    // A change within the day, or so near that a time comes twice, shows in its hours.
    let mut hours = (0..=24).map(|hour| at(day * DAY_MS + hour * 3_600_000).and_then(offset));
    let first = hours.next()??;
    hours.all(|other| other == Some(first)).then_some(first)
}

fn offset_ms(zone: Tz, at: DateTime<Utc>) -> i64 {
    use chrono::Offset;
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()) * 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_reading_agrees_with_the_slow_one() {
        for zone in [Tz::Asia__Shanghai, Tz::Europe__Berlin, Tz::Australia__Lord_Howe] {
            let mut times = LocalTimes::new(zone);
            for text in [
                "2026-09-15T08:00",
                "2026-09-15T08:00:30",
                "2024-02-29T23:59:59",
                "2026-02-29T00:00",
                "2000-02-29T00:00",
                "2100-02-29T00:00",
                "2026-03-29T02:30",
                "2026-10-25T02:30",
                "2026-10-25T03:30",
                "2026-04-05T01:45",
                "2026-12-31T23:59",
                "2026-01-01T00:00",
                "2026-13-01T00:00",
                "2026-00-01T00:00",
                "2026-01-00T00:00",
                "2026-01-31T25:00",
                "2026-01-31T10:60",
                "2026-01-31 10:00",
                "2026-01-31T10:00+08:00",
                "1969-12-31T10:00",
                "",
            ] {
                let slow = instant(text, zone).map_err(|_| ());
                assert_eq!(times.instant(text).map_err(|_| ()), slow, "{zone} {text}");
            }
        }
    }

    #[test]
    fn the_hour_is_that_of_the_wall_clock() {
        let mut times = LocalTimes::new(Tz::Asia__Shanghai);
        let at = times.instant("2026-09-15T23:59").unwrap();
        assert_eq!(times.hour(at), 23);
        assert_eq!(times.hour(at.plus_ms(60_000)), 0);
        assert_eq!(LocalTimes::new(Tz::Asia__Shanghai).hour(at), 23);
    }
}
