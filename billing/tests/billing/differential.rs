//! The engine against the naive oracle, over random rules and random visits.

use billing::{Calendars, price};
use proptest::prelude::*;

use crate::cases::{check_bill, tariff};
use crate::oracle::{Found, reckon};
use crate::random::{self, case, rules, visits};
use crate::rule::{Cap, Rule};

proptest! {
    #[test]
    fn the_engine_agrees_with_counting_every_second(
        rule in rules(),
        visits in visits(),
        bays in 1..4_u16,
    ) {
        let case = case(&visits, bays);
        let bill = price(&tariff(&rule.yaml()), &Calendars::none(), &case)
            .expect("a rule prices small vehicles");
        check_bill(&case, &bill);
        let found = Found { total: bill.total.0, charged_s: bill.charged_ms / 1000 };
        prop_assert_eq!(found, reckon(&rule, &visits, bays.into()), "{}\n{:?}", rule.yaml(), bill);
    }

    #[test]
    fn a_cap_of_a_stay_is_never_exceeded_and_a_cut_changes_nothing(
        rule in rules(),
        visits in visits(),
        at in 0..100_i64,
        most in 0..3_000_i64,
    ) {
        let cap = Cap { per: "stay", fen: most, windows: vec![], all_visits: false };
        let rule = Rule { caps: vec![cap], factors: vec![], ..rule };
        let (tariff, calendars) = (tariff(&rule.yaml()), Calendars::none());
        let case = case(&visits, 1);
        let bill = price(&tariff, &calendars, &case).expect("a rule prices small vehicles");
        let paid = most + rule.total_to_fen - 1;
        prop_assert!(bill.total.0 <= paid - paid % rule.total_to_fen, "{}", rule.yaml());
        let mut cut = visits.clone();
        let last = cut.last_mut().expect("at least one visit");
        let (from, to) = last.intervals[0];
        let middle = from + (to - from) * at / 100;
        last.intervals.splice(0..1, [(from, middle), (middle, to)]);
        let cut = price(&tariff, &calendars, &random::case(&cut, 1)).expect("the same stay");
        prop_assert_eq!((bill.total, bill.charged_ms), (cut.total, cut.charged_ms), "{}", rule.yaml());
    }
}
