//! `kill -9` in the middle of a town's business: no stored stay is lost and nobody is charged twice.
//!
//! Sandbox and sensors are programs of their own that survive. The points are chosen by a seed, in
//! readings stored since the last start (`BOWEI_SEED`, `BOWEI_KILLS`). What counts as a charge is
//! what the sandbox wrote down.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::{OrderRow, PaymentRow, Store};
use uuid::Uuid;

use crate::harness::database::Kind;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{command, run, text};
use crate::harness::running::{Running, Signal, free_port};
use crate::harness::sandbox::charges_in;
use crate::harness::served::{Served, Source, path};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const USUAL_KILLS: u32 = 4;
const BAYS: &str = "60";
const SPEED: u32 = 300;
const WITHIN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_sqlite_with_its_own_broker_loses_no_stay_and_charges_nobody_twice() {
    kill_again_and_again(Kind::Sqlite, &Source::Embedded(free_port()), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_postgresql_and_mosquitto_loses_no_stay_and_charges_nobody_twice() {
    let mosquitto = Mosquitto::start();
    kill_again_and_again(Kind::Postgres, &Source::External(mosquitto.url()), 2).await;
}

async fn kill_again_and_again(kind: Kind, source: &Source, salt: u64) {
    let seed = setting("BOWEI_SEED", 20_260_915_u64);
    let kills = setting("BOWEI_KILLS", USUAL_KILLS);
    println!("BOWEI_SEED={seed} BOWEI_KILLS={kills}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed ^ salt);
    let clock = TownClock::from_morning(SPEED);
    let town = run("firmware-sim", &["town", "--bays", BAYS, "--seed", &seed.to_string()]);
    let mut served = Served::start(kind, source, clock, &text(&town.stdout)).await;
    let store = served.database.open().await;
    let mut sim = start_sim(&served, source, clock, seed);

    let mut known = BTreeSet::new();
    for kill in 1..=kills {
        until_stored(&served, dice.random_range(40..400)).await;
        let before = stay_ids(&store).await;
        served.kill_gateway();
        let after = stay_ids(&store).await;
        known.extend(before);
        check_none_lost(&known, &after, kill);
        known.extend(after);
        served.start_gateway();
        served.until_listening().await;
    }
    assert!(known.len() > 10, "only {} stays were there to be lost", known.len());
    until_paid(&store).await;
    let ended = sim.stop(WITHIN);
    assert!(ended.success(), "{ended}\n{}", sim.log());
    until_no_job(&served, &store).await;
    served.stop_gateway();
    check_none_lost(&known, &stay_ids(&store).await, kills + 1);
    check_charges(&served, &store).await;
    store.close().await;
    let verified = served.gateway_says(&["verify", "--config"], &served.config_file());
    assert!(verified.contains(": clean ("), "{verified}");
}

fn setting<T: std::str::FromStr>(name: &str, usual: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => usual,
    }
}

fn start_sim(served: &Served, source: &Source, clock: TownClock, seed: u64) -> Running {
    let town = served.dir.path().join("town.json");
    let seed = seed.to_string();
    let mut command = command(
        "firmware-sim",
        &[
            "run",
            "--town",
            path(&town),
            "--broker",
            &source.url(),
            "--api",
            &served.http_url,
            "--sandbox",
            &served.sandbox_url,
            "--seed",
            &seed,
        ],
    );
    command.args(clock.switches());
    let log = served.dir.path().join("sim.log");
    let started = Running::start("firmware-sim", command, &log, (Signal::Term, None));
    started.expect("a program that exists starts")
}

/// So many more readings since this gateway was started.
async fn until_stored(served: &Served, more: u32) {
    wait::until(&format!("{more} readings to be stored"), WITHIN, async || {
        let stored = served.api.metric("bowei_messages_total", &["outcome=\"stored\""]).await;
        (stored >= f64::from(more)).then_some(())
    })
    .await;
}

/// Somebody must have been charged, or the test would prove nothing.
async fn until_paid(store: &Store) {
    wait::until("ten orders to be paid", WITHIN, async || {
        let (paid, _) = store.read().await.unwrap().count_orders("paid").await.unwrap();
        (paid >= 10).then_some(())
    })
    .await;
}

/// What may wait is only the question about a payment that its driver opened and never made.
async fn until_no_job(served: &Served, store: &Store) {
    wait::until("the last job to end", WITHIN, async || {
        let mut tx = store.read().await.unwrap();
        let (waiting, given_up) = tx.count_jobs().await.unwrap();
        assert_eq!(given_up, 0, "a job was given up");
        let pending = tx.pending_payments(i64::MAX, i64::MAX).await.unwrap();
        let charges = charges_in(&served.sandbox_dir());
        let made = |p: &PaymentRow| charges.iter().any(|c| c["out_trade_no"] == p.out_trade_no);
        let unmade = pending.iter().all(|p| !made(p));
        (unmade && usize::try_from(waiting).unwrap() <= pending.len()).then_some(())
    })
    .await;
}

async fn stay_ids(store: &Store) -> BTreeSet<Uuid> {
    let mut tx = store.read().await.unwrap();
    let (mut ids, mut after) = (BTreeSet::new(), None);
    loop {
        let page = tx.bays_after(after, 500).await.unwrap();
        let Some(last) = page.last() else { return ids };
        after = Some(last.bay_id);
        for bay in &page {
            let stays = tx.stays_of_bay(bay.bay_id, i64::MIN).await.unwrap();
            ids.extend(stays.iter().map(|s| s.stay_id));
        }
    }
}

fn check_none_lost(known: &BTreeSet<Uuid>, now: &BTreeSet<Uuid>, kill: u32) {
    let lost: Vec<_> = known.difference(now).collect();
    assert!(lost.is_empty(), "after kill {kill} these stays are gone: {lost:?}");
}

/// Each charge pays one payment of one order, each paid order has one charge, of what it cost.
async fn check_charges(served: &Served, store: &Store) {
    let charges = charges_in(&served.sandbox_dir());
    let (orders, payments) = orders_and_payments(store).await;
    let (mut by_trade_no, mut by_order) = (BTreeMap::new(), BTreeMap::new());
    for charge in &charges {
        let trade_no = charge["out_trade_no"].as_str().unwrap();
        *by_trade_no.entry(trade_no).or_insert(0) += 1;
        let payment = payments.get(trade_no).unwrap_or_else(|| panic!("{charge} is in no book"));
        assert_eq!(charge["amount_fen"], payment.amount_fen, "{charge}");
        *by_order.entry(payment.order_id).or_insert(0) += 1;
        let order = &orders[&payment.order_id];
        assert_eq!(
            (order.state.as_str(), order.paid_fen),
            ("paid", payment.amount_fen),
            "{order:?}"
        );
    }
    assert!(by_trade_no.values().all(|times| *times == 1), "{by_trade_no:?}");
    assert!(by_order.values().all(|times| *times == 1), "{by_order:?}");
    let paid = orders.values().filter(|o| o.state == "paid").count();
    assert_eq!(paid, charges.len(), "paid orders and charges");
}

async fn orders_and_payments(
    store: &Store,
) -> (BTreeMap<Uuid, OrderRow>, BTreeMap<String, PaymentRow>) {
    let mut tx = store.read().await.unwrap();
    let (mut orders, mut payments, mut after) = (BTreeMap::new(), BTreeMap::new(), None);
    loop {
        let page = tx.orders_after(after, 500).await.unwrap();
        let Some(last) = page.last() else { return (orders, payments) };
        after = Some(last.order_id);
        for order in page {
            let of_order = tx.payments_of_order(order.order_id).await.unwrap();
            payments.extend(of_order.into_iter().map(|p| (p.out_trade_no.clone(), p)));
            orders.insert(order.order_id, order);
        }
    }
}
