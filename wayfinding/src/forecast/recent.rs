//! The last five hours of a block, step by step.

use super::turnover::Flow;

/// Steps kept: four hours, the farthest that a forecast learns over, and the hour before.
pub(super) const RECENT: usize = 48 + 12 + 1;
/// Changes that a forecast looks at: since 5, 15, 30 and 60 minutes ago, in steps.
pub(super) const LOOKS_BACK: [usize; 4] = [1, 3, 6, 12];

/// A ring of shares; NaN is not known.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    shares: Vec<f32>,
    /// Arrivals and departures in the step before each; 255 stands for more.
    flows: Vec<[u8; 2]>,
    /// How much of the usual changes had come by then, in hundredths.
    alike: Vec<u8>,
    newest: usize,
}

impl Recent {
    pub(super) const HEAP_BYTES: usize = RECENT * (size_of::<f32>() + 3);

    pub(super) fn new() -> Recent {
        Recent {
            shares: vec![f32::NAN; RECENT],
            flows: vec![[0; 2]; RECENT],
            alike: vec![100; RECENT],
            newest: 0,
        }
    }

    /// Takes the share of the next step, and what came and left before it; what becomes too old comes out.
    pub(super) fn push(&mut self, share: Option<f32>, flow: Flow) -> Option<f32> {
        self.newest = (self.newest + 1) % RECENT;
        let of = |vehicles: u16| u8::try_from(vehicles).unwrap_or(u8::MAX);
        self.flows[self.newest] = [of(flow.arrivals), of(flow.departures)];
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

    /// Arrivals and departures in the step that ended so many steps ago; none where the share is not known.
    pub(super) fn flow(&self, steps: usize) -> Option<[f32; 2]> {
        self.back(steps)?;
        Some(self.flows[(self.newest + RECENT - steps) % RECENT].map(f32::from))
    }

    /// Notes how much of the usual changes has come by the newest step.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 1.5 in hundredths"
    )]
    pub(super) fn note_alike(&mut self, alike: f32) {
        self.alike[self.newest] = (alike * 100.0).round() as u8;
    }

    /// How much of the usual changes had come so many steps ago.
    pub(super) fn alike(&self, steps: usize) -> f32 {
        f32::from(self.alike[(self.newest + RECENT - steps.min(RECENT - 1)) % RECENT]) / 100.0
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
        assert_eq!(recent.push(Some(0.5), Flow::default()), None);
        assert_eq!((recent.back(0), recent.back(1)), (Some(0.5), None));
        for _ in 1..RECENT {
            assert_eq!(recent.push(None, Flow::default()), None);
        }
        assert_eq!(recent.newest_known(), Some((RECENT - 1, 0.5)));
        assert_eq!(recent.push(None, Flow::default()), Some(0.5));
        assert_eq!(recent.newest_known(), None);
    }

    #[test]
    fn changes_are_measured_from_the_step_that_is_asked_for() {
        let mut recent = Recent::new();
        for share in [0.1, 0.2, 0.4, 0.8] {
            recent.push(Some(share), Flow::default());
        }
        let round = |changes: [f32; 4]| changes.map(|change| (change * 10.0).round());
        assert_eq!(round(recent.changes(0, 0.8)), [4.0, 7.0, 0.0, 0.0]);
        assert_eq!(round(recent.changes(1, 0.4)), [2.0, 0.0, 0.0, 0.0]);
    }
}
