//! What a native device need not keep any longer: numbers of one boot whose readings are dealt with.
//!
//! Pure. A reading is dealt with when it is stored, was stored before, or was refused for good; what
//! never came is in no range, so a ring that overflowed leaves a gap and holds nothing up.

use std::ops::RangeInclusive;
use std::sync::Arc;

/// Ranges in one receipt.
const RANGES_LIMIT: usize = 64;

/// Numbers of a native device's boot that are dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub device_key: Arc<str>,
    pub boot_id: String,
    pub numbers: Numbers,
}

/// Ranges of numbers, ascending, apart from each other; at most `RANGES_LIMIT`, the lowest ones.
///
/// A device sends the lowest first, so those that are left out come again, and are told then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(Vec<RangeInclusive<i64>>);

impl Numbers {
    /// The ranges, joined where they touch, in whatever order they come.
    #[must_use]
    pub fn of(ranges: impl IntoIterator<Item = RangeInclusive<i64>>) -> Numbers {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut joined: Vec<RangeInclusive<i64>> =
            Vec::with_capacity(ranges.len().min(RANGES_LIMIT));
        for range in ranges {
            match joined.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => joined.push(range),
            }
        }
        joined.truncate(RANGES_LIMIT);
        Numbers(joined)
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Numbers) -> Numbers {
        Numbers::of(self.0.into_iter().chain(others.0))
    }

    /// The last number up to which all from 0 on are dealt with, and the ranges beyond it.
    #[must_use]
    pub fn split(&self) -> (Option<i64>, &[RangeInclusive<i64>]) {
        match self.0.split_first() {
            Some((first, rest)) if *first.start() == 0 => (Some(*first.end()), rest),
            _ => (None, &self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined_where_they_touch_and_told_from_nought_on() {
        for (ranges, up_to, rest) in [
            (vec![], None, vec![]),
            (vec![0..=4], Some(4), vec![]),
            (vec![3..=4, 0..=2], Some(4), vec![]),
            (vec![0..=9, 2..=3, 9..=12], Some(12), vec![]),
            // A ring that overflowed: 5 to 20 never came.
            (vec![21..=25, 0..=4], Some(4), vec![21..=25]),
            (vec![30..=30, 21..=25, 27..=29], None, vec![21..=25, 27..=30]),
            // Whether number 0 is still to come is not known.
            (vec![1..=7], None, vec![1..=7]),
            (vec![i64::MAX..=i64::MAX, 0..=0], Some(0), vec![i64::MAX..=i64::MAX]),
        ] {
            let numbers = Numbers::of(ranges.clone());
            assert_eq!(numbers.split(), (up_to, rest.as_slice()), "{ranges:?}");
        }
        let both = Numbers::of([0..=4]).and(Numbers::of([5..=6, 9..=9]));
        assert_eq!(both.split(), (Some(6), [9..=9].as_slice()));
    }

    #[test]
    fn of_too_many_ranges_the_lowest_are_told() {
        let numbers = Numbers::of((0..100).rev().map(|n| 2 * n..=2 * n));
        let (up_to, rest) = numbers.split();
        assert_eq!((up_to, rest.len(), rest.last()), (Some(0), 63, Some(&(126..=126))));
    }
}
