//! The best bays so far: as many as are wanted, and those that cost the same as the last of them.

use vocabulary::BayCode;

/// Room that is taken at once; more only when it is needed.
const ROOM: usize = 1024;

/// A bay that may be offered, and what of it need not be reckoned again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) cost_fen: i64,
    pub(super) walk_m: f64,
    pub(super) drive_m: f64,
    pub(super) slot: u32,
}

/// Of many bays the best.
#[derive(Debug)]
pub(super) struct Best {
    limit: usize,
    /// Those that may be among the best.
    found: Vec<Candidate>,
    /// With so many of them it is time to drop those that are not.
    crowd: usize,
}

impl Best {
    pub(super) fn new(limit: usize) -> Best {
        let found = Vec::with_capacity(limit.min(ROOM) * 2);
        Best { limit, found, crowd: limit.saturating_mul(2) }
    }

    /// Whether there are as many as are wanted.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// How many more are wanted.
    #[inline]
    pub(super) fn missing(&self) -> usize {
        self.limit.saturating_sub(self.found.len())
    }

    pub(super) fn clear(&mut self) {
        self.found.clear();
    }

    #[inline]
    pub(super) fn take(&mut self, candidate: Candidate) {
        self.found.push(candidate);
    }

    /// Whether so many were taken that it is time to settle.
    #[inline]
    pub(super) fn is_crowded(&self) -> bool {
        self.found.len() >= self.crowd
    }

    /// Drops what is not among the best, and gives what the last of them costs, once there are as many as are wanted.
    pub(super) fn settle(&mut self) -> Option<i64> {
        let last = self.limit.checked_sub(1).filter(|last| *last < self.found.len())?;
        let (_, candidate, _) =
            self.found.select_nth_unstable_by_key(last, |candidate| candidate.cost_fen);
        let last_fen = candidate.cost_fen;
        self.found.retain(|candidate| candidate.cost_fen <= last_fen);
        // Many may cost the same.
        self.crowd = self.found.len().saturating_mul(2);
        Some(last_fen)
    }

    /// The best, in order of cost; of the same cost in order of code, which `told` gives with whatever else is told.
    ///
    /// All is looked up before any is compared: bays lie far apart in memory, and so they are on their way at once.
    pub(super) fn ranked<T>(
        mut self,
        told: impl Fn(u32) -> (BayCode, T),
    ) -> impl Iterator<Item = (Candidate, T)> {
        self.settle();
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
                best.take(Candidate { cost_fen, walk_m: 0.0, drive_m: 0.0, slot });
                sorted.push((cost_fen, code(slot), slot));
                sorted.sort();
                prop_assert_eq!((best.is_full(), best.missing()), (slot as usize + 1 >= limit, limit.saturating_sub(slot as usize + 1)));
                if best.is_crowded() {
                    prop_assert_eq!(best.settle(), sorted.get(limit - 1).map(|last| last.0));
                    prop_assert!(!best.is_crowded());
                }
            }
            let told = |slot| (code(slot).clone(), slot);
            let ranked: Vec<u32> = best.ranked(told).map(|(_, slot)| slot).collect();
            let first: Vec<u32> = sorted.iter().take(limit).map(|bay| bay.2).collect();
            prop_assert_eq!(ranked, first);
        }
    }
}
