//! The driver against a small stand-in of gateway and sandbox: what is asked, how often, under
//! which key, and what is counted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use vocabulary::PlateColour;

use super::*;
use crate::api::Patience;
use crate::counters::Summary;
use crate::demand::{Title, Visit};

const NUMBER: &str = "26622000000000000017";

/// What one test wants of the servers.
#[derive(Clone, Default)]
struct Script {
    /// Refusals for a request, used up one by one before it succeeds.
    troubles: Vec<(&'static str, Vec<(u16, &'static str)>)>,
    /// What the claim says of the order; nothing if it does not know it yet.
    claim_order: Option<&'static str>,
    /// States of the order, the last one for ever; payment makes it `paid`.
    order: Vec<&'static str>,
    /// States of the invoice, the last one for ever.
    invoice: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
struct Asked {
    what: String,
    key: Option<String>,
    token: Option<String>,
    body: Value,
}

struct Servers {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
    charged: Mutex<BTreeMap<String, u32>>,
}

impl Servers {
    async fn answer(
        State(servers): State<Arc<Servers>>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> (StatusCode, String) {
        let what = format!("{method} {}", uri.path());
        let header = |name: &str| Some(headers.get(name)?.to_str().unwrap().to_owned());
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (key, token) = (header("idempotency-key"), header("authorization"));
        servers.asked.lock().unwrap().push(Asked {
            what: what.clone(),
            key,
            token,
            body: body.clone(),
        });
        if let Some((status, code)) = servers.next_trouble(&what) {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, json!({"code": code}).to_string());
        }
        match servers.good_answer(&what, &body) {
            Some(Value::String(text)) => (StatusCode::OK, text),
            Some(json) => (StatusCode::OK, json.to_string()),
            None => (StatusCode::NOT_FOUND, json!({"code": "not_found"}).to_string()),
        }
    }

    fn next_trouble(&self, what: &str) -> Option<(u16, &'static str)> {
        let mut script = self.script.lock().unwrap();
        let (_, troubles) = script.troubles.iter_mut().find(|(asked, _)| *asked == what)?;
        (!troubles.is_empty()).then(|| troubles.remove(0))
    }

    fn good_answer(&self, what: &str, body: &Value) -> Option<Value> {
        let mut script = self.script.lock().unwrap();
        Some(match what {
            "POST /sandbox/login-code" => json!({"code": "c", "openid": "o-1"}),
            "POST /api/v1/sessions" => json!({"token": "t"}),
            "POST /api/v1/claims" => json!({"claim_id": "k", "order_id": script.claim_order}),
            "GET /api/v1/stays/current" => {
                json!({"stays": [{"bay_code": "620002", "order_id": "x"}, {"bay_code": "620001", "order_id": "o"}]})
            }
            "GET /api/v1/orders/o" => self.order(&mut script),
            "POST /api/v1/orders/o/payments" => {
                json!({"payment_id": "p", "state": "created", "amount_fen": 300, "pay": null})
            }
            "POST /cashier/pay" => {
                assert_eq!(
                    (&body["package"], &body["openid"]),
                    (&"prepay_id=w".into(), &"o-1".into())
                );
                *self.charged.lock().unwrap().entry("prepay_id=w".into()).or_default() += 1;
                json!({"transaction_id": "42", "trade_state": "SUCCESS"})
            }
            "POST /api/v1/invoices" => json!({"invoice_id": "i", "state": "requested"}),
            "GET /api/v1/invoices/i" => {
                json!({"invoice_id": "i", "state": advance(&mut script.invoice), "invoice_number": NUMBER})
            }
            "GET /api/v1/invoices/i/document.xml" => {
                Value::from(format!("<EInvoice><No>{NUMBER}</No></EInvoice>"))
            }
            _ => return None,
        })
    }

    fn order(&self, script: &mut Script) -> Value {
        let paid = !self.charged.lock().unwrap().is_empty();
        let state = if paid { "paid" } else { advance(&mut script.order) };
        let pay = json!({"package": "prepay_id=w", "appId": "a"});
        let payment = json!({"payment_id": "p", "state": "ready", "amount_fen": 300, "pay": pay});
        json!({"order_id": "o", "state": state, "total_fen": 300, "payments": [payment]})
    }

    fn asked(&self, what: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.what == what).cloned().collect()
    }
}

