//! Short ways to write stays and tariffs in tables.

use billing::tariff::{Tariff, parse};
use billing::{Bill, Calendars, Case, Line, Reject, price};
use vocabulary::{Interval, Timestamp};

/// RFC 3339, or `2026-09-15 08:00:00` on Beijing's wall clock.
pub(crate) fn at(text: &str) -> Timestamp {
    let rfc3339 = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{}+08:00", text.replace(' ', "T"))
    };
    Timestamp::parse(&rfc3339).unwrap_or_else(|e| panic!("{text}: {e}"))
}

pub(crate) fn interval((from, to): (&str, &str)) -> Interval {
    Interval::new(at(from), at(to)).unwrap_or_else(|| panic!("{from} is after {to}"))
}

pub(crate) fn case(stays: &[(&str, &str)], doubts: &[(&str, &str)]) -> Case {
    let of = |spans: &[(&str, &str)]| spans.iter().copied().map(interval).collect();
    Case::new("small", of(stays), of(doubts))
}

pub(crate) fn tariff(yaml: &str) -> Tariff {
    parse(yaml).unwrap_or_else(|problems| panic!("{problems:?}\n{yaml}"))
}

/// What every bill promises, whatever the tariff.
pub(crate) fn check_bill(case: &Case, bill: &Bill) {
    let sum: i64 = bill.lines.iter().map(|line| line.amount.0).sum();
    assert_eq!(sum, bill.total.0, "the lines sum to the total");
    assert!(bill.total.0 >= 0, "a bill is never below 0");
    for line in &bill.lines {
        // Whole fen are cut off the running sum, so a line is off by less than one.
        let micros =
            i128::from(line.units) * i128::from(line.unit_price.0) / i128::from(line.parts);
        let off = micros - i128::from(line.amount.0) * 10_000;
        assert!(off.abs() < 10_000, "{line:?}");
        let whole_fen = line.parts == 1 && bill.lines.iter().all(|l| l.unit_price.0 % 10_000 == 0);
        assert!(off == 0 || !whole_fen || bill.lines.iter().any(|l| l.parts > 1), "{line:?}");
    }
    let (times, changes): (Vec<&Line>, Vec<&Line>) =
        bill.lines.iter().partition(|line| line.rule.is_time());
    let caps = changes.iter().filter(|line| line.rule.name().ends_with("cap"));
    assert!(caps.into_iter().all(|line| line.amount.0 <= 0), "a cap only takes away");
    assert!(times.iter().all(|line| line.amount.0 >= 0), "time never costs less than nothing");
    // A visit that continues others shows their time too.
    let own = Interval::new(case.intervals[0].start_at(), at("9999-01-01T00:00:00Z"));
    let own = own.expect("before the year 9999");
    assert_eq!(
        joined(times.iter().filter_map(|line| line.interval.overlap(own))),
        joined(case.intervals.iter().copied()),
        "the lines cover the stay without gap or overlap"
    );
    let charged_ms: i64 = times
        .iter()
        .filter(|line| line.rule.name() == "tier")
        .map(|line| line.interval.length_ms())
        .sum();
    assert_eq!(charged_ms, bill.charged_ms);
}

/// Intervals that touch become one; overlaps and disorder do not.
fn joined(intervals: impl Iterator<Item = Interval>) -> Vec<Interval> {
    let mut joined: Vec<Interval> = Vec::new();
    for next in intervals.filter(|i| !i.is_empty()) {
        match joined.last_mut() {
            Some(last) if last.end_at() == next.start_at() => {
                *last = Interval::new(last.start_at(), next.end_at()).expect("they are in order");
            }
            _ => joined.push(next),
        }
    }
    joined
}

/// The total in fen.
pub(crate) fn total(tariff: &Tariff, case: &Case) -> Result<i64, Reject> {
    price(tariff, &Calendars::none(), case).map(|bill| {
        check_bill(case, &bill);
        bill.total.0
    })
}
