//! An EMQX asks over HTTP who may sign in and what they may do.
//!
//! Requests as EMQX sends them with the body templates of `deploy/emqx.conf`, answers as it reads
//! them: docs.emqx.com, "Use HTTP Service" (access-control/authn/http and authz/http).

use gateway::accounts::{Account, Scope};
use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::repository;

const SECRET: &str = "a secret of sixteen characters or more";

async fn town_with_secret(kind: Kind, secret: &str) -> (TestApp, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    std::fs::write(&file, format!("{secret}\n")).unwrap();
    let change = |config: &mut gateway::config::Config| config.mqtt.auth_secret_file = Some(file);
    (TestApp::start_with(kind, BrokerKind::Embedded, change).await, dir)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emqx_learns_who_may_sign_in_and_what_they_may_do() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, _dir) = town_with_secret(kind, SECRET).await;
        let installer = town.staff(Role::Installer).await;
        let password = issue(&town, &installer, "ts-1").await;
        let mast = town.app.accounts.add_own("mast", Account::Concentrator(Scope::All));
        let auth = async |body: Value| {
            let answer = town.api.ask("/api/v1/mqtt/auth", Some(SECRET), &body).await.expect(200);
            assert_eq!(answer.media_type, "application/json");
            assert_eq!(answer.json()["is_superuser"], false);
            answer.json()["result"].as_str().unwrap().to_owned()
        };
        for (body, result) in [
            (json!({"clientid": "c1", "username": "ts-1", "password": password}), "allow"),
            (json!({"clientid": "c1", "username": "ts-1", "password": "guessed"}), "deny"),
            (json!({"clientid": "c1", "username": "ts-1", "password": null}), "deny"),
            (json!({"clientid": "c1", "username": "ts-2", "password": password}), "ignore"),
            (json!({"clientid": "c1", "username": null, "password": null}), "ignore"),
            (
                json!({"clientid": "c1", "username": "mast", "password": mast, "peerhost": "10.0.0.7"}),
                "allow",
            ),
            (
                json!({"clientid": "bowei-gateway", "username": "ts-1", "password": password}),
                "deny",
            ),
        ] {
            assert_eq!(auth(body.clone()).await, result, "{body}");
        }
        for (body, result) in [
            (
                json!({"username": "ts-1", "topic": "bowei/v1/ts-1/up", "action": "publish"}),
                "allow",
            ),
            (json!({"username": "ts-1", "topic": "bowei/v1/ts-2/up", "action": "publish"}), "deny"),
            (
                json!({"username": "ts-1", "topic": "bowei/v1/ts-1/down", "action": "subscribe", "qos": 1}),
                "allow",
            ),
            (json!({"username": "ts-1", "topic": "#", "action": "subscribe"}), "deny"),
            (
                json!({"username": "nobody", "topic": "bowei/v1/ts-1/up", "action": "publish"}),
                "ignore",
            ),
        ] {
            let answer = town.api.ask("/api/v1/mqtt/acl", Some(SECRET), &body).await.expect(200);
            assert_eq!(answer.json(), json!({"result": result}), "{body}");
        }
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_asks_without_the_secret() {
    let (town, _dir) = town_with_secret(Kind::Sqlite, SECRET).await;
    let question = json!({"username": "ts-1", "password": "x"});
    for secret in [None, Some(""), Some("another secret of that length......")] {
        let answer = town.api.ask("/api/v1/mqtt/auth", secret, &question).await;
        answer.expect_problem(401, "secret_wrong");
    }
    town.finish().await;
    let open = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let answer = open.api.ask("/api/v1/mqtt/auth", Some(""), &question).await;
    answer.expect_problem(401, "secret_wrong");
    open.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_takes_the_place_of_the_old_and_a_device_behind_a_server_gets_none() {
    let (town, _dir) = town_with_secret(Kind::Postgres, SECRET).await;
    let installer = town.staff(Role::Installer).await;
    let (first, second) =
        (issue(&town, &installer, "ts-1").await, issue(&town, &installer, "ts-1").await);
    for (password, result) in [(first, "deny"), (second, "allow")] {
        let question = json!({"username": "ts-1", "password": password});
        let answer = town.api.ask("/api/v1/mqtt/auth", Some(SECRET), &question).await.expect(200);
        assert_eq!(answer.json()["result"], result);
    }
    let lora = device_id(&town, &installer, "0101010101010101").await;
    for what in ["credential", "mac-key"] {
        let path = format!("/api/v1/devices/{lora}/{what}");
        let answer = town.api.post(&path, Some(&installer), None, &json!({})).await;
        answer.expect_problem(422, "device_not_native");
    }
    let native = device_id(&town, &installer, "ts-1").await;
    let path = format!("/api/v1/devices/{native}/mac-key");
    let made = town.api.post(&path, Some(&installer), None, &json!({})).await.expect(201).json();
    assert_eq!(made["mac_key"].as_str().unwrap().len(), 64);
    let shown = format!("/api/v1/devices/{native}");
    let shown = town.api.get(&shown, Some(&installer)).await.expect(200);
    assert!(shown.json()["signs"] == true && shown.json()["credential_since"].is_string());
    assert!(!shown.text.contains(made["mac_key"].as_str().unwrap()));
    town.finish().await;
}

#[test]
fn the_sample_for_emqx_asks_with_the_fields_that_are_read() {
    let sample = std::fs::read_to_string(repository().join("deploy/emqx.conf")).unwrap();
    for needed in [
        "/api/v1/mqtt/auth",
        "/api/v1/mqtt/acl",
        "\"x-bowei-secret\"",
        "username = \"${username}\"",
        "password = \"${password}\"",
        "clientid = \"${clientid}\"",
        "topic = \"${topic}\"",
        "action = \"${action}\"",
        "no_match = deny",
    ] {
        assert!(sample.contains(needed), "deploy/emqx.conf has no {needed}");
    }
}

async fn device_id(town: &TestApp, token: &str, key: &str) -> String {
    let page = town.api.get("/api/v1/devices?limit=200", Some(token)).await.expect(200).json();
    let devices = page["devices"].as_array().unwrap();
    let found = devices.iter().find(|device| device["key"] == key).unwrap();
    found["device_id"].as_str().unwrap().to_owned()
}

async fn issue(town: &TestApp, token: &str, key: &str) -> String {
    let path = format!("/api/v1/devices/{}/credential", device_id(town, token, key).await);
    let made = town.api.post(&path, Some(token), None, &json!({})).await.expect(201).json();
    assert_eq!(made["username"], key);
    made["password"].as_str().unwrap().to_owned()
}
