//! The money of a town, day after day, with a seed: drivers, a provider with troubles, reviewers, dunning,
//! exemptions that come afterwards, readings that come late. After each day the books must be right.
//!
//! Against the flows, with a clock that stands until it is set: no network, so that a thousand payments
//! take seconds. What the provider says is given as its verified word, early, late, twice or as a failure.
//! `BOWEI_SEED` and `BOWEI_DAYS` for other towns and longer ones; a failure prints its seed.

mod books;
mod chance;
mod day;
mod people;
mod world;

use chance::Chance;
use world::World;

use crate::harness::database::Kind;

async fn live(kind: Kind, usual_seed: u64) {
    let number = |name: &str, usual: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (seed, days) = (number("BOWEI_SEED", usual_seed), number("BOWEI_DAYS", 4));
    println!("BOWEI_SEED={seed} BOWEI_DAYS={days}");
    let mut chance = Chance::of(seed);
    let mut world = World::begin(kind).await;
    for day in 0..days {
        day::live(&mut world, &mut chance, day).await;
        people::act(&mut world, &mut chance, day).await;
        books::check(&world, day).await;
    }
    assert!(world.told_fen > 0, "nobody ever paid: nothing was shown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_day_the_books_balance_and_every_paid_yuan_is_explained_on_sqlite() {
    live(Kind::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_day_the_books_balance_and_every_paid_yuan_is_explained_on_postgres() {
    live(Kind::Postgres, 2).await;
}
