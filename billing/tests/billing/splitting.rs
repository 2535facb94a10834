//! Where the linter does not say that leaving and coming back is cheaper, it never is.
//!
//! For each tariff the table says, by hand, what the linter has to say; where it is silent, any stay cut in two
//! at any minute costs at least what it costs whole. Two fen of rounding are no saving.

use std::sync::LazyLock;

use billing::lint::{Code, lint};
use billing::tariff::Tariff;
use billing::{Calendars, Case, EarlierVisit};
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::sample::select;
use vocabulary::{Interval, Timestamp};

use crate::cases::{tariff, total};
use crate::plan::{Plan, PlanFree, PlanRate, PlanTier, PlanWindow, plain, tier};

/// 2026-01-02T00:00:00Z.
const FIRST_S: i64 = 1_767_312_000;
const MINUTE_S: i64 = 60;

fn shanghai(tiers: Vec<PlanTier>) -> Plan {
    let rate = PlanRate { cap: None, tiers };
    let window = PlanWindow { from: 0, to: 1440, rate: Some(rate) };
    Plan { windows: vec![window], ..plain("Asia/Shanghai", 60, 200) }
}

/// 07:00 to 21:00, and free at night.
fn by_day(tiers: Vec<PlanTier>) -> Plan {
    let day = PlanWindow { from: 420, to: 1260, rate: Some(PlanRate { cap: None, tiers }) };
    let night = PlanWindow { from: 1260, to: 420, rate: None };
    Plan { windows: vec![day, night], ..plain("Asia/Shanghai", 60, 200) }
}

fn free(minutes: i64, lost: bool) -> Option<PlanFree> {
    Some(PlanFree { minutes, all_windows: false, per_window: false, lost })
}

/// A tariff, and whether nothing is saved by coming back.
fn tariffs() -> Vec<(&'static str, Plan, bool)> {
    let each = |unit, price| vec![tier(1, unit, price, true)];
    vec![
        // Two rounded up are never less than one.
        ("by the hour, up", shanghai(each(60, 200)), true),
        ("by 20 minutes, up", shanghai(each(20, 70)), true),
        ("by day only", by_day(each(30, 100)), true),
        // The first hours are the dear ones: coming back begins them anew.
        ("cheaper later", shanghai(vec![tier(2, 60, 300, true), tier(1, 60, 100, true)]), true),
        ("with a cap a day", Plan { day_cap: Some(900), ..shanghai(each(60, 200)) }, true),
        // Nothing is charged for an hour that is not full: 40 + 40 minutes are free, 80 are not.
        ("by the hour, down", shanghai(vec![tier(1, 60, 200, false)]), false),
        // Two hours twice at 1.00 are less than four of which two cost 3.00.
        ("dearer later", shanghai(vec![tier(2, 60, 100, true), tier(1, 60, 300, true)]), false),
        // Each visit has its free half hour.
        ("free half hour", Plan { free: free(30, false), ..shanghai(each(30, 100)) }, false),
        ("free or nothing", Plan { free: free(30, true), ..by_day(each(60, 200)) }, false),
    ]
}

struct Looked {
    name: &'static str,
    tariff: Tariff,
    silent: bool,
    expected: bool,
}

static LOOKED: LazyLock<Vec<Looked>> = LazyLock::new(|| {
    let today = NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day");
    let look = |(name, plan, expected): (&'static str, Plan, bool)| {
        let yaml = plan.yaml();
        let found = lint(&yaml, Calendars::built_in(), today);
        let told = |f: &billing::lint::Finding| {
            matches!(f.code, Code::CheaperToReturn | Code::FreeMinutesAgain)
        };
        let silent = !found.iter().any(told);
        Looked { name, tariff: tariff(&yaml), silent, expected }
    };
    tariffs().into_iter().map(look).collect()
});

fn stay(from_s: i64, to_s: i64) -> Interval {
    Interval::new(Timestamp::from_ms(from_s * 1000), Timestamp::from_ms(to_s * 1000))
        .expect("in order")
}

/// Fees of the whole, and of the two that it is cut into.
fn fees(tariff: &Tariff, from_s: i64, cut_s: i64, to_s: i64) -> (i64, i64) {
    let case = |stay: Interval| Case::new("small", vec![stay], Vec::new());
    let fee = |case: &Case| total(tariff, case).expect("the tariff is in force");
    let first = stay(from_s, cut_s);
    let earlier = EarlierVisit { intervals: vec![first], doubts: Vec::new() };
    let second = Case { earlier: vec![earlier], ..case(stay(cut_s, to_s)) };
    (fee(&case(stay(from_s, to_s))), fee(&case(first)) + fee(&second))
}

#[test]
fn the_linter_says_where_coming_back_is_cheaper_and_only_there() {
    for looked in LOOKED.iter() {
        assert_eq!(looked.silent, looked.expected, "{}", looked.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn splitting_never_lowers_the_price_where_the_linter_is_silent(
        place in select((0..tariffs().len()).collect::<Vec<_>>()),
        start in 0..300 * 1_440_i64,
        first in prop_oneof![1..180_i64, 1..2_000_i64],
        second in prop_oneof![1..180_i64, 1..2_000_i64],
    ) {
        let looked = &LOOKED[place];
        let from_s = FIRST_S + start * MINUTE_S;
        let cut_s = from_s + first * MINUTE_S;
        let (whole, split) = fees(&looked.tariff, from_s, cut_s, cut_s + second * MINUTE_S);
        prop_assert!(!looked.silent || split + 1 >= whole, "{}: {whole} {split}", looked.name);
    }
}

#[test]
fn what_the_linter_warns_of_can_be_done() {
    for looked in LOOKED.iter().filter(|looked| !looked.silent) {
        // From noon on, cut at every five minutes.
        let from_s = FIRST_S + 4 * 3_600;
        let saves = (1..60_i64).any(|first| {
            (1..60_i64).any(|second| {
                let cut_s = from_s + first * 5 * MINUTE_S;
                let (whole, split) =
                    fees(&looked.tariff, from_s, cut_s, cut_s + second * 5 * MINUTE_S);
                split + 1 < whole
            })
        });
        assert!(saves, "{}", looked.name);
    }
}
