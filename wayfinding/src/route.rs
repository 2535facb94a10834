//! The way from here to there: asked for, found, and put into words.
//!
//! **Sides.** Traffic drives on the right. A stop at the *kerb* (a bay) is left and reached with the kerb on the right
//! where the street may be driven that way; on a one-way street it may be on the left.

mod ends;
mod find;
mod leg;
pub(crate) mod near;
mod step;
mod walk;
mod words;

#[cfg(test)]
mod tests;

use vocabulary::Point;

use crate::spot::Spot;

pub use step::{Direction, Manoeuvre, Step};
pub use walk::{WALK_LIMIT_M, WALK_M_PER_S};

pub use crate::snap::Side;

/// A place farther than this from every road that leads there is not on the network, metres.
pub const SNAP_LIMIT_M: f64 = 1_000.0;

/// Where a way begins or ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    pub at: Point,
    /// Whether it is beside the street on one side of it, as a bay is, and has to be reached on that side.
    pub kerb: bool,
}

/// A way, by vehicle or on foot.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub distance_m: f64,
    pub duration_s: f64,
    /// From its first place to its last; at least one.
    pub line: Vec<Point>,
    pub steps: Vec<Step>,
    /// Where the destination is when one arrives.
    pub arrival_side: Side,
    /// From the place asked for to where the way begins, and from where it ends to the other one.
    pub from_road_m: f64,
    pub to_road_m: f64,
    /// What the search made the least of: milliseconds or millimetres, entries included.
    pub cost: u64,
}

/// How far a way leads by vehicle, without its line and its words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    pub distance_m: f64,
    pub duration_s: f64,
    /// Where the destination is when one arrives.
    pub arrival_side: Side,
    /// From where the way ends to the place asked for.
    pub to_road_m: f64,
}

/// Which of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    From,
    To,
}

/// Why there is no way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RouteReject {
    /// No road within reach; how far the nearest junction is, if there is one at all, and how far is taken.
    TooFar { which: Which, nearest_m: f64, limit_m: f64 },
    /// The roads there lead nowhere else, or none leads there.
    Island { which: Which },
    /// Both ends are on the network, and today no way is open between them.
    NoWay,
    /// Nobody walks so far from where the drive ends; as the crow flies.
    WalkTooFar { crow_m: f64 },
}

impl Route {
    /// How far a place lies from the way, metres.
    #[must_use]
    pub fn off_m(&self, at: Point) -> f64 {
        off_m(&self.line, at)
    }
}

/// How far a place lies from a line, metres; from no line, it is as far as can be.
#[must_use]
pub fn off_m(line: &[Point], at: Point) -> f64 {
    let here = Spot::of(at);
    let spots: Vec<Spot> = line.iter().map(|point| Spot::of(*point)).collect();
    let alone = spots.first().map_or(f64::INFINITY, |only| here.distance_m(*only));
    let pieces = spots.windows(2).map(|pair| here.off_piece_m(pair[0], pair[1]));
    pieces.fold(alone, f64::min)
}

impl Stop {
    /// Anywhere: either side will do.
    #[must_use]
    pub fn anywhere(at: Point) -> Stop {
        Stop { at, kerb: false }
    }

    /// A bay.
    #[must_use]
    pub fn bay(at: Point) -> Stop {
        Stop { at, kerb: true }
    }
}

impl Which {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Which::From => "from",
            Which::To => "to",
        }
    }
}

impl RouteReject {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            RouteReject::TooFar { .. } => "too_far_from_road",
            RouteReject::Island { .. } => "island_of_roads",
            RouteReject::NoWay => "no_way",
            RouteReject::WalkTooFar { .. } => "dest_too_far",
        }
    }
}

impl std::fmt::Display for RouteReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RouteReject::TooFar { which, nearest_m, limit_m } => write!(
                f,
                "{} is {:.1} km from the nearest road of the network; at most {} km are taken (longitude comes first)",
                which.name(),
                nearest_m / 1_000.0,
                limit_m / 1_000.0
            ),
            RouteReject::WalkTooFar { crow_m } => write!(
                f,
                "dest is {:.1} km from where the drive ends; at most {} km are walked (longitude comes first)",
                crow_m / 1_000.0,
                WALK_LIMIT_M / 1_000.0
            ),
            RouteReject::Island { which: Which::From } => {
                f.write_str("no road leads from there to the rest of the network")
            }
            RouteReject::Island { which: Which::To } => {
                f.write_str("no road leads there from the rest of the network")
            }
            RouteReject::NoWay => f.write_str("no way is open between the two today"),
        }
    }
}

impl std::error::Error for RouteReject {}
