//! What holds for every stay under every tariff.

use billing::tariff::Tariff;
use billing::{Calendars, Case, DEMO_TARIFF, Reject, price};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use vocabulary::{Interval, Timestamp};

use crate::cases::{tariff, total};
use crate::plan::{Clock, Plan, PlanFree, PlanRate, PlanTier, PlanWindow, tier};

/// 2026-01-02T00:00:00Z: inside the validity of every plan, in every zone.
const FIRST_S: i64 = 1_767_312_000;
const HOUR_S: i64 = 3_600;

/// Seconds since 1970; intervals in order, doubts anywhere near.
#[derive(Clone, Debug)]
struct StayS {
    intervals: Vec<(i64, i64)>,
    doubts: Vec<(i64, i64)>,
}

impl StayS {
    fn case(&self) -> Case {
        let of = |spans: &[(i64, i64)]| spans.iter().map(|s| span(*s)).collect();
        Case::new("small", of(&self.intervals), of(&self.doubts))
    }
}

fn span((from_s, to_s): (i64, i64)) -> Interval {
    Interval::new(Timestamp::from_ms(from_s * 1000), Timestamp::from_ms(to_s * 1000))
        .expect("generated in order")
}

fn fen(tariff: &Tariff, case: &Case) -> i64 {
    total(tariff, case).expect("the tariff is in force and knows small vehicles")
}

fn stays() -> impl Strategy<Value = StayS> {
    // Days on which some zone of `plans` changes its clocks, and any hour of two years.
    let start = prop_oneof![
        Just(1_774_742_400_i64), // 2026-03-29T00:00Z, Europe
        Just(1_792_886_400),     // 2026-10-25T00:00Z, Europe
        Just(1_777_568_400),     // 2026-04-30T17:00Z, Egypt
        Just(1_793_311_200),     // 2026-10-29T22:00Z, Egypt
        Just(1_775_312_000),     // 2026-04-04T14:13Z, Lord Howe
        (0..17_000_i64).prop_map(|hour| FIRST_S + hour * HOUR_S),
    ];
    let part = (0..6 * HOUR_S, prop_oneof![1..40 * 60_i64, 1..20 * HOUR_S]);
    let doubt = (0..30 * HOUR_S, 0..4 * HOUR_S);
    let parts = (vec(part, 1..4), vec(doubt, 0..4));
    (start, -8 * HOUR_S..8 * HOUR_S, parts).prop_map(|(start, shift, (parts, doubts))| {
        let mut at_s = (start + shift).max(FIRST_S);
        let doubts = doubts.iter().map(|(from, len)| (at_s + from, at_s + from + len)).collect();
        let mut intervals = Vec::new();
        for (gap, length) in parts {
            let from_s = if intervals.is_empty() { at_s } else { at_s + gap };
            at_s = from_s + length;
            intervals.push((from_s, at_s));
        }
        StayS { intervals, doubts }
    })
}

fn tiers() -> impl Strategy<Value = PlanTier> {
    let unit = prop_oneof![Just(30_i64), Just(60), Just(120), 1..200_i64];
    (1..5_i64, unit, 0..600_i64, any::<bool>())
        .prop_map(|(lasts, unit, price, up)| tier(lasts, unit, price, up))
}

fn rates() -> impl Strategy<Value = PlanRate> {
    (option::of(0..2_000_i64), vec(tiers(), 1..4)).prop_map(|(cap, tiers)| PlanRate { cap, tiers })
}

fn windows() -> impl Strategy<Value = Vec<PlanWindow>> {
    let borders = prop_oneof![
        Just(vec![0_i64]),
        Just(vec![7 * 60, 21 * 60]),
        btree_set(0..1440_i64, 2..6).prop_map(|set| set.into_iter().collect()),
    ];
    (borders, vec(option::weighted(0.7, rates()), 6)).prop_map(|(borders, rates)| {
        let ends = borders.iter().copied().skip(1).chain([borders[0]]);
        let spans = borders.iter().copied().zip(ends);
        spans
            .zip(rates)
            .map(|((from, to), rate)| {
                let to = if to == 0 || borders.len() == 1 { 1440 } else { to };
                PlanWindow { from, to, rate }
            })
            .collect()
    })
}

