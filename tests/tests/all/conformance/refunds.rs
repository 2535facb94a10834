//! Refunds and cash: what the database itself does not let happen, whoever writes and how many at once.

use store::{
    CashDepositRow, CashRangeRow, CashReceiptRow, CashShiftRow, Lane, PaymentRow, RefundRow,
    StaffRow, Store,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, Town, id};

fn refund(number: u128, payment: u128, fen: i64, state: &str) -> RefundRow {
    RefundRow {
        refund_id: id(number),
        order_id: Some(id(61)),
        payment_id: id(payment),
        out_refund_no: format!("r{number}"),
        amount_fen: fen,
        reason: "priced".into(),
        state: state.into(),
        way: "channel".into(),
        provider_refund_id: None,
        asked_by: "system".into(),
        failure: None,
        hand_reference: None,
        hand_by: None,
        created_at: MORNING,
        changed_at: MORNING,
    }
}

/// An order with two payments of 2.00 yuan that succeeded, and one that did not.
async fn paid(store: &Store) -> Town {
    let town = seed::town(store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_order(&seed::order(id(61), &town, id(41))).await.unwrap();
    for (number, state, at) in [(71, "succeeded", 1), (72, "succeeded", 2), (73, "closed", 3)] {
        let transaction_id = (state == "succeeded").then(|| format!("4200{number}"));
        let payment = PaymentRow {
            state: state.into(),
            transaction_id,
            succeeded_at: (state == "succeeded").then_some(MORNING + at),
            ..seed::payment(id(number), id(61))
        };
        assert!(tx.insert_payment(&payment).await.unwrap());
    }
    tx.commit().await.unwrap();
    town
}

async fn insert(store: &Store, row: &RefundRow) -> store::Result<()> {
    let mut tx = store.begin(Lane::Command).await?;
    tx.insert_refund(row).await?;
    tx.commit().await
}

async fn refunds_of_a_payment_never_exceed_it(store: Store) {
    paid(&store).await;
    insert(&store, &refund(1, 71, 150, "requested")).await.unwrap();
    for (row, fits) in [
        (refund(2, 71, 51, "requested"), false),
        (refund(2, 71, 0, "requested"), false),
        (refund(2, 71, -5, "requested"), false),
        (refund(2, 73, 1, "requested"), false),
        (refund(2, 71, 50, "requested"), true),
        (refund(3, 71, 1, "requested"), false),
        (refund(3, 72, 200, "requested"), true),
        (refund(3, 72, 1, "requested"), false),
    ] {
        let stored = insert(&store, &row).await;
        assert_eq!(stored.is_ok(), fits, "{row:?}: {stored:?}");
        if let Err(error) = stored {
            assert!(error.blames_data(), "{error}");
        }
    }
    // What is closed gives its amount back; what was asked for is not changed afterwards.
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.update_refund(&RefundRow { state: "closed".into(), ..refund(1, 71, 150, "") })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let revived = RefundRow { state: "processing".into(), ..refund(1, 71, 150, "") };
    assert!(tx.update_refund(&revived).await.is_err(), "a closed refund stays closed");
    drop(tx);
    insert(&store, &refund(4, 71, 150, "requested")).await.unwrap();
    assert!(insert(&store, &refund(5, 71, 1, "requested")).await.is_err());
    let left = store.read().await.unwrap().payments_left(id(61)).await.unwrap();
    let seen: Vec<_> = left.iter().map(|p| (p.payment_id, p.taken_fen, p.refunds)).collect();
    assert_eq!(seen, [(id(72), 200, 1), (id(71), 200, 3)], "newest first");
}

async fn many_refunds_at_once_never_exceed_the_payment(store: Store) {
    paid(&store).await;
    let mut asked = JoinSet::new();
    for number in 0..60_u128 {
        let store = store.clone();
        let fen = 7 + i64::try_from(number % 5).unwrap();
        asked.spawn(async move {
            loop {
                match insert(&store, &refund(100 + number, 71, fen, "requested")).await {
                    Err(store::StoreError::Again(_)) => {}
                    Err(error) => {
                        assert!(error.blames_data(), "{error}");
                        return 0;
                    }
                    Ok(()) => return fen,
                }
            }
        });
    }
    let mut given = 0;
    while let Some(fen) = asked.join_next().await {
        given += fen.unwrap();
    }
    let left = store.read().await.unwrap().payments_left(id(61)).await.unwrap();
    let taken = left.iter().find(|p| p.payment_id == id(71)).unwrap().taken_fen;
    assert_eq!(taken, given);
    // 60 requests of 7 to 11 fen ask for 540: the smallest that is refused would not fit.
    assert!((190..=200).contains(&taken), "{taken}");
}

async fn refunds_are_found_by_number_state_and_order(store: Store) {
    let town = paid(&store).await;
    for (number, at) in [(1, 3), (2, 1), (3, 2)] {
        let row = RefundRow { created_at: MORNING + at, ..refund(number, 71, 10, "requested") };
        insert(&store, &row).await.unwrap();
    }
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let mut row = tx.refund_by_no("r3").await.unwrap().unwrap();
    (row.state, row.provider_refund_id) = ("abnormal".into(), Some("5030".into()));
    (row.hand_reference, row.hand_by) = (Some("17".into()), Some("anna".into()));
    (row.failure, row.changed_at) = (Some("why".into()), MORNING + 9);
    tx.update_refund(&row).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.refund(id(3)).await.unwrap().unwrap(), row);
    let numbers =
        |rows: &[RefundRow]| rows.iter().map(|r| r.out_refund_no.clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&tx.refunds_of_order(id(61)).await.unwrap()), ["r2", "r3", "r1"]);
    assert_eq!(numbers(&tx.open_refunds(MORNING + 3, 9).await.unwrap()), ["r2"]);
    let operator = Some(town.operator_id);
    let first = tx.refunds_in_state("requested", operator, None, 1).await.unwrap();
    assert_eq!(numbers(&first), ["r2"]);
    let after = Some((first[0].created_at, first[0].refund_id));
    assert_eq!(numbers(&tx.refunds_in_state("requested", None, after, 9).await.unwrap()), ["r1"]);
    assert!(tx.refunds_in_state("requested", Some(id(999)), None, 9).await.unwrap().is_empty());
}

