//! Prepaid balances: what the database itself does not let happen, whoever writes.

use store::{Lane, PaymentRow, PrepaidMoveRow, Store, TopUpRow};
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

on_both_databases! {
    a_balance_changes_by_moves_that_follow_one_another_and_never_goes_below_nothing,
    many_at_once_never_take_more_than_there_is,
    a_balance_is_found_by_what_was_paid_from_it_whoever_holds_the_order,
    top_ups_are_found_by_how_far_they_are,
}
