//! A driver's sessions: by phone code, renewed, ended, on two devices; and what a driver agreed to.

use serde_json::json;

use crate::harness::api::Api;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;

const PHONE: &str = "13812345678";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_signs_in_by_the_code_on_their_phone_on_sqlite() {
    by_phone(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_signs_in_by_the_code_on_their_phone_on_postgresql() {
    by_phone(Kind::Postgres).await;
}

async fn by_phone(kind: Kind) {
    let town = TestApp::start(kind, BrokerKind::Embedded).await;
    let code = code_for(&town.api, PHONE).await;
    // A number gets one code a minute; what is no number gets none.
    ask(&town.api, "138 1234 5678").await.expect_problem(429, "phone_code_too_often");
    ask(&town.api, "12345").await.expect_problem(422, "phone_malformed");
    sign(&town.api, PHONE, &other_than(&code)).await.expect_problem(401, "phone_code_wrong");
    let first = sign(&town.api, "+86 138 1234 5678", &code).await.expect(201).json();
    sign(&town.api, PHONE, &code).await.expect_problem(401, "phone_code_wrong");
    let token = first["token"].as_str().unwrap();
    town.api.get("/api/v1/orders", Some(token)).await.expect(200);
    // Renewed: both tokens hold for a minute; ended: one does not, the other does.
    let renewed = post(&town.api, "/api/v1/sessions/renewal", token).await.expect(201).json();
    assert_eq!(renewed["account_id"], first["account_id"]);
    let second = renewed["token"].as_str().unwrap();
    for token in [token, second] {
        town.api.get("/api/v1/orders", Some(token)).await.expect(200);
    }
    post(&town.api, "/api/v1/sessions/end", second).await.expect(204);
    let refused = town.api.get("/api/v1/orders", Some(second)).await;
    refused.expect_problem(401, "token_unknown");
    town.api.get("/api/v1/orders", Some(token)).await.expect(200);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signed_in_by_phone_does_not_pay_inside_wechat() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let code = code_for(&town.api, PHONE).await;
    let session = sign(&town.api, PHONE, &code).await.expect(201).json();
    let token = session["token"].as_str().unwrap();
    let now = town.api.now().await;
    let parked = town::parked_for_two_hours_and_five_minutes(now);
    town.hear("ts-1", &parked).await;
    let body = json!({"bay_code": "TS01", "plate": "甘D12345"});
    let claim = town.api.post("/api/v1/claims", Some(token), Some("claim"), &body).await;
    let claim = claim.expect(201).json();
    let path = format!("/api/v1/orders/{}/payments", claim["order_id"].as_str().unwrap());
    let inside = json!({"channel": "wechat", "method": "jsapi"});
    let refused = town.api.post(&path, Some(token), Some("inside"), &inside).await;
    refused.expect_problem(422, "method_needs_wechat");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_codes_and_the_right_one_is_dead() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let code = code_for(&town.api, PHONE).await;
    for _ in 0..5 {
        sign(&town.api, PHONE, &other_than(&code)).await.expect_problem(401, "phone_code_wrong");
    }
    sign(&town.api, PHONE, &code).await.expect_problem(401, "phone_code_wrong");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_a_consent_back_deletes_what_was_kept_by_it() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let yes = json!({"purpose": "messages", "given": true});
    let said = driver.post("/api/v1/me/consents", &yes).await;
    assert_eq!(said.expect(200).json()["consents"][0]["given"], true);
    let leave = json!({"channel": "phone", "address": PHONE});
    driver.post("/api/v1/contacts", &leave).await.expect(201);
    let no = json!({"purpose": "messages", "given": false});
    let back = driver.post("/api/v1/me/consents", &no).await;
    let back = back.expect(200).json();
    assert_eq!(back["consents"][0]["given"], false);
    assert!(back["consents"][0]["withdrawn_at"].is_string(), "{back}");
    let left = driver.get("/api/v1/contacts").await.expect(200).json();
    assert_eq!(left["contacts"], json!([]));
    let unknown = json!({"purpose": "advertising", "given": true});
    driver.post("/api/v1/me/consents", &unknown).await.expect_problem(422, "purpose_unknown");
    town.finish().await;
}

async fn code_for(api: &Api, phone: &str) -> String {
    let sent = ask(api, phone).await.expect(202).json();
    let code = sent["sandbox_code"].as_str().unwrap().to_owned();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    code
}

async fn ask(api: &Api, phone: &str) -> crate::harness::api::Answer {
    api.post("/api/v1/phone-codes", None, None, &json!({"phone": phone})).await
}

async fn sign(api: &Api, phone: &str, code: &str) -> crate::harness::api::Answer {
    api.post("/api/v1/phone-sessions", None, None, &json!({"phone": phone, "code": code})).await
}

async fn post(api: &Api, path: &str, token: &str) -> crate::harness::api::Answer {
    api.post(path, Some(token), None, &json!({})).await
}

/// A code of six digits that is not this one.
fn other_than(code: &str) -> String {
    let wrong = if code == "000000" { "000001" } else { "000000" };
    wrong.to_owned()
}
