//! Whose data stands where: in no log and no metric, all of it for who asks, none of the person after that.

use serde_json::{Value, json};

use super::staff::JPEG;
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{run, text};
use crate::harness::radio::Radio;
use crate::harness::served::{Served, Source, path};
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const PLATE: &str = "甘D7XK39";
const PHONE: &str = "13987654321";

async fn parked(served: &Served, driver: &Driver, radio: &mut Radio) -> String {
    let now = served.api().now().await;
    radio.say("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    wait::until("the bay to be occupied", PATIENCE, async || {
        let bay = served.api().get("/api/v1/bays/TS01", None).await.expect(200).json();
        (bay["state"] == "occupied").then_some(())
    })
    .await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    radio.say("ts-1", &town::leaves(served.api().now().await)).await;
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    driver.order_when(&order_id, "due").await;
    order_id
}

async fn life_and_end(kind: Kind) {
    let mosquitto = Mosquitto::start();
    let source = Source::External(mosquitto.url());
    let file = town::file().to_string();
    let mut served = Served::start(kind, &source, TownClock::at_noon(), &file).await;
    let driver = Driver::sign_in(served.api(), &served.sandbox, "lin").await;
    let mut radio = Radio::to(&mosquitto.url());
    let contact = json!({"channel": "phone", "address": PHONE});
    driver.post("/api/v1/contacts", &contact).await.expect(201);
    let kept = json!({"plate": PLATE, "name": "家里的车", "consent": true});
    driver.put("/api/v1/me/vehicles", &kept).await.expect(200);
    let order_id = parked(&served, &driver, &mut radio).await;
    let words = json!({"ground": "other", "text": "我的车牌是甘D7XK39，请核对"});
    let appeals = format!("/api/v1/orders/{order_id}/appeals");
    let appeal = driver.post(&appeals, &words).await.expect(201).json();
    let appeal = format!("/api/v1/appeals/{}", appeal["appeal_id"].as_str().unwrap());
    served.api().put(&format!("{appeal}/evidence"), Some(&driver.token), JPEG).await.expect(200);
    // Bad requests speak of people too.
    driver.claim("NONE1", PLATE).await.expect_problem(404, "bay_unknown");
    let end = async |key: &str| driver.post_as(key, "/api/v1/me/deletion", &json!({})).await;
    end("early").await.expect_problem(409, "matters_open");
    driver.post(&format!("{appeal}/withdraw"), &json!({})).await.expect(200);
    end("early").await.expect_problem(409, "matters_open");
    driver.pay(&order_id).await;

    let data = driver.get("/api/v1/me/export").await.expect(200).json();
    let openid = data["account"]["openid"].as_str().unwrap().to_owned();
    let account = data["account"]["account_id"].as_str().unwrap().to_owned();
    let order = &data["orders"][0];
    assert_eq!(
        (&order["plate"], &order["paid_fen"], &order["state"]),
        (&json!(PLATE), &json!(300), &json!("paid"))
    );
    assert_eq!(data["contacts"][0]["address"], PHONE);
    assert_eq!(data["appeals"][0]["text"], words["text"]);
    assert_eq!(data["appeals"][0]["evidence"].as_array().unwrap().len(), 1);
    assert_eq!(data["claims"][0]["bay_code"], "TS01");
    assert_eq!(data["saved_vehicles"][0]["plate"], PLATE);
    let config = served.config_file();
    let by_command = |what: &str| {
        run("gateway", &["user", what, "--account", &account, "--config", path(&config)])
    };
    let said = by_command("export");
    let written: Value = serde_json::from_str(&text(&said.stdout))
        .unwrap_or_else(|error| panic!("{error}: {}", text(&said.stderr)));
    assert_eq!(written["orders"][0]["order_id"], order["order_id"]);

    end("at-last").await.expect(200);
    driver.get("/api/v1/orders").await.expect_problem(401, "token_unknown");
    let store = served.database.open().await;
    let mut tx = store.read().await.unwrap();
    assert!(tx.visits_of_plate(None, PLATE, 0, i64::MAX, 10).await.unwrap().is_empty());
    assert_eq!(tx.account_of(&openid).await.unwrap(), None);
    let order_uuid = order_id.parse().unwrap();
    let kept = tx.order(order_uuid).await.unwrap().unwrap();
    assert_eq!((kept.account_id, kept.paid_fen), (None, 300));
    let payments = tx.payments_of_order(order_uuid).await.unwrap();
    assert!(payments.iter().all(|payment| payment.payer.is_none()));
    let appeal = &tx.appeals_of_order(order_uuid).await.unwrap()[0];
    assert_eq!((appeal.said.as_str(), appeal.account_id), ("", None));
    drop(tx);
    assert_eq!(by_command("export").status.code(), Some(1));
    assert_eq!(by_command("delete").status.code(), Some(1));
    // Who signs in again is somebody new.
    let again = Driver::sign_in(served.api(), &served.sandbox, "lin").await;
    assert_eq!(again.get("/api/v1/orders").await.expect(200).json()["orders"], json!([]));

    let metrics = served.api().metrics().await;
    served.gateway_says(&["verify", "--config"], &config);
    served.stop_gateways();
    let log = std::fs::read_to_string(served.dir.path().join("gateway-0.log")).unwrap();
    assert!(log.contains("INFO") || !log.is_empty(), "there is no log");
    for personal in [PLATE, "7XK39", PHONE, &openid, "我的车牌", "家里的车"] {
        assert!(!log.contains(personal), "{personal} stands in the log");
        assert!(!metrics.contains(personal), "{personal} stands in a metric");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_gets_all_their_data_and_is_gone_after_that_on_sqlite() {
    life_and_end(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_gets_all_their_data_and_is_gone_after_that_on_postgres() {
    life_and_end(Kind::Postgres).await;
}
