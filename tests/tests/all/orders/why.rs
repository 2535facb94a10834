//! What a driver is told beside the bill: why it is what it is, its picture, the tariff of the street; and a
//! claim that was made without a network.

use serde_json::{Value, json};

use super::{MINUTE, PLATE, Story, text};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town::{self, reading};
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_driver_reads_what_a_bill_rests_on_and_nobody_else_does() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (driver, other) = (town.driver("lin").await, town.driver("wang").await);
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let path = format!("/api/v1/orders/{order_id}/evidence");
    let parked = driver.get(&path).await.expect(200).json();
    assert_eq!((&parked["picture"], &parked["stays"][0]["left"]), (&Value::Null, &Value::Null));
    other.get(&path).await.expect_problem(404, "order_unknown");

    let left_at = town.api.now().await;
    town.hear("ts-1", &town::leaves(left_at)).await;
    driver.order_when(order_id, "due").await;
    let why = driver.get(&path).await.expect(200).json();
    let stay = &why["stays"][0];
    let arrived_at = serde_json::to_value(now.plus_ms(-125 * MINUTE)).unwrap();
    assert_eq!((&stay["bay_code"], &stay["arrived"]["latest_at"]), (&"TS01".into(), &arrived_at));
    assert_eq!(stay["left"]["earliest_at"], serde_json::to_value(left_at).unwrap());
    assert_eq!(stay["doubts"], json!([]), "it was heard of all the time");
    let said = &why["said"][0];
    assert_eq!((&said["method"], &said["claim_id"]), (&"driver".into(), &claim["claim_id"]));
    // 2 h 05 min within one day: one day with two lines of the tariff's first tiers.
    assert_eq!(why["picture"]["time_zone"], "Asia/Shanghai");
    let states: Vec<&Value> =
        why["picture"]["days"][0]["stay"].as_array().unwrap().iter().map(|s| &s["state"]).collect();
    assert!(!states.is_empty() && states.iter().all(|state| *state == "charged"), "{states:?}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_shows_with_its_reason() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let at = |ago: i64| now.plus_ms(-ago * MINUTE);
    // After two and a half hours of silence comes the whole story: when it was is not sure.
    let stay = json!([
        reading(1, "vacant", false, at(170)),
        reading(2, "occupied", true, at(160)),
        reading(3, "vacant", false, at(1)),
    ]);
    town.hear("ts-1", &stay).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    assert_eq!(claim["state"], "waiting", "it has left");
    let order_id = wait::until("the order of the stay that has just ended", PATIENCE, async || {
        let orders = driver.get("/api/v1/orders").await.expect(200).json();
        orders["orders"][0]["order_id"].as_str().map(str::to_owned)
    })
    .await;
    let why = driver.get(&format!("/api/v1/orders/{order_id}/evidence")).await.expect(200).json();
    let doubts = why["stays"][0]["doubts"].as_array().unwrap();
    assert!(doubts.iter().any(|doubt| doubt["reason"] == "clock"), "{why}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_street_says_its_tariff_and_a_quote_has_a_picture() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let words = town.api.get("/api/v1/bays/ts01/tariff", None).await.expect(200).json();
    assert_eq!(
        (&words["bay_code"], &words["tariff_id"]),
        (&"TS01".into(), &"demo-baiyin-road-1".into())
    );
    let said = words["streets"][0]["cards"].to_string();
    for part in ["30分钟", "30 minutes", "21:00"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    town.api.get("/api/v1/bays/TS99/tariff", None).await.expect_problem(404, "bay_unknown");
    // 20:00 to 22:00: one hour costs, one is free.
    let asked = "bay_code=TS01&from=2026-09-15T20:00:00%2B08:00&to=2026-09-15T22:00:00%2B08:00";
    let drawn =
        town.api.get(&format!("/api/v1/quote/picture?{asked}"), None).await.expect(200).json();
    let stay = drawn["days"][0]["stay"].as_array().unwrap();
    let states: Vec<&str> = stay.iter().map(|part| text(&part["state"])).collect();
    assert_eq!(states, ["charged", "free_hours"]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_made_without_a_network_takes_the_stay_of_its_own_time() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("underground").await;
    let now = town.api.now().await;
    // It stood there from 150 to 60 minutes ago; its claim arrives now: too late for one that is made now.
    let story = Story { now, arrived: 150, until: 60 };
    let mut said = story.arrives();
    let empty = (story.next() + 1..).zip([40, 20, 5]);
    let empty = empty.map(|(n, m)| reading(n, "heartbeat", false, now.plus_ms(-m * MINUTE)));
    let leaves = story.leaves(now.plus_ms(-60 * MINUTE));
    said.as_array_mut().unwrap().extend([leaves].into_iter().chain(empty));
    town.hear("ts-1", &said).await;
    let made_at = now.plus_ms(-145 * MINUTE);
    let body = json!({"bay_code": "TS01", "plate": PLATE, "made_at": made_at});
    let claim = driver.post("/api/v1/claims", &body).await.expect(201).json();
    assert_eq!(claim["state"], "bound", "{claim}");
    // 90 minutes: 2 yuan.
    let due = driver.order_when(text(&claim["order_id"]), "due").await;
    assert_eq!(due["total_fen"], 200);
    let ahead =
        json!({"bay_code": "TS02", "plate": PLATE, "made_at": now.plus_ms(24 * 60 * MINUTE)});
    driver.post("/api/v1/claims", &ahead).await.expect_problem(422, "claim_in_future");
    let old =
        json!({"bay_code": "TS02", "plate": PLATE, "made_at": now.plus_ms(-13 * 60 * MINUTE)});
    driver.post("/api/v1/claims", &old).await.expect_problem(422, "claim_too_old");
    town.finish().await;
}
