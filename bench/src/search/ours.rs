//! The search of the product with everything it has: permits, fees, chances, total cost, offers with codes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use vocabulary::{BayCode, BayId, BlockId, Point, Timestamp, VehicleClass, ZoneId};
use wayfinding::State;
use wayfinding::search::{
    Ask, BayFacts, BayGrid, Block, Known, Permit, Rates, Stay, Terms, Vehicle,
};

use super::city::{BAYS_OF_A_BLOCK, City};
use super::{RADIUS_M, WANTED};

const NOW_MS: i64 = 1_789_439_400_000;
const ZONES: usize = 12;

pub(crate) struct Ours {
    grid: BayGrid,
    ids: Vec<BayId>,
    version: AtomicI64,
}

/// A fee for each zone and a chance for each block, as a service would have.
struct Prices;

impl Terms for Prices {
    fn stay(&self, _: ZoneId) -> Stay {
        Stay { fee_fen: Some(200), first_hour_fen: Some(200), permitted_until: None }
    }

    fn chance(&self, _: &Block) -> Option<f64> {
        Some(0.9)
    }

    fn least_fee_fen(&self) -> i64 {
        200
    }

    fn best_chance(&self) -> f64 {
        0.9
    }
}

impl Ours {
    /// And how long the search took to take the bays in.
    pub(crate) fn build(city: &City) -> (Ours, Duration) {
        let permits: Vec<Arc<Permit>> = (0..ZONES).map(|zone| Arc::new(permit(zone))).collect();
        let of_a_block = usize::try_from(BAYS_OF_A_BLOCK).expect("twenty");
        let blocks: Vec<Arc<Block>> =
            (0..=city.len() / of_a_block).map(|number| Arc::new(block(number))).collect();
        let facts = |(number, at): (usize, &Point)| BayFacts {
            id: id(3, number).parse().map(BayId).expect("an id"),
            code: BayCode::parse(&format!("B{number:07}")).expect("a code"),
            at: *at,
            block: Arc::clone(&blocks[number / of_a_block]),
            permit: Arc::clone(&permits[number / of_a_block % ZONES]),
            closures: vec![],
            known: known(city.is_free_at_first(number), 1),
        };
        let bays: Vec<BayFacts> = city.places.iter().enumerate().map(facts).collect();
        let ids = bays.iter().map(|bay| bay.id).collect();
        let began = Instant::now();
        let grid = BayGrid::build(bays);
        let built = began.elapsed();
        (Ours { grid, ids, version: AtomicI64::new(1) }, built)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.grid.bytes()
    }

    pub(crate) fn set(&self, bay: usize, free: bool) {
        let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        self.grid.update(self.ids[bay], known(free, version));
    }

    /// How many are offered; their ids and codes are read, as a caller does.
    pub(crate) fn offers(&self, at: Point) -> usize {
        let (ask, rates) = (ask(at), Rates::default());
        let free = self.grid.find(&ask, &rates, &Prices).free;
        let read = |offer: &&wayfinding::search::Offer<'_>| {
            offer.bay.code.as_str().len() > 1 && !offer.bay.id.0.is_nil()
        };
        free.iter().filter(read).count()
    }

    pub(crate) fn distances(&self, at: Point) -> Vec<f64> {
        let (ask, rates) = (ask(at), Rates::default());
        let free = self.grid.find(&ask, &rates, &Prices).free;
        free.iter().map(|offer| offer.distance_m).collect()
    }
}

fn known(free: bool, version: i64) -> Known {
    let state = if free { State::Free } else { State::Occupied };
    Known { state, observed_at: Some(Timestamp::from_ms(NOW_MS)), version }
}

fn id(kind: u8, number: usize) -> String {
    format!("{kind:08x}{number:024x}")
}

fn block(number: usize) -> Block {
    Block {
        id: id(2, number).parse().map(BlockId).expect("an id"),
        code: format!("RM-{number}").into(),
        street: "人民路".into(),
    }
}

fn permit(zone: usize) -> Permit {
    Permit {
        zone: id(1, zone).parse().map(ZoneId).expect("an id"),
        classes: vec![VehicleClass::Small, VehicleClass::NewEnergySmall],
        max_height_mm: None,
        max_length_mm: Some(6_000),
        charging: false,
        accessible: false,
        hours: None,
    }
}

fn ask(destination: Point) -> Ask {
    let rates = Rates::default();
    Ask {
        destination,
        from: None,
        arrive_at: Timestamp::from_ms(NOW_MS),
        stay_min: 60,
        vehicle: Vehicle {
            class: VehicleClass::Small,
            height_mm: None,
            length_mm: Some(4_800),
            charging: false,
            accessible: false,
        },
        max_fee_fen: Some(1_000),
        max_first_hour_fen: None,
        max_walk_min: RADIUS_M * rates.detour / rates.walk_m_per_min,
        limit: WANTED,
        unknown_limit: 0,
        ahead_of_utc_min: 480,
    }
}
