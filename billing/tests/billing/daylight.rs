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
