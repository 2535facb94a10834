//! Seconds dealt out to units, and what each unit costs.

use std::collections::HashMap;

use super::{FEN, Key, Second};
use crate::rule::{Rule, Tier, Unit};

/// Seconds that share a unit: index of each, and the elapsed time at it.
struct Dealt<'r> {
    tier: &'r Tier,
    /// The window that gave it its tier.
    window: usize,
    free: bool,
    seconds: Vec<(usize, i64)>,
}

pub(super) fn price(rule: &Rule, seconds: &mut [Second], stood: &HashMap<usize, i64>) {
    let nearest = nearest_priced(seconds);
    let across = |visit: usize| match rule.short {
        Some((minutes, across)) if stood[&visit] <= minutes * 60 => across,
        _ => rule.across,
    };
    for unit in deal(rule, seconds, &nearest, &across) {
        let visit = seconds[unit.seconds[0].0].visit;
        price_unit(rule, &unit, (&nearest, across(visit)), seconds);
    }
}

pub(super) fn tiers(rule: &Rule, window: usize) -> Option<&[Tier]> {
    match rule.windows.get(window) {
        Some(window) => window.tiers.as_deref(),
        None => rule.otherwise.as_deref(),
    }
}

/// Deals the seconds that are paid, or that the clock runs through, out to units.
fn deal<'r>(
    rule: &'r Rule,
    seconds: &[Second],
    nearest: &[Option<usize>],
    across: &dyn Fn(usize) -> &'static str,
) -> Vec<Dealt<'r>> {
    let mut units: Vec<Dealt<'r>> = Vec::new();
    // For each clock: elapsed seconds, and the unit that is on.
    let mut clocks: HashMap<(usize, Key), (i64, Option<usize>)> = HashMap::new();
    let mut free_met = 0;
    let mut was_free = false;
    for (index, second) in seconds.iter().enumerate() {
        if !second.priced && !was_free {
            free_met += 1;
        }
        was_free = !second.priced;
        if second.free || (!second.priced && !rule.all_windows) {
            continue;
        }
        let Some(window) = nearest[index] else { continue };
        let key = match rule.restarts {
            "never" => (0, 0),
            "each_window" => (i64::try_from(second.window).unwrap_or(-1), second.began_on),
            "each_day" => (second.day, 0),
            "each_24h" => (second.own_24h, 0),
            _ => (free_met, 0),
        };
        let (elapsed, current) = clocks.entry((second.visit, key)).or_insert((0, None));
        let goes_on = current.is_some_and(|unit| {
            let unit: &Dealt<'_> = &units[unit];
            let used = i64::try_from(unit.seconds.len()).expect("few");
            let before = &seconds[unit.seconds.last().expect("a unit has a second").0];
            let same_window = before.window == second.window;
            let begun = &seconds[unit.seconds[0].0];
            match unit.tier.unit {
                Unit::Window => begun.window == second.window && begun.began_on == second.began_on,
                Unit::Visit => same_window || across(second.visit) != "new_unit",
                Unit::PerMinute { .. } => {
                    used < 60 && (same_window || across(second.visit) != "new_unit")
                }
                Unit::Up { minutes, .. } | Unit::Down { minutes } => {
                    used < minutes * 60 && (same_window || across(second.visit) != "new_unit")
                }
            }
        });
        if !goes_on {
            let tier = tier_at(rule, window, *elapsed);
            units.push(Dealt { tier, window, free: !second.priced, seconds: Vec::new() });
            *current = Some(units.len() - 1);
        }
        let unit = current.expect("it goes on or was begun");
        units[unit].seconds.push((index, *elapsed));
        *elapsed += 1;
    }
    units
}

/// For each second the window whose units run through it: its own, or in free time that of the
/// priced second before in the visit, or else of the one after.
fn nearest_priced(seconds: &[Second]) -> Vec<Option<usize>> {
    let mut nearest = vec![None; seconds.len()];
    let mut last: Option<&Second> = None;
    for (index, second) in seconds.iter().enumerate() {
        last = if second.priced { Some(second) } else { last };
        nearest[index] = last.filter(|l| l.visit == second.visit).map(|l| l.window);
    }
    let mut next: Option<&Second> = None;
    for (index, second) in seconds.iter().enumerate().rev() {
        next = if second.priced { Some(second) } else { next };
        let after = next.filter(|n| n.visit == second.visit).map(|n| n.window);
        nearest[index] = nearest[index].or(after);
    }
    nearest
}

pub(super) fn tier_at(rule: &Rule, window: usize, elapsed: i64) -> &Tier {
    let tiers = tiers(rule, window).expect("a priced window has tiers");
    let lasts = |tier: &Tier| tier.unit.minutes().map(|m| m * 60 * tier.lasts_units);
    let mut left = elapsed;
    if rule.windows.get(window).is_some_and(|w| w.starts_again) {
        left %= tiers.iter().filter_map(lasts).sum::<i64>();
    }
    for tier in &tiers[..tiers.len() - 1] {
        let lasts = lasts(tier).expect("only a last tier has no end");
        if left < lasts {
            return tier;
        }
        left -= lasts;
    }
    &tiers[tiers.len() - 1]
}

