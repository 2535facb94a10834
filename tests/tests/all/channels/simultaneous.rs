//! Many at once: whatever is asked for by how many, no yuan goes back twice and no receipt counts twice.

use std::sync::Arc;

use gateway::flow::sign_in::Role;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Clerk, balance, due, paid_twice, refunds, stored, until_order};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

const MANY: usize = 24;

/// Posts the same request many times at once, each under a key of its own; how many got each status.
async fn at_once(
    clerk: &Clerk<'_>,
    path: &str,
    body: &serde_json::Value,
) -> std::collections::BTreeMap<u16, usize> {
    let api = Arc::new(clerk.town.api.clone());
    let mut asked = JoinSet::new();
    for _ in 0..MANY {
        let (api, token) = (Arc::clone(&api), clerk.token.clone());
        let (path, body) = (path.to_owned(), body.clone());
        asked.spawn(async move {
            let key = Uuid::new_v4().to_string();
            api.post(&path, Some(&token), Some(&key), &body).await.status
        });
    }
    let mut statuses = std::collections::BTreeMap::new();
    while let Some(status) = asked.join_next().await {
        *statuses.entry(status.unwrap()).or_insert(0) += 1;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_pay_out_one_refund_pay_it_once_on_sqlite() {
    pay_out_at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_pay_out_one_refund_pay_it_once_on_postgresql() {
    pay_out_at_once(Kind::Postgres).await;
}

async fn pay_out_at_once(kind: Kind) {
    let (town, driver, order_id) = due(kind).await;
    driver.pay(&order_id).await;
    let collector = Clerk::new(&town, "inspector", Role::Inspector).await;
    let cashier = Clerk::new(&town, "cashier", Role::Finance).await;
    cashier.ready_for_cash(&collector).await;
    // The same receipt from many requests at once is one payment.
    let receipt = json!({"receipt_no": "BY-0000001", "order_id": order_id, "amount_fen": 300,
        "taken_at": town.api.now().await});
    let uploaded =
        at_once(&collector, "/api/v1/staff/cash/receipts", &json!({"receipts": [receipt]})).await;
    assert_eq!(uploaded.get(&200), Some(&MANY), "{uploaded:?}");
    let order = until_order(&town, &order_id, "one refund", |o| o.refunding_fen == 300).await;
    assert_eq!(order.paid_fen, 600);
    let on_its_way = refunds(&town, &order_id).await;
    assert_eq!(on_its_way.len(), 1, "{on_its_way:?}");

    let path = format!("/api/v1/staff/refunds/{}/cash", on_its_way[0].refund_id);
    let statuses = at_once(&collector, &path, &json!({})).await;
    assert_eq!(statuses.get(&200), Some(&1), "{statuses:?}");
    assert_eq!(statuses.get(&409), Some(&(MANY - 1)), "{statuses:?}");
    let order = stored(&town, &order_id).await;
    assert_eq!((order.refunded_fen, order.refunding_fen), (300, 0));
    assert_eq!(balance(&town, "cash").await, 0, "3 yuan taken, 3 paid out");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_reports_of_one_refund_move_it_once() {
    let (town, driver, order_id) = due(Kind::Postgres).await;
    paid_twice(&town, &driver, &order_id).await;
    town.sandbox.trouble(&json!({"notify": "twice"})).await;
    let refund =
        wait::until("the refund", PATIENCE, async || refunds(&town, &order_id).await.pop()).await;
    // Its channel is asked by many at once while reports come twice.
    let mut asked = JoinSet::new();
    for n in 0..MANY {
        let (store, order_id, refund_id) =
            (town.app.store.clone(), refund.order_id.unwrap(), refund.refund_id);
        asked.spawn(async move {
            let mut tx = store.begin(store::Lane::Command).await.unwrap();
            let kind = if n % 2 == 0 { "start_refund" } else { "ask_refund" };
            tx.enqueue(kind, &format!("{refund_id}:{n}"), order_id, 0).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    while let Some(done) = asked.join_next().await {
        done.unwrap();
    }
    town.app.job_bell.notify_one();
    let order = until_order(&town, &order_id, "the refund to end", |o| o.refunded_fen == 300).await;
    assert_eq!((order.paid_fen, order.refunding_fen), (600, 0));
    assert_eq!(refunds(&town, &order_id).await.len(), 1);
    town.finish().await;
}
