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
    pub(super) fn cost_fen(
        &self,
        walk_m: f64,
        drive_m: f64,
        fee: Option<i64>,
        chance: Option<f64>,
    ) -> f64 {
        let fee = fee.unwrap_or(0) as f64;
        let gone = 1.0 - chance.unwrap_or(1.0).clamp(0.0, 1.0);
        self.ways_fen(walk_m, drive_m) + fee + gone * self.gone_fen
    }

    /// The same in whole fen, by which bays are ordered: of two that differ by less, the code decides.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    pub(super) fn whole_fen(
        &self,
        walk_m: f64,
        drive_m: f64,
        fee: Option<i64>,
        chance: Option<f64>,
    ) -> i64 {
        self.cost_fen(walk_m, drive_m, fee, chance).round() as i64
    }

    /// What a bay costs at least that is farther than `crow_m` from a destination to which the drive is `drive_m`.
    pub(super) fn least_fen(&self, crow_m: f64, drive_m: Option<f64>) -> f64 {
        let walk = |m: f64| self.walk_min(m) * self.walk_fen_per_min;
        let drive = |m: f64| self.drive_min(m) * self.drive_fen_per_min;
        // Each metre to the bay is one less to drive at best; if that is worth more than the walk, only the
        // walk is certain.
        let saved = drive_m.map_or(0.0, |whole| drive((whole - crow_m).max(0.0)));
        if walk(1.0) >= drive(1.0) { walk(crow_m) + saved } else { walk(crow_m) }
    }
}

impl Offer<'_> {
    /// When to tell a driver who parked here that permission is about to end.
    #[must_use]
    pub fn warn_at(&self) -> Option<Timestamp> {
        self.permitted_until.map(|until| until.plus_ms(-WARN_BEFORE_MS))
    }
}
