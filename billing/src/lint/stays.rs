//! Which stays are tried: days, arrivals and departures.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::Interval;

use super::At;
use super::probe::interval;
use crate::calendar::{Calendar, days_since_1970};
use crate::tariff::{DAY_MS, Plan, PlanWindow, UnitEnd};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Kinds of days whose stays are priced; beyond, only those that bring another window.
const KINDS: usize = 8;
/// Days beyond today that a version without end is looked at, and most days at all.
const DAYS_AHEAD: i64 = 800;
const DAYS_LIMIT: usize = 15_000;

/// What the days of a version are like.
pub(super) struct Days {
    /// Windows that hold at some time.
    pub(super) windows: BTreeSet<usize>,
    /// One day of each kind, those nearest to today first.
    pub(super) examples: Vec<i64>,
}

/// Which windows begin on a day; `None` where the calendar does not know.
fn begins(at: &At<'_>, plan: &Plan, calendar: Option<&Calendar>, day: i64) -> Option<u64> {
    let mut bits = 0_u64;
    for (place, window) in plan.windows.iter().enumerate() {
        if window.days.fits(day, calendar, at.tariff.unknown_year)? {
            bits |= 1_u64.checked_shl(u32::try_from(place).unwrap_or(63)).unwrap_or(0);
        }
    }
    Some(bits)
}

/// Walks the days of the version, from today (or the nearest day of it) on, then those before.
pub(super) fn days(at: &At<'_>, plan: &Plan) -> Days {
    let calendar = at.tariff.calendar.as_ref().and_then(|name| at.calendars.get(name));
    let first = at.version.from_day;
    let today = days_since_1970(at.today);
    let end = at.version.to_day.min(today.max(first).saturating_add(DAYS_AHEAD));
    let start = today.clamp(first, end.saturating_sub(1).max(first));
    let walk = (start..end).chain((first..start).rev());
    let mut kinds: BTreeSet<(u64, u64, u64)> = BTreeSet::new();
    let mut days = Days { windows: BTreeSet::new(), examples: Vec::new() };
    // Where windows do not depend on the day, one day is like another.
    let limit = if plan.by_day { DAYS_LIMIT } else { 1 };
    let mut known: BTreeMap<i64, Option<u64>> = BTreeMap::new();
    for day in walk.take(limit) {
        let mut of =
            |day: i64| *known.entry(day).or_insert_with(|| begins(at, plan, calendar, day));
        let Some(today) = of(day) else { continue };
        let before = of(day.saturating_sub(1)).unwrap_or(today);
        let after = of(day.saturating_add(1)).unwrap_or(today);
        if !kinds.insert((before, today, after)) {
            continue;
        }
        let reached = days.windows.len();
        days.windows.extend(holding(plan, today, before));
        if days.examples.len() < KINDS || days.windows.len() > reached {
            days.examples.push(day);
        }
    }
    days
}

/// The windows that hold at some time of a day on which, and on whose eve, these begin.
fn holding(plan: &Plan, today: u64, eve: u64) -> BTreeSet<usize> {
    let has = |bits: u64, place: usize| {
        u32::try_from(place).is_ok_and(|place| bits.checked_shr(place).unwrap_or(0) & 1 == 1)
    };
    let covers = |(place, window): (usize, &PlanWindow), ms: i64| {
        let end_ms = if window.across_midnight() { DAY_MS } else { window.to_ms };
        let from_today = has(today, place) && (window.from_ms..end_ms).contains(&ms);
        from_today || window.across_midnight() && has(eve, place) && ms < window.to_ms
    };
    let holds =
        |ms: i64| plan.windows.iter().enumerate().find(|(place, w)| covers((*place, w), ms));
    borders(plan).into_iter().filter_map(|ms| holds(ms).map(|(_, window)| window.index)).collect()
}

/// Times of day at which something changes.
fn borders(plan: &Plan) -> BTreeSet<i64> {
    let ends = plan.windows.iter().flat_map(|w| [w.from_ms, w.to_ms.rem_euclid(DAY_MS)]);
    ends.chain([0, plan.day_starts_ms]).collect()
}

/// Lengths of units and of the tiers together, in milliseconds.
fn lengths(plan: &Plan) -> (BTreeSet<i64>, BTreeSet<i64>) {
    let (mut units, mut tiers) = (BTreeSet::new(), BTreeSet::new());
    for ladder in plan.windows.iter().filter_map(|w| w.ladder.as_ref()) {
        for tier in &ladder.tiers {
            if tier.end == UnitEnd::Length {
                let written = i64::from(tier.unit_minutes).saturating_mul(MINUTE_MS);
                // Paid by the minute, the unit of the price tells more than the minute.
                units.insert(if tier.unit_ms > MINUTE_MS { tier.unit_ms } else { written });
            }
            if tier.to_ms < i64::MAX {
                tiers.insert(tier.to_ms);
            }
        }
    }
    (units, tiers)
}

