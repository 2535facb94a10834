//! The best bays so far: as many as are wanted, and those that cost the same as the last of them.

use vocabulary::BayCode;

/// Room that is taken at once; more only when it is needed.
const ROOM: usize = 1024;

/// A bay that may be offered. Small, since more are kept than are offered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) cost_fen: i64,
    pub(super) walk_m: f64,
    pub(super) slot: u32,
}

/// Of many bays the best.
#[derive(Debug)]
pub(super) struct Best {
    limit: usize,
    /// Those that may be among the best.
    found: Vec<Candidate>,
    /// How many of these are known to be, and with how many it is time to find out anew: twice as many as are wanted,
    /// or as cost the same.
    settled: usize,
    crowd: usize,
    /// Room for what they cost.
    costs: Vec<i64>,
}

/// One of the best, with what is told of it.
#[derive(Clone, Debug)]
pub(super) struct Ranked<T> {
    pub(super) cost_fen: i64,
    pub(super) walk_m: f64,
    pub(super) told: T,
    pub(super) slot: u32,
    code: BayCode,
}

impl Best {
    pub(super) fn new(limit: usize) -> Best {
        let room = limit.min(ROOM) * 2;
        let (found, costs) = (Vec::with_capacity(room), Vec::with_capacity(room));
        Best { limit, found, settled: 0, crowd: limit.saturating_mul(2), costs }
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
        (self.settled, self.crowd) = (0, self.limit.saturating_mul(2));
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

    /// Drops those that are not among the best. Gives what the last of them costs, once there are as many as are wanted;
    /// nothing if no more were taken since.
    pub(super) fn settle(&mut self) -> Option<i64> {
        if self.limit == 0 || !self.is_full() || self.found.len() == self.settled {
            return None;
        }
        self.costs.clear();
        self.costs.extend(self.found.iter().map(|candidate| candidate.cost_fen));
        let last_fen = *self.costs.select_nth_unstable(self.limit - 1).1;
        self.found.retain(|candidate| candidate.cost_fen <= last_fen);
        self.settled = self.found.len();
        self.crowd = self.settled.saturating_mul(2);
        Some(last_fen)
    }

    /// The best, in order of cost; of the same cost in order of code, which `told` gives with whatever else is told.
    ///
    /// All is looked up before any is compared: bays lie far apart in memory, and so they are on their way at once.
    pub(super) fn ranked<T>(mut self, told: impl Fn(u32) -> (BayCode, T)) -> Vec<Ranked<T>> {
        self.found.sort_unstable_by_key(|candidate| candidate.cost_fen);
        if let Some(last) = self.limit.checked_sub(1).and_then(|last| self.found.get(last)) {
            let last_fen = last.cost_fen;
            let end = self.found.partition_point(|candidate| candidate.cost_fen <= last_fen);
            self.found.truncate(end);
        }
        let mut ranked = Vec::with_capacity(self.found.len());
        ranked.extend(self.found.iter().map(|Candidate { cost_fen, walk_m, slot }| {
            let (code, told) = told(*slot);
            Ranked { cost_fen: *cost_fen, code, slot: *slot, walk_m: *walk_m, told }
        }));
        ranked
            .sort_unstable_by(|a, b| a.cost_fen.cmp(&b.cost_fen).then_with(|| a.code.cmp(&b.code)));
        ranked.truncate(self.limit);
        ranked
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
                best.take(Candidate { cost_fen, walk_m: 0.0, slot });
                sorted.push((cost_fen, code(slot), slot));
                sorted.sort();
                prop_assert_eq!((best.is_full(), best.missing()), (slot as usize + 1 >= limit, limit.saturating_sub(slot as usize + 1)));
                if best.is_crowded() {
                    prop_assert_eq!(best.settle(), sorted.get(limit - 1).map(|last| last.0));
                    prop_assert!(!best.is_crowded() && best.settle().is_none());
                }
            }
            let told = |slot| (code(slot).clone(), slot);
            let ranked: Vec<u32> = best.ranked(told).into_iter().map(|ranked| ranked.told).collect();
            let first: Vec<u32> = sorted.iter().take(limit).map(|bay| bay.2).collect();
            prop_assert_eq!(ranked, first);
        }
    }
}
