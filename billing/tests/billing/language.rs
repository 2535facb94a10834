//! The words of the language one by one, by tables reckoned by hand.

use billing::tariff::{CountedIn, DemandReject, Description, Displayed};
use billing::{Calendars, Case, HeldPass, Price, Reject, bought_until, price};
use vocabulary::{PlateColour, Timestamp};

use crate::cases::{at, case, check_bill, interval, tariff};
use crate::terms::{HOURLY, check, yaml};

fn fen(yaml: &str, case: &Case) -> Result<i64, Reject> {
    let bill = price(&tariff(yaml), Calendars::built_in(), case)?;
    check_bill(case, &bill);
    Ok(bill.total.0)
}

#[test]
fn working_days_follow_the_calendar() {
    // 2026-02-14 is a Saturday that was worked, 2026-02-16 a Monday of the Spring Festival.
    check(
        "windows:\n\
         - { name: 工作日, from: \"07:30\", to: \"20:00\", days: [workday], charge: [{ unit_minutes: 60, price: 3.00 }] }\n\
         - { name: 休息日, from: \"10:00\", to: \"20:00\", days: [offday], charge: [{ unit_minutes: 60, price: 1.00 }] }\n\
         otherwise: free",
        &[
            ("2026-03-06 08:00:00", "2026-03-06 11:00:00", 900), // Friday
            ("2026-03-07 08:00:00", "2026-03-07 11:00:00", 100), // Saturday: 10:00–11:00
            ("2026-02-14 08:00:00", "2026-02-14 11:00:00", 900), // worked instead
            ("2026-02-16 08:00:00", "2026-02-16 11:00:00", 100), // holiday on a Monday
            ("2026-03-06 19:00:00", "2026-03-07 10:00:00", 300),
        ],
    );
}

#[test]
fn a_holiday_a_season_and_the_first_window_that_fits() {
    check(
        "windows:\n\
         - { name: 春节, from: \"00:00\", to: \"24:00\", days: [\"holiday:春节\"], charge: free }\n\
         - { name: 国庆, from: \"00:00\", to: \"24:00\", days: [\"holiday:国庆节\"], charge: [{ per: window, price: 7.00 }] }\n\
         - { name: 夏, from: \"08:00\", to: \"20:00\", season: { first: 06-01, last: 08-31 }, except: [sun], charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
         - { name: 全年, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: 1.00 }] }",
        &[
            ("2026-02-17 08:00:00", "2026-02-17 18:00:00", 0),
            ("2025-10-06 08:00:00", "2025-10-06 18:00:00", 700), // 国庆节、中秋节 in one name
            ("2026-07-01 09:00:00", "2026-07-01 11:00:00", 400),
            ("2026-07-05 09:00:00", "2026-07-05 11:00:00", 200), // a Sunday
            ("2026-05-31 09:00:00", "2026-05-31 11:00:00", 200),
            ("2026-08-31 19:00:00", "2026-08-31 21:00:00", 300),
        ],
    );
}

#[test]
fn a_year_that_the_calendar_does_not_know_is_refused_or_follows_the_week() {
    let terms = "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", days: [workday], charge: [{ unit_minutes: 60, price: 1.00 }] }\notherwise: free";
    let (refuse, case) =
        (yaml(terms), case(&[("2031-03-03 08:00:00", "2031-03-03 10:00:00")], &[]));
    assert_eq!(fen(&refuse, &case), Err(Reject::YearUnknown));
    let follow =
        refuse.replace("calendar: china", "calendar: china\nunknown_year: follow_the_week");
    assert_eq!(fen(&follow, &case), Ok(200));
    let missing = refuse.replace("calendar: china", "calendar: atlantis");
    assert_eq!(fen(&missing, &case), Err(Reject::NoCalendar));
}

