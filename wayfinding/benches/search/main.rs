//! The search against a bare hand-written grid, in one run: a million bays, 85 % and 98.5 % full, with 10,000
//! changes of state a second going on.
//!
//! `cargo bench -p wayfinding --bench search`. The bare grid knows places and free bits and nothing else: the 20
//! nearest free bays within 500 m. The search does the same with everything it has: permits, fees, chances, total
//! cost, offers with codes. Both answer the same questions in turns; 200 answers are compared.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::cast_possible_truncation, reason = "sizes of a made-up city")]

mod bare;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vocabulary::{BayCode, BayId, BlockId, Point, Timestamp, VehicleClass, ZoneId};
use wayfinding::State;
use wayfinding::search::{
    Ask, BayFacts, BayGrid, Block, Known, Permit, Rates, Stay, Terms, Vehicle,
};

use bare::BareGrid;

const BAYS: usize = 1_000_000;
/// Edge of the city in metres: some 2,100 bays within 500 m of a place.
const CITY_M: f64 = 19_360.0;
const WANTED: usize = 20;
const RADIUS_M: f64 = 500.0;
const CHANGES_PER_S: u32 = 10_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);
const NOW_MS: i64 = 1_789_439_400_000;

/// The same numbers in every run: SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Within 0..1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn place(&mut self) -> Point {
        let (lon, lat) = (self.part() * CITY_M / 89_350.0, self.part() * CITY_M / 111_195.0);
        // To a ten-millionth, as the search keeps it.
        let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Point::new(round(104.0 + lon), round(36.5 + lat)).expect("a place in China")
    }
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

fn id(kind: u8, number: usize) -> String {
    format!("{kind:08x}{number:024x}")
}

fn bays(free_share: f64) -> Vec<BayFacts> {
    let mut dice = Dice(7);
    let permits: Vec<Arc<Permit>> = (0..12).map(|zone| Arc::new(permit(zone))).collect();
    let street: Arc<str> = "人民路".into();
    let blocks: Vec<Arc<Block>> = (0..=BAYS / 20)
        .map(|number| {
            let (code, street) = (format!("RM-{number}").into(), Arc::clone(&street));
            let id = id(2, number).parse().map(BlockId).expect("an id");
            Arc::new(Block { id, code, street })
        })
        .collect();
    (0..BAYS)
        .map(|number| BayFacts {
            id: id(3, number).parse().map(BayId).expect("an id"),
            code: BayCode::parse(&format!("B{number:07}")).expect("a code"),
            at: dice.place(),
            block: Arc::clone(&blocks[number / 20]),
            permit: Arc::clone(&permits[number / 20 % 12]),
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
            length_mm: Some(4800),
            charging: false,
            accessible: false,
        },
        max_fee_fen: Some(1000),
        max_first_hour_fen: None,
        max_walk_min: RADIUS_M * rates.detour / rates.walk_m_per_min,
        limit: WANTED,
        unknown_limit: 0,
        ahead_of_utc_min: 480,
    }
}

fn main() {
    for full in [0.85, 0.985] {
        let bays = bays(1.0 - full);
        let bare = BareGrid::build(bays.iter().map(|bay| (bay.at, bay.known.state == State::Free)));
        let ids: Vec<BayId> = bays.iter().map(|bay| bay.id).collect();
        let begun = Instant::now();
        let grid = BayGrid::build(bays);
        let built = begun.elapsed();
        println!(
            "{:.1} % full: {} bays built in {:.2} s, {:.1} bytes a bay",
            full * 100.0,
            grid.len(),
            built.as_secs_f64(),
            grid.bytes() as f64 / grid.len() as f64
        );
        compare(&bare, &grid);
        measure(&bare, &grid, &ids, 1.0 - full);
    }
}

