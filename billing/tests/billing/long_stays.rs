//! Stays of weeks and months: what is counted by the day is counted on each of them.

use billing::{Calendars, Case, price};
use vocabulary::{Fen, Interval};

use crate::cases::{at, tariff};

const BY_THE_MINUTE: &str = r#"
format: bowei-tariff/1
id: t
title: t
time_zone: Asia/Shanghai
versions:
  - version: 1
    valid_from: 2020-01-01
    authority: a
    document: d
    superior_rule: r
    sign_version: s
    vehicle_classes: { small: small }
    windows:
      - { name: day, from: "08:00", to: "20:00", charge: [{ unit_minutes: 60, price: 0.60, rounding: per_minute }] }
    otherwise: free
    free_minutes: [{ minutes: 15, when_exceeded: deducted, counted_per: PER }]
"#;

#[test]
fn every_day_of_a_long_stay_has_its_free_minutes() {
    for per in ["day", "window"] {
        let tariff = tariff(&BY_THE_MINUTE.replace("PER", per));
        let from = at("2026-03-01 00:00:00");
        for days in [1, 64, 65, 66, 200] {
            let stay = Interval::new(from, from.plus_ms(days * 86_400_000)).unwrap();
            let case = Case::new("small", vec![stay], Vec::new());
            let bill = price(&tariff, Calendars::built_in(), &case).unwrap();
            // A fen a minute, and each day 720 minutes less 15.
            assert_eq!(bill.total, Fen(days * 705), "{days} days, free minutes of each {per}");
        }
    }
}
