//! `kill -9` of the gateway between the request and the document: it goes on where it stopped, and nothing comes twice.

use std::time::Duration;

use serde_json::{Value, json};

use super::PLATE;
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::mosquitto::Mosquitto;
use crate::harness::radio::Radio;
use crate::harness::served::{Served, Source};
use crate::harness::town_clock::TownClock;
use crate::harness::{town, wait};

/// Around the steps of the sandbox: accepted at once, issued at 300 ms, document at 600 ms.
const KILLED_AFTER_MS: [u64; 2] = [20, 350];

/// A job whose gateway died is claimed again when its lease of 60 s is over.
const LEASE_AND_MORE: Duration = Duration::from_secs(100);

async fn paid(served: &Served, driver: &Driver, radio: &mut Radio) -> String {
    let now = served.api().now().await;
    radio.say("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    wait::until("the bay to be occupied", PATIENCE, async || {
        let bay = served.api().get("/api/v1/bays/TS01", None).await.expect(200).json();
        (bay["state"] == "occupied").then_some(())
    })
    .await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    radio.say("ts-1", &town::leaves(served.api().now().await)).await;
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    driver.order_when(&order_id, "due").await;
    driver.pay(&order_id).await;
    order_id
}

async fn killed_while_issuing(kind: Kind) {
    let mosquitto = Mosquitto::start();
    let source = Source::External(mosquitto.url());
    let file = town::file().to_string();
    let mut served = Served::start(kind, &source, TownClock::at_noon(), &file).await;
    let driver = Driver::sign_in(served.api(), &served.sandbox, "lin").await;
    let mut radio = Radio::to(&mosquitto.url());
    let order_id = paid(&served, &driver, &mut radio).await;
    let mut issued = Vec::new();
    for after_ms in KILLED_AFTER_MS {
        // Refused by the office, so that the order can be invoiced once more in the next round.
        let last = after_ms == KILLED_AFTER_MS[KILLED_AFTER_MS.len() - 1];
        let fate = if last { "normal" } else { "reject" };
        let trouble = json!({"tax": fate});
        served.sandbox.post("/sandbox/troubles", None, None, &trouble).await.expect(200);
        let invoice_id = driver.ask_for_invoice(&[&order_id]).await;
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        served.gateways[0].kill();
        served.gateways[0].start();
        served.gateways[0].until_listening().await;
        let end = if last { "issued" } else { "rejected" };
        let path = format!("/api/v1/invoices/{invoice_id}");
        let ended = wait::until("the invoice to end", LEASE_AND_MORE, async || {
            let invoice = driver.get(&path).await.expect(200).json();
            (invoice["state"] == end).then_some(invoice)
        });
        issued.push(ended.await);
    }
    let journal = std::fs::read_to_string(served.sandbox_dir().join("invoices.jsonl")).unwrap();
    let known: Vec<Value> = journal.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(known.len(), KILLED_AFTER_MS.len(), "each request once");
    let number = &issued[issued.len() - 1]["invoice_number"];
    assert_eq!(&known[known.len() - 1]["outcome"]["invoice_number"], number);
    served.stop_gateways();
    let verified = served.gateway_says(&["verify", "--config"], &served.config_file());
    assert!(verified.contains("clean"), "{verified}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_killed_while_issuing_issues_once_on_sqlite() {
    killed_while_issuing(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_killed_while_issuing_issues_once_on_postgresql() {
    killed_while_issuing(Kind::Postgres).await;
}
