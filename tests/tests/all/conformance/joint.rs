//! A payment over several orders: what the database itself does not let happen, whoever writes.

use store::{JointRow, Lane, PaymentRow, RefundRow, Store};

use crate::harness::seed::{self, MORNING, Town, id};

/// A payment of 5.00 over two orders, 2.00 and 3.00.
async fn joint(store: &Store) -> Town {
    let town = seed::town(store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_joint(&whole(&town)).await.unwrap();
    for (number, fen) in [(1, 200), (2, 300)] {
        let order = seed::order(id(60 + number), &town, id(40 + number));
        assert!(tx.insert_order(&order).await.unwrap());
        assert!(tx.insert_part(&part(number, fen), id(80)).await.unwrap());
    }
    tx.commit().await.unwrap();
    town
}

fn whole(town: &Town) -> JointRow {
    JointRow {
        joint_id: id(80),
        account_id: Some(id(51)),
        payee_id: town.payee_id,
        channel: "wechat".into(),
        method: "jsapi".into(),
        state: "created".into(),
        amount_fen: 500,
        payer: Some("o1".into()),
        scene_json: Some(r#"{"client_ip":"192.0.2.7"}"#.into()),
        out_trade_no: "whole".into(),
        prepay_id: None,
        transaction_id: None,
        created_at: MORNING,
        expires_at: MORNING + 900_000,
        succeeded_at: None,
    }
}

fn part(number: u128, fen: i64) -> PaymentRow {
    PaymentRow {
        amount_fen: fen,
        out_trade_no: format!("whole.{number}"),
        ..seed::payment(id(70 + number), id(60 + number))
    }
}

async fn a_payment_over_several_orders_is_the_sum_of_its_parts(store: Store) {
    let town = joint(&store).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_order(&seed::order(id(63), &town, id(43))).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_part(&part(3, 1), id(80)).await.is_err(), "more than the whole");
    drop(tx);
    // An order has one attempt pending, be it a part or not.
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(!tx.insert_payment(&seed::payment(id(75), id(61))).await.unwrap());
    drop(tx);
    // 5.00 do not succeed as 4.00, nor with a part missing.
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let other = JointRow {
        joint_id: id(81),
        out_trade_no: "other".into(),
        amount_fen: 400,
        ..whole(&town)
    };
    tx.insert_joint(&other).await.unwrap();
    let done = JointRow { state: "succeeded".into(), ..other };
    assert!(tx.update_joint(&done).await.is_err(), "no part of it is there");
    drop(tx);

    let mut tx = store.begin(Lane::Command).await.unwrap();
    let mut found = tx.lock_joint(id(80)).await.unwrap().unwrap();
    assert_eq!(tx.joint_by_trade_no("whole").await.unwrap().unwrap().joint_id, id(80));
    assert_eq!(tx.joint_of(id(71)).await.unwrap().unwrap().joint_id, id(80));
    assert!(tx.attempt(id(71)).await.unwrap().is_none(), "its channel knows no part");
    assert_eq!(tx.attempt(id(80)).await.unwrap().unwrap().order_id, id(61));
    assert_eq!(tx.pending_joints(MORNING + 1, 10).await.unwrap().len(), 1);
    assert!(tx.pending_payments(MORNING + 1, 10).await.unwrap().is_empty());
    (found.state, found.transaction_id) = ("succeeded".into(), Some("4200".into()));
    found.succeeded_at = Some(MORNING + 5);
    tx.update_joint(&found).await.unwrap();
    let ended = tx.joint(id(80)).await.unwrap().unwrap();
    assert_eq!(ended.scene_json, None, "the payer's address is needed no more");
    for (place, mut row) in tx.parts_of(id(80)).await.unwrap().into_iter().enumerate() {
        row.state = "succeeded".into();
        row.transaction_id = Some(format!("4200.{}", place + 1));
        row.succeeded_at = Some(MORNING + 5);
        tx.update_payment(&row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert!(tx.broken_joints(10).await.unwrap().is_empty());
    assert!(tx.pending_joints(MORNING + 1, 10).await.unwrap().is_empty());
    // The bill has one line of it.
    let own = tx.own_payments("wechat", MORNING, MORNING + 10).await.unwrap();
    let seen: Vec<_> = own
        .iter()
        .map(|o| (o.number.as_str(), o.transaction_id.as_deref(), o.amount_fen))
        .collect();
    assert_eq!(seen, [("whole", Some("4200"), 500)]);
    let named = tx.own_payments_named("wechat", &["whole", "whole.1", "x"]).await.unwrap();
    assert_eq!(
        named.iter().map(|o| (o.id, o.payee_id)).collect::<Vec<_>>(),
        [(id(80), town.payee_id)]
    );
}

async fn a_part_that_is_elsewhere_than_its_whole_is_found(store: Store) {
    joint(&store).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.broken_joints(10).await.unwrap().is_empty());
    let mut first = tx.parts_of(id(80)).await.unwrap().remove(0);
    (first.state, first.transaction_id) = ("succeeded".into(), Some("4200.1".into()));
    tx.update_payment(&first).await.unwrap();
    assert_eq!(tx.broken_joints(10).await.unwrap(), [(id(80),)]);
}

async fn a_part_is_refunded_by_itself_under_the_number_of_the_whole(store: Store) {
    a_payment_over_several_orders_is_the_sum_of_its_parts(store.clone()).await;
    let refund = |number: u128, payment: u128, fen: i64| RefundRow {
        refund_id: id(number),
        order_id: Some(id(payment - 10)),
        payment_id: id(payment),
        out_refund_no: format!("r{number}"),
        amount_fen: fen,
        reason: "priced".into(),
        state: "requested".into(),
        way: "channel".into(),
        provider_refund_id: None,
        asked_by: "system".into(),
        failure: None,
        hand_reference: None,
        hand_by: None,
        created_at: MORNING + 6,
        changed_at: MORNING + 6,
    };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_refund(&refund(1, 71, 150)).await.unwrap();
    tx.insert_refund(&refund(2, 72, 300)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_refund(&refund(3, 71, 51)).await.is_err(), "more than its part");
    drop(tx);
    let mut tx = store.read().await.unwrap();
    let own = tx.own_refunds("wechat", MORNING, MORNING + 10).await.unwrap();
    let mut seen: Vec<_> = own
        .iter()
        .map(|o| (o.number.as_str(), o.out_trade_no.as_str(), o.transaction_id.as_deref()))
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [("r1", "whole", Some("4200")), ("r2", "whole", Some("4200"))]);
    // The channel counts the refunds of all that was paid with it.
    let left = tx.payments_left(id(61)).await.unwrap();
    assert_eq!((left[0].taken_fen, left[0].refunds), (150, 2));
}

on_both_databases! {
    a_payment_over_several_orders_is_the_sum_of_its_parts,
    a_part_that_is_elsewhere_than_its_whole_is_found,
    a_part_is_refunded_by_itself_under_the_number_of_the_whole,
}
