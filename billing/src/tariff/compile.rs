//! From the YAML form to a tariff that can be priced with; collects every problem it meets.
//!
//! Heads, dates and vehicle classes are here; windows and rates have files of their own.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::form::{Format, FreeForm, TariffForm, VersionForm};
use super::{
    CountedIn, CountedPer, Elapsed, FreeMinutes, Problem, Restarts, Tariff, Version, WallClock,
    class_index, rates, windows,
};

const VERSIONS_LIMIT: usize = 100;
const FREE_MINUTES_LIMIT: u32 = 24 * 60;

pub(super) fn tariff(form: TariffForm) -> Result<Tariff, Vec<Problem>> {
    let Format::First = form.format;
    let mut problems = Vec::new();
    filled(&mut problems, "id", &form.id);
    filled(&mut problems, "title", &form.title);
    let time_zone: Option<Tz> = form.time_zone.parse().ok();
    if time_zone.is_none() {
        problems.push(Problem::new("time_zone", "not an IANA time zone such as Asia/Shanghai"));
    }
    if !(1..=VERSIONS_LIMIT).contains(&form.versions.len()) {
        let message = format!("a tariff has 1 to {VERSIONS_LIMIT} versions");
        problems.push(Problem::new("versions", message));
    }
    let versions: Vec<Version> = form
        .versions
        .iter()
        .enumerate()
        .filter_map(|(i, v)| version(&mut problems, &format!("versions[{i}]"), v))
        .collect();
    check_succession(&mut problems, &versions);
    match time_zone {
        Some(time_zone) if problems.is_empty() => Ok(Tariff {
            id: form.id,
            title: form.title,
            note: form.note,
            time_zone,
            versions,
            wall_clock: WallClock::of(time_zone),
        }),
        _ => Err(problems),
    }
}

fn filled(problems: &mut Vec<Problem>, path: &str, text: &str) {
    if text.trim().is_empty() {
        problems.push(Problem::new(path, "must not be empty"));
    }
}

fn version(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) -> Option<Version> {
    for (key, text) in [
        ("authority", &form.authority),
        ("document", &form.document),
        ("superior_rule", &form.superior_rule),
        ("sign_version", &form.sign_version),
    ] {
        filled(problems, &format!("{path}.{key}"), text);
    }
    let valid_from = day(problems, &format!("{path}.valid_from"), &form.valid_from);
    let valid_to =
        form.valid_to.as_ref().map(|text| day(problems, &format!("{path}.valid_to"), text));
    let rate_names = rates::names(problems, path, form);
    let windows = windows::windows(problems, path, form, &rate_names);
    let slots = windows::slots(problems, path, &windows);
    let free = form.free_minutes.as_ref().map(|f| free_minutes(problems, path, f));
    let elapsed = elapsed(problems, path, form);
    let day_caps = rates::day_caps(problems, path, form, &rate_names);
    let valid_from = valid_from?;
    let valid_to = match valid_to {
        Some(day) => Some(day?),
        None => None,
    };
    Some(Version {
        number: form.version,
        valid_from,
        valid_to,
        authority: form.authority.clone(),
        document: form.document.clone(),
        superior_rule: form.superior_rule.clone(),
        sign_version: form.sign_version.clone(),
        free,
        elapsed,
        windows,
        day_caps,
        slots,
        rate_of: rate_of(form, &rate_names),
        rate_names,
        from_day: days_since_1970(valid_from),
        to_day: valid_to.map_or(i64::MAX, days_since_1970),
    })
}

fn day(problems: &mut Vec<Problem>, path: &str, text: &str) -> Option<NaiveDate> {
    let day = text.parse::<NaiveDate>().ok().filter(|d| (2000..2100).contains(&d.year()));
    if day.is_none() {
        problems.push(Problem::new(path, "not a day from 2000 to 2099 written YYYY-MM-DD"));
    }
    day
}

fn days_since_1970(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

fn free_minutes(problems: &mut Vec<Problem>, path: &str, form: &FreeForm) -> FreeMinutes {
    let path = format!("{path}.free_minutes");
    if !(1..=FREE_MINUTES_LIMIT).contains(&form.minutes) {
        let message =
            format!("1 to {FREE_MINUTES_LIMIT}; leave free_minutes out if there are none");
        problems.push(Problem::new(format!("{path}.minutes"), message));
    }
    if form.counted_per == CountedPer::Window && form.counted_in == CountedIn::AllWindows {
        let message = "free minutes per window are counted in paid_windows";
        problems.push(Problem::new(format!("{path}.counted_in"), message));
    }
    FreeMinutes {
        minutes: form.minutes,
        counted_in: form.counted_in,
        counted_per: form.counted_per,
        when_exceeded: form.when_exceeded,
    }
}

fn elapsed(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) -> Elapsed {
    let elapsed = Elapsed { counted_in: form.elapsed.counted_in, restarts: form.elapsed.restarts };
    if elapsed.restarts == Restarts::EachWindow && elapsed.counted_in == CountedIn::AllWindows {
        let message = "a clock that restarts with each window is counted in paid_windows";
        problems.push(Problem::new(format!("{path}.elapsed.counted_in"), message));
    }
    elapsed
}

fn rate_of(form: &VersionForm, rate_names: &[String]) -> [Option<usize>; 5] {
    let mut rate_of = [None; 5];
    for (class, rate) in &form.vehicle_classes {
        if let Some(place) = rate_of.get_mut(class_index(*class)) {
            *place = rate_names.iter().position(|name| name == rate);
        }
    }
    rate_of
}

/// Numbers grow, and no day has two versions.
fn check_succession(problems: &mut Vec<Problem>, versions: &[Version]) {
    for (i, version) in versions.iter().enumerate() {
        if version.to_day <= version.from_day {
            let message = "must be later than valid_from (it is the first day not covered)";
            problems.push(Problem::new(format!("versions[{i}].valid_to"), message));
        }
    }
    for (i, pair) in versions.windows(2).enumerate() {
        let [earlier, later] = pair else { continue };
        let next = i.saturating_add(1);
        if later.number <= earlier.number {
            let message = "version numbers must grow";
            problems.push(Problem::new(format!("versions[{next}].version"), message));
        }
        if later.from_day < earlier.to_day {
            let message = format!(
                "version {} still holds on {}; end it with valid_to",
                earlier.number, later.valid_from
            );
            problems.push(Problem::new(format!("versions[{next}].valid_from"), message));
        }
    }
}
