//! A grid of invented streets with bays along both kerbs.
//!
//! Streets running east–west cross streets running north–south every 180 m. Traffic drives on
//! the right, so a parked vehicle points west on the north side and north on the east side.

use super::{Bay, Block, bay_code};

/// Centre of the grid, in Baiyin district (WGS-84).
const CENTRE: (f64, f64) = (104.17, 36.55);
const BLOCK_M: f64 = 180.0;
/// No parking within this distance of a crossing.
const CORNER_M: f64 = 24.0;
const BAY_M: f64 = 6.0;
/// From the middle of the street to the middle of a bay.
const KERB_M: f64 = 5.0;
const BAYS_PER_BLOCK: usize = 20;
/// Some bays differ: each east kerb has one under a low tree, each west kerb a short one beside an entry, each north kerb a
/// charging point, each south kerb one for disabled drivers.
const LOW_TREE_MM: u16 = 2_200;
const ENTRY_MM: u16 = 4_500;
/// One degree of latitude on the sphere of `vocabulary::Point`.
const DEGREE_M: f64 = 111_195.08;

const EAST_WEST: [&str; 4] = ["人民路", "四龙路", "北京路", "合作一路"];
const NORTH_SOUTH: [&str; 4] = ["五一街", "公园路", "工农路", "红星街"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    North,
    South,
    East,
    West,
}

/// A kerb between two crossings.
struct Kerb {
    street: String,
    side: Side,
    /// Number of the street among those running the same way, and of the stretch along it.
    place: (usize, usize),
}

/// A street from end to end, by the places of its crossings.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) line: Vec<(f64, f64)>,
}

/// The streets of the grid for so many bays.
pub(super) fn lines(bays: usize) -> Vec<Way> {
    let streets = streets_for(bays);
    let half_m = metres(streets - 1) * BLOCK_M / 2.0;
    let way = |side: Side, number: usize| {
        let crossing = |other: usize| {
            let (across_m, along_m) =
                (metres(number) * BLOCK_M - half_m, metres(other) * BLOCK_M - half_m);
            match side {
                Side::North | Side::South => degrees((along_m, across_m)),
                Side::East | Side::West => degrees((across_m, along_m)),
            }
        };
        Way { name: street_name(side, number), line: (0..streets).map(crossing).collect() }
    };
    let both = |number: usize| [way(Side::North, number), way(Side::East, number)];
    (0..streets).flat_map(both).collect()
}

fn streets_for(bays: usize) -> usize {
    (2..).find(|n| kerb_count(*n) * BAYS_PER_BLOCK >= bays).unwrap_or(2)
}

/// Metres east and north of the centre as longitude and latitude.
fn degrees((east_m, north_m): (f64, f64)) -> (f64, f64) {
    let lon_degree_m = DEGREE_M * CENTRE.1.to_radians().cos();
    (
        seven_decimals(CENTRE.0 + east_m / lon_degree_m),
        seven_decimals(CENTRE.1 + north_m / DEGREE_M),
    )
}

/// The blocks and bays of the smallest grid that holds `bays` bays, spread evenly.
pub(super) fn lay_out(bays: usize) -> (Vec<Block>, Vec<Bay>) {
    let streets = streets_for(bays);
    let kerbs = kerbs(streets);
    let (share, rest) = (bays / kerbs.len(), bays % kerbs.len());
    let (mut blocks, mut laid) = (Vec::new(), Vec::new());
    for (number, kerb) in kerbs.iter().enumerate() {
        let here = share + usize::from(number < rest);
        if here == 0 {
            continue;
        }
        let code = format!("B{:03}", number + 1);
        blocks.push(kerb.block(&code, streets));
        for place in 0..here {
            laid.push(kerb.bay(&code, bay_code(laid.len()), place, streets));
        }
    }
    (blocks, laid)
}

/// Two directions, two kerbs on each stretch between crossings.
fn kerb_count(streets: usize) -> usize {
    streets * (streets - 1) * 4
}

