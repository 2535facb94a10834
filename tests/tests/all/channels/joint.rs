//! One payment over several orders: one charge, each order its part, whatever happens to one of them meanwhile.

use billing::payment::TradeState;
use gateway::flow::confirm_payment::{Confirmed, confirm_payment};
use gateway::flow::sign_in::Role;
use gateway::outbound::{ProviderWord, Said};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;
use vocabulary::Fen;

use super::{Clerk, PLATE, balance, refunds, stored, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town;
use crate::harness::wait;

const MANY: usize = 12;
const PATH: &str = "/api/v1/arrears/payments";

/// Two vehicles' worth of debts: 3 yuan each.
async fn two_due(kind: Kind) -> (TestApp, Driver, [String; 2]) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let mut orders = Vec::new();
    for (bay, device) in [("TS01", "ts-1"), ("TS02", "ts-2")] {
        let now = town.api.now().await;
        town.hear(device, &town::parked_for_two_hours_and_five_minutes(now)).await;
        let claim = driver.claim(bay, PLATE).await.expect(201).json();
        town.hear(device, &town::leaves(town.api.now().await)).await;
        let order_id = claim["order_id"].as_str().unwrap().to_owned();
        driver.order_when(&order_id, "due").await;
        orders.push(order_id);
    }
    let [first, second] = orders.try_into().unwrap();
    (town, driver, [first, second])
}

fn both(orders: &[String; 2]) -> Value {
    json!({"order_ids": orders, "channel": "wechat"})
}

/// The parameters for the cashier, once they are there.
async fn pay_params(driver: &Driver, payment_id: &str) -> Value {
    wait::until("the payment to be ready", PATIENCE, async || {
        let shown = driver.get(&format!("{PATH}/{payment_id}")).await.expect(200).json();
        shown["pay"].is_object().then(|| shown["pay"].clone())
    })
    .await
}

async fn state_of(driver: &Driver, payment_id: &str, state: &str) {
    wait::until(&format!("the payment to be {state}"), PATIENCE, async || {
        let shown = driver.get(&format!("{PATH}/{payment_id}")).await.expect(200).json();
        (shown["state"] == state).then_some(())
    })
    .await;
}

