//! Which published stay belongs to which true one: the longest overlap within the bay of the time that
//! is charged.

use std::collections::BTreeMap;

use vocabulary::{Interval, Timestamp};

use super::Comparison;
use super::figures::doubts_of;
use super::read::{PublishedStay, TrueStay};

/// What belongs together in one bay.
#[derive(Debug)]
pub(super) struct BayPairs<'a> {
    pub(super) bay_code: &'a str,
    pub(super) pairs: Vec<Pair<'a>>,
    /// Published stays that overlap no true one.
    pub(super) phantoms: Vec<&'a PublishedStay>,
}

/// A true stay and the published stays that belong to it, the longest overlap first.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) truth: &'a TrueStay,
    pub(super) stays: Vec<&'a PublishedStay>,
    /// Another published stay overlaps it, which belongs to another true one.
    pub(super) merged: bool,
}

pub(super) fn pair<'a>(comparison: &Comparison<'a>) -> Vec<BayPairs<'a>> {
    let mut published: BTreeMap<&str, Vec<&PublishedStay>> = BTreeMap::new();
    for code in comparison.truth.stays.keys() {
        published.entry(code).or_default();
    }
    for stay in comparison.stays {
        published.entry(&stay.bay_code).or_default().push(stay);
    }
    let none: &[TrueStay] = &[];
    published
        .into_iter()
        .map(|(bay_code, stays)| {
            let truths = comparison.truth.stays.get(bay_code).map_or(none, Vec::as_slice);
            bay(bay_code, truths, stays, comparison.until)
        })
        .collect()
}

fn bay<'a>(
    bay_code: &'a str,
    truths: &'a [TrueStay],
    mut stays: Vec<&'a PublishedStay>,
    until: Timestamp,
) -> BayPairs<'a> {
    stays.sort_by_key(|stay| stay.arrived_at);
    let mut pairs: Vec<Pair<'a>> =
        truths.iter().map(|truth| Pair { truth, stays: Vec::new(), merged: false }).collect();
    pairs.sort_by_key(|pair| pair.truth.arrived_at);
    let mut phantoms = Vec::new();
    for stay in stays {
        // What is charged says best whose bill it is; then what is billed, its doubts among it, then
        // what may have been.
        let charged = charged(stay, until).into_iter();
        let charged: Vec<_> = charged.flat_map(|part| overlaps(&pairs, part, until)).collect();
        let billed = overlaps(&pairs, billed(stay, until), until);
        let possible = overlaps(&pairs, seen(stay, until), until);
        let own = longest(&charged).or_else(|| longest(&billed)).or_else(|| longest(&possible));
        match own {
            Some(own) => pairs[own].stays.push(stay),
            None => phantoms.push(stay),
        }
        for (_, other) in possible.iter().filter(|(_, other)| Some(*other) != own) {
            pairs[*other].merged = true;
        }
    }
    for pair in &mut pairs {
        let truth = present(pair.truth, until);
        pair.stays.sort_by_key(|stay| {
            let (sure, possible) = (billed(stay, until), seen(stay, until));
            std::cmp::Reverse((shared_ms(sure, truth), shared_ms(possible, truth)))
        });
    }
    BayPairs { bay_code, pairs, phantoms }
}

/// True stays that overlap the interval: how long, and their places.
fn overlaps(pairs: &[Pair<'_>], interval: Interval, until: Timestamp) -> Vec<(i64, usize)> {
    // True stays are disjoint and in order: those that overlap are neighbours.
    let ends_before = |pair: &Pair<'_>| present(pair.truth, until).end_at() <= interval.start_at();
    let first = pairs.partition_point(ends_before);
    (first..)
        .zip(&pairs[first..])
        .take_while(|(_, pair)| present(pair.truth, until).start_at() < interval.end_at())
        .map(|(place, pair)| (shared_ms(interval, present(pair.truth, until)), place))
        .filter(|(ms, _)| *ms > 0)
        .collect()
}

/// The place that is overlapped longest; of two, the earlier.
fn longest(overlaps: &[(i64, usize)]) -> Option<usize> {
    let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
    for (ms, place) in overlaps {
        *sums.entry(*place).or_default() += ms;
    }
    let longest = sums.into_iter().max_by_key(|(place, ms)| (*ms, std::cmp::Reverse(*place)));
    longest.map(|(place, _)| place)
}

/// All of the time in which the vehicle was there, or was reported to be.
fn present(truth: &TrueStay, until: Timestamp) -> Interval {
    let end_at = truth.left_at.unwrap_or(until).max(truth.reported.end_at());
    let start_at = truth.arrived_at.min(truth.reported.start_at());
    Interval::new(start_at, end_at.max(start_at)).expect("put in order")
}

/// The time that is charged.
fn charged(stay: &PublishedStay, until: Timestamp) -> Vec<Interval> {
    let doubts: Vec<Interval> = doubts_of(stay, until).map(|(_, doubt)| doubt).collect();
    billed(stay, until).without(&doubts)
}

/// The time that is billed, doubts among it.
fn billed(stay: &PublishedStay, until: Timestamp) -> Interval {
    let left_at = stay.left_at.unwrap_or(until).max(stay.arrived_at);
    Interval::new(stay.arrived_at, left_at).expect("put in order")
}

/// All of the time in which a published stay may have been.
pub(super) fn seen(stay: &PublishedStay, until: Timestamp) -> Interval {
    let start_at = stay.arrived_earliest_at.unwrap_or(stay.arrived_at).min(stay.arrived_at);
    let left_at = stay.left_at.unwrap_or(until);
    let end_at = stay.left_latest_at.unwrap_or(left_at).max(left_at);
    Interval::new(start_at, end_at.max(start_at)).expect("put in order")
}

fn shared_ms(one: Interval, other: Interval) -> i64 {
    one.overlap(other).map_or(0, Interval::length_ms)
}
