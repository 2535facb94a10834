//! One vehicle in one or more bays: what its visit is priced from.
//!
//! A truck on two bays is one visit, priced once by the bays it occupies; a vehicle that moves
//! within the street goes on with its visit. What merely straddles a neighbouring bay is not
//! handed in here: it is free. Doubts are taken together: where one of its bays cannot vouch, the
//! time is in doubt, in favour of the driver.

use vocabulary::{BayId, Interval, Timestamp};

/// When a visit was, and on how many bays at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupied {
    /// In order, disjoint.
    pub intervals: Vec<Interval>,
    /// 1 or more. Bays count that were occupied together for half of the time or more: who moves
    /// on is seen in two for a moment, and pays for one.
    pub bays: u16,
}

/// Puts the bays of a visit together; in any order.
#[must_use]
pub fn occupied(parked: &[(BayId, Interval)]) -> Occupied {
    let mut borders: Vec<(Timestamp, i8)> = Vec::new();
    for (_, interval) in parked {
        borders.push((interval.start_at(), 1));
        borders.push((interval.end_at(), -1));
    }
    // An end before a beginning at the same instant: intervals are half open.
    borders.sort_unstable();
    let mut depths_ms: Vec<i64> = Vec::new();
    let mut intervals: Vec<Interval> = Vec::new();
    let mut depth = 0_usize;
    let mut since: Option<Timestamp> = None;
    for (at, change) in borders {
        if let Some(from) = since.filter(|_| depth > 0) {
            count(&mut depths_ms, depth, at.since_ms(from));
            append(&mut intervals, from, at);
        }
        depth = if change > 0 { depth.saturating_add(1) } else { depth.saturating_sub(1) };
        since = Some(at);
    }
    if intervals.is_empty() {
        // A stay without length is a stay.
        intervals = parked.iter().map(|(_, interval)| *interval).take(1).collect();
    }
    Occupied { intervals, bays: bays(&depths_ms) }
}

/// `depths_ms[n]` is how long at least n + 1 bays were occupied.
fn count(depths_ms: &mut Vec<i64>, depth: usize, length_ms: i64) {
    if depths_ms.len() < depth {
        depths_ms.resize(depth, 0);
    }
    for total in depths_ms.iter_mut().take(depth) {
        *total = total.saturating_add(length_ms);
    }
}

fn append(intervals: &mut Vec<Interval>, from: Timestamp, to: Timestamp) {
    let start = match intervals.last() {
        Some(last) if last.end_at() == from => intervals.pop().map_or(from, Interval::start_at),
        _ => from,
    };
    intervals.extend(Interval::new(start, to).filter(|i| !i.is_empty()));
}

fn bays(depths_ms: &[i64]) -> u16 {
    let whole_ms = depths_ms.first().copied().unwrap_or(0);
    let together = depths_ms.iter().filter(|ms| ms.saturating_mul(2) >= whole_ms).count();
    u16::try_from(together).unwrap_or(u16::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn interval(from: i64, to: i64) -> Interval {
        let at = |minute: i64| Timestamp::from_ms(minute * MINUTE);
        Interval::new(at(from), at(to)).unwrap()
    }

    #[test]
    fn the_bays_of_a_visit_are_put_together() {
        for (what, parked, intervals, bays) in [
            ("one bay", vec![(1, 0, 60)], vec![(0, 60)], 1),
            ("a truck on two", vec![(1, 0, 60), (2, 0, 60)], vec![(0, 60)], 2),
            ("its axles come apart", vec![(2, 1, 60), (1, 0, 61)], vec![(0, 61)], 2),
            ("on three", vec![(1, 0, 60), (2, 0, 60), (3, 0, 60)], vec![(0, 60)], 3),
            ("moved on at once", vec![(1, 0, 60), (2, 60, 90)], vec![(0, 90)], 1),
            ("moved on, seen twice", vec![(1, 0, 60), (2, 58, 90)], vec![(0, 90)], 1),
            (
                "moved on after five minutes",
                vec![(1, 0, 60), (2, 65, 90)],
                vec![(0, 60), (65, 90)],
                1,
            ),
            ("two bays for half of the time", vec![(1, 0, 60), (2, 30, 60)], vec![(0, 60)], 2),
            ("two bays for less", vec![(1, 0, 60), (2, 31, 60)], vec![(0, 60)], 1),
            ("nothing", vec![], vec![], 1),
            ("no length", vec![(1, 5, 5)], vec![(5, 5)], 1),
        ] {
            let parked: Vec<(BayId, Interval)> = parked
                .into_iter()
                .map(|(bay, from, to)| {
                    let id = format!("00000000-0000-0000-0000-{bay:012}").parse().unwrap();
                    (id, interval(from, to))
                })
                .collect();
            let intervals = intervals.into_iter().map(|(a, b)| interval(a, b)).collect();
            assert_eq!(occupied(&parked), Occupied { intervals, bays }, "{what}");
        }
    }
}
