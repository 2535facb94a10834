//! A drive to a bay or another place, and the walk from there to where the driver really wants to go.
//!
//! Over the roads in force; where people cannot be led along streets, the walk is an estimate and says so.

use vocabulary::Point;
use wayfinding::route::{Route, RouteReject, Step, Stop, WALK_LIMIT_M, WALK_M_PER_S};
use wayfinding::{Metric, Navigator, Roads};

use crate::flow::Refusal;

/// How much longer streets are than the crow flies.
pub const DETOUR: f64 = 1.3;
/// Beyond this nobody is led: the estimate will do.
const LED_LIMIT_M: f64 = 3_000.0;
/// So near to each other two places are one, metres: the width of a street, and what a phone's position is off by.
const ONE_PLACE_M: f64 = 20.0;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    pub from: Point,
    pub to: Stop,
    /// Where the driver walks to from there.
    pub dest: Option<Point>,
    pub metric: Metric,
}

/// The way by vehicle, and the walk if one was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    pub drive: Route,
    pub walk: Option<Walk>,
}

/// A way on foot.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    pub basis: Basis,
    pub distance_m: f64,
    pub duration_s: f64,
    /// From its first place to its last; at least two.
    pub line: Vec<Point>,
    /// None of an estimate.
    pub steps: Vec<Step>,
}

/// What a walk rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Streets and paths of the map.
    Streets,
    /// No way on foot is known: the crow's distance, and a third more.
    StraightLine,
}

impl Basis {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Basis::Streets => "streets",
            Basis::StraightLine => "straight_line",
        }
    }
}

impl Trip {
    /// Driving and walking, seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.drive.duration_s + self.walk.as_ref().map_or(0.0, |walk| walk.duration_s)
    }
}

/// Finds a trip over the roads there are.
///
/// # Errors
/// Why there is none.
pub fn find(
    roads: &Roads,
    navigator: &mut Navigator,
    wanted: &Wanted,
) -> Result<Trip, RouteReject> {
    wanted.dest.map_or(Ok(()), |dest| walkable(wanted.to.at, dest))?;
    let drive = roads.route(navigator, &Stop::anywhere(wanted.from), &wanted.to, wanted.metric)?;
    let walk = wanted.dest.map(|dest| walk(Some(roads), wanted.to.at, dest));
    Ok(Trip { drive, walk })
}

/// Whether anybody would walk so far from where the drive ends.
///
/// # Errors
/// `WalkTooFar`.
pub fn walkable(from: Point, to: Point) -> Result<(), RouteReject> {
    let crow_m = from.distance_m(to);
    if crow_m > WALK_LIMIT_M { Err(RouteReject::WalkTooFar { crow_m }) } else { Ok(()) }
}

/// Whether begin and end are the same place. Two places far apart may also have the same nearest point of a
/// street: then no street leads from one to the other, and nobody is there already.
#[must_use]
pub fn is_there(from: Point, to: Point, distance_m: f64) -> bool {
    distance_m <= 0.0 && from.distance_m(to) <= ONE_PLACE_M
}

/// The walk between two places; an estimate where streets lead nobody.
#[must_use]
pub fn walk(roads: Option<&Roads>, from: Point, to: Point) -> Walk {
    let crow_m = from.distance_m(to);
    let near = roads.filter(|_| crow_m <= LED_LIMIT_M);
    match near.map(|roads| roads.walk(from, to)) {
        // Where the way by street begins with a walk to the street that is as long, the crow knows better.
        Some(Ok(way)) if way.from_road_m + way.to_road_m <= crow_m => Walk {
            basis: Basis::Streets,
            distance_m: way.distance_m,
            duration_s: way.duration_s,
            line: drawn(way.line, from, to),
            steps: way.steps,
        },
        _ => Walk {
            basis: Basis::StraightLine,
            distance_m: crow_m * DETOUR,
            duration_s: crow_m * DETOUR / WALK_M_PER_S,
            line: vec![from, to],
            steps: Vec::new(),
        },
    }
}

/// The refusal of a request that there is no way for.
#[must_use]
pub fn refusal(reject: RouteReject) -> Refusal {
    Refusal::refused(reject.code(), reject.to_string())
}

/// A line has two points, though nobody has to go along a street.
fn drawn(line: Vec<Point>, from: Point, to: Point) -> Vec<Point> {
    if line.len() < 2 { vec![from, to] } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Point {
        Point::new(lon, lat).unwrap()
    }

    #[test]
    fn nobody_is_there_already_who_is_hundreds_of_metres_away() {
        let (here, across, far) = (at(104.16, 36.545), at(104.16, 36.54517), at(104.166, 36.5485));
        // 0.00017° of latitude are 18.9 m.
        for (to, drive_m, there) in
            [(here, 0.0, true), (across, 0.0, true), (far, 0.0, false), (here, 12.0, false)]
        {
            assert_eq!(is_there(here, to, drive_m), there, "{to:?} {drive_m}");
        }
    }

    #[test]
    fn nobody_walks_farther_than_five_kilometres() {
        // 0.044° of latitude are 4,892.6 m, 0.046° are 5,115.0 m.
        assert_eq!(walkable(at(104.17, 36.55), at(104.17, 36.594)), Ok(()));
        let far = walkable(at(104.17, 36.55), at(104.17, 36.596)).unwrap_err();
        assert_eq!(far.code(), "dest_too_far");
        assert!(far.to_string().contains("5.1 km"), "{far}");
    }

    #[test]
    fn where_no_streets_are_known_a_walk_is_an_estimate_and_says_so() {
        // 0.001° of latitude are 111.195 m.
        let walk = walk(None, at(104.17, 36.55), at(104.17, 36.551));
        assert_eq!((walk.basis.name(), walk.steps.len(), walk.line.len()), ("straight_line", 0, 2));
        assert!((walk.distance_m - 111.195 * 1.3).abs() < 0.01, "{}", walk.distance_m);
        assert!((walk.duration_s - 111.195 * 1.3 / 1.2).abs() < 0.01, "{}", walk.duration_s);
    }
}
