//! The demo's tariff: Jingtai class 1, reckoned by hand.
//!
//! Up to and including 30 min of paid time free; else 2 yuan up to and including 2 h of a day
//! window, +1 yuan for each hour begun; 5 yuan at most for each day window (large: 8); 21:00 to
//! 07:00 free, no clock runs.

use billing::tariff::parse;
use billing::{Calendars, DEMO_TARIFF, Reject, price};
use vocabulary::VehicleClass;

use crate::cases::{case, check_bill, tariff, total};

fn check(stays: &[(&str, &str)], doubts: &[(&str, &str)], small_fen: i64, large_fen: i64) {
    let demo = tariff(DEMO_TARIFF);
    for (vehicle, fen) in [
        (VehicleClass::Small, small_fen),
        (VehicleClass::NewEnergySmall, small_fen),
        (VehicleClass::Large, large_fen),
        (VehicleClass::NewEnergyLarge, large_fen),
    ] {
        let case = billing::Case { vehicle: vehicle.name().into(), ..case(stays, doubts) };
        assert_eq!(total(&demo, &case), Ok(fen), "{vehicle:?} {stays:?} without {doubts:?}");
    }
}

#[test]
fn a_stay_within_one_day_costs_what_the_sign_says() {
    for (from, to, small_fen, large_fen) in [
        ("2026-09-15 08:00:00", "2026-09-15 08:00:00", 0, 0),
        ("2026-09-15 08:00:00", "2026-09-15 08:29:59", 0, 0),
        ("2026-09-15 08:00:00", "2026-09-15 08:30:00", 0, 0),
        ("2026-09-15 08:00:00", "2026-09-15 08:30:00.001", 200, 200),
        ("2026-09-15 08:00:00", "2026-09-15 08:30:01", 200, 200),
        ("2026-09-15 08:00:00", "2026-09-15 10:00:00", 200, 200), // exactly 2 h
        ("2026-09-15 08:00:00", "2026-09-15 10:00:01", 300, 300), // 2 + 1 begun
        ("2026-09-15 08:00:00", "2026-09-15 11:00:00", 300, 300), // 2 + 1
        ("2026-09-15 08:00:00", "2026-09-15 11:00:01", 400, 400),
        ("2026-09-15 08:00:00", "2026-09-15 13:00:00", 500, 500), // 5 h: 2 + 3
        ("2026-09-15 08:00:00", "2026-09-15 13:00:01", 500, 600), // 2 + 4; small: cap
        ("2026-09-15 08:00:00", "2026-09-15 16:00:00", 500, 800), // 8 h: 2 + 6
        ("2026-09-15 08:00:00", "2026-09-15 16:00:01", 500, 800), // 2 + 7; both capped
        ("2026-09-15 07:00:00", "2026-09-15 21:00:00", 500, 800), // 14 h: 2 + 12
    ] {
        check(&[(from, to)], &[], small_fen, large_fen);
    }
}

#[test]
fn the_night_is_free_and_no_clock_runs_in_it() {
    for (from, to, small_fen, large_fen) in [
        ("2026-09-15 21:00:00", "2026-09-16 07:00:00", 0, 0),
        ("2026-09-15 22:00:00", "2026-09-16 06:00:00", 0, 0),
        ("2026-09-16 00:10:00", "2026-09-16 05:00:00", 0, 0),
        // One hour in the evening, 1.5 h in the morning: two first blocks of 2 yuan.
        ("2026-09-15 20:00:00", "2026-09-16 08:30:00", 400, 400),
        // To the second at both borders.
        ("2026-09-15 19:00:00", "2026-09-15 21:00:00", 200, 200),
        ("2026-09-15 19:00:00", "2026-09-15 23:00:00", 200, 200),
        ("2026-09-15 18:59:59", "2026-09-15 21:00:00", 300, 300),
        ("2026-09-15 18:59:59", "2026-09-16 06:59:59", 300, 300),
        ("2026-09-16 05:00:00", "2026-09-16 09:00:00", 200, 200),
        ("2026-09-16 05:00:00", "2026-09-16 09:00:01", 300, 300),
        // Free minutes: only paid time uses them up, once for the stay.
        ("2026-09-16 06:30:00", "2026-09-16 07:30:00", 0, 0),
        ("2026-09-16 06:30:00", "2026-09-16 07:30:01", 200, 200),
        ("2026-09-15 20:50:00", "2026-09-16 07:20:00", 0, 0), // 10 + 20 min
        ("2026-09-15 20:50:00", "2026-09-16 07:20:01", 400, 400), // 30:01: both days from the start
        ("2026-09-15 20:45:00", "2026-09-16 07:25:00", 400, 400), // 15 + 25 min
    ] {
        check(&[(from, to)], &[], small_fen, large_fen);
    }
}

