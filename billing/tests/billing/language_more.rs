//! More words of the language, by tables reckoned by hand: what published rules say beside windows,
//! units and caps.

use billing::tariff::{Tariff, parse};
use billing::{Calendars, Case, EarlierVisit, HeldPass, Reject, prepaid_until, price};

use crate::cases::{at, case, check_bill, interval, tariff};

/// A tariff of one version with these terms, in Shanghai with the calendar of China.
fn yaml(terms: &str) -> String {
    let terms: String = terms.lines().map(|line| format!("    {}\n", line.trim_end())).collect();
    let classes = if terms.contains("vehicle_classes") {
        ""
    } else {
        "    vehicle_classes: { small: car }\n"
    };
    format!(
        "format: bowei-tariff/1\nid: t\ntitle: t\ntime_zone: Asia/Shanghai\ncalendar: china\n\
         versions:\n  - version: 1\n    valid_from: 2020-01-01\n    authority: a\n    document: d\n    \
         superior_rule: s\n    sign_version: s\n{classes}{terms}"
    )
}

const HOURLY: &str = "windows: []\notherwise: [{ unit_minutes: 60, price: 1.00 }]";

fn fen(tariff: &Tariff, case: &Case) -> Result<i64, Reject> {
    let bill = price(tariff, Calendars::built_in(), case)?;
    check_bill(case, &bill);
    Ok(bill.total.0)
}

/// Rows of arrival, departure and fen, for a small vehicle.
fn check(terms: &str, rows: &[(&str, &str, i64)]) {
    let tariff = tariff(&yaml(terms));
    for (from, to, expected) in rows {
        assert_eq!(
            fen(&tariff, &case(&[(from, to)], &[])),
            Ok(*expected),
            "{from} to {to}:{terms}"
        );
    }
}

fn problems(yaml: &str) -> Vec<String> {
    parse(yaml).expect_err("it is wrong").iter().map(ToString::to_string).collect()
}

fn visit(from: &str, to: &str) -> EarlierVisit {
    EarlierVisit { intervals: vec![interval((from, to))], doubts: Vec::new() }
}