fn kerbs(streets: usize) -> Vec<Kerb> {
    let stretches = (0..streets).flat_map(|s| (0..streets - 1).map(move |along| (s, along)));
    let mut kerbs = Vec::new();
    for place in stretches {
        for side in [Side::North, Side::South, Side::East, Side::West] {
            kerbs.push(Kerb { street: street_name(side, place.0), side, place });
        }
    }
    kerbs
}

/// Beyond the known names, streets are numbered and called samples.
fn street_name(side: Side, number: usize) -> String {
    let (names, kind) = match side {
        Side::North | Side::South => (&EAST_WEST, "路"),
        Side::East | Side::West => (&NORTH_SOUTH, "街"),
    };
    match names.get(number) {
        Some(name) => (*name).into(),
        None => format!("示例{}{kind}", number + 1),
    }
}

impl Kerb {
    fn block(&self, code: &str, streets: usize) -> Block {
        let (middle_m, _) = self.metres(BLOCK_M / 2.0, streets);
        Block {
            code: code.into(),
            zone: if middle_m < 0.0 { "west" } else { "east" }.into(),
            street: self.street.clone(),
            side: self.side.name().into(),
        }
    }

    fn bay(&self, block: &str, code: String, place: usize, streets: usize) -> Bay {
        let along_m = CORNER_M + (metres(place) + 0.5) * BAY_M;
        let (lon, lat) = degrees(self.metres(along_m, streets));
        Bay {
            code,
            block: block.into(),
            lon,
            lat,
            heading_deg: self.side.heading_deg(),
            length_m: BAY_M,
            max_height_mm: (self.side == Side::East && place == 2).then_some(LOW_TREE_MM),
            max_length_mm: (self.side == Side::West && place == 2).then_some(ENTRY_MM),
            charging: self.side == Side::North && place == 1,
            accessible: self.side == Side::South && place == 0,
        }
    }

    /// Metres east and north of the centre, `along_m` after the crossing where the kerb begins.
    fn metres(&self, along_m: f64, streets: usize) -> (f64, f64) {
        let half_m = metres(streets - 1) * BLOCK_M / 2.0;
        let across_m = metres(self.place.0) * BLOCK_M - half_m;
        let along_m = metres(self.place.1) * BLOCK_M - half_m + along_m;
        match self.side {
            Side::North => (along_m, across_m + KERB_M),
            Side::South => (along_m, across_m - KERB_M),
            Side::East => (across_m + KERB_M, along_m),
            Side::West => (across_m - KERB_M, along_m),
        }
    }
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::North => "north",
            Side::South => "south",
            Side::East => "east",
            Side::West => "west",
        }
    }

    fn heading_deg(self) -> u16 {
        match self {
            Side::East => 0,
            Side::South => 90,
            Side::West => 180,
            Side::North => 270,
        }
    }
}

fn metres(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Seven decimals of a degree are about a centimetre.
fn seven_decimals(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_grid_that_holds_the_bays_is_laid_out() {
        // 2 streets each way: 2 × 1 × 4 = 8 kerbs of up to 20 bays; 3 each way: 24 kerbs.
        for (bays, blocks, longest) in [(1, 1, 1), (120, 8, 15), (160, 8, 20), (161, 24, 7)] {
            let (laid_blocks, laid) = lay_out(bays);
            assert_eq!((laid.len(), laid_blocks.len()), (bays, blocks));
            let in_first = laid.iter().filter(|bay| bay.block == "B001").count();
            assert_eq!(in_first, longest);
        }
    }

    #[test]
    fn a_block_keeps_clear_of_the_next_crossing() {
        let bays = f64::from(u32::try_from(BAYS_PER_BLOCK).unwrap());
        assert!(CORNER_M + bays * BAY_M + CORNER_M <= BLOCK_M);
    }

    #[test]
    fn four_streets_of_a_small_town_bear_names_of_baiyin() {
        let (blocks, _) = lay_out(120);
        let names: std::collections::BTreeSet<&str> =
            blocks.iter().map(|block| block.street.as_str()).collect();
        let known = std::collections::BTreeSet::from(["人民路", "四龙路", "五一街", "公园路"]);
        assert_eq!(names, known);
    }
}