#[test]
fn amounts_differ_by_street_and_vehicle() {
    let yaml = yaml(
        "vehicle_classes: { small: small, large: large, motorcycle: motorcycle }\n\
         exempt: [police]\n\
         streets: [一类, 二类]\n\
         free_minutes:\n- { minutes: { 一类: 30, 二类: 60 } }\n\
         windows:\n\
         - { name: 摩托, from: \"00:00\", to: \"24:00\", vehicles: [motorcycle], charge: [{ per: visit, price: 1.00 }] }\n\
         - { name: 日间, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: { 一类: { small: 2.00, large: 3.00, motorcycle: 0 }, 二类: 1.00 } }] }",
    );
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    for (vehicle, street, expected) in [
        ("small", Some("一类"), Ok(400)),
        ("large", Some("一类"), Ok(600)),
        ("large", Some("二类"), Ok(200)),
        ("motorcycle", Some("二类"), Ok(100)),
        ("police", Some("一类"), Ok(0)),
        ("small", None, Err(Reject::StreetNotInTariff)),
        ("small", Some("三类"), Err(Reject::StreetNotInTariff)),
        ("tank", Some("一类"), Err(Reject::ClassNotInTariff)),
    ] {
        let case = Case { vehicle: vehicle.into(), street: street.map(Into::into), ..stay.clone() };
        assert_eq!(fen(&yaml, &case), expected, "{vehicle} {street:?}");
    }
    let forty = case(&[("2026-09-15 08:00:00", "2026-09-15 08:40:00")], &[]);
    for (street, expected) in [("一类", 200), ("二类", 0)] {
        let case = Case { street: Some(street.into()), ..forty.clone() };
        assert_eq!(fen(&yaml, &case), Ok(expected), "{street}");
    }
}

#[test]
fn a_vehicle_is_classed_by_plate_seats_and_bays() {
    let tariff = tariff(&yaml(&format!(
        "vehicle_classes: {{ small: a, large: b, new_energy_small: a, new_energy_large: b, bus: b, truck: b }}\n\
         classify:\n\
         - {{ class: truck, bays_from: 2 }}\n\
         - {{ class: bus, plates: [yellow], seats_from: 20 }}\n\
         - {{ class: small, seats_to: 9 }}\n{HOURLY}"
    )));
    for (plate, seats, bays, class) in [
        (PlateColour::Blue, None, 1, "small"),
        (PlateColour::Yellow, Some(45), 1, "bus"),
        (PlateColour::Yellow, Some(12), 1, "large"),
        (PlateColour::Yellow, Some(7), 1, "small"),
        (PlateColour::Yellow, None, 1, "large"),
        (PlateColour::Blue, None, 2, "truck"),
        (PlateColour::YellowGreen, None, 1, "new_energy_large"),
    ] {
        let found = tariff.versions[0].class_of(Description { plate, seats, bays });
        assert_eq!(found, class, "{plate:?} {seats:?} {bays}");
    }
}

#[test]
fn a_part_of_a_unit_costs_by_its_rounding() {
    let hourly =
        |more: &str| format!("windows: []\notherwise: [{{ unit_minutes: 60, price: 6.00{more} }}]");
    let (from, day) = ("2026-09-15 08:00:00", "2026-09-15 ");
    let rows = |ends: &[(&str, i64)]| -> Vec<(String, i64)> {
        ends.iter().map(|(end, fen)| (format!("{day}{end}"), *fen)).collect()
    };
    for (more, ends) in [
        ("", rows(&[("08:00:01", 600), ("09:00:00", 600), ("09:00:01", 1200)])),
        (", rounding: down", rows(&[("08:59:59", 0), ("09:00:00", 600), ("09:59:00", 600)])),
        // 15 minutes of each hour are tolerated, the sixteenth begins to count.
        (
            ", tolerance_minutes: 15",
            rows(&[("08:15:00", 0), ("08:15:01", 600), ("09:15:00", 600), ("09:15:01", 1200)]),
        ),
        (", rounding: per_minute", rows(&[("08:00:01", 10), ("08:07:00", 70), ("09:10:00", 700)])),
    ] {
        for (to, expected) in ends {
            check(&hourly(more), &[(from, &to, expected)]);
        }
    }
    // A third of a fen a minute: 0.20 yuan an hour; 4 minutes are 1.33 fen.
    let fine = |rounding| {
        format!(
            "windows: []\notherwise: [{{ unit_minutes: 60, price: 0.20, rounding: per_minute }}]\ntotal: {{ to: 0.01, rounding: {rounding} }}"
        )
    };
    check(&fine("down"), &[(from, "2026-09-15 08:04:00", 1), (from, "2026-09-15 08:03:00", 1)]);
    check(&fine("up"), &[(from, "2026-09-15 08:04:00", 2), (from, "2026-09-15 08:03:00", 1)]);
    // 0.005 yuan for 5 minutes: half a fen.
    let half = "windows: []\notherwise: [{ unit_minutes: 5, price: 0.005 }]\ntotal: { to: 0.01, rounding: half_up }";
    check(
        half,
        &[
            (from, "2026-09-15 08:05:00", 1),
            (from, "2026-09-15 08:15:00", 2),
            (from, "2026-09-15 08:20:00", 2),
        ],
    );
}

