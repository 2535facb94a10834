//! Every parameter of the tariff form, by tables reckoned by hand.

use crate::cases::{case, tariff, total};
use crate::plan::{Clock, Plan, PlanFree, PlanRate, PlanTier, PlanWindow, plain, tier};

const SHANGHAI: &str = "Asia/Shanghai";

fn check(plan: &Plan, rows: &[(&str, &str, i64)]) {
    let tariff = tariff(&plan.yaml());
    for (from, to, fen) in rows {
        assert_eq!(total(&tariff, &case(&[(from, to)], &[])), Ok(*fen), "{from} to {to}: {plan:?}");
    }
}

fn free(minutes: i64, lost: bool) -> PlanFree {
    PlanFree { minutes, all_windows: false, per_window: false, lost }
}

fn window(from: i64, to: i64, cap: Option<i64>, tiers: Vec<PlanTier>) -> PlanWindow {
    PlanWindow { from: from * 60, to: to * 60, rate: Some(PlanRate { cap, tiers }) }
}

fn free_window(from: i64, to: i64) -> PlanWindow {
    PlanWindow { from: from * 60, to: to * 60, rate: None }
}

/// 07:00–21:00 at 1 yuan an hour begun, the night free.
fn day_tariff() -> Plan {
    let windows = vec![window(7, 21, None, vec![tier(1, 60, 100, true)]), free_window(21, 7)];
    Plan { windows, ..plain(SHANGHAI, 60, 100) }
}

/// 20:00–08:00 at 1 yuan an hour begun, the day free.
fn night_tariff(cap: Option<i64>, day_cap: Option<i64>) -> Plan {
    let windows = vec![window(20, 8, cap, vec![tier(1, 60, 100, true)]), free_window(8, 20)];
    Plan { windows, day_cap, ..plain(SHANGHAI, 60, 100) }
}

#[test]
fn free_minutes_are_lost_or_deducted() {
    let half_hours = plain(SHANGHAI, 30, 100);
    // A grace: a second more, and the stay pays from its start.
    check(
        &Plan { free: Some(free(15, true)), ..half_hours.clone() },
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:15:00", 0),
            ("2026-09-15 08:00:00", "2026-09-15 08:15:01", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:00", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:01", 200),
        ],
    );
    // Taken off: what is paid begins after them.
    check(
        &Plan { free: Some(free(15, false)), ..half_hours },
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:15:00", 0),
            ("2026-09-15 08:00:00", "2026-09-15 08:15:01", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:45:00", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:45:01", 200),
        ],
    );
}

#[test]
fn free_minutes_are_given_once_for_the_stay_or_for_each_window() {
    // 15 min in the evening, 25 in the morning.
    let (from, to) = ("2026-09-15 20:45:00", "2026-09-16 07:25:00");
    let per_window = PlanFree { per_window: true, ..free(30, true) };
    check(&Plan { free: Some(per_window), ..day_tariff() }, &[(from, to, 0)]);
    check(&Plan { free: Some(free(30, true)), ..day_tariff() }, &[(from, to, 200)]);
    // Deducted once: 15 min of the evening, 15 of the morning; 10 min remain.
    check(&Plan { free: Some(free(30, false)), ..day_tariff() }, &[(from, to, 100)]);
}

#[test]
fn free_time_at_night_uses_the_free_minutes_up_or_not() {
    // 15 min of the night, 20 of the day.
    let (from, to) = ("2026-09-15 06:45:00", "2026-09-15 07:20:00");
    let all = PlanFree { all_windows: true, ..free(30, true) };
    check(&Plan { free: Some(free(30, true)), ..day_tariff() }, &[(from, to, 0)]);
    check(&Plan { free: Some(all), ..day_tariff() }, &[(from, to, 100)]);
    // Deducted to 07:15; the stay to 07:15 is free, a second more is not.
    let deducted = PlanFree { lost: false, ..all };
    check(
        &Plan { free: Some(deducted), ..day_tariff() },
        &[
            (from, "2026-09-15 07:15:00", 0),
            (from, "2026-09-15 07:15:01", 100),
            (from, "2026-09-15 08:15:00", 100),
            (from, "2026-09-15 08:15:01", 200),
        ],
    );
}

