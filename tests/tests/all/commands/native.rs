//! Native devices: simulated ones obey, and their next start is the proof; one that is away hears it later,
//! or never.

use serde_json::{Value, json};

use super::{Hand, WITHIN, heard, listener, restart};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{command, run, text};
use crate::harness::running::{Running, Signal};
use crate::harness::town::reading;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

/// The program is asked to end; it tells its last numbers first.
const ENDS_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulated_device_restarts_when_told_to_with_the_embedded_broker_and_sqlite() {
    a_simulated_device_obeys(Kind::Sqlite, BrokerKind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulated_device_restarts_when_told_to_with_mosquitto_and_postgresql() {
    a_simulated_device_obeys(Kind::Postgres, BrokerKind::Mosquitto).await;
}

async fn a_simulated_device_obeys(kind: Kind, broker: BrokerKind) {
    let file = text(&run("firmware-sim", &["town", "--bays", "4", "--mix", "native"]).stdout);
    let clock = TownClock::at_noon();
    let town = TestApp::start_town(kind, broker, &file, clock, |_| {}).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("town.json");
    std::fs::write(&path, &file).unwrap();
    let mut command = command("firmware-sim", &["run", "--town", path.to_str().unwrap()]);
    command.args(["--broker", &town.broker_url(), "--wait-stored", "30s"]);
    command.args(clock.switches());
    let log = dir.path().join("sim.log");
    let mut sim = Running::start("firmware-sim", command, &log, (Signal::Term, None)).unwrap();
    wait::until("every device to have started", WITHIN, async || {
        (town.readings().await >= 4).then_some(())
    })
    .await;
    let key = serde_json::from_str::<Value>(&file).unwrap()["devices"][0]["key"].clone();
    let mut hand = Hand::on(&town, key.as_str().unwrap()).await;
    let before = starts(&town, key.as_str().unwrap()).await;
    assert_eq!(before.len(), 1, "{before:?}");

    let id = hand.commands(&town, &restart()).await;
    let done = hand.until(&town, &id, "acknowledged").await;
    assert_eq!((&done["proof"], &done["command"]), (&json!("start"), &json!({"restart": {}})));
    let after = starts(&town, key.as_str().unwrap()).await;
    assert_eq!(after.len(), 2, "it started once more: {after:?}");
    assert_ne!(after[0], after[1]);

    // Once a second of this machine: the town's clock runs sixty times as fast.
    let minutely = json!({"command": {"config": {"heartbeat_s": 60}}});
    let id = hand.commands(&town, &minutely).await;
    let sent = hand.until(&town, &id, "sent").await;
    assert_eq!(sent["proof"], "nothing");
    let spoken = town.readings().await;
    wait::until("the device to speak more often", WITHIN, async || {
        (town.readings().await >= spoken + 5).then_some(())
    })
    .await;
    let ended = sim.stop(ENDS_WITHIN);
    assert!(ended.success(), "{}", sim.log());
    town.finish().await;
}

/// The boot ids of which a device said that they began.
async fn starts(town: &TestApp, key: &str) -> Vec<String> {
    let mut tx = town.app.store.read().await.unwrap();
    let device = tx.device_by_key("native", key).await.unwrap().unwrap();
    let bay = tx.bay_by_code(device.bay_code.as_deref().unwrap()).await.unwrap().unwrap();
    let newest = tx.live(bay.bay_no).await.unwrap().unwrap().last_seq;
    let said = tx.chain(newest, 0, i64::MAX).await.unwrap();
    said.into_iter().filter(|said| said.kind == "start_up").map(|said| said.epoch).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_waits_for_a_device_that_is_away_and_says_why() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Mosquitto).await;
    let mut hand = Hand::on(&town, "ts-1").await;
    let id = hand.commands(&town, &json!({"command": {"recalibrate": {}}})).await;
    wait::until("the broker to have said that nobody listens", WITHIN, async || {
        let waits = hand.until(&town, &id, "waiting").await;
        let why = waits["last_error"].as_str().unwrap_or_default();
        (why == "nobody at the broker listens to bowei/v1/ts-1/down").then_some(())
    })
    .await;
    let mut device = listener(&town, "bowei/v1/ts-1/down").await;
    let (topic, word) = heard(&mut device).await;
    assert_eq!((&*topic, word), ("bowei/v1/ts-1/down", json!({"recalibrate": {}})));
    let sent = hand.until(&town, &id, "sent").await;
    assert_eq!(sent["last_error"], Value::Null);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_that_no_new_start_follows_expires_whatever_else_the_device_says() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let mut hand = Hand::on(&town, "ts-1").await;
    let now = town.api.now().await;
    town.hear("ts-1", &reading(0, "start_up", false, now)).await;
    let mut device = listener(&town, "bowei/v1/ts-1/down").await;
    // Two minutes of the town are two seconds here.
    let body = json!({"command": {"restart": {}}, "expires_in_s": 120});
    let id = hand.commands(&town, &body).await;
    loop {
        if heard(&mut device).await.1 == json!({"restart": {}}) {
            break;
        }
    }
    hand.until(&town, &id, "sent").await;
    // The start before the command once more, and an older one that the device kept.
    town.radio.say("ts-1", &reading(0, "start_up", false, now)).await;
    let mut older = reading(0, "start_up", false, now.plus_ms(-3_600_000));
    older["boot_id"] = "b0".into();
    town.hear("ts-1", &older).await;
    hand.until(&town, &id, "expired").await;
    // A device whose command expired may still be told something else.
    let mut hand = hand.moved_to(&town, "ts-2").await;
    let _listens = listener(&town, "bowei/v1/ts-2/down").await;
    let id = hand.commands(&town, &json!({"command": {"config": {"heartbeat_s": 600}}})).await;
    hand.until(&town, &id, "sent").await;
    let answer = hand.tells(&town, &json!({"command": {"explode": {}}})).await;
    answer.expect_problem(422, "command_unknown");
    let frame = json!({"frame": {"fport": 1, "hex": "00"}});
    hand.tells(&town, &frame).await.expect_problem(422, "sending_impossible");
    town.finish().await;
}
