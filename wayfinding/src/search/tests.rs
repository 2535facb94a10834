//! The search against a look at every bay, over seeded towns of every kind.
//!
//! Here is the town; how bays are looked for by hand in `oracle`, what is drawn by lot in `drawn`.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use vocabulary::{
    BayCode, BayId, BlockId, Interval, Point, Timestamp, VehicleClass, WeeklyHours, ZoneId,
};

mod drawn;
mod found;
mod look_up;
mod offers;
mod oracle;

use super::*;
use crate::State;
use drawn::{a_town, an_ask, centres, near, rates};
use oracle::{all, kept, named, why_nothing};

const STATES: [State; 3] = [State::Free, State::Occupied, State::Unknown];
/// Tuesday 2026-09-15, 10:30 in China.
const NOW_MS: i64 = 1_789_439_400_000;

/// Prices and chances by number, and what it promises of them.
#[derive(Clone, Debug)]
struct Town {
    fees: HashMap<ZoneId, i64>,
    /// From when on a zone forbids to stand there, in minutes from now.
    forbids: HashMap<ZoneId, i64>,
    chances: HashMap<BlockId, f64>,
    least_fee_fen: i64,
    best_chance: f64,
}

impl Terms for Town {
    fn stay(&self, zone: ZoneId) -> Stay {
        let fee_fen = self.fees.get(&zone).copied();
        let until = self.forbids.get(&zone).map(|minutes| NOW_MS + minutes * 60_000);
        Stay {
            fee_fen,
            // The first hour is never free of what the stay costs beyond a yuan.
            first_hour_fen: fee_fen.map(|fee| fee.min(100)),
            permitted_until: until.map(Timestamp::from_ms),
        }
    }

    fn chance(&self, block: &Block) -> Option<f64> {
        self.chances.get(&block.id).copied()
    }

    fn least_fee_fen(&self) -> i64 {
        self.least_fee_fen
    }

    fn best_chance(&self) -> f64 {
        self.best_chance
    }
}

fn id(kind: u32, number: usize) -> String {
    format!("{kind:08x}{number:024x}")
}

fn zone(number: usize) -> ZoneId {
    id(1, number).parse().map(ZoneId).unwrap()
}

fn block_id(number: usize) -> BlockId {
    id(2, number).parse().map(BlockId).unwrap()
}

fn block(number: usize) -> Arc<Block> {
    let code = format!("RM-{number}").into();
    Arc::new(Block { id: block_id(number), code, street: "人民路".into() })
}

fn town() -> Town {
    // Zone 3 has no price, block 3 no forecast.
    let fees = (0..3).map(|n| (zone(n), 100 * i64::try_from(n).unwrap())).collect();
    let chances = [0.2, 0.7, 1.0].into_iter().enumerate().map(|(n, c)| (block_id(n), c)).collect();
    let forbids = HashMap::from([(zone(1), 200)]);
    Town { fees, forbids, chances, least_fee_fen: 0, best_chance: 1.0 }
}

/// A bay whose properties follow from its number.
fn bay(number: usize, at: Point, state: State) -> BayFacts {
    let hours = match number % 7 {
        0 => Some("08:00-20:00"),
        1 => Some("mo-fr 08:00-11:00"),
        2 => Some("sa-su 08:00-20:00"),
        _ => None,
    };
    let closures = match number % 11 {
        0 => vec![around(60, 120)],
        1 => vec![around(-30, 30)],
        _ => vec![],
    };
    BayFacts {
        id: id(3, number).parse().map(BayId).unwrap(),
        code: BayCode::parse(&format!("B{number:05}")).unwrap(),
        at,
        block: block(number % 4),
        permit: Arc::new(Permit {
            zone: zone(number / 2 % 4),
            classes: if number.is_multiple_of(5) { vec![VehicleClass::Large] } else { vec![] },
            max_height_mm: (number.is_multiple_of(6)).then_some(2000),
            max_length_mm: (number.is_multiple_of(4)).then_some(5000),
            charging: number.is_multiple_of(3),
            accessible: number.is_multiple_of(13),
            hours: hours.map(|hours| WeeklyHours::parse(hours).unwrap()),
        }),
        closures,
        known: Known { state, observed_at: Some(Timestamp::from_ms(NOW_MS)), version: 1 },
    }
}

/// A closure from and to so many minutes after now.
fn around(from_min: i64, to_min: i64) -> Interval {
    let at = |minutes: i64| Timestamp::from_ms(NOW_MS + minutes * 60_000);
    Interval::new(at(from_min), at(to_min)).unwrap()
}

fn ask(destination: Point) -> Ask {
    Ask {
        destination,
        from: None,
        arrive_at: Timestamp::from_ms(NOW_MS),
        stay_min: 45,
        vehicle: Vehicle {
            class: VehicleClass::Small,
            height_mm: None,
            length_mm: None,
            charging: false,
            accessible: false,
        },
        max_fee_fen: None,
        max_first_hour_fen: None,
        max_walk_min: 10.0,
        limit: 10,
        unknown_limit: 0,
        ahead_of_utc_min: 480,
    }
}

fn plain(number: usize, at: Point) -> BayFacts {
    let mut bay = bay(number, at, State::Free);
    bay.permit = Arc::new(bay_without_limits());
    (bay.block, bay.closures) = (block(2), vec![]);
    bay
}

fn bay_without_limits() -> Permit {
    Permit {
        zone: zone(0),
        classes: vec![],
        max_height_mm: None,
        max_length_mm: None,
        charging: false,
        accessible: false,
        hours: None,
    }
}
