//! The proof that the windows of a plan leave no gap.

use super::days::{DayRule, DayType};
use super::windows::clock_text;
use super::{DAY_MS, PlanWindow, Problem};
use crate::calendar::{Mark, weekday};

const DAY_NAMES: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// More than a year, so that each day of it comes as several days of the week.
const DAYS: i64 = 400;

/// What a calendar may say of a day: nothing, that it is off for a holiday, that it is worked.
type Said = Option<Mark>;

/// Without `otherwise`, every instant of every day must have a window, whatever a calendar says of
/// that day and of the one before it.
pub(super) fn check(problems: &mut Vec<Problem>, path: &str, windows: &[PlanWindow]) {
    let every_day = windows.iter().all(|w| w.days.every_day());
    let said = &said(windows);
    for day in 0..if every_day { 1 } else { DAYS } {
        let three = said
            .iter()
            .flat_map(|a| said.iter().flat_map(move |b| said.iter().map(move |c| [a, b, c])));
        for around in three {
            let Some((from, to)) = gap(windows, day, around) else { continue };
            let on = if every_day { String::new() } else { on(day, around[1]) };
            let message = format!(
                "no window covers {} to {}{on}; say what holds with `otherwise`",
                clock_text(from),
                clock_text(to)
            );
            problems.push(Problem::new(format!("{path}.windows"), message));
            return;
        }
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