/// The next state of a script; the last one stays.
fn advance(states: &mut Vec<&'static str>) -> &'static str {
    if states.len() > 1 { states.remove(0) } else { states[0] }
}

fn script() -> Script {
    Script {
        troubles: Vec::new(),
        claim_order: Some("o"),
        order: vec!["open", "due"],
        invoice: vec!["requested", "submitted", "issued"],
    }
}

/// One minute in the past, an hour long in city time: over by now.
fn trip(now: Timestamp) -> Trip {
    let visit = Visit {
        number: 3,
        arrived_at: now.plus_ms(-3_600_000),
        left_at: now,
        plate: "甘D12345".into(),
        plate_colour: PlateColour::Blue,
        user: "driver-1".into(),
        claims_at: Some(now.plus_ms(-3_500_000)),
        title: Some(Title::Company),
    };
    Trip { bay_code: "620001".into(), visit }
}

/// Plays one visit against the script. The whole visit lies in the past unless `left_in_ms`.
async fn play(script: Script, left_in_ms: i64) -> (Arc<Servers>, Summary) {
    let servers = Arc::new(Servers {
        script: Mutex::new(script),
        asked: Mutex::default(),
        charged: Mutex::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(Servers::answer).with_state(servers.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let patience = Patience {
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(5),
        matter: Duration::from_secs(20),
    };
    let counters = Arc::new(Counters::default());
    let town = Arc::new(Town {
        api: Api::new(&url, &url, patience, counters.clone()).unwrap(),
        clock: Clock::real(),
        counters: counters.clone(),
        truth: Truth::default(),
        lines: Semaphore::new(1),
        run: 7,
        settled: std::sync::Mutex::default(),
    });
    let mut trip = trip(town.clock.now());
    trip.visit.left_at = trip.visit.left_at.plus_ms(left_in_ms);
    Driver::new(town, trip).visit().await;
    serving.abort();
    (servers, counters.summary())
}

#[tokio::test]
async fn a_driver_claims_pays_and_gets_the_invoice() {
    let (servers, summary) = play(script(), 0).await;
    let expected =
        Summary { claims: 1, orders_paid: 1, paid_fen: 300, invoices: 1, ..Summary::default() };
    assert_eq!(summary, expected);
    let claim = &servers.asked("POST /api/v1/claims")[0];
    assert_eq!(
        claim.body,
        json!({"bay_code": "620001", "plate": "甘D12345", "plate_colour": "blue"})
    );
    assert_eq!(claim.token.as_deref(), Some("Bearer t"));
    let invoice = &servers.asked("POST /api/v1/invoices")[0];
    assert_eq!(invoice.body["order_ids"], json!(["o"]));
    assert_eq!(invoice.body["title"]["kind"], "company");
}

#[tokio::test]
async fn a_server_that_cannot_answer_is_asked_again_under_the_same_key() {
    let posts = [
        "POST /api/v1/claims",
        "POST /api/v1/orders/o/payments",
        "POST /cashier/pay",
        "POST /api/v1/invoices",
    ];
    let troubles = posts.map(|post| (post, vec![(503, "unavailable"), (500, ""), (429, "slow")]));
    let (servers, summary) = play(Script { troubles: troubles.into(), ..script() }, 0).await;
    let done = (summary.claims, summary.orders_paid, summary.invoices, summary.retries);
    assert_eq!(done, (1, 1, 1, 12));
    assert_eq!(summary.errors, BTreeMap::new());
    let mut keys = Vec::new();
    for post in posts {
        let asked = servers.asked(post);
        assert_eq!(asked.len(), 4, "{post}");
        assert!(asked.iter().all(|again| *again == asked[0]), "{post}");
        keys.extend(asked[0].key.clone());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3, "each act has a key of its own, the cashier needs none");
}

#[tokio::test]
async fn a_refusal_is_counted_under_its_code_and_ends_the_matter() {
    for (what, status, code, claims, paid) in [
        ("POST /api/v1/claims", 422, "plate_malformed", 0, 0),
        ("POST /api/v1/orders/o/payments", 409, "already_paid", 1, 0),
        ("POST /cashier/pay", 400, "OPENID_MISMATCH", 1, 0),
        ("POST /api/v1/invoices", 409, "already_invoiced", 1, 1),
    ] {
        let troubles = vec![(what, vec![(status, code)])];
        let (servers, summary) = play(Script { troubles, ..script() }, 0).await;
        assert_eq!((summary.claims, summary.orders_paid), (claims, paid), "{what}");
        assert_eq!(summary.errors, BTreeMap::from([(code.to_owned(), 1)]), "{what}");
        assert_eq!(servers.asked(what).len(), 1, "{what}");
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed() {
    let troubles = vec![("GET /api/v1/orders/o", vec![(401, "token_expired")])];
    let (servers, summary) = play(Script { troubles, ..script() }, 0).await;
    assert_eq!((summary.orders_paid, summary.errors.len()), (1, 0));
    assert_eq!(servers.asked("POST /api/v1/sessions").len(), 2);
}

#[tokio::test]
async fn a_free_stay_is_neither_paid_nor_invoiced() {
    let (servers, summary) = play(Script { order: vec!["open", "free"], ..script() }, 0).await;
    assert_eq!((summary.orders_free, summary.orders_paid, summary.invoices), (1, 0, 0));
    assert!(servers.asked("POST /api/v1/orders/o/payments").is_empty());
}

#[tokio::test]
async fn a_rejected_invoice_is_counted() {
    let script = Script { invoice: vec!["submitted", "rejected"], ..script() };
    let (_, summary) = play(script, 0).await;
    assert_eq!((summary.orders_paid, summary.invoices), (1, 0));
    assert_eq!(summary.errors, BTreeMap::from([("ended_as_invoice_rejected".to_owned(), 1)]));
}

#[tokio::test]
async fn an_order_that_the_claim_did_not_know_is_found_while_parked() {
    let script = Script { claim_order: None, ..script() };
    let (servers, summary) = play(script, 1_000).await;
    assert_eq!((summary.orders_paid, summary.errors.len()), (1, 0));
    assert_eq!(servers.asked("GET /api/v1/stays/current").len(), 1);
}
