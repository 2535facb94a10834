//! An instant: whole milliseconds since 1970-01-01T00:00:00Z.
//!
//! Zones belong to tariffs and screens; nothing here knows one.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970, UTC. Written as RFC 3339 with milliseconds and `Z` where people read
/// it, and as the number in binary formats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 instant between the years 1900 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampReject;

const FIRST_MS: i64 = -2_208_988_800_000; // 1900-01-01T00:00:00Z
const LAST_MS: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

impl Timestamp {
    /// From milliseconds since 1970; kept within the years 1900 to 9999.
    #[must_use]
    pub fn from_ms(ms: i64) -> Self {
        Timestamp(ms.clamp(FIRST_MS, LAST_MS))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset and 0 to 9 decimals; what is finer than a millisecond is cut off.
    ///
    /// # Errors
    /// `TimestampReject` for anything else.
    pub fn parse(text: &str) -> Result<Self, TimestampReject> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampReject)?;
        match at.timestamp_millis() {
            ms if (FIRST_MS..=LAST_MS).contains(&ms) => Ok(Timestamp(ms)),
            _ => Err(TimestampReject),
        }
    }

    /// As a chrono instant.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// `ms` later (earlier if negative), kept within the years 1900 to 9999.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Timestamp::from_ms(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant.
    #[must_use]
    pub fn since_ms(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.utc();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let year = u32::try_from(at.year()).unwrap_or(0);
        for (end, width, number) in [
            (4, 4, year),
            (7, 2, at.month()),
            (10, 2, at.day()),
            (13, 2, at.hour()),
            (16, 2, at.minute()),
            (19, 2, at.second()),
            (23, 3, at.timestamp_subsec_millis()),
        ] {
            write_digits(&mut text[end - width..end], number);
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Decimal digits, with zeros before them. An answer has dozens of instants: chrono's own form takes ten times as long.
fn write_digits(place: &mut [u8], number: u32) {
    let mut rest = number;
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[(rest % 10) as usize];
        rest /= 10;
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for TimestampReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an RFC 3339 instant")
    }
}

impl std::error::Error for TimestampReject {}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => serializer.serialize_i64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            return Timestamp::parse(&text).map_err(serde::de::Error::custom);
        }
        i64::deserialize(deserializer).map(Timestamp::from_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_every_network_server_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2022-07-18T09:34:15.775023242+00:00", 1_658_136_855_775),
            ("2020-02-12T15:15:45.787Z", 1_581_520_545_787),
            ("2026-09-15T08:00:00+08:00", 1_789_430_400_000),
        ] {
            assert_eq!(Timestamp::parse(text), Ok(Timestamp(ms)), "{text}");
        }
        for text in ["", "yesterday", "2026-09-15", "2026-13-01T00:00:00Z", "1066-10-14T00:00:00Z"]
        {
            assert_eq!(Timestamp::parse(text), Err(TimestampReject), "{text}");
        }
        assert_eq!(Timestamp(1_789_430_400_000).to_string(), "2026-09-15T00:00:00.000Z");
    }

    proptest::proptest! {
        #[test]
        fn instants_are_written_as_chrono_writes_them(ms in FIRST_MS..=LAST_MS) {
            let at = Timestamp(ms);
            let chrono = at.utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            proptest::prop_assert_eq!(at.to_string(), chrono);
            proptest::prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        }
    }
}
