//! What the simulated radio network does to messages on their way to the broker.
//!
//! Light for now: some messages arrive twice. Loss, disorder and wrong clocks belong here too,
//! each as a field of `Faults` and a part of `Fate`. Chance is seeded.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::dice::{Purpose, dice};

/// How often things go wrong; the shares are of messages, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// Sent twice under the same identity.
    pub duplicates: f64,
}

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// How often it is sent, at least once.
    pub(crate) copies: u8,
}

/// Decides the fate of one device's messages.
#[derive(Debug)]
pub(crate) struct FaultDice {
    faults: Faults,
    dice: ChaCha8Rng,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Faults = Faults { duplicates: 0.0 };
}

/// One message in a hundred comes twice.
impl Default for Faults {
    fn default() -> Self {
        Faults { duplicates: 0.01 }
    }
}

impl FaultDice {
    pub(crate) fn new(faults: Faults, seed: u64, device: u64) -> Self {
        FaultDice { faults, dice: dice(seed, Purpose::Fault, device) }
    }

    pub(crate) fn next(&mut self) -> Fate {
        let twice = self.dice.random::<f64>() < self.faults.duplicates;
        Fate { copies: if twice { 2 } else { 1 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_duplicates_is_kept() {
        for (share, least, most) in [(0.0, 0, 0), (0.01, 60, 140), (1.0, 10_000, 10_000)] {
            let mut fates = FaultDice::new(Faults { duplicates: share }, 5, 1);
            let twice = (0..10_000).filter(|_| fates.next().copies == 2).count();
            // Binomial(10 000, 0.01): mean 100, four standard deviations are 40.
            assert!((least..=most).contains(&twice), "{share}: {twice}");
        }
    }
}
