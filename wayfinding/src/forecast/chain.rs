//! Bays that are taken and left, each for itself: a Markov chain of two states.

/// What becomes of a block's bays within a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chain {
    /// How likely a bay that is free is taken at the end, and one that is taken is free.
    pub(super) free_to_taken: f64,
    pub(super) taken_to_free: f64,
}

impl Chain {
    /// From how many vehicles come to a free bay and leave a taken one in a step, and how many steps.
    pub(super) fn new(arrivals: f64, departures: f64, steps: f64) -> Chain {
        let both = arrivals + departures;
        if both <= 0.0 {
            return Chain { free_to_taken: 0.0, taken_to_free: 0.0 };
        }
        let gone = 1.0 - (-both * steps).exp();
        Chain { free_to_taken: arrivals / both * gone, taken_to_free: departures / both * gone }
    }

    /// How much of what is now is forgotten by then: 0 is nothing.
    pub(super) fn turned_over(self) -> f64 {
        self.free_to_taken + self.taken_to_free
    }

    /// The standard deviation of the free share of so many bays.
    pub(super) fn deviation(self, share: f64, spaces: u16) -> f64 {
        let of = |part: f64, chance: f64| part * chance * (1.0 - chance);
        let each = of(share, self.free_to_taken) + of(1.0 - share, self.taken_to_free);
        (each.max(0.0) / f64::from(spaces)).sqrt()
    }

    /// How likely it is that at least one of so many bays is free.
    pub(super) fn one_free(self, share: f64, spaces: u16) -> f64 {
        let free = share * f64::from(spaces);
        let none = self.free_to_taken.powf(free)
            * (1.0 - self.taken_to_free).powf(f64::from(spaces) - free);
        1.0 - none
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-5, "{got} is not {expected}");
    }

    #[test]
    fn bays_change_hands_at_their_rates() {
        // An hour of 12 steps at 0.05 and 0.10: 1 − e^(−1.8) = 0.83470; a third and two thirds of it.
        let chain = Chain::new(0.05, 0.10, 12.0);
        near(chain.free_to_taken, 0.27823);
        near(chain.taken_to_free, 0.55647);
        near(chain.turned_over(), 0.83470);
        // Ten bays, one free: all are taken with 0.27823 · 0.44353⁹ = 0.000185.
        near(chain.one_free(0.1, 10), 0.999_815);
        // (0.1 · 0.27823 · 0.72177 + 0.9 · 0.55647 · 0.44353) / 10 = 0.024221; its root.
        near(chain.deviation(0.1, 10), 0.155_632);
    }

    #[test]
    fn where_nobody_comes_or_leaves_all_stays_as_it_is() {
        for (arrivals, departures, steps) in [(0.0, 0.0, 50.0), (0.3, 0.2, 0.0)] {
            let chain = Chain::new(arrivals, departures, steps);
            assert_eq!((chain.turned_over(), chain.deviation(0.5, 10)), (0.0, 0.0));
            assert_eq!((chain.one_free(0.1, 10), chain.one_free(0.0, 10)), (1.0, 0.0));
        }
    }

    proptest! {
        /// The more are free and the fewer come, the better; two halves of a time are the whole of it.
        #[test]
        fn chances_follow_the_rates(
            arrivals in 0.0..0.5_f64, departures in 0.0..0.5_f64, steps in 0.0..100.0_f64, free in 0_u16..20,
        ) {
            let chain = Chain::new(arrivals, departures, steps);
            let chance = chain.one_free(f64::from(free) / 20.0, 20);
            prop_assert!((0.0..=1.0).contains(&chance));
            // A free bay stays free at least as likely as a taken one becomes free.
            prop_assert!(chain.one_free(f64::from(free + 1) / 20.0, 20) + 1e-9 >= chance);
            let busier = Chain::new(arrivals + 0.1, departures, steps);
            prop_assert!(busier.one_free(f64::from(free) / 20.0, 20) <= chance + 1e-9);
            let half = Chain::new(arrivals, departures, steps / 2.0);
            let stays = 1.0 - half.free_to_taken;
            let twice = stays * half.free_to_taken + half.free_to_taken * (1.0 - half.taken_to_free);
            prop_assert!((twice - chain.free_to_taken).abs() < 1e-9);
        }
    }
}