#[test]
fn tiers_that_start_again_bill_six_hours_of_every_twelve() {
    // Lanzhou: 1 yuan for each half hour, 6 h to 12 h as 6 h, beyond 12 h from the start.
    check(
        "windows:\n- { name: 全日, from: \"00:00\", to: \"24:00\", after_last_tier: starts_again, charge: [{ lasts_minutes: 360, unit_minutes: 30, price: 1.00 }, { lasts_minutes: 360, unit_minutes: 360, price: 0 }] }",
        &[
            ("2026-09-15 08:00:00", "2026-09-15 14:00:00", 1200),
            ("2026-09-15 08:00:00", "2026-09-15 20:00:00", 1200),
            ("2026-09-15 08:00:00", "2026-09-15 20:00:01", 1300),
            ("2026-09-15 08:00:00", "2026-09-16 07:00:00", 2400),
        ],
    );
}

#[test]
fn a_unit_across_two_prices_costs_by_the_choice_made() {
    // To 18:00 3 yuan an hour, then 1.20; from 17:40 a unit has 20 min of one and 40 of the other.
    let terms = |across: &str| {
        format!(
            "elapsed: {{ across_prices: {across} }}\nwindows:\n\
             - {{ name: 日, from: \"06:00\", to: \"18:00\", charge: [{{ unit_minutes: 60, price: 3.00 }}] }}\n\
             - {{ name: 夜, from: \"18:00\", to: \"06:00\", charge: [{{ unit_minutes: 60, price: 1.20 }}] }}"
        )
    };
    let from = "2026-09-15 17:40:00";
    for (across, at_1750, at_1830, at_1841) in [
        ("price_at_start", 300, 300, 420),
        ("lower_price", 300, 120, 240),
        ("split", 300, 180, 300),    // 1.00 + 0.80
        ("new_unit", 300, 420, 420), // 18:00–19:00 is a unit of its own
    ] {
        check(
            &terms(across),
            &[
                (from, "2026-09-15 17:50:00", at_1750),
                (from, "2026-09-15 18:30:00", at_1830),
                (from, "2026-09-15 18:41:00", at_1841),
            ],
        );
    }
}

#[test]
fn caps_hold_for_a_stay_a_day_24_hours_or_a_month() {
    let capped = |cap: &str| format!("{HOURLY}\ncaps:\n- {{ {cap} }}");
    let (from, next, third) = ("2026-09-15 18:00:00", "2026-09-16 18:00:00", "2026-09-17 00:00:00");
    check(&capped("per: stay, amount: 10.00"), &[(from, next, 1000), (from, third, 1000)]);
    // 6 h of the first day, 10 of the second.
    check(&capped("per: day, amount: 10.00"), &[(from, next, 1600), (from, third, 1600)]);
    check(&capped("per: 24h, amount: 10.00"), &[(from, next, 1000), (from, third, 1600)]);
    check(
        &capped("per: month, amount: 20.00"),
        &[("2026-09-30 00:00:00", "2026-10-01 02:00:00", 2200)],
    );
    // A day that begins at 07:00: 13 h to 07:00, 17 h after it.
    let seven = format!("day_starts: \"07:00\"\n{}", capped("per: day, amount: 10.00"));
    check(&seven, &[(from, third, 2000), ("2026-09-15 05:00:00", "2026-09-15 09:00:00", 400)]);
}

