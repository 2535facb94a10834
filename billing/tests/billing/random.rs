//! Random rules and random visits: every parameter of the language, days on which clocks change,
//! leap days, and ordinary days.

use billing::coupon::Coupon;
use billing::tariff::Displayed;
use billing::{Case, EarlierVisit, ExemptPart, HeldPass};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use vocabulary::{Fen, Interval, Timestamp};

use crate::oracle::{Stay, Visit, Voucher};
use crate::rule::{Cap, Days, Demand, Factor, Free, Limit, Most, Rule, Tier, Unit, Window};

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

/// Visits, and everything else that a stay may have; instants near the last visit.
pub(crate) fn stays() -> impl Strategy<Value = Stay> {
    let near = || -3 * HOUR_S..12 * HOUR_S;
    let pass = option::weighted(0.2, (near(), prop_oneof![0..8 * HOUR_S, Just(40 * HOUR_S)]));
    let paid = option::weighted(0.3, 0..90 * MINUTE_S);
    let bought = option::weighted(0.2, prop_oneof![0..3 * HOUR_S, 0..20 * HOUR_S]);
    let displayed = vec((0..30 * HOUR_S, -4..5_i32), 0..4);
    let exempt = option::weighted(0.2, (near(), prop_oneof![0..8 * HOUR_S, Just(40 * HOUR_S)]));
    (visits(), 1..4_u16, pass, paid, bought, displayed, exempt, vouchers()).prop_map(
        |(visits, bays, pass, paid, bought, displayed, exempt, coupons)| {
            let last = visits.last().expect("at least one visit");
            let (from, to) = (last.intervals[0].0, last.intervals[last.intervals.len() - 1].1);
            let mut displayed: Vec<(i64, i32)> =
                displayed.iter().map(|(before, level)| (from - before, *level)).collect();
            displayed.sort_unstable();
            Stay {
                bays,
                pass: pass.map(|(after, length)| (from + after, from + after + length)),
                exempt: exempt.map(|(after, length)| (from + after, from + after + length)),
                coupons,
                paid_at: paid.map(|before| to - before),
                bought_until: bought.map(|more| to + more),
                displayed,
                visits,
            }
        },
    )
}

fn vouchers() -> impl Strategy<Value = Vec<Voucher>> {
    let voucher = prop_oneof![
        (1..3_000_i64).prop_map(Voucher::Fen),
        (1..300_i64).prop_map(Voucher::Minutes),
        Just(Voucher::Free),
    ];
    prop_oneof![3 => Just(Vec::new()), 1 => vec(voucher, 1..4)]
}

fn coupon(voucher: &Voucher) -> Coupon {
    match voucher {
        Voucher::Fen(fen) => Coupon::Amount { amount: Fen(*fen) },
        Voucher::Minutes(minutes) => {
            Coupon::Minutes { minutes: u32::try_from(*minutes).expect("few") }
        }
        Voucher::Free => Coupon::FreeOnce,
    }
}

pub(crate) fn case(stay: &Stay) -> Case {
    let at = |s: i64| Timestamp::from_ms(s * 1000);
    let span = |(from, to): (i64, i64)| Interval::new(at(from), at(to)).expect("in order");
    let spans = |spans: &[(i64, i64)]| spans.iter().map(|s| span(*s)).collect();
    let (last, earlier) = stay.visits.split_last().expect("at least one visit");
    let earlier = earlier
        .iter()
        .map(|v| EarlierVisit { intervals: spans(&v.intervals), doubts: spans(&v.doubts) });
    let displayed = stay.displayed.iter();
    Case {
        bays: stay.bays,
        earlier: earlier.collect(),
        passes: stay
            .pass
            .iter()
            .map(|p| HeldPass { name: "pass".into(), valid: span(*p) })
            .collect(),
        exempt: stay
            .exempt
            .iter()
            .map(|part| ExemptPart { basis: "on duty".into(), valid: span(*part) })
            .collect(),
        coupons: stay.coupons.iter().map(coupon).collect(),
        paid_at: stay.paid_at.map(at),
        bought_until: stay.bought_until.map(at),
        displayed: displayed
            .map(|(s, level)| Displayed { displayed_at: at(*s), level: *level })
            .collect(),
        ..Case::new("small", spans(&last.intervals), spans(&last.doubts))
    }
}

fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![3 => select(vec![15_i64, 30, 60, 120]), 1 => 1..200_i64]
}

