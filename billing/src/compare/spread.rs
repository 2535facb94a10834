//! How amounts are spread: percentiles and bands, in bounded memory.
//!
//! Every amount is counted as it is, to the fen, as long as there are not too many different ones;
//! then in steps of ten fen, a hundred, and so on (an amount counts as the lower end of its step).

use std::collections::{BTreeMap, HashMap};

const VALUES_LIMIT: usize = 100_000;

/// How often each amount came.
#[derive(Clone, Debug)]
pub struct Spread {
    step_fen: i64,
    counts: HashMap<i64, u64>,
}

impl Default for Spread {
    fn default() -> Self {
        Spread { step_fen: 1, counts: HashMap::new() }
    }
}

impl Spread {
    /// Amounts are told apart by this much: 1 as long as every fen is kept.
    #[must_use]
    pub fn step_fen(&self) -> i64 {
        self.step_fen
    }

    /// Counts an amount.
    pub fn add(&mut self, fen: i64, times: u64) {
        let step = fen.div_euclid(self.step_fen.max(1)).saturating_mul(self.step_fen);
        let count = self.counts.entry(step).or_default();
        *count = count.saturating_add(times);
        if self.counts.len() > VALUES_LIMIT {
            self.coarser();
        }
    }

    /// Adds the amounts of another spread.
    pub fn merge(&mut self, other: &Spread) {
        while self.step_fen < other.step_fen {
            self.coarser();
        }
        for (fen, times) in &other.counts {
            self.add(*fen, *times);
        }
    }

    fn coarser(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        self.step_fen = self.step_fen.saturating_mul(10);
        for (fen, times) in counts {
            self.add(fen, times);
        }
    }

    /// The amount that `percent` of all do not exceed, by nearest rank; the smallest for 0, the
    /// largest for 100; 0 where there is none.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> i64 {
        let sorted: BTreeMap<i64, u64> = self.counts.iter().map(|(k, v)| (*k, *v)).collect();
        let total = sorted.values().fold(0_u128, |sum, n| sum.saturating_add(u128::from(*n)));
        let rank = total.saturating_mul(percent.min(100).into()).div_ceil(100).max(1);
        let mut before = 0_u128;
        for (fen, times) in &sorted {
            before = before.saturating_add((*times).into());
            if before >= rank {
                return *fen;
            }
        }
        0
    }

    /// How many lie below the first edge, between each two (the lower included), and from the
    /// last on; one more than there are edges.
    #[must_use]
    pub fn bands(&self, edges_fen: &[i64]) -> Vec<u64> {
        let mut bands = vec![0_u64; edges_fen.len().saturating_add(1)];
        for (fen, times) in &self.counts {
            let place = edges_fen.partition_point(|edge| edge <= fen);
            if let Some(band) = bands.get_mut(place) {
                *band = band.saturating_add(*times);
            }
        }
        bands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(amounts: impl IntoIterator<Item = i64>) -> Spread {
        let mut spread = Spread::default();
        amounts.into_iter().for_each(|fen| spread.add(fen, 1));
        spread
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        // Of 1 to 10, half do not exceed 5, nine tenths do not exceed 9.
        let ten = spread(1..=10);
        let found = [0, 10, 50, 90, 91, 100].map(|percent| ten.percentile(percent));
        assert_eq!(found, [1, 1, 5, 9, 10, 10]);
        assert_eq!(spread([]).percentile(50), 0);
    }

    #[test]
    fn bands_include_their_lower_edge() {
        assert_eq!(spread([-5, -1, 0, 0, 1, 7]).bands(&[-1, 0, 1]), [1, 1, 2, 2]);
    }

    #[test]
    fn too_many_amounts_are_counted_in_steps() {
        let many = spread(0..250_000);
        assert_eq!(many.step_fen(), 10);
        assert_eq!(many.percentile(100), 249_990);
        assert_eq!(many.bands(&[100_000]), [100_000, 150_000]);
    }
}
