//! The code on the bay: what is due is shown to anybody who stands there, and anybody may pay it.

use serde_json::{Value, json};

use super::{parked, stored, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town::{self, ITS_FEE_FEN};

const PAY: &str = "/api/v1/bays/TS01/pay";

async fn pay(town: &TestApp, key: &str, body: &Value) -> crate::harness::api::Answer {
    town.api.post(PAY, None, Some(key), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_at_the_bay_sees_minutes_and_amount_and_nothing_else() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    town.api.get("/api/v1/bays/TS99/pay", None).await.expect_problem(404, "bay_unknown");
    town.api.get(PAY, None).await.expect_problem(409, "bay_not_occupied");
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let unclaimed = town.api.get(PAY, None).await.expect(200).json();
    assert_eq!(unclaimed["amount_fen"], Value::Null, "the fee depends on the vehicle");
    let native = json!({"method": "native"});
    pay(&town, "k0", &native).await.expect_problem(409, "stay_unclaimed");

    let (_, order_id) = parked_already(&town).await;
    let shown = town.api.get(PAY, None).await.expect(200).json();
    assert_eq!(shown["amount_fen"], ITS_FEE_FEN);
    assert!((125..140).contains(&shown["minutes"].as_i64().unwrap()), "{shown}");
    let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    let known = ["amount_fen", "bay_code", "minutes", "now", "speed", "wechat_authorize"];
    assert!(names.iter().all(|name| known.contains(&name.as_str())), "{names:?}");
    assert!(!shown.to_string().contains(&order_id));
    town.finish().await;
}

async fn parked_already(town: &TestApp) -> (crate::harness::driver::Driver, String) {
    let driver = town.driver("lin").await;
    let claim = driver.claim("TS01", super::PLATE).await.expect(201).json();
    (driver, claim["order_id"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passer_by_pays_by_scanning_and_the_order_stays_open_until_the_vehicle_leaves() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let (driver, order_id) = parked(&mut town).await;
    let started = pay(&town, "k1", &json!({"method": "native"})).await.expect(201).json();
    let again = pay(&town, "k1", &json!({"method": "native"})).await.expect(201).json();
    assert_eq!(again["payment_id"], started["payment_id"], "the same key is the same payment");
    let other = json!({"method": "h5"});
    pay(&town, "k1", &other).await.expect_problem(409, "idempotency_key_reused");

    let scan = json!({"code_url": started["code_url"], "openid": "oPasserBy"});
    town.sandbox.api.post("/cashier/scan", None, None, &scan).await.expect(200);
    let paid = until_order(&town, &order_id, "the part payment", |o| o.paid_fen == 300).await;
    assert_eq!(paid.state, "open", "paying while parked does not buy the day");
    let path = format!("{PAY}/{}", started["payment_id"].as_str().unwrap());
    let seen = town.api.get(&path, None).await.expect(200).json();
    assert_eq!(seen["state"], "succeeded");
    let elsewhere = path.replace("TS01", "TS02");
    town.api.get(&elsewhere, None).await.expect_problem(404, "payment_unknown");

    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(&order_id, "paid").await;
    assert_eq!(stored(&town, &order_id).await.paid_fen, ITS_FEE_FEN);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_inside_wechat_pays_with_the_openid_of_snsapi_base() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (_, order_id) = parked(&mut town).await;
    let shown = town.api.get(PAY, None).await.expect(200).json();
    let authorize = shown["wechat_authorize"].as_str().unwrap();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let client = client.build().unwrap();
    let back = "http%3A%2F%2Fbowei.example%2Fbay%2FTS01";
    let url = format!("{authorize}&redirect_uri={back}&state=x&user=wang");
    let sent = client.get(url).send().await.unwrap();
    let location = sent.headers()["location"].to_str().unwrap().to_owned();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();

    pay(&town, "k1", &json!({"method": "jsapi"})).await.expect_problem(422, "wechat_code_missing");
    let body = json!({"method": "jsapi", "wechat_code": code});
    let started = pay(&town, "k2", &body).await.expect(201).json();
    assert!(started["pay"].is_object(), "{started}");
    let repeated = pay(&town, "k2", &body).await.expect(201).json();
    assert_eq!(repeated["payment_id"], started["payment_id"], "a repeat needs no second code");
    let used = pay(&town, "k3", &body).await;
    used.expect_problem(401, "wechat_code_refused");

    let (_, openid) = crate::harness::sandbox::login_code(&town.sandbox.api, "wang").await;
    crate::harness::sandbox::pay_at_cashier(&town.sandbox.api, &started["pay"], &openid).await;
    until_order(&town, &order_id, "the part payment", |o| o.paid_fen == 300).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_too_often_is_told_to_wait_and_the_driver_goes_first() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (driver, order_id) = parked(&mut town).await;
    driver.pay_params(&order_id).await;
    let native = json!({"method": "native"});
    pay(&town, "k1", &native).await.expect_problem(409, "payment_pending");
    for n in 2..6 {
        assert_ne!(pay(&town, &format!("k{n}"), &native).await.status, 429);
    }
    pay(&town, "k9", &native).await.expect_problem(429, "too_many_requests");
    let mut looks = 0;
    while town.api.get(PAY, None).await.status == 200 {
        looks += 1;
        assert!(looks < 100, "nobody is told to wait");
    }
    town.api.get(PAY, None).await.expect_problem(429, "too_many_requests");
    let pay = driver.pay_params(&order_id).await;
    driver.confirm(&pay).await;
    until_order(&town, &order_id, "the part payment", |o| o.paid_fen == 300).await;
    town.finish().await;
}

/// Somebody scans the code of an attempt and pays it.
async fn scanned(town: &TestApp, attempt: &Value, order_id: &str) {
    let scan = json!({"code_url": attempt["code_url"], "openid": "oPasserBy"});
    town.sandbox.api.post("/cashier/scan", None, None, &scan).await.expect(200);
    until_order(town, order_id, "the part payment", |o| o.paid_fen == 300).await;
}

/// The driver pays by a door that names nobody; without signing in nobody puts that away.
async fn of_the_driver(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (driver, order_id) = parked(&mut town).await;
    let path = format!("/api/v1/orders/{order_id}/payments");
    let by = |method: &str| json!({"channel": "wechat", "method": method});
    // What was begun at the bay may be replaced there, and by the driver.
    let at_bay = pay(&town, "k1", &json!({"method": "native"})).await.expect(201).json();
    let replaced = pay(&town, "k2", &json!({"method": "h5"})).await.expect(201).json();
    assert_ne!(replaced["payment_id"], at_bay["payment_id"]);

    let own = driver.post(&path, &by("native")).await.expect(201).json();
    pay(&town, "k3", &json!({"method": "h5"})).await.expect_problem(409, "payment_pending");
    // The same wish is the same attempt: nobody is asked to pay twice.
    let same = pay(&town, "k4", &json!({"method": "native"})).await.expect(201).json();
    assert_eq!(same["payment_id"], own["payment_id"]);
    pay(&town, "k5", &json!({"method": "h5"})).await.expect_problem(409, "payment_pending");
    let state = async |payment: &Value| {
        let id = payment["payment_id"].as_str().unwrap().parse().unwrap();
        town.app.store.read().await.unwrap().payment(id).await.unwrap().unwrap().state
    };
    assert_eq!(state(&own).await, "ready");
    // The driver's own is the driver's to replace.
    let other = driver.post(&path, &by("h5")).await.expect(201).json();
    assert_ne!(other["payment_id"], own["payment_id"]);
    assert_eq!((state(&own).await.as_str(), state(&other).await.as_str()), ("closed", "ready"));
    let last = driver.post(&path, &by("native")).await.expect(201).json();
    scanned(&town, &last, &order_id).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_at_the_bay_puts_the_drivers_own_attempt_away_on_sqlite() {
    of_the_driver(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_at_the_bay_puts_the_drivers_own_attempt_away_on_postgres() {
    of_the_driver(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_of_the_bays_that_the_driver_takes_up_is_the_drivers() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (driver, order_id) = parked(&mut town).await;
    let begun = pay(&town, "k1", &json!({"method": "native"})).await.expect(201).json();
    let path = format!("/api/v1/orders/{order_id}/payments");
    let taken = json!({"channel": "wechat", "method": "native"});
    let taken = driver.post(&path, &taken).await.expect(201).json();
    assert_eq!(taken["payment_id"], begun["payment_id"]);
    pay(&town, "k2", &json!({"method": "h5"})).await.expect_problem(409, "payment_pending");
    scanned(&town, &begun, &order_id).await;
    town.finish().await;
}
