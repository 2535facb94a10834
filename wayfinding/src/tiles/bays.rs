//! The bays of a layout: where they stand, which way they point, how large they are. Some 45 bytes each.

use vocabulary::BayCode;

use super::MapBay;
use super::boxes::{Area, Boxes, nearby};
use super::mercator::Frame;
use crate::spot::Spot;

/// Metres of a unit of latitude.
const UNIT_M: f64 = 0.011_119_508;
/// Widths as they are usually painted, GA/T 850 (城市道路路内停车位设置规范): 2.5 m beside 6 m for small vehicles, 3.25 m beside
/// 15.6 m for large ones. The register has lengths only.
const WIDTH_M: f64 = 2.5;
const LARGE_WIDTH_M: f64 = 3.25;
const LARGE_FROM_M: f64 = 10.0;

/// Bays in an order that keeps neighbours together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bays {
    bays: Vec<Bay>,
    /// Places in `bays`, in order of code.
    by_code: Vec<u32>,
    boxes: Boxes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bay {
    pub(super) no: u64,
    pub(super) at: Spot,
    pub(super) code: BayCode,
    heading_cdeg: u16,
    length_cm: u16,
}

impl Bay {
    pub(super) fn length_m(&self) -> f64 {
        f64::from(self.length_cm) / 100.0
    }

    pub(super) fn width_m(&self) -> f64 {
        if self.length_m() < LARGE_FROM_M { WIDTH_M } else { LARGE_WIDTH_M }
    }

    /// Its corners in units of a tile, one after the other; `middle` is where it stands there.
    pub(super) fn corners(&self, frame: &Frame, middle: (f64, f64)) -> [(f64, f64); 4] {
        let metre = frame.metre(self.at.lat);
        let heading = (f64::from(self.heading_cdeg) / 100.0).to_radians();
        let (long, wide) = (self.length_m() / 2.0 * metre, self.width_m() / 2.0 * metre);
        let (sin, cos) = heading.sin_cos();
        // Along the heading, and to the right of it; y points down.
        let (along, across) = ((sin * long, -cos * long), (cos * wide, sin * wide));
        [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].map(|(a, b)| {
            (middle.0 + a * along.0 + b * across.0, middle.1 + a * along.1 + b * across.1)
        })
    }

    /// A box that holds it whichever way it points.
    fn area(&self) -> Area {
        let reach_m = self.length_m().hypot(self.width_m()) / 2.0;
        let parallel = (f64::from(self.at.lat) / super::mercator::UNITS).to_radians().cos();
        let lon = super::mercator::whole(reach_m / UNIT_M / parallel.max(0.01)) + 1;
        Area::around(self.at).widened(lon, super::mercator::whole(reach_m / UNIT_M) + 1)
    }
}

impl Bays {
    pub(super) fn push(&mut self, bay: &MapBay<'_>, at: Spot) {
        self.bays.push(Bay {
            no: bay.no,
            at,
            code: bay.code.clone(),
            heading_cdeg: hundredths(bay.heading_deg.rem_euclid(360.0)),
            length_cm: hundredths(bay.length_m),
        });
    }

    pub(super) fn finish(&mut self) {
        self.bays.sort_by_key(|bay| (nearby(bay.at), bay.no));
        self.bays.shrink_to_fit();
        let mut by_code: Vec<u32> =
            (0..u32::try_from(self.bays.len()).unwrap_or(u32::MAX)).collect();
        by_code.sort_by(|a, b| self.bays[*a as usize].code.cmp(&self.bays[*b as usize].code));
        self.by_code = by_code;
        self.boxes = Boxes::build(self.bays.iter().map(Bay::area));
    }

    pub(super) fn len(&self) -> usize {
        self.bays.len()
    }

    pub(super) fn spots(&self) -> impl Iterator<Item = Spot> {
        self.bays.iter().map(|bay| bay.at)
    }

    /// Bays that may reach into a rectangle.
    pub(super) fn within(&self, area: Area) -> impl Iterator<Item = &Bay> {
        let ranges = self.boxes.within(&area).into_iter();
        ranges.flat_map(move |range| &self.bays[range]).filter(move |bay| bay.area().meets(&area))
    }

    pub(super) fn number_of(&self, code: &BayCode) -> Option<u64> {
        let bay = |place: &u32| &self.bays[*place as usize];
        let found = self.by_code.binary_search_by(|place| bay(place).code.cmp(code)).ok()?;
        Some(bay(&self.by_code[found]).no)
    }

    pub(super) fn each_byte(&self, take: &mut impl FnMut(&[u8])) {
        take(&u64::try_from(self.bays.len()).unwrap_or(u64::MAX).to_be_bytes());
        for bay in &self.bays {
            take(&bay.no.to_be_bytes());
            bay.at.each_byte(take);
            take(&bay.heading_cdeg.to_be_bytes());
            take(&bay.length_cm.to_be_bytes());
            super::names::text_bytes(bay.code.as_str(), take);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates; 655 metres are no bay"
)]
fn hundredths(number: f64) -> u16 {
    (number * 100.0).round() as u16
}
