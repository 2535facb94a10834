//! Many at once over the same money: one invoice, and never more than was paid and kept.

use gateway::flow::sign_in::Role;
use serde_json::json;

use super::{Clerk, at_the_platform, order, paid, until_order};
use crate::harness::database::Kind;

async fn asked_for_by_many_at_once(kind: Kind) {
    let (town, driver, order_id) = paid(kind).await;
    let body = json!({"order_ids": [order_id], "title": {"kind": "person", "name": "张三"}});
    let asks = (0..12).map(|n| {
        let (driver, body) = (&driver, &body);
        async move { driver.post_as(&format!("many-{n}"), "/api/v1/invoices", body).await.status }
    });
    let answers = futures_util::future::join_all(asks).await;
    let taken = answers.iter().filter(|status| **status == 202).count();
    assert_eq!(taken, 1, "{answers:?}");
    assert!(answers.iter().all(|status| [202, 422].contains(status)), "{answers:?}");
    until_order(&town, &order_id, "the invoice", |o| o.invoiced_fen == 300).await;

    // Two clerks take it back at once while the driver asks again and again.
    let clerks = [
        Clerk::new(&town, "anna", Role::Finance).await,
        Clerk::new(&town, "bert", Role::Finance).await,
    ];
    let listed = driver.get("/api/v1/me/invoices").await.expect(200).json();
    let invoice_id = listed["invoices"][0]["invoice_id"].as_str().unwrap().to_owned();
    driver.invoice_when(&invoice_id, "issued").await;
    let path = format!("/api/v1/staff/invoices/{invoice_id}/red");
    let whole = json!({"reason": "issued_in_error"});
    let (path, whole) = (&path, &whole);
    let backs = clerks.iter().map(|clerk| async move { clerk.post(path, whole).await.status });
    let backs = futures_util::future::join_all(backs).await;
    assert_eq!(backs.iter().filter(|status| **status == 201).count(), 1, "{backs:?}");
    until_order(&town, &order_id, "the red one", |o| o.invoiced_fen == 0).await;
    assert_eq!(order(&town, &order_id).await.paid_fen, 300);
    assert_eq!(at_the_platform(&town).len(), 2);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_invoice_comes_of_many_requests_on_sqlite() {
    asked_for_by_many_at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_invoice_comes_of_many_requests_on_postgresql() {
    asked_for_by_many_at_once(Kind::Postgres).await;
}
