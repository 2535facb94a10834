//! `kill -9` of a gateway while money moves: whatever it had committed or not, each payment is booked once,
//! what was paid too much goes back once, and the books are right.
//!
//! Three orders are paid twice, at WeChat's cashier and in cash, by clients that ask again until they are
//! answered. Meanwhile the gateway is killed after random times: between the steps, and within them.

use std::time::Duration;

use gateway::flow::sign_in::{Role, add_staff};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::harness::database::Kind;
use crate::harness::driver::Driver;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::radio::Radio;
use crate::harness::sandbox::{charges_in, login_code};
use crate::harness::served::{Served, Source};
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

pub(super) const USUAL_KILLS: u32 = 6;
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How long the gateway lives between two kills.
pub(super) const LIVES_MS: std::ops::Range<u64> = 20..1_200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_sqlite_while_money_moves_pays_and_refunds_once() {
    besiege(Kind::Sqlite, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_postgresql_while_money_moves_pays_and_refunds_once() {
    besiege(Kind::Postgres, 7).await;
}

async fn besiege(kind: Kind, salt: u64) {
    let seed = super::siege::setting("BOWEI_SEED", 20_261_130_u64);
    let kills = super::siege::setting("BOWEI_KILLS", USUAL_KILLS);
    println!("money on {kind:?}: BOWEI_SEED={seed} BOWEI_KILLS={kills}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed ^ salt);
    let mosquitto = Mosquitto::start();
    let source = Source::External(mosquitto.url());
    let town = town::file().to_string();
    let mut served = Served::start(kind, &source, TownClock::at_noon(), &town).await;
    let store = served.database.open().await;
    let mut radio = Radio::to(&mosquitto.url());
    let orders = make_due(&served, &mut radio).await;
    let staff = staff(&served, &store).await;

    let paying: Vec<JoinHandle<()>> = (1..)
        .zip(&orders)
        .map(|(n, order)| tokio::spawn(pay_twice(&served, order, &staff, n)))
        .collect();
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.random_range(LIVES_MS))).await;
        served.gateways[0].kill();
        served.gateways[0].start();
        served.gateways[0].until_listening().await;
    }
    for one in paying {
        one.await.expect("the clients get their answers");
    }
    wait::until("every refund to have come to its end", PATIENCE, async || {
        let mut tx = store.read().await.unwrap();
        for order in &orders {
            let row = tx.order(order.order_id).await.unwrap().unwrap();
            if (row.paid_fen, row.refunded_fen) != (600, 300) {
                return None;
            }
        }
        let (waiting, given_up) = tx.count_jobs().await.unwrap();
        assert_eq!(given_up, 0, "a job was given up");
        (waiting == 0).then_some(())
    })
    .await;
    check(&served, &orders).await;
    served.stop_gateways();
    store.close().await;
    let verified = served.gateway_says(&["verify", "--config"], &served.config_file());
    assert!(verified.contains("clean"), "{verified}");
}

/// An order of 3 yuan, and who pays it.
struct Order {
    order_id: Uuid,
    token: String,
    openid: String,
}

async fn make_due(served: &Served, radio: &mut Radio) -> Vec<Order> {
    let api = served.api();
    let mut orders = Vec::new();
    for (n, (bay, device)) in town::NATIVE.into_iter().enumerate() {
        let now = api.now().await;
        radio.say(device, &town::parked_for_two_hours_and_five_minutes(now)).await;
        let user = format!("driver-{n}");
        let driver = Driver::sign_in(api, &served.sandbox, &user).await;
        wait::until("the vehicle to be seen", PATIENCE, async || {
            let seen = api.get(&format!("/api/v1/bays/{bay}"), None).await.expect(200).json();
            (seen["state"] == "occupied").then_some(())
        })
        .await;
        let claim = driver.claim(bay, &format!("甘D1234{n}")).await.expect(201).json();
        let order_id = claim["order_id"].as_str().unwrap().to_owned();
        radio.say(device, &town::leaves(api.now().await)).await;
        driver.order_when(&order_id, "due").await;
        let (_, openid) = login_code(&served.sandbox, &user).await;
        orders.push(Order {
            order_id: order_id.parse().unwrap(),
            token: driver.token.clone(),
            openid,
        });
    }
    orders
}

