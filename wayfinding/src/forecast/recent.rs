//! The last five hours of a block, step by step.

/// Steps kept: four hours, the farthest that a forecast learns over, and the hour before.
pub(super) const RECENT: usize = 48 + 12 + 1;
/// Changes that a forecast looks at: since 5, 15, 30 and 60 minutes ago, in steps.
pub(super) const LOOKS_BACK: [usize; 4] = [1, 3, 6, 12];

/// A ring of shares; NaN is not known.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    shares: Vec<f32>,
    newest: usize,
}

impl Recent {
    pub(super) const HEAP_BYTES: usize = RECENT * size_of::<f32>();

    pub(super) fn new() -> Recent {
        Recent { shares: vec![f32::NAN; RECENT], newest: 0 }
    }

    /// Takes the share of the next step; what becomes too old comes out.
    pub(super) fn push(&mut self, share: Option<f32>) -> Option<f32> {
        self.newest = (self.newest + 1) % RECENT;
        let leaving = std::mem::replace(&mut self.shares[self.newest], share.unwrap_or(f32::NAN));
        known(leaving)
    }

    /// The share so many steps ago.
    pub(super) fn back(&self, steps: usize) -> Option<f32> {
        if steps >= RECENT {
            return None;
        }
        known(self.shares[(self.newest + RECENT - steps) % RECENT])
    }

    /// The newest share that is known, and how many steps old it is.
    pub(super) fn newest_known(&self) -> Option<(usize, f32)> {
        (0..RECENT).find_map(|age| Some((age, self.back(age)?)))
    }

    /// How a share of so many steps ago had changed before; 0 where that is not known.
    pub(super) fn changes(&self, steps: usize, share: f32) -> [f32; 4] {
        LOOKS_BACK.map(|earlier| self.back(steps + earlier).map_or(0.0, |before| share - before))
    }
}

fn known(share: f32) -> Option<f32> {
    (!share.is_nan()).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_out_when_the_ring_has_gone_round() {
        let mut recent = Recent::new();
        assert_eq!(recent.push(Some(0.5)), None);
        assert_eq!((recent.back(0), recent.back(1)), (Some(0.5), None));
        for _ in 1..RECENT {
            assert_eq!(recent.push(None), None);
        }
        assert_eq!(recent.newest_known(), Some((RECENT - 1, 0.5)));
        assert_eq!(recent.push(None), Some(0.5));
        assert_eq!(recent.newest_known(), None);
    }

    #[test]
    fn changes_are_measured_from_the_step_that_is_asked_for() {
        let mut recent = Recent::new();
        for share in [0.1, 0.2, 0.4, 0.8] {
            recent.push(Some(share));
        }
        let round = |changes: [f32; 4]| changes.map(|change| (change * 10.0).round());
        assert_eq!(round(recent.changes(0, 0.8)), [4.0, 7.0, 0.0, 0.0]);
        assert_eq!(round(recent.changes(1, 0.4)), [2.0, 0.0, 0.0, 0.0]);
    }
}
