//! Payment reports that are repeated, forged or wrong: paid is what WeChat signed or answered, once.

use serde_json::json;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town::{self, ITS_FEE_FEN};
use crate::harness::wait;

const NOTIFY: &str = "route=\"/api/v1/payments/wechat/notify\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_reported_twice_is_booked_once() {
    let town = pay_while(Kind::Postgres, "twice").await;
    wait::until("the second report", PATIENCE, async || {
        let reports = town.api.metric("bowei_http_requests_total", &[NOTIFY, "2xx"]).await;
        (reports >= 2.0).then_some(())
    })
    .await;
    assert_eq!(open_cases(&town, "payment_differs").await, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_a_wrong_signature_is_not_believed_and_the_payment_is_asked_for() {
    let town = pay_while(Kind::Sqlite, "wrong_signature").await;
    let refused = town.api.metric("bowei_http_requests_total", &[NOTIFY, "4xx"]).await;
    let believed = town.api.metric("bowei_http_requests_total", &[NOTIFY, "2xx"]).await;
    assert!(refused >= 1.0 && believed == 0.0, "refused {refused}, believed {believed}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_a_wrong_amount_opens_a_case_and_books_only_what_was_paid() {
    let town = pay_while(Kind::Sqlite, "wrong_amount").await;
    assert_eq!(open_cases(&town, "payment_differs").await, 1);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_nobody_reports_is_asked_for() {
    pay_while(Kind::Sqlite, "off").await.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_may_post_a_report_and_none_is_believed_unsigned() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    for body in [json!({}), json!({"event_type": "TRANSACTION.SUCCESS", "resource": {}})] {
        let answer = town.api.post("/api/v1/payments/wechat/notify", None, None, &body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (401, &"FAIL".into()));
    }
    town.finish().await;
}

/// A driver pays 3 yuan while reports go wrong in one way: one charge, one order paid, once.
async fn pay_while(kind: Kind, notify: &str) -> TestApp {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    town.sandbox.trouble(&json!({"notify": notify})).await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let driver = town.driver("lin").await;
    let claim = driver.claim("TS01", "甘D12345").await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap();
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(order_id, "due").await;
    let paid = driver.pay(order_id).await;
    assert_eq!(paid["paid_fen"], ITS_FEE_FEN);
    let charges = town.sandbox.charges();
    assert_eq!(charges.len(), 1, "{charges:?}");
    assert_eq!(charges[0]["amount_fen"], ITS_FEE_FEN);
    let orders = town.app.store.read().await.unwrap().count_orders("paid").await.unwrap();
    assert_eq!(orders, (1, ITS_FEE_FEN));
    town
}

async fn open_cases(town: &TestApp, kind: &str) -> i64 {
    town.app.store.read().await.unwrap().count_open_cases(kind).await.unwrap()
}
