//! Blocks as lines along their bays, for zooms at which single bays are too small.

use std::collections::{BTreeMap, HashMap};

use super::lines::{Line, Lines};
use super::names::Names;
use crate::spot::{Offset, Spot};

/// The bays of one side of a street between two junctions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    street: u32,
    bays: Vec<(Spot, f64, f64)>,
}

impl Block {
    pub(super) fn new(street: u32) -> Block {
        Block { street, bays: Vec::new() }
    }

    pub(super) fn bay(&mut self, at: Spot, heading_deg: f64, length_m: f64) {
        self.bays.push((at, heading_deg, length_m));
    }

    /// From one end to the other through the middles of its bays; of a single bay its long middle line.
    fn line(mut self) -> Vec<Spot> {
        self.bays.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.bays.dedup_by_key(|(at, _, _)| *at);
        if let [(at, heading_deg, length_m)] = self.bays[..] {
            return [-0.5, 0.5].map(|share| away(at, heading_deg, length_m * share)).into();
        }
        let mut spots: Vec<Spot> = self.bays.into_iter().map(|(at, _, _)| at).collect();
        let Some(first) = spots.first().copied() else { return spots };
        let farthest = |from: Spot| {
            let nearer = |a: &&Spot, b: &&Spot| {
                from.distance_m(**a).total_cmp(&from.distance_m(**b)).then(b.cmp(a))
            };
            spots.iter().max_by(nearer).copied().unwrap_or(from)
        };
        let end = farthest(first);
        let axis = end.to(farthest(end));
        spots.sort_by(|a, b| end.to(*a).dot(axis).total_cmp(&end.to(*b).dot(axis)).then(a.cmp(b)));
        spots
    }
}

/// A line for each block, in order of code. `english` has the English names of streets.
pub(super) fn lines(
    blocks: BTreeMap<u32, Block>,
    names: &Names,
    english: &HashMap<u32, u32>,
) -> Lines {
    let mut blocks: Vec<(u32, Block)> =
        blocks.into_iter().filter(|(code, _)| !names.text(*code).is_empty()).collect();
    blocks.sort_by(|a, b| names.text(a.0).cmp(names.text(b.0)));
    let line = |(code, block): (u32, Block)| {
        let (name, name_en) = (block.street, english.get(&block.street).copied().unwrap_or(0));
        (Line { name, name_en, code, ..Line::default() }, block.line())
    };
    Lines::build(blocks.into_iter().map(line))
}

/// The place so many metres away.
fn away(at: Spot, heading_deg: f64, metres: f64) -> Spot {
    const UNIT_M: f64 = 0.011_119_508;
    let (east, north) = heading_deg.to_radians().sin_cos();
    let offset = Offset { east: east * metres, north: north * metres };
    let parallel = at.point().lat().to_radians().cos().max(0.01);
    #[expect(clippy::cast_possible_truncation, reason = "a few metres; a cast saturates")]
    let units = |metres: f64| (metres / UNIT_M).round() as i32;
    Spot {
        lon: at.lon.saturating_add(units(offset.east / parallel)),
        lat: at.lat.saturating_add(units(offset.north)).clamp(-900_000_000, 900_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_roads::spot;

    fn block(bays: &[(f64, f64)]) -> Vec<Spot> {
        let mut block = Block::new(1);
        bays.iter().for_each(|(east, north)| block.bay(spot(*east, *north), 90.0, 6.0));
        block.line()
    }

    #[test]
    fn a_block_is_a_line_from_end_to_end_whatever_the_order() {
        let row = [(0.0, 0.0), (7.0, 0.5), (14.0, 0.0), (21.0, -0.5)];
        let expected = row.map(|(east, north)| spot(east, north));
        let mut turned = row;
        turned.swap(0, 2);
        turned.swap(1, 3);
        let line = block(&turned);
        let back: Vec<Spot> = line.iter().rev().copied().collect();
        assert!(line == expected || back == expected, "{line:?}");
        // Along a meridian, too, and around a corner.
        let corner = [(0.0, 0.0), (0.0, 50.0), (20.0, 60.0)];
        let line = block(&corner);
        assert_eq!((line.len(), line[1]), (3, spot(0.0, 50.0)));
        assert_eq!(block(&[(3.0, 3.0), (3.0, 3.0)]).len(), 2);
        assert!(block(&[]).is_empty());
    }

    #[test]
    fn a_single_bay_is_its_middle_line() {
        // 6 m to the east and west on the equator: 3 m each way.
        let ends = block(&[(10.0, 0.0)]);
        for (end, east_m) in ends.iter().zip([7.0, 13.0]) {
            assert!(end.distance_m(spot(east_m, 0.0)) < 0.02, "{ends:?}");
        }
        assert_eq!(ends.len(), 2);
    }
}
