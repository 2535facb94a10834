//! WGS-84, GCJ-02 and BD-09: the three datums in which maps of China give a place.
//!
//! Only the edge of the system needs it: inside, every place is WGS-84 (`vocabulary::Point`). GCJ-02 has no
//! published definition; the formula is the one that every open implementation shares (gcoord and eviltransform
//! among them), and its offsets agree with what map services answer to within 1e-5°. Conversions back are
//! iterated until they are met to 1e-10°.
//!
//! **Outside China nothing changes**, in any of the six directions. "China" is the customary rectangle
//! (`OUTLINE`), which holds parts of its neighbours, too; it is looked up with the coordinates as given,
//! in whatever datum they are. A place on the border of the rectangle is inside.

use std::f64::consts::PI;

/// How the degrees of a place are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Datum {
    /// What a GPS receiver says, and what Bowei keeps.
    Wgs84,
    /// The state's offset datum: AMap, Tencent, WeChat.
    Gcj02,
    /// Baidu's offset on top of it.
    Bd09,
}

/// Degrees of a place in some datum.
///
/// Longitudes may count from 180° west or run on to 360° east, as some maps count them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    pub lon: f64,
    pub lat: f64,
}

/// The numbers are not degrees of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DegreesReject {
    Longitude,
    Latitude,
}

/// West, south, east and north end of what counts as China: gcoord `isInChinaBbox`, eviltransform `outOfChina`.
pub const OUTLINE: [f64; 4] = [72.004, 0.8293, 137.8347, 55.8271];

/// Semi-major axis of the Krasovsky 1940 ellipsoid in metres.
const AXIS_M: f64 = 6_378_245.0;
/// Square of its first eccentricity, with the digits that the formula is handed on with.
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
/// Baidu's waves: 3000 half turns of 180 degrees.
const BAIDU_WAVE: f64 = PI * 3000.0 / 180.0;
/// Where the steps back end: a thousandth of what is printed at seven decimals.
const MET_DEG: f64 = 1e-10;

impl Datum {
    pub const ALL: [Datum; 3] = [Datum::Wgs84, Datum::Gcj02, Datum::Bd09];

    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Datum::Wgs84 => "wgs84",
            Datum::Gcj02 => "gcj02",
            Datum::Bd09 => "bd09",
        }
    }
}

impl Degrees {
    /// Degrees, if they are those of a place.
    ///
    /// # Errors
    /// A latitude beyond a pole, a longitude below −180 or above 360, or what is no number.
    pub fn new(lon: f64, lat: f64) -> Result<Degrees, DegreesReject> {
        if !(-180.0..=360.0).contains(&lon) {
            return Err(DegreesReject::Longitude);
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(DegreesReject::Latitude);
        }
        Ok(Degrees { lon, lat })
    }

    /// Whether this is in the rectangle that counts as China.
    #[must_use]
    pub fn in_china(self) -> bool {
        let [west, south, east, north] = OUTLINE;
        (west..=east).contains(&self.lon) && (south..=north).contains(&self.lat)
    }

    /// The same place in another datum.
    #[must_use]
    pub fn convert(self, from: Datum, to: Datum) -> Degrees {
        if from == to || !self.in_china() {
            return self;
        }
        let gcj02 = match from {
            Datum::Wgs84 => offset_by_the_state(self),
            Datum::Gcj02 => self,
            Datum::Bd09 => undo(self, offset_by_baidu),
        };
        match to {
            Datum::Gcj02 => gcj02,
            Datum::Wgs84 => undo(gcj02, offset_by_the_state),
            Datum::Bd09 => offset_by_baidu(gcj02),
        }
    }
}

/// WGS-84 to GCJ-02: two sums of waves, in metres, laid on the ellipsoid.
fn offset_by_the_state(at: Degrees) -> Degrees {
    let (x, y) = (at.lon - 105.0, at.lat - 35.0);
    let phi = at.lat.to_radians();
    let flat = 1.0 - ECCENTRICITY * phi.sin().powi(2);
    let meridian_m = AXIS_M * (1.0 - ECCENTRICITY) / (flat * flat.sqrt());
    let parallel_m = AXIS_M / flat.sqrt() * phi.cos();
    Degrees {
        lon: at.lon + (east_m(x, y) / parallel_m).to_degrees(),
        lat: at.lat + (north_m(x, y) / meridian_m).to_degrees(),
    }
}

/// How far the datum shifts to the north. `x` and `y` are degrees from 105° E 35° N.
fn north_m(x: f64, y: f64) -> f64 {
    let slope = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * x.abs().sqrt();
    let waves = short_waves(x)
        + 20.0 * (y * PI).sin()
        + 40.0 * (y / 3.0 * PI).sin()
        + 160.0 * (y / 12.0 * PI).sin()
        + 320.0 * (y / 30.0 * PI).sin();
    slope + waves * 2.0 / 3.0
}

/// How far it shifts to the east.
fn east_m(x: f64, y: f64) -> f64 {
    let slope = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * x.abs().sqrt();
    let waves = short_waves(x)
        + 20.0 * (x * PI).sin()
        + 40.0 * (x / 3.0 * PI).sin()
        + 150.0 * (x / 12.0 * PI).sin()
        + 300.0 * (x / 30.0 * PI).sin();
    slope + waves * 2.0 / 3.0
}

fn short_waves(x: f64) -> f64 {
    20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()
}

/// GCJ-02 to BD-09: a wave in the distance from the origin of degrees, a wave in the angle, a shift.
fn offset_by_baidu(at: Degrees) -> Degrees {
    let far = at.lon.hypot(at.lat) + 0.000_02 * (at.lat * BAIDU_WAVE).sin();
    let angle = at.lat.atan2(at.lon) + 0.000_003 * (at.lon * BAIDU_WAVE).cos();
    Degrees { lon: far * angle.cos() + 0.0065, lat: far * angle.sin() + 0.006 }
}

/// The place that `offset` leads to `wanted` from: steps by what is missing, each at least 20 times shorter.
fn undo(wanted: Degrees, offset: fn(Degrees) -> Degrees) -> Degrees {
    let mut at = wanted;
    for _ in 0..30 {
        let reached = offset(at);
        let (east, north) = (wanted.lon - reached.lon, wanted.lat - reached.lat);
        at = Degrees { lon: at.lon + east, lat: at.lat + north };
        if east.abs().max(north.abs()) < MET_DEG {
            break;
        }
    }
    at
}

impl std::fmt::Display for DegreesReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DegreesReject::Longitude => "longitude must lie in -180..180 (or run on to 360)",
            DegreesReject::Latitude => "latitude must lie in -90..90",
        })
    }
}

impl std::error::Error for DegreesReject {}

#[cfg(test)]
mod tests;
