//! Short ways to write the terms of a tariff, and rows of what stays cost under them.

use billing::tariff::{Tariff, parse};
use billing::{Calendars, Case, EarlierVisit, Reject, price};

use crate::cases::{case, check_bill, interval, tariff};

/// A tariff of one version with these terms, in Shanghai with the calendar of China.
pub(crate) fn yaml(terms: &str) -> String {
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

pub(crate) const HOURLY: &str = "windows: []\notherwise: [{ unit_minutes: 60, price: 1.00 }]";

pub(crate) fn fen(tariff: &Tariff, case: &Case) -> Result<i64, Reject> {
    let bill = price(tariff, Calendars::built_in(), case)?;
    check_bill(case, &bill);
    Ok(bill.total.0)
}

/// Rows of arrival, departure and fen, for a small vehicle.
pub(crate) fn check(terms: &str, rows: &[(&str, &str, i64)]) {
    let tariff = tariff(&yaml(terms));
    for (from, to, expected) in rows {
        assert_eq!(
            fen(&tariff, &case(&[(from, to)], &[])),
            Ok(*expected),
            "{from} to {to}:{terms}"
        );
    }
}

pub(crate) fn problems(yaml: &str) -> Vec<String> {
    parse(yaml).expect_err("it is wrong").iter().map(ToString::to_string).collect()
}

pub(crate) fn visit(from: &str, to: &str) -> EarlierVisit {
    EarlierVisit { intervals: vec![interval((from, to))], doubts: Vec::new() }
}