#[test]
fn each_day_has_a_cap_of_its_own() {
    // 9 h → cap, two whole days → cap, 5 h → 5: small 5+5+5+5, large 8+8+8+5.
    check(&[("2026-09-15 12:00:00", "2026-09-18 12:00:00")], &[], 2000, 2900);
    // A week from midnight to midnight: 7 × 5, 7 × 8.
    check(&[("2026-09-14 00:00:00", "2026-09-21 00:00:00")], &[], 3500, 5600);
    // Over the end of the year 2027, by the version of the arrival: 2 h (2) and 1 h (2).
    check(&[("2027-12-31 19:00:00", "2028-01-01 08:00:00")], &[], 400, 400);
}

#[test]
fn days_and_windows_are_those_of_beijing_not_of_utc() {
    // 23:00Z–00:30Z is 07:00–08:30 in Beijing: one window, 1.5 h, though UTC's day changes.
    check(&[("2026-09-15T23:00:00Z", "2026-09-16T00:30:00Z")], &[], 200, 200);
    // 13:00Z is 21:00 in Beijing.
    check(&[("2026-09-15T12:00:00Z", "2026-09-15T16:00:00Z")], &[], 200, 200);
    check(&[("2026-09-15T13:00:00Z", "2026-09-15T23:00:00Z")], &[], 0, 0);
    // 7 h to 14 h Beijing: 2 + 5 in one window.
    check(&[("2026-09-15T23:00:00Z", "2026-09-16T06:00:00Z")], &[], 500, 700);
}

#[test]
fn doubtful_time_is_neither_charged_nor_counted() {
    let stay = [("2026-09-15 08:00:00", "2026-09-15 12:00:00")];
    let ten_to_half_past = ("2026-09-15 09:00:00", "2026-09-15 10:30:00");
    // 4 h: 2 + 2. Without 1.5 h: 2.5 h: 2 + 1. The same doubt twice is one.
    check(&stay, &[], 400, 400);
    check(&stay, &[ten_to_half_past], 300, 300);
    check(&stay, &[ten_to_half_past, ten_to_half_past], 300, 300);
    // Given out of order and overlapping: 08:30–11:00 in doubt, 1.5 h left.
    let late = ("2026-09-15 10:00:00", "2026-09-15 11:00:00");
    check(&stay, &[late, ("2026-09-15 08:30:00", "2026-09-15 10:15:00")], 200, 200);
    // What is left is the free half hour; a second more is not.
    check(&stay, &[("2026-09-15 08:30:00", "2026-09-15 12:00:00")], 0, 0);
    check(&stay, &[("2026-09-15 08:30:01", "2026-09-15 13:00:00")], 200, 200);
    check(&stay, &[("2026-09-15 07:00:00", "2026-09-15 13:00:00")], 0, 0);
    // A doubt elsewhere changes nothing.
    check(&stay, &[("2026-09-15 13:00:00", "2026-09-15 14:00:00")], 400, 400);
}

#[test]
fn two_parts_of_a_stay_are_priced_as_one() {
    // 1 h + 1 h = 2 h of the same day window: 2 yuan, not 4; the gap costs nothing.
    let parts = [
        ("2026-09-15 08:00:00", "2026-09-15 09:00:00"),
        ("2026-09-15 11:00:00", "2026-09-15 12:00:00"),
    ];
    check(&parts, &[], 200, 200);
    let touching = [
        ("2026-09-15 08:00:00", "2026-09-15 09:00:00"),
        ("2026-09-15 09:00:00", "2026-09-15 10:00:01"),
    ];
    check(&touching, &[], 300, 300);
}

