//! Which cells a circle around a destination touches, row by row.
//!
//! Only where the earth is flat enough for a plane (`Near::is_flat`). What it names is never less than the circle
//! touches: columns are taken as narrow as they are anywhere within reach.

use vocabulary::Point;

use super::cells::{CellKey, EDGE, Units};
use super::near::M_PER_DEG;

/// Metres in a ten-millionth of a degree of latitude.
const UNIT_M: f64 = M_PER_DEG * 1e-7;

#[derive(Clone, Copy, Debug)]
pub(super) struct Disc {
    pub(super) middle: CellKey,
    /// Where its middle is, in ten-millionths of a degree.
    lon: f64,
    lat: f64,
    /// Ten-millionths of a degree of longitude in a metre, at most.
    lon_units: f64,
}

impl Disc {
    /// Around a place, for circles of up to `reach_m`.
    pub(super) fn new(middle: Point, reach_m: f64) -> Disc {
        let highest = middle.lat().abs() + reach_m / M_PER_DEG;
        Disc {
            middle: CellKey::of(Units::of(middle)),
            lon: middle.lon() * 1e7,
            lat: middle.lat() * 1e7,
            lon_units: 1.0 / (UNIT_M * highest.to_radians().cos()),
        }
    }

    /// How many rings of cells around the middle's hold the circle.
    pub(super) fn ring(&self, radius_m: f64) -> i32 {
        let (west, east) = self.columns_within(radius_m);
        let high = radius_m / UNIT_M + 1.0;
        let south = self.middle.row - cell(self.lat - high);
        let north = cell(self.lat + high) - self.middle.row;
        south.max(north).max(-west).max(east)
    }

    /// First and last cell of the row so many steps north that the circle touches, as steps east of the middle's.
    #[inline]
    pub(super) fn columns(&self, north: i32, radius_m: f64) -> Option<(i32, i32)> {
        let south_border = f64::from((self.middle.row + north) * EDGE);
        let north_border = south_border + f64::from(EDGE);
        let off = (south_border - self.lat).max(self.lat - north_border).max(0.0) * UNIT_M;
        let rest = radius_m * radius_m - off * off;
        (rest >= 0.0).then(|| self.columns_within(rest.sqrt()))
    }

    #[inline]
    fn columns_within(&self, half_m: f64) -> (i32, i32) {
        // A unit more, since places are kept to one.
        let wide = half_m * self.lon_units + 1.0;
        (cell(self.lon - wide) - self.middle.column, cell(self.lon + wide) - self.middle.column)
    }
}

/// Row or column of a latitude or longitude in ten-millionths of a degree.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 1,800,000,000")]
fn cell(units: f64) -> i32 {
    // Cut off towards 0, so one less where that is up; the unit more that is taken makes up for a whole number.
    let whole = units as i32;
    (if units < 0.0 { whole - 1 } else { whole }).div_euclid(EDGE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::near::Near;
    use super::*;

    proptest! {
        #[test]
        fn every_place_within_the_circle_lies_in_a_cell_that_is_named(
            lon in -177.0..177.0_f64, lat in -79.0..79.0_f64,
            radius_m in prop_oneof![0.0..300.0_f64, 0.0..25_000.0_f64],
            (turn, part) in (0.0..std::f64::consts::TAU, 0.0..1.2_f64),
        ) {
            let middle = Point::new(lon, lat).unwrap();
            let (north, east) = (turn.sin_cos().0 * part * radius_m, turn.cos() * part * radius_m);
            let other = Point::new(lon + east / M_PER_DEG / lat.to_radians().cos(), lat + north / M_PER_DEG);
            let units = Units::of(other.unwrap());
            let (kept_lon, kept_lat) = units.degrees();
            let (disc, cell) = (Disc::new(middle, 25_000.0), CellKey::of(units));
            if Near::new(middle, 25_000.0).distance_m(kept_lon, kept_lat) <= radius_m {
                let (row, column) = (cell.row - disc.middle.row, cell.column - disc.middle.column);
                let (west, last) = disc.columns(row, radius_m + 0.01).unwrap();
                prop_assert!((west..=last).contains(&column), "{column} not in {west}..={last}");
                let ring = disc.ring(radius_m + 0.01);
                prop_assert!(row.abs() <= ring && west >= -ring && last <= ring, "ring {ring}, row {row}, {west}..={last}");
            }
        }
    }

    #[test]
    fn a_circle_in_the_middle_of_a_cell_touches_few_others() {
        // Cell 0, 0 at the equator is 100.08 m wide and high; 30 m from its middle all is in it, 60 m are not.
        let disc = Disc::new(Point::new(0.000_45, 0.000_45).unwrap(), 500.0);
        assert_eq!(
            (disc.ring(30.0), disc.columns(0, 30.0), disc.columns(1, 30.0)),
            (0, Some((0, 0)), None)
        );
        assert_eq!((disc.ring(60.0), disc.columns(0, 60.0)), (1, Some((-1, 1))));
        // 50.04 m north of it the circle is 2 · √(60² − 50.04²) = 66.2 m wide: less than the cell.
        assert_eq!((disc.columns(1, 60.0), disc.columns(-1, 60.0)), (Some((0, 0)), Some((0, 0))));
    }
}
