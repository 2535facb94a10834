//! What a stay costs, second by second, by the words of the tariff and nothing cleverer.
//!
//! Shares no code with the engine: it reads the plan, asks chrono-tz for the wall clock, and
//! keeps every tally in a map.

use std::collections::HashMap;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::plan::{Clock, Plan, PlanTier};

/// A window and the local day on which it began.
pub(crate) type Occurrence = (usize, i64);

struct Second {
    occurrence: Occurrence,
    day: i64,
    priced: bool,
    free: bool,
}

/// What the oracle found.
pub(crate) struct Found {
    pub(crate) total: i64,
    /// Priced seconds that are not free.
    pub(crate) charged_s: i64,
    /// The most that the caps allow; `None` where some window has none.
    pub(crate) bound: Option<i64>,
}

/// Intervals and doubts in seconds since 1970.
pub(crate) fn reckon(plan: &Plan, intervals: &[(i64, i64)], doubts: &[(i64, i64)]) -> Found {
    let mut seconds = list_seconds(plan, intervals, doubts);
    mark_free(plan, &mut seconds);
    let mut clocks: HashMap<Occurrence, i64> = HashMap::new();
    let mut by_window: HashMap<Occurrence, i64> = HashMap::new();
    let mut by_day: HashMap<i64, i64> = HashMap::new();
    let mut charged_s = 0;
    for second in seconds.iter().filter(|s| !s.free) {
        let key = match plan.clock {
            Clock::EachWindow => second.occurrence,
            Clock::PaidTimeOfStay | Clock::AllTimeOfStay => (0, 0),
        };
        let clock = clocks.entry(key).or_default();
        if let Some(rate) = &plan.windows[second.occurrence.0].rate {
            charged_s += 1;
            let fee = fee_of_second(&rate.tiers, *clock);
            let so_far = by_window.entry(second.occurrence).or_default();
            let cap = rate.cap.unwrap_or(i64::MAX);
            *by_day.entry(second.day).or_default() += cap.min(*so_far + fee) - cap.min(*so_far);
            *so_far += fee;
        }
        if second.priced || plan.clock == Clock::AllTimeOfStay {
            *clock += 1;
        }
    }
    let day_cap = plan.day_cap.unwrap_or(i64::MAX);
    let total = by_day.values().map(|fen| day_cap.min(*fen)).sum();
    Found { total, charged_s, bound: bound(plan, &by_window, &by_day) }
}

fn bound(
    plan: &Plan,
    by_window: &HashMap<Occurrence, i64>,
    by_day: &HashMap<i64, i64>,
) -> Option<i64> {
    if let Some(cap) = plan.day_cap {
        return Some(cap * i64::try_from(by_day.len()).expect("few days"));
    }
    by_window
        .keys()
        .map(|(window, _)| plan.windows[*window].rate.as_ref().and_then(|r| r.cap))
        .sum()
}

fn list_seconds(plan: &Plan, intervals: &[(i64, i64)], doubts: &[(i64, i64)]) -> Vec<Second> {
    let zone: Tz = plan.zone.parse().expect("plans name zones that exist");
    let mut seconds = Vec::new();
    let mut quarter = i64::MIN;
    let mut offset_s = 0;
    for at_s in intervals.iter().flat_map(|(from, to)| *from..*to) {
        // No zone has changed its clocks within a quarter of an hour since 2000.
        if at_s.div_euclid(900) != quarter {
            quarter = at_s.div_euclid(900);
            let utc = DateTime::from_timestamp(at_s, 0).expect("a date of our time").naive_utc();
            offset_s = i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc());
        }
        if doubts.iter().any(|(from, to)| (*from..*to).contains(&at_s)) {
            continue;
        }
        let (day, minute) =
            ((at_s + offset_s).div_euclid(86_400), (at_s + offset_s).rem_euclid(86_400) / 60);
        let (window, began_on) = window_at(plan, day, minute);
        let priced = plan.windows[window].rate.is_some();
        seconds.push(Second { occurrence: (window, began_on), day, priced, free: false });
    }
    seconds
}

fn window_at(plan: &Plan, day: i64, minute: i64) -> Occurrence {
    for (index, window) in plan.windows.iter().enumerate() {
        let across_midnight = window.to <= window.from;
        if !across_midnight && (window.from..window.to).contains(&minute) {
            return (index, day);
        }
        if across_midnight && minute >= window.from {
            return (index, day);
        }
        if across_midnight && minute < window.to {
            return (index, day - 1);
        }
    }
    panic!("no window at minute {minute} of {plan:?}");
}

fn mark_free(plan: &Plan, seconds: &mut [Second]) {
    let Some(free) = plan.free else { return };
    let key = |s: &Second| if free.per_window { s.occurrence } else { (0, 0) };
    let mut counted: HashMap<Occurrence, i64> = HashMap::new();
    for second in seconds.iter().filter(|s| s.priced || free.all_windows) {
        *counted.entry(key(second)).or_default() += 1;
    }
    let mut given: HashMap<Occurrence, i64> = HashMap::new();
    for second in seconds.iter_mut().filter(|s| s.priced || free.all_windows) {
        let exceeded = counted[&key(second)] > free.minutes * 60;
        let given = given.entry(key(second)).or_default();
        second.free = *given < free.minutes * 60 && !(exceeded && free.lost);
        *given += 1;
    }
}

/// Rounded up, the first second of a unit costs; rounded down, the last one.
fn fee_of_second(tiers: &[PlanTier], elapsed_s: i64) -> i64 {
    let mut in_tier_s = elapsed_s;
    for (index, tier) in tiers.iter().enumerate() {
        let (unit_s, is_last) = (tier.unit_minutes * 60, index + 1 == tiers.len());
        let lasts_s = tier.lasts_units * unit_s;
        if is_last || in_tier_s < lasts_s {
            let costs =
                if tier.up { in_tier_s % unit_s == 0 } else { (in_tier_s + 1) % unit_s == 0 };
            return if costs { tier.price } else { 0 };
        }
        in_tier_s -= lasts_s;
    }
    panic!("a rate has a last tier");
}
