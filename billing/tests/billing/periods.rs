//! Words of the language by tables reckoned by hand. What is counted over periods: free minutes, caps, limits, passes, time bought.

use billing::{Calendars, Case, HeldPass, prepaid_until, price};

use crate::cases::{at, case, interval, tariff};
use crate::terms::{HOURLY, check, fen, problems, visit, yaml};

#[test]
fn each_window_may_have_free_minutes_of_its_own() {
    // By day half an hour is free, at night nothing; at weekends an hour.
    check(
        "free_minutes:\n\
         - { minutes: 30, windows: [日间] }\n\
         - { minutes: 60, windows: [周末], when_exceeded: deducted }\n\
         windows:\n\
         - { name: 周末, from: \"00:00\", to: \"24:00\", days: [sat, sun], charge: [{ unit_minutes: 60, price: 1.00 }] }\n\
         - { name: 日间, from: \"07:00\", to: \"21:00\", days: [mon..fri], charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
         - { name: 夜间, from: \"21:00\", to: \"07:00\", days: [mon..fri], charge: [{ per: window, price: 5.00 }] }\n\
         otherwise: free",
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:30:00", 0),
            ("2026-09-15 08:00:00", "2026-09-15 08:31:00", 200),
            ("2026-09-15 22:00:00", "2026-09-15 22:10:00", 500),
            // 20 minutes of the day are within its half hour, the night is not free.
            ("2026-09-15 20:40:00", "2026-09-15 21:10:00", 500),
            ("2026-09-19 08:00:00", "2026-09-19 09:00:00", 0),
            ("2026-09-19 08:00:00", "2026-09-19 10:00:00", 100),
        ],
    );
    let both = yaml(&format!(
        "free_minutes:\n- {{ minutes: 30, windows: [w], counted_in: paid_windows }}\n{}",
        "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", charge: free }"
    ));
    assert!(problems(&both)[0].contains("either counted_in or windows"), "{:?}", problems(&both));
}

#[test]
fn free_minutes_are_given_once_for_a_day_or_once_for_a_vehicle() {
    let terms = |per: &str| {
        format!(
            "{HOURLY}\nfree_minutes:\n- {{ minutes: 30, counted_per: {per}, earlier_visits: once }}"
        )
    };
    let later = |from: &str, to: &str| Case {
        earlier: vec![visit("2026-09-14 08:00:00", "2026-09-14 08:10:00")],
        ..case(&[(from, to)], &[])
    };
    let same_day = later("2026-09-14 10:00:00", "2026-09-14 10:20:00");
    let next_day = later("2026-09-15 10:00:00", "2026-09-15 10:20:00");
    let next_month = later("2026-10-15 10:00:00", "2026-10-15 10:20:00");
    for (per, on_that_day, on_the_next, in_the_next_month) in
        [("day", 100, 0, 0), ("24h", 100, 0, 0), ("month", 100, 100, 0), ("vehicle", 100, 100, 100)]
    {
        let tariff = tariff(&yaml(&terms(per)));
        let found = [&same_day, &next_day, &next_month].map(|case| fen(&tariff, case));
        assert_eq!(found, [Ok(on_that_day), Ok(on_the_next), Ok(in_the_next_month)], "{per}");
    }
    let never =
        yaml(&format!("{HOURLY}\nfree_minutes:\n- {{ minutes: 30, counted_per: vehicle }}"));
    assert!(problems(&never)[0].contains("earlier_visits: once or shared"));
}

#[test]
fn there_are_no_free_minutes_after_24_hours() {
    // A stay of more than 24 hours has none at all; or the second 24 hours have none, or some again.
    let terms = |more: &str| {
        format!("{HOURLY}\nfree_minutes:\n- {{ minutes: 60, when_exceeded: deducted{more} }}")
    };
    let (from, day, longer) = ("2026-09-15 08:00:00", "2026-09-16 08:00:00", "2026-09-16 10:00:00");
    check(&terms(", none_beyond_minutes: 1440"), &[(from, day, 2300), (from, longer, 2600)]);
    check(&terms(""), &[(from, day, 2300), (from, longer, 2500)]);
    check(&terms(", counted_per: 24h"), &[(from, day, 2300), (from, longer, 2400)]);
}