fn frees() -> impl Strategy<Value = PlanFree> {
    let minutes = prop_oneof![Just(30_i64), 1..300_i64];
    (minutes, 0..3, any::<bool>()).prop_map(|(minutes, counted, lost)| PlanFree {
        minutes,
        all_windows: counted == 1,
        per_window: counted == 2,
        lost,
    })
}

fn plans() -> impl Strategy<Value = Plan> {
    let zone = prop_oneof![
        3 => Just("Asia/Shanghai"),
        1 => Just("Europe/Berlin"),
        1 => Just("Atlantic/Azores"),
        1 => Just("Africa/Cairo"),
        1 => Just("Australia/Lord_Howe"),
    ];
    let clock = prop_oneof![
        Just(Clock::EachWindow),
        Just(Clock::PaidTimeOfStay),
        Just(Clock::AllTimeOfStay)
    ];
    (zone, option::of(frees()), clock, windows(), option::of(0..3_000_i64)).prop_map(
        |(zone, free, clock, windows, day_cap)| Plan { zone, free, clock, windows, day_cap },
    )
}

proptest! {
    #[test]
    fn a_longer_stay_is_never_cheaper(plan in plans(), stay in stays(), more_s in 0..10 * HOUR_S) {
        let tariff = tariff(&plan.yaml());
        let mut longer = stay.clone();
        longer.intervals.last_mut().expect("a stay has a part").1 += more_s;
        prop_assert!(fen(&tariff, &stay.case()) <= fen(&tariff, &longer.case()));
    }

    #[test]
    fn where_a_stay_is_cut_in_two_does_not_matter(plan in plans(), stay in stays(), at in 0.0..1.0) {
        let tariff = tariff(&plan.yaml());
        let mut cut = stay.clone();
        let (from_s, to_s) = cut.intervals[0];
        #[expect(clippy::cast_possible_truncation, reason = "a place inside a short interval")]
        let middle_s = from_s + ((to_s - from_s) as f64 * at) as i64;
        cut.intervals.splice(0..1, [(from_s, middle_s), (middle_s, to_s)]);
        prop_assert_eq!(fen(&tariff, &stay.case()), fen(&tariff, &cut.case()));
    }

    #[test]
    fn the_same_stay_costs_the_same_and_a_doubt_never_makes_it_dearer(stay in stays()) {
        let demo = tariff(DEMO_TARIFF);
        let case = stay.case();
        prop_assert_eq!(price(&demo, &Calendars::none(), &case), price(&demo, &Calendars::none(), &case));
        let undoubted = Case { doubts: Vec::new(), ..case.clone() };
        prop_assert!(fen(&demo, &case) <= fen(&demo, &undoubted));
    }

    #[test]
    fn the_demo_tariff_never_costs_more_than_its_cap_a_day(
        from_s in 0..17_000 * HOUR_S,
        length_s in 0..40 * 24 * HOUR_S,
    ) {
        let demo = tariff(DEMO_TARIFF);
        let (from_s, to_s) = (FIRST_S + from_s, FIRST_S + from_s + length_s);
        let stay = StayS { intervals: vec![(from_s, to_s)], doubts: vec![] };
        let day = |s: i64| (s + 8 * HOUR_S).div_euclid(24 * HOUR_S);
        let days = day(to_s) - day(from_s) + 1;
        prop_assert!(fen(&demo, &stay.case()) <= 500 * days);
        let unknown = Case { vehicle: "motorcycle".into(), ..stay.case() };
        prop_assert_eq!(price(&demo, &Calendars::none(), &unknown), Err(Reject::ClassNotInTariff));
    }
}
