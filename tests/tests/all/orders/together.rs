//! Several at once: tabs, repeated keys, settlements that meet a payment, and midnight in +08:00.

use gateway::flow::settle_visit::settle_visit;
use serde_json::json;
use uuid::Uuid;

use super::{PLATE, Story, ago, stored, text, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town as made;
use crate::harness::town_clock::TownClock;

const HOUR_MS: i64 = 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_pay_one_order_once_and_a_key_with_another_body_is_refused() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let driver = town.driver("tabs").await;
        let now = town.api.now().await;
        let story = Story::parked(now, 45);
        town.hear("ts-1", &story.arrives()).await;
        let claim = driver.claim("TS01", PLATE).await.expect(201).json();
        let order_id = text(&claim["order_id"]);
        let left_at = town.api.now().await;
        town.hear("ts-1", &story.leaves(left_at)).await;
        driver.order_when(order_id, "due").await;
        let path = format!("/api/v1/orders/{order_id}/payments");
        let wechat = json!({"channel": "wechat"});
        let (one, other, same) = tokio::join!(
            driver.post_as("tab-1", &path, &wechat),
            driver.post_as("tab-2", &path, &wechat),
            driver.post_as("tab-1", &path, &wechat),
        );
        let ids = [one, other, same].map(|answer| answer.expect(201).json()["payment_id"].clone());
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let another = json!({"channel": "wechat", "method": "native"});
        driver
            .post_as("tab-1", &path, &another)
            .await
            .expect_problem(409, "idempotency_key_reused");
        driver.pay(order_id).await;
        assert_eq!(town.sandbox.charges().len(), 1);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settling_many_times_at_once_bills_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let driver = town.driver("once").await;
        let now = town.api.now().await;
        let story = Story { now, arrived: 65, until: 5 };
        town.hear("ts-1", &story.arrives()).await;
        let claim = driver.claim("TS01", PLATE).await.expect(201).json();
        let (order_id, visit) = (text(&claim["order_id"]), &claim["visit_id"]);
        let visit: Uuid = text(visit).parse().unwrap();
        town.hear("ts-1", &story.leaves(ago(now, 5))).await;
        let runs = (0..8).map(|_| {
            let app = town.app.clone();
            tokio::spawn(async move { settle_visit(&app, visit).await })
        });
        for run in runs.collect::<Vec<_>>() {
            // One that met another one is run again by its job; here it may also say so.
            drop(run.await.unwrap());
        }
        let order = until_order(&town, order_id, "the bill", |o| o.state == "due").await;
        assert_eq!((order.bill_revision, order.total_fen), (1, 200));
        let id: Uuid = order_id.parse().unwrap();
        let history = town.app.store.read().await.unwrap().order_events(id).await.unwrap();
        let kinds: Vec<_> = history.iter().map(|event| (event.line, event.kind.as_str())).collect();
        assert_eq!(kinds, [(1, "priced")]);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_that_comes_while_the_visit_is_settled_loses_no_yuan() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("racer").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 45);
    town.hear("ts-1", &story.arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let visit: Uuid = text(&claim["visit_id"]).parse().unwrap();
    let pay = driver.pay_params(order_id).await;
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    let settling = async {
        for _ in 0..20 {
            drop(settle_visit(&town.app, visit).await);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (paid, ()) = tokio::join!(driver.confirm(&pay), settling);
    assert_eq!(paid["trade_state"], "SUCCESS");
    let order = until_order(&town, order_id, "the paid order", |o| o.state == "paid").await;
    assert_eq!((order.total_fen, order.paid_fen, order.refunding_fen), (200, 200, 0));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stay_over_midnight_in_the_city_belongs_to_two_days_and_to_one_bill() {
    // 00:10 on the day after the town's first morning; in UTC it is 16:10, and midnight far away.
    let noon = TownClock::at_noon();
    let clock =
        TownClock { city_origin_ms: noon.city_origin_ms + 12 * HOUR_MS + HOUR_MS / 6, ..noon };
    let file = made::file().to_string();
    let mut town =
        TestApp::start_town(Kind::Sqlite, BrokerKind::Embedded, &file, clock, |_| {}).await;
    let driver = town.driver("late").await;
    let now = town.api.now().await;
    // From 18:10 on: 170 minutes by day, 2 and 1 yuan; from 21:00 on free.
    let story = Story::parked(now, 360);
    town.hear("ts-1", &story.arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    assert_eq!(driver.order_when(order_id, "due").await["total_fen"], 300);
    driver.pay(order_id).await;
    let order = stored(&town, order_id).await;
    // Both facts are of the city's new day, which began ten minutes before them.
    let day = |ms: i64| billing::ledger::city_day(vocabulary::Timestamp::from_ms(ms)).to_string();
    assert_eq!(day(order.final_at.unwrap()), day(now.ms()));
    assert_ne!(day(order.opened_at), day(now.ms()));
    town.finish().await;
}
