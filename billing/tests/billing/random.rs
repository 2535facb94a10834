//! Random rules and random visits: every parameter of the language, days on which clocks change,
//! leap days, and ordinary days.

use billing::{Case, EarlierVisit};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use vocabulary::{Interval, Timestamp};

use crate::oracle::Visit;
use crate::rule::{Cap, Days, Free, Rule, Tier, Unit, Window};

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3_600;

fn instant() -> impl Strategy<Value = i64> {
    let day = prop_oneof![
        select(vec![
            1_774_742_400_i64, // 2026-03-29T00:00Z, Europe forward
            1_792_886_400,     // 2026-10-25T00:00Z, Europe back
            1_772_928_000,     // 2026-03-08T00:00Z, New York forward
            1_793_491_200,     // 2026-11-01T00:00Z, New York back
            1_775_260_800,     // 2026-04-04T00:00Z, Melbourne and Lord Howe back
            1_790_985_600,     // 2026-10-03T00:00Z, Melbourne and Lord Howe forward
            1_777_568_400,     // 2026-04-30T17:00Z, Egypt
            1_793_311_200,     // 2026-10-29T22:00Z, Egypt
            1_835_308_800,     // 2028-02-28T00:00Z, a leap day follows
            1_798_675_200,     // 2026-12-31T00:00Z
        ]),
        (0..700_i64).prop_map(|day| 1_767_312_000 + day * 24 * HOUR_S),
    ];
    // Whole minutes are where the borders are; other seconds are where they are not.
    let of_day = prop_oneof![
        (0..48 * 60_i64).prop_map(|m| m * MINUTE_S),
        (0..96_i64).prop_map(|q| q * 15 * MINUTE_S),
        0..48 * HOUR_S,
    ];
    (day, of_day).prop_map(|(day, of_day)| day - 12 * HOUR_S + of_day)
}

fn length() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![
        3 => (0..240_i64).prop_map(|m| m * MINUTE_S),
        3 => 1..5 * HOUR_S,
        2 => 1..14 * HOUR_S,
        1 => 1..60 * HOUR_S,
    ]
}

/// One visit or two or three in a row; the last is billed.
pub(crate) fn visits() -> impl Strategy<Value = Vec<Visit>> {
    let gap = prop_oneof![Just(0_i64), 0..20 * MINUTE_S, 0..12 * HOUR_S];
    let part = (gap.clone(), length());
    let parts = prop_oneof![3 => vec(part.clone(), 1..2), 1 => vec(part, 2..4)].boxed();
    let doubt = (0..20 * HOUR_S, prop_oneof![0..HOUR_S, 0..8 * HOUR_S]).boxed();
    let visit = (gap, parts, prop_oneof![3 => Just(vec![]), 1 => vec(doubt, 1..3)]);
    let visits = prop_oneof![3 => vec(visit.clone(), 1..2), 1 => vec(visit, 2..4)];
    (instant(), visits).prop_map(|(start, visits)| {
        let mut at = start;
        let in_time = visits.into_iter().map(|(gap, parts, doubts)| {
            at += gap;
            let began = at;
            let mut intervals = Vec::new();
            for (gap, length) in parts {
                let from = if intervals.is_empty() { at } else { at + gap };
                at = from + length;
                intervals.push((from, at));
            }
            let doubts = doubts.iter().map(|(from, len)| (began + from, began + from + len));
            Visit { intervals, doubts: doubts.collect() }
        });
        in_time.collect()
    })
}

pub(crate) fn case(visits: &[Visit], bays: u16) -> Case {
    let spans = |spans: &[(i64, i64)]| -> Vec<Interval> {
        let at = |s: i64| Timestamp::from_ms(s * 1000);
        let span = |(from, to): &(i64, i64)| Interval::new(at(*from), at(*to));
        spans.iter().map(|s| span(s).expect("generated in order")).collect()
    };
    let (last, earlier) = visits.split_last().expect("at least one visit");
    let earlier = earlier
        .iter()
        .map(|v| EarlierVisit { intervals: spans(&v.intervals), doubts: spans(&v.doubts) });
    Case {
        bays,
        earlier: earlier.collect(),
        ..Case::new("small", spans(&last.intervals), spans(&last.doubts))
    }
}

fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![3 => select(vec![15_i64, 30, 60, 120]), 1 => 1..200_i64]
}

fn tier() -> impl Strategy<Value = Tier> {
    let unit = prop_oneof![
        4 => minutes().prop_map(|minutes| Unit::Up { minutes, tolerance: 0 }),
        1 => (2..120_i64, 1..60_i64).prop_map(|(minutes, tolerance)| {
            Unit::Up { minutes, tolerance: tolerance.min(minutes - 1) }
        }),
        1 => minutes().prop_map(|minutes| Unit::Down { minutes }),
        1 => select(vec![15_i64, 30, 60]).prop_map(|minutes| Unit::PerMinute { minutes }),
    ];
    let price = prop_oneof![
        1 => Just(0_i64),
        4 => (0..40_i64).prop_map(|n| n * 500),
        1 => 0..5_000_i64,
    ];
    (1..5_i64, unit, price).prop_map(|(lasts_units, unit, price)| Tier { lasts_units, unit, price })
}

