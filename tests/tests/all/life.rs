//! The whole life of a stay over HTTP and MQTT: parked, claimed, left, priced, paid, invoiced.

use serde_json::{Value, json};

use crate::harness::api::Api;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::mosquitto::Mosquitto;
use crate::harness::radio::Radio;
use crate::harness::sandbox::charges_in;
use crate::harness::served::{Served, Source};
use crate::harness::town::{self, ITS_FEE_FEN};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const PLATE: &str = "甘D12345";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_parks_pays_and_gets_an_invoice_on_sqlite_with_the_embedded_broker() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    live(&town.api, &driver, &mut town.radio).await;
    assert_eq!(town.sandbox.charges().len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_parks_pays_and_gets_an_invoice_from_a_gateway_served_on_postgresql_and_mosquitto()
{
    let mosquitto = Mosquitto::start();
    let source = Source::External(mosquitto.url());
    let file = town::file().to_string();
    let mut served = Served::start(Kind::Postgres, &source, TownClock::at_noon(), &file).await;
    let driver = Driver::sign_in(served.api(), &served.sandbox, "lin").await;
    let mut radio = Radio::to(&mosquitto.url());
    live(served.api(), &driver, &mut radio).await;
    assert_eq!(charges_in(&served.sandbox_dir()).len(), 1);
    served.stop_gateways();
    let verified = served.gateway_says(&["verify", "--config"], &served.config_file());
    assert!(verified.contains("clean"), "{verified}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_made_before_the_sensor_speaks_binds_when_the_vehicle_is_seen() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("wang").await;
    let waiting = driver.claim("ts01", PLATE).await.expect(201).json();
    assert_eq!(waiting["state"], "waiting");
    let now = town.api.now().await;
    town.hear("ts-1", &town::reading(1, "occupied", true, now)).await;
    let stay = until_current_stay(&driver).await;
    assert_eq!((&stay["bay_code"], &stay["plate"]), (&"TS01".into(), &PLATE.into()));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vehicle_that_leaves_within_the_free_time_owes_nothing() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("zhao").await;
    let now = town.api.now().await;
    let parked = json!([
        town::reading(1, "vacant", false, now.plus_ms(-30 * 60_000)),
        town::reading(2, "occupied", true, now.plus_ms(-10 * 60_000)),
    ]);
    town.hear("ts-1", &parked).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap();
    let left_at = town.api.now().await;
    town.hear("ts-1", &town::reading(3, "vacant", false, left_at)).await;
    let order = driver.order_when(order_id, "free").await;
    assert_eq!((&order["total_fen"], &order["bill"]["total_fen"]), (&0.into(), &0.into()));
    let path = format!("/api/v1/orders/{order_id}/payments");
    driver.post(&path, &json!({"channel": "wechat"})).await.expect_problem(409, "order_free");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_sees_no_order_of_another() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let driver = town.driver("lin").await;
    let order_id = driver.claim("TS01", PLATE).await.expect(201).json()["order_id"].clone();
    let stranger = town.driver("stranger").await;
    let path = format!("/api/v1/orders/{}", order_id.as_str().unwrap());
    stranger.get(&path).await.expect_problem(404, "order_unknown");
    stranger.claim("TS01", PLATE).await.expect_problem(409, "stay_claimed");
    stranger.claim("TS01", "甘D54321").await.expect_problem(409, "stay_claimed");
    assert_eq!(stranger.get("/api/v1/orders").await.expect(200).json()["orders"], json!([]));
    town.api.get(&path, None).await.expect_problem(401, "token_missing");
    town.finish().await;
}

/// From the first reading to the document; the vehicle pays what `town` says by hand.
async fn live(api: &Api, driver: &Driver, radio: &mut Radio) {
    let arrived = api.now().await;
    radio.say("ts-1", &town::parked_for_two_hours_and_five_minutes(arrived)).await;
    until_bay(api, "occupied").await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    assert_eq!(claim["state"], "bound", "{claim}");
    let order_id = claim["order_id"].as_str().unwrap();
    let stay = until_current_stay(driver).await;
    assert_eq!(stay["running_fee_fen"], ITS_FEE_FEN);
    assert_eq!(driver.order(order_id).await["state"], "open");

    radio.say("ts-1", &town::leaves(api.now().await)).await;
    until_bay(api, "free").await;
    let due = driver.order_when(order_id, "due").await;
    assert_eq!((&due["total_fen"], &due["paid_fen"]), (&ITS_FEE_FEN.into(), &0.into()));
    let lines = due["bill"]["lines"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|line| line["amount_fen"].as_i64().unwrap()).sum();
    assert_eq!(sum, ITS_FEE_FEN, "{lines:?}");

    let paid = driver.pay(order_id).await;
    assert_eq!(paid["paid_fen"], ITS_FEE_FEN);
    let invoice = driver.invoice(order_id).await;
    check_invoice(driver, &invoice).await;
}

/// 3.00 yuan with 9 % inside: 3.00 / 1.09 = 2.7523, so 2.75 net and 0.25 tax.
async fn check_invoice(driver: &Driver, invoice: &Value) {
    let sums = (&invoice["gross_fen"], &invoice["net_fen"], &invoice["tax_fen"]);
    assert_eq!(sums, (&300.into(), &275.into(), &25.into()));
    let number = invoice["invoice_number"].as_str().unwrap();
    assert!(number.len() == 20 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
    let path = format!("/api/v1/invoices/{}/document.xml", invoice["invoice_id"].as_str().unwrap());
    let document = driver.get(&path).await.expect(200);
    assert_eq!(document.media_type, "application/xml");
    for part in [number, PLATE, "样张,非税务凭证", "叁圆整", "张三", "2.75", "0.25"] {
        assert!(document.text.contains(part), "{part} is not in\n{}", document.text);
    }
}

async fn until_bay(api: &Api, state: &str) {
    wait::until(&format!("the bay to be {state}"), PATIENCE, async || {
        let bay = api.get("/api/v1/bays/TS01", None).await.expect(200).json();
        (bay["state"] == state).then_some(())
    })
    .await;
}

async fn until_current_stay(driver: &Driver) -> Value {
    wait::until("the driver's stay to be shown", PATIENCE, async || {
        let current = driver.get("/api/v1/stays/current").await.expect(200).json();
        current["stays"].as_array().unwrap().first().cloned()
    })
    .await
}
