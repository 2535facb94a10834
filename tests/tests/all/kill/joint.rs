//! `kill -9` of a gateway while one payment over three orders is made, and one of the orders is paid in cash as
//! well: one charge, each order its part once, and what is too much goes back once.

use serde_json::json;
use uuid::Uuid;

use super::trade::{PATIENCE, Trade, staff, until_answered};
use crate::harness::database::Kind;
use crate::harness::driver::Driver;
use crate::harness::sandbox::{charges_in, login_code};
use crate::harness::served::Served;
use crate::harness::town;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_sqlite_while_several_debts_are_paid_at_once_charges_once() {
    besiege(Kind::Sqlite, 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_gateway_on_postgresql_while_several_debts_are_paid_at_once_charges_once() {
    besiege(Kind::Postgres, 17).await;
}

async fn besiege(kind: Kind, salt: u64) {
    let mut trade = Trade::open("several debts", kind, salt).await;
    let (driver, orders) = make_due(&mut trade).await;
    let collector = staff(&trade.served, &trade.store).await;
    let paying = pay(&trade.served, driver.token.clone(), collector, orders.clone()).await;
    let paying = tokio::spawn(paying);
    trade.kill_and_start().await;
    paying.await.expect("the client gets its answers");
    trade
        .until_settled(&[(orders[0], (600, 300)), (orders[1], (300, 0)), (orders[2], (300, 0))])
        .await;
    let sandbox = trade.served.sandbox_dir();
    let charges = charges_in(&sandbox);
    assert_eq!(charges.len(), 1, "{charges:?}");
    let text = std::fs::read_to_string(sandbox.join("refunds.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("\"refund_fen\":300"), "{text}");
    trade.close().await;
}

/// Three orders of one driver, 3 yuan each.
async fn make_due(trade: &mut Trade) -> (Driver, Vec<Uuid>) {
    let Trade { served, radio, .. } = trade;
    let api = served.api();
    let driver = Driver::sign_in(api, &served.sandbox, "debtor").await;
    let mut orders = Vec::new();
    for (bay, device) in town::NATIVE {
        let now = api.now().await;
        radio.say(device, &town::parked_for_two_hours_and_five_minutes(now)).await;
        wait::until("the vehicle to be seen", PATIENCE, async || {
            let seen = api.get(&format!("/api/v1/bays/{bay}"), None).await.expect(200).json();
            (seen["state"] == "occupied").then_some(())
        })
        .await;
        let claim = driver.claim(bay, "甘D12345").await.expect(201).json();
        let order_id = claim["order_id"].as_str().unwrap().to_owned();
        radio.say(device, &town::leaves(api.now().await)).await;
        driver.order_when(&order_id, "due").await;
        orders.push(order_id.parse().unwrap());
    }
    (driver, orders)
}

/// All three at WeChat's cashier, then the first in cash, written earlier; asked again until answered.
async fn pay(
    served: &Served,
    token: String,
    collector: String,
    orders: Vec<Uuid>,
) -> impl Future<Output = ()> + use<> {
    let (gateway, sandbox) = (served.gateways[0].http_url.clone(), served.sandbox_url.clone());
    let (_, openid) = login_code(&served.sandbox, "debtor").await;
    async move {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let health = until_answered(&http, &format!("{gateway}/healthz"), None, None).await;
        let now = vocabulary::Timestamp::parse(health["now"].as_str().unwrap()).unwrap();
        // WeChat tells whole seconds.
        let taken_at = now.plus_ms(-60_000);
        let payments = format!("{gateway}/api/v1/arrears/payments");
        let wish = json!({"order_ids": orders, "channel": "wechat"});
        let mut call = loop {
            let started =
                until_answered(&http, &payments, Some((&token, "joint")), Some(&wish)).await;
            if started["pay"].is_object() {
                break started["pay"].clone();
            }
        };
        call["openid"] = openid.into();
        let cashier = format!("{sandbox}/cashier/pay");
        let paid = until_answered(&http, &cashier, None, Some(&call)).await;
        assert_eq!(paid["trade_state"], "SUCCESS");
        let receipt = json!({"receipt_no": "BY-0000001", "order_id": orders[0],
            "amount_fen": 300, "taken_at": taken_at});
        let upload = format!("{gateway}/api/v1/staff/cash/receipts");
        let body = json!({"receipts": [receipt]});
        let answer = until_answered(&http, &upload, Some((&collector, "u")), Some(&body)).await;
        assert_eq!(answer["receipts"][0]["outcome"], "paid", "{answer}");
    }
}
