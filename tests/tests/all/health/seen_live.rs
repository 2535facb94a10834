//! Conditions of devices on the live stream, for those who may see them.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use crate::harness::api::Stream;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;

const AREA: &str = "/api/v1/live?bbox=104.16,36.53,104.18,36.55";
const BAYS: usize = 7;

/// The states that come first.
async fn begin(town: &TestApp, token: Option<&str>) -> Stream {
    let mut stream = town.api.stream(AREA, token).await;
    for _ in 0..BAYS {
        assert_eq!(stream.next().await.0, "bay");
    }
    stream
}

/// The next word about a battery; the other devices were never heard of, and are told of, too.
async fn battery(stream: &mut Stream) -> Value {
    loop {
        let (name, data) = stream.next().await;
        if name == "device" && data["condition"] == "low_battery" {
            return data;
        }
    }
}

/// The next bay; nothing else may come.
async fn bay(stream: &mut Stream, code: &str) {
    loop {
        let (name, data) = stream.next().await;
        assert_eq!(name, "bay", "{data}");
        if data["bay_code"] == code {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_see_what_devices_suffer_from_as_it_happens_and_drivers_never_do() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let auditor = town.staff(Role::Auditor).await;
    let inspector = town.staff(Role::Inspector).await;
    let driver = town.driver("lin").await;
    let refused = town.api.get(AREA, Some("no token of ours")).await;
    refused.expect_problem(401, "token_unknown");
    let mut watching = begin(&town, Some(&auditor)).await;
    let mut others = vec![
        begin(&town, None).await,
        begin(&town, Some(&driver.token)).await,
        begin(&town, Some(&inspector)).await,
    ];

    let now = town.api.now().await;
    let mut low = town::reading(1, "heartbeat", false, now);
    low["battery_pct"] = json!(9);
    town.hear("ts-1", &low).await;
    let seen = battery(&mut watching).await;
    assert_eq!(
        (&seen["key"], &seen["network"], &seen["bay_code"]),
        (&json!("ts-1"), &json!("native"), &json!("TS01"))
    );
    assert_eq!(seen["on"], json!(true));
    assert!(!seen["detail"].as_str().unwrap().is_empty(), "{seen}");
    assert_eq!((&seen["lon"], &seen["lat"]), (&json!(104.17), &json!(36.54)));
    // Who connects later is shown the conditions that last, after the bays.
    let mut later = begin(&town, Some(&auditor)).await;
    assert_eq!(battery(&mut later).await, seen);
    let counted =
        town.api.metric("bowei_devices_in_condition", &["condition=\"low_battery\""]).await;
    assert_eq!(counted.to_string(), "1");
    assert_eq!(town.api.metric("bowei_devices_in_service", &[]).await.to_string(), "7");

    let mut full = town::reading(2, "heartbeat", false, town.api.now().await);
    full["battery_pct"] = json!(95);
    town.hear("ts-1", &full).await;
    for stream in [&mut watching, &mut later] {
        let ended = battery(stream).await;
        assert_eq!((&ended["on"], &ended["device_id"]), (&json!(false), &seen["device_id"]));
    }
    // The others saw bays, and nothing else.
    town.hear("ts-2", &town::reading(1, "occupied", true, town.api.now().await)).await;
    for stream in &mut others {
        bay(stream, "TS01").await;
        bay(stream, "TS02").await;
    }
    drop((watching, later, others));
    town.finish().await;
}
