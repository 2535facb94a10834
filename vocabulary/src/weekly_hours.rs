//! Hours of a week, as a sign on the street says them: `mo-fr 08:00-20:00; sa 08:00-12:00`.
//!
//! The form is a part of OpenStreetMap's `opening_hours`, in small letters. It says when, not in
//! which zone: that is the tariff's. Public holidays are the calendar's.

use std::fmt;

use serde::{Deserialize, Serialize};

const DAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MINUTES: u32 = 7 * 24 * 60;
/// Rules in one text.
const RULES_LIMIT: usize = 21;

/// Hours of a week, at least one stretch. A stretch that ends before it begins goes past midnight.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WeeklyHours(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Rule {
    /// First and last day, 0 is Monday; the first may be the later one (`sa-mo`).
    first: usize,
    last: usize,
    from_minute: u16,
    to_minute: u16,
}

/// Why a text says no hours of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeeklyHoursReject {
    /// Nothing is said, or more than 21 rules.
    Rules,
    /// A day that is none of mo, tu, we, th, fr, sa, su.
    Day,
    /// Not `HH:MM-HH:MM`, or it begins and ends at once.
    Time,
}

impl WeeklyHours {
    /// Reads rules with `;` between, each of days (left out: every day) and one stretch.
    ///
    /// # Errors
    /// Names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, WeeklyHoursReject> {
        let text = text.trim().to_ascii_lowercase();
        let rules: Vec<&str> = text.split(';').map(str::trim).filter(|r| !r.is_empty()).collect();
        if rules.is_empty() || rules.len() > RULES_LIMIT {
            return Err(WeeklyHoursReject::Rules);
        }
        rules.into_iter().map(rule).collect::<Result<Vec<_>, _>>().map(WeeklyHours)
    }

    /// For how many minutes it goes on from a minute of the week, counted from Monday's midnight; 0 if it does
    /// not hold then, none if it never ends.
    #[must_use]
    pub fn goes_on_for_min(&self, minute_of_week: u32) -> Option<u32> {
        let mut gone = 0;
        while let Some(more) = self.stretch_from((minute_of_week + gone) % WEEK_MINUTES) {
            gone += more;
            if gone >= WEEK_MINUTES {
                return None;
            }
        }
        Some(gone)
    }

    /// What is left, at a minute of the week, of the stretch that lasts longest.
    fn stretch_from(&self, minute_of_week: u32) -> Option<u32> {
        let left = |rule: &Rule, day: usize| {
            let (from, to) = (u32::from(rule.from_minute), u32::from(rule.to_minute));
            let length = if to > from { to - from } else { to + u32::from(DAY_MINUTES) - from };
            let begins = u32::try_from(day).ok()? * u32::from(DAY_MINUTES) + from;
            let gone = (minute_of_week + WEEK_MINUTES - begins) % WEEK_MINUTES;
            (gone < length).then(|| length - gone)
        };
        let of_rule = |rule: &Rule| {
            let days = if rule.last >= rule.first {
                rule.last - rule.first
            } else {
                rule.last + 7 - rule.first
            };
            (0..=days).filter_map(|day| left(rule, (rule.first + day) % 7)).max()
        };
        self.0.iter().filter_map(of_rule).max()
    }
}

fn rule(text: &str) -> Result<Rule, WeeklyHoursReject> {
    let (days, hours) = match text.split_once(char::is_whitespace) {
        Some((days, hours)) => (days, hours.trim()),
        None => ("mo-su", text),
    };
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (from, to) = hours.split_once('-').ok_or(WeeklyHoursReject::Time)?;
    let (from_minute, to_minute) = (minute(from)?, minute(to)?);
    if from_minute == to_minute || from_minute == DAY_MINUTES {
        return Err(WeeklyHoursReject::Time);
    }
    Ok(Rule { first: day(first)?, last: day(last)?, from_minute, to_minute })
}

fn day(text: &str) -> Result<usize, WeeklyHoursReject> {
    DAYS.iter().position(|day| *day == text).ok_or(WeeklyHoursReject::Day)
}

