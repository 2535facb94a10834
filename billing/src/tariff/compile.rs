//! From the YAML form to a tariff that can be priced with; collects every problem it meets.
//!
//! Heads, dates and names are here; windows, tiers and the other terms have files of their own.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::days::DayRule;
use super::form::{AfterLastTier, ChargeForm, Format, TariffForm, VersionForm};
use super::who::Who;
use super::{
    Plan, PlanWindow, Prepaid, Problem, Tariff, Version, WallClock, classify, cover, currency,
    demand, factors, free, ladder, terms, windows,
};
use crate::calendar::days_since_1970;

const VERSIONS_LIMIT: usize = 100;
const NAMES_LIMIT: usize = 32;
const WINDOWS_LIMIT: usize = 200;
/// Most windows of one vehicle on one street: while pricing they are bits of a number.
const OWN_WINDOWS_LIMIT: usize = 63;
/// Most plans of a version: vehicles times streets.
const PLANS_LIMIT: usize = 128;

pub(super) fn tariff(form: TariffForm) -> Result<Tariff, Vec<Problem>> {
    let Format::First = form.format;
    let mut problems = Vec::new();
    filled(&mut problems, "id", &form.id);
    filled(&mut problems, "title", &form.title);
    let time_zone: Option<Tz> = form.time_zone.parse().ok();
    if time_zone.is_none() {
        problems.push(Problem::new("time_zone", "not an IANA time zone such as Asia/Shanghai"));
    }
    let currency = form.currency.clone().unwrap_or_else(|| "CNY".to_owned());
    if !currency::is_code(&currency) {
        problems.push(Problem::new("currency", "not a currency such as CNY"));
    }
    if !(1..=VERSIONS_LIMIT).contains(&form.versions.len()) {
        let message = format!("a tariff has 1 to {VERSIONS_LIMIT} versions");
        problems.push(Problem::new("versions", message));
    }
    let versions: Vec<Version> = form
        .versions
        .iter()
        .enumerate()
        .filter_map(|(i, v)| version(&mut problems, &format!("versions[{i}]"), v, &currency))
        .collect();
    check_succession(&mut problems, &versions);
    check_calendar(&mut problems, &form, &versions);
    once_each(&mut problems);
    match time_zone {
        Some(time_zone) if problems.is_empty() => Ok(Tariff {
            id: form.id,
            title: form.title,
            note: form.note,
            sources: form.sources,
            uncertain: form.uncertain,
            time_zone,
            currency,
            calendar: form.calendar,
            unknown_year: form.unknown_year,
            version_change: form.version_change,
            versions,
            wall_clock: WallClock::of(time_zone),
        }),
        _ => Err(problems),
    }
}

/// What is wrong for several vehicles is told once.
fn once_each(problems: &mut Vec<Problem>) {
    let mut told = BTreeSet::new();
    problems.retain(|p| told.insert((p.path.clone(), p.message.clone())));
}

fn filled(problems: &mut Vec<Problem>, path: &str, text: &str) {
    if text.trim().is_empty() {
        problems.push(Problem::new(path, "must not be empty"));
    }
}