/// Millionths of the currency's unit: after the factors on prices, and then the demand.
fn unit_price(rule: &Rule, tier: &Tier, window: usize, level: Option<i32>) -> i128 {
    let mut price = i128::from(tier.price) * 1_000;
    for factor in rule.factors.iter().filter(|factor| factor.on_price) {
        price = price * i128::from(factor.hundredths) / 100;
        if let Some((fen, rounding)) = factor.to {
            price = super::sums::rounded(price, i128::from(fen) * 10_000, rounding);
        }
    }
    match (&rule.demand, level) {
        (Some(demand), Some(level)) if price != 0 && demand.windows.contains(&window) => {
            let moved = price + i128::from(demand.step) * 1_000 * i128::from(level);
            moved.clamp(i128::from(demand.lowest) * 1_000, i128::from(demand.highest) * 1_000)
        }
        _ => price,
    }
}

/// Length of a unit in seconds and what it costs, in parts of a fen.
fn unit_of(
    rule: &Rule,
    (tier, window): (&Tier, usize),
    level: Option<i32>,
    free: bool,
) -> (Option<i64>, i128) {
    let price = unit_price(rule, tier, window, level) * (FEN / 10_000);
    let (length, price) = match tier.unit {
        Unit::PerMinute { minutes } => (Some(60), price / i128::from(minutes)),
        other => (other.minutes().map(|m| m * 60), price / i128::from(tier.price_for_units)),
    };
    (length, if free { 0 } else { price })
}

/// Seconds of a unit that must be used before it is charged.
fn due(unit: Unit) -> i64 {
    match unit {
        Unit::Up { tolerance, included: true, .. } => tolerance * 60 + 1,
        Unit::Up { tolerance, included: false, .. } => (tolerance * 60).max(1),
        Unit::Down { minutes } => minutes * 60,
        Unit::PerMinute { .. } | Unit::Window | Unit::Visit => 1,
    }
}

/// What the first minutes of a window cost, in parts of a fen, at no level of demand.
pub(super) fn price_of(rule: &Rule, window: usize, minutes: i64) -> Option<i128> {
    tiers(rule, window)?;
    let (mut elapsed, mut sum) = (0, 0);
    while elapsed < minutes * 60 {
        let tier = tier_at(rule, window, elapsed);
        let (length, price) = unit_of(rule, (tier, window), None, false);
        let used = length.unwrap_or(i64::MAX).min(minutes * 60 - elapsed);
        sum += if used >= due(tier.unit) { price } else { 0 };
        elapsed += used;
    }
    Some(sum)
}

fn price_unit(
    rule: &Rule,
    unit: &Dealt<'_>,
    (nearest, across): (&[Option<usize>], &str),
    seconds: &mut [Second],
) {
    let level = seconds[unit.seconds[0].0].level;
    let (length, price) = unit_of(rule, (unit.tier, unit.window), level, unit.free);
    let due = usize::try_from(due(unit.tier.unit)).expect("not negative") - 1;
    if unit.seconds.len() <= due {
        return;
    }
    // Where the unit enters another window, and what a unit costs there then.
    let mut borders: Vec<(usize, Option<i64>, i128)> = Vec::new();
    for (place, pair) in unit.seconds.windows(2).enumerate() {
        let ((before, _), (here, elapsed)) = (pair[0], pair[1]);
        if seconds[before].window == seconds[here].window {
            continue;
        }
        let window = nearest[here].expect("it was dealt out");
        let tier = tier_at(rule, window, elapsed);
        let (length, price) = unit_of(rule, (tier, window), level, !seconds[here].priced);
        borders.push((place + 1, length, price));
    }
    match across {
        "lower_price" => {
            let prices = borders.iter().map(|(_, there, price)| match (length, there) {
                (Some(length), Some(there)) => *price * i128::from(length) / i128::from(*there),
                _ => *price,
            });
            seconds[unit.seconds[due].0].cost += prices.fold(price, i128::min);
        }
        "split" => split(unit, (due, length, price), &borders, seconds),
        // What falls due in free time is charged where the unit began.
        _ if seconds[unit.seconds[due].0].priced => seconds[unit.seconds[due].0].cost += price,
        _ => seconds[unit.seconds[0].0].cost += price,
    }
}

fn split(
    unit: &Dealt<'_>,
    (due, length, price): (usize, Option<i64>, i128),
    borders: &[(usize, Option<i64>, i128)],
    seconds: &mut [Second],
) {
    let Some(whole) = length else {
        seconds[unit.seconds[due].0].cost += price;
        return;
    };
    // Parts: first second, length of a unit there, its price.
    let mut parts = vec![(0, whole, price)];
    parts.extend(
        borders
            .iter()
            .filter_map(|(place, there, price)| there.map(|there| (*place, there, *price))),
    );
    for (i, (from, there, price)) in parts.iter().enumerate() {
        let whole = usize::try_from(whole).expect("not negative");
        let to = parts.get(i + 1).map_or(whole, |next| next.0);
        let length = i128::try_from(to - from).expect("few");
        let cost = *price * length / i128::from(*there);
        let at = if (*from..to).contains(&due) { due } else { *from };
        seconds[unit.seconds[at].0].cost += cost;
    }
}
