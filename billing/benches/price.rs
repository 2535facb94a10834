//! How many bills one core prices in a second, beside the figure to hold of 1,000,000; how long stays
//! of one day to 1,000 take, beside the millisecond that a year may take; and both for every tariff
//! of the library and for a tariff that says everything at once.
//!
//! Stays of 1 minute to 48 hours, to the second, over a year, so that they cross windows, nights
//! and days of every kind; a tenth of them with a doubt. Time is that of the thread on its core
//! where the system tells it (Linux), so that what else runs counts little; the best of some rounds
//! is shown. Parsing, storing and texts are not measured.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock and files")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use billing::tariff::{self, Tariff};
use billing::{Calendars, Case, DEMO_TARIFF, price};
use vocabulary::{Interval, Timestamp};

const DAY_MS: i64 = 86_400_000;
const TO_HOLD: u128 = 1_000_000;
const CASES: u64 = 20_000;
const ROUNDS: u32 = 3;
/// So long that the system's clock of the thread, which moves by milliseconds, is exact enough.
const LONG: Duration = Duration::from_millis(500);
const SHORT: Duration = Duration::from_millis(60);

/// Everything that makes pricing slow in one tariff: days by the calendar, part units by the minute,
/// units split at prices, a table, all caps, a factor.
const EVERYTHING: &str = r#"
format: bowei-tariff/1
id: everything
title: everything
time_zone: Europe/Berlin
calendar: china
unknown_year: follow_the_week
versions:
  - version: 1
    valid_from: 2020-01-01
    authority: a
    document: d
    superior_rule: r
    sign_version: s
    vehicle_classes: { small: small, large: large }
    windows:
      - { name: holiday, from: "00:00", to: "24:00", days: [holiday], charge: [{ unit_minutes: 60, price: 1.00 }] }
      - { name: worked, from: "07:30", to: "12:00", days: [workday], charge: [{ lasts_minutes: 60, unit_minutes: 15, price: { small: 1.50, large: 2.00 } }, { unit_minutes: 30, price: 2.00 }] }
      - { name: noon, from: "12:00", to: "14:00", days: [workday], charge: [{ unit_minutes: 60, price: 1.20, rounding: per_minute }] }
      - { name: afternoon, from: "14:00", to: "20:00", days: [workday], charge: [{ lasts_minutes: 120, unit_minutes: 30, price: 2.50 }, { unit_minutes: 30, price: 1.50 }] }
      - { name: off, from: "09:00", to: "20:00", days: [offday], charge: [{ unit_minutes: 60, price: 2.00 }] }
      - { name: night, from: "20:00", to: "07:30", charge: [{ unit_minutes: 60, price: 0.60 }] }
    otherwise: free
    elapsed: { across_prices: split, restarts: each_24h }
    free_minutes: [{ minutes: 15, when_exceeded: deducted, counted_per: day }]
    caps:
      - { per: window, amount: 15.00 }
      - { per: day, amount: 40.00 }
      - { per: 24h, amount: 35.00 }
      - { per: month, amount: 600.00 }
    factors: [{ name: f, times: 0.9, on: total }]
    total: { to: 0.10, rounding: down }
"#;

fn main() {
    let calendars = Calendars::built_in();
    let demo = tariff::parse(DEMO_TARIFF).expect("the demo's tariff is right");
    println!("the demo's tariff (windows, tiers, a cap), one core");
    for (what, longest_min) in [("up to 4 h", 240), ("up to 48 h", 2_880)] {
        let each = each_bill(&demo, calendars, &cases(&demo, "small", None, longest_min));
        let per_second = 1_000_000_000 / each.as_nanos().max(1);
        let held = per_second * 100 / TO_HOLD;
        println!("  stays of {what}: {per_second} bills/s, {held} % of the figure to hold");
    }
    for days in [1, 10, 100, 365, 1_000] {
        let each = each_bill(&demo, calendars, &[long_case(&demo, "small", None, days)]);
        let micros = each.as_nanos() / 100;
        println!("  a stay of {days} days: {}.{} µs", micros / 10, micros % 10);
    }
    println!("tariff: bills/s of stays up to 48 h, µs for a stay of a year (1,000 allowed)");
    let mut texts = vec![("everything".to_owned(), EVERYTHING.to_owned())];
    texts.extend(library("tests/billing/all_keys.yaml"));
    texts.extend(library("tariffs"));
    // `cargo bench -p billing --bench price -- NAME` measures that tariff alone.
    let asked = std::env::args().nth(1).filter(|asked| !asked.starts_with('-'));
    texts.retain(|(name, _)| asked.as_ref().is_none_or(|asked| asked == name));
    for (name, text) in texts {
        let tariff = tariff::parse(&text).expect("it is right");
        measure(&name, &tariff, calendars);
    }
}

