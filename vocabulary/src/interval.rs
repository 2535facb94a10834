//! A stretch of time, half open: `[start, end)`.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// `[start_at, end_at)`; never ends before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds")]
pub struct Interval {
    start_at: Timestamp,
    end_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    start_at: Timestamp,
    end_at: Timestamp,
}

impl Interval {
    /// The interval, or `None` if it would end before it starts.
    #[must_use]
    pub fn new(start_at: Timestamp, end_at: Timestamp) -> Option<Self> {
        (start_at <= end_at).then_some(Interval { start_at, end_at })
    }

    /// First instant inside.
    #[must_use]
    pub fn start_at(self) -> Timestamp {
        self.start_at
    }

    /// First instant after.
    #[must_use]
    pub fn end_at(self) -> Timestamp {
        self.end_at
    }

    /// Length in milliseconds, 0 or more.
    #[must_use]
    pub fn length_ms(self) -> i64 {
        self.end_at.since_ms(self.start_at)
    }

    /// Whether nothing is inside.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start_at == self.end_at
    }

    /// The part shared with `other`, or `None` where they do not overlap.
    #[must_use]
    pub fn overlap(self, other: Interval) -> Option<Interval> {
        let shared =
            Interval::new(self.start_at.max(other.start_at), self.end_at.min(other.end_at))?;
        (!shared.is_empty()).then_some(shared)
    }

    /// What is left after taking `holes` away; in order, disjoint, none empty.
    #[must_use]
    pub fn without(self, holes: &[Interval]) -> Vec<Interval> {
        let mut sorted: Vec<Interval> = holes.iter().filter_map(|h| self.overlap(*h)).collect();
        sorted.sort_unstable();
        let mut left = Vec::new();
        let mut from_at = self.start_at;
        for hole in sorted {
            left.extend(Interval::new(from_at, hole.start_at).filter(|i| !i.is_empty()));
            from_at = from_at.max(hole.end_at);
        }
        left.extend(Interval::new(from_at, self.end_at).filter(|i| !i.is_empty()));
        left
    }
}

impl TryFrom<Bounds> for Interval {
    type Error = &'static str;
    fn try_from(b: Bounds) -> Result<Self, Self::Error> {
        Interval::new(b.start_at, b.end_at).ok_or("the interval ends before it starts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    fn interval(from: i64, to: i64) -> Interval {
        Interval::new(at(from), at(to)).unwrap()
    }

    #[test]
    fn an_interval_never_runs_backwards() {
        assert!(Interval::new(at(5), at(4)).is_none());
        let json = r#"{"start_at":"2026-01-02T00:00:00Z","end_at":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<Interval>(json).is_err());
    }

    #[test]
    fn holes_are_taken_out() {
        for (holes, left) in [
            (vec![], vec![(0, 10)]),
            (vec![(2, 4)], vec![(0, 2), (4, 10)]),
            (vec![(5, 20), (-5, 1)], vec![(1, 5)]),
            (vec![(3, 6), (4, 5), (6, 7)], vec![(0, 3), (7, 10)]),
            (vec![(0, 10)], vec![]),
            (vec![(10, 12)], vec![(0, 10)]),
        ] {
            let holes: Vec<_> = holes.into_iter().map(|(a, b)| interval(a, b)).collect();
            let left: Vec<_> = left.into_iter().map(|(a, b)| interval(a, b)).collect();
            assert_eq!(interval(0, 10).without(&holes), left, "{holes:?}");
        }
    }
}