/// The token of a collector who has numbers and an open shift.
pub(super) async fn staff(served: &Served, store: &store::Store) -> String {
    let api = served.api();
    let mut tokens = Vec::new();
    for (login, role) in [("inspector", Role::Inspector), ("cashier", Role::Finance)] {
        add_staff(store, login, "correct horse", role, 0).await.unwrap();
        let body = json!({"login": login, "password": "correct horse"});
        let session =
            api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201).json();
        tokens.push(session["token"].as_str().unwrap().to_owned());
    }
    let range = json!({"collector": "inspector", "series": "BY", "first": 1, "last": 100});
    let (collector, cashier) = (tokens.remove(0), tokens.remove(0));
    api.post("/api/v1/staff/cash/ranges", Some(&cashier), Some("r"), &range).await.expect(201);
    let shift = json!({});
    api.post("/api/v1/staff/cash/shifts", Some(&collector), Some("s"), &shift).await.expect(201);
    collector
}

/// At WeChat's cashier first, since what was paid last goes back first; then in cash, written earlier.
fn pay_twice(
    served: &Served,
    order: &Order,
    collector: &str,
    n: u32,
) -> impl Future<Output = ()> + use<> {
    let (gateway, sandbox) = (served.gateways[0].http_url.clone(), served.sandbox_url.clone());
    let (order_id, token, openid) = (order.order_id, order.token.clone(), order.openid.clone());
    let collector = collector.to_owned();
    async move {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let health = until_answered(&http, &format!("{gateway}/healthz"), None, None).await;
        let now = vocabulary::Timestamp::parse(health["now"].as_str().unwrap()).unwrap();
        // WeChat tells whole seconds.
        let taken_at = now.plus_ms(-60_000);
        let payments = format!("{gateway}/api/v1/orders/{order_id}/payments");
        let wish = json!({"channel": "wechat"});
        let pay = loop {
            let key = format!("pay-{n}");
            let started = until_answered(&http, &payments, Some((&token, &key)), Some(&wish)).await;
            if started["pay"].is_object() {
                break started["pay"].clone();
            }
        };
        let mut call = pay;
        call["openid"] = openid.into();
        let paid =
            until_answered(&http, &format!("{sandbox}/cashier/pay"), None, Some(&call)).await;
        assert_eq!(paid["trade_state"], "SUCCESS");
        let receipt = json!({"receipt_no": format!("BY-{n:07}"), "order_id": order_id,
            "amount_fen": 300, "taken_at": taken_at});
        let upload = format!("{gateway}/api/v1/staff/cash/receipts");
        let body = json!({"receipts": [receipt]});
        for _ in 0..2 {
            let answer = until_answered(&http, &upload, Some((&collector, "u")), Some(&body)).await;
            assert_eq!(answer["receipts"][0]["outcome"], "paid", "{answer}");
        }
    }
}

/// Asks the same again until somebody answers that it is done.
pub(super) async fn until_answered(
    http: &reqwest::Client,
    url: &str,
    caller: Option<(&str, &str)>,
    body: Option<&Value>,
) -> Value {
    let began = std::time::Instant::now();
    loop {
        let mut request = match body {
            Some(body) => http.post(url).json(body),
            None => http.get(url),
        };
        if let Some((token, key)) = caller {
            request = request.bearer_auth(token).header("Idempotency-Key", key);
        }
        if let Ok(answer) = request.send().await {
            let status = answer.status();
            let text = answer.text().await.unwrap_or_default();
            assert!(status.is_success() || status.is_server_error(), "{url}: {status} {text}");
            if let (true, Ok(answer)) = (status.is_success(), serde_json::from_str(&text)) {
                return answer;
            }
        }
        assert!(began.elapsed() < PATIENCE, "nobody answers {url}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One charge and one refund of each order, at WeChat as in the books.
async fn check(served: &Served, orders: &[Order]) {
    let charges = charges_in(&served.sandbox_dir());
    assert_eq!(charges.len(), orders.len(), "{charges:?}");
    let text = std::fs::read_to_string(served.sandbox_dir().join("refunds.jsonl")).unwrap();
    let given: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(given.len(), orders.len(), "{given:?}");
    for charge in &charges {
        let back = given.iter().filter(|r| r["out_trade_no"] == charge["out_trade_no"]);
        assert_eq!(back.map(|r| r["refund_fen"].as_i64().unwrap()).sum::<i64>(), 300, "{charge}");
    }
}
