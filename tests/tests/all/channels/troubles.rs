//! What a provider does wrong around a payment: it is paid once, and the books say so.

use gateway::config::Wechat;
use gateway::outbound::{TradeBill, WechatPay};
use serde_json::json;

use super::{due, open_cases, until_order};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::raw;
use crate::harness::sandbox::Sandbox;
use crate::harness::town::ITS_FEE_FEN;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_was_placed_while_its_answer_was_lost_is_placed_once() {
    for trouble in [
        "answer_lost",
        "broken_off",
        "error500",
        "frequency_limited",
        "wrong_signature",
        "stale_signature",
    ] {
        let (town, driver, order_id) = due(Kind::Sqlite).await;
        town.sandbox.trouble(&json!({"http": trouble, "http_left": 2})).await;
        let paid = driver.pay(&order_id).await;
        assert_eq!(paid["paid_fen"], ITS_FEE_FEN, "{trouble}");
        assert_eq!(town.sandbox.charges().len(), 1, "{trouble}");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_that_are_probes_forged_old_or_of_others_are_not_believed() {
    for trouble in
        ["probe", "forged_signature", "stale_signature", "wrong_merchant", "lost", "out_of_order"]
    {
        let (town, driver, order_id) = due(Kind::Sqlite).await;
        town.sandbox.trouble(&json!({"notify": trouble})).await;
        driver.pay(&order_id).await;
        let order = super::stored(&town, &order_id).await;
        assert_eq!((order.state.as_str(), order.paid_fen), ("paid", ITS_FEE_FEN), "{trouble}");
        assert_eq!(open_cases(&town, "payment_unknown").await, 0, "{trouble}");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bank_that_refuses_ends_the_attempt_and_the_next_one_pays() {
    let (town, driver, order_id) = due(Kind::Postgres).await;
    town.sandbox.trouble(&json!({"pay": "pay_error"})).await;
    let first = driver.pay_params(&order_id).await;
    let (_, openid) = crate::harness::sandbox::login_code(&town.sandbox.api, "lin").await;
    let mut call = first.clone();
    call["openid"] = openid.into();
    town.sandbox.api.post("/cashier/pay", None, None, &call).await.expect(400);
    wait::until("the attempt to have failed", PATIENCE, async || {
        let order = driver.order(&order_id).await;
        (order["payments"][0]["state"] == "failed").then_some(())
    })
    .await;
    town.sandbox.trouble(&json!({"pay": "normal"})).await;
    // The old attempt was closed at WeChat: it cannot be paid behind our back.
    wait::until("the old attempt to be closed", PATIENCE, async || {
        let answer = town.sandbox.api.post("/cashier/pay", None, None, &call).await;
        (answer.status == 400 && answer.json()["code"] == "ORDER_CLOSED").then_some(())
    })
    .await;
    driver.pay(&order_id).await;
    assert_eq!(town.sandbox.charges().len(), 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_was_charged_while_nobody_could_be_asked_is_booked_when_somebody_can() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    let pay = driver.pay_params(&order_id).await;
    town.sandbox.trouble(&json!({"http": "error500", "notify": "off"})).await;
    driver.confirm(&pay).await;
    town.sandbox.trouble(&json!({"http": "normal"})).await;
    until_order(&town, &order_id, "the money to be found", |o| o.paid_fen == ITS_FEE_FEN).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_for_an_attempt_that_was_given_up_here_is_booked_when_it_is_reported() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    let pay = driver.pay_params(&order_id).await;
    town.sandbox.trouble(&json!({"http": "error500", "notify": "off"})).await;
    driver.confirm(&pay).await;
    let given_up = "update payment set state = 'closed'";
    raw::run(&town.app.config.database, given_up).await.unwrap();
    town.sandbox.trouble(&json!({"http": "normal", "notify": "normal"})).await;
    let order =
        until_order(&town, &order_id, "the late money", |o| o.paid_fen == ITS_FEE_FEN).await;
    assert_eq!(order.state, "paid");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_for_an_attempt_that_was_closed_here_is_booked_when_the_bill_has_it_asked_for() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    let pay = driver.pay_params(&order_id).await;
    town.sandbox.trouble(&json!({"http": "error500", "notify": "off"})).await;
    driver.confirm(&pay).await;
    let closed = "update payment set state = 'closed'; delete from job where kind = 'ask_payment'";
    raw::run(&town.app.config.database, closed).await.unwrap();
    let id: uuid::Uuid = order_id.parse().unwrap();
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    let payment = tx.payments_of_order(id).await.unwrap().remove(0);
    // As the reconciliation of the day asks (`flow/reconcile_day/exceptions.rs`).
    let key = format!("{}:reconcile:2026-09-15", payment.payment_id);
    tx.enqueue("ask_payment", &key, id, 0).await.unwrap();
    tx.commit().await.unwrap();
    town.sandbox.trouble(&json!({"http": "normal"})).await;
    let order =
        until_order(&town, &order_id, "the late money", |o| o.paid_fen == ITS_FEE_FEN).await;
    assert_eq!(order.state, "paid");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bill_of_a_day_is_downloaded_unpacked_and_checked() {
    let mut clock = TownClock::at_noon();
    // A day in 1.7 seconds.
    clock.speed = 50_000;
    let sandbox = Sandbox::start(clock).await;
    let settings = Wechat {
        pay_url: sandbox.url.clone(),
        login_url: sandbox.url.clone(),
        credentials_dir: sandbox.merchant_dir(),
        notify_url: "http://127.0.0.1:9/notify".into(),
        sandbox: true,
        ..Wechat::default()
    };
    let wechat = WechatPay::open(&settings).unwrap();
    let machine_ms = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(now.as_millis()).unwrap()
    };
    let day = vocabulary::Timestamp::from_ms(clock.city_origin_ms).plus_ms(8 * 3_600_000);
    let day = day.utc().date_naive();
    assert_eq!(wechat.trade_bill(day, machine_ms()).await.unwrap(), TradeBill::None);
    sandbox.trouble(&json!({"http": "answer_lost", "http_left": 1})).await;
    assert!(wechat.trade_bill(day, machine_ms()).await.is_err(), "to be tried again");
    sandbox.stop().await;
}
