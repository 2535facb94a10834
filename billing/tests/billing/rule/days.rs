//! Days of windows, and a calendar made up for tests: every eleventh day of some years begins a
//! holiday of two days, the first of which is statutory every other time; some days between are
//! worked.

use std::fmt::Write;

use billing::Calendars;
use chrono::{DateTime, Datelike, NaiveDate};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Days {
    Every,
    MonToFri,
    SatAndSun,
    /// April to September.
    Summer,
    /// October to March.
    Winter,
    Workday,
    Offday,
    Holiday,
    /// The holiday of this name.
    Named(&'static str),
    Statutory,
    /// 25 October, on which clocks go back in Europe in 2026, and the last day of the year.
    Dates,
    BeforeSunday,
    BeforeHoliday,
    BeforeStatutory,
}

/// What the calendar says of a day that does not follow the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Off { holiday: &'static str, statutory: bool },
    Worked,
}

const YEARS: std::ops::RangeInclusive<i32> = 2025..=2029;

impl Days {
    /// As the keys of a window, without the first comma.
    pub(super) fn yaml(self) -> String {
        match self {
            Days::Summer => "season: { first: 04-01, last: 09-30 }".into(),
            Days::Winter => "season: { first: 10-01, last: 03-31 }".into(),
            other => format!("days: {}", other.list()),
        }
    }

    pub(super) fn list(self) -> String {
        match self {
            Days::Every | Days::Summer | Days::Winter => "[]".into(),
            Days::MonToFri => "[mon..fri]".into(),
            Days::SatAndSun => "[sat, sun]".into(),
            Days::Workday => "[workday]".into(),
            Days::Offday => "[offday]".into(),
            Days::Holiday => "[holiday]".into(),
            Days::Named(name) => format!("[\"holiday:{name}\"]"),
            Days::Statutory => "[statutory]".into(),
            Days::BeforeSunday => "[before:sun]".into(),
            Days::BeforeHoliday => "[before:holiday]".into(),
            Days::BeforeStatutory => "[before:statutory]".into(),
            Days::Dates => "[10-25, \"2026-12-31\"]".into(),
        }
    }
}

/// By day since 1970.
pub(crate) fn said(day: i64) -> Option<Said> {
    let statutory = day.rem_euclid(22) == 0;
    match day.rem_euclid(11) {
        0 => Some(Said::Off { holiday: "A", statutory }),
        1 => Some(Said::Off { holiday: "B", statutory: false }),
        4 | 9 => Some(Said::Worked),
        _ => None,
    }
}

/// The calendar `test`.
pub(crate) fn calendars() -> Calendars {
    let mut calendars = Calendars::none();
    calendars.put(&calendar().expect("writing to a string")).expect("the calendar is right");
    calendars
}

fn calendar() -> Result<String, std::fmt::Error> {
    let mut y = "format: bowei-calendar/1\nname: test\nsources: []\nyears:\n".to_owned();
    for year in YEARS {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("a day");
        let days: Vec<(NaiveDate, Said)> = first
            .iter_days()
            .take_while(|date| date.year() == year)
            .filter_map(|date| said(since_1970(date)).map(|said| (date, said)))
            .collect();
        let list = |fits: &dyn Fn(Said) -> bool| {
            let fitting = days.iter().filter(|(_, said)| fits(*said));
            let texts: Vec<String> =
                fitting.map(|(d, _)| d.format("\"%m-%d\"").to_string()).collect();
            texts.join(", ")
        };
        let of = |name| list(&|said| matches!(said, Said::Off { holiday, .. } if holiday == name));
        writeln!(y, "  {year}:\n    off: {{ A: [{}], B: [{}] }}", of("A"), of("B"))?;
        writeln!(y, "    worked: [{}]", list(&|said| said == Said::Worked))?;
        let statutory = list(&|said| matches!(said, Said::Off { statutory: true, .. }));
        writeln!(y, "    statutory: [{statutory}]")?;
    }
    Ok(y)
}

fn since_1970(date: NaiveDate) -> i64 {
    let epoch = DateTime::UNIX_EPOCH.date_naive();
    date.signed_duration_since(epoch).num_days()
}
