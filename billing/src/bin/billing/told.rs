//! What is wrong, with a name that programs can rely on, and words that say what to do.

use billing::tariff::{Tariff, Version};
use billing::{Calendars, Case, Reject};
use chrono::{Datelike, TimeZone};
use serde_json::{Value, json};

use crate::input::Wrong;

/// A refusal of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Stable.
    pub(crate) code: &'static str,
    /// For the one who gave the input.
    pub(crate) message: String,
}

impl Told {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Told { code, message: message.into() }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "code": self.code, "message": self.message })
    }

    /// Why a case has no bill: what the tariff would have taken instead.
    pub(crate) fn of(reject: Reject, tariff: &Tariff, calendars: &Calendars, case: &Case) -> Self {
        let version = version(tariff, case);
        let more = match reject {
            Reject::ClassNotInTariff => version.map(|version| {
                let classes = version.vehicle_classes.join(", ");
                format!("{} is none of {classes}", case.vehicle)
            }),
            Reject::StreetNotInTariff => version.map(|version| {
                let streets = version.streets.join(", ");
                match &case.street {
                    Some(street) => format!("{street} is none of {streets}"),
                    None => format!("say which: {streets}"),
                }
            }),
            Reject::NoTariffInForce => Some(format!("{} has {}", tariff.id, validities(tariff))),
            Reject::PassNotInTariff => version.map(|version| {
                let passes: Vec<&str> = version.passes.iter().map(|p| p.name.as_str()).collect();
                format!("it sells: {}", passes.join(", "))
            }),
            Reject::NoCalendar => Some(format!(
                "{} is not there; put its file into the folder of --calendars",
                tariff.calendar.as_deref().unwrap_or_default()
            )),
            Reject::YearUnknown => Some(unknown_year(tariff, calendars, case)),
            _ => None,
        };
        let more = more.map_or(String::new(), |more| format!(" ({more})"));
        Told::new(reject.code(), format!("{reject}{more}"))
    }
}

impl From<Told> for Wrong {
    fn from(told: Told) -> Self {
        format!("{} [{}]", told.message, told.code)
    }
}

fn version<'t>(tariff: &'t Tariff, case: &Case) -> Option<&'t Version> {
    tariff.version_at(case.intervals.first()?.start_at())
}

/// `version 1 from 2022-09-18 to 2023-09-17`, for each.
fn validities(tariff: &Tariff) -> String {
    let of = |version: &Version| {
        let last = version.valid_to.and_then(|day| day.pred_opt());
        let until = last.map_or(String::new(), |day| format!(" to {day}"));
        format!("version {} from {}{until}", version.number, version.valid_from)
    };
    tariff.versions.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn unknown_year(tariff: &Tariff, calendars: &Calendars, case: &Case) -> String {
    let name = tariff.calendar.as_deref().unwrap_or_default();
    let calendar = calendars.get(name);
    let years = calendar.map(|c| c.years()).unwrap_or_default();
    let touched = case.intervals.iter().flat_map(|i| [i.start_at(), i.end_at()]).map(|at| {
        let local = tariff.time_zone.from_utc_datetime(&at.utc().naive_utc());
        local.year()
    });
    let unknown = touched.clone().find(|year| !years.contains(year)).or(touched.min());
    let known = years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!(
        "{name} knows {known}, not {}; put a newer calendar into the folder of --calendars, or let \
         the tariff say unknown_year: follow_the_week",
        unknown.map_or(String::new(), |year| year.to_string())
    )
}
