//! The search against a bare hand-written grid, in one run: a million bays, scattered by chance or along kerbs, 85 % and
//! 98.5 % full, with 10,000 changes of state a second going on.
//!
//! `cargo bench -p wayfinding --bench search`. The bare grid knows places and free bits and nothing else: the 20
//! nearest free bays within 500 m. The search does the same with everything it has: permits, fees, chances, total
//! cost, offers with codes. Both answer the same questions in turns; 200 answers are compared.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::cast_possible_truncation, reason = "sizes of a made-up city")]

mod bare;
mod city;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vocabulary::{BayId, Point, Timestamp, VehicleClass, ZoneId};
use wayfinding::State;
use wayfinding::search::{Ask, BayGrid, Block, Known, Rates, Stay, Terms, Vehicle};

use bare::BareGrid;
use city::{Dice, Laid, bays};

const WANTED: usize = 20;
const RADIUS_M: f64 = 500.0;
const CHANGES_PER_S: u32 = 10_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);
const NOW_MS: i64 = 1_789_439_400_000;

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
    let cities = [Laid::Scattered, Laid::AlongKerbs];
    for (laid, full) in cities.into_iter().flat_map(|laid| [(laid, 0.85), (laid, 0.985)]) {
        let bays = bays(1.0 - full, laid);
        let bare = BareGrid::build(bays.iter().map(|bay| (bay.at, bay.known.state == State::Free)));
        let ids: Vec<BayId> = bays.iter().map(|bay| bay.id).collect();
        let begun = Instant::now();
        let grid = BayGrid::build(bays);
        let built = begun.elapsed();
        println!(
            "{laid:?}, {:.1} % full: {} bays built in {:.2} s, {:.1} bytes a bay",
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
        let (mut plain, mut full, mut ratios) = (vec![], vec![], vec![]);
        let (mut plain_took, mut took) = (vec![], vec![]);
        for round in 0..ROUNDS {
            let mut dice = Dice(1000 + round as u64);
            let mut nearest = || bare.nearest(dice.place(), RADIUS_M, WANTED).len();
            let bare_rate = rate(&mut nearest, &mut plain_took);
            let rates = Rates::default();
            let ours = rate(|| offered(grid, &ask(dice.place()), &rates), &mut took);
            plain.push(bare_rate);
            full.push(ours);
            ratios.push(ours / bare_rate);
        }
        over.store(true, Ordering::Relaxed);
        let per_s = changes.join().expect("the changes went on");
        println!(
            "  bare {:.0}/s, search {:.0}/s, ratio {:.2} ({:.2}–{:.2}); {per_s:.0} changes/s",
            median(&mut plain),
            median(&mut full),
            median(&mut ratios),
            ratios[0],
            ratios[ratios.len() - 1],
        );
        let [plain, full] = [plain_took, took].map(percentiles);
        println!(
            "  p50 and p99 in µs: bare {:.1} and {:.1}, search {:.1} and {:.1}; ratio of p50 {:.2}",
            plain.0,
            plain.1,
            full.0,
            full.1,
            plain.0 / full.0
        );
    });
}

/// The 50th and the 99th of a hundred, in microseconds.
fn percentiles(mut took: Vec<Duration>) -> (f64, f64) {
    took.sort_unstable();
    let of = |percent: usize| took[took.len() * percent / 100].as_secs_f64() * 1e6;
    (of(50), of(99))
}

/// How many offers; their ids and codes are read, as a caller does.
fn offered(grid: &BayGrid, ask: &Ask, rates: &Rates) -> usize {
    let free = grid.find(ask, rates, &Prices).free;
    free.iter()
        .filter(|offer| offer.bay.code.as_str().len() > 1 && !offer.bay.id.0.is_nil())
        .count()
}

/// Questions a second; every 16th is timed alone. On a busy machine the middle of those tells more than the rate, which
/// counts whatever else ran meanwhile.
fn rate(mut question: impl FnMut() -> usize, took: &mut Vec<Duration>) -> f64 {
    let (begun, mut asked, mut found) = (Instant::now(), 0_u32, 0);
    while begun.elapsed() < ROUND {
        for _ in 0..15 {
            found += question();
        }
        let one = Instant::now();
        found += question();
        took.push(one.elapsed());
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
        // A machine that is too busy never gets to the last of them.
        let is_due =
            |done| f64::from(done) < begun.elapsed().as_secs_f64() * f64::from(CHANGES_PER_S);
        while is_due(done) && !over.load(Ordering::Relaxed) {
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
