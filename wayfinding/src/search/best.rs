//! The best bays so far: as many as are wanted, and those that cost the same as the last of them.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use vocabulary::BayCode;

/// Room that is taken at once; more only when it is needed.
const ROOM: usize = 1024;

/// A bay that may be offered. Small, since more are kept than are offered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) cost_fen: i64,
    pub(super) slot: u32,
}

/// Of many bays the best.
#[derive(Debug)]
pub(super) struct Best {
    limit: usize,
    /// What the best cost, dearest on top: so it is known at once what costs too much.
    costs: BinaryHeap<i64>,
    /// Those that were among the best when they came.
    found: Vec<Candidate>,
}

impl Best {
    pub(super) fn new(limit: usize) -> Best {
        let room = limit.min(ROOM);
        let (costs, found) = (BinaryHeap::with_capacity(room), Vec::with_capacity(room * 2));
        Best { limit, costs, found }
    }

    /// Whether there are as many as are wanted.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.costs.len() >= self.limit
    }

    /// How many more are wanted.
    #[inline]
    pub(super) fn missing(&self) -> usize {
        self.limit - self.costs.len()
    }

    pub(super) fn clear(&mut self) {
        self.costs.clear();
        self.found.clear();
    }

    /// Keeps a bay if it is among the best; gives what the last of them costs, if that may be news.
    #[inline]
    pub(super) fn take(&mut self, candidate: Candidate) -> Option<i64> {
        if !self.is_full() {
            self.costs.push(candidate.cost_fen);
            self.found.push(candidate);
            return if self.is_full() { self.costs.peek().copied() } else { None };
        }
        let mut last = self.costs.peek_mut()?;
        match candidate.cost_fen.cmp(&last) {
            Ordering::Greater => return None,
            Ordering::Equal => {
                self.found.push(candidate);
                return None;
            }
            Ordering::Less => *last = candidate.cost_fen,
        }
        drop(last);
        self.found.push(candidate);
        self.costs.peek().copied()
    }

    /// The best, in order of cost; of the same cost in order of code, which `told` gives with whatever else is told.
    ///
    /// All is looked up before any is compared: bays lie far apart in memory, and so they are on their way at once.
    pub(super) fn ranked<T>(
        mut self,
        told: impl Fn(u32) -> (BayCode, T),
    ) -> impl Iterator<Item = (Candidate, T)> {
        if let (true, Some(last_fen)) = (self.is_full(), self.costs.peek()) {
            self.found.retain(|candidate| candidate.cost_fen <= *last_fen);
        }
        let with_told = |candidate: Candidate| (candidate, told(candidate.slot));
        let mut ranked: Vec<(Candidate, (BayCode, T))> =
            self.found.into_iter().map(with_told).collect();
        ranked.sort_unstable_by(|(a, (a_code, _)), (b, (b_code, _))| {
            a.cost_fen.cmp(&b.cost_fen).then_with(|| a_code.cmp(b_code))
        });
        ranked.truncate(self.limit);
        ranked.into_iter().map(|(candidate, (_, told))| (candidate, told))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_the_first_of_all_in_order(
            costs in prop::collection::vec(0_i64..20, 0..60), limit in 1_usize..30,
        ) {
            // Codes in the other order than slots.
            let codes: Vec<BayCode> =
                (0..60).map(|slot| BayCode::parse(&format!("B{:03}", 100 - slot)).unwrap()).collect();
            let code = |slot: u32| &codes[slot as usize];
            let mut best = Best::new(limit);
            let mut sorted: Vec<(i64, &BayCode, u32)> = Vec::new();
            for (slot, cost_fen) in (0..).zip(costs) {
                let told = best.take(Candidate { cost_fen, slot });
                let last = |all: &[(i64, &BayCode, u32)]| all.get(limit - 1).map(|last| last.0);
                let before = last(&sorted);
                sorted.push((cost_fen, code(slot), slot));
                sorted.sort();
                let now = last(&sorted);
                prop_assert!(told == now || (told.is_none() && before == now), "{told:?} {now:?}");
                prop_assert_eq!(best.is_full(), now.is_some());
            }
            let told = |slot| (code(slot).clone(), slot);
            let ranked: Vec<u32> = best.ranked(told).map(|(_, slot)| slot).collect();
            let first: Vec<u32> = sorted.iter().take(limit).map(|bay| bay.2).collect();
            prop_assert_eq!(ranked, first);
        }
    }
}