#[test]
fn a_tariff_says_how_far_back_visits_count() {
    const DAY_MS: i64 = 86_400_000;
    for (rules, days) in [
        ("", None),
        ("free_minutes:\n- { minutes: 60, counted_per: day, earlier_visits: once }", Some(62)),
        ("free_minutes:\n- { minutes: 60, counted_per: vehicle, earlier_visits: once }", Some(900)),
        ("free_minutes:\n- { minutes: 60 }", None),
        ("caps:\n- { per: day, visits: all, amount: 5.00 }", Some(62)),
        ("caps:\n- { per: day, amount: 5.00 }", None),
        ("returns_within_minutes: 5", Some(62)),
    ] {
        let tariff = tariff(&yaml(&format!("{HOURLY}\n{rules}")));
        assert_eq!(tariff.earlier_visits_within_ms(), days.map(|d| d * DAY_MS), "{rules}");
    }
}

#[test]
fn earlier_visits_share_caps_and_free_minutes() {
    let earlier = billing::EarlierVisit {
        intervals: vec![interval(("2026-09-15 08:00:00", "2026-09-15 10:00:00"))],
        doubts: Vec::new(),
    };
    let later = Case {
        earlier: vec![earlier],
        ..case(&[("2026-09-15 14:00:00", "2026-09-15 17:00:00")], &[])
    };
    for (terms, expected) in [
        ("caps:\n- { per: day, amount: 4.00 }", 300),
        ("caps:\n- { per: day, amount: 4.00, visits: all }", 200), // 2 of the 4 are used
        ("caps:\n- { per: 24h, amount: 2.00, visits: all }", 0),
        ("free_minutes:\n- { minutes: 60, when_exceeded: deducted }", 200),
        (
            "free_minutes:\n- { minutes: 60, when_exceeded: deducted, counted_per: day, earlier_visits: once }",
            300,
        ),
        (
            "free_minutes:\n- { minutes: 150, when_exceeded: deducted, counted_per: day, earlier_visits: shared }",
            300,
        ), // 30 min left: 2.5 h
        (
            "free_minutes:\n- { minutes: 60, when_exceeded: deducted, none_beyond_minutes: 179 }",
            300,
        ),
    ] {
        assert_eq!(fen(&yaml(&format!("{HOURLY}\n{terms}")), &later), Ok(expected), "{terms}");
    }
    // Ten minutes free; away for five minutes, and it is one stay: 8 + 8 min are an hour begun.
    let away = |gap_to: &str| Case {
        earlier: vec![billing::EarlierVisit {
            intervals: vec![interval(("2026-09-15 08:00:00", "2026-09-15 08:08:00"))],
            doubts: Vec::new(),
        }],
        ..case(&[(gap_to, "2026-09-15 08:21:00")], &[])
    };
    let returns =
        yaml(&format!("{HOURLY}\nfree_minutes:\n- {{ minutes: 10 }}\nreturns_within_minutes: 5"));
    assert_eq!(fen(&returns, &away("2026-09-15 08:13:00")), Ok(100));
    assert_eq!(fen(&returns, &away("2026-09-15 08:13:01")), Ok(0));
}

#[test]
fn factors_and_rounding_follow_the_price() {
    let terms = "vehicle_classes: { small: car, new_energy_small: ev }\n\
        windows: []\notherwise: [{ unit_minutes: 30, price: 1.25 }]\n\
        factors:\n- { name: 新能源, vehicles: [ev], times: 0.5, on: price }\n- { name: 优惠, times: 0.9, on: total }\n\
        bays: each_pays\ntotal: { to: 0.10, rounding: half_up }";
    let yaml = yaml(terms);
    for (vehicle, bays, expected) in [
        ("small", 1, 230),            // 2 × 1.25 × 0.9 = 2.25
        ("new_energy_small", 1, 110), // 2 × 0.625 × 0.9 = 1.125
        ("small", 2, 450),
    ] {
        let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 09:00:00")], &[]);
        let case = Case { vehicle: vehicle.into(), bays, ..stay };
        assert_eq!(fen(&yaml, &case), Ok(expected), "{vehicle} {bays}");
    }
}

