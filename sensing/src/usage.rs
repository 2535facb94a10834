//! What a stay adds to the use of its block, hour by hour (UTC).
//!
//! A stay counts as an arrival in the hour it arrives. Its departure and its time count once it has
//! left, so that no figure depends on when it is asked. Void and superseded stays add nothing.

use std::collections::BTreeMap;

use vocabulary::{Interval, Timestamp};

use crate::reconcile::StayState;
use crate::span::Span;

const HOUR_MS: i64 = 3_600_000;

/// Use within one hour, or what is to be added to it. Milliseconds, and numbers of stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    pub arrivals: i64,
    pub departures: i64,
    /// Between the arrival and the departure that count.
    pub occupied_ms: i64,
    /// Part of that which the sensors cannot vouch for.
    pub doubtful_ms: i64,
}

/// The use of a stay by the hour that begins at the key.
#[must_use]
pub fn use_by_hour(state: StayState, span: &Span) -> BTreeMap<Timestamp, Use> {
    let mut hours: BTreeMap<Timestamp, Use> = BTreeMap::new();
    if !matches!(state, StayState::Present | StayState::Left) {
        return hours;
    }
    hours.entry(hour_of(span.arrived_at())).or_default().arrivals = 1;
    let Some(presence) = span.billable() else { return hours };
    hours.entry(hour_of(presence.end_at())).or_default().departures = 1;
    spread(presence, |hour, ms| hours.entry(hour).or_default().occupied_ms += ms);
    for doubt in union_within(span, presence) {
        spread(doubt, |hour, ms| hours.entry(hour).or_default().doubtful_ms += ms);
    }
    hours
}

/// The doubtful parts of a presence, overlaps counted once.
fn union_within(span: &Span, presence: Interval) -> Vec<Interval> {
    let mut doubts: Vec<(Timestamp, Timestamp)> = span
        .doubts
        .iter()
        .map(|d| {
            (
                d.interval.start_at().max(presence.start_at()),
                d.interval.end_at().min(presence.end_at()),
            )
        })
        .filter(|(start, end)| start < end)
        .collect();
    doubts.sort_unstable();
    let mut union: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in doubts {
        match union.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => union.push((start, end)),
        }
    }
    union.into_iter().filter_map(|(start, end)| Interval::new(start, end)).collect()
}

fn spread(interval: Interval, mut add: impl FnMut(Timestamp, i64)) {
    let mut from = interval.start_at();
    while from < interval.end_at() {
        let hour = hour_of(from);
        let to = hour.plus_ms(HOUR_MS).min(interval.end_at());
        add(hour, to.since_ms(from));
        from = to;
    }
}

fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_ms(at.ms().div_euclid(HOUR_MS) * HOUR_MS)
}

#[cfg(test)]
mod tests {
    use vocabulary::DeviceId;

    use super::*;
    use crate::{Doubt, DoubtReason, Edge, ReadingId};

    /// Minutes after 2026-09-15 08:00 UTC, a full hour.
    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(1_789_459_200_000 + minute * 60_000)
    }

    fn span(arrived: i64, left: Option<i64>, doubts: &[(i64, i64)]) -> Span {
        let doubt = |&(from, to): &(i64, i64)| Doubt {
            interval: Interval::new(at(from), at(to)).unwrap(),
            reason: DoubtReason::Silence,
        };
        Span {
            arrived: Edge::at(at(arrived)),
            left: left.map(|m| Edge::at(at(m))),
            doubts: doubts.iter().map(doubt).collect(),
            brief: false,
            first: ReadingId {
                device: "01890a5d-ac96-774b-bcce-b302099a8057".parse::<DeviceId>().unwrap(),
                epoch: "b".into(),
                number: 1,
                part: 0,
            },
            last: None,
        }
    }

    /// Hours after 08:00 with arrivals, departures, occupied and doubtful minutes.
    fn check(state: StayState, span: &Span, expected: &[(i64, [i64; 4])]) {
        let hours = use_by_hour(state, span);
        let found: Vec<(i64, [i64; 4])> = hours
            .iter()
            .map(|(hour, u)| {
                let row =
                    [u.arrivals, u.departures, u.occupied_ms / 60_000, u.doubtful_ms / 60_000];
                (hour.since_ms(at(0)) / HOUR_MS, row)
            })
            .collect();
        assert_eq!(found, expected, "{span:?}");
    }

    #[test]
    fn a_stay_counts_in_every_hour_it_touches() {
        use StayState::{Left, Present, Superseded, Void};
        check(Left, &span(10, Some(50), &[]), &[(0, [1, 1, 40, 0])]);
        check(
            Left,
            &span(50, Some(130), &[]),
            &[(0, [1, 0, 10, 0]), (1, [0, 0, 60, 0]), (2, [0, 1, 10, 0])],
        );
        check(Left, &span(0, Some(60), &[]), &[(0, [1, 0, 60, 0]), (1, [0, 1, 0, 0])]);
        check(Present, &span(10, None, &[(20, 30)]), &[(0, [1, 0, 0, 0])]);
        check(Void, &span(10, Some(50), &[]), &[]);
        check(Superseded, &span(10, Some(50), &[]), &[]);
    }

    #[test]
    fn doubtful_time_counts_once_and_within_the_stay() {
        let doubts = [(0, 20), (15, 30), (40, 70), (65, 200)];
        check(
            StayState::Left,
            &span(10, Some(80), &doubts),
            &[(0, [1, 0, 50, 40]), (1, [0, 1, 20, 20])],
        );
    }
}
