//! A sensor is registered, installed, tested by driving on and off, goes into service, is taken out.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use vocabulary::{DeviceId, Timestamp};

use crate::harness::api::Answer;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::{town, wait};

const SECOND: i64 = 1_000;

/// An installer at work.
struct Installer {
    token: String,
    keys: u32,
}

impl Installer {
    async fn of(town: &TestApp) -> Installer {
        Installer { token: town.staff(Role::Installer).await, keys: 0 }
    }

    async fn post(&mut self, town: &TestApp, path: &str, body: &Value) -> Answer {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        town.api.post(path, Some(&self.token), Some(&key), body).await
    }

    async fn get(&self, town: &TestApp, path: &str) -> Value {
        town.api.get(path, Some(&self.token)).await.expect(200).json()
    }

    async fn register(&mut self, town: &TestApp, key: &str) -> String {
        let body = json!({"network": "native", "key": key, "device_type": "native"});
        let made = self.post(town, "/api/v1/devices", &body).await.expect(201).json();
        made["device_id"].as_str().unwrap().to_owned()
    }

    async fn install(&mut self, town: &TestApp, key: &str, bay: &str) -> Answer {
        let body = json!({"network": "native", "key": key, "bay_code": bay, "lon": 104.17, "lat": 36.54,
            "firmware": "1.4.0", "note": "in the middle of the bay"});
        self.post(town, "/api/v1/installations", &body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sensor_goes_into_service_after_a_vehicle_drove_on_and_off_on_sqlite() {
    a_sensor_is_put_into_service(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sensor_goes_into_service_after_a_vehicle_drove_on_and_off_on_postgresql() {
    a_sensor_is_put_into_service(Kind::Postgres).await;
}

async fn a_sensor_is_put_into_service(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let mut installer = Installer::of(&town).await;
    installer.register(&town, "new-1").await;
    let made = installer.install(&town, "new-1", "ts02").await.expect(201).json();
    assert_eq!((&made["state"], &made["bay_code"]), (&"testing".into(), &"TS02".into()));
    // The bay TS02 lies at 104.1701: 0.0001 degrees of longitude there are 8.9 metres.
    assert_eq!(made["distance_m"], 8.9);
    let id = made["installation_id"].as_str().unwrap();
    let (one, pass) =
        (format!("/api/v1/installations/{id}"), format!("/api/v1/installations/{id}/pass"));

    let refused = installer.post(&town, &pass, &json!({})).await;
    refused.expect_problem(422, "test_incomplete");
    assert!(refused.text.contains("signal is missing"), "{}", refused.text);
    let now = town.api.now().await;
    town.hear("new-1", &town::reading(1, "start_up", false, now)).await;
    town.hear("new-1", &town::reading(2, "occupied", true, now.plus_ms(SECOND))).await;
    let shown = installer.get(&town, &one).await;
    assert_eq!(shown["test"]["drive_on_at"], json!(now.plus_ms(SECOND)));
    assert_eq!(shown["test"]["missing"], "drive_off");
    let refused = installer.post(&town, &pass, &json!({})).await;
    refused.expect_problem(422, "test_incomplete");
    assert!(refused.text.contains("drive_off is missing"), "{}", refused.text);

    town.hear("new-1", &town::reading(3, "vacant", false, now.plus_ms(2 * SECOND))).await;
    let passed = installer.post(&town, &pass, &json!({})).await.expect(200).json();
    assert_eq!(passed["state"], "in_service");
    let again = installer.post(&town, &pass, &json!({})).await.expect(200).json();
    assert_eq!(again["in_service_at"], passed["in_service_at"]);
    let setup = setup_of(&town, "TS02").await;
    let watches = setup["watches"].as_array().unwrap();
    assert_eq!(watches.len(), 2, "the old sensor and the new one");
    assert_eq!(watches[1]["from"], passed["in_service_at"]);
    assert!(watches.iter().all(|watch| watch["to"].is_null()));
    let audited = town.app.store.read().await.unwrap();
    for action in ["device_register", "install", "pass_test"] {
        let mut audited = town.app.store.read().await.unwrap();
        assert_eq!(audited.count_audit(action).await.unwrap(), 1, "{action}");
    }
    drop(audited);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sensor_in_its_test_watches_nothing_even_on_a_bay_without_another() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        let mut installer = Installer::of(&town).await;
        let old = device(&town, &installer, "ts-3").await;
        let old = old["installations"][0]["installation_id"].as_str().unwrap().to_owned();
        let remove = format!("/api/v1/installations/{old}/remove");
        installer.post(&town, &remove, &json!({"note": "flat"})).await.expect(200);
        installer.register(&town, "new-3").await;
        let made = installer.install(&town, "new-3", "TS03").await.expect(201).json();
        let setup = setup_of(&town, "TS03").await;
        let watches = setup["watches"].as_array().unwrap();
        assert_eq!(watches.len(), 2, "{setup}");
        assert!(watches[0]["to"].is_string(), "the removed one watches no more: {setup}");
        assert_eq!(watches[1]["from"], watches[1]["to"], "the new one not yet: {setup}");
        assert_eq!(watches[1]["from"], made["installed_at"]);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sensor_says_in_its_test_is_no_stay_and_what_it_says_in_service_is() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let mut installer = Installer::of(&town).await;
        let old = device(&town, &installer, "ts-3").await;
        let old = old["installations"][0]["installation_id"].as_str().unwrap().to_owned();
        installer
            .post(&town, &format!("/api/v1/installations/{old}/remove"), &json!({}))
            .await
            .expect(200);
        installer.register(&town, "new-3").await;
        let made = installer.install(&town, "new-3", "TS03").await.expect(201).json();
        let now = town.api.now().await;
        let test = json!([
            town::reading(1, "vacant", false, now),
            town::reading(2, "occupied", true, now.plus_ms(SECOND)),
            town::reading(3, "vacant", false, now.plus_ms(70 * SECOND)),
        ]);
        town.hear("new-3", &test).await;
        assert!(stays(&town, "TS03").await.is_empty());
        assert_eq!(state(&town, "TS03").await, "unknown");
        let pass =
            format!("/api/v1/installations/{}/pass", made["installation_id"].as_str().unwrap());
        let passed = installer.post(&town, &pass, &json!({})).await.expect(200).json();
        let since = passed["in_service_at"].as_str().unwrap();
        let arrived = town.api.now().await;
        assert!(arrived >= Timestamp::parse(since).unwrap());
        town.hear("new-3", &town::reading(4, "occupied", true, arrived)).await;
        let stays = wait::until("the stay to be derived", PATIENCE, async || {
            let stays = stays(&town, "TS03").await;
            (!stays.is_empty()).then_some(stays)
        })
        .await;
        assert_eq!(stays, [arrived.ms()], "the test made no stay");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_entered_afterwards_takes_back_what_the_sensor_said_meanwhile() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let mut installer = Installer::of(&town).await;
        let now = town.api.now().await;
        let said = json!([
            town::reading(1, "vacant", false, now.plus_ms(-2_900 * SECOND)),
            town::reading(2, "occupied", true, now.plus_ms(-1_800 * SECOND)),
            town::reading(3, "vacant", false, now.plus_ms(-600 * SECOND)),
        ]);
        town.hear("ts-3", &said).await;
        assert_eq!(stays(&town, "TS03").await.len(), 1);
        let known = device(&town, &installer, "ts-3").await;
        let id = known["installations"][0]["installation_id"].as_str().unwrap();
        let remove = format!("/api/v1/installations/{id}/remove");
        let body = json!({"removed_at": now.plus_ms(-3_600 * SECOND)});
        installer.post(&town, &remove, &body).await.expect(200);
        wait::until("the stay to be taken back", PATIENCE, async || {
            stays(&town, "TS03").await.is_empty().then_some(())
        })
        .await;
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sensor_is_in_one_bay_at_a_time_and_is_replaced_by_removing_it() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let mut installer = Installer::of(&town).await;
    installer.install(&town, "ts-1", "TS02").await.expect_problem(409, "device_installed");
    installer.install(&town, "nobody", "TS02").await.expect_problem(404, "device_unknown");
    let known = device(&town, &installer, "ts-1").await;
    let first = known["installations"][0]["installation_id"].as_str().unwrap();
    let remove = format!("/api/v1/installations/{first}/remove");
    let removed =
        installer.post(&town, &remove, &json!({"note": "moved"})).await.expect(200).json();
    assert_eq!((&removed["state"], &removed["removal_note"]), (&"removed".into(), &"moved".into()));
    let again = installer.post(&town, &remove, &json!({})).await.expect(200).json();
    assert_eq!(again["removed_at"], removed["removed_at"]);
    let pass = format!("/api/v1/installations/{first}/pass");
    installer.post(&town, &pass, &json!({})).await.expect_problem(409, "installation_removed");
    let stock = device(&town, &installer, "ts-1").await;
    assert_eq!(stock["bay_code"], Value::Null);

    let moved = installer.install(&town, "ts-1", "TS02").await.expect(201).json();
    let shown = device(&town, &installer, "ts-1").await;
    assert_eq!(shown["bay_code"], "TS02");
    assert_eq!(shown["installations"].as_array().unwrap().len(), 2);
    assert_eq!(shown["installations"][0]["installation_id"], moved["installation_id"]);
    // What it says now belongs to its new bay; what it said before it moved, to the old one.
    let now = town.api.now().await;
    town.hear("ts-1", &town::reading(1, "vacant", false, now)).await;
    assert_eq!(device(&town, &installer, "ts-1").await["last_said"]["kind"], "vacant");
    let id: DeviceId = shown["device_id"].as_str().unwrap().parse().unwrap();
    let register = town.app.devices.current();
    let (before, after) = (register.bay_at(id, now.plus_ms(-3_600_000)), register.bay_at(id, now));
    let (before, after) = (before.unwrap().number, after.unwrap().number);
    assert_ne!(before, after);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_installer_sends_is_checked_and_a_repeat_installs_nothing_twice() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let mut installer = Installer::of(&town).await;
    let device_id = installer.register(&town, "new-1").await;
    let now = town.api.now().await;
    let path = "/api/v1/installations";
    for (body, status, code) in [
        (json!({"bay_code": "TS01"}), 422, "device_not_named"),
        (
            json!({"device_id": device_id, "key": "new-1", "bay_code": "TS01"}),
            422,
            "device_not_named",
        ),
        (json!({"network": "zigbee", "key": "a", "bay_code": "TS01"}), 422, "network_unknown"),
        (json!({"device_id": device_id, "bay_code": "XX99"}), 404, "bay_unknown"),
        (
            json!({"device_id": device_id, "bay_code": "TS01", "lon": 104.0}),
            422,
            "position_invalid",
        ),
        (
            json!({"device_id": device_id, "bay_code": "TS01", "lon": 204.0, "lat": 1.0}),
            422,
            "position_invalid",
        ),
        (
            json!({"device_id": device_id, "bay_code": "TS01", "note": "x".repeat(501)}),
            400,
            "field_length",
        ),
        (
            json!({"device_id": device_id, "bay_code": "TS01", "installed_at": now.plus_ms(3_600_000)}),
            422,
            "done_in_future",
        ),
        (
            json!({"device_id": device_id, "bay_code": "TS01", "installed_at": now.plus_ms(-90_000_000)}),
            422,
            "done_too_long_ago",
        ),
    ] {
        installer.post(&town, path, &body).await.expect_problem(status, code);
    }
    for (body, code) in [
        (
            json!({"network": "native", "key": "a b", "device_type": "native"}),
            "device_key_malformed",
        ),
        (json!({"network": "native", "key": "a", "device_type": "abacus"}), "device_type_unknown"),
        (json!({"network": "x", "key": "a", "device_type": "native"}), "network_unknown"),
    ] {
        installer.post(&town, "/api/v1/devices", &body).await.expect_problem(422, code);
    }
    let known = json!({"network": "native", "key": "new-1", "device_type": "native"});
    installer.post(&town, "/api/v1/devices", &known).await.expect_problem(409, "device_known");
    let body = json!({"device_id": device_id, "bay_code": "TS01"});
    let token = Some(installer.token.as_str());
    let first = town.api.post(path, token, Some("same"), &body).await.expect(201).json();
    let second = town.api.post(path, token, Some("same"), &body).await.expect(201).json();
    assert_eq!(first, second);
    let nowhere = format!("{path}/{}", uuid::Uuid::now_v7());
    town.api.get(&nowhere, token).await.expect_problem(404, "installation_unknown");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_installers_and_managers_touch_sensors() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let inspector = town.staff(Role::Inspector).await;
    let body = json!({"network": "native", "key": "ts-1", "bay_code": "TS01"});
    let key = Some("key");
    let asked = town.api.post("/api/v1/installations", Some(&inspector), key, &body).await;
    asked.expect_problem(403, "role_insufficient");
    town.api
        .get("/api/v1/devices", Some(&inspector))
        .await
        .expect_problem(403, "role_insufficient");
    town.api.get("/api/v1/devices", None).await.expect_problem(401, "token_missing");
    let auditor = town.staff(Role::Auditor).await;
    town.api.get("/api/v1/devices", Some(&auditor)).await.expect(200);
    let asked = town.api.post("/api/v1/installations", Some(&auditor), key, &body).await;
    asked.expect_problem(403, "role_insufficient");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_is_kept_with_its_installation() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        let installer = Installer::of(&town).await;
        let known = device(&town, &installer, "ts-1").await;
        let id = known["installations"][0]["installation_id"].as_str().unwrap();
        let (path, token) = (format!("/api/v1/installations/{id}/photo"), Some(&*installer.token));
        town.api.get(&path, token).await.expect_problem(404, "photo_missing");
        // One pixel, and a scan of so many bytes.
        let head = b"\xff\xd8\xff\xc0\x00\x08\x08\x00\x01\x00\x01\x00\xff\xda\x00\x04\x01\x02";
        let photo = [&head[..], &[7; 300_000], b"\xff\xd9"].concat();
        let cut = town.api.put(&path, token, &photo[..200_000]).await;
        cut.expect_problem(422, "photo_unknown");
        town.api.put(&path, token, &photo).await.expect(204);
        let got = town.api.get(&path, token).await.expect(200);
        assert_eq!(got.media_type, "image/jpeg");
        town.api.put(&path, token, b"<svg/>").await.expect_problem(422, "photo_unknown");
        let huge = [&b"\xff\xd8\xff\xe0"[..], &[7; 2 << 20]].concat();
        town.api.put(&path, token, &huge).await.expect_problem(413, "body_too_large");
        let shown = installer.get(&town, &format!("/api/v1/installations/{id}")).await;
        assert_eq!(shown["photo_sha256"].as_str().unwrap().len(), 64);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_are_listed_page_by_page_and_by_zone() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        let mut installer = Installer::of(&town).await;
        installer.register(&town, "in-stock").await;
        let (mut keys, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = installer.get(&town, &format!("/api/v1/devices?limit=3{cursor}")).await;
            let devices = page["devices"].as_array().unwrap();
            assert!(devices.len() <= 3);
            keys.extend(devices.iter().map(|d| d["key"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(keys.len(), 8, "seven of the town and one in stock: {keys:?}");
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 8, "none twice: {keys:?}");
        for (query, expected) in [("?zone=z1", 7), ("?zone=z9", 0), ("?condition=stuck", 0)] {
            let page = installer.get(&town, &format!("/api/v1/devices{query}")).await;
            assert_eq!(page["devices"].as_array().unwrap().len(), expected, "{query}");
        }
        let token = Some(&*installer.token);
        town.api.get("/api/v1/devices?limit=0", token).await.expect_problem(400, "malformed_query");
        // What is mistyped would else look like "all is well".
        town.api
            .get("/api/v1/devices?condition=Stuck", token)
            .await
            .expect_problem(400, "malformed_query");
        town.api
            .get("/api/v1/devices?cursor=x", token)
            .await
            .expect_problem(400, "cursor_malformed");
        town.finish().await;
    }
}

/// A device of the town, by key, with all that is known of it.
async fn device(town: &TestApp, installer: &Installer, key: &str) -> Value {
    let page = installer.get(town, "/api/v1/devices?limit=200").await;
    let devices = page["devices"].as_array().unwrap();
    let found = devices.iter().find(|device| device["key"] == key).unwrap();
    let id = found["device_id"].as_str().unwrap();
    installer.get(town, &format!("/api/v1/devices/{id}")).await
}

/// What the fold will be told of a bay.
async fn setup_of(town: &TestApp, bay: &str) -> Value {
    let mut tx = town.app.store.read().await.unwrap();
    let bay = tx.bay_by_code(bay).await.unwrap().unwrap();
    serde_json::from_str(&bay.setup_json.unwrap()).unwrap()
}

/// When the stays of a bay began that are not void.
async fn stays(town: &TestApp, bay: &str) -> Vec<i64> {
    let mut tx = town.app.store.read().await.unwrap();
    let bay = tx.bay_by_code(bay).await.unwrap().unwrap();
    let stays = tx.stays_of_bay(bay.bay_id, i64::MIN).await.unwrap();
    stays.iter().filter(|stay| stay.state != "void").map(|stay| stay.arrived_at).collect()
}

async fn state(town: &TestApp, bay: &str) -> String {
    let bay = town.api.get(&format!("/api/v1/bays/{bay}"), None).await.expect(200).json();
    bay["state"].as_str().unwrap().to_owned()
}
