//! Requests that make no sense or are not allowed: a problem document with a stable code.

use serde_json::json;

use gateway::flow::import_town;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::{Kind, Opened};
use crate::harness::seed::MORNING;
use crate::harness::town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_plate_is_refused_and_claims_nothing() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let driver = town.driver("lin").await;
    for plate in ["", "12345", "甘D1234", "甘D1234567", "7BC1234", "甘DI2345", "甘D1234\u{0}"] {
        driver.claim("TS01", plate).await.expect_problem(422, "plate_invalid");
    }
    driver.claim("NONE01", "甘D12345").await.expect_problem(404, "bay_unknown");
    let orders = driver.get("/api/v1/orders").await.expect(200).json();
    assert_eq!(orders["orders"], json!([]));
    driver.claim("TS01", "甘D12345").await.expect(201);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_negative_interval_is_not_priced() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    for (from, to, status, code) in [
        ("2026-09-15T02:00:00Z", "2026-09-15T01:59:59Z", 400, "interval_negative"),
        ("2026-09-15T02:00:00Z", "2026-11-15T02:00:00Z", 422, "interval_too_long"),
        ("yesterday", "2026-09-15T02:00:00Z", 400, "malformed_query"),
        // Before the tariff's first version (2026-01-01) nothing may be charged.
        ("2025-06-01T02:00:00Z", "2025-06-01T03:00:00Z", 422, "no_tariff_in_force"),
    ] {
        let path = format!("/api/v1/quote?bay_code=TS01&from={from}&to={to}");
        town.api.get(&path, None).await.expect_problem(status, code);
    }
    let quote = "/api/v1/quote?bay_code=TS01&from=2026-09-15T02:00:00Z&to=2026-09-15T04:05:00Z";
    let quote = town.api.get(quote, None).await.expect(200).json();
    assert_eq!(quote["total_fen"], town::ITS_FEE_FEN);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_town_that_names_an_unknown_tariff_is_not_imported() {
    let opened = Opened::fresh(Kind::Sqlite).await;
    let mut file = town::file();
    file["zones"][0]["tariff"] = "nobody-wrote-this".into();
    let town = import_town::read(&file.to_string()).unwrap();
    let now = vocabulary::Timestamp::from_ms(MORNING);
    let refused = import_town::import_town(&opened.store, &town, now).await.unwrap_err();
    assert!(format!("{refused:#}").contains("nobody-wrote-this"), "{refused:#}");
    let mut tx = opened.store.read().await.unwrap();
    assert!(tx.bay_places(MORNING).await.unwrap().is_empty());
    assert!(tx.tariff("demo-baiyin-road-1").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_with_another_body_is_refused_and_with_the_same_answers_the_same() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let driver = town.driver("lin").await;
    let body = json!({"bay_code": "TS01", "plate": "甘D12345"});
    let first = driver.post_as("k1", "/api/v1/claims", &body).await.expect(201);
    let again = driver.post_as("k1", "/api/v1/claims", &body).await.expect(201);
    assert_eq!(first.json(), again.json());
    let other = json!({"bay_code": "TS01", "plate": "甘D54321"});
    let refused = driver.post_as("k1", "/api/v1/claims", &other).await;
    refused.expect_problem(409, "idempotency_key_reused");
    let orders = driver.get("/api/v1/orders").await.expect(200).json();
    assert_eq!(orders["orders"].as_array().unwrap().len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_without_a_key_or_with_a_broken_body_does_nothing() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let claim = json!({"bay_code": "TS01", "plate": "甘D12345"});
    let long_key = "k".repeat(65);
    for (key, body, status, code) in [
        ("", &claim, 400, "idempotency_key_malformed"),
        ("two words", &claim, 400, "idempotency_key_malformed"),
        (long_key.as_str(), &claim, 400, "idempotency_key_malformed"),
        ("k1", &json!({"bay_code": 7}), 400, "malformed_json"),
        ("k2", &json!({"bay_code": "TS01", "plate": "x".repeat(300_000)}), 413, "body_too_large"),
    ] {
        driver.post_as(key, "/api/v1/claims", body).await.expect_problem(status, code);
    }
    town.api.get("/api/v1/nowhere", None).await.expect_problem(404, "route_unknown");
    town.finish().await;
}