fn tiers() -> impl Strategy<Value = (Vec<Tier>, bool)> {
    let flat = (select(vec![Unit::Window, Unit::Visit]), 0..20_i64).prop_map(|(unit, n)| Tier {
        lasts_units: 1,
        unit,
        price: n * 1000,
    });
    let last = prop_oneof![4 => tier(), 1 => flat];
    (vec(tier(), 0..3), last, any::<bool>()).prop_map(|(mut tiers, last, again)| {
        let again = again && last.unit.minutes().is_some();
        tiers.push(last);
        (tiers, again)
    })
}

fn window() -> impl Strategy<Value = Window> {
    let edge = || {
        prop_oneof![
            4 => (0..24_i64).prop_map(|h| h * HOUR_S),
            2 => (0..96_i64).prop_map(|q| q * 15 * MINUTE_S),
            1 => 0..24 * HOUR_S,
        ]
    };
    let days =
        select(vec![Days::Every, Days::Every, Days::MonToFri, Days::SatAndSun, Days::Summer]);
    (edge(), edge(), days, option::weighted(0.75, tiers())).prop_map(
        |(from_s, to_s, days, tiers)| {
            let to_s = match to_s {
                0 => 24 * HOUR_S,
                same if same == from_s => 24 * HOUR_S,
                other => other,
            };
            let starts_again = tiers.as_ref().is_some_and(|(_, again)| *again);
            Window { from_s, to_s, days, tiers: tiers.map(|(tiers, _)| tiers), starts_again }
        },
    )
}

/// Windows with the same days do not lie over one another.
fn windows() -> impl Strategy<Value = Vec<Window>> {
    vec(window(), 0..5).prop_map(|all| {
        let mut windows: Vec<Window> = Vec::new();
        for window in all {
            let parts = |w: &Window| {
                if w.from_s < w.to_s {
                    vec![(w.from_s, w.to_s)]
                } else {
                    vec![(w.from_s, 86_400), (0, w.to_s)]
                }
            };
            let over = |other: &Window| {
                other.days == window.days
                    && parts(other)
                        .iter()
                        .any(|(f, t)| parts(&window).iter().any(|(a, b)| f < b && a < t))
            };
            if !windows.iter().any(over) {
                windows.push(window);
            }
        }
        windows
    })
}

fn free() -> impl Strategy<Value = Free> {
    let per = select(vec!["stay", "stay", "window", "day", "24h", "month"]);
    let earlier = select(vec!["ignored", "once", "shared"]);
    let beyond = option::weighted(0.2, 60..1500_i64);
    let minutes = prop_oneof![Just(30_i64), 1..200_i64];
    (minutes, any::<[bool; 3]>(), per, beyond, earlier).prop_map(
        |(minutes, [lost, all_windows, included], per, none_beyond_min, earlier)| Free {
            minutes,
            lost,
            all_windows: all_windows && per != "window",
            per,
            included,
            none_beyond_min,
            earlier: if matches!(per, "stay" | "window") { "ignored" } else { earlier },
        },
    )
}

fn cap(windows: usize) -> impl Strategy<Value = Cap> {
    let per = select(vec!["stay", "window", "day", "24h", "month"]);
    let named = prop_oneof![Just(vec![]), vec(0..windows.max(1), 1..3)];
    (per, 0..3_000_i64, named, any::<bool>()).prop_map(move |(per, fen, named, all)| Cap {
        per,
        fen,
        windows: if windows == 0 { vec![] } else { named },
        all_visits: all && per != "stay",
    })
}

pub(crate) fn rules() -> impl Strategy<Value = Rule> {
    let zone = prop_oneof![
        4 => Just("Asia/Shanghai"),
        1 => Just("Europe/Berlin"),
        1 => Just("America/New_York"),
        1 => Just("Australia/Melbourne"),
        1 => Just("Australia/Lord_Howe"),
        1 => Just("Africa/Cairo"),
        1 => Just("Atlantic/Azores"),
    ];
    let restarts =
        select(vec!["never", "never", "each_window", "each_day", "each_24h", "after_free"]);
    let across = select(vec!["price_at_start", "lower_price", "split", "new_unit"]);
    let otherwise = option::weighted(0.3, tiers());
    let clock = (any::<bool>(), restarts, across, prop_oneof![3 => Just(0_i64), 1 => 0..1440_i64]);
    let ends = (
        prop_oneof![3 => Just(0_i64), 1 => 1..240_i64],
        any::<bool>(),
        prop_oneof![3 => Just(vec![]), 1 => vec(0..300_i64, 1..3)],
        select(vec![1_i64, 1, 10, 50, 100]),
        select(vec!["half_up", "down", "up"]),
    );
    let terms = (option::of(free()), clock, ends);
    (zone, windows(), otherwise, terms)
        .prop_flat_map(|(zone, windows, otherwise, terms)| {
            let caps = vec(cap(windows.len()), 0..3);
            (Just((zone, windows, otherwise, terms)), caps)
        })
        .prop_map(|((zone, windows, otherwise, (free, clock, ends)), caps)| {
            let (all_windows, restarts, across, day_starts_min) = clock;
            let (returns_min, bays_each_pay, factors, total_to_fen, total_rounding) = ends;
            Rule {
                zone,
                windows,
                otherwise: otherwise.map(|(tiers, _)| tiers),
                all_windows: all_windows && !matches!(restarts, "each_window" | "after_free"),
                restarts,
                across,
                day_starts_min,
                free,
                caps,
                returns_min,
                bays_each_pay,
                factors,
                total_to_fen,
                total_rounding,
            }
        })
}
