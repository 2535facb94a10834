//! What a driver asks, and what is offered.

use vocabulary::{Point, Timestamp, ZoneId};

use super::grid::Block;
use super::look_up::Bay;
use super::permit::Vehicle;

/// A search for a bay.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Where the driver wants to go in the end.
    pub destination: Point,
    /// Where the vehicle is; without it, driving costs nothing.
    pub from: Option<Point>,
    pub arrive_at: Timestamp,
    pub stay_min: u32,
    pub vehicle: Vehicle,
    /// What the whole stay may cost at most.
    pub max_fee_fen: Option<i64>,
    /// What its first hour may cost at most.
    pub max_first_hour_fen: Option<i64>,
    pub max_walk_min: f64,
    /// How many are wanted.
    pub limit: usize,
    /// How many bays of unknown state are to be named, too.
    pub unknown_limit: usize,
    /// How far the city's clocks are ahead of UTC.
    pub ahead_of_utc_min: i32,
}

/// What driving, walking and finding a bay gone are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Metres a minute, through streets.
    pub drive_m_per_min: f64,
    pub walk_m_per_min: f64,
    /// How much longer streets are than the crow flies.
    pub detour: f64,
    pub drive_fen_per_min: f64,
    pub walk_fen_per_min: f64,
    /// What it costs to find the bay taken and look on.
    pub gone_fen: f64,
}

/// What a zone has to say of the intended stay, for the vehicle that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// What it costs, whole and in its first hour; none if that cannot be told.
    pub fee_fen: Option<i64>,
    pub first_hour_fen: Option<i64>,
    /// From when on the zone forbids to stand there; none if it does not.
    pub permitted_until: Option<Timestamp>,
}

/// What the caller knows of prices and chances; the same throughout a search.
///
/// The two bounds are the caller's promise: a search looks no farther than they permit. If some stay costs less than
/// promised, or some chance is better, a search may miss that bay; what it offers is right all the same.
pub trait Terms {
    /// What a zone says of the stay.
    fn stay(&self, zone: ZoneId) -> Stay;
    /// How likely it is that a bay of this block is free on arrival; none if that cannot be told.
    fn chance(&self, block: &Block) -> Option<f64>;

    /// What no stay costs less than; 0 if in some zone it cannot be told. The nearer to the truth, the sooner a
    /// search ends.
    fn least_fee_fen(&self) -> i64 {
        0
    }

    /// What no block's chance is better than; 1 if of some block it cannot be told.
    fn best_chance(&self) -> f64 {
        1.0
    }
}

/// A bay, and what it would cost the driver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer<'a> {
    pub bay: Bay<'a>,
    /// From the bay to the destination, and from the vehicle to the bay (0 if it was not told), as the crow flies.
    pub distance_m: f64,
    pub drive_m: f64,
    pub walk_min: f64,
    pub drive_min: f64,
    pub stay: Stay,
    pub chance: Option<f64>,
    /// All of it in whole fen: drive, walk, fee, and the risk that the bay is gone.
    pub cost_fen: i64,
    /// From when on parking is not permitted any more; none if it always is.
    pub permitted_until: Option<Timestamp>,
}

/// Offers, best first; those of the same cost in order of code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found<'a> {
    pub free: Vec<Offer<'a>>,
    /// Bays whose sensors are not heard: not free, but perhaps worth a look.
    pub unknown: Vec<Offer<'a>>,
    /// Why no bay is offered as free, if some were wanted.
    pub nothing: Option<Nothing>,
}

/// Why no free bay was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// There is no bay within the walk.
    Outside,
    /// There are bays, but none that takes this vehicle for this stay at this price.
    NoneFits,
    /// Some would do, and none of them is free.
    NoneFree,
}

impl Nothing {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Nothing::Outside => "outside",
            Nothing::NoneFits => "none_fits",
            Nothing::NoneFree => "none_free",
        }
    }
}

/// How long before permission ends a driver is told.
const WARN_BEFORE_MS: i64 = 15 * 60_000;

impl Default for Rates {
    /// 20 km/h through a city's streets, 4.5 km/h on foot; an hour in the car worth 24 yuan, on foot 36, and
    /// looking on for six minutes.
    fn default() -> Rates {
        Rates {
            drive_m_per_min: 333.0,
            walk_m_per_min: 75.0,
            detour: 1.3,
            drive_fen_per_min: 40.0,
            walk_fen_per_min: 60.0,
            gone_fen: 240.0,
        }
    }
}

/// What the ways to bays cost at least, by how far they are from the destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeastWays {
    /// A metre as the crow flies.
    walk_fen: f64,
    drive_fen: f64,
    /// From the vehicle to the destination.
    drive_m: Option<f64>,
}

impl Rates {
    /// How long it is on foot, and by car, what the crow flies.
    #[must_use]
    #[inline]
    pub fn walk_min(&self, crow_m: f64) -> f64 {
        crow_m * self.detour / self.walk_m_per_min
    }

    #[must_use]
    #[inline]
    pub fn drive_min(&self, crow_m: f64) -> f64 {
        crow_m * self.detour / self.drive_m_per_min
    }

