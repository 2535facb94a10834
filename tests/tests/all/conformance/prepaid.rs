//! Balances and payments over several orders: what the database itself does not let happen, whoever writes.

use store::{
    JointRow, Lane, LineFilter, PaymentRow, PlateSeenRow, PrepaidMoveRow, ReconcileDayRow,
    RefundRow, Store, TopUpRow,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, Town, id};

fn move_of(balance_id: Uuid, line: i64, fen: i64, then: i64) -> PrepaidMoveRow {
    PrepaidMoveRow {
        balance_id,
        line,
        kind: "used".into(),
        amount_fen: fen,
        balance_fen: then,
        order_id: id(61),
        reference: format!("{balance_id}:{line}:{fen}:{then}"),
        made_at: MORNING,
    }
}

async fn opened(store: &Store, town: &Town) -> Uuid {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let place = (town.payee_id, town.operator_id);
    let balance = tx.open_balance((id(91), id(51)), place, MORNING).await.unwrap();
    let again = tx.open_balance((id(92), id(51)), place, MORNING + 1).await.unwrap();
    assert_eq!((again.balance_id, balance.balance_fen), (balance.balance_id, 0));
    tx.commit().await.unwrap();
    balance.balance_id
}

async fn moved(store: &Store, row: &PrepaidMoveRow) -> store::Result<bool> {
    let mut tx = store.begin(Lane::Command).await?;
    let fresh = tx.move_balance(row).await?;
    tx.commit().await?;
    Ok(fresh)
}

async fn a_balance_changes_by_moves_that_follow_one_another_and_never_goes_below_nothing(
    store: Store,
) {
    let town = seed::town(&store, 1).await;
    let balance = opened(&store, &town).await;
    for (line, fen, then, fits) in [
        (1, -1, -1, false),
        (2, 500, 500, false),
        (1, 500, 400, false),
        (1, 0, 0, false),
        (1, 500, 500, true),
        (2, -501, -1, false),
        (2, -200, 300, true),
        (2, -200, 100, false),
        (3, -300, 0, true),
        (4, -1, -1, false),
    ] {
        let stored = moved(&store, &move_of(balance, line, fen, then)).await;
        assert_eq!(stored.is_ok(), fits, "{line} {fen} {then}: {stored:?}");
        if let Err(error) = stored {
            assert!(error.blames_data(), "{error}");
        }
    }
    // The same fact again changes nothing.
    assert!(!moved(&store, &move_of(balance, 2, -200, 300)).await.unwrap());
    let mut tx = store.read().await.unwrap();
    let moves = tx.prepaid_moves(balance, i64::MAX, 2).await.unwrap();
    assert_eq!(
        moves.iter().map(|m| (m.line, m.balance_fen)).collect::<Vec<_>>(),
        [(3, 0), (2, 300)]
    );
    assert!(tx.broken_balances(10).await.unwrap().is_empty());
    let sums = tx.prepaid_sums().await.unwrap();
    assert_eq!((sums[0].balances, sums[0].balance_fen), (1, 0));
}

async fn a_balance_is_found_by_what_was_paid_from_it_whoever_holds_the_order(store: Store) {
    let town = seed::town(&store, 1).await;
    let balance = opened(&store, &town).await;
    assert!(moved(&store, &move_of(balance, 1, 500, 500)).await.unwrap());
    let used = PrepaidMoveRow { reference: "prepaid-1".into(), ..move_of(balance, 2, -200, 300) };
    assert!(moved(&store, &used).await.unwrap());
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (number, transaction) in [(1, "prepaid-1"), (2, "4201")] {
        let order = store::OrderRow {
            account_id: Some(id(52)),
            ..seed::order(id(60 + number), &town, id(40 + number))
        };
        assert!(tx.insert_order(&order).await.unwrap());
        let paid = PaymentRow {
            transaction_id: Some(transaction.into()),
            ..seed::payment(id(70 + number), order.order_id)
        };
        assert!(tx.insert_payment(&paid).await.unwrap());
        tx.update_payment(&paid).await.unwrap();
    }
    let found = tx.paying_balance(id(71)).await.unwrap().unwrap();
    assert_eq!((found.balance_id, found.account_id), (balance, Some(id(51))));
    assert!(tx.paying_balance(id(72)).await.unwrap().is_none());
}