#[test]
fn a_day_and_night_cost_what_ten_hours_of_the_day_cost() {
    // First hour 3 yuan, then 2: ten hours are 21. Lorries: 5 and 4, 41.
    let terms = "vehicle_classes: { small: car, large: lorry }\n\
        windows:\n\
        - name: 全日\n  from: \"00:00\"\n  to: \"24:00\"\n  charge:\n    \
        - { lasts_minutes: 60, unit_minutes: 60, price: { car: 3.00, lorry: 5.00 } }\n    \
        - { unit_minutes: 60, price: { car: 2.00, lorry: 4.00 } }\n\
        caps:\n- { per: 24h, price_of: { window: 全日, minutes: 600 } }";
    let tariff = tariff(&yaml(terms));
    for (to, car, lorry) in [
        ("2026-09-15 17:00:00", 1900, 3700),
        ("2026-09-15 18:00:00", 2100, 4100),
        ("2026-09-16 08:00:00", 2100, 4100),
        ("2026-09-16 10:00:00", 2500, 4900),
    ] {
        let stay = case(&[("2026-09-15 08:00:00", to)], &[]);
        assert_eq!(fen(&tariff, &stay), Ok(car), "{to}");
        assert_eq!(fen(&tariff, &Case { vehicle: "large".into(), ..stay }), Ok(lorry), "{to}");
    }
    for (wrong, message) in [
        ("window: 白天, minutes: 600", "no window is called 白天"),
        ("window: 全日, minutes: 0", "1 to"),
    ] {
        let wrong = yaml(&terms.replace("window: 全日, minutes: 600", wrong));
        assert!(problems(&wrong)[0].contains(message), "{:?}", problems(&wrong));
    }
    let neither = yaml(&format!("{HOURLY}\ncaps:\n- {{ per: day }}"));
    assert!(problems(&neither)[0].contains("either amount or price_of"));
    // 0.005 yuan for five minutes: fifteen of them are 1.5 fen.
    let fine = "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 5, price: 0.005 }] }\ncaps:\n- { per: day, price_of: { window: w, minutes: 15 } }";
    assert!(problems(&yaml(fine))[0].contains("not whole fen"));
}

#[test]
fn a_cap_may_hold_only_for_24_hours_that_are_full() {
    // Anshan: 24 hours by day rates are charged as ten of them; less is charged as it is.
    let terms = "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
        caps:\n- { per: 24h, periods: complete, price_of: { window: w, minutes: 600 } }";
    let from = "2026-09-15 08:00:00";
    check(
        terms,
        &[
            (from, "2026-09-15 20:00:00", 2400),
            (from, "2026-09-16 07:59:59", 4800),
            (from, "2026-09-16 08:00:00", 2000),
            (from, "2026-09-16 20:00:00", 4400),
            (from, "2026-09-17 08:00:00", 4000),
        ],
    );
    let day = yaml(&terms.replace("per: 24h", "per: day"));
    assert!(problems(&day)[0].contains("complete periods"), "{:?}", problems(&day));
}

#[test]
fn time_bought_before_opening_is_carried_over_if_the_tariff_says_so() {
    let terms = |prepaid: &str| {
        format!(
            "prepaid: {{ {prepaid} }}\ntime_limit: {{ minutes: 120 }}\nwindows:\n\
             - {{ name: 日, from: \"08:00\", to: \"18:00\", charge: [{{ unit_minutes: 30, price: 1.00 }}] }}\n\
             otherwise: free"
        )
    };
    let evening = case(&[("2026-09-15 17:00:00", "2026-09-15 17:10:00")], &[]);
    let early = case(&[("2026-09-15 07:30:00", "2026-09-15 07:40:00")], &[]);
    for (prepaid, case, minutes, until, paid) in [
        ("counted_in: paid_windows", &early, 60, "2026-09-15 09:00:00", 200),
        ("counted_in: all_windows", &early, 60, "2026-09-15 08:30:00", 100),
        // What is left at closing is carried over to the morning.
        ("counted_in: paid_windows", &evening, 90, "2026-09-16 08:30:00", 300),
        // No more than the limit can be bought.
        ("counted_in: paid_windows", &early, 600, "2026-09-15 10:00:00", 400),
        ("unused: returned", &evening, 60, "2026-09-15 18:00:00", 100),
        ("unused: billed", &evening, 60, "2026-09-15 18:00:00", 200),
    ] {
        let tariff = tariff(&yaml(&terms(prepaid)));
        let found = prepaid_until(&tariff, Calendars::built_in(), case, minutes);
        assert_eq!(found, Ok(at(until)), "{prepaid} {minutes}");
        let bought = Case { bought_until: found.ok(), ..case.clone() };
        let bill = price(&tariff, Calendars::built_in(), &bought).expect("in force");
        assert_eq!(bill.total.0, paid, "{prepaid} {minutes}");
    }
}

