//! Why a bill is what it is: a bill of nothing is not one thing.

use vocabulary::Fen;

use super::Basis;
use crate::bill::{Bill, Rule};
use crate::tariff::Tariff;
use crate::{Calendars, Case, price};

impl Basis {
    /// The basis of a bill. A bill of nothing is free by the tariff, unless an exemption or a pass
    /// stands on it, or it would cost something had the sensors vouched for all of it.
    #[must_use]
    pub fn of(tariff: &Tariff, calendars: &Calendars, case: &Case, bill: &Bill) -> Basis {
        if bill.total != Fen::ZERO {
            return Basis::Charged;
        }
        let has = |wanted: fn(&Rule) -> bool| bill.lines.iter().any(|line| wanted(&line.rule));
        if has(|rule| matches!(rule, Rule::Exempt | Rule::Exemption { .. })) {
            return Basis::Exempt;
        }
        if has(|rule| matches!(rule, Rule::Pass { .. })) {
            return Basis::Pass;
        }
        if has(|rule| matches!(rule, Rule::Doubt)) {
            let sure = Case { doubts: Vec::new(), ..case.clone() };
            let would_cost = price(tariff, calendars, &sure).is_ok_and(|b| b.total > Fen::ZERO);
            if would_cost {
                return Basis::FaultFree;
            }
        }
        Basis::Charged
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::{Interval, Timestamp};

    use super::*;
    use crate::tariff::parse;

    fn interval(from: &str, to: &str) -> Interval {
        let at = |clock: &str| Timestamp::parse(&format!("2026-03-02T{clock}:00+08:00")).unwrap();
        Interval::new(at(from), at(to)).unwrap()
    }

    #[test]
    fn a_bill_of_nothing_says_whether_the_tariff_or_the_sensor_is_the_reason() {
        let tariff = parse(crate::DEMO_TARIFF).unwrap();
        for (stay, doubts, expected) in [
            (interval("08:00", "09:00"), vec![], Basis::Charged),
            (interval("08:00", "08:20"), vec![], Basis::Charged),
            // An hour, of which the sensor vouches for ten minutes: free for its fault.
            (interval("08:00", "09:00"), vec![interval("08:10", "09:00")], Basis::FaultFree),
            // Twenty minutes would have been free anyway.
            (interval("08:00", "08:20"), vec![interval("08:10", "08:20")], Basis::Charged),
            // Doubted in part, and still charged.
            (interval("08:00", "10:00"), vec![interval("09:00", "09:10")], Basis::Charged),
        ] {
            let case = Case::new("small", vec![stay], doubts);
            let bill = price(&tariff, Calendars::built_in(), &case).unwrap();
            assert_eq!(
                Basis::of(&tariff, Calendars::built_in(), &case, &bill),
                expected,
                "{case:?}"
            );
        }
    }
}
