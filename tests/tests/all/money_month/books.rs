//! What must hold, whatever happened: after each day, with each bill of the channel, at the end of each month.

use std::collections::BTreeMap;

use gateway::flow::prove_books::prove_books;
use sensing::Policy;
use serde_json::json;
use store::OrderRow;
use vocabulary::Timestamp;

use super::city::City;
use super::day::Day;
use crate::harness::reconciled::reconciled;

fn kept(order: &OrderRow) -> i64 {
    order.paid_fen - order.refunding_fen - order.refunded_fen
}

fn owed(order: &OrderRow) -> i64 {
    order.total_fen - order.waived_fen - order.written_off_fen
}

/// Balances of all payees by account without its part, debit above 0; stored as posted.
async fn balances(city: &City) -> BTreeMap<String, i64> {
    let mut tx = city.town.app.store.read().await.unwrap();
    let mut sums = BTreeMap::new();
    for payee in tx.payees().await.unwrap() {
        for row in tx.balances(payee.payee_id, "").await.unwrap() {
            assert_eq!(row.stored_debit_fen, row.posted_debit_fen, "{row:?}");
            assert_eq!(row.stored_credit_fen, row.posted_credit_fen, "{row:?}");
            let account = row.account.split(':').next().expect("there is a first").to_owned();
            *sums.entry(account).or_insert(0) += row.stored_debit_fen - row.stored_credit_fen;
        }
    }
    sums
}

async fn orders(city: &City) -> Vec<OrderRow> {
    city.town.app.store.read().await.unwrap().orders_after(None, i64::MAX).await.unwrap()
}

/// The books at the end of a day.
pub(super) async fn check(city: &mut City, day: &Day) {
    let (orders, books) = (orders(city).await, balances(city).await);
    let account = |name: &str| books.get(name).copied().unwrap_or(0);
    assert_eq!(books.values().sum::<i64>(), 0, "{day}: {books:?}");
    let receivable: i64 = orders.iter().map(|order| owed(order) - kept(order)).sum();
    assert_eq!(account("receivable"), receivable, "{day}: what is owed is what is not paid");

    let charged: i64 = city.town.sandbox.charges().iter().map(|c| fen(c, "amount_fen")).sum();
    let given_back = given_back(city);
    let (received, returned) = channel_side(city).await;
    assert_eq!(received, charged, "{day}: every yuan that the channel charged is in the books");
    assert_eq!(returned, given_back, "{day}: what the channel gave back");
    assert_eq!(
        account("channel_clearing"),
        charged - given_back - city.fees_fen,
        "{day}: what the channel holds for us"
    );
    assert_eq!(account("cash"), 0, "{day}: all cash is at the bank");
    assert_eq!(account("suspense"), 0, "{day}: everything in suspense was decided");
    for order in &orders {
        assert!(kept(order) >= 0 && owed(order) >= 0, "{day}: {order:?}");
        if order.state == "open" {
            continue;
        }
        assert!(
            kept(order) <= owed(order) || waits(city, order).await,
            "{day}: paid twice and kept: {order:?}"
        );
        let unpaid = matches!(order.state.as_str(), "due" | "owing");
        assert_eq!(unpaid, kept(order) < owed(order), "{day}: {order:?}");
    }
    city.tally.add("orders checked", orders.len());
    city.tally.add("days checked", 1);
    let mut tx = city.town.app.store.snapshot().await.unwrap();
    let proved = prove_books(&mut tx).await.unwrap();
    let told: Vec<_> = proved.iter().flat_map(|p| &p.differences).collect();
    assert!(told.is_empty(), "{day}: {told:?}");
}

fn fen(row: &serde_json::Value, name: &str) -> i64 {
    row[name].as_i64().unwrap_or_else(|| panic!("no {name}: {row}"))
}

/// What the channel gave back, by its own records: the newest line of a refund counts.
fn given_back(city: &City) -> i64 {
    let mut ended = BTreeMap::new();
    for refund in city.town.sandbox.refunds() {
        let number = refund["out_refund_no"].as_str().expect("a number").to_owned();
        let given = refund["outcome"].as_str().is_none_or(|outcome| outcome == "success");
        ended.insert(number, if given { fen(&refund, "refund_fen") } else { 0 });
    }
    ended.values().sum()
}

/// What came in and went back by the channel, by our books.
async fn channel_side(city: &City) -> (i64, i64) {
    let sum = "select cast(coalesce(sum(p.amount_fen), 0) as text) from posting p join entry e on e.entry_id = p.entry_id \
         where p.account = 'channel_clearing:wechat' and e.fact ";
    let ask = async |facts: &str| -> i64 {
        let sql = format!("{sum}{facts}");
        let url = &city.town.app.config.database;
        crate::harness::raw::texts(url, &sql).await[0].parse().expect("fen")
    };
    let received = ask("in ('payment', 'suspense')").await;
    let returned = -ask("in ('refund_ended')").await;
    (received, returned)
}

/// An order's credit is not kept if a person has to see to it: the channel closed its refund.
async fn waits(city: &City, order: &OrderRow) -> bool {
    let mut tx = city.town.app.store.read().await.unwrap();
    let refunds = tx.refunds_of_order(order.order_id).await.unwrap();
    refunds.iter().any(|refund| refund.state == "closed")
}

/// The channel's bill of a day; a month that is over is closed by two persons.
pub(super) async fn reconcile(city: &mut City, day: &Day) {
    let report = reconciled(&city.town.app, Timestamp::from_ms(day.midnight)).await;
    let report = report.unwrap_or_else(|error| panic!("{day}: {error:#}"));
    assert!(report.is_clean(), "{day}: {report:?}");
    city.fees_fen += report.fee_fen;
    city.tally.add("bills reconciled", 1);
    city.tally.add("lines of bills", report.lines);
    let today = billing::ledger::city_day(Timestamp::from_ms(city.ahead.now())).to_string();
    let (month, now) = (&day.name[..7], &today[..7]);
    if month != now && city.closed.insert(month.to_owned()) {
        close(city, month).await;
    }
}

async fn close(city: &City, month: &str) {
    prove(city).await;
    let path = format!("/api/v1/ledger/months/{month}/close");
    for login in ["cashier", "manager"] {
        let clerk = city.clerk(login).await;
        clerk.post(city, &path, &json!({})).await.expect(200);
    }
    city.tally.add("months closed", 1);
}

/// Stays from readings, bills from stays, books from entries: all computed again.
pub(super) async fn prove(city: &City) {
    let report = gateway::verify::verify(&city.town.app.store, &Policy::default(), None).await;
    let report = report.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
    city.tally.add("bills verified", report.bills);
    city.tally.add("entries verified", report.entries);
}
