//! A made-up city: where its bays are, which are free, and what their signs say.

use std::sync::Arc;

use vocabulary::{BayCode, BayId, BlockId, Point, Timestamp, VehicleClass, ZoneId};
use wayfinding::State;
use wayfinding::search::{BayFacts, Block, Known, Permit};

use super::NOW_MS;

const BAYS: usize = 1_000_000;
/// Edge of the city in metres: some 2,100 bays within 500 m of a place.
const CITY_M: f64 = 19_360.0;
/// Metres of a degree at 36.5° north.
const LON_M: f64 = 89_350.0;
const LAT_M: f64 = 111_195.0;
const BAYS_OF_A_BLOCK: usize = 20;
/// From one bay along a kerb to the next.
const BAY_M: f64 = 6.5;

/// Where a block begins, and the step from one of its bays to the next, in metres east and north.
#[derive(Default)]
struct Kerb {
    begin: (f64, f64),
    step: (f64, f64),
}

/// How bays lie. In both cities twenty in a row of numbers are one block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Laid {
    /// Each by chance, wherever those of its block are: no two neighbours share anything.
    Scattered,
    /// The bays of a block along a kerb that runs north or east from a place by chance.
    AlongKerbs,
}

/// The same numbers in every run: SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Within 0..1.
    pub(crate) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A place in the city, in metres from its south-western corner.
    fn metres(&mut self) -> (f64, f64) {
        (self.part() * CITY_M, self.part() * CITY_M)
    }

    pub(crate) fn place(&mut self) -> Point {
        point(self.metres())
    }
}

fn id(kind: u8, number: usize) -> String {
    format!("{kind:08x}{number:024x}")
}

pub(crate) fn bays(free_share: f64, laid: Laid) -> Vec<BayFacts> {
    let mut dice = Dice(7);
    let permits: Vec<Arc<Permit>> = (0..12).map(|zone| Arc::new(permit(zone))).collect();
    let street: Arc<str> = "人民路".into();
    let blocks: Vec<Arc<Block>> = (0..=BAYS / BAYS_OF_A_BLOCK)
        .map(|number| {
            let (code, street) = (format!("RM-{number}").into(), Arc::clone(&street));
            let id = id(2, number).parse().map(BlockId).expect("an id");
            Arc::new(Block { id, code, street })
        })
        .collect();
    let mut kerb = Kerb::default();
    (0..BAYS)
        .map(|number| BayFacts {
            id: id(3, number).parse().map(BayId).expect("an id"),
            code: BayCode::parse(&format!("B{number:07}")).expect("a code"),
            at: match laid {
                Laid::Scattered => dice.place(),
                Laid::AlongKerbs => kerb.place(&mut dice, number % BAYS_OF_A_BLOCK),
            },
            block: Arc::clone(&blocks[number / BAYS_OF_A_BLOCK]),
            permit: Arc::clone(&permits[number / BAYS_OF_A_BLOCK % 12]),
            closures: vec![],
            known: Known {
                state: if dice.part() < free_share { State::Free } else { State::Occupied },
                observed_at: Some(Timestamp::from_ms(NOW_MS)),
                version: 1,
            },
        })
        .collect()
}

fn permit(zone: usize) -> Permit {
    Permit {
        zone: id(1, zone).parse().map(ZoneId).expect("an id"),
        classes: vec![VehicleClass::Small, VehicleClass::NewEnergySmall],
        max_height_mm: None,
        max_length_mm: Some(6000),
        charging: false,
        accessible: false,
        hours: None,
    }
}

impl Kerb {
    /// The bay so many bays along a block; with the first one a new kerb begins.
    fn place(&mut self, dice: &mut Dice, along: usize) -> Point {
        if along == 0 {
            let step = if dice.part() < 0.5 { (BAY_M, 0.0) } else { (0.0, BAY_M) };
            *self = Kerb { begin: dice.metres(), step };
        }
        let to = |begin: f64, step: f64| begin + along as f64 * step;
        point((to(self.begin.0, self.step.0), to(self.begin.1, self.step.1)))
    }
}

/// To a ten-millionth of a degree, as the search keeps it.
fn point((east_m, north_m): (f64, f64)) -> Point {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Point::new(round(104.0 + east_m / LON_M), round(36.5 + north_m / LAT_M))
        .expect("a place in China")
}
