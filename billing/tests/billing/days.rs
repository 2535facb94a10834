//! Words of the language by tables reckoned by hand. Which days: holidays and those before them, dates, working days.

use billing::{Calendars, Case, Reject, price};

use crate::cases::{case, tariff};
use crate::terms::{check, fen, problems, yaml};

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
fn a_day_that_is_two_holidays_at_once_is_priced_too() {
    // 2025-10-06 is of 国庆节 and of 中秋节; no window is meant for a day of both.
    check(
        "windows:\n\
         - { name: 国, from: \"00:00\", to: \"24:00\", days: [\"holiday:国庆节\"], except: [\"holiday:中秋节\"], charge: [{ unit_minutes: 60, price: 1.00 }] }\n\
         - { name: 秋, from: \"00:00\", to: \"24:00\", days: [\"holiday:中秋节\"], except: [\"holiday:国庆节\"], charge: [{ unit_minutes: 60, price: 2.00 }] }\n\
         - { name: 平, from: \"00:00\", to: \"24:00\", except: [\"holiday:国庆节\", \"holiday:中秋节\"], charge: [{ unit_minutes: 60, price: 3.00 }] }",
        &[
            ("2025-10-06 08:00:00", "2025-10-06 10:00:00", 0),
            ("2026-10-06 08:00:00", "2026-10-06 10:00:00", 200),
            ("2026-09-25 08:00:00", "2026-09-25 10:00:00", 400),
            ("2026-03-06 08:00:00", "2026-03-06 10:00:00", 600),
        ],
    );
}

#[test]
fn a_driver_can_be_told_when_parking_ends_to_be_permitted() {
    let terms = "vehicle_classes: { small: car, large: lorry }\n\
        windows:\n\
        - { name: 早高峰, from: \"07:00\", to: \"09:00\", days: [workday], charge: not_permitted }\n\
        - { name: 货车禁停, from: \"06:00\", to: \"22:00\", vehicles: [lorry], charge: not_permitted }\n\
        - { name: 全日, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: 1.00 }] }";
    let tariff = tariff(&yaml(terms));
    // 2026-09-15 is a Tuesday, 2026-09-18 a Friday. The Sunday after it is worked in exchange for National Day (the State
    // Council's notice of holidays for 2026): its rush forbids to stand there; that of Saturday the 19th does not.
    for (vehicle, from, until, expected) in [
        ("small", "2026-09-15 06:00:00", "2026-09-16 06:00:00", Some("2026-09-15 07:00:00")),
        ("small", "2026-09-15 07:30:00", "2026-09-16 06:00:00", Some("2026-09-15 07:30:00")),
        ("small", "2026-09-15 09:00:00", "2026-09-16 08:00:00", Some("2026-09-16 07:00:00")),
        ("small", "2026-09-15 09:00:00", "2026-09-16 07:00:00", None),
        ("small", "2026-09-18 09:00:00", "2026-09-21 09:00:00", Some("2026-09-20 07:00:00")),
        ("small", "2026-09-11 09:00:00", "2026-09-14 09:00:00", Some("2026-09-14 07:00:00")),
        ("large", "2026-09-15 22:00:00", "2026-09-16 12:00:00", Some("2026-09-16 06:00:00")),
    ] {
        let stay = Case { vehicle: vehicle.into(), ..case(&[(from, from)], &[]) };
        let end = case(&[(until, until)], &[]).intervals[0].start_at();
        let told = billing::permitted_until(&tariff, Calendars::built_in(), &stay, end);
        let expected = expected.map(|at| case(&[(at, at)], &[]).intervals[0].start_at());
        assert_eq!(told, Ok(expected), "{vehicle} {from}");
    }
}
