//! The engine against the naive oracle, over random rules and random visits.

use billing::{Case, price};
use proptest::prelude::*;

use crate::cases::{check_bill, tariff};
use crate::oracle::{Found, reckon};
use crate::random::{case, rules, stays};
use crate::rule::{Cap, Most, Rule, calendars};

proptest! {
    #[test]
    fn the_engine_agrees_with_counting_every_second(rule in rules(), stay in stays()) {
        let case = case(&stay);
        let bill = price(&tariff(&rule.yaml()), &calendars(), &case)
            .expect("a rule prices small vehicles");
        if case.bought_until.is_none() {
            check_bill(&case, &bill);
        }
        let found = Found {
            total: bill.total.0,
            charged_s: bill.charged_ms / 1000,
            over_s: bill.over_limit_ms / 1000,
        };
        prop_assert_eq!(found, reckon(&rule, &stay), "{}\n{:?}", rule.yaml(), bill);
    }

    #[test]
    fn a_cap_of_a_stay_is_never_exceeded_and_a_cut_changes_nothing(
        rule in rules(),
        stay in stays(),
        at in 0..100_i64,
        most in 0..3_000_i64,
    ) {
        let cap = Cap { per: "stay", most: Most::Fen(most), windows: vec![], all_visits: false, complete: false };
        let rule = Rule { caps: vec![cap], factors: vec![], bays_each_pay: false, ..rule };
        let (tariff, calendars) = (tariff(&rule.yaml()), calendars());
        let bill = price(&tariff, &calendars, &case(&stay)).expect("a rule prices small vehicles");
        let paid = most + rule.total_to_fen - 1;
        prop_assert!(bill.total.0 <= paid - paid % rule.total_to_fen, "{}", rule.yaml());
        let mut cut = stay.clone();
        let last = cut.visits.last_mut().expect("at least one visit");
        let (from, to) = last.intervals[0];
        let middle = from + (to - from) * at / 100;
        last.intervals.splice(0..1, [(from, middle), (middle, to)]);
        let cut: Case = case(&cut);
        let cut = price(&tariff, &calendars, &cut).expect("the same stay");
        prop_assert_eq!((bill.total, bill.charged_ms), (cut.total, cut.charged_ms), "{}", rule.yaml());
    }
}
