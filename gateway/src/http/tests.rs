//! The API over a real listener and an empty town: what every route has in common.

use std::sync::Arc;

use axum::http::Method;
use futures_util::StreamExt;
use serde_json::{Value, json};
use store::{
    BayFeatures, BayVersionFacts, BlockRow, Lane, NewBay, PayeeRow, Store, ZoneVersionRow,
};
use tokio::net::TcpListener;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::method_name;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::flow::sign_in::{Role, add_staff};

/// Tuesday 15 September 2026, 08:00 in Shanghai.
const MORNING_MS: i64 = 1_789_430_400_000;

struct Town {
    app: Arc<App>,
    url: String,
    client: reqwest::Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<anyhow::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Town {
    /// One bay, BY0001, on block RM-1, and an inspector and a planner.
    async fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("bowei.db").display()))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        one_bay(&store).await;
        for (login, role) in [("inspector", Role::Inspector), ("planner", Role::Planner)] {
            assert!(add_staff(&store, login, "correct horse", role, MORNING_MS).await.unwrap());
        }
        let clock = Clock::fixed(Timestamp::from_ms(MORNING_MS));
        let app = App::build(Config::default(), store, clock).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let served =
            tokio::spawn(super::run(Arc::clone(&app), listener, async { drop(stopped.await) }));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Town { app, url, client, stop: Some(stop), served, _folder: folder }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        json_of(self.client.get(format!("{}{path}", self.url)).send().await.unwrap()).await
    }

    async fn token(&self, login: &str) -> String {
        let body = json!({"login": login, "password": "correct horse"}).to_string();
        let request = self.client.post(format!("{}/api/v1/staff/sessions", self.url)).body(body);
        let (status, session) = json_of(request.send().await.unwrap()).await;
        assert_eq!(status, 201, "{session}");
        session["token"].as_str().unwrap().to_owned()
    }

    async fn capture(&self, token: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(format!("{}/api/v1/staff/captures", self.url));
        let request =
            request.bearer_auth(token).header("Idempotency-Key", key).body(body.to_string());
        json_of(request.send().await.unwrap()).await
    }

    async fn finish(mut self) {
        drop(self.stop.take());
        self.served.await.unwrap().unwrap();
    }
}

async fn json_of(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status >= 400 {
        assert_eq!(kind.as_deref(), Some("application/problem+json"), "{text}");
        assert_eq!(body["status"], status, "{text}");
    }
    (status, body)
}

