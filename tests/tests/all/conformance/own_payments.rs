//! What an account sees of payments: for its own orders and by itself, page by page, whatever arrives meanwhile.

use store::{Lane, OrderRow, OwnPaymentRow, PaymentRow, PaymentsSeenBy, Store, Tx, VisitRow};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, Town, id};

const LIN: u128 = 51;
const WANG: u128 = 52;
const PLATE: &str = "甘D12345";

async fn both_accounts(tx: &mut Tx) {
    tx.put_account(id(LIN), "o-lin", MORNING).await.unwrap();
    tx.put_account(id(WANG), "o-wang", MORNING).await.unwrap();
}

/// An order of an account for a visit of its own.
async fn order(tx: &mut Tx, town: &Town, (number, account): (u128, Option<u128>), plate: &str) {
    let visit_id = id(1_000 + number);
    let account_id = account.map(id);
    let visit = VisitRow { plate: plate.into(), account_id, ..seed::visit(visit_id, town) };
    tx.insert_visit(&visit).await.unwrap();
    let order = OrderRow { account_id, ..seed::order(id(number), town, visit_id) };
    assert!(tx.insert_order(&order).await.unwrap());
}

/// A payment of an order that arrived so many seconds after the morning.
async fn paid(tx: &mut Tx, (number, order): (u128, u128), second: i64, payer: Option<&str>) {
    let payment = PaymentRow {
        state: "succeeded".into(),
        payer: payer.map(str::to_owned),
        transaction_id: Some(format!("t{number}")),
        succeeded_at: Some(MORNING + second * 1_000),
        ..seed::payment(id(number), id(order))
    };
    assert!(tx.insert_payment(&payment).await.unwrap());
}

fn of(account: u128, openid: &str) -> PaymentsSeenBy<'_> {
    PaymentsSeenBy {
        account_id: id(account),
        openid,
        from_at: i64::MIN,
        until_at: i64::MAX,
        plate: None,
        before: None,
    }
}

async fn seen(store: &Store, of: PaymentsSeenBy<'_>, limit: i64) -> Vec<OwnPaymentRow> {
    store.read().await.unwrap().payments_seen_by(&of, limit).await.unwrap()
}

fn ids(rows: &[OwnPaymentRow]) -> Vec<Uuid> {
    rows.iter().map(|row| row.payment_id).collect()
}

async fn an_account_sees_payments_for_its_orders_and_its_own_for_others(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    both_accounts(&mut tx).await;
    order(&mut tx, &town, (61, Some(LIN)), PLATE).await;
    order(&mut tx, &town, (62, Some(WANG)), "甘D54321").await;
    order(&mut tx, &town, (63, None), PLATE).await;
    paid(&mut tx, (71, 61), 10, Some("o-lin")).await;
    // Wang pays for Lin's vehicle by the code on the bay, and somebody unknown for Wang's.
    paid(&mut tx, (72, 61), 20, Some("o-wang")).await;
    paid(&mut tx, (73, 62), 30, None).await;
    paid(&mut tx, (74, 63), 40, Some("o-lin")).await;
    // An attempt that has not arrived.
    assert!(tx.insert_payment(&seed::payment(id(75), id(61))).await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(ids(&seen(&store, of(LIN, "o-lin"), 10).await), [id(74), id(72), id(71)]);
    assert_eq!(ids(&seen(&store, of(WANG, "o-wang"), 10).await), [id(73), id(72)]);
    // The plate finds a vehicle among one's own orders only: who paid learns no plate by it.
    let plated = |account, openid| PaymentsSeenBy { plate: Some(PLATE), ..of(account, openid) };
    assert_eq!(ids(&seen(&store, plated(LIN, "o-lin"), 10).await), [id(72), id(71)]);
    assert!(seen(&store, plated(WANG, "o-wang"), 10).await.is_empty());
    // From and until: the first instant counts, the last one does not.
    let between = PaymentsSeenBy {
        from_at: MORNING + 10_000,
        until_at: MORNING + 20_000,
        ..of(LIN, "o-lin")
    };
    assert_eq!(ids(&seen(&store, between, 10).await), [id(71)]);

    // Taken out of the account, Lin's name is on no payment of anybody's order.
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.unlink_account(id(LIN), ("deleted:1", "driver"), MORNING).await.unwrap();
    tx.commit().await.unwrap();
    assert!(seen(&store, of(LIN, "o-lin"), 10).await.is_empty());
}

async fn pages_neither_repeat_nor_skip_whatever_arrives_meanwhile(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    both_accounts(&mut tx).await;
    order(&mut tx, &town, (61, Some(LIN)), PLATE).await;
    // Two of one instant: the id tells them apart.
    for (number, second) in [(71, 10), (72, 20), (73, 20), (74, 30), (75, 40)] {
        paid(&mut tx, (number, 61), second, None).await;
    }
    tx.commit().await.unwrap();
    let first = seen(&store, of(LIN, "o-lin"), 2).await;
    assert_eq!(ids(&first), [id(75), id(74)]);
    // A newer one, and a cash slip that is uploaded late: it lies on the page that was read already.
    let mut tx = store.begin(Lane::Command).await.unwrap();
    paid(&mut tx, (76, 61), 50, None).await;
    paid(&mut tx, (77, 61), 35, None).await;
    tx.commit().await.unwrap();
    let (mut rest, mut last) = (Vec::new(), first[1].clone());
    loop {
        let before = Some((last.succeeded_at, last.payment_id));
        let page = seen(&store, PaymentsSeenBy { before, ..of(LIN, "o-lin") }, 2).await;
        let Some(newest) = page.last() else { break };
        last = newest.clone();
        rest.extend(ids(&page));
    }
    assert_eq!(rest, [id(73), id(72), id(71)]);
}

async fn what_belongs_to_a_payment_comes_with_it(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    both_accounts(&mut tx).await;
    order(&mut tx, &town, (61, Some(LIN)), PLATE).await;
    order(&mut tx, &town, (62, Some(LIN)), PLATE).await;
    paid(&mut tx, (71, 61), 10, None).await;
    paid(&mut tx, (72, 62), 20, None).await;
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let mut orders = tx.orders_of_ids(&[id(62), id(61), id(99)]).await.unwrap();
    orders.sort_unstable_by_key(|order| order.order_id);
    assert_eq!(orders.iter().map(|order| order.order_id).collect::<Vec<_>>(), [id(61), id(62)]);
    assert!(tx.refunds_of_payments(&[id(71), id(72)]).await.unwrap().is_empty());
    assert!(tx.documents_of_orders(&[id(61), id(62)]).await.unwrap().is_empty());
    let rows = tx.payments_seen_by(&of(LIN, "o-lin"), 1).await.unwrap();
    let row = &rows[0];
    assert_eq!((row.order_id, row.account_id, row.joint_id), (id(62), Some(id(LIN)), None));
    assert_eq!((row.amount_fen, row.succeeded_at), (200, MORNING + 20_000));
}

on_both_databases! {
    an_account_sees_payments_for_its_orders_and_its_own_for_others,
    pages_neither_repeat_nor_skip_whatever_arrives_meanwhile,
    what_belongs_to_a_payment_comes_with_it,
}
