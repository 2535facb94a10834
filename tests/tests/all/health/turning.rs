//! Bays that turn although nothing more is heard: a minute of city time is a second here.

use std::time::Duration;

use gateway::flow::import_town;
use gateway::flow::sign_in::Role;
use serde_json::json;
use uuid::Uuid;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::{town, wait};

const WITHIN: Duration = Duration::from_secs(20);
const MINUTE: i64 = 60_000;

async fn bay_id(town: &TestApp, code: &str) -> Uuid {
    town.app.store.read().await.unwrap().bay_by_code(code).await.unwrap().unwrap().bay_id
}

/// What the bay showed, one after the other: `state reason source`.
async fn history(town: &TestApp, code: &str) -> Vec<String> {
    let bay = bay_id(town, code).await;
    let changes = town.app.store.read().await.unwrap().changes_after(0, 1_000).await.unwrap();
    let of_bay = changes.into_iter().filter(|change| change.bay_id == bay);
    of_bay.map(|c| format!("{} {} {}", c.state, c.reason, c.source)).collect()
}

async fn until_shown(town: &TestApp, code: &str, last: &str) {
    let began = tokio::time::Instant::now();
    wait::until(&format!("{code} to be {last}"), 2 * WITHIN, async || {
        let shown = history(town, code).await;
        assert!(began.elapsed() < WITHIN, "{code} is not {last} in the end: {shown:?}");
        (shown.last().map(String::as_str) == Some(last)).then_some(())
    })
    .await;
}

/// A second sensor for a bay.
async fn add_sensor(town: &TestApp, key: &str, bay: &str) {
    let mut more = town::file();
    let bays = more["bays"].as_array().unwrap().iter();
    let of_bay = bays.filter(|b| b["code"] == bay).cloned().collect();
    more["bays"] = serde_json::Value::Array(of_bay);
    more["devices"] = json!([
        {"key": key, "network": "native", "device_type": "native", "bay_code": bay}]);
    let file = import_town::read(&more.to_string()).unwrap();
    import_town::import_town(&town.app.store, &file, town.app.clock.city_now()).await.unwrap();
    wait::until("the second sensor to be known", WITHIN, async || {
        town.app.devices.current().profile(sensing::Network::Native, key).map(|_| ())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_turns_unknown_when_its_sensor_falls_silent_and_never_free() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        // Silent after three of its heartbeats.
        let change = |config: &mut gateway::config::Config| config.sensing.heartbeat_s = 60;
        let mut town = TestApp::start_with(kind, BrokerKind::Embedded, change).await;
        let now = town.api.now().await;
        town.hear("ts-3", &town::reading(1, "heartbeat", false, now)).await;
        until_shown(&town, "TS03", "unknown silent time").await;
        assert_eq!(history(&town, "TS03").await, ["free heard sensor", "unknown silent time"]);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_turns_unknown_when_a_closure_begins_and_back_when_it_ends() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let manager = town.staff(Role::Manager).await;
        let now = town.api.now().await;
        town.hear("ts-2", &town::reading(1, "heartbeat", false, now)).await;
        let (from, to) = (now.plus_ms(4 * MINUTE), now.plus_ms(7 * MINUTE));
        let body = json!({"from": from, "to": to, "reason": "road works"});
        let path = "/api/v1/bays/TS02/closures";
        town.api.post(path, Some(&manager), None, &body).await.expect(200);
        wait::until("the closure to be over", WITHIN, async || {
            (history(&town, "TS02").await.len() >= 3).then_some(())
        })
        .await;
        assert_eq!(
            history(&town, "TS02").await,
            ["free heard sensor", "unknown out_of_service time", "free heard time"]
        );
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_turns_unknown_when_its_sensors_have_disagreed_for_two_minutes() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    add_sensor(&town, "ts-1b", "TS01").await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::reading(1, "heartbeat", false, now.plus_ms(-9 * MINUTE))).await;
    town.hear("ts-1b", &town::reading(1, "heartbeat", false, now.plus_ms(-9 * MINUTE))).await;
    town.hear("ts-1b", &town::reading(2, "occupied", true, now)).await;
    until_shown(&town, "TS01", "unknown disagreement time").await;
    let shown = history(&town, "TS01").await;
    assert_eq!(shown[shown.len() - 2], "occupied heard sensor");
    let conditions = town.api.metric("bowei_devices_in_condition", &["\"disagreeing\""]).await;
    assert_eq!(conditions.to_string(), "2");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_that_was_never_heard_of_says_why_it_is_unknown() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let manager = town.staff(Role::Manager).await;
    let now = town.api.now().await;
    let body = json!({"from": now, "to": now.plus_ms(3 * MINUTE), "reason": "fair"});
    let path = "/api/v1/bays/TS04/closures";
    town.api.post(path, Some(&manager), None, &body).await.expect(200);
    until_shown(&town, "TS04", "unknown never_heard time").await;
    let shown = history(&town, "TS04").await;
    assert!(shown.contains(&"unknown out_of_service time".to_owned()), "{shown:?}");
    town.finish().await;
}
