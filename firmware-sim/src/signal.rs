//! What a sensor in the road measures: its own ground, drift, noise, vehicles and trams.
//!
//! Physics only, invented in size but of the orders that magnetometer studies give: a parked
//! vehicle changes the field by 18 to 45 µT, one in the next bay by a few percent of that, the
//! ground drifts by less than 0.1 µT a degree. A radar is modelled on the same scale: decibels of
//! echo above its floor, blind to neighbours and trams. Noise is bounded, so that a sound sensor
//! is never wrong, only late.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use crate::dice::{Purpose, dice};

/// Time in which a vehicle drives onto a bay, or off it.
pub(crate) const DRIVE_ON_MS: i64 = 4_000;
/// How long the steel of a tram is felt.
pub(crate) const TRAM_MS: i64 = 3_000;
const TRAM_UT: f32 = 9.0;

/// What the sensor measures in three axes, µT (a radar: decibels in the first axis).
pub(crate) type Field = [f32; 3];

/// How a sensor senses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sensing {
    Magnetometer,
    Radar,
}

/// A sensor's own place: what it measures when nothing is near.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    sensing: Sensing,
    field: Field,
    drift: Field,
}

/// A vehicle's steel, as the sensor below it measures it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Steel(Field);

/// Who stands, or stood, in a bay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presence {
    steel: Steel,
    since: Timestamp,
    stands: Stands,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Here,
    Gone,
}

/// What is near a sensor at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) own: &'a Presence,
    pub(crate) neighbours: [Option<&'a Presence>; 2],
    pub(crate) tram_since: Option<Timestamp>,
}

impl Sensing {
    fn coupling(self) -> f32 {
        match self {
            Sensing::Magnetometer => 0.03,
            Sensing::Radar => 0.0,
        }
    }

    fn noise(self) -> f32 {
        match self {
            Sensing::Magnetometer => 0.3,
            Sensing::Radar => 1.0,
        }
    }
}

impl Ground {
    /// The earth's field at 36° north, and how the sensor drifts.
    pub(crate) fn new(sensing: Sensing, chance: &mut ChaCha8Rng) -> Self {
        let mut drift = || chance.random_range(-0.05..0.05);
        match sensing {
            Sensing::Magnetometer => {
                Ground { sensing, field: [31.0, 0.5, 43.0], drift: [drift(), drift(), drift()] }
            }
            Sensing::Radar => Ground { sensing, field: [2.0, 0.0, 0.0], drift: [0.0; 3] },
        }
    }

    /// The field at `at`, with noise.
    pub(crate) fn measure(
        &self,
        near: &Surroundings<'_>,
        at: Timestamp,
        chance: &mut ChaCha8Rng,
    ) -> Field {
        let warmth = temperature_c(at) - 17.0;
        let bits: u64 = chance.random();
        let own = near.own.share(at);
        let tram = if near.tram_since.is_some_and(|since| at.since_ms(since) < TRAM_MS) {
            TRAM_UT * self.sensing.coupling() / 0.03
        } else {
            0.0
        };
        std::array::from_fn(|axis| {
            let beside: f32 = (near.neighbours.iter().flatten())
                .map(|neighbour| neighbour.share(at) * neighbour.steel.0[axis])
                .sum();
            let rail = if axis == 2 { tram } else { 0.0 };
            self.field[axis]
                + self.drift[axis] * warmth
                + own * self.steel(near.own.steel)[axis]
                + self.sensing.coupling() * beside
                + rail
                + self.sensing.noise() * triangular(bits, axis)
        })
    }

    /// What a vehicle above adds: a radar sees the underbody, in decibels of the same size.
    fn steel(&self, steel: Steel) -> Field {
        match self.sensing {
            Sensing::Magnetometer => steel.0,
            Sensing::Radar => [steel.size(), 0.0, 0.0],
        }
    }
}

impl Steel {
    /// The steel of one visit's vehicle.
    pub(crate) fn of_visit(seed: u64, bay: u64, visit: u64) -> Self {
        let stream = bay.wrapping_mul(1 << 20).wrapping_add(visit);
        let mut chance = dice(seed, Purpose::Vehicle, stream);
        let size: f32 = chance.random_range(18.0..45.0);
        let direction: Field = std::array::from_fn(|_| chance.random_range(-1.0..1.0_f32));
        let length = direction.iter().map(|part| part * part).sum::<f32>().sqrt().max(0.01);
        Steel(direction.map(|part| part / length * size))
    }

    fn size(self) -> f32 {
        self.0.iter().map(|part| part * part).sum::<f32>().sqrt()
    }
}

impl Presence {
    /// A bay that has been empty for long.
    pub(crate) fn nobody(at: Timestamp) -> Self {
        let since = at.plus_ms(-DRIVE_ON_MS);
        Presence { steel: Steel([0.0; 3]), since, stands: Stands::Gone }
    }

    pub(crate) fn arrives(&mut self, steel: Steel, at: Timestamp) {
        *self = Presence { steel, since: at, stands: Stands::Here };
    }

    pub(crate) fn leaves(&mut self, at: Timestamp) {
        self.since = at;
        self.stands = Stands::Gone;
    }

    pub(crate) fn is_here(&self) -> bool {
        self.stands == Stands::Here
    }

    /// How much of the vehicle is above the sensor, 0 to 1.
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a few seconds")]
    fn share(&self, at: Timestamp) -> f32 {
        let moved = at.since_ms(self.since).clamp(0, DRIVE_ON_MS) as f32 / DRIVE_ON_MS as f32;
        match self.stands {
            Stands::Here => moved,
            Stands::Gone => 1.0 - moved,
        }
    }
}

/// Temperature in the road, warmest at 15:00 local time (07:00 UTC), °C.
pub(crate) fn temperature_c(at: Timestamp) -> f32 {
    let minute = u16::try_from(at.ms().div_euclid(60_000).rem_euclid(1_440)).unwrap_or(0);
    let hour = f32::from(minute) / 60.0;
    17.0 + ((hour - 7.0) / 24.0 * std::f32::consts::TAU).cos() * 8.0
}

/// Between −1 and 1, likeliest at 0; another for each axis of the same 64 bits.
fn triangular(bits: u64, axis: usize) -> f32 {
    let [a, b, c, d, e, f, ..] = bits.to_le_bytes();
    let (x, y) = [(a, b), (c, d), (e, f)][axis];
    (f32::from(x) + f32::from(y)) / 255.0 - 1.0
}
