//! A place on a road in whole ten-millionths of a degree: eight bytes, and the same on every machine.
//!
//! Distances and directions are those of a plane that touches the earth at the place, which is right to a
//! centimetre over the few hundred metres between two points of a street. Longitudes are compared
//! around the date line.

use serde::{Deserialize, Serialize};
use vocabulary::Point;

const UNITS: f64 = 1e7;
/// Units in a whole turn, for going around the date line.
const TURN: i64 = 3_600_000_000;
/// Metres of one unit of latitude on the sphere of `vocabulary::Point`.
const UNIT_M: f64 = 6_371_008.8 * std::f64::consts::PI / 180.0 / UNITS;

/// Longitude and latitude, WGS-84, in 1e-7 degrees.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Spot {
    pub lon: i32,
    pub lat: i32,
}

/// A vector on the plane: metres east and north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offset {
    pub(crate) east: f64,
    pub(crate) north: f64,
}

impl Spot {
    /// Degrees that are no place on earth give nothing.
    #[must_use]
    pub fn of_units(lon: i64, lat: i64) -> Option<Spot> {
        let inside = lon.abs() <= TURN / 2 && lat.abs() <= TURN / 4;
        inside.then(|| Spot {
            lon: i32::try_from(lon).unwrap_or_default(),
            lat: i32::try_from(lat).unwrap_or_default(),
        })
    }

    #[must_use]
    pub fn of(at: Point) -> Spot {
        Spot { lon: units(at.lon()), lat: units(at.lat()) }
    }

    /// # Panics
    /// Never: units within range are degrees within range.
    #[must_use]
    pub fn point(self) -> Point {
        let point = Point::new(f64::from(self.lon) / UNITS, f64::from(self.lat) / UNITS);
        point.expect("units within range are degrees within range")
    }

    /// The way from here to there.
    pub(crate) fn to(self, other: Spot) -> Offset {
        let mut lon = i64::from(other.lon) - i64::from(self.lon);
        if lon > TURN / 2 {
            lon -= TURN;
        } else if lon < -TURN / 2 {
            lon += TURN;
        }
        let middle = f64::midpoint(f64::from(self.lat), f64::from(other.lat)) / UNITS;
        #[expect(clippy::cast_precision_loss, reason = "at most half a turn: 31 bits")]
        let east = lon as f64 * UNIT_M * middle.to_radians().cos();
        Offset { east, north: (f64::from(other.lat) - f64::from(self.lat)) * UNIT_M }
    }

    /// Metres to another place nearby.
    #[must_use]
    pub fn distance_m(self, other: Spot) -> f64 {
        self.to(other).length()
    }

    /// Metres to the nearest place of a straight piece.
    pub(crate) fn off_piece_m(self, from: Spot, to: Spot) -> f64 {
        let (way, away) = (from.to(to), from.to(self));
        let square = way.dot(way);
        let share = if square > 0.0 { (away.dot(way) / square).clamp(0.0, 1.0) } else { 0.0 };
        Offset { east: away.east - way.east * share, north: away.north - way.north * share }
            .length()
    }

    /// The place a share (0 to 1) of the way to another.
    pub(crate) fn towards(self, other: Spot, share: f64) -> Spot {
        let offset = self.to(other);
        let lat = f64::from(self.lat) + (f64::from(other.lat) - f64::from(self.lat)) * share;
        let middle = f64::midpoint(f64::from(self.lat), f64::from(other.lat)) / UNITS;
        let unit_m = UNIT_M * middle.to_radians().cos();
        let lon =
            f64::from(self.lon) + if unit_m > 0.0 { offset.east / unit_m * share } else { 0.0 };
        let half = f64::from(180 * 10_000_000);
        let lon = if lon > half {
            lon - 2.0 * half
        } else if lon < -half {
            lon + 2.0 * half
        } else {
            lon
        };
        Spot { lon: whole(lon), lat: whole(lat) }
    }
}

impl Offset {
    pub(crate) fn length(self) -> f64 {
        self.east.hypot(self.north)
    }

    /// Clockwise from north, 0 to 360 degrees; 0 for no way at all.
    pub(crate) fn bearing_deg(self) -> f64 {
        let degrees = self.east.atan2(self.north).to_degrees();
        if degrees < 0.0 { degrees + 360.0 } else { degrees }
    }

    /// Above 0 if `other` points to the left of this one.
    pub(crate) fn cross(self, other: Offset) -> f64 {
        self.east * other.north - self.north * other.east
    }

    pub(crate) fn dot(self, other: Offset) -> f64 {
        self.east * other.east + self.north * other.north
    }
}

/// How far one has to turn from one bearing to the other: -180 (left) to 180 (right).
pub(crate) fn turn_deg(from: f64, to: f64) -> f64 {
    let turn = (to - from).rem_euclid(360.0);
    if turn > 180.0 { turn - 360.0 } else { turn }
}

fn units(degrees: f64) -> i32 {
    whole(degrees * UNITS)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "180 degrees are 1.8e9 units; a cast saturates"
)]
fn whole(units: f64) -> i32 {
    units.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(lon: f64, lat: f64) -> Spot {
        Spot::of(Point::new(lon, lat).unwrap())
    }

    #[test]
    fn the_plane_agrees_with_the_sphere_in_a_town() {
        let (a, b) = (spot(104.17, 36.55), spot(104.18, 36.56));
        let sphere = a.point().distance_m(b.point());
        assert!((a.distance_m(b) - sphere).abs() < 0.01, "{} {sphere}", a.distance_m(b));
    }

    #[test]
    fn bearings_go_clockwise_from_north_and_turns_to_the_right() {
        let here = spot(0.0, 0.0);
        for (lon, lat, bearing) in
            [(0.0, 0.01, 0.0), (0.01, 0.0, 90.0), (0.0, -0.01, 180.0), (-0.01, 0.0, 270.0)]
        {
            let said = here.to(spot(lon, lat)).bearing_deg();
            assert!((said - bearing).abs() < 1e-6, "{said}");
        }
        assert!((turn_deg(350.0, 10.0) - 20.0).abs() < 1e-9);
        assert!((turn_deg(10.0, 350.0) + 20.0).abs() < 1e-9);
        assert!((turn_deg(0.0, 180.0) - 180.0).abs() < 1e-9);
    }

    #[test]
    fn the_date_line_is_no_wall() {
        // 0.002° at the equator: 2 × 111.195 m.
        let (a, b) = (spot(179.999, 0.0), spot(-179.999, 0.0));
        assert!((a.distance_m(b) - 222.39).abs() < 0.01, "{}", a.distance_m(b));
        assert!((a.to(b).bearing_deg() - 90.0).abs() < 1e-6);
        assert_eq!(a.towards(b, 0.75), spot(-179.9995, 0.0));
    }
}