fn range(number: u128, first: i64, last: i64, town: &Town) -> CashRangeRow {
    CashRangeRow {
        range_id: id(number),
        operator_id: town.operator_id,
        collector_id: id(500),
        series: "BY".into(),
        first_number: first,
        last_number: last,
        handed_at: MORNING,
        handed_by: "anna".into(),
        returned_at: None,
    }
}

fn shift(number: u128, town: &Town) -> CashShiftRow {
    CashShiftRow {
        shift_id: id(number),
        operator_id: town.operator_id,
        payee_id: town.payee_id,
        collector_id: id(500),
        state: "open".into(),
        float_fen: 5_000,
        taken_fen: 0,
        paid_out_fen: 0,
        counted_fen: 0,
        float_from: Some(id(501)),
        opened_at: MORNING,
        counted_at: None,
        handed_in_at: None,
        cashier_id: None,
    }
}

fn receipt(number: &str, shift_id: Uuid, town: &Town) -> CashReceiptRow {
    CashReceiptRow {
        operator_id: town.operator_id,
        receipt_no: number.into(),
        shift_id,
        collector_id: id(500),
        content_hash: vec![7; 32],
        amount_fen: 300,
        taken_at: MORNING,
        uploaded_at: MORNING + 1,
        order_id: None,
        payment_id: None,
        outcome: "suspense".into(),
    }
}