/// The tariff files of a folder, or one file.
fn library(path: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut paths = vec![path.clone()];
    if path.is_dir() {
        let entries = std::fs::read_dir(&path).expect("the folder is there");
        paths = entries.map(|entry| entry.expect("it can be read").path()).collect();
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    paths.sort();
    let named = |path: &Path| {
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("it can be read"))
    };
    paths.iter().map(|path| named(path)).collect()
}

/// The slowest class and street of a tariff.
fn measure(name: &str, tariff: &Tariff, calendars: &Calendars) {
    let version = &tariff.versions[0];
    let streets: Vec<Option<&str>> = match version.streets.as_slice() {
        [] => vec![None],
        streets => streets.iter().map(|street| Some(street.as_str())).collect(),
    };
    let classes = version.vehicle_classes.iter().filter(|class| !version.exempt.contains(class));
    let groups = classes.flat_map(|class| streets.iter().map(move |street| (class, *street)));
    let year = |(class, street): (&String, Option<&str>)| [long_case(tariff, class, street, 365)];
    let slowest = groups.max_by_key(|group| round(tariff, calendars, &year(*group), SHORT));
    let Some(slowest) = slowest else { return };
    let stays = cases(tariff, slowest.0, slowest.1, 2_880);
    let per_second = 1_000_000_000 / each_bill(tariff, calendars, &stays).as_nanos().max(1);
    let of_year = each_bill(tariff, calendars, &year(slowest)).as_micros();
    println!("  {name}: {per_second} bills/s, {of_year} µs");
}

/// The time of one bill in the best of some rounds.
fn each_bill(tariff: &Tariff, calendars: &Calendars, cases: &[Case]) -> Duration {
    let rounds = (0..ROUNDS).map(|_| round(tariff, calendars, cases, LONG));
    rounds.min().expect("there is a round")
}

/// The mean time of a bill in one round.
fn round(tariff: &Tariff, calendars: &Calendars, cases: &[Case], lasts: Duration) -> Duration {
    let (began, mut bills) = (cpu_time(), 0);
    // Asking for the time takes as long as some bills.
    let times = 1_000_usize.div_ceil(cases.len());
    loop {
        for case in std::iter::repeat_n(cases, times).flatten() {
            black_box(price(tariff, calendars, black_box(case)).expect("every case can be priced"));
            bills += 1;
        }
        let took = cpu_time() - began;
        if took >= lasts {
            return took / bills;
        }
    }
}

/// Time of this thread on its core, which Linux tells every few milliseconds; where the system does
/// not tell, time by the clock.
fn cpu_time() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// Arrivals and lengths by a fixed sequence, so that every run prices the same.
fn cases(tariff: &Tariff, class: &str, street: Option<&str>, longest_min: u64) -> Vec<Case> {
    let first = first_ms(tariff);
    let mut state = 1_u64;
    let mut below = |limit: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % limit).expect("it is small")
    };
    (0..CASES)
        .map(|number| {
            let from = Timestamp::from_ms(first + below(360 * 86_400) * 1_000);
            let length_ms = (60 + below(longest_min * 60 - 60)) * 1_000;
            let stay = |a, b| Interval::new(from.plus_ms(a), from.plus_ms(b)).expect("forwards");
            let doubt = number.is_multiple_of(10).then(|| stay(length_ms / 3, length_ms / 2));
            let mut case = Case::new(class, vec![stay(0, length_ms)], doubt.into_iter().collect());
            case.street = street.map(str::to_owned);
            case
        })
        .collect()
}

fn long_case(tariff: &Tariff, class: &str, street: Option<&str>, days: i64) -> Case {
    let from = Timestamp::from_ms(first_ms(tariff) + DAY_MS / 3);
    let stay = Interval::new(from, from.plus_ms(days * DAY_MS)).expect("forwards");
    let mut case = Case::new(class, vec![stay], Vec::new());
    case.street = street.map(str::to_owned);
    case
}

/// The day after the tariff begins; a year that the calendar of China knows, where it may be.
fn first_ms(tariff: &Tariff) -> i64 {
    let known = chrono::NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day");
    let version = &tariff.versions[0];
    let open = version.valid_to.is_none_or(|end| end > known) && version.valid_from < known;
    let first = if open { known } else { version.valid_from.succ_opt().expect("a day") };
    first.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp_millis()
}
