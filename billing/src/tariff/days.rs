//! On which days a window begins: days of the week, working days, holidays, seasons.
//!
//! `mon` … `sun` are the days of the week as they stand; `workday` and `offday` follow the
//! calendar (a Saturday worked instead is a workday); `holiday` is any holiday of the calendar,
//! `holiday:NAME` that one, `statutory` the days of holidays that the law itself fixes. `MM-DD` is a
//! day of every year, `YYYY-MM-DD` that one day; `before:` one of these, the day before it.

use chrono::Datelike;

use super::form::{SeasonForm, WindowForm};
use super::{Problem, UnknownYear};
use crate::calendar::{Calendar, Mark, date, days_since_1970, weekday};

/// Which days: of the week and its exceptions, within a season.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayRule {
    /// Any of them; none = every day.
    pub(crate) days: Vec<DayType>,
    /// None of them.
    pub(crate) except: Vec<DayType>,
    /// Month and day, first and last, both in it; may run over the new year.
    pub(crate) season: Option<((u32, u32), (u32, u32))>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DayType {
    /// 0 = Monday.
    Weekday(i64),
    Workday,
    Offday,
    Holiday,
    Named(String),
    Statutory,
    /// Month and day.
    Date(u32, u32),
    /// Since 1970.
    Day(i64),
    /// The day before such a day.
    Before(Box<DayType>),
}

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl DayRule {
    pub(crate) fn every_day(&self) -> bool {
        *self == DayRule::default()
    }

    pub(crate) fn needs_calendar(&self) -> bool {
        !self.types().all(DayType::is_plain)
    }

    fn types(&self) -> impl Iterator<Item = &DayType> {
        self.days.iter().chain(&self.except)
    }

    /// Whether a day could fit both; said of some pairs that no day fits.
    pub(crate) fn may_meet(&self, other: &DayRule) -> bool {
        let apart = |one: &DayType, two: &DayType| match (one, two) {
            (DayType::Weekday(one), DayType::Weekday(two)) => one != two,
            (DayType::Workday, other) | (other, DayType::Workday) => matches!(
                other,
                DayType::Offday | DayType::Holiday | DayType::Statutory | DayType::Named(_)
            ),
            _ => false,
        };
        let days_meet = self.days.is_empty()
            || other.days.is_empty()
            || self.days.iter().any(|one| other.days.iter().any(|two| !apart(one, two)));
        let excluded = |rule: &DayRule, by: &DayRule| {
            !rule.days.is_empty() && rule.days.iter().all(|day| by.except.contains(day))
        };
        let seasons_meet = match (self.season, other.season) {
            (Some((from, to)), Some((other_from, other_to)))
                if from <= to && other_from <= other_to =>
            {
                from <= other_to && other_from <= to
            }
            _ => true,
        };
        days_meet && seasons_meet && !excluded(self, other) && !excluded(other, self)
    }

    /// Whether it fits a day; `None` where only a calendar that knows the year could tell.
    pub(crate) fn fits(
        &self,
        day: i64,
        calendar: Option<&Calendar>,
        unknown_year: UnknownYear,
    ) -> Option<bool> {
        if !self.in_season(day) {
            return Some(false);
        }
        let known = unknown_year == UnknownYear::FollowTheWeek
            || self.types().all(|t| t.is_known(day, calendar));
        let said = |day: i64| calendar.and_then(|c| c.mark(day));
        known.then(|| self.is(day, said(day), said(day.saturating_add(1))))
    }

    /// Whether it fits a day of which, and of the next, a calendar says this.
    pub(super) fn is(&self, day: i64, today: Option<&Mark>, tomorrow: Option<&Mark>) -> bool {
        let is = |types: &[DayType]| types.iter().any(|t| t.is(day, today, tomorrow));
        self.in_season(day) && (self.days.is_empty() || is(&self.days)) && !is(&self.except)
    }

    fn in_season(&self, day: i64) -> bool {
        let Some((first, last)) = self.season else { return true };
        let date = date(day);
        let at = (date.month(), date.day());
        if first <= last { first <= at && at <= last } else { first <= at || at <= last }
    }
}

impl DayType {
    /// Whether it can be told without a calendar.
    fn is_plain(&self) -> bool {
        match self {
            DayType::Weekday(_) | DayType::Date(..) | DayType::Day(_) => true,
            DayType::Before(next) => next.is_plain(),
            _ => false,
        }
    }

    fn is_known(&self, day: i64, calendar: Option<&Calendar>) -> bool {
        let year = date(day).year();
        match self {
            DayType::Before(next) => next.is_known(day.saturating_add(1), calendar),
            DayType::Statutory => calendar.is_some_and(|c| c.knows_statutory(year)),
            other => other.is_plain() || calendar.is_some_and(|c| c.knows(year)),
        }
    }

