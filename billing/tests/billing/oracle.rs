//! What a stay costs, second by second, by the words of docs/TARIFFS.md and nothing cleverer.
//!
//! Shares no code with the engine: it reads the rule as data, asks chrono-tz for the wall clock of
//! every second, deals the seconds out to units, prices each unit when all its seconds are known,
//! and keeps every tally in a map. Exact sums are in parts of a fen, 14,400,000 to the fen, and cut
//! off below a part, as the language says.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Offset, TimeZone};
use chrono_tz::Tz;

use crate::rule::{Days, Free, Rule, Tier, Unit, Window};

const DAY_S: i64 = 86_400;
const FEN: i128 = 14_400_000;
/// Index of `otherwise`.
const OTHERWISE: usize = usize::MAX;

/// A visit: intervals and doubts in seconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) intervals: Vec<(i64, i64)>,
    pub(crate) doubts: Vec<(i64, i64)>,
}

/// What the oracle found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) total: i64,
    /// Priced seconds that are not free.
    pub(crate) charged_s: i64,
}

#[derive(Clone, Debug)]
struct Second {
    visit: usize,
    window: usize,
    began_on: i64,
    day: i64,
    month: i64,
    own_24h: i64,
    shared_24h: i64,
    priced: bool,
    free: bool,
    cost: i128,
}

/// Seconds that share a unit: index of each, and the elapsed time at it.
struct Dealt<'r> {
    tier: &'r Tier,
    free: bool,
    seconds: Vec<(usize, i64)>,
}

/// The last visit is billed, the others came before.
pub(crate) fn reckon(rule: &Rule, visits: &[Visit], bays: i64) -> Found {
    let (mut found, continued) = gross(rule, visits, bays);
    let before =
        (0..continued).map(|back| gross(rule, &visits[..visits.len() - 1 - back], bays).0.total);
    found.total -= before.max().unwrap_or(0).min(found.total);
    found
}

fn gross(rule: &Rule, visits: &[Visit], bays: i64) -> (Found, usize) {
    let (mut seconds, billed, continued) = list_seconds(rule, visits);
    if let Some(free) = rule.free {
        mark_free(free, &mut seconds);
    }
    let nearest = nearest_priced(&seconds);
    for unit in deal(rule, &seconds, &nearest) {
        price_unit(rule, &unit, &nearest, &mut seconds);
    }
    apply_caps(rule, &mut seconds);
    let own = || seconds.iter().filter(|s| s.visit == billed);
    let mut sum: i128 = own().map(|s| s.cost).sum();
    if rule.bays_each_pay {
        sum *= i128::from(bays);
    }
    for factor in &rule.factors {
        sum = sum * i128::from(*factor) / 100;
    }
    let step = i128::from(rule.total_to_fen) * FEN;
    let steps = match rule.total_rounding {
        "down" => sum / step,
        "half_up" => (2 * sum + step) / (2 * step),
        _ => (sum + step - 1) / step,
    };
    let total = i64::try_from(steps).expect("a small sum") * rule.total_to_fen;
    let charged = own().filter(|s| s.priced && !s.free).count();
    (Found { total, charged_s: i64::try_from(charged).expect("few") }, continued)
}

/// The seconds that are there for certain, the number of the billed visit, and how many visits it
/// continues.
fn list_seconds(rule: &Rule, visits: &[Visit]) -> (Vec<Second>, usize, usize) {
    let mut seconds = Vec::new();
    let (mut number, mut continued) = (0, 0);
    let (mut own_from, mut chain_from, mut chain) = (0, 0, 0);
    let mut ended: Option<i64> = None;
    let zone: Tz = rule.zone.parse().expect("rules name zones that exist");
    let mut wall_clock = WallClock { zone, quarter: i64::MIN, offset: 0 };
    for visit in visits {
        let arrived = visit.intervals[0].0;
        let continues =
            ended.is_some_and(|at| rule.returns_min > 0 && arrived - at <= rule.returns_min * 60);
        if continues {
            continued += 1;
        } else {
            number += 1;
            continued = 0;
            own_from = arrived;
        }
        // The last 24 hours in which the vehicle stood end here.
        let over = ended.map(|at| chain_from + ((at - 1 - chain_from).max(0) / DAY_S + 1) * DAY_S);
        if over.is_none_or(|over| arrived >= over) {
            chain_from = arrived;
            chain += 1;
        }
        for at in visit.intervals.iter().flat_map(|(from, to)| *from..*to) {
            if visit.doubts.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                continue;
            }
            let mut second = second(rule, &mut wall_clock, at);
            second.visit = number;
            second.own_24h = (at - own_from) / DAY_S;
            second.shared_24h = chain * 10_000 + (at - chain_from) / DAY_S;
            seconds.push(second);
        }
        ended = visit.intervals.last().map(|(_, to)| *to);
    }
    (seconds, number, continued)
}

/// The wall clock, remembered for a quarter of an hour: no zone has changed its clocks within one
/// since 2000.
struct WallClock {
    zone: Tz,
    quarter: i64,
    offset: i64,
}

impl WallClock {
    fn local(&mut self, at: i64) -> i64 {
        if at.div_euclid(900) != self.quarter {
            self.quarter = at.div_euclid(900);
            let utc = DateTime::from_timestamp(at, 0).expect("a date of our time").naive_utc();
            let offset = self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
            self.offset = i64::from(offset);
        }
        at + self.offset
    }
}