#[test]
fn a_time_limit_holds_for_a_visit_or_for_all_of_24_hours() {
    let over = |limit: &str, case: &Case| {
        let tariff = tariff(&yaml(&format!("{HOURLY}\ntime_limit: {{ minutes: 120{limit} }}")));
        price(&tariff, Calendars::built_in(), case).expect("in force").over_limit_ms / 60_000
    };
    let again = Case {
        earlier: vec![visit("2026-09-15 08:00:00", "2026-09-15 09:30:00")],
        ..case(&[("2026-09-15 20:00:00", "2026-09-15 21:30:00")], &[])
    };
    assert_eq!(over("", &again), 0);
    assert_eq!(over(", counted_per: 24h, visits: all", &again), 60); // 90 + 90 of 120
    assert_eq!(over(", counted_per: day, visits: all", &again), 60);
    let long = case(&[("2026-09-15 20:00:00", "2026-09-16 03:00:00")], &[]);
    assert_eq!(over("", &long), 300);
    assert_eq!(over(", counted_per: day", &long), 180); // 4 h and 3 h
    let all = yaml(&format!("{HOURLY}\ntime_limit: {{ minutes: 120, visits: all }}"));
    assert!(problems(&all)[0].contains("over all visits"));
}

#[test]
fn time_beyond_a_limit_may_be_a_breach_and_no_fee() {
    let terms = |beyond: &str| {
        format!(
            "time_limit: {{ minutes: 120{beyond} }}\nwindows:\n\
             - {{ name: 日, from: \"09:00\", to: \"18:00\", charge: [{{ unit_minutes: 60, price: 3.00 }}] }}\notherwise: free"
        )
    };
    let stay = ("2026-09-15 08:00:00", "2026-09-15 13:30:00");
    check(&terms(""), &[(stay.0, stay.1, 1500)]);
    check(&terms(", beyond: not_charged"), &[(stay.0, stay.1, 600)]);
    let tariff = tariff(&yaml(&terms(", beyond: not_charged")));
    let bill = price(&tariff, Calendars::built_in(), &case(&[stay], &[])).expect("in force");
    assert_eq!(bill.over_limit_ms / 60_000, 150);
    let last = bill.lines.last().expect("it has lines");
    assert_eq!((last.rule.name(), last.interval.length_ms() / 60_000), ("beyond_limit", 150));
}

#[test]
fn a_monthly_pass_holds_within_its_dates_and_a_night_pass_at_night() {
    let terms = "windows:\n\
        - { name: 日, from: \"08:00\", to: \"20:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
        - { name: 夜, from: \"20:00\", to: \"08:00\", charge: [{ unit_minutes: 60, price: 1.00 }] }\n\
        passes:\n- { name: 月票, price: 300.00 }\n- { name: 夜票, windows: [夜], price: 100.00 }";
    let tariff = tariff(&yaml(terms));
    let stay = case(&[("2026-09-30 22:00:00", "2026-10-01 10:00:00")], &[]);
    let held = |name: &str| HeldPass {
        name: name.into(),
        valid: interval(("2026-09-01 00:00:00", "2026-10-01 00:00:00")),
    };
    let with = |passes: Vec<HeldPass>| fen(&tariff, &Case { passes, ..stay.clone() });
    assert_eq!(with(vec![]), Ok(1400)); // 10 + 2 × 2
    // It ends at midnight: 8 hours of the night and 2 of the day are left.
    assert_eq!(with(vec![held("月票")]), Ok(1200));
    assert_eq!(with(vec![held("夜票")]), Ok(1200));
    let day = case(&[("2026-09-15 18:00:00", "2026-09-15 22:00:00")], &[]);
    assert_eq!(fen(&tariff, &Case { passes: vec![held("夜票")], ..day }), Ok(400));
}
