//! Paid for somebody else's vehicle, by the code on its bay: who paid sees that payment, and nothing of the vehicle.

use serde_json::{Value, json};

use super::{PLATE, parked, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::sandbox::login_code;
use crate::harness::town::{self, ITS_FEE_FEN};

const PAY: &str = "/api/v1/bays/TS01/pay";
const PAYMENTS: &str = "/api/v1/me/payments";

async fn paid_for_another(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (driver, order_id) = parked(&mut town).await;
    let wang = town.driver("wang").await;
    let (code, _) = login_code(&town.sandbox.api, "wang").await;
    let body = json!({"method": "jsapi", "wechat_code": code, "mini_program": true});
    let started = town.api.post(PAY, None, Some("k1"), &body).await.expect(201).json();
    assert_eq!(wang.get(PAYMENTS).await.expect(200).json()["payments"], json!([]), "not yet");
    // As long as it is under way, the openid is needed.
    let early = wang.post("/api/v1/me/deletion", &json!({})).await;
    early.expect_problem(409, "matters_open");
    assert_eq!(wang.confirm(&started["pay"]).await["trade_state"], "SUCCESS");
    until_order(&town, &order_id, "the part payment", |o| o.paid_fen == ITS_FEE_FEN).await;

    let seen = wang.get(PAYMENTS).await.expect(200);
    let (text, page) = (seen.text.clone(), seen.json());
    let payment = &page["payments"][0];
    assert_eq!(payment["payment_id"], started["payment_id"]);
    assert_eq!((&payment["amount_fen"], &payment["order"]), (&json!(ITS_FEE_FEN), &Value::Null));
    assert_eq!((&payment["invoice_state"], &payment["invoices"]), (&Value::Null, &json!([])));
    assert!(payment["payee"].as_str().is_some_and(|payee| !payee.is_empty()), "{payment}");
    for of_another in [PLATE, &order_id, "TS01"] {
        assert!(!text.contains(of_another), "{of_another} in {text}");
    }
    // 甘D12345: a filter is no way to learn whose it was.
    let plated = wang.get(&format!("{PAYMENTS}?plate=%E7%94%98D12345")).await.expect(200).json();
    assert_eq!(plated["payments"], json!([]));
    wang.get(&format!("/api/v1/orders/{order_id}")).await.expect_problem(404, "order_unknown");
    let owner = driver.get(PAYMENTS).await.expect(200).json();
    assert_eq!(owner["payments"][0]["order"]["order_id"], order_id.as_str());

    // The export has the same: the money, and nothing of the vehicle.
    let export = wang.get("/api/v1/me/export").await.expect(200);
    let exported = &export.json()["payments"];
    assert_eq!(exported.as_array().unwrap().len(), 1, "{exported}");
    assert_eq!(exported[0]["payment_id"], started["payment_id"]);
    assert_eq!(
        (&exported[0]["amount_fen"], &exported[0]["order_id"]),
        (&json!(ITS_FEE_FEN), &Value::Null)
    );
    for of_another in [PLATE, &order_id, "TS01"] {
        assert!(!export.text.contains(of_another), "{of_another} in {}", export.text);
    }
    let own = driver.get("/api/v1/me/export").await.expect(200).json();
    assert_eq!(own["payments"][0]["order_id"], order_id.as_str());

    // Gone is gone: who signs in again is somebody new and sees nothing of it; the owner does.
    wang.post("/api/v1/me/deletion", &json!({})).await.expect(200);
    let again = town.driver("wang").await;
    assert_eq!(again.get(PAYMENTS).await.expect(200).json()["payments"], json!([]));
    let owner = driver.get(PAYMENTS).await.expect(200).json();
    assert_eq!(owner["payments"].as_array().unwrap().len(), 1);
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(&order_id, "paid").await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_paid_for_anothers_vehicle_sees_the_payment_alone_on_sqlite() {
    paid_for_another(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_paid_for_anothers_vehicle_sees_the_payment_alone_on_postgresql() {
    paid_for_another(Kind::Postgres).await;
}