    /// How far the crow flies while somebody walks.
    pub(super) fn walk_reach_m(&self, minutes: f64) -> f64 {
        minutes * self.walk_m_per_min / self.detour
    }

    /// What the ways to and from a bay cost.
    #[inline]
    pub(super) fn ways_fen(&self, walk_m: f64, drive_m: f64) -> f64 {
        self.walk_min(walk_m) * self.walk_fen_per_min
            + self.drive_min(drive_m) * self.drive_fen_per_min
    }

    /// What a bay costs the driver.
    #[inline]
    pub(crate) fn cost_fen(
        &self,
        walk_m: f64,
        drive_m: f64,
        fee: Option<i64>,
        chance: Option<f64>,
    ) -> f64 {
        let fee = fee.unwrap_or(0) as f64;
        self.ways_fen(walk_m, drive_m) + fee + self.risk_fen(chance)
    }

    /// What it costs that the bay may be gone.
    #[inline]
    pub(super) fn risk_fen(&self, chance: Option<f64>) -> f64 {
        let gone = 1.0 - chance.unwrap_or(1.0).clamp(0.0, 1.0);
        gone * self.gone_fen
    }
}

impl LeastWays {
    /// `drive_m` is the drive to the destination.
    pub(super) fn new(rates: &Rates, drive_m: Option<f64>) -> LeastWays {
        let walk_fen = rates.walk_min(1.0) * rates.walk_fen_per_min;
        let drive_fen = rates.drive_min(1.0) * rates.drive_fen_per_min;
        LeastWays { walk_fen, drive_fen, drive_m }
    }

    /// How far from the destination the ways to a bay may cost no more than `fen`.
    #[inline]
    pub(super) fn farthest_m(&self, fen: f64) -> f64 {
        let (walk, drive) = (self.walk_fen, self.drive_fen);
        match self.drive_m {
            // Each metre to the bay is one less to drive at best, up to the vehicle; if that is worth more than the
            // walk, only the walk is certain.
            Some(drive_m) if drive <= walk && fen < walk * drive_m => {
                (fen - drive * drive_m) / (walk - drive)
            }
            _ => fen / walk,
        }
    }
}

impl Offer<'_> {
    /// When to tell a driver who parked here that permission is about to end.
    #[must_use]
    pub fn warn_at(&self) -> Option<Timestamp> {
        self.permitted_until.map(|until| until.plus_ms(-WARN_BEFORE_MS))
    }
}

/// Rounded, halves away from zero; a call of `f64::round` would cost more than all the rest of a price.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
pub(crate) fn whole(fen: f64) -> i64 {
    let cut = fen as i64;
    let rest = fen - cut as f64;
    cut.saturating_add(i64::from(rest >= 0.5)).saturating_sub(i64::from(rest <= -0.5))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn costs_are_rounded_as_floats_are(fen in prop::num::f64::ANY, small in -3000_i64..3000) {
            #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
            let rounded = |fen: f64| fen.round() as i64;
            let halves = small as f64 / 2.0;
            for fen in [fen, fen % 1e6, halves, halves.next_up(), halves.next_down()] {
                prop_assert_eq!(whole(fen), rounded(fen), "{}", fen);
            }
        }

        #[test]
        fn no_bay_farther_out_costs_less_even_on_the_way(
            walk_fen_per_min in 1.0..100.0_f64, drive_fen_per_min in 0.0..500.0_f64,
            whole_m in prop::option::of(0.0..20_000.0_f64), fen in 0.0..5_000.0_f64, beyond_m in 0.01..5_000.0_f64,
        ) {
            let rates = Rates { walk_fen_per_min, drive_fen_per_min, ..Rates::default() };
            let crow_m = LeastWays::new(&rates, whole_m).farthest_m(fen).max(0.0) + beyond_m;
            // By the triangle the drive is at least what the walk leaves of it.
            let drive_m = whole_m.map_or(0.0, |whole_m| (whole_m - crow_m).max(0.0));
            let least_fen = rates.ways_fen(crow_m, drive_m);
            prop_assert!(least_fen > fen - 1e-6, "{least_fen} at {crow_m} m");
        }
    }

    #[test]
    fn how_far_to_look_is_where_the_ways_cost_as_much_as_the_last_of_the_best() {
        // 1.3 m of street a metre: 1.04 fen on foot, 0.156156 by car.
        let farthest_m = |fen, drive_m| LeastWays::new(&Rates::default(), drive_m).farthest_m(fen);
        let about = |is: f64, expected: f64| assert!((is - expected).abs() < 0.01, "{is}");
        about(farthest_m(104.0, None), 100.0);
        // 1 km to drive costs 156.16 fen: nothing costs 104; 200 fen are spent after 43.84 / 0.883844 m.
        assert!(farthest_m(104.0, Some(1000.0)) < 0.0);
        about(farthest_m(200.0, Some(1000.0)), 49.60);
        // Farther than the vehicle is away nothing more of the drive is saved.
        about(farthest_m(1248.0, Some(1000.0)), 1200.0);
    }
}
