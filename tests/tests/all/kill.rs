//! `kill -9` of gateways and brokers in the middle of a town's business: what a native device said is
//! stored once, no published stay is lost, nobody is charged twice, and the books are right.
//!
//! Sandbox and sensors are programs of their own that survive. Who is killed, and after how many more
//! stored readings, is decided by a seed (`BOWEI_SEED`, `BOWEI_KILLS` for each set-up).

mod joint;
mod ledger;
mod money;
mod receipts;
mod siege;
mod trade;

use crate::harness::database::Kind;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::running::free_port;
use crate::harness::served::Source;
use siege::{Setup, Victim, besiege};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_sqlite_with_its_own_broker_loses_no_stay_and_charges_nobody_twice() {
    besiege(Setup {
        name: "a gateway on SQLite with its own broker",
        salt: 1,
        kind: Kind::Sqlite,
        sources: vec![Source::Embedded(free_port())],
        mosquitto: None,
        mix: "usual",
        victims: vec![Victim::Gateway(0)],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_postgresql_and_mosquitto_loses_no_stay_and_charges_nobody_twice() {
    let mosquitto = Mosquitto::start();
    besiege(Setup {
        name: "a gateway on PostgreSQL and Mosquitto",
        salt: 2,
        kind: Kind::Postgres,
        sources: vec![Source::External(mosquitto.url())],
        mosquitto: Some(mosquitto),
        mix: "usual",
        victims: vec![Victim::Gateway(0)],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_one_of_two_gateways_or_their_broker_loses_no_reading_and_charges_nobody_twice() {
    let mosquitto = Mosquitto::start();
    let source = Source::Shared(mosquitto.url());
    besiege(Setup {
        name: "two gateways on PostgreSQL and Mosquitto",
        salt: 3,
        kind: Kind::Postgres,
        sources: vec![source.clone(), source],
        mosquitto: Some(mosquitto),
        mix: "native",
        victims: vec![Victim::Gateway(0), Victim::Gateway(1), Victim::Broker],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_broker_that_saves_what_it_holds_loses_no_reading_of_a_native_device() {
    kill_the_broker(Mosquitto::start(), "Mosquitto with persistence", 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_broker_that_saves_nothing_loses_no_reading_of_a_native_device() {
    kill_the_broker(Mosquitto::forgetful(), "Mosquitto without persistence", 5).await;
}

async fn kill_the_broker(mosquitto: Mosquitto, name: &'static str, salt: u64) {
    besiege(Setup {
        name,
        salt,
        kind: Kind::Sqlite,
        sources: vec![Source::External(mosquitto.url())],
        mosquitto: Some(mosquitto),
        mix: "native",
        victims: vec![Victim::Broker],
    })
    .await;
}
