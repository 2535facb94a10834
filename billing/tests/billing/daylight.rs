//! Days on which the clocks change: windows follow the wall clock, lengths are real time.
//!
//! Berlin 2026: 29 March has 23 hours (02:00 becomes 03:00), 25 October has 25 (03:00 becomes
//! 02:00). Egypt 2026: 29 October has 25 (24:00 becomes 23:00).

use crate::cases::{case, tariff, total};
use crate::plan::{Plan, PlanRate, PlanWindow, plain, tier};

fn check(plan: &Plan, rows: &[(&str, &str, i64)]) {
    let tariff = tariff(&plan.yaml());
    for (from, to, fen) in rows {
        assert_eq!(total(&tariff, &case(&[(from, to)], &[])), Ok(*fen), "{from} to {to}: {plan:?}");
    }
}

/// 1 yuan an hour begun from `from` to `to` o'clock in Berlin, else free.
fn priced(from: i64, to: i64, cap: Option<i64>) -> Plan {
    let rate = PlanRate { cap, tiers: vec![tier(1, 60, 100, true)] };
    let windows = vec![
        PlanWindow { from: from * 60, to: to * 60, rate: Some(rate) },
        PlanWindow { from: to * 60, to: from * 60, rate: None },
    ];
    Plan { windows, ..plain("Europe/Berlin", 60, 100) }
}

const SPRING: (&str, &str) = ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
const AUTUMN: (&str, &str) = ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");

#[test]
fn a_day_has_23_or_25_hours() {
    check(
        &plain("Europe/Berlin", 60, 100),
        &[
            (SPRING.0, SPRING.1, 2300),
            (AUTUMN.0, AUTUMN.1, 2500),
            ("2026-06-01T00:00:00+02:00", "2026-06-02T00:00:00+02:00", 2400),
        ],
    );
    let mut capped = plain("Europe/Berlin", 60, 100);
    capped.day_cap = Some(1000);
    check(&capped, &[(SPRING.0, SPRING.1, 1000), (AUTUMN.0, AUTUMN.1, 1000)]);
}

#[test]
fn a_night_is_an_hour_shorter_or_longer() {
    check(
        &priced(22, 6, None),
        &[
            ("2026-03-28T18:00:00+01:00", "2026-03-29T12:00:00+02:00", 700),
            ("2026-10-24T18:00:00+02:00", "2026-10-25T12:00:00+01:00", 900),
            ("2026-06-01T18:00:00+02:00", "2026-06-02T12:00:00+02:00", 800),
        ],
    );
}

#[test]
fn the_hour_that_is_missing_costs_nothing_and_the_one_that_comes_twice_is_one_window() {
    check(&priced(2, 3, None), &[(SPRING.0, SPRING.1, 0), (AUTUMN.0, AUTUMN.1, 200)]);
    check(&priced(2, 3, Some(100)), &[(AUTUMN.0, AUTUMN.1, 100)]);
    // 02:30–03:00 comes twice, 02:00–02:30 between: the half hours are hours of one window.
    let half_past = PlanWindow { from: 150, to: 180, ..priced(2, 3, None).windows[0].clone() };
    let rest = PlanWindow { from: 180, to: 150, rate: None };
    let plan = Plan { windows: vec![half_past, rest], ..priced(2, 3, None) };
    check(&plan, &[(AUTUMN.0, AUTUMN.1, 100)]);
}

#[test]
fn where_midnight_comes_twice_the_day_keeps_its_cap() {
    // Cairo, 23:00–24:00 twice, then 00:00–00:30: 2 yuan → 1.50 of the 29th, 1 yuan of the 30th.
    let (from, to) = ("2026-10-29T20:00:00Z", "2026-10-29T22:30:00Z");
    check(&plain("Africa/Cairo", 60, 100), &[(from, to, 300)]);
    let mut capped = plain("Africa/Cairo", 60, 100);
    capped.day_cap = Some(150);
    check(&capped, &[(from, to, 250)]);

    // St. John's put the clocks back at 00:01 until 2011. 23:30–24:00 of the 6th, a minute of the
    // 7th, 23:01–24:00 of the 6th again, 5 minutes of the 7th: 89 min → 2 yuan, 6 min → 1 yuan.
    let (from, to) = ("2010-11-07T02:00:00Z", "2010-11-07T03:35:00Z");
    for (day_cap, fen) in [(None, 300), (Some(150), 250)] {
        let plan = Plan { day_cap, ..plain("America/St_Johns", 60, 100) };
        let tariff = tariff(&plan.yaml().replace("2026-01-01", "2010-01-01"));
        assert_eq!(total(&tariff, &case(&[(from, to)], &[])), Ok(fen), "{day_cap:?}");
    }
}

/// A tariff of one version in a zone.
fn yaml(zone: &str, terms: &str) -> String {
    format!(
        "format: bowei-tariff/1\nid: t\ntitle: t\ntime_zone: {zone}\nversions:\n  - version: 1\n    \
         valid_from: 2020-01-01\n    authority: a\n    document: d\n    superior_rule: s\n    \
         sign_version: s\n    vehicle_classes: {{ small: small }}\n{terms}"
    )
}

const HOURLY: &str = "    windows: []\n    otherwise: [{ unit_minutes: 60, price: 1.00 }]\n";

fn check_yaml(zone: &str, terms: &str, rows: &[(&str, &str, i64)]) {
    let tariff = tariff(&yaml(zone, terms));
    for (from, to, fen) in rows {
        assert_eq!(total(&tariff, &case(&[(from, to)], &[])), Ok(*fen), "{zone} {from} to {to}");
    }
}

