//! What comes later than the day that it belongs to: a refund that the channel takes days after it was asked for, however
//! often the day is reconciled; and a payout after the day was missed.

use billing::ledger::Channel;
use billing::reconcile::empty_bill;
use gateway::flow::actor::Actor;
use gateway::flow::payouts::{Payouts, load_payouts, look_at_payouts};
use store::{Lane, RefundRow, Store};
use vocabulary::Timestamp;

use super::days::{
    DAY_MS, MIDNIGHT, PAYOUTS, bill, check_proof, open_cases, out_trade_no, outcomes, payment,
    reconcile_at,
};
use super::{HEADER, SUMMARY};
use crate::harness::database::{Database, Kind};
use crate::harness::seed::{self, id};

/// 1.00 of the payment number 1, asked for at noon of the 15th, on its way.
fn refund(number: u128) -> RefundRow {
    let at = MIDNIGHT + DAY_MS / 2;
    RefundRow {
        refund_id: id(4_000 + number),
        order_id: Some(id(1_001)),
        payment_id: id(2_001),
        out_refund_no: format!("r{number}"),
        amount_fen: 100,
        reason: "priced".into(),
        state: "processing".into(),
        way: "channel".into(),
        provider_refund_id: None,
        asked_by: "system".into(),
        failure: None,
        hand_reference: None,
        hand_by: None,
        created_at: at,
        changed_at: at,
    }
}

/// The bill of the 17th: the channel took the refund `r1`. Its fee of 0.6 fen comes back as a fen.
fn bill_with_refund() -> String {
    let number = out_trade_no(1);
    format!(
        "{HEADER}\n`2026-09-17 11:00:00,`wx1,`1900000001,`0,`,`421,`{number},`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5001,`r1,`1.00,`0.00,`ORIGINAL,`SUCCESS,`停车费,`,`-0.01000,`0.60%,`0.00,`1.00,`\n{SUMMARY}\n`1,`0.00,`1.00,`0.00,`-0.01000,`0.00,`1.00\n"
    )
}

/// Two refunds of the 15th, both on their way when its bill came; then both have ended.
async fn two_refunds(store: &Store) {
    let town = seed::town(store, 1).await;
    payment(store, &town, 1, "succeeded", MIDNIGHT - DAY_MS / 2, 300).await;
    let paid = bill("2026-09-14", &[("12:00:00", &out_trade_no(1), "421", 300)]);
    reconcile_at(store, "2026-09-14", &paid, MIDNIGHT + DAY_MS / 2).await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for number in [1, 2] {
        tx.insert_refund(&refund(number)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let now = MIDNIGHT + 3 * DAY_MS / 2;
    let first = reconcile_at(store, "2026-09-15", &empty_bill(), now).await.unwrap();
    assert_eq!(outcomes(&first), [("expected", 2)]);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for number in [1, 2] {
        let ended = RefundRow {
            state: "succeeded".into(),
            changed_at: MIDNIGHT + 5 * DAY_MS / 2,
            ..refund(number)
        };
        tx.update_refund(&ended).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_refund_that_the_channel_took_days_later_is_missing_on_no_bill_however_often_its_day_is_reconciled()
 {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        two_refunds(&store).await;
        let noon = |days: i64| MIDNIGHT + days * DAY_MS + DAY_MS / 2;
        let again = async |now: i64| {
            let report = reconcile_at(&store, "2026-09-15", &empty_bill(), now).await.unwrap();
            outcomes(&report)
        };
        // The bill on which they may stand is to come.
        assert_eq!(again(noon(2)).await, [("expected", 2)]);
        reconcile_at(&store, "2026-09-16", &empty_bill(), noon(2)).await.unwrap();
        assert!(open_cases(&store).await.is_empty());
        // It comes, with one of them.
        let text = bill_with_refund();
        let taken = reconcile_at(&store, "2026-09-17", &text, noon(3)).await.unwrap();
        assert_eq!(outcomes(&taken), [("matched", 1)]);
        assert_eq!(again(noon(3)).await, [("expected", 1), ("matched", 1)]);
        assert!(open_cases(&store).await.is_empty());
        // On the third day after it was asked for, what is on no bill is missing, and stays so.
        reconcile_at(&store, "2026-09-18", &empty_bill(), noon(4)).await.unwrap();
        let case = "reconcile:wechat:2026-09-15:refund:r2:missing_there";
        assert_eq!(open_cases(&store).await, [case]);
        assert_eq!(again(noon(4)).await, [("matched", 1), ("missing_there", 1)]);
        assert_eq!(open_cases(&store).await, [case]);
        store.close().await;
    }
}

#[tokio::test]
async fn the_case_of_a_day_that_was_not_paid_out_is_closed_by_the_payout_that_covers_it() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        for number in [1, 2] {
            let day = i64::try_from(number).unwrap() - 1;
            let at = MIDNIGHT + day * DAY_MS + DAY_MS / 2;
            payment(&store, &town, number, "succeeded", at, 1_000).await;
            let (day, transaction) = (format!("2026-09-{}", 15 + day), format!("42{number}"));
            let line = [("12:00:00", &*out_trade_no(number), &*transaction, 1_000)];
            reconcile_at(&store, &day, &bill(&day, &line), MIDNIGHT + 3 * DAY_MS).await.unwrap();
        }
        let now = Timestamp::from_ms(MIDNIGHT + 10 * DAY_MS);
        let look = async || {
            let mut report = Payouts::default();
            look_at_payouts(&store, Channel::Wechat, now, &mut report).await.unwrap();
            (report.unsettled_days, report.cases_opened)
        };
        assert_eq!(look().await, (2, 2));
        assert_eq!(look().await, (2, 0));
        let case = |day: &str| format!("settlement:wechat:{day}:{}:missing", town.payee_id);
        assert_eq!(open_cases(&store).await, [case("2026-09-15"), case("2026-09-16")]);
        let row = "S1,wechat,,2026-09-24,2026-09-15,2026-09-15,10.00,0.06,9.94,bank,B1";
        let text = format!("{PAYOUTS}\n{row}\n");
        let report = load_payouts(&store, &Actor::command_line(), &text, now).await.unwrap();
        assert_eq!(report.outcomes.get("matched"), Some(&1));
        assert_eq!(open_cases(&store).await, [case("2026-09-16")]);
        assert_eq!(look().await, (1, 0));
        check_proof(&store).await;
        store.close().await;
    }
}