#[test]
fn passes_grace_limit_and_time_bought() {
    let night = "windows:\n\
        - { name: 日, from: \"07:00\", to: \"21:00\", charge: [{ unit_minutes: 60, price: 1.00 }] }\n\
        - { name: 夜, from: \"21:00\", to: \"07:00\", charge: [{ per: window, price: 5.00 }] }\n\
        passes:\n- { name: 夜间月票, windows: [夜], price: 100.00 }\n\
        grace_to_leave_minutes: 15\ntime_limit: { minutes: 120 }";
    let yaml = yaml(night);
    let stay = case(&[("2026-09-15 20:00:00", "2026-09-16 08:00:00")], &[]);
    let held = |name: &str| Case {
        passes: vec![HeldPass {
            name: name.into(),
            valid: interval(("2026-09-01 00:00:00", "2026-10-01 00:00:00")),
        }],
        ..stay.clone()
    };
    assert_eq!(fen(&yaml, &stay), Ok(700)); // 1 + 5 + 1
    assert_eq!(fen(&yaml, &held("夜间月票")), Ok(200));
    assert_eq!(fen(&yaml, &held("月票")), Err(Reject::PassNotInTariff));
    let hour = case(&[("2026-09-15 08:00:00", "2026-09-15 09:10:00")], &[]);
    for (paid, expected) in [("08:55:00", 100), ("08:54:59", 200)] {
        let paid_at = Some(at(&format!("2026-09-15 {paid}")));
        assert_eq!(fen(&yaml, &Case { paid_at, ..hour.clone() }), Ok(expected), "{paid}");
    }
    let over = case(&[("2026-09-15 08:00:00", "2026-09-15 11:00:00")], &[]);
    let bill = price(&tariff(&yaml), Calendars::built_in(), &over).expect("in force");
    assert_eq!(bill.over_limit_ms, 3_600_000);
    // Bought at 06:30 for 60 minutes of paid time: with a free night, it begins at 07:00.
    let free_night = tariff(&yaml.replace("[{ per: window, price: 5.00 }]", "free"));
    let early = case(&[("2026-09-15 06:30:00", "2026-09-15 06:40:00")], &[]);
    let until =
        |counted_in| bought_until(&free_night, Calendars::built_in(), &early, 60, counted_in);
    assert_eq!(until(CountedIn::PaidWindows), Ok(at("2026-09-15 08:00:00")));
    assert_eq!(until(CountedIn::AllWindows), Ok(at("2026-09-15 07:30:00")));
    let bought = Case { bought_until: until(CountedIn::PaidWindows).ok(), ..early };
    let bill = price(&free_night, Calendars::built_in(), &bought).expect("in force");
    assert_eq!(bill.total.0, 100); // left at once, the hour bought is paid
}

#[test]
fn a_price_that_follows_demand_holds_from_its_display_and_within_the_decree() {
    let yaml = yaml(
        "windows:\n- { name: 全日, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
         demand:\n  windows: [全日]\n  step: 0.50\n  lowest: 1.00\n  highest: 4.00\n  least_days_between_changes: 30\n  \
         bands: [{ below_percent: 60, steps: -1 }, { below_percent: 80, steps: 0 }, { steps: 1 }]",
    );
    let shown = |text: &str, level| Displayed { displayed_at: at(text), level };
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    for (displayed, expected) in [
        (vec![], 400),
        (vec![shown("2026-09-15 08:00:00", 1)], 500),
        (vec![shown("2026-09-15 08:00:01", 1)], 400), // displayed after the arrival
        (vec![shown("2026-09-01 00:00:00", 1), shown("2026-09-14 00:00:00", -1)], 300),
        (vec![shown("2026-09-01 00:00:00", 99)], 800),
        (vec![shown("2026-09-01 00:00:00", -99)], 200),
    ] {
        assert_eq!(
            fen(&yaml, &Case { displayed: displayed.clone(), ..stay.clone() }),
            Ok(expected),
            "{displayed:?}"
        );
    }
    let tariff = tariff(&yaml);
    let demand = tariff.versions[0].demand.as_ref().expect("it has one");
    let now: Timestamp = at("2026-10-01 00:00:00");
    let base = Price::of_fen(200);
    for (last, percent, expected) in [
        (None, 59, Ok(-1)),
        (None, 60, Err(DemandReject::InBand)),
        (None, 80, Ok(1)),
        (Some(shown("2026-09-01 00:00:00", 1)), 90, Ok(2)),
        (Some(shown("2026-09-01 00:00:01", 1)), 90, Err(DemandReject::TooSoon)),
        (Some(shown("2026-08-01 00:00:00", 4)), 100, Err(DemandReject::AtBound)),
        (None, 101, Err(DemandReject::NotPercent)),
    ] {
        assert_eq!(demand.next_level(base, last, percent, now), expected, "{last:?} {percent}");
    }
}