#[test]
fn the_tolerance_of_a_unit_is_free_with_its_end_or_without() {
    // “不足15分钟不计” leaves the fifteenth minute open.
    for (end, at_15, at_75) in [("included", 0, 600), ("excluded", 600, 1200)] {
        check(
            &format!(
                "windows: []\notherwise: [{{ unit_minutes: 60, price: 6.00, tolerance_minutes: 15, tolerance_at_the_end: {end} }}]"
            ),
            &[
                ("2026-09-15 08:00:00", "2026-09-15 08:14:59", 0),
                ("2026-09-15 08:00:00", "2026-09-15 08:15:00", at_15),
                ("2026-09-15 08:00:00", "2026-09-15 08:15:01", 600),
                ("2026-09-15 08:00:00", "2026-09-15 09:15:00", at_75),
            ],
        );
    }
}

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
fn where_nobody_may_park_no_fee_is_due() {
    // 07:00–09:00 on working days is kept clear; lorries may park at night only.
    let terms = "vehicle_classes: { small: car, large: lorry }\n\
        windows:\n\
        - { name: 早高峰, from: \"07:00\", to: \"09:00\", days: [workday], charge: not_permitted }\n\
        - { name: 货车禁停, from: \"06:00\", to: \"22:00\", vehicles: [lorry], charge: not_permitted }\n\
        - { name: 全日, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: 1.00 }] }";
    let tariff = tariff(&yaml(terms));
    let stay = case(&[("2026-09-15 06:00:00", "2026-09-15 10:00:00")], &[]);
    assert_eq!(fen(&tariff, &stay), Ok(200));
    assert_eq!(fen(&tariff, &Case { vehicle: "large".into(), ..stay.clone() }), Ok(0));
    let bill = price(&tariff, Calendars::built_in(), &stay).expect("in force");
    let names: Vec<&str> = bill.lines.iter().map(|line| line.rule.name()).collect();
    assert_eq!(names, ["tier", "not_permitted", "tier"]);
    let text = |language| billing::text::line_text(&bill.lines[1], &tariff, 1, language);
    assert_eq!(
        text(billing::text::Language::Chinese),
        "2026-09-15 07:00–09:00 禁停时段，不得停放，不收停车费"
    );
    assert!(text(billing::text::Language::English).contains("not permitted"));
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
fn statutory_days_and_dates_are_days_too() {
    // The Spring Festival of 2026 is off from 15 to 23 February; the law fixes 16 to 19.
    check(
        "windows:\n\
         - { name: 法定节日, from: \"00:00\", to: \"24:00\", days: [statutory], charge: free }\n\
         - { name: 平安夜, from: \"18:00\", to: \"02:00\", days: [12-24], charge: [{ per: window, price: 9.00 }] }\n\
         - { name: 开幕日, from: \"00:00\", to: \"24:00\", days: [\"2026-06-11\"], charge: [{ per: window, price: 30.00 }] }\n\
         otherwise: [{ unit_minutes: 60, price: 1.00 }]",
        &[
            ("2026-02-15 08:00:00", "2026-02-15 10:00:00", 200),
            ("2026-02-16 08:00:00", "2026-02-16 10:00:00", 0),
            ("2026-02-19 23:00:00", "2026-02-20 01:00:00", 100),
            ("2026-12-24 17:00:00", "2026-12-24 20:00:00", 1000),
            ("2026-12-25 01:00:00", "2026-12-25 01:30:00", 900), // the window of the evening before
            ("2025-06-11 08:00:00", "2025-06-11 09:00:00", 100),
            ("2026-06-11 08:00:00", "2026-06-11 09:00:00", 3000),
        ],
    );
    let wrong = yaml(
        "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", days: [\"2026-02-30\"], charge: free }\notherwise: free",
    );
    assert!(problems(&wrong)[0].contains("YYYY-MM-DD"), "{:?}", problems(&wrong));
}

#[test]
fn working_days_and_days_off_cover_every_day() {
    let terms = |days: &str| {
        format!(
            "windows:\n\
             - {{ name: 工作日, from: \"00:00\", to: \"24:00\", days: [workday], charge: [{{ unit_minutes: 60, price: 2.00 }}] }}\n\
             - {{ name: 休息日, from: \"00:00\", to: \"24:00\", days: [{days}], charge: free }}"
        )
    };
    check(
        &terms("offday"),
        &[
            ("2026-02-14 08:00:00", "2026-02-14 10:00:00", 400), // a Saturday that is worked
            ("2026-02-16 08:00:00", "2026-02-16 10:00:00", 0),
        ],
    );
    // Days of the week leave a holiday on a weekday open.
    let gap = problems(&yaml(&terms("sat, sun")));
    assert!(gap[0].contains("that is a holiday; say what holds with `otherwise`"), "{gap:?}");
}

#[test]
fn a_factor_may_be_rounded_by_itself() {
    // Half of 1.25 is 0.625: to 0.05, half up 0.65, down 0.60; two units.
    for (rounding, expected) in [("half_up", 130), ("down", 120), ("up", 130)] {
        check(
            &format!(
                "windows: []\notherwise: [{{ unit_minutes: 30, price: 1.25 }}]\n\
                 factors:\n- {{ name: 半价, times: 0.5, on: price, to: 0.05, rounding: {rounding} }}"
            ),
            &[("2026-09-15 08:00:00", "2026-09-15 09:00:00", expected)],
        );
    }
    // 3.00 × 0.85 = 2.55 → 2.50 (down to 0.10), × 0.5 = 1.25 → 1.30 (half up to 0.10); without the
    // first rounding 1.275 → 1.30, the other way round 1.50 × 0.85 = 1.275.
    let terms = |factors: &str| {
        format!(
            "windows: []\notherwise: [{{ unit_minutes: 60, price: 3.00 }}]\nfactors:\n{factors}"
        )
    };
    let stay = [("2026-09-15 08:00:00", "2026-09-15 09:00:00", 130)];
    let first = "- { name: a, times: 0.85, on: total, to: 0.10, rounding: down }\n";
    check(&terms(&format!("{first}- {{ name: b, times: 0.5, on: total, to: 0.10 }}")), &stay);
    let other = "- { name: b, times: 0.5, on: total, to: 0.10 }\n- { name: a, times: 0.85, on: total, to: 0.10, rounding: down }";
    check(&terms(other), &[(stay[0].0, stay[0].1, 120)]); // 1.50, 1.275 → 1.20
    let to_what = yaml(&terms("- { name: a, times: 0.85, on: total, rounding: down }"));
    assert!(problems(&to_what)[0].contains("add `to`"));
}

#[test]
fn a_currency_without_smaller_units_is_paid_in_whole_ones() {
    // 150 yen for 30 minutes by the minute: 7 minutes are 35 yen, 11 are 55; 100 × 0.75 … half up.
    let yaml =
        yaml("windows: []\notherwise: [{ unit_minutes: 40, price: 150, rounding: per_minute }]")
            .replace("time_zone: Asia/Shanghai", "time_zone: Asia/Tokyo\ncurrency: JPY");
    let tariff = tariff(&yaml);
    for (minutes, expected) in [(8, 3000), (10, 3800), (11, 4100)] {
        // 30, 37.50, 41.25 yen
        let to = format!("2026-09-15 08:{minutes:02}:00");
        let stay = case(&[("2026-09-15 08:00:00", to.as_str())], &[]);
        assert_eq!(fen(&tariff, &stay), Ok(expected), "{minutes}");
    }
    let sen = yaml.replace("windows: []", "total: { to: 0.10, rounding: down }\n    windows: []");
    assert!(problems(&sen)[0].contains("smallest amount"), "{:?}", problems(&sen));
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
fn the_name_of_a_price_stands_for_its_classes() {
    let tariff = tariff(&yaml(&format!(
        "vehicle_classes: {{ small: car, large: small_lorry }}\nexempt: [police]\n{HOURLY}"
    )));
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    for (vehicle, expected) in [
        ("small", Ok(200)),
        ("car", Ok(200)),
        ("small_lorry", Ok(200)),
        ("police", Ok(0)),
        ("bus", Err(Reject::ClassNotInTariff)),
    ] {
        assert_eq!(fen(&tariff, &Case { vehicle: vehicle.into(), ..stay.clone() }), expected);
    }
}

#[test]
fn what_costs_nothing_goes_on_to_cost_nothing_at_any_demand() {
    let terms = "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", charge: [{ lasts_minutes: 60, unit_minutes: 60, price: 0 }, { unit_minutes: 60, price: 2.00 }] }\n\
        demand:\n  windows: [w]\n  step: 0.50\n  lowest: 1.00\n  highest: 4.00\n  least_days_between_changes: 30\n  bands: [{ steps: 1 }]";
    let tariff = tariff(&yaml(terms));
    let shown = billing::tariff::Displayed { displayed_at: at("2026-09-01 00:00:00"), level: 1 };
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    assert_eq!(fen(&tariff, &Case { displayed: vec![shown], ..stay }), Ok(250));
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

#[test]
fn the_day_before_a_holiday_or_a_sunday_is_a_day_of_its_own() {
    // Stockholm's words: weekdays, weekdays before Sundays and holidays, Sundays and holidays.
    check(
        "windows:\n\
         - { name: 休, from: \"09:00\", to: \"19:00\", days: [sun, holiday], charge: [{ unit_minutes: 60, price: 1.00 }] }\n\
         - { name: 前, from: \"09:00\", to: \"19:00\", days: [\"before:sun\", \"before:holiday\"], except: [sun, holiday], charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
         - { name: 平, from: \"07:00\", to: \"21:00\", days: [mon..sat], except: [\"before:sun\", \"before:holiday\", holiday], charge: [{ unit_minutes: 60, price: 3.00 }] }\n\
         otherwise: free",
        &[
            ("2026-09-16 06:00:00", "2026-09-16 10:00:00", 900), // Wednesday, from 07:00
            ("2026-09-19 06:00:00", "2026-09-19 10:00:00", 200), // Saturday, from 09:00
            ("2026-09-20 06:00:00", "2026-09-20 10:00:00", 100), // Sunday
            ("2026-09-24 06:00:00", "2026-09-24 10:00:00", 200), // Thursday before Mid-Autumn
            ("2026-09-25 06:00:00", "2026-09-25 10:00:00", 100),
            ("2026-12-30 06:00:00", "2026-12-30 10:00:00", 900),
        ],
    );
    // Of the last day of 2026 only a calendar of 2027 could tell.
    let tariff = tariff(&yaml(
        "windows:\n- { name: w, from: \"00:00\", to: \"24:00\", days: [\"before:holiday\"], charge: free }\notherwise: free",
    ));
    let eve = case(&[("2026-12-31 10:00:00", "2026-12-31 11:00:00")], &[]);
    assert_eq!(fen(&tariff, &eve), Err(Reject::YearUnknown));
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
fn a_price_may_be_that_of_several_units() {
    // Westminster: 4.90 an hour, ten minutes at least, then by the minute: an hour is 4.90.
    check(
        "windows: []\notherwise:\n\
         - { lasts_minutes: 10, unit_minutes: 10, price: 4.90, price_for_minutes: 60 }\n\
         - { unit_minutes: 60, price: 4.90, rounding: per_minute }",
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:01:00", 82), // 81.67 pence
            ("2026-09-15 08:00:00", "2026-09-15 08:10:00", 82),
            ("2026-09-15 08:00:00", "2026-09-15 08:11:00", 90), // 89.83
            ("2026-09-15 08:00:00", "2026-09-15 09:00:00", 490),
        ],
    );
    // 2.00 an hour in steps of a quarter.
    check(
        "windows: []\notherwise: [{ unit_minutes: 15, price: 2.00, price_for_minutes: 60 }]",
        &[
            ("2026-09-15 08:00:00", "2026-09-15 08:16:00", 100),
            ("2026-09-15 08:00:00", "2026-09-15 09:00:00", 200),
        ],
    );
    for price_for in ["50", "0", "60, rounding: per_minute", "4294967295"] {
        let wrong = yaml(&format!(
            "windows: []\notherwise: [{{ unit_minutes: 15, price: 2.00, price_for_minutes: {price_for} }}]"
        ));
        assert!(problems(&wrong)[0].contains("price_for_minutes"), "{:?}", problems(&wrong));
    }
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
fn a_short_stay_over_a_border_may_be_one_unit_and_a_long_one_not() {
    // Jinan: over a border, up to an hour at the price before it; longer, each period by itself.
    let terms = "elapsed: { across_prices: new_unit, short_stay: { minutes: 60, across_prices: price_at_start } }\n\
        windows:\n\
        - { name: 日, from: \"08:00\", to: \"20:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
        - { name: 夜, from: \"20:00\", to: \"08:00\", charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
        caps:\n- { per: window, windows: [夜], amount: 5.00 }";
    check(
        terms,
        &[
            ("2026-09-15 19:30:00", "2026-09-15 20:20:00", 200),
            ("2026-09-15 19:30:00", "2026-09-15 20:30:00", 200),
            ("2026-09-15 19:30:00", "2026-09-15 20:30:01", 400),
            ("2026-09-15 19:30:00", "2026-09-15 21:30:00", 600),
            ("2026-09-15 19:30:00", "2026-09-16 07:00:00", 700), // the night is capped at 5
        ],
    );
}

#[test]
fn prices_are_in_the_scale_of_their_currency() {
    let terms = "windows: []\notherwise: [{ unit_minutes: 60, price: 25000 }]\npasses: [{ name: p, price: 1500000 }]";
    let dong = yaml(terms)
        .replace("time_zone: Asia/Shanghai", "time_zone: Asia/Ho_Chi_Minh\ncurrency: VND");
    let stay = case(&[("2026-09-15 08:00:00", "2026-09-15 10:00:00")], &[]);
    assert_eq!(fen(&tariff(&dong), &stay), Ok(5_000_000));
    assert!(problems(&yaml(terms))[0].contains("at most 10000.00"));
}
