//! On foot, from the bay to where one wants to be: over every street and path that may be walked, whichever way
//! traffic goes there. A plain search by distance: such ways are short.

use vocabulary::Point;

use super::find::metres;
use super::leg::Legs;
use super::near::by_distance;
use super::step::{Mode, steps};
use super::{Route, RouteReject, Which};
use crate::roads::Roads;
use crate::snap::OnEdge;
use crate::spot::Spot;

/// Metres a second: what signals for pedestrians are timed by in many countries (1.2, Highway Capacity Manual 2010).
pub const WALK_M_PER_S: f64 = 1.2;
/// Nobody parks farther away than this and walks, metres.
pub const WALK_LIMIT_M: f64 = 5_000.0;
const LIMIT_MM: u64 = 5_000_000;
/// A place farther than this from everything that may be walked has no way on foot, metres.
const SNAP_M: f64 = 300.0;

impl Roads {
    /// The way on foot. Distance and time count from place to place, beyond the streets as well.
    ///
    /// # Errors
    /// `TooFar` if nothing there may be walked; `NoWay` if there is no way of at most 5 km.
    pub fn walk(&self, from: Point, to: Point) -> Result<Route, RouteReject> {
        let (begin, end) = (self.on_foot(from, Which::From)?, self.on_foot(to, Which::To)?);
        let walks = |arc: u32| self.network.walks(arc);
        let way = by_distance(&self.network, (&begin, &end), LIMIT_MM, walks);
        let way = way.ok_or(RouteReject::NoWay)?;
        let legs = Legs::of(&self.network, &way, |_, part_mm| walking_ms(u64::from(part_mm)));
        let last = way.arcs[way.arcs.len() - 1];
        let side = self.side_from(&end, last);
        let steps = steps(&self.network, &legs, side, Mode::Walk);
        let distance_m = metres(legs.length_mm()) + begin.distance_m + end.distance_m;
        Ok(Route {
            distance_m,
            duration_s: distance_m / WALK_M_PER_S,
            line: legs.points(),
            steps,
            arrival_side: side,
            from_road_m: begin.distance_m,
            to_road_m: end.distance_m,
            cost: way.cost,
        })
    }

    fn on_foot(&self, place: Point, which: Which) -> Result<OnEdge, RouteReject> {
        let may = |edge: u32| self.network.walks(edge * 2);
        let found = self.grid.nearest(&self.network, Spot::of(place), SNAP_M, may);
        found.map(|found| self.beyond_corners(found)).ok_or_else(|| {
            let nearest_m = self.nearest_junction_m(place);
            RouteReject::TooFar { which, nearest_m, limit_m: SNAP_M }
        })
    }
}

fn walking_ms(length_mm: u64) -> u64 {
    // 1.2 m/s are 1.2 mm/ms.
    length_mm * 10 / 12
}
