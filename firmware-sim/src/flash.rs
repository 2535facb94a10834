//! What a native device keeps until the gateway says that it is stored: a ring of readings.
//!
//! Pure. Invariants: oldest first; never more than its capacity; what falls out is handed back, to be counted.

use std::collections::VecDeque;
use std::sync::Arc;

/// Most readings in one message (docs/PROTOCOL.md).
pub(crate) const BATCH: usize = 500;

/// A reading as it is sent, and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) boot_id: Arc<str>,
    pub(crate) seq: u64,
    pub(crate) json: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct Flash {
    readings: VecDeque<Reading>,
    capacity: usize,
}

impl Flash {
    pub(crate) fn new(capacity: usize) -> Self {
        Flash { readings: VecDeque::new(), capacity: capacity.max(1) }
    }

    /// Keeps a reading; the oldest one falls out if the ring is full, and is returned.
    pub(crate) fn keep(&mut self, reading: Reading) -> Option<Reading> {
        let lost =
            if self.readings.len() < self.capacity { None } else { self.readings.pop_front() };
        self.readings.push_back(reading);
        lost
    }

    /// The gateway needs no reading of this boot id in these ranges, first and last number included,
    /// any more. How many were forgotten for it.
    pub(crate) fn stored(&mut self, boot_id: &str, ranges: &[(u64, u64)]) -> usize {
        let before = self.readings.len();
        let covered = |seq| ranges.iter().any(|(first, last)| (*first..=*last).contains(&seq));
        self.readings.retain(|r| &*r.boot_id != boot_id || !covered(r.seq));
        before - self.readings.len()
    }

    /// What was kept last.
    pub(crate) fn newest(&self) -> Option<&Reading> {
        self.readings.back()
    }

    /// What was kept last is stored.
    pub(crate) fn forget_newest(&mut self) {
        self.readings.pop_back();
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.readings.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.readings.len()
    }

    /// Payloads with all that is kept, oldest first, in batches that the gateway takes.
    pub(crate) fn batches(&self) -> Vec<String> {
        let (front, back) = self.readings.as_slices();
        let all: Vec<&str> = front.iter().chain(back).map(|r| &*r.json).collect();
        all.chunks(BATCH)
            .map(|batch| match batch {
                [one] => (*one).to_owned(),
                many => format!("[{}]", many.join(",")),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(boot_id: &str, seq: u64) -> Reading {
        Reading { boot_id: boot_id.into(), seq, json: format!("{{\"seq\":{seq}}}").into() }
    }

    fn kept(flash: &Flash) -> Vec<u64> {
        flash.readings.iter().map(|r| r.seq).collect()
    }

    #[test]
    fn readings_are_kept_until_they_are_stored() {
        let mut flash = Flash::new(10);
        for seq in 0..4 {
            assert_eq!(flash.keep(reading("a", seq)), None);
        }
        assert_eq!(flash.stored("a", &[(0, 1)]), 2);
        assert_eq!(kept(&flash), [2, 3]);
        assert_eq!(flash.stored("b", &[(0, 9)]), 0);
        assert_eq!(flash.stored("a", &[(5, 9), (3, 3), (9, 7)]), 1);
        assert_eq!(flash.stored("a", &[(0, 3)]), 1);
        assert!(flash.is_empty());
    }

    #[test]
    fn what_is_stored_of_one_start_says_nothing_of_another() {
        let mut flash = Flash::new(10);
        flash.keep(reading("a", 7));
        flash.keep(reading("b", 0));
        assert_eq!(flash.stored("b", &[(0, 0)]), 1);
        assert_eq!(kept(&flash), [7]);
    }

    #[test]
    fn a_full_ring_loses_the_oldest_and_hands_it_back() {
        let mut flash = Flash::new(2);
        let lost: Vec<_> = (0..5).filter_map(|seq| flash.keep(reading("a", seq))).collect();
        assert_eq!(lost.iter().map(|r| r.seq).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(kept(&flash), [3, 4]);
    }

    #[test]
    fn batches_are_arrays_of_at_most_500_oldest_first() {
        let mut flash = Flash::new(2_000);
        (0..1_001).for_each(|seq| drop(flash.keep(reading("a", seq))));
        let batches = flash.batches();
        assert_eq!(batches.len(), 3);
        assert!(batches[0].starts_with("[{\"seq\":0},{\"seq\":1},"));
        assert!(batches[1].starts_with("[{\"seq\":500},"));
        assert_eq!(batches[2], "{\"seq\":1000}");
    }
}
