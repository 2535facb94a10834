//! The states of all bays, two bits each: a search looks at 64 of them at once.

use std::sync::atomic::{AtomicU64, Ordering};

use super::grid::at;
use crate::State;

/// A bit for each bay that is free, and one for each that is unknown; neither: it is occupied.
#[derive(Debug)]
pub(super) struct Bits {
    free: Vec<AtomicU64>,
    unknown: Vec<AtomicU64>,
}

/// Which bays are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    In(State),
}

impl Bits {
    /// All occupied.
    pub(super) fn new(count: usize) -> Bits {
        let words = || (0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Bits { free: words(), unknown: words() }
    }

    /// A reader meanwhile may see the bay occupied, never free while it is unknown.
    pub(super) fn set(&self, slot: usize, state: State) {
        let bits = [(&self.free, State::Free), (&self.unknown, State::Unknown)];
        for (words, _) in bits.iter().filter(|(_, of)| *of != state) {
            words[slot / 64].fetch_and(!(1 << (slot % 64)), Ordering::Relaxed);
        }
        for (words, _) in bits.iter().filter(|(_, of)| *of == state) {
            words[slot / 64].fetch_or(1 << (slot % 64), Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn state(&self, slot: usize) -> State {
        let has =
            |words: &[AtomicU64]| words[slot / 64].load(Ordering::Relaxed) >> (slot % 64) & 1 == 1;
        match (has(&self.free), has(&self.unknown)) {
            (_, true) => State::Unknown,
            (true, false) => State::Free,
            (false, false) => State::Occupied,
        }
    }

    /// Calls for each such bay from slot `from` up to `to`, in order.
    #[inline]
    pub(super) fn each(&self, which: Which, from: u32, to: u32, mut visit: impl FnMut(u32)) {
        let (from, to) = (at(from), at(to));
        for word in from / 64..to.div_ceil(64) {
            let mut bits = self.between(which, word, from, to);
            while bits != 0 {
                #[expect(clippy::cast_possible_truncation, reason = "slots are u32")]
                visit((word * 64) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    /// How many there are from slot `from` up to `to`.
    #[inline]
    pub(super) fn count(&self, which: Which, from: u32, to: u32) -> u32 {
        let (from, to) = (at(from), at(to));
        let words = from / 64..to.div_ceil(64);
        words.map(|word| self.between(which, word, from, to).count_ones()).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.free.as_slice()) + size_of_val(self.unknown.as_slice())
    }

    /// Of a word what lies between two slots.
    #[inline]
    fn between(&self, which: Which, word: usize, from: usize, to: usize) -> u64 {
        let mut bits = self.word(which, word);
        if word == from / 64 {
            bits &= u64::MAX << (from % 64);
        }
        if word == to / 64 {
            bits &= (1 << (to % 64)) - 1;
        }
        bits
    }

    #[inline]
    fn word(&self, which: Which, word: usize) -> u64 {
        let free = || self.free[word].load(Ordering::Relaxed);
        let unknown = || self.unknown[word].load(Ordering::Relaxed);
        match which {
            Which::All => u64::MAX,
            Which::In(State::Free) => free(),
            Which::In(State::Unknown) => unknown(),
            Which::In(State::Occupied) => !(free() | unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bays_are_visited_by_their_state_between_two_slots() {
        let bits = Bits::new(200);
        for (slot, state) in
            [(3, State::Free), (64, State::Unknown), (127, State::Free), (128, State::Free)]
        {
            bits.set(slot, state);
            assert_eq!(bits.state(slot), state);
        }
        let seen = |which, from, to| {
            let mut slots = Vec::new();
            bits.each(which, from, to, |slot| slots.push(slot));
            assert_eq!(at(bits.count(which, from, to)), slots.len());
            slots
        };
        assert_eq!(seen(Which::In(State::Free), 0, 200), [3, 127, 128]);
        assert_eq!(seen(Which::In(State::Free), 4, 128), [127]);
        assert_eq!(seen(Which::In(State::Unknown), 0, 200), [64]);
        assert_eq!(seen(Which::In(State::Occupied), 126, 130), [126, 129]);
        assert_eq!(seen(Which::All, 62, 66), [62, 63, 64, 65]);
        assert!(seen(Which::All, 64, 64).is_empty());
        bits.set(3, State::Occupied);
        assert_eq!((bits.state(3), seen(Which::In(State::Free), 0, 64)), (State::Occupied, vec![]));
    }
}
