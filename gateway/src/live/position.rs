//! How far an append-only history was read.
//!
//! **Invariant:** no committed row is passed over. PostgreSQL hands out numbers before it commits
//! them, so a number may appear after a higher one: missing numbers are asked for again for a while.
//! A number of a transaction that was rolled back never appears.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How long a missing number is asked for: far longer than a transaction of this program takes.
const MISSING_FOR: Duration = Duration::from_secs(10);
/// Numbers asked for at most; the oldest are given up first.
const MISSING_LIMIT: usize = 20_000;
/// How far before the newest number reading begins: transactions open at the start may end there.
const LOOK_BACK: i64 = 10_000;

/// The newest number read, and those before it that were not there.
#[derive(Debug)]
pub(super) struct Position {
    newest: i64,
    missing: BTreeMap<i64, Instant>,
}

impl Position {
    /// Begins so far before the newest number known that transactions open then are not missed.
    pub(super) fn before(newest: i64) -> Position {
        Position::new(newest.saturating_sub(LOOK_BACK).max(0))
    }

    fn new(newest: i64) -> Position {
        Position { newest, missing: BTreeMap::new() }
    }

    /// The newest number read.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// The numbers that are still asked for.
    pub(super) fn missing(&mut self, now: Instant) -> Vec<i64> {
        self.missing.retain(|_, until| *until > now);
        while self.missing.len() > MISSING_LIMIT {
            self.missing.pop_first();
        }
        self.missing.keys().copied().collect()
    }

    /// These have appeared.
    pub(super) fn found(&mut self, late: impl Iterator<Item = i64>) {
        for number in late {
            self.missing.remove(&number);
        }
    }

    /// Goes on to the newest of `numbers` (ascending) and notes those between them.
    pub(super) fn read(&mut self, numbers: impl Iterator<Item = i64>, now: Instant) {
        for number in numbers {
            let first = (self.newest + 1).max(number - LOOK_BACK);
            self.missing.extend((first..number).map(|missed| (missed, now + MISSING_FOR)));
            self.newest = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_was_passed_over_is_asked_for_until_it_appears_or_its_time_is_up() {
        let start = Instant::now();
        let mut position = Position::new(3);
        position.read([4, 6, 9].into_iter(), start);
        assert_eq!((position.newest, position.missing(start)), (9, vec![5, 7, 8]));
        position.found([7].into_iter());
        position.read([11].into_iter(), start + Duration::from_secs(5));
        assert_eq!(position.missing(start + Duration::from_secs(9)), [5, 8, 10]);
        assert_eq!(position.missing(start + Duration::from_secs(10)), [10]);
        assert!(position.missing(start + Duration::from_secs(15)).is_empty());
    }

    #[test]
    fn a_long_pruned_stretch_is_not_asked_for_number_by_number() {
        let mut position = Position::new(0);
        position.read([5_000_000].into_iter(), Instant::now());
        assert_eq!(position.missing.len(), 10_000);
    }
}
