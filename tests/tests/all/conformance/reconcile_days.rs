//! Days of a channel's bills: which wait, and what became of their lines.

use store::{Lane, LineFilter, ReconcileDayRow, Store};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, id};

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
    days_wait_until_they_are_done_and_lines_are_found_by_what_became_of_them,
}
