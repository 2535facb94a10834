//! Deadlines in working time: office hours of the working days of a dated calendar.
//!
//! A period in working days ends with the office hours of its last day, the day of the event not
//! counted (民法典第201条); one in working hours runs while the office is open. A year that the
//! calendar does not know yet follows the week, and the deadline says so (`guessed`), so that it
//! can be set again once the year is announced. No clock, no zone database at run time.

use vocabulary::Timestamp;

use crate::calendar::{Calendar, Mark, date, weekday};
use crate::tariff::WallClock;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// No deadline lies further ahead, in days.
const FURTHEST_DAYS: i64 = 4_000;

/// How long somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Minutes while the office is open.
    WorkingMinutes(u32),
    /// Working days after that of the event.
    WorkingDays(u32),
    /// Hours by the clock.
    Hours(u32),
    /// Days of 24 hours by the clock.
    Days(u32),
}

/// Until when something has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The first instant that is too late.
    pub at: Timestamp,
    /// The calendar does not know every year on the way: the week was followed.
    pub guessed: bool,
}

/// When an office works.
#[derive(Clone, Copy, Debug)]
pub struct WorkingTime<'p> {
    pub(crate) calendar: Option<&'p Calendar>,
    pub(crate) clock: &'p WallClock,
    /// Stretches of the local day, in order, in milliseconds.
    pub(crate) stretches: &'p [(i64, i64)],
}

impl Allowance {
    /// Reads `4 working hours`, `5 working days`, `24 hours`, `30 days`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.trim().split_once(' ')?;
        let number: u32 = number.parse().ok()?;
        match unit.trim() {
            "working hours" | "working hour" => {
                Some(Allowance::WorkingMinutes(number.checked_mul(60)?))
            }
            "working minutes" => Some(Allowance::WorkingMinutes(number)),
            "working days" | "working day" => Some(Allowance::WorkingDays(number)),
            "hours" | "hour" => Some(Allowance::Hours(number)),
            "days" | "day" => Some(Allowance::Days(number)),
            _ => None,
        }
    }
}

impl WorkingTime<'_> {
    /// The end of an allowance that begins at `from`.
    #[must_use]
    pub fn deadline(&self, from: Timestamp, allowance: Allowance) -> Deadline {
        match allowance {
            Allowance::Hours(hours) => by_clock(from, i64::from(hours).saturating_mul(HOUR_MS)),
            Allowance::Days(days) => {
                by_clock(from, i64::from(days).saturating_mul(24).saturating_mul(HOUR_MS))
            }
            Allowance::WorkingMinutes(minutes) => {
                self.after_working(from, i64::from(minutes).saturating_mul(MINUTE_MS))
            }
            Allowance::WorkingDays(days) => self.after_days(from, days),
        }
    }

    /// Milliseconds of office time from one instant to another; 0 if it is none or goes back.
    #[must_use]
    pub fn worked_ms(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (first, _) = self.clock.local(from.ms());
        let (last, _) = self.clock.local(to.ms());
        let mut sum_ms: i64 = 0;
        for day in first..=last.min(first.saturating_add(FURTHEST_DAYS)) {
            for (start_ms, end_ms) in self.office_hours(day) {
                let part = end_ms.min(to.ms()).saturating_sub(start_ms.max(from.ms()));
                sum_ms = sum_ms.saturating_add(part.max(0));
            }
        }
        sum_ms
    }

    /// Whether a local day (since 1970) is worked, and whether that was guessed.
    fn works(&self, day: i64) -> (bool, bool) {
        use chrono::Datelike;
        let knows = self.calendar.is_some_and(|c| c.knows(date(day).year()));
        let mark = self.calendar.and_then(|c| c.mark(day));
        let works = match mark {
            Some(Mark::Off { .. }) => false,
            Some(Mark::Worked) => true,
            None => weekday(day) < 5,
        };
        (works, !knows)
    }

    /// The office hours of a local day as instants; none on a day off.
    fn office_hours(&self, day: i64) -> Vec<(i64, i64)> {
        if !self.works(day).0 {
            return Vec::new();
        }
        let begins_ms = self.clock.day_begins_ms(day);
        let at = |of_day: i64| begins_ms.saturating_add(of_day);
        self.stretches.iter().map(|(from, to)| (at(*from), at(*to))).collect()
    }

    fn after_working(&self, from: Timestamp, length_ms: i64) -> Deadline {
        let (first, _) = self.clock.local(from.ms());
        let (mut left_ms, mut guessed) = (length_ms, false);
        for day in first..first.saturating_add(FURTHEST_DAYS) {
            guessed |= self.works(day).1;
            for (start_ms, end_ms) in self.office_hours(day) {
                let start_ms = start_ms.max(from.ms());
                let open_ms = end_ms.saturating_sub(start_ms);
                if open_ms <= 0 {
                    continue;
                }
                if left_ms <= open_ms {
                    return Deadline {
                        at: Timestamp::from_ms(start_ms.saturating_add(left_ms)),
                        guessed,
                    };
                }
                left_ms = left_ms.saturating_sub(open_ms);
            }
        }
        self.furthest(first)
    }

    fn after_days(&self, from: Timestamp, days: u32) -> Deadline {
        let (first, _) = self.clock.local(from.ms());
        let (mut left, mut guessed) = (days, false);
        // None at all: by the end of the day, or of the next one that is worked.
        let begins = if days == 0 { first } else { first.saturating_add(1) };
        for day in begins..first.saturating_add(FURTHEST_DAYS) {
            let (works, by_week) = self.works(day);
            guessed |= by_week;
            if !works {
                continue;
            }
            left = left.saturating_sub(1);
            if left > 0 {
                continue;
            }
            if let Some((_, end_ms)) = self.office_hours(day).last() {
                return Deadline { at: Timestamp::from_ms((*end_ms).max(from.ms())), guessed };
            }
        }
        self.furthest(first)
    }

    fn furthest(&self, first: i64) -> Deadline {
        let day = first.saturating_add(FURTHEST_DAYS);
        Deadline { at: Timestamp::from_ms(self.clock.day_begins_ms(day)), guessed: true }
    }
}

fn by_clock(from: Timestamp, length_ms: i64) -> Deadline {
    Deadline { at: from.plus_ms(length_ms), guessed: false }
}

#[cfg(test)]
mod tests;