fn second(rule: &Rule, wall_clock: &mut WallClock, at: i64) -> Second {
    let local = wall_clock.local(at);
    let (today, of_day) = (local.div_euclid(DAY_S), local.rem_euclid(DAY_S));
    let day = if of_day < rule.day_starts_min * 60 { today - 1 } else { today };
    let (window, began_on) = window_at(rule, today, of_day);
    let date = date(day);
    Second {
        visit: 0,
        window,
        began_on,
        day,
        month: i64::from(date.year()) * 12 + i64::from(date.month()),
        own_24h: 0,
        shared_24h: 0,
        priced: tiers(rule, window).is_some(),
        free: false,
        cost: 0,
    }
}

fn date(day: i64) -> chrono::NaiveDate {
    DateTime::from_timestamp(day * DAY_S, 0).expect("a date of our time").date_naive()
}

fn window_at(rule: &Rule, today: i64, of_day: i64) -> (usize, i64) {
    for (index, window) in rule.windows.iter().enumerate() {
        let across_midnight = window.to_s <= window.from_s;
        let evening = of_day >= window.from_s && (across_midnight || of_day < window.to_s);
        if evening && begins_on(window, today) {
            return (index, today);
        }
        if across_midnight && of_day < window.to_s && begins_on(window, today - 1) {
            return (index, today - 1);
        }
    }
    (OTHERWISE, today)
}

fn begins_on(window: &Window, day: i64) -> bool {
    let date = date(day);
    let of_week = date.weekday().num_days_from_monday();
    match window.days {
        Days::Every => true,
        Days::MonToFri => of_week < 5,
        Days::SatAndSun => of_week >= 5,
        Days::Summer => (4..=9).contains(&date.month()),
    }
}

fn tiers(rule: &Rule, window: usize) -> Option<&[Tier]> {
    match rule.windows.get(window) {
        Some(window) => window.tiers.as_deref(),
        None => rule.otherwise.as_deref(),
    }
}

type Key = (i64, i64);

fn period(per: &str, second: &Second) -> Key {
    match per {
        "stay" => (0, 0),
        "window" => (i64::try_from(second.window).unwrap_or(-1), second.began_on),
        "day" => (second.day, 0),
        "month" => (second.month, 0),
        _ => (second.shared_24h, 0),
    }
}

fn mark_free(free: Free, seconds: &mut [Second]) {
    let counts = |s: &Second| s.priced || free.all_windows;
    let mut stood: HashMap<usize, i64> = HashMap::new();
    let mut counted: HashMap<(usize, Key), i64> = HashMap::new();
    for second in seconds.iter() {
        *stood.entry(second.visit).or_default() += 1;
        if counts(second) {
            *counted.entry((second.visit, period(free.per, second))).or_default() += 1;
        }
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

/// Deals the seconds that are paid, or that the clock runs through, out to units.
fn deal<'r>(rule: &'r Rule, seconds: &[Second], nearest: &[Option<usize>]) -> Vec<Dealt<'r>> {
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
                Unit::Visit => same_window || rule.across != "new_unit",
                Unit::PerMinute { .. } => used < 60 && (same_window || rule.across != "new_unit"),
                Unit::Up { minutes, .. } | Unit::Down { minutes } => {
                    used < minutes * 60 && (same_window || rule.across != "new_unit")
                }
            }
        });
        if !goes_on {
            let tier = tier_at(rule, window, *elapsed);
            units.push(Dealt { tier, free: !second.priced, seconds: Vec::new() });
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

fn tier_at(rule: &Rule, window: usize, elapsed: i64) -> &Tier {
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

/// Length of a unit in seconds and what it costs.
fn unit_of(tier: &Tier, free: bool) -> (Option<i64>, i128) {
    let price = i128::from(tier.price) * FEN / 10;
    let (length, price) = match tier.unit {
        Unit::PerMinute { minutes } => (Some(60), price / i128::from(minutes)),
        other => (other.minutes().map(|m| m * 60), price),
    };
    (length, if free { 0 } else { price })
}

fn price_unit(rule: &Rule, unit: &Dealt<'_>, nearest: &[Option<usize>], seconds: &mut [Second]) {
    let (length, price) = unit_of(unit.tier, unit.free);
    let due = match unit.tier.unit {
        Unit::Up { tolerance, .. } => tolerance * 60 + 1,
        Unit::Down { minutes } => minutes * 60,
        Unit::PerMinute { .. } | Unit::Window | Unit::Visit => 1,
    };
    let due = usize::try_from(due).expect("not negative") - 1;
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
        let (length, price) = unit_of(tier_at(rule, window, elapsed), !seconds[here].priced);
        borders.push((place + 1, length, price));
    }
    match rule.across {
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

fn apply_caps(rule: &Rule, seconds: &mut [Second]) {
    for cap in &rule.caps {
        let most = i128::from(cap.fen) * FEN;
        let mut sums: HashMap<(usize, Key), i128> = HashMap::new();
        for second in seconds.iter_mut().filter(|s| s.cost > 0) {
            if !cap.windows.is_empty() && !cap.windows.contains(&second.window) {
                continue;
            }
            let visit = if cap.all_visits { 0 } else { second.visit };
            let key = match (cap.per, cap.all_visits) {
                ("24h", false) => (second.own_24h, 0),
                (per, _) => period(per, second),
            };
            let sum = sums.entry((visit, key)).or_default();
            let left = most.min(*sum + second.cost) - most.min(*sum);
            *sum += second.cost;
            second.cost = left;
        }
    }
}
