//! A place on earth, WGS-84 degrees. Other datums exist only at the edge of the system.

use serde::{Deserialize, Serialize};

/// Longitude and latitude in degrees, WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Degrees")]
pub struct Point {
    lon: f64,
    lat: f64,
}

#[derive(Deserialize)]
struct Degrees {
    lon: f64,
    lat: f64,
}

/// The numbers are not a place on earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointReject;

/// Mean radius of the earth in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

impl Point {
    /// A place, if the degrees are finite and in range.
    ///
    /// # Errors
    /// `PointReject` when they are not.
    pub fn new(lon: f64, lat: f64) -> Result<Self, PointReject> {
        let inside = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
        if inside { Ok(Point { lon, lat }) } else { Err(PointReject) }
    }

    /// Degrees east.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Great-circle distance in metres (haversine).
    #[must_use]
    pub fn distance_m(self, other: Point) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat_b - lat_a) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

impl TryFrom<Degrees> for Point {
    type Error = PointReject;
    fn try_from(d: Degrees) -> Result<Self, Self::Error> {
        Point::new(d.lon, d.lat)
    }
}

impl std::fmt::Display for PointReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("longitude must lie in -180..180 and latitude in -90..90")
    }
}

impl std::error::Error for PointReject {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_about_111_km() {
        let baiyin = Point::new(104.1389, 36.5447).unwrap();
        let north = Point::new(104.1389, 37.5447).unwrap();
        // 2π·6371.0088 km / 360 = 111.195 km
        assert!((baiyin.distance_m(north) - 111_195.0).abs() < 1.0);
        assert!(baiyin.distance_m(baiyin) < 1e-9);
    }

    #[test]
    fn impossible_places_are_refused() {
        for (lon, lat) in [(181.0, 0.0), (0.0, 91.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Point::new(lon, lat).is_err(), "{lon},{lat}");
        }
    }
}
