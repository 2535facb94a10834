//! Bays and zones change from a date on, and what held before stays knowable.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;

const DAY: i64 = 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_changes_from_a_date_on_and_its_past_stays_knowable() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        let manager = town.staff(Role::Manager).await;
        let path = "/api/v1/bays/TS01/versions";
        let post = async |body: Value| town.api.post(path, Some(&manager), None, &body).await;
        let now = town.api.now().await;
        let (tomorrow, later) = (now.plus_ms(DAY), now.plus_ms(2 * DAY));
        let first = post(json!({"valid_from": later, "length_m": 7.5})).await.expect(200).json();
        assert_eq!(first["versions"].as_array().unwrap().len(), 2);
        let body = json!({"valid_from": tomorrow, "vehicle_classes": ["small"],
            "permitted_hours": "Mo-Fr 08:00-20:00"});
        let changed = post(body.clone()).await.expect(200).json();
        let versions = changed["versions"].as_array().unwrap();
        let seen: Vec<_> = versions
            .iter()
            .map(|v| (v["valid_to"].clone(), v["length_m"].clone(), v["permitted_hours"].clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (json!(tomorrow), json!(6.0), Value::Null),
                (json!(later), json!(6.0), json!("mo-fr 08:00-20:00")),
                (Value::Null, json!(7.5), Value::Null),
            ]
        );
        let again = post(body).await.expect(200).json();
        assert_eq!(again, changed, "the same change again changes nothing");
        for (body, status, code) in [
            (json!({"valid_from": tomorrow, "length_m": 5.0}), 409, "version_exists"),
            (json!({"valid_from": now.plus_ms(-DAY), "length_m": 5.0}), 422, "date_in_past"),
            (json!({"zone": "z9"}), 404, "zone_unknown"),
            (json!({"block": "nowhere"}), 404, "block_unknown"),
            (json!({"length_m": 0.0}), 422, "measure_out_of_range"),
            (json!({"lon": 1.0}), 422, "position_invalid"),
            (json!({"vehicle_classes": ["tank"]}), 422, "vehicle_class_unknown"),
            (json!({"permitted_hours": "always"}), 422, "hours_malformed"),
            (json!({"lenght_m": 5.0}), 400, "malformed_json"),
        ] {
            post(body).await.expect_problem(status, code);
        }
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closure_is_planned_lifted_and_told_to_the_fold_and_a_bay_ends() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        let manager = town.staff(Role::Manager).await;
        let post = async |path: &str, body: Value| {
            town.api.post(&format!("/api/v1/bays/TS01/{path}"), Some(&manager), None, &body).await
        };
        let now = town.api.now().await;
        let (from, to) = (now.plus_ms(DAY), now.plus_ms(2 * DAY));
        let works = json!({"from": from, "to": to, "reason": "road works"});
        post("closures", works.clone()).await.expect(200);
        post("closures", works).await.expect_problem(409, "closure_exists");
        let running = now.plus_ms(-3_600_000);
        post("closures", json!({"from": running, "to": to, "reason": "fair"})).await.expect(200);
        for (body, code) in [
            (json!({"from": to, "to": from, "reason": "x"}), "closure_empty"),
            (json!({"from": from, "to": from, "reason": "x"}), "closure_empty"),
            (json!({"from": now.plus_ms(-2 * DAY), "to": to, "reason": "x"}), "closure_too_late"),
            (json!({"from": now, "to": to, "reason": " "}), "reason_length"),
        ] {
            post("closures", body).await.expect_problem(422, code);
        }
        assert_eq!(
            setup_of(&town).await["closures"],
            json!([
            {"start_at": running, "end_at": to}, {"start_at": from, "end_at": to}])
        );
        post("closures/lift", json!({"from": from})).await.expect(200);
        let lifted = post("closures/lift", json!({"from": running})).await.expect(200).json();
        let left = lifted["closures"].as_array().unwrap();
        assert_eq!(left.len(), 1, "the one that had not begun is taken back: {lifted}");
        assert!(left[0]["to"].as_str().unwrap() < to.to_string().as_str(), "{lifted}");
        post("closures/lift", json!({"from": to})).await.expect_problem(404, "closure_unknown");

        post("end", json!({"at": to})).await.expect(200);
        let setup = setup_of(&town).await;
        assert_eq!(setup["closures"][1]["start_at"], json!(to), "{setup}");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zone_gets_another_tariff_from_a_date_on() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        let manager = town.staff(Role::Manager).await;
        let zones = town.api.get("/api/v1/zones", Some(&manager)).await.expect(200).json();
        let zone = &zones["zones"][0];
        assert_eq!((&zone["code"], zone["versions"].as_array().unwrap().len()), (&"z1".into(), 1));
        let now = town.api.now().await;
        add_tariff(&town, "road-2").await;
        let path = format!("/api/v1/zones/{}/versions", zone["zone_id"].as_str().unwrap());
        let post = async |body: Value| town.api.post(&path, Some(&manager), None, &body).await;
        let tomorrow = now.plus_ms(DAY);
        let change = json!({"valid_from": tomorrow, "tariff_id": "road-2"});
        let changed = post(change.clone()).await.expect(200).json();
        assert_eq!(changed["versions"][0]["valid_to"], json!(tomorrow));
        assert_eq!(changed["versions"][1]["tariff_id"], "road-2");
        assert_eq!(post(change).await.expect(200).json(), changed);
        for (body, status, code) in [
            (json!({"tariff_id": "road-9"}), 422, "tariff_unknown"),
            (json!({"payee": "nobody"}), 404, "payee_unknown"),
            (json!({"valid_from": now.plus_ms(-DAY), "tariff_id": "road-2"}), 422, "date_in_past"),
        ] {
            post(body).await.expect_problem(status, code);
        }
        // Who arrives before keeps the old tariff.
        let mut tx = town.app.store.read().await.unwrap();
        let bay = tx.bay_by_code("TS01").await.unwrap().unwrap().bay_id;
        for (at, tariff) in [(tomorrow.plus_ms(-1), "demo-baiyin-road-1"), (tomorrow, "road-2")] {
            assert_eq!(tx.terms(bay, at.ms()).await.unwrap().unwrap().tariff_id, tariff, "{at}");
        }
        drop(tx);
        town.finish().await;
    }
}

async fn add_tariff(town: &TestApp, id: &str) {
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    let operator = tx.operators().await.unwrap()[0].0;
    tx.put_tariff(id, operator, "id: x", 0).await.unwrap();
    tx.commit().await.unwrap();
}

async fn setup_of(town: &TestApp) -> Value {
    let mut tx = town.app.store.read().await.unwrap();
    let bay = tx.bay_by_code("TS01").await.unwrap().unwrap();
    serde_json::from_str(&bay.setup_json.unwrap()).unwrap()
}
