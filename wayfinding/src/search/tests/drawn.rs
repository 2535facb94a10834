//! Places, questions, rates and towns, drawn by lot.

use super::*;

pub(super) fn near(lon: f64, lat: f64, (east, north): (i32, i32)) -> Point {
    // Steps that often fall together and on the borders of cells.
    const STEP_DEG: f64 = 0.000_15;
    let lon = lon + f64::from(east) * STEP_DEG;
    let lon = if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    };
    Point::new(lon, (lat + f64::from(north) * STEP_DEG).clamp(-90.0, 90.0)).unwrap()
}

pub(super) fn centres() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![
        4 => Just((104.1389, 36.5447)),
        1 => Just((0.0, 0.0)),
        1 => Just((179.9995, 10.0)),
        1 => Just((-179.9995, -60.0)),
        1 => Just((20.0, 89.999)),
    ]
}

prop_compose! {
    pub(super) fn an_ask(lon: f64, lat: f64)(
        to in (-60_i32..60, -60_i32..60),
        from in prop::option::of((-300_i32..300, -300_i32..300)),
        minutes in (-600_i64..600, 1_u32..300),
        vehicle in (0_usize..5, prop::option::of(1500_u16..2500), prop::option::of(4900_u16..5100)),
        wishes in (prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
        most in (prop::option::of(0_i64..250), prop::option::weighted(0.2, 0_i64..150)),
        walk in prop_oneof![Just(0.0), 0.1..3.0, 3.0..30.0, 100.0..400.0, Just(1e9)],
        limits in (0_usize..30, 0_usize..5),
    ) -> Ask {
        Ask {
            from: from.map(|from| near(lon, lat, from)),
            arrive_at: Timestamp::from_ms(NOW_MS + minutes.0 * 60_000),
            stay_min: minutes.1,
            vehicle: Vehicle {
                class: VehicleClass::ALL[vehicle.0],
                height_mm: vehicle.1,
                length_mm: vehicle.2,
                charging: wishes.0,
                accessible: wishes.1,
            },
            max_fee_fen: most.0,
            max_first_hour_fen: most.1,
            max_walk_min: walk,
            limit: limits.0,
            unknown_limit: limits.1,
            ..ask(near(lon, lat, to))
        }
    }
}

pub(super) fn rates() -> impl Strategy<Value = Rates> {
    // Also such that a metre by car costs more than one on foot.
    let some = (0.0..100.0_f64, 0.0..500.0_f64, 0.0..2000.0_f64);
    let some = some.prop_map(|(walk_fen_per_min, drive_fen_per_min, gone_fen)| Rates {
        walk_fen_per_min,
        drive_fen_per_min,
        gone_fen,
        ..Rates::default()
    });
    prop_oneof![Just(Rates::default()), some]
}

prop_compose! {
    /// Zones and blocks of which some may be unknown, and bounds that hold: as near as can be, or not.
    pub(super) fn a_town()(
        fees in prop::collection::vec(prop::option::weighted(0.9, 0_i64..3000), 4),
        chances in prop::collection::vec(prop::option::weighted(0.9, 0.0..=1.0_f64), 4),
        off in prop_oneof![Just((0, 0.0)), (0_i64..500, 0.0..0.5_f64)],
    ) -> Town {
        let least = fees.iter().map(|fee| fee.unwrap_or(0)).min().unwrap_or(0);
        let best = chances.iter().map(|chance| chance.unwrap_or(1.0)).fold(0.0, f64::max);
        let known = |n: usize| fees[n].map(|fee| (zone(n), fee));
        let told = |n: usize| chances[n].map(|chance| (block_id(n), chance));
        Town {
            fees: (0..4).filter_map(known).collect(),
            forbids: HashMap::new(),
            chances: (0..4).filter_map(told).collect(),
            least_fee_fen: (least - off.0).max(0),
            best_chance: (best + off.1).min(1.0),
        }
    }
}
