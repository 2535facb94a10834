//! The search against a look at every bay, over seeded towns of every kind.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use vocabulary::{
    BayCode, BayId, BlockId, Interval, Point, Timestamp, VehicleClass, WeeklyHours, ZoneId,
};

mod look_up;

use super::near::Near;
use super::*;
use crate::State;

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

/// The oracle: cost and code of every bay that may be offered, best first.
fn all(
    bays: &[BayFacts],
    ask: &Ask,
    rates: &Rates,
    town: &Town,
    (state, limit): (State, usize),
) -> Vec<(String, i64)> {
    let reach_m = ask.max_walk_min * rates.walk_m_per_min / rates.detour;
    let near = Near::new(ask.destination, reach_m);
    let drive = ask.from.map(|from| Near::new(from, from.distance_m(ask.destination) + reach_m));
    let end = ask.arrive_at.plus_ms(i64::from(ask.stay_min) * 60_000);
    let mut found: Vec<(String, i64)> = bays
        .iter()
        .filter(|bay| bay.known.state == state && bay.permit.takes(&ask.vehicle))
        .filter(|bay| {
            let stay = town.stay(bay.permit.zone);
            let within = |most: Option<i64>, fee: Option<i64>| {
                most.is_none_or(|most| fee.is_some_and(|fee| fee <= most))
            };
            within(ask.max_fee_fen, stay.fee_fen)
                && within(ask.max_first_hour_fen, stay.first_hour_fen)
                && stay.permitted_until.is_none_or(|until| end <= until)
        })
        // Minute by minute, as somebody with a sign in front of him would.
        .filter(|bay| (0..ask.stay_min).all(|minute| permitted(bay, ask, minute)))
        .filter(|bay| {
            let stay = Interval::new(ask.arrive_at, end).unwrap();
            bay.closures.iter().all(|closure| closure.overlap(stay).is_none())
        })
        .filter_map(|bay| {
            let (lon, lat) = kept(bay.at);
            let walk_m = near.distance_m(lon, lat);
            let drive_m = drive.map_or(0.0, |near| near.distance_m(lon, lat));
            let (fee, chance) = (town.stay(bay.permit.zone).fee_fen, town.chance(&bay.block));
            let cost = rates.whole_fen(walk_m, drive_m, fee, chance);
            (walk_m <= reach_m).then(|| (bay.code.to_string(), cost))
        })
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(limit);
    found
}

/// Why nothing is free, by a look at every bay.
fn why_nothing(bays: &[BayFacts], ask: &Ask, rates: &Rates, town: &Town) -> Option<Nothing> {
    if ask.limit == 0 || !all(bays, ask, rates, town, (State::Free, 1)).is_empty() {
        return None;
    }
    let reach_m = rates.walk_reach_m(ask.max_walk_min);
    let near = Near::new(ask.destination, reach_m);
    let within = |bay: &&BayFacts| {
        let (lon, lat) = kept(bay.at);
        near.distance_m(lon, lat) <= reach_m
    };
    if !bays.iter().any(|bay| within(&bay)) {
        return Some(Nothing::Outside);
    }
    let fits = |state| !all(bays, ask, rates, town, (state, 1)).is_empty();
    Some(if STATES.into_iter().any(fits) { Nothing::NoneFree } else { Nothing::NoneFits })
}

/// Whether the sign permits the minute after so many.
fn permitted(bay: &BayFacts, ask: &Ask, minute: u32) -> bool {
    let Some(hours) = &bay.permit.hours else { return true };
    // 10:30 on a Tuesday, in minutes of the week.
    let arrives = 1440 + 630 + (ask.arrive_at.ms() - NOW_MS) / 60_000;
    let of_week = u32::try_from((arrives + i64::from(minute)).rem_euclid(10_080)).unwrap();
    hours.goes_on_for_min(of_week) != Some(0)
}

/// Where a bay stands to a ten-millionth of a degree.
fn kept(at: Point) -> (f64, f64) {
    ((at.lon() * 1e7).round() / 1e7, (at.lat() * 1e7).round() / 1e7)
}