async fn street(store: &Store) -> Town {
    let town = seed::town(store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (number, login) in [(500, "collector"), (501, "cashier")] {
        let staff = StaffRow {
            staff_id: id(number),
            operator_id: None,
            login: login.into(),
            password_hash: String::new(),
            role: "inspector".into(),
            created_at: MORNING,
            disabled_at: None,
        };
        assert!(tx.insert_staff(&staff).await.unwrap());
    }
    tx.commit().await.unwrap();
    town
}

async fn receipt_numbers_are_handed_out_and_used_once(store: Store) {
    let town = street(&store).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.lock_cash_series(town.operator_id, "BY").await.unwrap();
    assert!(tx.insert_cash_range(&range(1, 100, 199, &town)).await.unwrap());
    assert!(!tx.insert_cash_range(&range(2, 100, 150, &town)).await.unwrap());
    for (first, last, found) in
        [(1, 99, 0), (1, 100, 1), (150, 160, 1), (199, 300, 1), (200, 300, 0)]
    {
        let within = tx.cash_ranges_within(town.operator_id, "BY", (first, last)).await.unwrap();
        assert_eq!(within.len(), found, "{first} to {last}");
    }
    assert_eq!(tx.cash_ranges_of(id(500)).await.unwrap(), [range(1, 100, 199, &town)]);
    assert!(tx.insert_cash_shift(&shift(10, &town)).await.unwrap());
    assert!(tx.insert_cash_receipt(&receipt("BY-0000100", id(10), &town)).await.unwrap());
    assert!(!tx.insert_cash_receipt(&receipt("BY-0000100", id(10), &town)).await.unwrap());
    let known = tx.cash_receipt(town.operator_id, "BY-0000100").await.unwrap().unwrap();
    assert_eq!(known, receipt("BY-0000100", id(10), &town));
    assert_eq!(tx.cash_receipts_of(id(10)).await.unwrap().len(), 1);
    assert!(tx.cash_receipt(id(999), "BY-0000100").await.unwrap().is_none());
}

async fn a_collector_has_one_open_shift_and_a_cashier_holds_what_was_handed_in(store: Store) {
    let town = street(&store).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_cash_shift(&shift(10, &town)).await.unwrap());
    assert!(!tx.insert_cash_shift(&shift(11, &town)).await.unwrap());
    assert_eq!(tx.cash_at_cashier(town.payee_id, id(501)).await.unwrap(), -5_000, "given along");
    let mut row = tx.lock_cash_shift(id(10)).await.unwrap().unwrap();
    (row.state, row.taken_fen, row.counted_fen) = ("handed_in".into(), 300, 5_290);
    (row.counted_at, row.handed_in_at) = (Some(MORNING + 1), Some(MORNING + 2));
    row.cashier_id = Some(id(501));
    tx.update_cash_shift(&row).await.unwrap();
    assert_eq!(tx.cash_shift(id(10)).await.unwrap().unwrap(), row);
    assert_eq!(tx.cash_at_cashier(town.payee_id, id(501)).await.unwrap(), 290);
    assert!(tx.insert_cash_shift(&shift(11, &town)).await.unwrap(), "the old one is over");
    let deposit = CashDepositRow {
        deposit_id: id(20),
        operator_id: town.operator_id,
        payee_id: town.payee_id,
        cashier_id: id(501),
        amount_fen: 90,
        bank_slip: "s1".into(),
        deposited_on: "2026-09-15".into(),
        made_at: MORNING,
        made_by: "anna".into(),
    };
    assert!(tx.insert_cash_deposit(&deposit).await.unwrap());
    assert!(
        !tx.insert_cash_deposit(&CashDepositRow { deposit_id: id(21), ..deposit.clone() })
            .await
            .unwrap()
    );
    assert_eq!(tx.cash_deposit(town.operator_id, "s1").await.unwrap().unwrap(), deposit);
    assert_eq!(tx.cash_at_cashier(town.payee_id, id(501)).await.unwrap(), -5_000 + 200);
    let day = (MORNING, MORNING + 1);
    assert_eq!(tx.cash_shifts_between(None, day, 9).await.unwrap().len(), 2);
    assert!(tx.cash_shifts_between(Some(id(999)), day, 9).await.unwrap().is_empty());
    assert_eq!(tx.cash_shifts_of(id(500), 1).await.unwrap()[0].shift_id, id(11), "newest first");
    assert_eq!(tx.payees_of(town.operator_id, MORNING).await.unwrap().len(), 1);
}

on_both_databases! {
    refunds_of_a_payment_never_exceed_it,
    many_refunds_at_once_never_exceed_the_payment,
    refunds_are_found_by_number_state_and_order,
    receipt_numbers_are_handed_out_and_used_once,
    a_collector_has_one_open_shift_and_a_cashier_holds_what_was_handed_in,
}
