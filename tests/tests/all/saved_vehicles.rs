//! Vehicles that a driver keeps: the same on every device, by consent, and no right to anything of a plate.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::Driver;
use crate::harness::town;

const VEHICLES: &str = "/api/v1/me/vehicles";

async fn kept(driver: &Driver) -> Vec<Value> {
    let listed = driver.get(VEHICLES).await.expect(200).json();
    listed["vehicles"].as_array().unwrap().clone()
}

fn plates(vehicles: &[Value]) -> Vec<&str> {
    vehicles.iter().map(|vehicle| vehicle["plate"].as_str().unwrap()).collect()
}

fn plate(plate: &str) -> Value {
    json!({"plate": plate, "consent": true})
}

async fn two_devices(kind: Kind) {
    let town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (phone, tablet) = (town.driver("lin").await, town.driver("lin").await);
    assert!(kept(&phone).await.is_empty());
    for (body, status, code) in [
        (json!({"plate": "甘D12345"}), 400, "malformed_json"),
        (json!({"plate": "甘D12345", "consent": false}), 422, "consent_missing"),
        (plate("甘D1234"), 422, "plate_invalid"),
        (
            json!({"plate": "甘D12345", "plate_form": "blue", "consent": true}),
            422,
            "plate_form_unknown",
        ),
        (
            json!({"plate": "甘D12345", "plate_colour": "red", "consent": true}),
            422,
            "plate_colour_unknown",
        ),
        (json!({"plate": "甘D12345", "name": "", "consent": true}), 422, "name_malformed"),
    ] {
        phone.put(VEHICLES, &body).await.expect_problem(status, code);
    }
    assert!(kept(&phone).await.is_empty());

    let first = phone.put(VEHICLES, &plate("甘d·12345")).await.expect(200).json();
    let first = &first["vehicles"][0];
    assert_eq!((&first["plate"], &first["usual"]), (&json!("甘D12345"), &json!(true)));
    assert_eq!(
        (&first["plate_form"], &first["vehicle_class"]),
        (&json!("ordinary"), &json!("small"))
    );
    assert_eq!((&first["plate_colour"], &first["name"]), (&Value::Null, &Value::Null));
    // The other device saves it too, and a foreign one: one row a plate, in the order of saving.
    tablet.put(VEHICLES, &plate("甘D 12345")).await.expect(200);
    let foreign = json!({"plate": "B-MW 1234", "plate_form": "other", "plate_colour": "yellow",
        "name": "公司", "consent": true});
    for _ in 0..2 {
        let saved = tablet.put(VEHICLES, &foreign).await.expect(200).json();
        assert_eq!(plates(saved["vehicles"].as_array().unwrap()), ["甘D12345", "BMW1234"]);
    }
    let seen = kept(&phone).await;
    assert_eq!(seen[0]["vehicle_id"], first["vehicle_id"]);
    assert_eq!((&seen[1]["name"], &seen[1]["usual"]), (&json!("公司"), &json!(false)));
    assert_eq!(
        (&seen[1]["plate_form"], &seen[1]["vehicle_class"]),
        (&json!("other"), &json!("large"))
    );
    // The usual one comes first; saved again without a word about it, it stays so.
    let usual = json!({"plate": "BMW1234", "plate_form": "other", "usual": true, "consent": true});
    let saved = phone.put(VEHICLES, &usual).await.expect(200).json();
    assert_eq!(plates(saved["vehicles"].as_array().unwrap()), ["BMW1234", "甘D12345"]);
    let plain = json!({"plate": "BMW1234", "plate_form": "other", "consent": true});
    let saved = tablet.put(VEHICLES, &plain).await.expect(200).json();
    assert_eq!(plates(saved["vehicles"].as_array().unwrap()), ["BMW1234", "甘D12345"]);
    assert_eq!(saved["vehicles"][0]["name"], Value::Null, "as it was said last");

    // Nobody else sees or drops them; a second drop is as good as the first.
    let stranger = town.driver("wang").await;
    assert!(kept(&stranger).await.is_empty());
    let path = |vehicle: &Value| format!("{VEHICLES}/{}", vehicle["vehicle_id"].as_str().unwrap());
    stranger.delete(&path(&seen[1])).await.expect(200);
    assert_eq!(kept(&phone).await.len(), 2);
    for device in [&phone, &tablet] {
        let left = device.delete(&path(&seen[1])).await.expect(200).json();
        assert_eq!(plates(left["vehicles"].as_array().unwrap()), ["甘D12345"]);
        assert_eq!(left["vehicles"][0]["usual"], true);
    }
    phone.delete(&format!("{VEHICLES}/x")).await.expect_problem(404, "vehicle_unknown");
    town.api.get(VEHICLES, None).await.expect_problem(401, "token_missing");
    at_most_ten(&town).await;
    until_the_end(&town, &phone).await;
    town.finish().await;
}