fn named(offers: &[Offer<'_>]) -> Vec<(String, i64)> {
    offers.iter().map(|offer| (offer.bay.code.to_string(), offer.cost_fen)).collect()
}

fn near(lon: f64, lat: f64, (east, north): (i32, i32)) -> Point {
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

fn centres() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![
        4 => Just((104.1389, 36.5447)),
        1 => Just((0.0, 0.0)),
        1 => Just((179.9995, 10.0)),
        1 => Just((-179.9995, -60.0)),
        1 => Just((20.0, 89.999)),
    ]
}

prop_compose! {
    fn an_ask(lon: f64, lat: f64)(
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

fn rates() -> impl Strategy<Value = Rates> {
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
    fn a_town()(
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_best_bays_are_those_that_a_look_at_every_bay_finds(
        ((lon, lat), ask) in centres().prop_flat_map(|at| (Just(at), an_ask(at.0, at.1))),
        steps in prop::collection::vec((-60_i32..60, -60_i32..60), 0..150),
        full in 0_usize..4,
        changes in prop::collection::vec((0_usize..150, 0_usize..3, 0_i64..4), 0..60),
    ) {
        // All free, mixed, mixed, all taken.
        let state = |number: usize| match full { 0 => State::Free, 3 => State::Occupied, _ => STATES[number % 3] };
        let mut bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(lon, lat, *step), state(n))).collect();
        let grid = BayGrid::build(bays.clone());
        for (which, state, version) in changes {
            let Some(bay) = bays.get_mut(which) else { continue };
            let known = Known { state: STATES[state], observed_at: None, version };
            let newer = version > bay.known.version;
            prop_assert_eq!(grid.update(bay.id, known), newer);
            if newer {
                bay.known = known;
            }
            prop_assert_eq!(grid.known(bay.id), Some(bay.known));
        }
        let (rates, town) = (Rates::default(), town());
        let found = grid.find(&ask, &rates, &town);
        prop_assert_eq!(named(&found.free), all(&bays, &ask, &rates, &town, (State::Free, ask.limit)));
        let unknown = all(&bays, &ask, &rates, &town, (State::Unknown, ask.unknown_limit));
        prop_assert_eq!(named(&found.unknown), unknown);
        prop_assert_eq!(found.nothing, why_nothing(&bays, &ask, &rates, &town));
    }

    #[test]
    fn bounds_that_hold_end_a_search_sooner_and_change_nothing_and_others_only_hide_bays(
        ((lon, lat), ask) in centres().prop_flat_map(|at| (Just(at), an_ask(at.0, at.1))),
        steps in prop::collection::vec((-60_i32..60, -60_i32..60), 0..150),
        rates in rates(),
        town in a_town(),
        too_dear in 0_i64..3000,
    ) {
        let bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(lon, lat, *step), State::Free)).collect();
        let grid = BayGrid::build(bays.clone());
        let found = grid.find(&ask, &rates, &town);
        prop_assert_eq!(named(&found.free), all(&bays, &ask, &rates, &town, (State::Free, ask.limit)));
        // A promise that does not hold may hide bays; those offered are bays at their price, best first.
        let broken = Town { least_fee_fen: town.least_fee_fen + too_dear, best_chance: 0.0, ..town };
        let every = all(&bays, &ask, &rates, &broken, (State::Free, usize::MAX));
        let mut rest = every.iter();
        for offer in named(&grid.find(&ask, &rates, &broken).free) {
            prop_assert!(rest.any(|known| *known == offer), "{offer:?} not in order in {every:?}");
        }
    }

    #[test]
    fn the_order_in_which_bays_are_given_does_not_matter(
        steps in prop::collection::vec((-20_i32..20, -20_i32..20), 1..60),
        turn in 0_usize..60,
    ) {
        let bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(104.1, 36.5, *step), State::Free)).collect();
        let mut turned = bays.clone();
        turned.rotate_left(turn % bays.len());
        let ask = Ask { limit: 60, ..ask(near(104.1, 36.5, (0, 0))) };
        let find = |bays| named(&BayGrid::build(bays).find(&ask, &Rates::default(), &town()).free);
        prop_assert_eq!(find(bays), find(turned));
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

#[test]
fn an_offer_says_what_it_costs_and_until_when_it_holds() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let mut one = plain(1, at);
    let hours = Some(WeeklyHours::parse("08:00-12:00").unwrap());
    one.permit = Arc::new(Permit { zone: zone(2), hours, ..bay_without_limits() });
    one.block = block(1);
    let grid = BayGrid::build([one]);
    // 0.0009° to the north: 111.195 m a thousandth, so 100.08 m.
    let ask = ask(Point::new(104.1389, 36.5456).unwrap());
    let (rates, town) = (Rates::default(), town());
    let found = grid.find(&ask, &rates, &town);
    let [offer] = &found.free[..] else { panic!("{found:?}") };
    assert!((offer.distance_m - 100.08).abs() < 0.01, "{offer:?}");
    // 100.08 · 1.3 / 75 = 1.7347 min on foot at 60 fen, a fee of 200, and 240 fen if it is gone, at 0.3.
    assert!((offer.walk_min - 1.7347).abs() < 1e-3, "{offer:?}");
    // 104.08 + 200 + 72, in whole fen.
    assert_eq!(offer.cost_fen, 376, "{offer:?}");
    let noon = Timestamp::from_ms(NOW_MS + 90 * 60_000);
    assert_eq!(offer.permitted_until, Some(noon));
    assert_eq!(offer.warn_at(), Some(noon.plus_ms(-15 * 60_000)));
    // A stay that goes beyond noon has no place here.
    let longer = Ask { stay_min: 91, ..ask.clone() };
    assert_eq!(grid.find(&longer, &rates, &town).nothing, Some(Nothing::NoneFits));
}