/// `HH:MM`, 00:00 to 24:00, as minutes of the day.
fn minute(text: &str) -> Result<u16, WeeklyHoursReject> {
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if digits {
            part.parse::<u16>().map_err(|_| WeeklyHoursReject::Time)
        } else {
            Err(WeeklyHoursReject::Time)
        }
    };
    let (hours, minutes) = text.trim().split_once(':').ok_or(WeeklyHoursReject::Time)?;
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let minute = hours * 60 + minutes;
    if minutes < 60 && minute <= DAY_MINUTES { Ok(minute) } else { Err(WeeklyHoursReject::Time) }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (0, 6) => {}
            (first, last) if first == last => write!(f, "{} ", DAYS[first])?,
            (first, last) => write!(f, "{}-{} ", DAYS[first], DAYS[last])?,
        }
        let (from, to) = (self.from_minute, self.to_minute);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl fmt::Display for WeeklyHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, rule) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("; ")?;
            }
            rule.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for WeeklyHoursReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WeeklyHoursReject::Rules => "1 to 21 rules with ; between",
            WeeklyHoursReject::Day => "days are mo, tu, we, th, fr, sa, su, or two of them: mo-fr",
            WeeklyHoursReject::Time => "hours are HH:MM-HH:MM, and do not begin and end at once",
        })
    }
}

impl std::error::Error for WeeklyHoursReject {}

impl TryFrom<String> for WeeklyHours {
    type Error = WeeklyHoursReject;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        WeeklyHours::parse(&text)
    }
}

impl From<WeeklyHours> for String {
    fn from(hours: WeeklyHours) -> String {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_a_week_are_read_as_a_sign_says_them_and_written_in_one_form() {
        for (typed, written) in [
            ("08:00-20:00", Ok("08:00-20:00")),
            ("Mo-Su 00:00-24:00", Ok("00:00-24:00")),
            (" mo-fr  08:00-20:00 ;SA 08:00-12:00; ", Ok("mo-fr 08:00-20:00; sa 08:00-12:00")),
            ("sa-mo 22:00-06:00", Ok("sa-mo 22:00-06:00")),
            ("", Err(WeeklyHoursReject::Rules)),
            (";;", Err(WeeklyHoursReject::Rules)),
            ("monday 08:00-20:00", Err(WeeklyHoursReject::Day)),
            ("mo-fr", Err(WeeklyHoursReject::Time)),
            ("mo 8:00-20:00", Err(WeeklyHoursReject::Time)),
            ("mo 08:00-24:01", Err(WeeklyHoursReject::Time)),
            ("mo 08:60-09:00", Err(WeeklyHoursReject::Time)),
            ("mo 24:00-06:00", Err(WeeklyHoursReject::Time)),
            ("mo 08:00-08:00", Err(WeeklyHoursReject::Time)),
            ("工作日 08:00-20:00", Err(WeeklyHoursReject::Day)),
        ] {
            let read = WeeklyHours::parse(typed).map(|hours| hours.to_string());
            assert_eq!(read.as_deref(), written.as_deref(), "{typed}");
        }
    }

    #[test]
    fn what_holds_now_holds_until_its_stretches_end() {
        let minute = |day: u32, hour: u32| (day * 24 + hour) * 60;
        for (hours, at, expected) in [
            ("08:00-20:00", minute(0, 8), Some(720)),
            ("08:00-20:00", minute(0, 20), Some(0)),
            ("08:00-20:00", minute(6, 19) + 59, Some(1)),
            ("mo-fr 08:00-20:00", minute(5, 9), Some(0)),
            // Past midnight, and over the end of the week.
            ("su 22:00-06:00", minute(0, 5), Some(60)),
            ("sa-mo 22:00-06:00", minute(1, 1), Some(300)),
            ("sa-mo 22:00-06:00", minute(2, 1), Some(0)),
            // One stretch after the other: Monday 08:00 to Tuesday 10:00.
            ("mo 08:00-24:00; tu 00:00-10:00", minute(0, 9), Some(25 * 60)),
            ("mo 08:00-12:00; mo 11:00-13:00", minute(0, 9), Some(240)),
            ("00:00-24:00", minute(3, 3), None),
            ("08:00-20:00; 20:00-08:00", minute(3, 3), None),
        ] {
            let got = WeeklyHours::parse(hours).unwrap().goes_on_for_min(at);
            assert_eq!(got, expected, "{hours} at {at}");
        }
    }

    #[test]
    fn more_than_a_sign_can_hold_is_refused() {
        let text = ["mo 08:00-09:00"; 22].join(";");
        assert_eq!(WeeklyHours::parse(&text), Err(WeeklyHoursReject::Rules));
    }
}