#[test]
fn units_are_rounded_up_or_down() {
    let down = vec![tier(1, 30, 100, false)];
    let plan = Plan { windows: vec![window(0, 24, None, down)], ..plain(SHANGHAI, 30, 100) };
    check(
        &plan,
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:29:59.999", 0),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:00", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:59:59", 100),
            ("2026-09-15 08:00:00", "2026-09-15 09:00:00", 200),
        ],
    );
    check(
        &plain(SHANGHAI, 30, 100),
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:00:00.001", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:00", 100),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:00.001", 200),
        ],
    );
}

#[test]
fn tiers_follow_one_another() {
    // Hefei's published table: 15 min free, 07:30–21:30 the first half hour 6 yuan, then 4 for
    // each half hour; else free.
    let tiers = vec![tier(1, 30, 600, true), tier(1, 30, 400, true)];
    let rate = PlanRate { cap: None, tiers };
    let windows = vec![
        PlanWindow { from: 450, to: 1290, rate: Some(rate) },
        PlanWindow { from: 1290, to: 450, rate: None },
    ];
    check(
        &Plan { windows, free: Some(free(15, true)), ..plain(SHANGHAI, 30, 600) },
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:15:00", 0),
            ("2026-09-15 08:00:00", "2026-09-15 08:15:01", 600),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:00", 600),
            ("2026-09-15 08:00:00", "2026-09-15 08:30:01", 1000),
            ("2026-09-15 08:00:00", "2026-09-15 10:00:00", 1800), // 6 + 3 × 4
            ("2026-09-15 21:00:00", "2026-09-15 23:00:00", 600),
        ],
    );
    // Three tiers: 2 × 1 yuan, 2 × 2 yuan, then 3 yuan an hour.
    let tiers = vec![tier(2, 60, 100, true), tier(2, 60, 200, true), tier(1, 60, 300, true)];
    check(
        &Plan { windows: vec![window(0, 24, None, tiers)], ..plain(SHANGHAI, 60, 100) },
        &[
            ("2026-09-15 08:00:00", "2026-09-15 10:00:00", 200),
            ("2026-09-15 08:00:00", "2026-09-15 10:00:01", 400),
            ("2026-09-15 08:00:00", "2026-09-15 12:00:00", 600),
            ("2026-09-15 08:00:00", "2026-09-15 14:00:00", 1200), // 2 + 4 + 6
        ],
    );
}

#[test]
fn the_clock_of_the_tiers_restarts_or_runs_on() {
    // Free from 21:00 to 06:30; first hour 5 yuan, then 1 yuan an hour.
    let tiers = vec![tier(1, 60, 500, true), tier(1, 60, 100, true)];
    let rate = PlanRate { cap: None, tiers };
    let windows = vec![
        PlanWindow { from: 390, to: 1260, rate: Some(rate) },
        PlanWindow { from: 1260, to: 390, rate: None },
    ];
    let plan = |clock| Plan { clock, windows: windows.clone(), ..plain(SHANGHAI, 60, 100) };
    let (from, to) = ("2026-09-15 20:15:00", "2026-09-16 07:10:00");
    // 45 min: 5 yuan; 40 min: 5 yuan.
    check(&plan(Clock::EachWindow), &[(from, to, 1000)]);
    // 5 yuan to 06:45; the second hour begins then: 1 yuan.
    check(&plan(Clock::PaidTimeOfStay), &[(from, to, 600)]);
    // Hours begin at a quarter past, all night; the one from 06:15 began in free time.
    check(&plan(Clock::AllTimeOfStay), &[(from, to, 500), (from, "2026-09-16 07:15:01", 600)]);
}