#[test]
fn a_change_of_the_tariff_may_price_the_parts_apart() {
    let first = yaml(HOURLY);
    let (head, body) = first.split_once("versions:\n").expect("it has versions");
    let old = body.replace("2020-01-01", "2020-01-01\n    valid_to: 2026-09-16");
    let new = body
        .replace("version: 1", "version: 2")
        .replace("2020-01-01", "2026-09-16")
        .replace("price: 1.00", "price: 3.00");
    let stay = case(&[("2026-09-15 22:30:00", "2026-09-16 01:00:00")], &[]);
    for (change, expected) in [("arrival_version_holds", 300), ("priced_apart", 500)] {
        let yaml = format!("{head}version_change: {change}\nversions:\n{old}{new}");
        assert_eq!(fen(&yaml, &stay), Ok(expected), "{change}");
    }
}

#[test]
fn an_uncertain_edge_is_read_in_favour_of_the_driver() {
    // Free to 07:30; 30 minutes free; from 18:00 an evening at 2 yuan flat, by day 5 yuan an hour.
    let yaml = yaml(
        "free_minutes:\n- { minutes: 30 }\nelapsed: { restarts: each_window, across_prices: lower_price }\nwindows:\n\
         - { name: 日, from: \"07:30\", to: \"18:00\", charge: [{ unit_minutes: 60, price: 5.00 }] }\n\
         - { name: 晚, from: \"18:00\", to: \"22:00\", charge: [{ per: window, price: 2.00 }] }\n\
         otherwise: free",
    );
    let tariff = tariff(&yaml);
    let within = |arrived: (&str, &str), left: (&str, &str)| {
        let day = |(from, to): (&str, &str)| {
            let at = |clock: &str| format!("2026-09-15 {clock}");
            interval((&at(from), &at(to)))
        };
        let (arrived, left) = (day(arrived), day(left));
        let stay = vocabulary::Interval::new(arrived.end_at(), left.start_at()).expect("in order");
        let case = Case::new("small", vec![stay], Vec::new());
        let edges = billing::Edges { arrived, left };
        let (bill, billed) =
            billing::price_within(&tariff, Calendars::built_in(), &case, edges).expect("in force");
        check_bill(&billed, &bill);
        (bill.total.0, billed.intervals[0].length_ms() / 60_000)
    };
    // 29 to 40 minutes by day: the free half hour counts.
    assert_eq!(within(("08:00:00", "08:05:00"), ("08:35:00", "08:40:00")), (0, 30));
    // The evening's price begins at 18:00: arriving after it costs 2, before it 5 and 2.
    assert_eq!(within(("17:50:00", "18:05:00"), ("19:00:00", "19:00:00")), (200, 55));
    // Gone before the evening began, or in it: 5 against 7.
    assert_eq!(within(("17:00:00", "17:00:00"), ("17:50:00", "18:10:00")), (500, 50));
}

#[test]
fn a_unit_that_is_full_in_free_time_is_paid_where_it_began() {
    // From 20:30, whole hours only: the hour is full at 21:30, when the night is free.
    let terms = |counted_in: &str| {
        format!(
            "elapsed: {{ counted_in: {counted_in} }}\nwindows:\n\
             - {{ name: 日, from: \"07:00\", to: \"21:00\", charge: [{{ unit_minutes: 60, price: 3.00, rounding: down }}] }}\n\
             otherwise: free"
        )
    };
    let (from, full, before) =
        ("2026-09-15 20:30:00", "2026-09-15 21:30:00", "2026-09-15 21:29:59");
    check(&terms("all_windows"), &[(from, full, 300), (from, before, 0)]);
    check(&terms("paid_windows"), &[(from, full, 0), (from, "2026-09-16 07:30:00", 300)]);
}