#[test]
fn days_and_24_hours_are_capped_where_a_day_has_other_than_24_hours() {
    // New York 2026: 8 March 02:00 becomes 03:00, 1 November 02:00 becomes 01:00.
    let capped = |per: &str| format!("{HOURLY}    caps: [{{ per: {per}, amount: 10.00 }}]\n");
    let (spring, spring_after) = ("2026-03-07T12:00:00-05:00", "2026-03-08T12:00:00-04:00"); // 23 h
    let (autumn, autumn_after) = ("2026-10-31T12:00:00-04:00", "2026-11-01T12:00:00-05:00"); // 25 h
    check_yaml(
        "America/New_York",
        HOURLY,
        &[(spring, spring_after, 2300), (autumn, autumn_after, 2500)],
    );
    // 12 and 11 hours; 12 and 13.
    check_yaml(
        "America/New_York",
        &capped("day"),
        &[(spring, spring_after, 2000), (autumn, autumn_after, 2000)],
    );
    // The 25th hour is the first of the next 24.
    check_yaml(
        "America/New_York",
        &capped("24h"),
        &[(spring, spring_after, 1000), (autumn, autumn_after, 1100)],
    );
}

#[test]
fn a_window_whose_border_is_skipped_or_comes_twice_follows_the_clock_on_the_wall() {
    // Melbourne 2026: 5 April 03:00 becomes 02:00, 4 October 02:00 becomes 03:00.
    let window = |from: &str, to: &str| {
        format!(
            "    windows: [{{ name: w, from: \"{from}\", to: \"{to}\", charge: [{{ unit_minutes: 60, price: 0.60, rounding: per_minute }}] }}]\n    otherwise: free\n"
        )
    };
    let april = ("2026-04-04T18:00:00+11:00", "2026-04-05T18:00:00+10:00");
    let october = ("2026-10-03T18:00:00+10:00", "2026-10-04T18:00:00+11:00");
    for (from, to, in_april, in_october) in [
        ("00:00", "24:00", 1500, 1380), // 25 h, 23 h
        ("02:30", "08:00", 360, 300),   // 02:30–03:00 and again to 08:00: 6 h; from 03:00: 5 h
        ("22:00", "02:30", 300, 240),   // 4.5 h and 02:00–02:30 again; to 02:00
        ("02:00", "03:00", 120, 0),
    ] {
        let rows = [(april.0, april.1, in_april), (october.0, october.1, in_october)];
        check_yaml("Australia/Melbourne", &window(from, to), &rows);
    }
    // Lord Howe 2026: by half an hour, 5 April 02:00 becomes 01:30, 4 October 02:00 becomes 02:30.
    let april = ("2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30");
    let october = ("2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00");
    for (from, to, in_april, in_october) in [
        ("00:00", "24:00", 1470, 1410), // 24.5 h, 23.5 h
        ("01:45", "02:15", 45, 15),     // 15 min, then 30; 15 min
        ("02:00", "02:30", 30, 0),
    ] {
        let rows = [(april.0, april.1, in_april), (october.0, october.1, in_october)];
        check_yaml("Australia/Lord_Howe", &window(from, to), &rows);
    }
}

#[test]
fn leap_days_year_ends_and_stays_of_a_year() {
    let daily = format!("{HOURLY}    caps: [{{ per: day, amount: 10.00 }}]\n");
    let monthly = format!("{HOURLY}    caps: [{{ per: month, amount: 10.00 }}]\n");
    for zone in ["Asia/Shanghai", "UTC"] {
        let at = |day: &str| {
            let offset = if zone == "UTC" { "Z" } else { "+08:00" };
            format!("{day}T00:00:00{offset}")
        };
        for (terms, from, to, fen) in [
            (HOURLY, "2028-02-28", "2028-03-01", 4800),
            (HOURLY, "2026-02-28", "2026-03-01", 2400),
            (&daily, "2028-02-28", "2028-03-01", 2000),
            (&daily, "2026-12-31", "2027-01-02", 2000),
            (&daily, "2026-01-01", "2027-01-01", 365_000),
            (&daily, "2028-01-01", "2029-01-01", 366_000),
            (&monthly, "2026-01-31", "2027-01-02", 13_000), // January to January
            (HOURLY, "2026-05-05", "2026-05-05", 0),
        ] {
            check_yaml(zone, terms, &[(&at(from), &at(to), fen)]);
        }
    }
}

#[test]
fn a_version_that_begins_where_midnight_is_skipped_begins_with_the_day() {
    // Havana 2026: 8 March 00:00 becomes 01:00; Santiago: 6 September 00:00 becomes 01:00.
    for (zone, day, from, to) in [
        ("America/Havana", "2026-03-08", "2026-03-07T23:00:00-05:00", "2026-03-08T03:00:00-04:00"),
        (
            "America/Santiago",
            "2026-09-06",
            "2026-09-05T23:00:00-04:00",
            "2026-09-06T03:00:00-03:00",
        ),
    ] {
        let first =
            yaml(zone, HOURLY).replace("time_zone", "version_change: priced_apart\ntime_zone");
        let (head, body) = first.split_once("versions:\n").expect("it has versions");
        let old = body.replace("2020-01-01", &format!("2020-01-01\n    valid_to: {day}"));
        let new = body.replace("version: 1", "version: 2").replace("2020-01-01", day);
        let new = new.replace("price: 1.00", "price: 5.00");
        let tariff = tariff(&format!("{head}versions:\n{old}{new}"));
        // An hour of the old, two of the new: the clocks show 01:00 to 03:00.
        assert_eq!(total(&tariff, &case(&[(from, to)], &[])), Ok(1100), "{zone}");
    }
}
