//! The grid below the index: cells of about 100 m, named by row and column.
//!
//! Does not know bays. **Invariant:** `Square::reach_m` never promises more than it covers: every
//! point nearer than that lies in the square.

use vocabulary::Point;

/// Edge of a cell in degrees: 100 m north to south, 80 m east to west at 36.5° north.
const EDGE_DEG: f64 = 0.0009;
/// Mean radius of the earth in metres (IUGG), as `Point::distance_m` uses it.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Taken off every promised reach: far above the rounding of degrees in 64 bits (about 1 nm).
const ROUNDING_M: f64 = 1e-3;

/// A cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cell {
    row: i32,
    column: i32,
}

/// All cells within `ring` steps of a centre.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Square {
    centre: Cell,
    ring: i32,
}

impl Cell {
    /// The cell that holds a place. A place on a border belongs to the cell north and east of it.
    pub(crate) fn of(at: Point) -> Cell {
        Cell { row: step(at.lat()), column: step(at.lon()) }
    }

    /// The square of cells within `ring` steps.
    pub(crate) fn square(self, ring: i32) -> Square {
        Square { centre: self, ring }
    }

    /// The cells of the rectangle between two corners, both included.
    pub(crate) fn between(south_west: Point, north_east: Point) -> impl Iterator<Item = Cell> {
        let (from, to) = (Cell::of(south_west), Cell::of(north_east));
        (from.row..=to.row)
            .flat_map(move |row| (from.column..=to.column).map(move |column| Cell { row, column }))
    }

    /// How many cells `between` would visit.
    pub(crate) fn count_between(south_west: Point, north_east: Point) -> usize {
        let (from, to) = (Cell::of(south_west), Cell::of(north_east));
        let side = |from: i32, to: i32| usize::try_from(to - from + 1).unwrap_or(0);
        side(from.row, to.row).saturating_mul(side(from.column, to.column))
    }
}

impl Square {
    /// How many cells it has.
    pub(crate) fn cells(self) -> usize {
        let side = usize::try_from(self.ring).unwrap_or(0).saturating_mul(2).saturating_add(1);
        side.saturating_mul(side)
    }

    /// Whether it goes over the edge of the map, where columns no longer follow one another.
    pub(crate) fn leaves_the_map(self) -> bool {
        let (west, east) =
            (deg(self.centre.column - self.ring), deg(self.centre.column + self.ring + 1));
        let (south, north) =
            (deg(self.centre.row - self.ring), deg(self.centre.row + self.ring + 1));
        west <= -180.0 || east >= 180.0 || south <= -90.0 || north >= 90.0
    }

    /// The cells that the next smaller square does not have.
    pub(crate) fn rim(self) -> impl Iterator<Item = Cell> {
        let Cell { row, column } = self.centre;
        rim(self.ring).map(move |(north, east)| Cell { row: row + north, column: column + east })
    }

    /// Every point nearer to `at` (which lies in the centre cell) than this lies in the square. Metres.
    ///
    /// A point beyond a parallel is at least the difference of latitude away; the nearest point of a
    /// meridian λ degrees off is asin(cos φ · sin λ) away, for λ up to 90°.
    pub(crate) fn reach_m(self, at: Point) -> f64 {
        let (west, east) =
            (deg(self.centre.column - self.ring), deg(self.centre.column + self.ring + 1));
        let (south, north) =
            (deg(self.centre.row - self.ring), deg(self.centre.row + self.ring + 1));
        let parallel = (at.lat() - south).min(north - at.lat()).to_radians();
        let meridian = (at.lon() - west).min(east - at.lon()).clamp(0.0, 90.0).to_radians();
        let across = (at.lat().to_radians().cos() * meridian.sin()).asin();
        EARTH_RADIUS_M * parallel.min(across) - ROUNDING_M
    }
}

/// The cells exactly `ring` steps from one, as steps north and east of it.
#[inline]
pub(crate) fn rim(ring: i32) -> impl Iterator<Item = (i32, i32)> {
    (-ring..=ring).flat_map(move |north| {
        let step = if north.abs() == ring { 1 } else { ring.saturating_mul(2).max(1) };
        let step = usize::try_from(step).unwrap_or(1);
        (-ring..=ring).step_by(step).map(move |east| (north, east))
    })
}

/// 0.0009° steps from the equator or the meridian of Greenwich: at most 200,000.
#[expect(clippy::cast_possible_truncation, reason = "degrees of a Point lie within ±180")]
fn step(degrees: f64) -> i32 {
    (degrees / EDGE_DEG).floor() as i32
}

fn deg(step: i32) -> f64 {
    f64::from(step) * EDGE_DEG
}