/// 60 who each want 7 to 11 fen of 200: as many get it as fit.
async fn many_at_once_never_take_more_than_there_is(store: Store) {
    let town = seed::town(&store, 1).await;
    let balance = opened(&store, &town).await;
    assert!(moved(&store, &move_of(balance, 1, 200, 200)).await.unwrap());
    let mut asked = JoinSet::new();
    for number in 0..60_i64 {
        let store = store.clone();
        let fen = 7 + number % 5;
        asked.spawn(async move {
            loop {
                // As careless as can be: it reads, and writes what it read.
                let mut tx = store.begin(Lane::Command).await.unwrap();
                let stands = tx.balances_of(id(51)).await.unwrap().remove(0);
                let row = PrepaidMoveRow {
                    reference: format!("{number}"),
                    ..move_of(balance, stands.last_line + 1, -fen, stands.balance_fen - fen)
                };
                let Ok(true) = tx.move_balance(&row).await else {
                    if stands.balance_fen < fen {
                        return 0;
                    }
                    continue;
                };
                if tx.commit().await.is_ok() {
                    return fen;
                }
            }
        });
    }
    let mut taken = 0;
    while let Some(fen) = asked.join_next().await {
        taken += fen.unwrap();
    }
    let stands = store.read().await.unwrap().balances_of(id(51)).await.unwrap().remove(0);
    assert_eq!(stands.balance_fen, 200 - taken);
    assert!((190..=200).contains(&taken), "{taken}");
    assert!(store.read().await.unwrap().broken_balances(10).await.unwrap().is_empty());
}

async fn top_ups_are_found_by_how_far_they_are(store: Store) {
    let town = seed::town(&store, 1).await;
    let balance = opened(&store, &town).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (number, state, total, opened_at) in [
        (1, "open", 0, MORNING),
        (2, "open", 0, MORNING + 9),
        (3, "paid", 500, MORNING),
        (4, "void", 0, MORNING),
    ] {
        let top_up_id = id(200 + number);
        let row = TopUpRow { top_up_id, balance_id: balance, amount_fen: 500, asked_at: MORNING };
        tx.insert_top_up(&row).await.unwrap();
        let order = store::OrderRow {
            subject_kind: "top_up".into(),
            state: state.into(),
            total_fen: total,
            opened_at,
            account_id: Some(id(51)),
            ..seed::order(id(300 + number), &town, top_up_id)
        };
        assert!(tx.insert_order(&order).await.unwrap());
    }
    assert_eq!(tx.top_ups_under_way(balance).await.unwrap(), 1_000);
    assert_eq!(tx.paid_top_ups(balance).await.unwrap(), [(id(303),)]);
    assert_eq!(tx.unpaid_top_ups(MORNING + 5, 10).await.unwrap(), [(id(301),)]);
    tx.insert_payment(&seed::payment(id(71), id(301))).await.unwrap();
    assert!(tx.unpaid_top_ups(MORNING + 5, 10).await.unwrap().is_empty(), "one is being paid");
    // A top-up is no parked vehicle, and stands in the way of the account's end all the same.
    let open = tx.open_matters(id(51)).await.unwrap();
    assert_eq!((open.parked, open.prepaid), (0, 2));
    // So does money that is to go back and waits: 3.00 paid, 2.00 owed.
    let before = open.refunds;
    let order = store::OrderRow {
        state: "paid".into(),
        total_fen: 200,
        paid_fen: 300,
        account_id: Some(id(51)),
        ..seed::order(id(390), &town, id(290))
    };
    assert!(tx.insert_order(&order).await.unwrap());
    assert_eq!(tx.open_matters(id(51)).await.unwrap().refunds, before + 1);
    assert_eq!(tx.top_up(id(203)).await.unwrap().unwrap().amount_fen, 500);
}

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

