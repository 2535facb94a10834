//! A made-up city: where its bays are, which are free, what changes, and where drivers ask.

use clap::ValueEnum;
use vocabulary::Point;

use crate::chance::chance;

/// Edge of the city of a million bays in metres: some 2,100 bays within 500 m of a place.
const CITY_M: f64 = 19_360.0;
/// Metres of a degree at 36.5° north.
const LON_M: f64 = 89_350.0;
const LAT_M: f64 = 111_195.0;
/// Bays with numbers in a row that are one block.
pub(crate) const BAYS_OF_A_BLOCK: u64 = 20;
/// From one bay along a kerb to the next.
const BAY_M: f64 = 6.5;

/// How bays lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Laid {
    /// Each by chance: no two neighbours are of one block.
    Scattered,
    /// The twenty bays of a block in a row, along a kerb that runs north or east from a place by chance.
    Kerbs,
}

#[derive(Debug)]
pub(crate) struct City {
    seed: u64,
    laid: Laid,
    pub(crate) places: Vec<Point>,
    free: Vec<bool>,
    /// In tenths of a percent.
    full: u64,
    edge_m: f64,
}

impl City {
    /// As dense whatever the number of bays.
    pub(crate) fn of(seed: u64, bays: u32, laid: Laid, full: u64) -> City {
        let edge_m = CITY_M * (f64::from(bays) / 1e6).sqrt();
        let mut city = City { seed, laid, places: Vec::new(), free: Vec::new(), full, edge_m };
        city.places = (0..u64::from(bays)).map(|bay| city.bay(bay)).collect();
        city.free = (0..u64::from(bays)).map(|bay| city.is_free(bay, 3)).collect();
        city
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_free_at_first(&self, bay: usize) -> bool {
        self.free[bay]
    }

    pub(crate) fn bays(&self) -> impl Iterator<Item = (Point, bool)> {
        self.places.iter().copied().zip(self.free.iter().copied())
    }

    /// Where the `number`th driver of a round asks.
    pub(crate) fn question(&self, turn: u64, number: u64) -> Point {
        self.place(number, turn << 8)
    }

    /// Which bay changes next, and whether it is free then; the city stays as full.
    pub(crate) fn change(&self, turn: u64, number: u64) -> (u32, bool) {
        let bay = chance(self.seed, number, (turn << 8) | 3) % self.places.len() as u64;
        let bay = u32::try_from(bay).expect("there are no more bays than that");
        (bay, self.is_free(number, (turn << 8) | 4))
    }

    fn is_free(&self, number: u64, turn: u64) -> bool {
        chance(self.seed, number, turn) % 1000 >= self.full
    }

    fn bay(&self, number: u64) -> Point {
        match self.laid {
            Laid::Scattered => self.place(number, 1),
            Laid::Kerbs => {
                let (kerb, along) = (number / BAYS_OF_A_BLOCK, number % BAYS_OF_A_BLOCK);
                let (east_m, north_m) = self.metres(kerb, 1);
                let along_m = along as f64 * BAY_M;
                match chance(self.seed, kerb, 2) % 2 {
                    0 => point(east_m + along_m, north_m),
                    _ => point(east_m, north_m + along_m),
                }
            }
        }
    }

    fn place(&self, number: u64, turn: u64) -> Point {
        let (east_m, north_m) = self.metres(number, turn);
        point(east_m, north_m)
    }

    /// From the south-western corner.
    fn metres(&self, number: u64, turn: u64) -> (f64, f64) {
        let part =
            |turn: u64| (chance(self.seed, number, turn) >> 11) as f64 / (1_u64 << 53) as f64;
        (part(turn) * self.edge_m, part(turn | 1 << 40) * self.edge_m)
    }
}

/// To a ten-millionth of a degree, as the search keeps it.
fn point(east_m: f64, north_m: f64) -> Point {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Point::new(round(104.0 + east_m / LON_M), round(36.5 + north_m / LAT_M))
        .expect("a place in China")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bays_of_a_block_stand_in_a_row_and_blocks_anywhere() {
        let city = City::of(1, 1_000, Laid::Kerbs, 850);
        for block in city.places.chunks(20) {
            let mut steps = block.windows(2).map(|two| two[0].distance_m(two[1]));
            assert!(steps.all(|step_m| (step_m - 6.5).abs() < 0.05));
        }
        let begins: Vec<&Point> = city.places.iter().step_by(20).collect();
        assert!(begins.windows(2).all(|two| two[0].distance_m(*two[1]) > 6.5));
        // A thousandth of the million bays on a thousandth of the ground: 19.36 km / √1000 = 612 m.
        assert!(begins.iter().all(|at| at.distance_m(*begins[0]) < 612.3 * 1.42));
    }
}