/// The same distances in the same order, but for bays whose costs agree to a fen, which is a metre on foot. The bare grid knows one width of a degree for the whole city, which is
/// off by up to a thousandth; so one bay may lie just inside the radius for one and just outside for the other.
fn compare(bare: &BareGrid, grid: &BayGrid) {
    let mut dice = Dice(99);
    for _ in 0..200 {
        let at = dice.place();
        let plain = bare.nearest(at, RADIUS_M, WANTED);
        let (ask, rates) = (ask(at), Rates::default());
        let found = grid.find(&ask, &rates, &Prices).free;
        assert!(plain.len().abs_diff(found.len()) <= 1, "{} and {}", plain.len(), found.len());
        for ((_, distance_m), offer) in plain.iter().zip(&found) {
            let off = (distance_m - offer.distance_m).abs();
            assert!(off < 1.0 + 0.002 * distance_m, "{distance_m} {offer:?}");
        }
    }
}

/// Rounds in turns, while states change.
fn measure(bare: &BareGrid, grid: &BayGrid, ids: &[BayId], free_share: f64) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| change(bare, grid, ids, free_share, &over));
        let (mut plain, mut full, mut ratios, mut took) = (vec![], vec![], vec![], vec![]);
        for round in 0..ROUNDS {
            let mut dice = Dice(1000 + round as u64);
            let bare_rate = rate(|| bare.nearest(dice.place(), RADIUS_M, WANTED).len(), None);
            let rates = Rates::default();
            let ours = rate(|| offered(grid, &ask(dice.place()), &rates), Some(&mut took));
            plain.push(bare_rate);
            full.push(ours);
            ratios.push(ours / bare_rate);
        }
        over.store(true, Ordering::Relaxed);
        let per_s = changes.join().expect("the changes went on");
        took.sort_unstable();
        println!(
            "  bare {:.0}/s, search {:.0}/s, ratio {:.2} ({:.2}–{:.2}); p50 {:.1} µs, p99 {:.1} µs; {per_s:.0} changes/s",
            median(&mut plain),
            median(&mut full),
            median(&mut ratios),
            ratios[0],
            ratios[ratios.len() - 1],
            took[took.len() / 2].as_secs_f64() * 1e6,
            took[took.len() * 99 / 100].as_secs_f64() * 1e6,
        );
    });
}

/// How many offers; their ids and codes are read, as a caller does.
fn offered(grid: &BayGrid, ask: &Ask, rates: &Rates) -> usize {
    let free = grid.find(ask, rates, &Prices).free;
    free.iter()
        .filter(|offer| offer.bay.code.as_str().len() > 1 && !offer.bay.id.0.is_nil())
        .count()
}

/// Questions a second; every 16th is timed alone if asked for.
fn rate(mut question: impl FnMut() -> usize, mut took: Option<&mut Vec<Duration>>) -> f64 {
    let (begun, mut asked, mut found) = (Instant::now(), 0_u32, 0);
    while begun.elapsed() < ROUND {
        for _ in 0..15 {
            found += question();
        }
        let one = Instant::now();
        found += question();
        if let Some(took) = &mut took {
            took.push(one.elapsed());
        }
        asked += 16;
    }
    assert!(found > 0, "nothing was found");
    f64::from(asked) / begun.elapsed().as_secs_f64()
}

/// Both grids take the same changes, ten every millisecond; how many a second it was.
fn change(
    bare: &BareGrid,
    grid: &BayGrid,
    ids: &[BayId],
    free_share: f64,
    over: &AtomicBool,
) -> f64 {
    let (mut dice, begun, mut done) = (Dice(5), Instant::now(), 0_u32);
    while !over.load(Ordering::Relaxed) {
        while f64::from(done) < begun.elapsed().as_secs_f64() * f64::from(CHANGES_PER_S) {
            let bay = dice.next() as usize % ids.len();
            let free = dice.part() < free_share;
            bare.set(bay, free);
            let state = if free { State::Free } else { State::Occupied };
            let version = i64::from(done) + 2;
            grid.update(ids[bay], Known { state, observed_at: None, version });
            done += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    f64::from(done) / begun.elapsed().as_secs_f64()
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
