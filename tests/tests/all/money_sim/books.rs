//! What must hold after every day, whatever happened.

use std::collections::BTreeMap;

use sensing::Policy;
use store::OrderRow;

use super::people::orders;
use super::world::World;

fn kept(order: &OrderRow) -> i64 {
    order.paid_fen - order.refunding_fen - order.refunded_fen
}

fn owed(order: &OrderRow) -> i64 {
    order.total_fen - order.waived_fen - order.written_off_fen
}

/// Balances of all payees by account, debit above 0.
async fn balances(world: &World) -> BTreeMap<String, i64> {
    let mut tx = world.app.store.read().await.unwrap();
    let mut sums = BTreeMap::new();
    for payee in tx.payees().await.unwrap() {
        for row in tx.balances(payee.payee_id, "0001-01-01").await.unwrap() {
            assert_eq!(row.stored_debit_fen, row.posted_debit_fen, "{row:?}");
            assert_eq!(row.stored_credit_fen, row.posted_credit_fen, "{row:?}");
            let sum = row.stored_debit_fen - row.stored_credit_fen;
            *sums.entry(row.account).or_insert(0) += sum;
        }
    }
    sums
}

/// The books after a day.
pub(super) async fn check(world: &World, day: u64) {
    let (orders, books) = (orders(world).await, balances(world).await);
    let account = |name: &str| books.get(name).copied().unwrap_or(0);
    assert_eq!(books.values().sum::<i64>(), 0, "day {day}: {books:?}");

    let receivable: i64 = orders.iter().map(|order| owed(order) - kept(order)).sum();
    assert_eq!(account("receivable"), receivable, "day {day}: what is owed is what is not paid");

    let paid: i64 = orders.iter().map(|order| order.paid_fen).sum();
    let suspense = -account("suspense");
    assert_eq!(paid + suspense, world.told_fen, "day {day}: every paid yuan is explained");
    let refunded: i64 = orders.iter().map(|order| order.refunded_fen).sum();
    assert_eq!(refunded, world.went_back_fen, "day {day}: what went back");
    assert_eq!(
        account("channel_clearing:wechat"),
        world.told_fen - world.went_back_fen,
        "day {day}: what the provider holds for us"
    );
    for order in orders.iter().filter(|order| order.state != "open") {
        assert!(kept(order) <= owed(order), "day {day}: paid twice and kept: {order:?}");
        assert!(kept(order) >= 0 && owed(order) >= 0, "day {day}: {order:?}");
        let unpaid = matches!(order.state.as_str(), "due" | "owing");
        assert_eq!(unpaid, kept(order) < owed(order), "day {day}: {order:?}");
    }
    let report = gateway::verify::verify(&world.app.store, &Policy::default(), None).await.unwrap();
    assert!(report.is_clean(), "day {day}: {:#?}", report.differences);
}