    fn is(&self, day: i64, mark: Option<&Mark>, tomorrow: Option<&Mark>) -> bool {
        let off = match mark {
            Some(Mark::Off { .. }) => true,
            Some(Mark::Worked) => false,
            None => weekday(day) >= 5,
        };
        match (self, mark) {
            (DayType::Weekday(of_week), _) => weekday(day) == *of_week,
            (DayType::Workday, _) => !off,
            (DayType::Offday, _) => off,
            (DayType::Holiday, _) => matches!(mark, Some(Mark::Off { .. })),
            (DayType::Statutory, _) => matches!(mark, Some(Mark::Off { statutory: true, .. })),
            (DayType::Date(month, of_month), _) => {
                let date = date(day);
                (date.month(), date.day()) == (*month, *of_month)
            }
            (DayType::Day(one), _) => day == *one,
            (DayType::Before(next), _) => next.is(day.saturating_add(1), tomorrow, None),
            // Two holidays in one run of days are one name with a comma: 中秋节、国庆节.
            (DayType::Named(name), Some(Mark::Off { holiday, .. })) => {
                holiday.split('、').any(|one| one == name)
            }
            (DayType::Named(_), _) => false,
        }
    }
}

pub(super) fn day_rule(problems: &mut Vec<Problem>, path: &str, form: &WindowForm) -> DayRule {
    DayRule {
        days: day_types(problems, &format!("{path}.days"), &form.days),
        except: day_types(problems, &format!("{path}.except"), &form.except),
        season: form.season.as_ref().and_then(|s| season(problems, &format!("{path}.season"), s)),
    }
}

fn day_types(problems: &mut Vec<Problem>, path: &str, texts: &[String]) -> Vec<DayType> {
    let mut types = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let found = day_type(text);
        if found.is_empty() {
            let message = format!(
                "{text} is not mon … sun, mon..fri, workday, offday, holiday, holiday:NAME, \
                 statutory, MM-DD, YYYY-MM-DD, or before: and one of these"
            );
            problems.push(Problem::new(format!("{path}[{i}]"), message));
        }
        types.extend(found);
    }
    types
}

/// One type, or the days of `mon..fri`; none where it means nothing.
fn day_type(text: &str) -> Vec<DayType> {
    let of_week =
        |name: &str| WEEK.iter().position(|day| *day == name).and_then(|i| i64::try_from(i).ok());
    if let Some((first, last)) = text.split_once("..") {
        let (Some(first), Some(last)) = (of_week(first), of_week(last)) else { return Vec::new() };
        return (first..=last).map(DayType::Weekday).collect();
    }
    if let Some(next) = text.strip_prefix("before:") {
        let next = day_type(next).into_iter().filter(|t| !matches!(t, DayType::Before(_)));
        return next.map(|t| DayType::Before(Box::new(t))).collect();
    }
    let one = match (text, text.strip_prefix("holiday:")) {
        ("workday", _) => Some(DayType::Workday),
        ("offday", _) => Some(DayType::Offday),
        ("holiday", _) => Some(DayType::Holiday),
        ("statutory", _) => Some(DayType::Statutory),
        (_, Some(name)) if !name.is_empty() => Some(DayType::Named(name.to_owned())),
        _ => of_week(text).map(DayType::Weekday).or_else(|| dated(text)),
    };
    one.into_iter().collect()
}

/// `12-24` or `2026-12-24`.
fn dated(text: &str) -> Option<DayType> {
    if let Some(day) = text.parse::<chrono::NaiveDate>().ok().filter(|_| text.len() == 10) {
        return Some(DayType::Day(days_since_1970(day)));
    }
    let (month, day) = month_day(text)?;
    Some(DayType::Date(month, day))
}

/// Of a leap year, so that 02-29 is a day.
fn month_day(text: &str) -> Option<MonthDay> {
    let date = format!("2000-{text}").parse::<chrono::NaiveDate>().ok();
    date.filter(|_| text.len() == 5).map(|d| (d.month(), d.day()))
}

type MonthDay = (u32, u32);

fn season(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &SeasonForm,
) -> Option<(MonthDay, MonthDay)> {
    let mut read = |key: &str, text: &str| {
        let day = month_day(text);
        if day.is_none() {
            problems.push(Problem::new(format!("{path}.{key}"), "not a day written MM-DD"));
        }
        day
    };
    let (first, last) = (read("first", &form.first), read("last", &form.last));
    Some((first?, last?))
}