async fn one_bay(store: &Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let operator_id = tx.put_operator(Uuid::now_v7(), "Operator").await.unwrap();
    let payee = PayeeRow {
        payee_id: Uuid::now_v7(),
        operator_id,
        name: "Payee".into(),
        regime: "vat".into(),
        seller_json: "{}".into(),
        valid_from_at: 0,
    };
    let payee_id = tx.put_payee(&payee).await.unwrap();
    tx.put_tariff("demo", operator_id, billing::DEMO_TARIFF, 0).await.unwrap();
    let zone_id = tx.put_zone(Uuid::now_v7(), operator_id, "Z1", "Zone").await.unwrap();
    let zone = ZoneVersionRow { zone_id, valid_from_at: 0, tariff_id: "demo".into(), payee_id };
    tx.put_zone_version(&zone).await.unwrap();
    let (block_id, bay_id) = (Uuid::now_v7(), Uuid::now_v7());
    let (code, street, side) = ("RM-1".into(), "人民路".into(), "north".into());
    tx.put_blocks(&[BlockRow { block_id, code, street, side }]).await.unwrap();
    tx.put_bays(&[NewBay { bay_id, operator_id, code: "BY0001".into() }]).await.unwrap();
    let version = BayVersionFacts {
        bay_id,
        valid_from_at: 0,
        valid_to_at: None,
        zone_id,
        block_id,
        lon: 104.139,
        lat: 36.545,
        heading_deg: 0.0,
        length_m: 6.0,
        vehicle_classes: None,
        permitted_hours: None,
        features: BayFeatures::default(),
    };
    tx.put_bay_versions(&[version]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn every_error_is_a_problem_document_with_a_stable_code() {
    let town = Town::new().await;
    for (path, status, code) in [
        ("/api/v1/nothing", 404, "route_unknown"),
        ("/api/v1/claims", 405, "method_not_allowed"),
        ("/api/v1/bays?lon=104.139", 400, "malformed_query"),
        ("/api/v1/bays?lon=104.139&lat=36.545&state=closed", 400, "malformed_query"),
        ("/api/v1/bays?lon=200&lat=36.545", 400, "malformed_query"),
        ("/api/v1/bays/%FF", 404, "route_unknown"),
        ("/api/v1/bays/NONE1", 404, "bay_unknown"),
        ("/api/v1/orders", 401, "token_missing"),
        ("/api/v1/live?bbox=104,36,105,37", 422, "bbox_too_large"),
        (
            "/api/v1/quote?bay_code=BY0001&from=2026-09-15T02:00:00Z&to=2026-09-15T01:00:00Z",
            400,
            "interval_negative",
        ),
    ] {
        let (answered, problem) = town.get(path).await;
        assert_eq!((answered, problem["code"].as_str()), (status, Some(code)), "{path}: {problem}");
    }
    let wrong_method = town.client.get(format!("{}/api/v1/claims", town.url)).send().await.unwrap();
    assert_eq!(wrong_method.headers()["allow"], "POST");
    for (body, status, code) in [
        ("{\"login\":".to_owned(), 400, "malformed_json"),
        ("{}".to_owned(), 400, "malformed_json"),
        ("x".repeat(256 * 1024 + 1), 413, "body_too_large"),
        (json!({"login": "inspector", "password": "wrong"}).to_string(), 401, "credentials_wrong"),
        (
            json!({"login": "nobody", "password": "correct horse"}).to_string(),
            401,
            "credentials_wrong",
        ),
        (
            json!({"login": "inspector", "password": "x".repeat(257)}).to_string(),
            400,
            "field_length",
        ),
    ] {
        let request = town.client.post(format!("{}/api/v1/staff/sessions", town.url)).body(body);
        let (answered, problem) = json_of(request.send().await.unwrap()).await;
        assert_eq!((answered, problem["code"].as_str()), (status, Some(code)), "{problem}");
    }
    town.finish().await;
}

#[tokio::test]
async fn a_bay_that_was_never_heard_is_unknown_and_not_free() {
    let town = Town::new().await;
    let (status, found) = town.get("/api/v1/bays?lon=104.139&lat=36.545").await;
    assert_eq!(
        (status, &found["now"], &found["speed"]),
        (200, &json!("2026-09-15T00:00:00.000Z"), &json!(1))
    );
    let bay = &found["bays"][0];
    assert_eq!(
        (&bay["bay_code"], &bay["state"], &bay["distance_m"]),
        (&json!("BY0001"), &json!("unknown"), &json!(0.0))
    );
    assert_eq!(
        (&bay["block"], &bay["observed_at"], &bay["age_s"]),
        (&json!("RM-1"), &Value::Null, &Value::Null)
    );
    let (_, free) = town.get("/api/v1/bays?lon=104.139&lat=36.545&state=free").await;
    assert_eq!(free["bays"], json!([]));
    assert_eq!(town.get("/api/v1/bays/by0001").await.1["street"], "人民路");
    assert_eq!(
        town.get("/healthz").await,
        (200, json!({"status": "ok", "now": "2026-09-15T00:00:00.000Z", "speed": 1}))
    );
    town.finish().await;
}

#[tokio::test]
async fn a_quote_says_what_and_why() {
    let town = Town::new().await;
    // Two and a half hours by day: 2 yuan up to 2 h, 1 yuan for the third hour begun.
    let path = "/api/v1/quote?bay_code=BY0001&from=2026-09-15T00:00:00Z&to=2026-09-15T02:30:00Z";
    let (status, quote) = town.get(path).await;
    assert_eq!((status, &quote["total_fen"]), (200, &json!(300)), "{quote}");
    let lines = quote["lines"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|line| line["amount_fen"].as_i64().unwrap()).sum();
    assert_eq!(sum, 300);
    assert!(
        lines.iter().all(|line| line["text"].is_string() && line["text_en"].is_string()),
        "{quote}"
    );
    // The demo's tariff was a trial and has expired; whoever reads the price reads that.
    assert!(quote["tariff"]["note"].as_str().unwrap().contains("已到期"), "{quote}");
    town.finish().await;
}

#[tokio::test]
async fn a_capture_is_made_once_by_those_who_may() {
    let town = Town::new().await;
    let body = json!({"bay_code": "BY0001", "plate": "甘D12345", "device_uuid": "handheld-7"});
    let inspector = town.token("inspector").await;
    let (status, first) = town.capture(&inspector, "k1", &body).await;
    assert_eq!((status, &first["state"]), (201, &json!("waiting")), "{first}");
    assert_eq!(town.capture(&inspector, "k1", &body).await, (201, first));
    let audits = town.app.store.read().await.unwrap().count_audit("capture").await.unwrap();
    assert_eq!(audits, 1);
    let other = json!({"bay_code": "BY0001", "plate": "甘D54321"});
    for (token, key, body, status, code) in [
        (inspector.as_str(), "k1", &other, 409, "idempotency_key_reused"),
        (inspector.as_str(), "two words", &body, 400, "idempotency_key_malformed"),
        (&town.token("planner").await, "k2", &body, 403, "role_insufficient"),
        ("0000", "k3", &body, 401, "token_unknown"),
        (&inspector, "k4", &json!({"bay_code": "BY0001", "plate": "12345"}), 422, "plate_invalid"),
        (&inspector, "k5", &json!({"bay_code": "BY0009", "plate": "甘D12345"}), 404, "bay_unknown"),
    ] {
        let (answered, problem) = town.capture(token, key, body).await;
        assert_eq!((answered, problem["code"].as_str()), (status, Some(code)), "{problem}");
    }
    let (status, problem) = {
        let request =
            town.client.get(format!("{}/api/v1/orders", town.url)).bearer_auth(&inspector);
        json_of(request.send().await.unwrap()).await
    };
    assert_eq!((status, problem["code"].as_str()), (403, Some("driver_only")));
    town.finish().await;
}

#[tokio::test]
async fn a_report_without_a_signature_is_not_believed() {
    let town = Town::new().await;
    let request = town.client.post(format!("{}/api/v1/payments/wechat/notify", town.url));
    let answer = request.body("{}").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["code"], "FAIL");
    let request = town.client.post(format!("{}/api/v1/payments/wechat/notify", town.url));
    let (status, problem) =
        json_of(request.body("x".repeat(64 * 1024 + 1)).send().await.unwrap()).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body_too_large")));
    town.finish().await;
}

#[tokio::test]
async fn a_planner_reads_figures_by_block_beside_the_health_of_the_service() {
    let town = Town::new().await;
    town.get("/api/v1/bays/BY0001").await;
    let answer = town.client.get(format!("{}/metrics", town.url)).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = answer.text().await.unwrap();
    for line in [
        "bowei_bays{block=\"RM-1\",state=\"unknown\"} 1",
        "bowei_bays{block=\"RM-1\",state=\"free\"} 0",
        "bowei_share_heard{block=\"RM-1\"} 0",
        "bowei_arrivals_total{block=\"RM-1\"} 0",
        "bowei_messages_total{outcome=\"stored\"} 0",
        "bowei_job_backlog 0",
        "bowei_mqtt_connected 0",
        "bowei_http_requests_total{method=\"GET\",route=\"/api/v1/bays/{bay_code}\",status_class=\"2xx\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    town.finish().await;
}

#[tokio::test]
async fn the_live_stream_shows_states_then_changes_and_ends_with_the_service() {
    let town = Town::new().await;
    let (stop_tail, stopped) = tokio::sync::oneshot::channel::<()>();
    let tail =
        tokio::spawn(crate::live::tail(Arc::clone(&town.app), async { drop(stopped.await) }));
    let url = format!("{}/api/v1/live?bbox=104.13,36.54,104.14,36.55", town.url);
    let mut stream = town.client.get(url).send().await.unwrap().bytes_stream();
    let mut text = String::new();
    let mut read_until = async |text: &mut String, wanted: &str| {
        while !text.contains(wanted) {
            let chunk = stream.next().await.expect("the stream goes on").unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    read_until(&mut text, "\"version\":0}").await;
    assert!(
        text.starts_with(
            "event: bay\ndata: {\"bay_code\":\"BY0001\",\"bay_no\":1,\"state\":\"unknown\""
        ),
        "{text}"
    );
    let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
    let bay = tx.bay_by_code("BY0001").await.unwrap().unwrap();
    let mut live = tx.live(bay.bay_no).await.unwrap().unwrap();
    (live.version, live.state, live.observed_at) = (1, "free".into(), Some(MORNING_MS));
    tx.write_live(&[&live]).await.unwrap();
    tx.append_changes(&[(bay.bay_id, &live)], MORNING_MS, "sensor").await.unwrap();
    tx.commit().await.unwrap();
    town.app.change_bell.notify_waiters();
    read_until(&mut text, "\"version\":1}").await;
    assert!(
        text.contains("\"state\":\"free\",\"observed_at\":\"2026-09-15T00:00:00.000Z\""),
        "{text}"
    );
    assert_eq!(town.app.live.counts().free, 1);
    drop(stop_tail);
    tail.await.unwrap().unwrap();
    town.finish().await;
    while let Some(chunk) = stream.next().await {
        assert!(chunk.is_ok());
    }
}

#[test]
fn methods_that_a_client_invents_share_one_label() {
    assert_eq!(method_name(&Method::POST), "POST");
    assert_eq!(method_name(&Method::from_bytes(b"BREW").unwrap()), "other");
}
