//! Orders, bills and payments: each business fact once.

use store::{BillRow, Lane, OrderRow, PaymentRow, Store, StoreError, Tx};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, Town, id};

async fn a_visit_has_one_order(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_order(&seed::order(id(61), &town, id(41))).await.unwrap());
    assert!(!tx.insert_order(&seed::order(id(62), &town, id(41))).await.unwrap());
    assert!(tx.insert_order(&seed::order(id(63), &town, id(42))).await.unwrap());
    assert_eq!(tx.order_of("visit", id(41)).await.unwrap().unwrap().order_id, id(61));
    assert!(tx.order(id(62)).await.unwrap().is_none());
    assert!(tx.order_of("pass", id(41)).await.unwrap().is_none());
}

async fn an_order_keeps_what_an_event_changed(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_order(&seed::order(id(61), &town, id(41))).await.unwrap();
    let mut order = tx.lock_order(id(61)).await.unwrap().unwrap();
    order.state = "paid".into();
    (order.total_fen, order.paid_fen, order.invoiced_fen) = (5_000_000_000, 5_000_000_000, 1);
    (order.bill_revision, order.due_at, order.paid_at) = (1, Some(MORNING), Some(MORNING + 1));
    tx.update_order(&order).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kept = tx.order(id(61)).await.unwrap().unwrap();
    assert_eq!((kept.total_fen, kept.paid_fen), (5_000_000_000, 5_000_000_000));
    assert_eq!((kept.due_at, kept.paid_at), (Some(MORNING), Some(MORNING + 1)));
    assert_eq!(tx.count_orders("paid").await.unwrap(), (1, 5_000_000_000));
    assert_eq!(tx.count_orders("due").await.unwrap(), (0, 0));
}

async fn every_page_of_orders_follows_the_one_before_while_new_ones_come(store: Store) {
    let town = seed::town(&store, 1).await;
    let account = id(51);
    // Three orders opened at each instant, so that pages end between equal instants.
    let mut expected: Vec<(i64, Uuid)> = (0..20)
        .map(|n| (MORNING + n / 3, id(1_000 + u128::try_from(n).unwrap() * 7 % 20)))
        .collect();
    for (opened_at, order_id) in &expected {
        insert_order_of(&store, &town, (*opened_at, *order_id), account).await;
    }
    insert_order_of(&store, &town, (MORNING, id(900)), id(52)).await;
    expected.sort_unstable();
    expected.reverse();

    let (mut seen, mut after) = (Vec::new(), None);
    for page_number in 0.. {
        let mut tx = store.read().await.unwrap();
        let page = tx.orders_of_account(account, after, 3).await.unwrap();
        drop(tx);
        seen.extend(page.iter().map(|o| (o.opened_at, o.order_id)));
        let Some(last) = page.last() else { break };
        after = Some((last.opened_at, last.order_id));
        let newer =
            (MORNING + 1_000 + page_number, id(5_000 + u128::try_from(page_number).unwrap()));
        insert_order_of(&store, &town, newer, account).await;
    }
    assert_eq!(seen, expected);
}

async fn walking_through_all_orders_meets_each_once(store: Store) {
    let town = seed::town(&store, 1).await;
    for number in 0..11 {
        insert_order_of(&store, &town, (MORNING, id(1_000 + number)), id(51)).await;
    }
    let mut tx = store.read().await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = tx.orders_after(after, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.order_id);
        seen.extend(page.iter().map(|o| o.order_id.as_u128()));
    }
    assert_eq!(seen, (1_000..1_011).collect::<Vec<u128>>());
}

