//! The proof that the windows of a plan leave no gap.

use super::days::{DayRule, DayType};
use super::windows::clock_text;
use super::{DAY_MS, PlanWindow, Problem};
use crate::calendar::{Mark, weekday};

const DAY_NAMES: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// More than a year, so that each day of it comes as several days of the week.
const DAYS: i64 = 400;
const WEEK: i64 = 7;
/// Most days tried. Each day is tried as the week has it before it is tried as a holiday.
const TRIES_LIMIT: usize = 6_000;

/// What a calendar may say of a day: nothing, that it is off for a holiday, that it is worked.
type Said = Option<Mark>;

/// Without `otherwise`, every instant of every day must have a window, whatever a calendar says of
/// that day and of those beside it. What a calendar says in a way that is not tried here (two
/// holidays on one day) falls into free time: `compile` ends the plan with it.
pub(super) fn check(problems: &mut Vec<Problem>, path: &str, windows: &[PlanWindow]) {
    let said = &said(windows);
    let plain = &said[..said.len().min(1)];
    let before = |day: &DayType| matches!(day, DayType::Before(_));
    let asks_before =
        windows.iter().flat_map(|w| w.days.days.iter().chain(&w.days.except)).any(before);
    let yesterdays = if windows.iter().any(PlanWindow::across_midnight) { said } else { plain };
    let tomorrows = if asks_before { said } else { plain };
    let days = days(windows);
    let three = said.iter().flat_map(|today| {
        let beside = yesterdays.iter().flat_map(|one| tomorrows.iter().map(move |two| (one, two)));
        beside.map(move |(yesterday, tomorrow)| [yesterday, today, tomorrow])
    });
    let tried = three.flat_map(|around| (0..days).map(move |day| (day, around)));
    let found = tried.take(TRIES_LIMIT).find_map(|(day, around)| {
        gap(windows, day, around).map(|(from, to)| (day, around[1], from, to))
    });
    if let Some((day, today, from, to)) = found {
        let on = if days == 1 { String::new() } else { on(day, today) };
        let message = format!(
            "no window covers {} to {}{on}; say what holds with `otherwise`",
            clock_text(from),
            clock_text(to)
        );
        problems.push(Problem::new(format!("{path}.windows"), message));
    }
}

/// How many days differ, counted from 1970 on.
fn days(windows: &[PlanWindow]) -> i64 {
    let dated = |day: &DayType| {
        let day = if let DayType::Before(next) = day { next } else { day };
        matches!(day, DayType::Date(..) | DayType::Day(_))
    };
    let by_year =
        |rule: &DayRule| rule.season.is_some() || rule.days.iter().chain(&rule.except).any(dated);
    if windows.iter().all(|w| w.days.every_day()) {
        1
    } else if windows.iter().any(|w| by_year(&w.days)) {
        DAYS
    } else {
        WEEK
    }
}

fn on(day: i64, said: &Said) -> String {
    let name = usize::try_from(weekday(day)).ok().and_then(|i| DAY_NAMES.get(i));
    let what = match said {
        None => "",
        Some(Mark::Worked) => " that is worked",
        Some(Mark::Off { .. }) => " that is a holiday",
    };
    format!(" on a {}{what}", name.unwrap_or(&"Monday"))
}

/// Nothing, worked, a holiday that no window names, and those that windows name.
fn said(windows: &[PlanWindow]) -> Vec<Said> {
    let rules = || windows.iter().map(|w| &w.days);
    if !rules().any(DayRule::needs_calendar) {
        return vec![None];
    }
    let types = rules().flat_map(|rule| rule.days.iter().chain(&rule.except));
    let mut said = vec![None, Some(Mark::Worked), Some(Mark::off("", false))];
    for day_type in types {
        let day_type = match day_type {
            DayType::Before(next) => next,
            other => other,
        };
        let mark = match day_type {
            DayType::Named(name) => Mark::off(name, false),
            DayType::Statutory => Mark::off("", true),
            _ => continue,
        };
        if !said.contains(&Some(mark.clone())) {
            said.push(Some(mark));
        }
    }
    said
}

/// The first stretch of a day that no window covers.
fn gap(
    windows: &[PlanWindow],
    day: i64,
    [yesterday, today, tomorrow]: [&Said; 3],
) -> Option<(i64, i64)> {
    let mut covered: Vec<(i64, i64)> = Vec::new();
    for window in windows {
        let end = if window.across_midnight() { DAY_MS } else { window.to_ms };
        if window.days.is(day, today.as_ref(), tomorrow.as_ref()) {
            covered.push((window.from_ms, end));
        }
        let before = day.saturating_sub(1);
        let began = window.days.is(before, yesterday.as_ref(), today.as_ref());
        if window.across_midnight() && began {
            covered.push((0, window.to_ms));
        }
    }
    covered.push((DAY_MS, DAY_MS));
    covered.sort_unstable();
    let mut to_here = 0;
    for (from, to) in covered {
        if from > to_here {
            return Some((to_here, from));
        }
        to_here = to_here.max(to);
    }
    None
}
