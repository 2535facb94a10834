//! A made-up city: where its bays are, which are free, what changes, and where drivers ask.

use vocabulary::Point;

use crate::chance::chance;

/// Edge of the city of a million bays in metres: some 2,100 bays within 500 m of a place.
const CITY_M: f64 = 19_360.0;
/// Metres of a degree at 36.5° north.
const LON_M: f64 = 89_350.0;
const LAT_M: f64 = 111_195.0;

#[derive(Debug)]
pub(crate) struct City {
    seed: u64,
    pub(crate) places: Vec<Point>,
    free: Vec<bool>,
    /// In tenths of a percent.
    full: u64,
    edge_m: f64,
}

impl City {
    /// As dense whatever the number of bays.
    pub(crate) fn of(seed: u64, bays: u32, full: u64) -> City {
        let edge_m = CITY_M * (f64::from(bays) / 1e6).sqrt();
        let mut city = City { seed, places: Vec::new(), free: Vec::new(), full, edge_m };
        city.places = (0..u64::from(bays)).map(|bay| city.place(bay, 1)).collect();
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

    /// To a ten-millionth of a degree, as the search keeps it.
    fn place(&self, number: u64, turn: u64) -> Point {
        let part =
            |turn: u64| (chance(self.seed, number, turn) >> 11) as f64 / (1_u64 << 53) as f64;
        let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
        let (lon, lat) =
            (part(turn) * self.edge_m / LON_M, part(turn | 1 << 40) * self.edge_m / LAT_M);
        Point::new(round(104.0 + lon), round(36.5 + lat)).expect("a place in China")
    }
}
