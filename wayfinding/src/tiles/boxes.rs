//! Finding what lies in a rectangle: things in an order that keeps neighbours together, and above them boxes around
//! sixteen of them, around sixteen of those boxes, and so on. Some two bytes a thing; never changes.
//!
//! Knows no things, only their boxes. **Invariant:** whatever meets a rectangle is in one of the ranges that are
//! found; what does not meet it may be there, too.

use std::ops::Range;

use crate::spot::Spot;

const WIDTH: usize = 16;

/// A rectangle in units of degrees, borders included. Longitudes may go beyond the date line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) west: i64,
    pub(super) south: i64,
    pub(super) east: i64,
    pub(super) north: i64,
}

/// Boxes around boxes; the first level is around the things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Boxes {
    things: usize,
    levels: Vec<Vec<Area>>,
}

impl Area {
    pub(super) fn around(spot: Spot) -> Area {
        let (lon, lat) = (i64::from(spot.lon), i64::from(spot.lat));
        Area { west: lon, south: lat, east: lon, north: lat }
    }

    pub(super) fn with(self, other: Area) -> Area {
        Area {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    pub(super) fn meets(&self, other: &Area) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }

    pub(super) fn shifted(self, lon: i64) -> Area {
        Area { west: self.west + lon, east: self.east + lon, ..self }
    }

    pub(super) fn widened(self, lon: i64, lat: i64) -> Area {
        Area {
            west: self.west - lon,
            south: self.south - lat,
            east: self.east + lon,
            north: self.north + lat,
        }
    }
}

impl Boxes {
    /// Over things in their order, each given by its box.
    pub(super) fn build(boxes: impl Iterator<Item = Area>) -> Boxes {
        let boxes: Vec<Area> = boxes.collect();
        let things = boxes.len();
        let mut levels = Vec::new();
        let mut below = boxes;
        while below.len() > 1 || levels.is_empty() {
            let level: Vec<Area> = below.chunks(WIDTH).filter_map(all).collect();
            if level.is_empty() {
                break;
            }
            levels.push(level.clone());
            below = level;
        }
        Boxes { things, levels }
    }

    /// Ranges of things that may meet the rectangle, in their order.
    pub(super) fn within(&self, area: &Area) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if let Some(top) = self.levels.len().checked_sub(1) {
            self.look(top, 0..self.levels[top].len(), area, &mut found);
        }
        found
    }

    fn look(&self, level: usize, boxes: Range<usize>, area: &Area, found: &mut Vec<Range<usize>>) {
        for number in boxes.filter(|number| self.levels[level][*number].meets(area)) {
            let below = if level == 0 { self.things } else { self.levels[level - 1].len() };
            let parts = number * WIDTH..((number + 1) * WIDTH).min(below);
            match level.checked_sub(1) {
                Some(level) => self.look(level, parts, area, found),
                None => found.push(parts),
            }
        }
    }
}

fn all(boxes: &[Area]) -> Option<Area> {
    boxes.iter().copied().reduce(Area::with)
}

/// A number for a place such that places nearby mostly have numbers nearby: the bits of both coordinates by turns
/// (G. M. Morton, 1966).
pub(super) fn nearby(spot: Spot) -> u64 {
    let spread = |units: i32| {
        let mut bits = u64::from(units.cast_unsigned() ^ 0x8000_0000);
        for (shift, mask) in [
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555_u64),
        ] {
            bits = (bits | (bits << shift)) & mask;
        }
        bits
    };
    spread(spot.lon) | (spread(spot.lat) << 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_roads::Chance;

    fn spot(chance: &mut Chance) -> Spot {
        let mut one = |below: usize| i32::try_from(chance.below(below)).unwrap();
        Spot { lon: one(200_000) - 100_000, lat: one(100_000) - 50_000 }
    }

    #[test]
    fn what_meets_a_rectangle_is_found_whatever_the_number_of_things() {
        let mut chance = Chance(5);
        for things in [0, 1, 15, 16, 17, 256, 257, 5_000] {
            let mut spots: Vec<Spot> = (0..things).map(|_| spot(&mut chance)).collect();
            spots.sort_by_key(|spot| nearby(*spot));
            let boxes = Boxes::build(spots.iter().map(|spot| Area::around(*spot)));
            for _ in 0..50 {
                let area = Area::around(spot(&mut chance)).with(Area::around(spot(&mut chance)));
                let inside = |spot: &Spot| Area::around(*spot).meets(&area);
                let plain: Vec<Spot> = spots.iter().copied().filter(inside).collect();
                let found: Vec<Spot> = boxes
                    .within(&area)
                    .into_iter()
                    .flat_map(|range| spots[range].iter().copied())
                    .filter(inside)
                    .collect();
                assert_eq!(found, plain, "{things} things, {area:?}");
            }
        }
    }

    #[test]
    fn few_things_beside_those_wanted_are_looked_at() {
        let side = 0..100;
        let mut spots: Vec<Spot> =
            side.clone().flat_map(|lon| side.clone().map(move |lat| Spot { lon, lat })).collect();
        spots.sort_by_key(|spot| nearby(*spot));
        let boxes = Boxes::build(spots.iter().map(|spot| Area::around(*spot)));
        let area = Area { west: 10, south: 10, east: 19, north: 19 };
        let looked: usize = boxes.within(&area).iter().map(ExactSizeIterator::len).sum();
        // A hundred are there; sixteen lie in a square of four by four, so at most 4 × 4 of these are touched.
        assert!((100..=16 * 16).contains(&looked), "{looked}");
    }

    #[test]
    fn numbers_of_places_interleave_their_bits() {
        let least = Spot { lon: i32::MIN, lat: i32::MIN };
        assert_eq!(nearby(least), 0);
        assert_eq!(nearby(Spot { lon: i32::MIN + 1, ..least }), 1);
        assert_eq!(nearby(Spot { lat: i32::MIN + 1, ..least }), 2);
        // 3 = 11 and 5 = 101 by turns, east in the lower bit: 10 01 11 → 1 0 0 1 1 1 … = 0b100111.
        assert_eq!(nearby(Spot { lon: i32::MIN + 3, lat: i32::MIN + 5 }), 0b10_01_11);
        assert_eq!(nearby(Spot { lon: i32::MAX, lat: i32::MAX }), u64::MAX);
    }
}