#[test]
fn unknown_is_never_offered_as_free() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let seen = Some(Timestamp::from_ms(NOW_MS - 3_600_000));
    let mut silent = plain(1, at);
    silent.known = Known { state: State::Unknown, observed_at: seen, version: 3 };
    let grid = BayGrid::build([silent]);
    let (rates, town, ask) = (Rates::default(), town(), ask(at));
    let found = grid.find(&ask, &rates, &town);
    assert_eq!((found.free.len(), found.unknown.len()), (0, 0));
    assert_eq!(found.nothing, Some(Nothing::NoneFree));
    let ask = Ask { unknown_limit: 5, ..ask };
    let found = grid.find(&ask, &rates, &town);
    assert!(found.free.is_empty());
    assert_eq!(found.unknown[0].bay.observed_at, seen);
}

#[test]
fn a_zone_that_forbids_to_stand_there_ends_the_permission_of_its_bays() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let mut one = plain(1, at);
    one.permit = Arc::new(Permit { zone: zone(1), ..bay_without_limits() });
    let grid = BayGrid::build([one]);
    let (rates, town) = (Rates::default(), town());
    // Forbidden from 200 minutes on: a stay may end then, and not a minute later.
    let until = Some(Timestamp::from_ms(NOW_MS + 200 * 60_000));
    let stay = |stay_min| Ask { stay_min, ..ask(at) };
    let (whole, longer) = (stay(200), stay(201));
    assert_eq!(grid.find(&whole, &rates, &town).free[0].permitted_until, until);
    assert!(grid.find(&longer, &rates, &town).free.is_empty());
}

#[test]
fn bays_that_cost_the_same_come_in_order_of_their_codes() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let grid = BayGrid::build([3, 1, 2].map(|number| plain(number, at)));
    let (rates, town, ask) = (Rates::default(), town(), Ask { limit: 2, ..ask(at) });
    let found = grid.find(&ask, &rates, &town);
    let codes: Vec<&str> = found.free.iter().map(|offer| offer.bay.code.as_str()).collect();
    assert_eq!(codes, ["B00001", "B00002"]);
    assert_eq!((grid.len(), grid.is_empty()), (3, false));
}

#[test]
fn driving_on_can_be_worth_more_than_a_short_walk() {
    // The vehicle comes from the west; one bay on its way, one as far beyond the destination.
    let at = |lon: f64| Point::new(lon, 36.5447).unwrap();
    let grid = BayGrid::build([plain(1, at(104.1410)), plain(2, at(104.1368))]);
    let ask = Ask { from: Some(at(104.10)), ..ask(at(104.1389)) };
    let (rates, town) = (Rates::default(), town());
    let found = grid.find(&ask, &rates, &town);
    let codes: Vec<&str> = found.free.iter().map(|offer| offer.bay.code.as_str()).collect();
    assert_eq!(codes, ["B00002", "B00001"]);
}

#[test]
fn an_older_state_never_replaces_a_newer_one() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let grid = BayGrid::build([plain(1, at)]);
    let id = plain(1, at).id;
    let known = |state, version| Known { state, observed_at: None, version };
    for (state, version, taken) in [
        (State::Occupied, 3, true),
        (State::Free, 2, false),
        (State::Free, 3, false),
        (State::Free, 4, true),
    ] {
        assert_eq!(grid.update(id, known(state, version)), taken, "{version}");
    }
    assert!(!grid.update(plain(2, at).id, known(State::Free, 9)));
    assert_eq!(grid.nearest(at, 1.0, Some(State::Free), 5).len(), 1);
}

#[test]
fn searches_go_on_while_states_change() {
    let at = |n: usize| {
        near(104.1, 36.5, (i32::try_from(n % 40).unwrap(), i32::try_from(n / 40).unwrap()))
    };
    let grid = BayGrid::build((0..1600).map(|n| plain(n, at(n))));
    let ids: Vec<BayId> = (0..1600).map(|n| plain(n, at(n)).id).collect();
    let ask = Ask { limit: 2000, ..ask(at(820)) };
    let (rates, town) = (Rates::default(), town());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for version in 2..20 {
                for (n, id) in ids.iter().enumerate() {
                    // Even bays come and go, odd ones stay free.
                    let state =
                        if n % 2 == 0 && version % 2 == 0 { State::Occupied } else { State::Free };
                    grid.update(*id, Known { state, observed_at: None, version });
                }
            }
        });
        for _ in 0..50 {
            let found = grid.find(&ask, &rates, &town).free;
            let is_odd = |offer: &&Offer<'_>| offer.bay.code.as_str().as_bytes()[5] % 2 == 1;
            assert_eq!(found.iter().filter(is_odd).count(), 800);
        }
    });
    assert_eq!(grid.find(&ask, &rates, &town).free.len(), 1600);
}
