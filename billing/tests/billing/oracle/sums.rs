//! What is counted over periods: free minutes, caps, the time limit; and the total.

use std::collections::HashMap;

use super::{DAY_S, FEN, Key, Second, period, period_of, units};
use crate::rule::{Free, Most, Rule};

pub(super) fn mark_free(rule: &Rule, seconds: &mut [Second], stood: &HashMap<usize, i64>) {
    for (place, free) in rule.free.iter().enumerate() {
        // A window is for the first rule that names it, or for the first that names none.
        let counts = |free: &Free, second: &Second| match free.windows.as_slice() {
            [] => second.priced || free.all_windows,
            windows => windows.contains(&second.window),
        };
        let before = &rule.free[..place];
        if before.iter().any(|earlier| earlier.windows.is_empty()) {
            return;
        }
        let own = |s: &Second| counts(free, s) && !before.iter().any(|earlier| counts(earlier, s));
        mark(free, &own, seconds, stood);
    }
}

fn mark(
    free: &Free,
    counts: &dyn Fn(&Second) -> bool,
    seconds: &mut [Second],
    stood: &HashMap<usize, i64>,
) {
    let mut counted: HashMap<(usize, Key), i64> = HashMap::new();
    for second in seconds.iter().filter(|s| counts(s)) {
        *counted.entry((second.visit, period(free.per, second))).or_default() += 1;
    }
    // What a period has left when a visit first needs it.
    let mut left: HashMap<(usize, Key), i64> = HashMap::new();
    let mut used: HashMap<Key, i64> = HashMap::new();
    let all = free.minutes * 60;
    for second in seconds.iter_mut().filter(|s| counts(s)) {
        let (visit, key) = (second.visit, period(free.per, second));
        let left = left.entry((visit, key)).or_insert_with(|| {
            let has = match (free.earlier, used.get(&key)) {
                ("ignored", _) | (_, None) => all,
                ("once", Some(_)) => 0,
                (_, Some(used)) => (all - used).max(0),
            };
            let time = counted[&(visit, key)];
            let exceeded = if free.included { time > has } else { time >= has };
            let too_long = free.none_beyond_min.is_some_and(|m| stood[&visit] > m * 60);
            if too_long || (free.lost && exceeded) { 0 } else { has }
        });
        // Of two visits in one period the first one is over before the second begins.
        let used = used.entry(key).or_insert(0);
        if *left > 0 {
            (*left, second.free) = (*left - 1, true);
            *used += 1;
        }
    }
}

pub(super) fn apply_caps(rule: &Rule, seconds: &mut [Second], spans: &HashMap<usize, (i64, i64)>) {
    for cap in &rule.caps {
        let most = match cap.most {
            Most::Fen(fen) => i128::from(fen) * FEN,
            Most::PriceOf { window, minutes } => match units::price_of(rule, window, minutes) {
                Some(most) => most,
                None => continue,
            },
        };
        let mut sums: HashMap<(usize, Key), i128> = HashMap::new();
        for second in seconds.iter_mut().filter(|s| s.cost > 0) {
            if !cap.windows.is_empty() && !cap.windows.contains(&second.window) {
                continue;
            }
            let (arrived, left) = spans[&second.visit];
            if cap.complete && left < arrived + (second.own_24h + 1) * DAY_S {
                continue;
            }
            let sum = sums.entry(period_of(cap.per, cap.all_visits, second)).or_default();
            let left = most.min(*sum + second.cost) - most.min(*sum);
            *sum += second.cost;
            second.cost = left;
        }
    }
}

/// How many seconds of the billed visit are beyond the limit; those that are not charged go.
pub(super) fn over_limit(rule: &Rule, seconds: &mut Vec<Second>, billed: usize) -> i64 {
    let Some(limit) = rule.limit else { return 0 };
    let mut tallies: HashMap<(usize, Key), i64> = HashMap::new();
    let mut over = 0;
    seconds.retain(|second| {
        if !second.priced && !limit.all_windows {
            return true;
        }
        let tally = tallies.entry(period_of(limit.per, limit.all_visits, second)).or_default();
        *tally += 1;
        let beyond = *tally > limit.minutes * 60;
        over += i64::from(beyond && second.visit == billed);
        !(beyond && limit.not_charged)
    });
    over
}

/// The price of every bay, the factors in their order, and the rounding.
pub(super) fn total(rule: &Rule, sum: i128, bays: i128) -> i64 {
    let mut sum = if rule.bays_each_pay { sum * bays } else { sum };
    for factor in rule.factors.iter().filter(|factor| !factor.on_price) {
        sum = sum * i128::from(factor.hundredths) / 100;
        if let Some((fen, rounding)) = factor.to {
            sum = rounded(sum, i128::from(fen) * FEN, rounding);
        }
    }
    let total = rounded(sum, i128::from(rule.total_to_fen) * FEN, rule.total_rounding);
    i64::try_from(total / FEN).expect("a small sum")
}

pub(super) fn rounded(amount: i128, step: i128, rounding: &str) -> i128 {
    let steps = match rounding {
        "down" => amount / step,
        "half_up" => (2 * amount + step) / (2 * step),
        _ => (amount + step - 1) / step,
    };
    steps * step
}
