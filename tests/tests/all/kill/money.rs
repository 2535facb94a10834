//! `kill -9` of a gateway while money moves: whatever it had committed or not, each payment is booked once,
//! what was paid too much goes back once, and the books are right.
//!
//! Three orders are paid twice, at WeChat's cashier and in cash, by clients that ask again until they are
//! answered. Meanwhile the gateway is killed after random times: between the steps, and within them.

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::trade::{PATIENCE, Trade, staff, until_answered};
use crate::harness::database::Kind;
use crate::harness::driver::Driver;
use crate::harness::sandbox::{charges_in, login_code};
use crate::harness::served::Served;
use crate::harness::town;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_sqlite_while_money_moves_pays_and_refunds_once() {
    besiege(Kind::Sqlite, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_postgresql_while_money_moves_pays_and_refunds_once() {
    besiege(Kind::Postgres, 7).await;
}

async fn besiege(kind: Kind, salt: u64) {
    let mut trade = Trade::open("money", kind, salt).await;
    let orders = make_due(&mut trade).await;
    let staff = staff(&trade.served, &trade.store).await;
    let paying: Vec<JoinHandle<()>> = (1..)
        .zip(&orders)
        .map(|(n, order)| tokio::spawn(pay_twice(&trade.served, order, &staff, n)))
        .collect();
    trade.kill_and_start().await;
    for one in paying {
        one.await.expect("the clients get their answers");
    }
    let settled: Vec<_> = orders.iter().map(|order| (order.order_id, (600, 300))).collect();
    trade.until_settled(&settled).await;
    check(&trade.served, &orders);
    trade.close().await;
}

/// An order of 3 yuan, and who pays it.
struct Order {
    order_id: Uuid,
    token: String,
    openid: String,
}

async fn make_due(trade: &mut Trade) -> Vec<Order> {
    let Trade { served, radio, .. } = trade;
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

/// One charge and one refund of each order, at WeChat as in the books.
fn check(served: &Served, orders: &[Order]) {
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