fn version(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
    currency: &str,
) -> Option<Version> {
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
    check_names(problems, path, form);
    let demand = demand::demand(problems, path, form);
    let plans = plans(problems, path, form, currency);
    let passes = terms::passes(problems, path, form, currency);
    let valid_from = valid_from?;
    let valid_to = match valid_to {
        Some(day) => Some(day?),
        None => None,
    };
    let classes: BTreeSet<&String> = form.vehicle_classes.keys().chain(&form.exempt).collect();
    Some(Version {
        number: form.version,
        valid_from,
        valid_to,
        authority: form.authority.clone(),
        document: form.document.clone(),
        superior_rule: form.superior_rule.clone(),
        superior_free_minutes: form.superior_minima.free_minutes,
        sign_version: form.sign_version.clone(),
        exempt: form.exempt.clone(),
        vehicle_classes: classes.into_iter().cloned().collect(),
        streets: form.streets.clone(),
        classify: classify::classify(problems, path, form),
        windows: form.windows.iter().map(|w| w.name.clone()).collect(),
        factors: form.factors.iter().map(|f| f.name.clone()).collect(),
        passes,
        prepaid: Prepaid { counted_in: form.prepaid.counted_in, unused: form.prepaid.unused },
        demand,
        plans,
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

/// Vehicles and streets are told apart by their names, so no name is both.
fn check_names(problems: &mut Vec<Problem>, path: &str, form: &VersionForm) {
    let vehicles = vehicles(form);
    if vehicles.is_empty() || vehicles.len() > NAMES_LIMIT {
        let message = format!("1 to {NAMES_LIMIT} prices for vehicles must be named");
        problems.push(Problem::new(format!("{path}.vehicle_classes"), message));
    }
    if vehicles.len().saturating_mul(form.streets.len()) > PLANS_LIMIT {
        let message = format!("at most {PLANS_LIMIT} combinations with vehicles");
        problems.push(Problem::new(format!("{path}.streets"), message));
    }
    for (i, street) in form.streets.iter().enumerate() {
        let path = format!("{path}.streets[{i}]");
        filled(problems, &path, street);
        if vehicles.contains(street) || form.streets.iter().take(i).any(|s| s == street) {
            problems.push(Problem::new(path, format!("{street} is named twice")));
        }
    }
    for (i, class) in form.exempt.iter().enumerate() {
        if form.vehicle_classes.contains_key(class) {
            let message = format!("{class} has a price in vehicle_classes");
            problems.push(Problem::new(format!("{path}.exempt[{i}]"), message));
        }
    }
    if form.windows.len() > WINDOWS_LIMIT {
        let message = format!("at most {WINDOWS_LIMIT} windows");
        problems.push(Problem::new(format!("{path}.windows"), message));
    }
}

/// The names of the prices that vehicle classes have, in order.
fn vehicles(form: &VersionForm) -> BTreeSet<String> {
    form.vehicle_classes.values().cloned().collect()
}

fn plans(problems: &mut Vec<Problem>, path: &str, form: &VersionForm, currency: &str) -> Vec<Plan> {
    let streets: Vec<Option<&str>> = match form.streets.as_slice() {
        [] => vec![None],
        names => names.iter().map(|name| Some(name.as_str())).collect(),
    };
    let vehicles = vehicles(form);
    if problems.iter().any(|p| p.message.starts_with("at most")) {
        return Vec::new();
    }
    let mut plans = Vec::new();
    for street in streets {
        for vehicle in &vehicles {
            plans.push(plan(
                problems,
                path,
                Who { version: form, vehicle, street, currency },
                currency,
            ));
        }
    }
    plans
}

fn plan(problems: &mut Vec<Problem>, path: &str, who: Who<'_>, currency: &str) -> Plan {
    let form = who.version;
    let mut plan_windows = windows::windows(problems, path, who);
    if plan_windows.len() > OWN_WINDOWS_LIMIT {
        let message = format!("no more than {OWN_WINDOWS_LIMIT} for one vehicle on one street");
        problems.push(Problem::new(format!("{path}.windows"), message));
    }
    windows::check_overlap(problems, path, &plan_windows, who);
    let needs_calendar = plan_windows.iter().any(|w| w.days.needs_calendar());
    if form.otherwise.is_none() {
        cover::check(problems, path, &plan_windows);
    }
    // What calendars may say is more than can be tried, so that a plan always ends with free time.
    if let Some(charge) = form.otherwise.as_ref().or(needs_calendar.then_some(&ChargeForm::Free)) {
        let path = format!("{path}.otherwise");
        let again = AfterLastTier::Holds;
        plan_windows.push(PlanWindow {
            index: form.windows.len(),
            from_ms: 0,
            to_ms: super::DAY_MS,
            days: DayRule::default(),
            ladder: ladder::ladder(problems, &path, charge, again, who),
            not_permitted: matches!(charge, ChargeForm::NotPermitted),
            by_demand: false,
        });
    }
    let (total_to, total_rounding) = terms::total(problems, path, form.total.as_ref(), currency);
    let free = free::free_rules(problems, path, who, &plan_windows);
    let caps = terms::caps(problems, path, who, &plan_windows);
    Plan {
        classes: classes(who),
        vehicle: who.vehicle.to_owned(),
        street: who.street.map(str::to_owned),
        by_day: plan_windows.iter().any(|w| !w.days.every_day()),
        windows: plan_windows,
        day_starts_ms: windows::day_starts_ms(problems, path, form),
        counted_in: form.elapsed.counted_in,
        restarts: terms::restarts(problems, path, form),
        across_prices: form.elapsed.across_prices,
        short_stay: form
            .elapsed
            .short_stay
            .as_ref()
            .map(|short| (windows::minutes_ms(short.minutes), short.across_prices)),
        free,
        caps,
        factors: factors::total_factors(problems, path, who),
        price_factors: factors::price_factors(who),
        bays: form.bays,
        total_to,
        total_rounding,
        returns_within_ms: windows::minutes_ms(form.returns_within_minutes),
        grace_to_leave_ms: windows::minutes_ms(form.grace_to_leave_minutes),
        time_limit: terms::time_limit(problems, path, who),
        unused: form.prepaid.unused,
    }
}

/// The classes that pay a price. Its name stands for them, unless it is a class of its own.
fn classes(who: Who<'_>) -> Vec<String> {
    let form = who.version;
    let classes = form.vehicle_classes.iter().filter(|(_, vehicle)| *vehicle == who.vehicle);
    let mut classes: Vec<String> = classes.map(|(class, _)| class.clone()).collect();
    let name = who.vehicle.to_owned();
    if !form.vehicle_classes.contains_key(&name) && !form.exempt.contains(&name) {
        classes.push(name);
    }
    classes
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

fn check_calendar(problems: &mut Vec<Problem>, form: &TariffForm, versions: &[Version]) {
    let needed = versions
        .iter()
        .flat_map(|v| &v.plans)
        .flat_map(|plan| &plan.windows)
        .any(|window| window.days.needs_calendar());
    if needed && form.calendar.is_none() {
        let message = "workday, offday and holiday need a calendar, such as `calendar: china`";
        problems.push(Problem::new("time_zone", message));
    }
}