async fn a_plate_was_seen_only_at_stays_that_are_still_the_visits(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_visit(&seed::visit(id(41), &town)).await.unwrap();
    tx.insert_claim(&seed::claim(id(31), town.bays[0])).await.unwrap();
    let stay = (seed::stay(id(21), town.bays[0]), "arrived");
    tx.write_stays(&[stay], MORNING).await.unwrap();
    assert!(tx.link_stay(&seed::link(id(21), 1, id(31), id(41))).await.unwrap());
    let seen = |number: u128, stay: Option<u128>, plate: &str| PlateSeenRow {
        seen_id: id(number),
        visit_id: id(41),
        stay_id: stay.map(id),
        plate: plate.into(),
        plate_colour: None,
        method: "inspector".into(),
        seen_at: MORNING,
    };
    tx.see_plate(&seen(1, Some(21), "甘D12345")).await.unwrap();
    tx.see_plate(&seen(2, Some(22), "甘D12345")).await.unwrap();
    tx.see_plate(&seen(3, None, "甘D54321")).await.unwrap();
    let words = tx.plates_seen(&[(id(41), "甘D12345")]).await.unwrap();
    assert_eq!(words.iter().map(|w| w.seen_id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(tx.plates_seen(&[(id(41), "甘D54321")]).await.unwrap().len(), 1);
    tx.end_link(id(21), MORNING + 1).await.unwrap();
    assert!(tx.plates_seen(&[(id(41), "甘D12345")]).await.unwrap().is_empty());
    tx.hide_plate(id(41), "DELETED1").await.unwrap();
    assert!(tx.plates_seen(&[(id(41), "甘D54321")]).await.unwrap().is_empty());
}

async fn days_wait_until_they_are_done_and_lines_are_found_by_what_became_of_them(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for day in ["2026-09-16", "2026-09-15", "2026-09-16"] {
        tx.await_reconcile_day("wechat", "m", day).await.unwrap();
    }
    let waiting = tx.waiting_reconcile_days(9).await.unwrap();
    let days: Vec<_> = waiting.iter().map(|d| d.bill_on.as_str()).collect();
    assert_eq!(days, ["2026-09-15", "2026-09-16"]);
    let row = ReconcileDayRow {
        state: "done".into(),
        tries: 2,
        failure: Some("why".into()),
        asked_at: Some(MORNING),
        done_at: Some(MORNING + 1),
        ..waiting[0].clone()
    };
    assert!(tx.keep_reconcile_day(&row).await.unwrap());
    // Who read it before it was done does not undo that.
    assert!(!tx.keep_reconcile_day(&waiting[0]).await.unwrap());
    assert_eq!(tx.reconcile_day("wechat", "m", "2026-09-15").await.unwrap().unwrap(), row);
    assert_eq!(tx.waiting_reconcile_days(9).await.unwrap().len(), 1);
    let span = ("2026-09-01", "2026-09-30");
    assert_eq!(tx.reconcile_days(span, None, 9).await.unwrap().len(), 2);
    assert_eq!(tx.reconcile_days(span, Some("done"), 9).await.unwrap(), [row]);

    let line = |key: &str, kind: &str, outcome: &str, payee: Option<Uuid>| store::BillLineRow {
        channel: "wechat".into(),
        merchant: "m".into(),
        bill_on: "2026-09-15".into(),
        line_key: key.into(),
        kind: kind.into(),
        outcome: outcome.into(),
        transaction_id: None,
        out_trade_no: key.into(),
        out_refund_no: None,
        theirs_fen: Some(300),
        settled_fen: Some(300),
        ours_fen: Some(200),
        fee_millifen: 2,
        at: MORNING,
        payee_id: payee,
    };
    let own = Some(town.payee_id);
    tx.keep_bill_lines(&[
        line("a", "payment", "matched", own),
        line("b", "payment", "amount_differs", own),
        line("c", "refund", "matched", own),
        line("d", "payment", "matched", Some(id(999))),
    ])
    .await
    .unwrap();
    let filter =
        |outcome: Option<&str>, kind: Option<&str>, operator: Option<Uuid>, after: &str| {
            LineFilter {
                from_on: "2026-09-15".into(),
                to_on: "2026-09-15".into(),
                outcome: outcome.map(str::to_owned),
                kind: kind.map(str::to_owned),
                operator,
                after: if after.is_empty() {
                    (String::new(), String::new())
                } else {
                    ("2026-09-15".into(), after.into())
                },
            }
        };
    let operator = Some(town.operator_id);
    for (asked, limit, expected) in [
        (filter(None, None, None, ""), 9, "abcd"),
        (filter(None, None, operator, ""), 9, "abc"),
        (filter(Some("matched"), None, operator, ""), 9, "ac"),
        (filter(None, Some("refund"), None, ""), 9, "c"),
        (filter(None, None, None, "b"), 1, "c"),
    ] {
        let found = tx.lines_of_days(&asked, limit).await.unwrap();
        let keys: String = found.iter().map(|l| l.line_key.as_str()).collect();
        assert_eq!(keys, expected, "{asked:?}");
    }
    let outcomes = tx.day_outcomes(span, operator).await.unwrap();
    let seen: Vec<_> =
        outcomes.iter().map(|o| (o.outcome.as_str(), o.lines, o.theirs_fen, o.ours_fen)).collect();
    // Of the two that match one is a refund: it counts against the other.
    assert_eq!(seen, [("amount_differs", 1, 300, 200), ("matched", 2, 0, 0)]);
}

on_both_databases! {
    a_balance_changes_by_moves_that_follow_one_another_and_never_goes_below_nothing,
    many_at_once_never_take_more_than_there_is,
    a_balance_is_found_by_what_was_paid_from_it_whoever_holds_the_order,
    top_ups_are_found_by_how_far_they_are,
    a_payment_over_several_orders_is_the_sum_of_its_parts,
    a_part_is_refunded_by_itself_under_the_number_of_the_whole,
    a_plate_was_seen_only_at_stays_that_are_still_the_visits,
    days_wait_until_they_are_done_and_lines_are_found_by_what_became_of_them,
}
