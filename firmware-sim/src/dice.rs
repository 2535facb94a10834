//! Seeded chance: one stream per purpose and number, so that adding a bay or a fault never
//! changes what happens elsewhere.
//!
//! Does not read the machine's randomness: same seed, same city.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a stream of chance is used for; each purpose has streams of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Which device lies in which bay.
    Town = 0,
    /// When vehicles come to one bay, how long they stay, who drives them.
    Demand = 1,
    /// One device's battery, jitter and radio.
    Device = 2,
    /// One device's session: boot id, device address, session key.
    Session = 3,
    /// What the network does to messages.
    Fault = 4,
    /// Size and steel of one vehicle.
    Vehicle = 5,
    /// Which devices a fault of the scenario befalls, and when.
    Scenario = 6,
    /// When trams pass a block.
    Tram = 7,
}

/// The stream of chance number `index` for `purpose`.
pub(crate) fn dice(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    dice.set_stream(index.wrapping_mul(8).wrapping_add(purpose as u64));
    dice
}

/// A waiting time in milliseconds, exponential with the given mean.
pub(crate) fn exponential_ms(dice: &mut ChaCha8Rng, mean_ms: f64) -> i64 {
    let open: f64 = 1.0 - dice.random::<f64>();
    whole_ms(-open.ln() * mean_ms)
}

/// A length of time in milliseconds, lognormal: `median_ms` times e to a normal with `sigma`.
pub(crate) fn lognormal_ms(dice: &mut ChaCha8Rng, median_ms: f64, sigma: f64) -> i64 {
    let open: f64 = 1.0 - dice.random::<f64>();
    let turn: f64 = dice.random::<f64>() * std::f64::consts::TAU;
    // Box and Muller: two uniform numbers make one normal one.
    let normal = (-2.0 * open.ln()).sqrt() * turn.cos();
    whole_ms(median_ms * (sigma * normal).exp())
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "float to integer casts saturate; the times here are hours"
)]
fn whole_ms(ms: f64) -> i64 {
    ms.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_and_number_has_chances_of_its_own() {
        let draw = |purpose, index| dice(7, purpose, index).random::<u64>();
        assert_eq!(draw(Purpose::Demand, 3), draw(Purpose::Demand, 3));
        assert_ne!(draw(Purpose::Demand, 3), draw(Purpose::Demand, 4));
        assert_ne!(draw(Purpose::Demand, 3), draw(Purpose::Device, 3));
    }

    #[test]
    fn half_of_the_lognormal_lengths_lie_below_the_median() {
        let mut dice = dice(1, Purpose::Demand, 0);
        let below =
            (0..10_000).filter(|_| lognormal_ms(&mut dice, 3_300_000.0, 0.8) < 3_300_000).count();
        // Binomial(10 000, ½): five standard deviations are 250.
        assert!((4_750..=5_250).contains(&below), "{below}");
    }

    #[test]
    fn waiting_times_have_their_mean() {
        let mut dice = dice(2, Purpose::Demand, 0);
        let sum: i64 = (0..10_000).map(|_| exponential_ms(&mut dice, 60_000.0)).sum();
        // Standard deviation of the mean: 600 ms.
        assert!((57_000..=63_000).contains(&(sum / 10_000)), "{sum}");
    }
}
