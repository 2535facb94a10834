//! Where a place lies in a tile: Web Mercator (EPSG:3857), tiles counted from the north-west corner.
//!
//! Longitudes are not wrapped here: whoever asks shifts them by whole turns, so that what lies beyond the date line comes
//! into the tiles on both sides. Places beyond 85.0511° lie outside of every tile's own square.

use super::boxes::Area;
use crate::spot::Spot;

/// Units of a tile's side.
pub(super) const EXTENT: f64 = 4096.0;
/// What is drawn beyond a tile's border, in its units, so that nothing is cut visibly.
pub(super) const BUFFER: f64 = 64.0;
/// Deepest zoom of a tile.
pub const DEEPEST: u8 = 20;
/// Units of a degree in a `Spot`.
pub(super) const UNITS: f64 = 1e7;
/// Units of a whole turn.
pub(super) const TURN: i64 = 3_600_000_000;

/// What may be added to a longitude to bring it into a tile.
pub(super) const SHIFTS: [i64; 3] = [0, -TURN, TURN];

/// Which tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    z: u8,
    x: u32,
    y: u32,
}

/// There is no such tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileReject {
    TooDeep,
    OutOfRange,
}

/// From degrees to units of a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    scale: f64,
    left: f64,
    top: f64,
}

impl TileId {
    /// # Errors
    /// Deeper than zoom 20, or a column or row that this zoom does not have.
    pub fn new(z: u32, x: u32, y: u32) -> Result<TileId, TileReject> {
        let z = u8::try_from(z).ok().filter(|z| *z <= DEEPEST).ok_or(TileReject::TooDeep)?;
        let side = 1_u32 << z;
        if x >= side || y >= side {
            return Err(TileReject::OutOfRange);
        }
        Ok(TileId { z, x, y })
    }

    #[must_use]
    pub fn z(self) -> u8 {
        self.z
    }

    #[must_use]
    pub fn x(self) -> u32 {
        self.x
    }

    #[must_use]
    pub fn y(self) -> u32 {
        self.y
    }

    pub(super) fn frame(self) -> Frame {
        let scale = f64::from(1_u32 << self.z) * EXTENT;
        Frame { scale, left: f64::from(self.x) * EXTENT, top: f64::from(self.y) * EXTENT }
    }

    /// The tile with its buffer, in units of degrees; may reach beyond the date line.
    pub(super) fn area(self) -> Area {
        let side = f64::from(1_u32 << self.z) * EXTENT;
        let turn = 360.0 * UNITS;
        let lon = |units: f64| ((f64::from(self.x) * EXTENT + units) / side - 0.5) * turn;
        let lat = |units: f64| {
            let down = (f64::from(self.y) * EXTENT + units) / side;
            (std::f64::consts::PI * (1.0 - 2.0 * down)).sinh().atan().to_degrees() * UNITS
        };
        Area {
            west: whole(lon(-BUFFER).floor()),
            south: whole(lat(EXTENT + BUFFER).floor()),
            east: whole(lon(EXTENT + BUFFER).ceil()),
            north: whole(lat(-BUFFER).ceil()),
        }
    }
}

impl std::fmt::Display for TileReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TileReject::TooDeep => write!(f, "tiles go down to zoom {DEEPEST}"),
            TileReject::OutOfRange => f.write_str("at zoom z, x and y lie below 2^z"),
        }
    }
}

impl std::error::Error for TileReject {}

impl Frame {
    /// Units right of and below the tile's north-west corner. `lon` is in units of degrees and may be beyond the date line.
    pub(super) fn place(&self, lon: i64, lat: i32) -> (f64, f64) {
        let turn = 360.0 * UNITS;
        #[expect(clippy::cast_precision_loss, reason = "a few turns: 34 bits")]
        let across = lon as f64 / turn + 0.5;
        // A pole would lie at an infinite distance.
        let lat = (f64::from(lat) / UNITS).clamp(-89.99, 89.99).to_radians();
        let down = 0.5 - lat.tan().asinh() / std::f64::consts::TAU;
        (across * self.scale - self.left, down * self.scale - self.top)
    }

    /// Units that a metre takes at a latitude.
    pub(super) fn metre(&self, lat: i32) -> f64 {
        // The circumference of the sphere that Web Mercator is drawn on: WGS-84's semi-major axis.
        const AROUND_M: f64 = std::f64::consts::TAU * 6_378_137.0;
        let lat = (f64::from(lat) / UNITS).clamp(-89.0, 89.0).to_radians();
        self.scale / AROUND_M / lat.cos()
    }
}

impl Spot {
    pub(super) fn each_byte(self, take: &mut impl FnMut(&[u8])) {
        take(&self.lon.to_be_bytes());
        take(&self.lat.to_be_bytes());
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a few turns in units; a cast saturates")]
pub(super) fn whole(units: f64) -> i64 {
    units as i64
}