fn tier() -> impl Strategy<Value = Tier> {
    let unit = prop_oneof![
        4 => minutes().prop_map(|minutes| Unit::Up { minutes, tolerance: 0, included: true }),
        1 => (2..120_i64, 1..60_i64, any::<bool>()).prop_map(|(minutes, tolerance, included)| {
            Unit::Up { minutes, tolerance: tolerance.min(minutes - 1), included }
        }),
        1 => minutes().prop_map(|minutes| Unit::Down { minutes }),
        1 => select(vec![15_i64, 30, 60]).prop_map(|minutes| Unit::PerMinute { minutes }),
    ];
    let price = prop_oneof![
        1 => Just(0_i64),
        4 => (0..40_i64).prop_map(|n| n * 500),
        1 => 0..5_000_i64,
    ];
    let price_for = prop_oneof![3 => Just(1_i64), 1 => select(vec![2_i64, 3, 4, 6])];
    (1..5_i64, unit, price, price_for).prop_map(|(lasts_units, unit, price, price_for_units)| {
        Tier { lasts_units, unit, price, price_for_units }
    })
}

fn tiers() -> impl Strategy<Value = (Vec<Tier>, bool)> {
    let flat = (select(vec![Unit::Window, Unit::Visit]), 0..20_i64).prop_map(|(unit, n)| Tier {
        lasts_units: 1,
        unit,
        price: n * 1000,
        price_for_units: 1,
    });
    let last = prop_oneof![4 => tier(), 1 => flat];
    (vec(tier(), 0..3), last, any::<bool>()).prop_map(|(mut tiers, last, again)| {
        let again = again && last.unit.minutes().is_some();
        tiers.push(last);
        (tiers, again)
    })
}

fn some_days() -> impl Strategy<Value = Days> {
    select(vec![
        Days::MonToFri,
        Days::SatAndSun,
        Days::Summer,
        Days::Winter,
        Days::Workday,
        Days::Offday,
        Days::Holiday,
        Days::Named("A"),
        Days::Named("B"),
        Days::Statutory,
        Days::Dates,
        Days::BeforeSunday,
        Days::BeforeHoliday,
        Days::BeforeStatutory,
    ])
}