#[test]
fn the_clock_of_the_tiers_starts_after_deducted_minutes_even_in_free_time() {
    // Free from 21:00 to 07:00; first hour 5 yuan, then 1 yuan an hour; the clock counts all time.
    let tiers = vec![tier(1, 60, 500, true), tier(1, 60, 100, true)];
    let windows = vec![window(7, 21, None, tiers), free_window(21, 7)];
    let all_time = PlanFree { all_windows: true, ..free(30, false) };
    let clock = Clock::AllTimeOfStay;
    let plan = Plan { windows, clock, free: Some(all_time), ..plain(SHANGHAI, 60, 100) };
    // 06:30–07:00 is taken off; the first hour is 07:00–08:00.
    check(
        &plan,
        &[
            ("2026-09-15 06:30:00", "2026-09-15 08:00:00", 500),
            ("2026-09-15 06:30:00", "2026-09-15 08:00:01", 600),
        ],
    );
}

#[test]
fn a_window_across_midnight_is_one_window() {
    check(
        &night_tariff(Some(500), None),
        &[
            ("2026-09-15 22:00:00", "2026-09-16 02:00:00", 400),
            ("2026-09-15 22:30:00", "2026-09-16 01:30:00", 300), // hours do not begin anew at 24:00
            ("2026-09-15 20:00:00", "2026-09-16 08:00:00", 500), // 12, capped
            ("2026-09-15 19:00:00", "2026-09-17 09:00:00", 1000), // two nights
            ("2026-09-16 01:00:00", "2026-09-16 23:00:00", 800), // 7 → 5 of one, 3 of the next
            ("2026-09-15 08:00:00", "2026-09-15 20:00:00", 0),
        ],
    );
}

#[test]
fn a_calendar_day_is_capped_after_its_windows() {
    check(
        &night_tariff(None, Some(300)),
        &[
            ("2026-09-15 20:00:00", "2026-09-16 08:00:00", 600), // 4 → 3, 8 → 3
            ("2026-09-15 22:00:00", "2026-09-16 02:00:00", 400), // 2 and 2
            ("2026-09-15 20:30:00", "2026-09-16 00:30:00", 300), // 4 begin before midnight → 3
            ("2026-09-16 00:30:00", "2026-09-16 22:30:00", 300), // 8 + 3 on one day → 3
        ],
    );
    // The window's 5 yuan are used up 4 before midnight and 1 after; the first day's 4 → 3.
    check(
        &night_tariff(Some(500), Some(300)),
        &[("2026-09-15 20:00:00", "2026-09-16 08:00:00", 400)],
    );
}

#[test]
fn the_version_of_the_arrival_prices_the_whole_stay() {
    let plan = plain(SHANGHAI, 60, 100).yaml();
    let (head, body) = plan.split_once("versions:\n").expect("the plan has a version");
    let version = |number: u32, from: &str, to: &str, fen: u32| {
        let dated =
            format!("version: {number}\n    valid_from: \"{from}\"\n    valid_to: \"{to}\"");
        body.replace("version: 1\n    valid_from: \"2026-01-01\"", &dated)
            .replace("price: 1.00", &format!("price: {}", crate::plan::yuan(fen.into())))
    };
    let (first, second) =
        (version(1, "2026-01-01", "2026-09-16", 100), version(4, "2026-09-16", "2026-10-01", 300));
    let yaml = format!("{head}versions:\n{first}{second}");
    let tariff = tariff(&yaml);
    for (from, to, expected) in [
        ("2026-09-15 23:00:00", "2026-09-16 00:00:00", Some((1, 100))),
        ("2026-09-15 23:59:59", "2026-09-16 01:59:59", Some((1, 300))), // 1 s of one day, 2 h of the next
        ("2026-09-16 00:00:00", "2026-09-16 02:00:00", Some((4, 600))),
        ("2026-09-30 23:00:00", "2026-10-01 01:00:00", Some((4, 600))),
        ("2026-10-01 00:00:00", "2026-10-01 01:00:00", None),
    ] {
        let bill = billing::price(&tariff, &billing::Calendars::none(), &case(&[(from, to)], &[]));
        let found = bill.as_ref().ok().map(|b| (b.tariff_version, b.total.0));
        assert_eq!(found, expected, "{from} to {to}: {bill:?}");
    }
    assert_eq!(tariff.version(4).map(|v| v.number), Some(4));
    assert!(tariff.version(2).is_none());
}
