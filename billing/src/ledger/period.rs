//! Days and months of the books, in +08:00 as the channels' bills are, and which are closed.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

const CITY_MS: i64 = 8 * 3_600_000;

/// The day of an instant in the books: +08:00.
#[must_use]
pub fn city_day(at: Timestamp) -> NaiveDate {
    at.plus_ms(CITY_MS).utc().date_naive()
}

/// When a day of the books begins.
#[must_use]
pub fn day_begins(day: NaiveDate) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    Timestamp::from_ms(midnight.saturating_sub(CITY_MS))
}

/// A month of the books, `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month {
    first: NaiveDate,
}

/// The text is not a month as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written as 2026-11")]
pub struct NotAMonth;

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Month {
        Month { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.next().first.pred_opt().unwrap_or(self.first)
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Month {
        let next = self.first.checked_add_months(chrono::Months::new(1));
        Month { first: next.unwrap_or(self.first) }
    }

    /// The month before it.
    #[must_use]
    pub fn before(self) -> Month {
        let before = self.first.checked_sub_months(chrono::Months::new(1));
        Month { first: before.unwrap_or(self.first) }
    }
}

/// The day an entry is posted on: the day of its fact, unless that month is closed; then today, or
/// the first day that is open if today is not.
#[must_use]
pub fn booked_on(fact_day: NaiveDate, today: NaiveDate, closed: Option<Month>) -> NaiveDate {
    match closed {
        Some(closed) if Month::of(fact_day) <= closed => today.max(closed.next().first_day()),
        _ => fact_day,
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl FromStr for Month {
    type Err = NotAMonth;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let first = format!("{text}-01").parse::<NaiveDate>().map_err(|_| NotAMonth)?;
        let month = Month { first };
        if shaped && month.to_string() == text { Ok(month) } else { Err(NotAMonth) }
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        month.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_the_books_is_one_of_east_eight() {
        for (instant, day) in [
            ("2026-09-14T15:59:59.999Z", "2026-09-14"),
            ("2026-09-14T16:00:00Z", "2026-09-15"),
            ("2026-09-15T23:59:59.999+08:00", "2026-09-15"),
        ] {
            assert_eq!(city_day(Timestamp::parse(instant).unwrap()).to_string(), day, "{instant}");
        }
        let begins = Timestamp::parse("2026-09-15T00:00:00+08:00").unwrap();
        assert_eq!(day_begins("2026-09-15".parse().unwrap()), begins);
    }
}