async fn many_at_once(kind: Kind) {
    let (town, driver, orders) = two_due(kind).await;
    // Many ask for the same under keys of their own, while one pays only the first.
    let mut asked = JoinSet::new();
    for _ in 0..MANY {
        let (api, token, body) = (town.api.clone(), driver.token.clone(), both(&orders));
        asked.spawn(async move {
            let key = Uuid::new_v4().to_string();
            api.post(PATH, Some(&token), Some(&key), &body).await.expect(201).json()
        });
    }
    let mut payments = std::collections::BTreeSet::new();
    while let Some(answer) = asked.join_next().await {
        payments.insert(answer.unwrap()["payment_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(payments.len(), 1, "one attempt");
    let payment_id = payments.pop_first().unwrap();
    // Every report comes twice.
    town.sandbox.trouble(&json!({"notify": "twice"})).await;
    let pay = pay_params(&driver, &payment_id).await;
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    for order_id in &orders {
        let order = until_order(&town, order_id, "it to be paid", |o| o.state == "paid").await;
        assert_eq!((order.paid_fen, order.refunding_fen), (300, 0));
    }
    state_of(&driver, &payment_id, "succeeded").await;
    assert_eq!(town.sandbox.charges().len(), 1);
    assert_eq!(balance(&town, "channel_clearing").await, 600);
    assert_eq!(balance(&town, "receivable").await, 0);
    let paid = driver.post(PATH, &both(&orders)).await;
    paid.expect_problem(409, "order_paid");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_pay_several_debts_at_once_are_charged_once_on_sqlite() {
    many_at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_pay_several_debts_at_once_are_charged_once_on_postgresql() {
    many_at_once(Kind::Postgres).await;
}

async fn one_changes_meanwhile(kind: Kind) {
    let (town, driver, orders) = two_due(kind).await;
    let collector = Clerk::new(&town, "inspector", Role::Inspector).await;
    let cashier = Clerk::new(&town, "cashier", Role::Finance).await;
    cashier.ready_for_cash(&collector).await;
    // Both are charged, and nobody tells us; then one of them is paid in cash as well.
    town.sandbox.trouble(&json!({"notify": "off"})).await;
    let started = driver.post(PATH, &both(&orders)).await.expect(201).json();
    let payment_id = started["payment_id"].as_str().unwrap().to_owned();
    let pay = pay_params(&driver, &payment_id).await;
    let receipt = json!({"receipt_no": "BY-0000001", "order_id": orders[0], "amount_fen": 300,
        "taken_at": town.api.now().await.plus_ms(-60_000)});
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    let taken = collector.upload(&json!([receipt])).await;
    assert_eq!(taken[0]["outcome"], "paid", "{taken}");
    town.sandbox.trouble(&json!({"notify": "normal"})).await;
    // Its part is too much, and goes back under the number of the whole; the other order keeps its own.
    let order =
        until_order(&town, &orders[0], "its part to be back", |o| o.refunded_fen == 300).await;
    assert_eq!((order.state.as_str(), order.paid_fen), ("paid", 600));
    let back = refunds(&town, &orders[0]).await;
    assert_eq!(back.len(), 1, "{back:?}");
    assert_eq!((back[0].way.as_str(), back[0].amount_fen), ("channel", 300));
    let other = stored(&town, &orders[1]).await;
    assert_eq!((other.state.as_str(), other.paid_fen, other.refunded_fen), ("paid", 300, 0));
    assert_eq!(balance(&town, "channel_clearing").await, 300);
    assert_eq!(balance(&town, "receivable").await, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_was_paid_otherwise_gets_its_part_back_on_sqlite() {
    one_changes_meanwhile(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_was_paid_otherwise_gets_its_part_back_on_postgresql() {
    one_changes_meanwhile(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paying_one_of_them_alone_closes_the_whole() {
    let (town, driver, orders) = two_due(Kind::Postgres).await;
    let started = driver.post(PATH, &both(&orders)).await.expect(201).json();
    let payment_id = started["payment_id"].as_str().unwrap().to_owned();
    pay_params(&driver, &payment_id).await;
    driver.pay(&orders[1]).await;
    state_of(&driver, &payment_id, "closed").await;
    // What is left is one payment over the one that is left, and the paid one is refused.
    driver.post(PATH, &both(&orders)).await.expect_problem(409, "order_paid");
    let rest = json!({"order_ids": [orders[0]], "channel": "wechat"});
    let started = driver.post(PATH, &rest).await.expect(201).json();
    assert_eq!(started["amount_fen"], 300);
    let pay = pay_params(&driver, started["payment_id"].as_str().unwrap()).await;
    driver.confirm(&pay).await;
    driver.order_when(&orders[0], "paid").await;
    assert_eq!(town.sandbox.charges().len(), 2);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stands_at_the_bay_closes_no_payment_of_the_driver_over_several_orders() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (driver, order_id) = super::make_due(&mut town).await;
    let now = town.api.now().await;
    town.hear("ts-2", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS02", PLATE).await.expect(201).json();
    let orders = [order_id, claim["order_id"].as_str().unwrap().to_owned()];
    // A payment by a code has no payer, and is the driver's all the same.
    let native = json!({"order_ids": orders, "channel": "wechat", "method": "native"});
    let started = driver.post(PATH, &native).await.expect(201).json();
    let at_bay = json!({"method": "native"});
    let other = town.api.post("/api/v1/bays/TS02/pay", None, Some("k1"), &at_bay).await;
    other.expect_problem(409, "payment_pending");
    let path = format!("{PATH}/{}", started["payment_id"].as_str().unwrap());
    let code = wait::until("the code to be shown", PATIENCE, async || {
        let shown = driver.get(&path).await.expect(200).json();
        shown["code_url"].as_str().map(str::to_owned)
    })
    .await;
    let scan = json!({"code_url": code, "openid": "oAFriend"});
    town.sandbox.api.post("/cashier/scan", None, None, &scan).await.expect(200);
    for order_id in &orders {
        until_order(&town, order_id, "its part", |o| o.paid_fen == 300).await;
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_of_another_amount_is_not_believed_and_the_question_tells_what_was_paid() {
    let (town, driver, orders) = two_due(Kind::Sqlite).await;
    town.sandbox.trouble(&json!({"notify": "wrong_amount"})).await;
    let started = driver.post(PATH, &both(&orders)).await.expect(201).json();
    let pay = pay_params(&driver, started["payment_id"].as_str().unwrap()).await;
    driver.confirm(&pay).await;
    // The report says 6.01; the question says what was paid.
    for order_id in &orders {
        driver.order_when(order_id, "paid").await;
    }
    assert_eq!(super::open_cases(&town, "payment_differs").await, 1);
    assert_eq!(balance(&town, "suspense").await, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_about_another_amount_goes_to_suspense_as_a_whole_and_no_order_gets_a_part() {
    let (town, driver, orders) = two_due(Kind::Postgres).await;
    let started = driver.post(PATH, &both(&orders)).await.expect(201).json();
    let payment_id = started["payment_id"].as_str().unwrap();
    pay_params(&driver, payment_id).await;
    let mut tx = town.app.store.read().await.unwrap();
    let whole = tx.joint(payment_id.parse().unwrap()).await.unwrap().unwrap();
    drop(tx);
    let word = ProviderWord {
        said: Said::Answered,
        out_trade_no: whole.out_trade_no,
        trade_state: TradeState::Success,
        transaction_id: Some("4200".into()),
        amount: Fen(599),
        success_at: None,
    };
    // Told twice it is booked once.
    for _ in 0..2 {
        let confirmed = confirm_payment(&town.app, &word).await.unwrap();
        assert_eq!(confirmed, Confirmed::Case);
    }
    state_of(&driver, payment_id, "failed").await;
    for order_id in &orders {
        let order = stored(&town, order_id).await;
        assert_eq!((order.state.as_str(), order.paid_fen), ("due", 0));
    }
    assert_eq!(super::open_cases(&town, "payment_differs").await, 1);
    assert_eq!(balance(&town, "channel_clearing").await, 599);
    assert_eq!(balance(&town, "suspense").await, -599, "owed to whoever paid it");
    town.finish().await;
}
