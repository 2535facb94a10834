//! Days of the week, holidays and seasons in words.

use chrono::Datelike;

use super::Both;
use super::clock::join;
use crate::calendar::date;
use crate::tariff::{DayRule, DayType};

const WEEK: [(&str, &str); 7] = [
    ("周一", "Mondays"),
    ("周二", "Tuesdays"),
    ("周三", "Wednesdays"),
    ("周四", "Thursdays"),
    ("周五", "Fridays"),
    ("周六", "Saturdays"),
    ("周日", "Sundays"),
];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// On which days a window begins.
pub(super) fn days(rule: &DayRule) -> Both {
    let mut text = match rule.days.as_slice() {
        [] => Both::new("每天", "Daily"),
        types => list(types),
    };
    if !rule.except.is_empty() {
        let except = list(&rule.except);
        text.chinese.push_str(&format!("（{}除外）", except.chinese));
        text.english.push_str(&format!(" (except {})", except.english));
    }
    let Some((first, last)) = rule.season else { return text };
    let chinese = |day| month_day(day).0;
    let english = |day| month_day(day).1;
    let next_year = if first > last { "次年" } else { "" };
    Both::new(
        format!("{}至{next_year}{}，{}", chinese(first), chinese(last), text.chinese),
        format!("{} to {}, {}", english(first), english(last), text.english),
    )
}

fn month_day((month, day): (u32, u32)) -> (String, String) {
    let at = usize::try_from(month.saturating_sub(1)).unwrap_or(0);
    let english = format!("{day} {}", MONTHS.get(at).copied().unwrap_or_default());
    (format!("{month}月{day}日"), english)
}

/// Days of the week in a row are a range: `周一至周五`.
fn list(types: &[DayType]) -> Both {
    let mut texts = Vec::new();
    let mut rest = types;
    while let [first, ..] = rest {
        let run = run(rest);
        let after = rest.get(run..).unwrap_or_default();
        let last = rest.get(run.saturating_sub(1));
        texts.push(match (run, last) {
            (3.., Some(last)) => {
                let (from, to) = (one(first), one(last));
                let english = format!("{} to {}", from.english, to.english);
                Both::new(format!("{}至{}", from.chinese, to.chinese), english)
            }
            _ => one(first),
        });
        rest = if run >= 3 { after } else { rest.get(1..).unwrap_or_default() };
    }
    join(&texts)
}

/// How many days of the week follow one another at the beginning; 1 for other types.
fn run(types: &[DayType]) -> usize {
    let follows = |pair: &[DayType]| match pair {
        [DayType::Weekday(one), DayType::Weekday(next)] => *next == one.saturating_add(1),
        _ => false,
    };
    types.windows(2).take_while(|pair| follows(pair)).count().saturating_add(1)
}

fn one(day: &DayType) -> Both {
    match day {
        DayType::Weekday(of_week) => {
            let names = usize::try_from(*of_week).ok().and_then(|i| WEEK.get(i));
            names.map_or(Both::new("", ""), |(zh, en)| Both::new(*zh, *en))
        }
        DayType::Workday => Both::new("工作日", "Working days"),
        DayType::Offday => Both::new("休息日", "Days off"),
        DayType::Holiday => Both::new("节假日放假期间", "Holidays (all days off)"),
        DayType::Statutory => Both::new("法定节日当天", "Statutory holidays themselves"),
        DayType::Date(month, day) => {
            let (zh, en) = month_day((*month, *day));
            Both::new(zh, en)
        }
        DayType::Before(next) => {
            let next = one(next);
            Both::new(
                format!("{}的前一天", next.chinese),
                format!("The day before: {}", next.english),
            )
        }
        DayType::Day(day) => {
            let date = date(*day);
            let chinese = format!("{}年{}月{}日", date.year(), date.month(), date.day());
            Both::new(chinese, date.to_string())
        }
        DayType::Named(name) => Both::new(name, format!("Holiday {name}")),
    }
}