#[test]
fn the_bill_of_a_night_shows_every_stretch() {
    let demo = tariff(DEMO_TARIFF);
    let case = case(&[("2026-09-15 18:00:00", "2026-09-16 13:30:00")], &[]);
    let bill = price(&demo, &Calendars::none(), &case).expect("the demo tariff is in force");
    check_bill(&case, &bill);
    let lines: Vec<_> = bill
        .lines
        .iter()
        .map(|l| (l.interval.length_ms() / 60_000, l.rule.name(), l.units, l.amount.0))
        .collect();
    // Evening 3 h: 2 + 1. Morning 6.5 h: 2 + 5 begun hours = 7, cap 5.
    assert_eq!(
        lines,
        [
            (120, "tier", 1, 200),
            (60, "tier", 1, 100),
            (600, "free_window", 0, 0),
            (120, "tier", 1, 200),
            (270, "tier", 5, 500),
            (390, "window_cap", 1, -200),
        ]
    );
    assert_eq!((bill.total.0, bill.charged_ms), (800, (180 + 390) * 60_000));
    assert_eq!((bill.tariff.as_str(), bill.tariff_version), ("demo-baiyin-road-1", 1));
    let stored = serde_json::to_string(&bill).expect("a bill is plain data");
    assert_eq!(serde_json::from_str::<billing::Bill>(&stored).ok(), Some(bill));
    let stored = serde_json::to_string(&case).expect("a case is plain data");
    assert_eq!(serde_json::from_str::<billing::Case>(&stored).ok(), Some(case));
}

#[test]
fn without_a_tariff_in_force_nothing_is_charged() {
    let demo = tariff(DEMO_TARIFF);
    for (stays, expected) in [
        (vec![("2025-12-31 23:59:59", "2026-01-01 09:00:00")], Err(Reject::NoTariffInForce)),
        (vec![("2026-01-01 00:00:00", "2026-01-01 09:00:00")], Ok(200)),
        (vec![("2025-12-31T16:00:00Z", "2026-01-01T01:00:00Z")], Ok(200)),
        (vec![("1990-06-01 08:00:00", "1990-06-01 09:00:00")], Err(Reject::NoTariffInForce)),
        (vec![], Err(Reject::NoIntervals)),
        (
            vec![
                ("2026-09-15 08:00:00", "2026-09-15 10:00:00"),
                ("2026-09-15 09:59:59", "2026-09-15 11:00:00"),
            ],
            Err(Reject::IntervalsDisordered),
        ),
        (vec![("2026-01-01 00:00:00", "2028-09-27 00:00:00.001")], Err(Reject::StayTooLong)),
        (vec![("2026-01-01 00:00:00", "9999-01-01 00:00:00")], Err(Reject::StayTooLong)),
    ] {
        assert_eq!(total(&demo, &case(&stays, &[])), expected, "{stays:?}");
    }
    let mut motorcycle = case(&[("2026-09-15 08:00:00", "2026-09-15 09:00:00")], &[]);
    motorcycle.vehicle = "motorcycle".into();
    assert_eq!(total(&demo, &motorcycle), Err(Reject::ClassNotInTariff));
    let hour = ("2026-09-15 08:00:00", "2026-09-15 08:00:00");
    assert_eq!(total(&demo, &case(&[hour; 1001], &[])), Err(Reject::TooManyIntervals));
    assert_eq!(total(&demo, &case(&[hour], &[hour; 1001])), Err(Reject::TooManyIntervals));
}

#[test]
fn the_demo_says_that_its_tariff_is_an_example() {
    let demo = parse(DEMO_TARIFF).expect("the demo tariff is valid");
    assert!(demo.title.contains("已到期") && demo.title.contains("仅供演示"));
    assert!(demo.note.contains("2022年9月18日") && demo.note.contains("已到期"));
}
