//! Months of a town's money, by those who use it: drivers, inspectors, a collector, the office and a provider
//! full of troubles, over the real HTTP API of a running gateway and the real sandbox. Sensors are heard as
//! the listener hears them; the city's clock is sent ahead from one ten minutes to the next.
//!
//! After each day: books balance, every yuan that the channel charged is on an order or in suspense, no order is
//! paid twice and kept, receivables are what is not paid, cash is at the bank, the channel's bill of the day is
//! reconciled clean. At the end of each month: closed by two persons, `verify` clean.
//!
//! `BOWEI_SEED`, `BOWEI_SIM_DRIVERS`, `BOWEI_SIM_DAYS`; `make money-sim` lives two months with 2,000 drivers. The
//! seed is printed. The machine's time has a part in what happens within a minute, so that a seed gives the same
//! town and the same people, but not every answer in the same order.

mod books;
mod city;
mod collector;
mod day;
mod driver;
mod office;
mod plan;
mod tally;
mod troubles;

use std::time::Instant;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::harness::database::Kind;
use city::City;

/// Midnight of 29 September 2026 in +08:00: the month ends within the three days that are usual.
const LATE_SEPTEMBER: i64 = 1_790_611_200_000;
/// Midnight of 1 September 2026 in +08:00.
const SEPTEMBER: i64 = 1_788_192_000_000;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

async fn live(kind: Kind, usual_seed: u64) {
    let seed = number("BOWEI_SEED", usual_seed);
    let (drivers, days) = (number("BOWEI_SIM_DRIVERS", 24), number("BOWEI_SIM_DAYS", 3));
    let from = if days > 20 { SEPTEMBER } else { LATE_SEPTEMBER };
    println!("BOWEI_SEED={seed} BOWEI_SIM_DRIVERS={drivers} BOWEI_SIM_DAYS={days} on {kind:?}");
    let began = Instant::now();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut city = City::found(kind, usize::try_from(drivers).unwrap(), from).await;
    for number in 0..days {
        let day = day::Day::of(from, number);
        day::live(&mut city, &mut chance, &day).await;
        books::check(&mut city, &day).await;
        println!(
            "seed {seed}, {day}: {} ({:.0} s)",
            city.tally.of_day(),
            began.elapsed().as_secs_f64()
        );
    }
    day::morning_after(&mut city, &day::Day::of(from, days)).await;
    books::prove(&city).await;
    println!("seed {seed}, {days} days, {drivers} drivers, {kind:?}: {}", city.tally.whole());
    assert!(city.tally.count("paid at the channel") > 0, "nobody ever paid: nothing was shown");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_day_of_a_town_every_paid_yuan_is_explained_on_sqlite() {
    live(Kind::Sqlite, 11).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_day_of_a_town_every_paid_yuan_is_explained_on_postgresql() {
    live(Kind::Postgres, 12).await;
}
