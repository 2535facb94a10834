//! Paying while parked pays a part: the order stays open until departure.

use serde_json::json;

use super::{MINUTE, PLATE, Story, text};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paying_early_does_not_buy_the_day_and_the_rest_is_due_at_departure() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("early").await;
    let now = town.api.now().await;
    // 85 minutes: 2 yuan, and 3 after 35 minutes more.
    let story = Story::parked(now, 85);
    town.hear("ts-1", &story.arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let order = driver.order(order_id).await;
    let running = &order["running"];
    assert_eq!((&running["total_fen"], &running["payable_fen"]), (&200.into(), &200.into()));
    assert_eq!(running["next_total_fen"], 300);
    assert_eq!(running["next_at"], serde_json::to_value(now.plus_ms(35 * MINUTE)).unwrap());

    let pay = driver.pay_params(order_id).await;
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    let part = wait::until("the part payment", PATIENCE, async || {
        let order = driver.order(order_id).await;
        (order["paid_fen"] == 200).then_some(order)
    })
    .await;
    assert_eq!((&part["state"], &part["due_fen"]), (&"open".into(), &0.into()));
    assert_eq!(part["running"]["payable_fen"], 0);
    // It is paid up to now: nobody is asked twice.
    let path = format!("/api/v1/orders/{order_id}/payments");
    let wechat = json!({"channel": "wechat"});
    driver.post(&path, &wechat).await.expect_problem(409, "nothing_due");

    // It leaves after 125 minutes: 3 yuan.
    let leaves_at = now.plus_ms(40 * MINUTE);
    wait::until("the clock to go on", PATIENCE, async || {
        (town.api.now().await > leaves_at).then_some(())
    })
    .await;
    town.hear("ts-1", &story.leaves(leaves_at)).await;
    let due = driver.order_when(order_id, "due").await;
    let money = ["total_fen", "paid_fen", "due_fen"].map(|name| due[name].as_i64().unwrap());
    assert_eq!(money, [300, 200, 100]);
    let paid = driver.pay(order_id).await;
    assert_eq!((&paid["paid_fen"], &paid["due_fen"]), (&300.into(), &0.into()));
    let amounts: Vec<_> =
        town.sandbox.charges().iter().map(|c| c["amount_fen"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [200, 100]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_payment_that_covers_the_stay_settles_it_at_departure() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("prompt").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 45);
    town.hear("ts-1", &story.arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let pay = driver.pay_params(order_id).await;
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    wait::until("the part payment", PATIENCE, async || {
        (driver.order(order_id).await["paid_fen"] == 200).then_some(())
    })
    .await;
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    let paid = driver.order_when(order_id, "paid").await;
    assert_eq!((&paid["total_fen"], &paid["due_fen"]), (&200.into(), &0.into()));
    assert_eq!(paid["reason_en"], "settled");
    town.finish().await;
}