/// Instants on the example days: around every border of the plan.
pub(super) fn arrivals(at: &At<'_>, plan: &Plan, examples: &[i64]) -> Vec<i64> {
    let (units, _) = lengths(plan);
    let mut arrivals = Vec::new();
    for day in examples {
        let begins_ms = at.tariff.wall_clock.day_begins_ms(*day);
        let mut of_day = BTreeSet::new();
        for border_ms in borders(plan) {
            let mut add = |ms: i64| of_day.insert(border_ms.saturating_add(ms).rem_euclid(DAY_MS));
            add(0);
            add(-MINUTE_MS);
            add(2 * 60 * MINUTE_MS);
            for unit in &units {
                add(unit.saturating_neg().saturating_add(MINUTE_MS));
                add(unit.div_euclid(2).saturating_neg());
                add(unit.div_euclid(3));
            }
        }
        arrivals.extend(of_day.into_iter().map(|ms| begins_ms.saturating_add(ms)));
    }
    arrivals
}

/// Departures after an arrival: lengths that matter, and borders of the next two days.
fn departures(at: i64, plan: &Plan, arrivals: &[i64]) -> Vec<i64> {
    let (units, tiers) = lengths(plan);
    let mut lengths: BTreeSet<i64> = BTreeSet::new();
    let mut around = |ms: i64| {
        lengths.extend([ms.saturating_sub(MINUTE_MS), ms, ms.saturating_add(MINUTE_MS)]);
    };
    let free: BTreeSet<i64> = plan.free.iter().map(|rule| rule.length_ms).collect();
    free.iter().for_each(|length| around(*length));
    for unit in &units {
        for count in 1..=6_i64 {
            around(unit.saturating_mul(count));
            free.iter().for_each(|ms| around(unit.saturating_mul(count).saturating_add(*ms)));
        }
    }
    for tier in &tiers {
        around(*tier);
        units.iter().for_each(|unit| around(tier.saturating_add(*unit)));
    }
    for hours in [6, 12, 24, 36, 48, 72] {
        around(HOUR_MS.saturating_mul(hours));
    }
    // The borders are among the arrivals of the day; they come again on the next one.
    let borders = arrivals.iter().flat_map(|ms| [*ms, ms.saturating_add(DAY_MS)]);
    let ahead = borders.map(|ms| ms.saturating_sub(at)).filter(|ms| (0..2 * DAY_MS).contains(ms));
    lengths.extend(ahead);
    lengths.into_iter().filter(|ms| *ms > 0).map(|ms| at.saturating_add(ms)).collect()
}

/// Every so many arrivals with all their departures, so that the bills stay within a number.
pub(super) fn thinned(plan: &Plan, arrivals: &[i64], bills: usize) -> Vec<(i64, Vec<i64>)> {
    let each = arrivals.first().map_or(1, |at| departures(*at, plan, arrivals).len()).max(1);
    let most = bills.checked_div(each).unwrap_or(0).max(4);
    let step = arrivals.len().div_ceil(most).max(1);
    let kept = arrivals.iter().step_by(step);
    kept.map(|at| (*at, departures(*at, plan, arrivals))).collect()
}

/// Few arrivals with few departures, for what is tried with each pair of departures.
pub(super) fn few(plan: &Plan, arrivals: &[i64], bills: usize) -> Vec<(i64, Vec<i64>)> {
    const PAIRS_OF: usize = 40;
    let most = bills.div_euclid(PAIRS_OF * PAIRS_OF / 2).max(2);
    let step = arrivals.len().div_ceil(most).max(1);
    let kept = arrivals.iter().step_by(step);
    let some = kept.map(|at| {
        let stayed = |to: &i64| to.saturating_sub(*at);
        let within_a_day = |to: &i64| stayed(to) <= DAY_MS;
        let all = departures(*at, plan, arrivals);
        let near: Vec<i64> = all.into_iter().filter(within_a_day).collect();
        // Whole minutes of five are borders of units; a minute before or after saves nothing more.
        let round = |to: &&i64| stayed(to).rem_euclid(5 * MINUTE_MS) == 0;
        let rounded: Vec<i64> = near.iter().filter(round).copied().collect();
        let kept = if rounded.len() > PAIRS_OF / 2 { rounded } else { near };
        let step = kept.len().div_ceil(PAIRS_OF).max(1);
        (*at, kept.into_iter().step_by(step).collect())
    });
    some.collect()
}

/// Stays of days, months and years from some arrivals, to come to every tier and cap.
pub(super) fn long(arrivals: &[i64]) -> Vec<Interval> {
    let step = arrivals.len().div_ceil(48).max(1);
    let mut stays = Vec::new();
    for (number, from_ms) in arrivals.iter().step_by(step).enumerate() {
        for days in [1, 3, 10, 40] {
            stays.extend(interval(*from_ms, from_ms.saturating_add(DAY_MS.saturating_mul(days))));
        }
        if number == 0 {
            stays.extend(interval(*from_ms, from_ms.saturating_add(400 * DAY_MS)));
        }
    }
    stays
}
