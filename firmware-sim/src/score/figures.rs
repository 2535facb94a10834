//! Detection, timing, and the shares of doubt and of faults.

use std::collections::BTreeMap;

use serde::Serialize;
use vocabulary::{Interval, Timestamp};

use super::pairing::{BayPairs, seen};
use super::read::PublishedStay;
use super::{Comparison, Score};

/// Absolute differences in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half are not above it.
    pub p50: f64,
    /// Nine in ten are not.
    pub p90: f64,
    /// 99 in a hundred are not.
    pub p99: f64,
    /// None is.
    pub max: f64,
}

pub(super) fn detection(comparison: &Comparison<'_>, bays: &[BayPairs<'_>], score: &mut Score) {
    let counts = |stay: &PublishedStay| {
        stay.left_at.is_some() && seen(stay, comparison.until).length_ms() >= comparison.minimum_ms
    };
    let counted =
        |stays: &[&PublishedStay]| stays.iter().filter(|stay| counts(stay)).count() as u64;
    for bay in bays {
        score.published_stays += counted(&bay.phantoms);
        for pair in &bay.pairs {
            let Some(left_at) = pair.truth.left_at else { continue };
            score.published_stays += counted(&pair.stays);
            score.right += counted(&pair.stays).min(1);
            let long = left_at.since_ms(pair.truth.arrived_at) >= comparison.minimum_ms;
            score.true_stays += u64::from(long);
            score.found += u64::from(long && !pair.stays.is_empty());
        }
    }
    score.precision = share(score.right, score.published_stays);
    score.recall = share(score.found, score.true_stays);
}

pub(super) fn timing(bays: &[BayPairs<'_>], score: &mut Score) {
    let (mut arrivals, mut departures) = (Vec::new(), Vec::new());
    for pair in bays.iter().flat_map(|bay| &bay.pairs) {
        let (Some(stay), Some(_)) = (pair.stays.first(), pair.truth.left_at) else { continue };
        let Some(left_at) = stay.left_at else { continue };
        arrivals.push(stay.arrived_at.since_ms(pair.truth.reported.start_at()).abs());
        departures.push(left_at.since_ms(pair.truth.reported.end_at()).abs());
    }
    score.arrival_error_s = Percentiles::of(arrivals);
    score.departure_error_s = Percentiles::of(departures);
}

pub(super) fn shares(comparison: &Comparison<'_>, score: &mut Score) {
    let (from, until) = (comparison.truth.from, comparison.until);
    let Some(all) = Interval::new(from, until) else { return };
    let mut doubts: BTreeMap<&str, Vec<Interval>> = BTreeMap::new();
    let mut stays_ms = 0;
    for stay in comparison.stays {
        stays_ms += all.overlap(seen(stay, until)).map_or(0, Interval::length_ms);
        for (reason, doubt) in doubts_of(stay, until) {
            let doubt = all.overlap(doubt);
            *score.doubt_h.entry(reason.to_owned()).or_default() += hours(length_ms(doubt));
            doubts.entry(&stay.bay_code).or_default().extend(doubt);
        }
    }
    let mut faults_ms = 0;
    for faults in comparison.truth.faults.values() {
        let clipped = faults.iter().filter_map(|(kind, fault)| Some((kind, all.overlap(*fault)?)));
        let mut intervals = Vec::new();
        for (kind, fault) in clipped {
            *score.fault_h.entry(kind.name().to_owned()).or_default() += hours(fault.length_ms());
            intervals.push(fault);
        }
        faults_ms += covered_ms(all, &intervals);
    }
    let doubts_ms = doubts.values().map(|intervals| covered_ms(all, intervals)).sum();
    let bays = i64::try_from(comparison.truth.bays).unwrap_or(i64::MAX);
    let bays_ms = all.length_ms().saturating_mul(bays);
    score.doubtful_permille = permille(doubts_ms, bays_ms);
    score.faulty_permille = permille(faults_ms, bays_ms);
    score.doubtful_of_stays_permille = permille(doubts_ms, stays_ms);
}

/// The doubts of a stay with their reasons; one that goes on lasts until `until`.
pub(super) fn doubts_of(
    stay: &PublishedStay,
    until: Timestamp,
) -> impl Iterator<Item = (&str, Interval)> {
    stay.doubts.iter().filter_map(move |doubt| {
        let to = doubt.to.unwrap_or(until);
        Some((doubt.reason.as_str(), Interval::new(doubt.from, to)?))
    })
}

/// How much of `all` the intervals cover; what overlaps counts once.
fn covered_ms(all: Interval, intervals: &[Interval]) -> i64 {
    let left: i64 = all.without(intervals).into_iter().map(Interval::length_ms).sum();
    all.length_ms() - left
}

fn length_ms(interval: Option<Interval>) -> i64 {
    interval.map_or(0, Interval::length_ms)
}

impl Percentiles {
    fn of(mut values_ms: Vec<i64>) -> Self {
        values_ms.sort_unstable();
        // The nearest rank: the smallest value with at least so many at or below it.
        let at = |percent: usize| {
            let rank = (values_ms.len() * percent).div_ceil(100).max(1);
            values_ms.get(rank - 1).map_or(0.0, |ms| seconds(*ms))
        };
        Percentiles { p50: at(50), p90: at(90), p99: at(99), max: at(100) }
    }
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

fn hours(ms: i64) -> f64 {
    seconds(ms) / 3_600.0
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 1.0 } else { part as f64 / all as f64 }
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn permille(part: i64, all: i64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 * 1_000.0 / all as f64 }
}
