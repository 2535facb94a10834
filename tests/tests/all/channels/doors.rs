//! Paying by the other doors: a code that another phone scans, a page in a browser.

use serde_json::{Value, json};

use super::due;
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town::ITS_FEE_FEN;
use crate::harness::wait;

async fn start(driver: &Driver, order_id: &str, method: &str) -> Value {
    let path = format!("/api/v1/orders/{order_id}/payments");
    let body = json!({"channel": "wechat", "method": method});
    driver.post(&path, &body).await.expect(201).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_phone_scans_the_code_and_pays() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    let payment = start(&driver, &order_id, "native").await;
    assert_eq!(
        (&payment["method"], &payment["amount_fen"]),
        (&json!("native"), &ITS_FEE_FEN.into())
    );
    assert_eq!(payment["pay"], Value::Null);
    let scan = json!({"code_url": payment["code_url"], "openid": "oAFriend"});
    town.sandbox.api.post("/cashier/scan", None, None, &scan).await.expect(200);
    let paid = driver.order_when(&order_id, "paid").await;
    assert_eq!(paid["paid_fen"], ITS_FEE_FEN);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_pays_on_wechats_page() {
    let (town, driver, order_id) = due(Kind::Postgres).await;
    let payment = start(&driver, &order_id, "h5").await;
    let url = payment["h5_url"].as_str().unwrap();
    let prepay_id = url.split("prepay_id=").nth(1).unwrap().split('&').next().unwrap();
    let call = json!({"prepay_id": prepay_id, "openid": "oBrowser"});
    town.sandbox.api.post("/cashier/h5", None, None, &call).await.expect(200);
    driver.order_when(&order_id, "paid").await;
    let id = order_id.parse().unwrap();
    let payments = town.app.store.read().await.unwrap().payments_of_order(id).await.unwrap();
    assert_eq!(payments[0].scene_json, None, "the address is forgotten");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_the_door_cannot_pay_by_the_old_one_any_more() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    let old = start(&driver, &order_id, "native").await;
    // The old attempt is closed at WeChat before there is a new one.
    let new = wait::until("the other door to open", PATIENCE, async || {
        let path = format!("/api/v1/orders/{order_id}/payments");
        let body = json!({"channel": "wechat", "method": "jsapi"});
        let answer = driver.post(&path, &body).await;
        (answer.status == 201).then(|| answer.json())
    })
    .await;
    assert_ne!(new["payment_id"], old["payment_id"]);
    let scan = json!({"code_url": old["code_url"], "openid": "oAFriend"});
    let refused =
        town.sandbox.api.post("/cashier/scan", None, None, &scan).await.expect(400).json();
    assert_eq!(refused["code"], "ORDER_CLOSED");
    driver.pay(&order_id).await;
    assert_eq!(town.sandbox.charges().len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_pay_the_same_order_pay_it_once() {
    let (town, driver, order_id) = due(Kind::Postgres).await;
    let (first, second) =
        tokio::join!(start(&driver, &order_id, "jsapi"), start(&driver, &order_id, "jsapi"));
    assert_eq!(first["payment_id"], second["payment_id"], "there is one attempt");
    let calls = [driver.pay_params(&order_id).await, driver.pay_params(&order_id).await];
    for call in &calls {
        assert_eq!(driver.confirm(call).await["trade_state"], "SUCCESS");
    }
    let paid = driver.order_when(&order_id, "paid").await;
    assert_eq!(paid["paid_fen"], ITS_FEE_FEN);
    assert_eq!(town.sandbox.charges().len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_does_not_exist_is_refused() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    let path = format!("/api/v1/orders/{order_id}/payments");
    for (body, code) in [
        (json!({"channel": "wechat", "method": "barcode"}), "method_unknown"),
        (json!({"channel": "cash"}), "channel_unknown"),
    ] {
        driver.post(&path, &body).await.expect_problem(422, code);
    }
    town.finish().await;
}
