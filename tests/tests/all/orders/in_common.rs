//! Settled in common is settled one by one: the same visits, made by chance with a seed, go through one
//! database visit by visit and through another in batches. Afterwards both hold the same rows but for ids.
//!
//! Among the visits: several stays, doubts, stays that were void, vehicles that are still there or left a
//! moment ago, part payments, payments that came too late, exemptions, passes, coupons, plates that a
//! tariff counts together, bills that rise and fall, tariffs that are not stored. `BOWEI_SEED` for others.

mod rows;
mod street;

use gateway::flow::settle_visit::{Settled, settle_visit, settle_visits};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sensing::Policy;
use store::Lane;
use uuid::Uuid;

use crate::harness::database::Kind;
use street::{Street, VISITS};

/// How visits are handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    OneByOne,
    Batches,
}

async fn settle(street: &Street, way: Way, chance: &mut ChaCha8Rng) -> Vec<(Uuid, String)> {
    // By the ids of their orders, as a batch takes them.
    let mut visits = street.visits();
    let mut ended = Vec::new();
    match way {
        Way::OneByOne => {
            for visit in visits {
                let settled = settle_visit(&street.app, visit).await;
                ended.push((visit, said(settled)));
            }
        }
        Way::Batches => {
            let mut batches = Vec::new();
            while !visits.is_empty() {
                let size = chance.random_range(1..=40).min(visits.len());
                batches.push(visits.drain(..size).collect::<Vec<_>>());
            }
            for mut batch in batches {
                batch.shuffle(chance);
                let mut tx = street.app.store.begin(Lane::Command).await.unwrap();
                let settled = settle_visits(&street.app, &mut tx, &batch).await.unwrap();
                tx.commit().await.unwrap();
                ended.extend(batch.into_iter().zip(settled.into_iter().map(said)));
            }
            ended.sort_unstable();
        }
    }
    ended
}

fn said<E: std::fmt::Display>(settled: Result<Settled, E>) -> String {
    settled.map_or_else(|e| format!("{e:#}"), |settled| format!("{settled:?}"))
}

async fn compare(kind: Kind, usual_seed: u64) {
    let seed = std::env::var("BOWEI_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(usual_seed);
    println!("BOWEI_SEED={seed}");
    let (one, many) = tokio::join!(Street::make(kind, seed), Street::make(kind, seed));
    let mut batches = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..street::ROUNDS {
        let mut ended = Vec::new();
        for (street, way) in [(&one, Way::OneByOne), (&many, Way::Batches)] {
            street.change(round).await;
            ended.push(settle(street, way, &mut batches).await);
            // Visits that count for others were queued: they are settled, too.
            ended.push(settle(street, way, &mut batches).await);
        }
        assert_eq!(ended[0], ended[2], "round {round}: how they ended");
        let (left, right) = (rows::of(&one.url()).await, rows::of(&many.url()).await);
        for (table, rows) in &left {
            assert_eq!(rows, &right[table], "round {round}: {table}");
        }
    }
    for street in [&one, &many] {
        let report = gateway::verify::verify(&street.app.store, &Policy::default(), None).await;
        let mut differences = report.unwrap().differences;
        // The stays were written without readings.
        differences.retain(|d| !matches!(d.kind, "stay" | "bay" | "usage"));
        assert!(differences.is_empty(), "{differences:#?}");
    }
    let seen = rows::of(&many.url()).await;
    let has = |table: &str, what: &str| seen[table].iter().any(|row| row.contains(what));
    for state in ["due", "paid", "free", "exempt", "pass", "void", "open"] {
        assert!(has("parking_order", state), "seed {seed}: no order was {state}");
    }
    for (table, what) in [
        ("waiver", "increase"),
        ("refund", "requested"),
        ("case_file", "bill_differs"),
        ("job", ":after:"),
        ("bill", "coupon"),
    ] {
        assert!(has(table, what), "seed {seed}: no {what} in {table}");
    }
    assert_eq!(seen["parking_order"].len(), usize::try_from(VISITS).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settled_in_common_is_settled_one_by_one_on_sqlite() {
    Box::pin(compare(Kind::Sqlite, 5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settled_in_common_is_settled_one_by_one_on_postgresql() {
    Box::pin(compare(Kind::Postgres, 6)).await;
}
