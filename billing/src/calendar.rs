//! Which days a state has declared working days and holidays, by calendars that can be replaced.
//!
//! A calendar is a YAML file: its sources and, for each year it knows, the days off with the
//! holiday they belong to, and the days worked instead (调休). Days that it does not name follow
//! the week: Saturday and Sunday are off. A year that is not in it is unknown, never guessed
//! here; what follows from that is the tariff's to say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

/// Calendars by name.
#[derive(Clone, Debug, Default)]
pub struct Calendars {
    by_name: BTreeMap<String, Calendar>,
}

/// One calendar.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Its name, as tariffs say it.
    pub name: String,
    /// Where its days were read.
    pub sources: Vec<String>,
    years: Vec<i32>,
    /// Years whose statutory holidays are named.
    statutory_years: Vec<i32>,
    /// By day since 1970.
    marks: BTreeMap<i64, Mark>,
}

/// What a calendar says of a day that does not follow the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Off, and the holiday it belongs to; `statutory` if it is one of the days fixed by law and not
    /// one that was moved there to make the holiday longer.
    Off { holiday: String, statutory: bool },
    /// Worked, though it would be a day off.
    Worked,
}

/// Why a calendar cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CalendarReject(String);

/// No holiday is longer, in days.
const LONGEST_RANGE: i64 = 400;

/// The calendars that come with the program; any of them can be replaced.
const BUILT_IN: &[&str] = &[
    include_str!("../calendars/austria.yaml"),
    include_str!("../calendars/berlin.yaml"),
    include_str!("../calendars/china.yaml"),
    include_str!("../calendars/denmark.yaml"),
    include_str!("../calendars/france.yaml"),
    include_str!("../calendars/hong-kong.yaml"),
    include_str!("../calendars/japan.yaml"),
    include_str!("../calendars/singapore.yaml"),
    include_str!("../calendars/sweden.yaml"),
    include_str!("../calendars/taiwan.yaml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarForm {
    format: Format,
    name: String,
    sources: Vec<String>,
    years: BTreeMap<i32, YearForm>,
}

#[derive(Deserialize)]
enum Format {
    #[serde(rename = "bowei-calendar/1")]
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearForm {
    /// Holiday → its days off, `MM-DD` or `MM-DD..MM-DD`; with the year before where a day lies in
    /// another one than that of the announcement.
    off: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    worked: Vec<String>,
    /// Those of the days off that the law fixes.
    statutory: Option<Vec<String>>,
}

impl Calendars {
    /// No calendar at all: enough for tariffs that name none.
    #[must_use]
    pub fn none() -> Self {
        Calendars::default()
    }

    /// The calendars that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static CALENDARS: LazyLock<Calendars> = LazyLock::new(|| {
            let mut calendars = Calendars::none();
            for yaml in BUILT_IN {
                calendars.put(yaml).expect("the calendars that come with the program are right");
            }
            calendars
        });
        &CALENDARS
    }

    /// Adds a calendar, or replaces the one of its name.
    ///
    /// # Errors
    /// When the text is not a calendar; the message has the line where it can be named.
    pub fn put(&mut self, yaml: &str) -> Result<(), CalendarReject> {
        let form: CalendarForm = serde_saphyr::from_str(yaml)
            .map_err(|e| CalendarReject(e.without_snippet().to_string()))?;
        let Format::First = form.format;
        let mut marks = BTreeMap::new();
        for (year, days) in &form.years {
            for (holiday, ranges) in &days.off {
                mark(&mut marks, *year, ranges, &Mark::off(holiday, false))?;
            }
            mark(&mut marks, *year, &days.worked, &Mark::Worked)?;
            for range in days.statutory.iter().flatten() {
                mark_statutory(&mut marks, *year, range)?;
            }
        }
        let statutory = form.years.iter().filter(|(_, days)| days.statutory.is_some());
        let calendar = Calendar {
            name: form.name.clone(),
            sources: form.sources,
            statutory_years: statutory.map(|(year, _)| *year).collect(),
            years: form.years.into_keys().collect(),
            marks,
        };
        self.by_name.insert(form.name, calendar);
        Ok(())
    }

    /// The calendar of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Calendar> {
        self.by_name.get(name)
    }
}

impl Calendar {
    /// Whether it knows a year.
    #[must_use]
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// Whether any year has a holiday of this name.
    pub(crate) fn has_holiday(&self, name: &str) -> bool {
        self.marks.values().any(|mark| match mark {
            Mark::Off { holiday, .. } => holiday.split('、').any(|one| one == name),
            Mark::Worked => false,
        })
    }

    /// The years it knows, in order.
    #[must_use]
    pub fn years(&self) -> &[i32] {
        &self.years
    }

    /// Whether it says which holidays of a year are fixed by law.
    #[must_use]
    pub fn knows_statutory(&self, year: i32) -> bool {
        self.statutory_years.contains(&year)
    }

    pub(crate) fn mark(&self, day: i64) -> Option<&Mark> {
        self.marks.get(&day)
    }
}

impl Mark {
    pub(crate) fn off(holiday: &str, statutory: bool) -> Self {
        Mark::Off { holiday: holiday.to_owned(), statutory }
    }
}

fn mark_statutory(
    marks: &mut BTreeMap<i64, Mark>,
    year: i32,
    range: &str,
) -> Result<(), CalendarReject> {
    for day in days(year, range)? {
        match marks.get_mut(&day) {
            Some(Mark::Off { statutory, .. }) => *statutory = true,
            _ => return Err(CalendarReject(format!("{year}: {range} is not among the days off"))),
        }
    }
    Ok(())
}

fn mark(
    marks: &mut BTreeMap<i64, Mark>,
    year: i32,
    ranges: &[String],
    mark: &Mark,
) -> Result<(), CalendarReject> {
    for range in ranges {
        for day in days(year, range)? {
            if marks.insert(day, mark.clone()).is_some() {
                return Err(CalendarReject(format!("{year}: {range} is named twice")));
            }
        }
    }
    Ok(())
}

/// The days of `MM-DD`, `MM-DD..MM-DD` or the same with a year before each.
fn days(year: i32, range: &str) -> Result<std::ops::RangeInclusive<i64>, CalendarReject> {
    let (first, last) = range.split_once("..").unwrap_or((range, range));
    let (first, last) = (day(year, first)?, day(year, last)?);
    if first > last || last.saturating_sub(first) > LONGEST_RANGE {
        return Err(CalendarReject(format!("{year}: {range} is not a range of days")));
    }
    Ok(first..=last)
}

fn day(year: i32, text: &str) -> Result<i64, CalendarReject> {
    let dated = if text.len() > 5 { text.to_owned() } else { format!("{year}-{text}") };
    dated
        .parse::<NaiveDate>()
        .map(days_since_1970)
        .map_err(|_| CalendarReject(format!("{year}: {text} is not a day")))
}

pub(crate) fn days_since_1970(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

/// The date of a day since 1970; days far out of our time become 1970-01-01.
pub(crate) fn date(day: i64) -> NaiveDate {
    let days = chrono::TimeDelta::try_days(day).unwrap_or_default();
    NaiveDate::default().checked_add_signed(days).unwrap_or_default()
}

/// 0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday.
pub(crate) fn weekday(day: i64) -> i64 {
    day.saturating_add(3).rem_euclid(7)
}
