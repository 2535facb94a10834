//! Bounds of arrival and departure: no reading of the clock within them is cheaper.

use billing::{Case, Edges, price, price_within};
use proptest::prelude::*;
use vocabulary::{Interval, Timestamp};

use crate::cases::{check_bill, tariff};
use crate::random::{case, rules, stays};
use crate::rule::calendars;

const MINUTE_MS: i64 = 60_000;

fn span(from: Timestamp, minutes: i64) -> Interval {
    Interval::new(from, from.plus_ms(minutes * MINUTE_MS)).expect("forwards")
}

proptest! {
    #[test]
    fn the_bill_within_bounds_is_one_of_theirs_and_no_dearer_than_any_bound(
        rule in rules(),
        stay in stays(),
        arrived in 0..90_i64,
        left in 0..90_i64,
    ) {
        let (tariff, calendars) = (tariff(&rule.yaml()), calendars());
        let case = Case { bought_until: None, ..case(&stay) };
        let (first, last) = (case.intervals[0], *case.intervals.last().expect("it has one"));
        let edges = Edges { arrived: span(first.start_at(), 0), left: span(last.end_at(), left) };
        // The arrival is earlier by up to `arrived` minutes, but not before an earlier visit ended.
        let over = case.earlier.last().and_then(|v| v.intervals.last()).map(|i| i.end_at());
        let earliest = first.start_at().plus_ms(-arrived * MINUTE_MS);
        let earliest = over.map_or(earliest, |over| earliest.max(over));
        let arrived = Interval::new(earliest, first.start_at()).expect("earlier");
        let edges = Edges { arrived, ..edges };
        let (bill, billed) = price_within(&tariff, &calendars, &case, edges).expect("it can be priced");
        check_bill(&billed, &bill);
        prop_assert_eq!(&price(&tariff, &calendars, &billed).expect("it was"), &bill);
        let shown = (billed.intervals[0].start_at(), billed.intervals.last().expect("one").end_at());
        prop_assert!(arrived.start_at() <= shown.0 && shown.0 <= arrived.end_at());
        prop_assert!(edges.left.start_at() <= shown.1 && shown.1 <= edges.left.end_at());
        for from in [arrived.start_at(), arrived.end_at()] {
            for to in [edges.left.start_at(), edges.left.end_at()] {
                let mut at_bounds = case.clone();
                at_bounds.intervals[0] = Interval::new(from, first.end_at().max(from)).expect("forwards");
                let end = at_bounds.intervals.last_mut().expect("it has one");
                *end = Interval::new(end.start_at(), to).expect("forwards");
                let dearer = price(&tariff, &calendars, &at_bounds).expect("it can be priced");
                prop_assert!(bill.total <= dearer.total, "{}", rule.yaml());
            }
        }
    }
}
