//! Times as people write them: `2026-09-15T08:00`, with seconds or without, on the wall clock of
//! the tariff's zone; or with an offset, and then exactly.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use vocabulary::Timestamp;

use crate::told::Told;

/// Where the clocks go back, a time that comes twice is the first one; where they go forward, a
/// time that is left out is refused.
pub(crate) fn instant(text: &str, zone: Tz) -> Result<Timestamp, Told> {
    let malformed = || {
        let message = format!("{text:?} is not a time written YYYY-MM-DDTHH:MM[:SS]");
        Told::new("time_malformed", message)
    };
    let text = text.trim();
    if let Some(at) = with_offset(text) {
        return stamp(at).ok_or_else(malformed);
    }
    let local = local(text).ok_or_else(malformed)?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
            stamp(at.with_timezone(&Utc)).ok_or_else(malformed)
        }
        LocalResult::None => {
            let message = format!("{text} does not exist in {zone}: the clocks go forward");
            Err(Told::new("time_does_not_exist", message))
        }
    }
}

/// `24:00` is the end of its day, the next day's `00:00`.
fn local(text: &str) -> Option<NaiveDateTime> {
    let minutes = if text.len() == 16 { format!("{text}:00") } else { text.to_owned() };
    if minutes.len() != 19 || minutes.ends_with("60") || minutes.contains(' ') {
        return None;
    }
    let form = "%Y-%m-%dT%H:%M:%S";
    match minutes.strip_suffix("T24:00:00") {
        Some(day) => {
            let midnight = NaiveDateTime::parse_from_str(&format!("{day}T00:00:00"), form).ok()?;
            midnight.checked_add_days(chrono::Days::new(1))
        }
        None => NaiveDateTime::parse_from_str(&minutes, form).ok(),
    }
}

fn with_offset(text: &str) -> Option<DateTime<Utc>> {
    let with_seconds = match text.char_indices().nth(16) {
        Some((at, '+' | '-' | 'Z' | 'z')) => format!("{}:00{}", &text[..at], &text[at..]),
        _ => text.to_owned(),
    };
    DateTime::parse_from_rfc3339(&with_seconds).ok().map(|at| at.with_timezone(&Utc))
}

fn stamp(at: DateTime<Utc>) -> Option<Timestamp> {
    let stamp = Timestamp::from_ms(at.timestamp_millis());
    (stamp.ms() == at.timestamp_millis()).then_some(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_comes_twice_is_the_first_and_one_that_is_left_out_is_refused() {
        // Berlin 2026: 29 March 02:00 becomes 03:00, 25 October 03:00 becomes 02:00.
        for (text, expected) in [
            ("2026-09-15T08:00", Some("2026-09-15T06:00:00.000Z")),
            ("2026-09-15T08:00:30", Some("2026-09-15T06:00:30.000Z")),
            ("2026-10-25T02:30", Some("2026-10-25T00:30:00.000Z")),
            ("2026-10-25T02:30+01:00", Some("2026-10-25T01:30:00.000Z")),
            ("2026-10-25T02:30:00Z", Some("2026-10-25T02:30:00.000Z")),
            ("2026-03-29T02:30", None),
            ("2026-03-29T02:30+01:00", Some("2026-03-29T01:30:00.000Z")),
            ("2026-09-15T24:00", Some("2026-09-15T22:00:00.000Z")),
            ("2026-10-25T02:30Z", Some("2026-10-25T02:30:00.000Z")),
            ("2026-09-15T08:00+08:00", Some("2026-09-15T00:00:00.000Z")),
            ("2026-09-15T24:01", None),
            ("2026-09-15T08:00:60", None),
            ("2026-9-15T08:00", None),
            ("2026-09-15T8:000", None),
            ("２026-09-15T08:0", None),
            ("2026-09-15", None),
            ("2026-09-15 08:00", None),
            ("2026-09-31T08:00", None),
            ("", None),
        ] {
            let found = instant(text, Tz::Europe__Berlin).ok().map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