async fn a_bill_is_revised_but_never_rewritten(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_order(&seed::order(id(61), &town, id(41))).await.unwrap();
    tx.insert_bills(&[bill(1, 200)]).await.unwrap();
    tx.insert_bills(&[bill(2, 300)]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_bills(&[bill(3, 350), bill(2, 400)]).await.unwrap_err();
    drop(tx);
    let newest = store.read().await.unwrap().bill(id(61)).await.unwrap().unwrap();
    assert_eq!((newest.revision, newest.total_fen), (2, 300));
    assert_eq!(newest.case_json, r#"{"车":"small"}"#);
}

async fn an_order_has_one_pending_payment(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = two_orders(&store, &town).await;
    assert!(tx.insert_payment(&seed::payment(id(71), id(61))).await.unwrap());
    assert!(!tx.insert_payment(&seed::payment(id(72), id(61))).await.unwrap());
    assert!(tx.insert_payment(&seed::payment(id(73), id(62))).await.unwrap());
    let mut first = tx.payment(id(71)).await.unwrap().unwrap();
    for (state, another_may_start) in [("ready", false), ("closed", true)] {
        first.state = state.into();
        tx.update_payment(&first).await.unwrap();
        let started = tx.insert_payment(&seed::payment(id(72), id(61))).await.unwrap();
        assert_eq!(started, another_may_start, "while the first is {state}");
    }
    let tried = tx.payments_of_order(id(61)).await.unwrap();
    assert_eq!(tried.iter().map(|p| p.payment_id).collect::<Vec<_>>(), [id(71), id(72)]);
}

async fn a_number_at_the_provider_names_one_payment(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = two_orders(&store, &town).await;
    assert!(tx.insert_payment(&seed::payment(id(71), id(61))).await.unwrap());
    let same = PaymentRow { out_trade_no: trade_no(71), ..seed::payment(id(72), id(62)) };
    assert!(!tx.insert_payment(&same).await.unwrap());
    let found = tx.payment_by_trade_no(&trade_no(71)).await.unwrap().unwrap();
    assert_eq!(found.payment_id, id(71));
    assert!(tx.payment_by_trade_no(&trade_no(72)).await.unwrap().is_none());
}

async fn a_transaction_of_the_provider_pays_one_payment(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = two_orders(&store, &town).await;
    tx.insert_payment(&seed::payment(id(71), id(61))).await.unwrap();
    tx.insert_payment(&seed::payment(id(72), id(62))).await.unwrap();
    let mut paid = tx.payment(id(71)).await.unwrap().unwrap();
    paid.state = "succeeded".into();
    paid.transaction_id = Some("4200000001".into());
    paid.succeeded_at = Some(MORNING);
    tx.update_payment(&paid).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin(Lane::Command).await.unwrap();
    let twice = PaymentRow { payment_id: id(72), ..paid };
    let refused = tx.update_payment(&twice).await.unwrap_err();
    assert!(matches!(refused, StoreError::Database(_)), "{refused:?}");
    drop(tx);
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.payment(id(72)).await.unwrap().unwrap().transaction_id, None);
    assert_eq!(tx.pending_payments(MORNING + 1, 10).await.unwrap().len(), 1);
    assert_eq!(tx.order_sums(id(61)).await.unwrap().paid_fen, 200);
    assert_eq!(tx.order_sums(id(62)).await.unwrap().paid_fen, 0);
}

on_both_databases! {
    a_visit_has_one_order,
    an_order_keeps_what_an_event_changed,
    every_page_of_orders_follows_the_one_before_while_new_ones_come,
    walking_through_all_orders_meets_each_once,
    a_bill_is_revised_but_never_rewritten,
    an_order_has_one_pending_payment,
    a_number_at_the_provider_names_one_payment,
    a_transaction_of_the_provider_pays_one_payment,
}

async fn insert_order_of(store: &Store, town: &Town, at: (i64, Uuid), account: Uuid) {
    let (opened_at, order_id) = at;
    let order =
        OrderRow { opened_at, account_id: Some(account), ..seed::order(order_id, town, order_id) };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_order(&order).await.unwrap());
    tx.commit().await.unwrap();
}

async fn two_orders(store: &Store, town: &Town) -> Tx {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_order(&seed::order(id(61), town, id(41))).await.unwrap();
    tx.insert_order(&seed::order(id(62), town, id(42))).await.unwrap();
    tx
}

fn bill(revision: i64, total_fen: i64) -> BillRow {
    BillRow {
        order_id: id(61),
        revision,
        tariff_id: "t1".into(),
        tariff_revision: 1,
        tariff_version: 1,
        engine_version: 1,
        case_json: r#"{"车":"small"}"#.into(),
        bill_json: "{}".into(),
        evidence_json: "{}".into(),
        total_fen,
        made_at: MORNING,
    }
}

fn trade_no(payment: u128) -> String {
    seed::payment(id(payment), id(0)).out_trade_no
}
