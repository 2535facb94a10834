//! Pay after parking: who opened the service drives off, and the fee is debited.

use serde_json::{Value, json};

use super::{PLATE, stored};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town::{self, ITS_FEE_FEN};
use crate::harness::wait;

/// A vehicle whose owner opened (or did not open) the service stands there; WeChat Pay knows of it.
async fn parked(service: &str, trouble: &str) -> (TestApp, Driver, String) {
    let mut town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, |config| {
        config.wechat.pay_after_parking = true;
    })
    .await;
    town.sandbox.trouble(&json!({"parking": trouble})).await;
    let owner = json!({"plate_number": PLATE, "plate_color": "BLUE", "openid": "oOwner",
        "service_state": service});
    town.sandbox.api.post("/sandbox/parking-service", None, None, &owner).await.expect(200);
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let driver = town.driver("lin").await;
    let body = json!({"bay_code": "TS01", "plate": PLATE, "plate_colour": "blue"});
    let claim = driver.post("/api/v1/claims", &body).await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    wait::until("WeChat Pay to be told of the vehicle", PATIENCE, async || {
        let mut tx = town.app.store.read().await.unwrap();
        let entry = tx.parking_entry(order_id.parse().unwrap()).await.unwrap()?;
        (entry.state != "asked").then_some(())
    })
    .await;
    (town, driver, order_id)
}

async fn leave(town: &mut TestApp) {
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fee_of_a_served_plate_is_debited_after_it_left() {
    let (mut town, driver, order_id) = parked("NORMAL", "normal").await;
    leave(&mut town).await;
    let paid = driver.order_when(&order_id, "paid").await;
    assert_eq!(paid["paid_fen"], ITS_FEE_FEN);
    let payment = &paid["payments"][0];
    assert_eq!((&payment["method"], &payment["state"]), (&json!("parking"), &json!("succeeded")));
    assert_eq!(town.sandbox.charges()[0]["openid"], "oOwner");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fee_that_could_not_be_debited_stays_due_and_is_paid_as_any_other() {
    let (mut town, driver, order_id) = parked("NORMAL", "pay_fail").await;
    leave(&mut town).await;
    wait::until("the debit to fail", PATIENCE, async || {
        let order = driver.order(&order_id).await;
        let payment = order["payments"].as_array()?.first()?.clone();
        (payment["state"] == "failed").then_some(())
    })
    .await;
    assert_eq!(stored(&town, &order_id).await.state, "due");
    driver.pay(&order_id).await;
    assert_eq!(town.sandbox.charges().len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_that_is_not_served_is_told_and_nothing_else_changes() {
    let (mut town, driver, order_id) = parked("PAUSE", "normal").await;
    let mut tx = town.app.store.read().await.unwrap();
    let entry = tx.parking_entry(order_id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((entry.state.as_str(), entry.block_reason.as_deref()), ("blocked", Some("PAUSE")));
    drop(tx);
    leave(&mut town).await;
    let due = driver.order_when(&order_id, "due").await;
    assert_eq!(due["payments"], Value::Array(vec![]));
    driver.pay(&order_id).await;
    town.finish().await;
}