fn window() -> impl Strategy<Value = Window> {
    let edge = || {
        prop_oneof![
            4 => (0..24_i64).prop_map(|h| h * HOUR_S),
            2 => (0..96_i64).prop_map(|q| q * 15 * MINUTE_S),
            1 => 0..24 * HOUR_S,
        ]
    };
    let days = prop_oneof![2 => Just(Days::Every), 3 => some_days()];
    let except = option::weighted(
        0.1,
        some_days().prop_filter("a season is no list", |days| {
            !matches!(days, Days::Summer | Days::Winter)
        }),
    );
    (edge(), edge(), (days, except), option::weighted(0.75, tiers())).prop_map(
        |(from_s, to_s, (days, except), tiers)| {
            let to_s = match to_s {
                0 => 24 * HOUR_S,
                same if same == from_s => 24 * HOUR_S,
                other => other,
            };
            let starts_again = tiers.as_ref().is_some_and(|(_, again)| *again);
            Window {
                from_s,
                to_s,
                days,
                except,
                tiers: tiers.map(|(tiers, _)| tiers),
                starts_again,
            }
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
                (other.days, other.except) == (window.days, window.except)
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

fn named(windows: usize) -> impl Strategy<Value = Vec<usize>> {
    let some = prop_oneof![Just(vec![]), vec(0..windows.max(1), 1..3)];
    some.prop_map(move |named| if windows == 0 { vec![] } else { named })
}

fn free(windows: usize) -> impl Strategy<Value = Free> {
    let per = select(vec!["stay", "stay", "window", "day", "24h", "month", "vehicle"]);
    let earlier = select(vec!["ignored", "once", "shared"]);
    let beyond = option::weighted(0.2, 60..1500_i64);
    let minutes = prop_oneof![Just(30_i64), 1..200_i64];
    (minutes, any::<[bool; 3]>(), per, beyond, earlier, named(windows)).prop_map(
        |(minutes, [lost, all_windows, included], per, none_beyond_min, earlier, windows)| Free {
            minutes,
            lost,
            all_windows: all_windows && per != "window" && windows.is_empty(),
            windows,
            per,
            included,
            none_beyond_min,
            earlier: match (per, earlier) {
                ("stay" | "window", _) => "ignored",
                ("vehicle", "ignored") => "once",
                (_, earlier) => earlier,
            },
        },
    )
}

fn cap(windows: usize) -> impl Strategy<Value = Cap> {
    let per = select(vec!["stay", "window", "day", "24h", "month"]);
    let most = prop_oneof![
        4 => (0..3_000_i64).prop_map(Most::Fen),
        1 => (0..windows.max(1), 1..900_i64).prop_map(move |(window, minutes)| match windows {
            0 => Most::Fen(minutes),
            _ => Most::PriceOf { window, minutes },
        }),
    ];
    (per, most, named(windows), any::<[bool; 2]>()).prop_map(
        |(per, most, windows, [all, complete])| {
            let all_visits = all && per != "stay";
            Cap {
                per,
                most,
                windows,
                all_visits,
                complete: complete && per == "24h" && !all_visits,
            }
        },
    )
}

fn factor() -> impl Strategy<Value = Factor> {
    let to = (select(vec![1_i64, 5, 10, 30]), select(vec!["half_up", "down", "up"]));
    (0..300_i64, any::<bool>(), option::weighted(0.3, to))
        .prop_map(|(hundredths, on_price, to)| Factor { hundredths, on_price, to })
}

fn limit() -> impl Strategy<Value = Limit> {
    let per = select(vec!["stay", "window", "day", "24h", "month", "vehicle"]);
    (0..900_i64, per, any::<[bool; 3]>()).prop_map(
        |(minutes, per, [all_windows, all, not_charged])| {
            let all_visits = all && !matches!(per, "stay" | "window");
            Limit { minutes, all_windows, per, all_visits, not_charged }
        },
    )
}

fn demand(windows: usize) -> impl Strategy<Value = Option<Demand>> {
    let amounts = (0..3_000_i64, 0..5_000_i64, 0..20_000_i64);
    option::weighted(0.2, (named(windows), amounts)).prop_map(|demand| {
        let (windows, (step, lowest, more)) = demand?;
        Some(Demand { windows, step, lowest, highest: lowest + more })
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
    let short = option::weighted(0.2, (1..300_i64, across.clone()));
    let clock =
        ((any::<bool>(), short), restarts, across, prop_oneof![3 => Just(0_i64), 1 => 0..1440_i64]);
    let ends = (
        prop_oneof![3 => Just(0_i64), 1 => 1..240_i64],
        prop_oneof![Just(0_i64), 1..90_i64],
        any::<[bool; 2]>(),
        prop_oneof![2 => Just(vec![]), 1 => vec(factor(), 1..4)],
        select(vec![1_i64, 1, 5, 10, 50, 100]),
        select(vec!["half_up", "down", "up"]),
        option::weighted(0.3, limit()),
    );
    (zone, windows(), otherwise, clock, ends)
        .prop_flat_map(|parts| {
            let windows = parts.1.len();
            let terms = (
                prop_oneof![1 => Just(vec![]), 2 => vec(free(windows), 1..3)],
                vec(cap(windows), 0..3),
                named(windows),
                demand(windows),
            );
            (Just(parts), terms)
        })
        .prop_map(|((zone, windows, otherwise, clock, ends), terms)| {
            let ((all_windows, short), restarts, across, day_starts_min) = clock;
            let (returns_min, grace_min, [bays_each_pay, unused_returned], factors, ..) =
                ends.clone();
            let (.., total_to_fen, total_rounding, limit) = ends;
            let (free, caps, pass_windows, demand) = terms;
            let mut rule = Rule {
                zone,
                windows,
                otherwise: otherwise.map(|(tiers, _)| tiers),
                all_windows: all_windows && !matches!(restarts, "each_window" | "after_free"),
                restarts,
                across,
                short,
                day_starts_min,
                free,
                caps,
                returns_min,
                grace_min,
                bays_each_pay,
                factors,
                total_to_fen,
                total_rounding,
                pass_windows,
                unused_returned,
                limit,
                demand,
            };
            // A cap is whole fen.
            rule.caps = whole_fen(&rule);
            rule
        })
}

fn whole_fen(rule: &Rule) -> Vec<Cap> {
    let caps = rule.caps.iter().cloned();
    caps.filter(|cap| crate::oracle::cap_is_whole_fen(rule, cap)).collect()
}