/// However many devices save at once.
async fn at_most_ten(town: &TestApp) {
    let driver = town.driver("zhao").await;
    let mut saving = JoinSet::new();
    for last in "0123456789AB".chars() {
        let (api, token) = (town.api.clone(), driver.token.clone());
        let body = plate(&format!("甘D0000{last}")).to_string();
        saving.spawn(async move {
            let answer = api.put(VEHICLES, Some(&token), body.as_bytes()).await;
            if answer.status != 200 {
                answer.expect_problem(409, "vehicles_used_up");
            }
            answer.status
        });
    }
    let answers = saving.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 10, "{answers:?}");
    let vehicles = kept(&driver).await;
    assert_eq!(vehicles.len(), 10);
    // What is kept can still be changed.
    let known = vehicles[9]["plate"].as_str().unwrap();
    driver.put(VEHICLES, &plate(known)).await.expect(200);
    driver.put(VEHICLES, &plate("甘D99999")).await.expect_problem(409, "vehicles_used_up");
}

/// Consent taken back, export, deletion.
async fn until_the_end(town: &TestApp, driver: &Driver) {
    let consents = driver.get("/api/v1/me/consents").await.expect(200).json();
    let mut consents = consents["consents"].as_array().unwrap().iter();
    let consent = consents.find(|one| one["purpose"] == "saved_vehicles").unwrap();
    assert_eq!((&consent["given"], &consent["version"]), (&json!(true), &json!("1")));
    let data = driver.get("/api/v1/me/export").await.expect(200).json();
    assert_eq!(data["saved_vehicles"][0]["plate"], "甘D12345");
    let back = json!({"purpose": "saved_vehicles", "given": false});
    driver.post("/api/v1/me/consents", &back).await.expect(200);
    assert!(kept(driver).await.is_empty());
    driver.put(VEHICLES, &plate("甘D12345")).await.expect(200);
    driver.post("/api/v1/me/deletion", &json!({})).await.expect(200);
    let account: uuid::Uuid = data["account"]["account_id"].as_str().unwrap().parse().unwrap();
    let left = town.app.store.read().await.unwrap().saved_vehicles(account).await.unwrap();
    assert!(left.is_empty(), "they go with the account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_devices_of_a_driver_have_the_same_vehicles_on_sqlite() {
    two_devices(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_devices_of_a_driver_have_the_same_vehicles_on_postgresql() {
    two_devices(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_that_is_kept_shows_nobody_what_another_parked_or_paid() {
    const PLATE: &str = "甘D12345";
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let curious = town.driver("wang").await;
    curious.put(VEHICLES, &plate(PLATE)).await.expect(200);
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    let sees_nothing = async || {
        for (path, list) in [
            ("/api/v1/stays/current", "stays"),
            ("/api/v1/orders", "orders"),
            ("/api/v1/me/payments", "payments"),
            ("/api/v1/me/payments?plate=%E7%94%98D12345", "payments"),
            ("/api/v1/arrears", "arrears"),
        ] {
            let seen = curious.get(path).await.expect(200).json();
            assert_eq!(seen[list], json!([]), "{path}: {seen}");
        }
        for path in ["", "/evidence", "/refunds"] {
            let path = format!("/api/v1/orders/{order_id}{path}");
            curious.get(&path).await.expect_problem(404, "order_unknown");
        }
    };
    sees_nothing().await;
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(&order_id, "due").await;
    sees_nothing().await;
    driver.pay(&order_id).await;
    sees_nothing().await;
    town.finish().await;
}
