//! Claims that come before, during and after the stay, and a bill that changes while it is being paid.

use serde_json::json;
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town::{self, reading};
use crate::harness::wait;

const PLATE: &str = "甘D12345";
const MINUTE: i64 = 60_000;

fn minutes_ago(now: Timestamp, minutes: i64) -> Timestamp {
    now.plus_ms(-minutes * MINUTE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_after_leaving_waits_for_a_vehicle_and_then_takes_the_stay_just_ended() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("late").await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    assert_eq!(claim["state"], "waiting", "{claim}");
    let order = until_order(&driver).await;
    driver.order_when(&order, "due").await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_on_a_bay_where_nothing_happens_takes_nobodys_stay() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("mistyped").await;
    let now = town.api.now().await;
    // Somebody else left half an hour ago.
    let stay = json!([
        reading(1, "vacant", false, minutes_ago(now, 140)),
        reading(2, "occupied", true, minutes_ago(now, 85)),
        reading(3, "vacant", false, minutes_ago(now, 30)),
    ]);
    town.hear("ts-1", &stay).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    assert_eq!(claim["state"], "waiting", "{claim}");
    wait::until("the claim to be given up", PATIENCE, async || {
        let overdue =
            town.app.store.read().await.unwrap().overdue_claims(i64::MAX, 10).await.unwrap();
        overdue.is_empty().then_some(())
    })
    .await;
    assert_eq!(driver.get("/api/v1/orders").await.expect(200).json()["orders"], json!([]));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_over_an_old_amount_is_closed_and_the_new_amount_is_paid_once() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let parked = json!([
        reading(1, "vacant", false, minutes_ago(now, 140)),
        reading(2, "occupied", true, minutes_ago(now, 125)),
        reading(3, "heartbeat", true, minutes_ago(now, 105)),
        reading(4, "heartbeat", true, minutes_ago(now, 85)),
        reading(5, "heartbeat", true, minutes_ago(now, 65)),
        reading(6, "heartbeat", true, minutes_ago(now, 45)),
        reading(7, "heartbeat", true, minutes_ago(now, 25)),
    ]);
    town.hear("ts-1", &parked).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap();
    // 115 minutes: 2 yuan by the demo's tariff.
    town.hear("ts-1", &reading(8, "vacant", false, minutes_ago(now, 10))).await;
    assert_eq!(driver.order_when(order_id, "due").await["total_fen"], 200);
    driver.pay_params(order_id).await;

    // It had only moved: back after half a minute, and gone 124 minutes after it came: 3 yuan.
    let moved = json!([
        reading(9, "occupied", true, minutes_ago(now, 10).plus_ms(30_000)),
        reading(10, "vacant", false, minutes_ago(now, 1)),
    ]);
    town.hear("ts-1", &moved).await;
    wait::until("the new bill", PATIENCE, async || {
        (driver.order(order_id).await["total_fen"] == 300).then_some(())
    })
    .await;
    wait::until("the old attempt to be closed", PATIENCE, async || {
        (driver.order(order_id).await["payments"][0]["state"] == "closed").then_some(())
    })
    .await;
    let paid = driver.pay(order_id).await;
    assert_eq!((&paid["total_fen"], &paid["paid_fen"]), (&300.into(), &300.into()));
    let charges = town.sandbox.charges();
    assert_eq!(charges.len(), 1, "{charges:?}");
    assert_eq!(charges[0]["amount_fen"], 300);
    town.finish().await;
}

/// The first order of a driver, once there is one.
async fn until_order(driver: &Driver) -> String {
    wait::until("an order", PATIENCE, async || {
        let list = driver.get("/api/v1/orders").await.expect(200).json();
        list["orders"][0]["order_id"].as_str().map(str::to_owned)
    })
    .await
}
