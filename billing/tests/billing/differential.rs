//! The engine against the naive oracle, over random rules and random visits.

use billing::{Calendars, price};
use proptest::prelude::*;

use crate::cases::{check_bill, tariff};
use crate::oracle::{Found, reckon};
use crate::random::{case, rules, visits};

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
}
