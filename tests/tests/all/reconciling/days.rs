//! Days with every kind of trouble on both databases: midnight, unknown and missing payments, other
//! amounts, a bill that comes again with other content, two who reconcile at once.

use billing::ledger::Channel;
use billing::reconcile::empty_bill;
use gateway::flow::Refusal;
use gateway::flow::actor::Actor;
use gateway::flow::payouts::{Payouts, load_payouts, look_at_payouts};
use gateway::flow::prove_books::prove_books;
use gateway::flow::reconcile_day::{Reconciled, Reconciling, reconcile_day};
use gateway::flow::statement::payee_named;
use store::{Lane, OrderRow, PaymentRow, ReconcileDayRow, Store};
use vocabulary::Timestamp;

use super::{HEADER, SUMMARY};
use crate::harness::database::{Database, Kind};
use crate::harness::raw;
use crate::harness::seed::{self, MORNING, Town, id};

pub(super) const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// Midnight of 15 September 2026 in +08:00: the morning is at 08:00.
pub(super) const MIDNIGHT: i64 = MORNING - 8 * 3_600_000;

/// A line of a bill: time, number, transaction, fen. All are payments, with a fee of 0.6 %.
pub(super) type Paid<'a> = (&'a str, &'a str, &'a str, i64);

pub(super) fn bill(day: &str, lines: &[Paid<'_>]) -> String {
    let yuan = |fen: i64| vocabulary::Fen(fen).yuan();
    let fee = |fen: i64| (fen * 6 + 500) / 1_000;
    let row = |(time, number, transaction, fen): &Paid<'_>| {
        let (amount, fee) = (yuan(*fen), yuan(fee(*fen)));
        format!(
            "`{day} {time},`wx1,`1900000001,`0,`,`{transaction},`{number},`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`{amount},`0.00,`0,`0,`0.00,`0.00,`,`,`停车费,`,`{fee}000,`0.60%,`{amount},`0.00,`\n"
        )
    };
    let rows: String = lines.iter().map(row).collect();
    let paid = yuan(lines.iter().map(|l| l.3).sum());
    let fees = yuan(lines.iter().map(|l| fee(l.3)).sum());
    format!(
        "{HEADER}\n{rows}{SUMMARY}\n`{},`{paid},`0.00,`0.00,`{fees}000,`{paid},`0.00\n",
        lines.len()
    )
}

/// An order with a payment: its number, state, and when it succeeded.
pub(super) async fn payment(
    store: &Store,
    town: &Town,
    number: u128,
    state: &str,
    at: i64,
    fen: i64,
) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let order =
        OrderRow { state: "paid".into(), ..seed::order(id(1_000 + number), town, id(number)) };
    tx.insert_order(&order).await.unwrap();
    let row = PaymentRow { amount_fen: fen, ..seed::payment(id(2_000 + number), order.order_id) };
    tx.insert_payment(&row).await.unwrap();
    if state == "succeeded" {
        let paid = PaymentRow {
            state: state.into(),
            transaction_id: Some(format!("42{number}")),
            succeeded_at: Some(at),
            ..row
        };
        tx.update_payment(&paid).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The number by which the provider knows the payment of `payment(number)`.
pub(super) fn out_trade_no(number: u128) -> String {
    seed::payment(id(2_000 + number), id(0)).out_trade_no
}

async fn reconcile(store: &Store, day: &str, text: &str) -> Result<Reconciled, Refusal> {
    reconcile_at(store, day, text, MIDNIGHT + 3 * DAY_MS).await
}

pub(super) async fn reconcile_at(
    store: &Store,
    day: &str,
    text: &str,
    now: i64,
) -> Result<Reconciled, Refusal> {
    let payee = payee_named(&mut store.read().await.unwrap(), &Actor::command_line(), None).await?;
    let asked = Reconciling {
        channel: Channel::Wechat,
        day: day.parse().expect("a day"),
        text,
        payee: &payee,
        merchant: None,
        by: "lin",
        now: Timestamp::from_ms(now),
        machine_now_ms: 0,
    };
    reconcile_day(store, &asked).await
}

pub(super) fn outcomes(report: &Reconciled) -> Vec<(&'static str, usize)> {
    report.outcomes.iter().filter(|(_, n)| **n > 0).map(|(o, n)| (*o, *n)).collect()
}

pub(super) async fn open_cases(store: &Store) -> Vec<String> {
    let rows = store.read().await.unwrap().open_cases("reconciliation", 100).await.unwrap();
    assert!(rows.iter().all(|(_, _, owner)| owner.as_deref() == Some("finance")), "{rows:?}");
    rows.into_iter().map(|(key, ..)| key).collect()
}

async fn stand(store: &Store, town: &Town, account: &str) -> i64 {
    let rows = store.read().await.unwrap().trial(Some(town.payee_id), "", "9999").await.unwrap();
    rows.iter().find(|r| r.account == account).map_or(0, |r| r.debit_fen - r.credit_fen)
}

pub(super) async fn check_proof(store: &Store) {
    let proved = prove_books(&mut store.snapshot().await.unwrap()).await.unwrap();
    let told: Vec<_> = proved.iter().flat_map(|p| &p.differences).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn each_kind_of_trouble_ends_as_it_is_written_and_a_second_run_books_nothing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        let noon = MIDNIGHT + DAY_MS / 2;
        for (number, state, fen) in [
            (1, "succeeded", 300),
            (2, "succeeded", 300),
            (3, "created", 300),
            (4, "succeeded", 300),
        ] {
            payment(&store, &town, number, state, noon, fen).await;
        }
        let names: Vec<String> = (1..=4).map(out_trade_no).collect();
        let text = bill(
            "2026-09-15",
            &[
                ("12:00:00", &names[0], "421", 300),
                ("12:00:00", &names[1], "422", 500),
                ("12:00:00", &names[2], "423", 300),
                ("13:00:00", "stranger", "4299", 700),
            ],
        );
        let first = reconcile(&store, "2026-09-15", &text).await.unwrap();
        let expected = [
            ("amount_differs", 1),
            ("matched", 1),
            ("missing_here", 1),
            ("missing_there", 1),
            ("status_differs", 1),
        ];
        assert_eq!(outcomes(&first), expected);
        assert_eq!((first.booked, first.cases_opened, first.exceptions.len()), (2, 4, 4));
        // 0.6 % of 18.00 yuan, each line to the fen: 2 + 3 + 2 + 4.
        assert_eq!((first.paid_fen, first.fee_fen), (1_800, 11));
        assert_eq!(stand(&store, &town, "suspense").await, -700);
        assert_eq!(stand(&store, &town, "channel_fee:wechat").await, 11);
        // The payment that only the channel knows as paid is asked for.
        let (jobs, _) = store.read().await.unwrap().count_jobs().await.unwrap();
        assert_eq!((jobs, open_cases(&store).await.len()), (1, 4));

        let again = reconcile(&store, "2026-09-15", &text).await.unwrap();
        assert_eq!(outcomes(&again), expected);
        assert_eq!((again.booked, again.cases_opened, again.cases_closed), (0, 0, 0));

        // The provider's answer came in: the line matches, its case is closed and kept.
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let row = tx.payment(id(2_003)).await.unwrap().unwrap();
        let paid = PaymentRow {
            state: "succeeded".into(),
            transaction_id: Some("423".into()),
            succeeded_at: Some(noon),
            ..row
        };
        tx.update_payment(&paid).await.unwrap();
        tx.commit().await.unwrap();
        let later = reconcile(&store, "2026-09-15", &text).await.unwrap();
        assert_eq!((later.booked, later.cases_closed, open_cases(&store).await.len()), (0, 1, 3));

        // The bill comes again, with another fee: what is booked stays, and somebody has to look.
        let other = text.replace("`0.02000,`0.60%,`3.00", "`0.01000,`0.60%,`3.00");
        let other = other.replace("`0.11000,", "`0.09000,");
        let changed = reconcile(&store, "2026-09-15", &other).await.unwrap();
        assert_eq!((changed.booked, changed.cases_opened), (0, 1));
        assert_eq!(stand(&store, &town, "channel_fee:wechat").await, 11);
        assert!(open_cases(&store).await.iter().any(|key| key.ends_with("bill_changed")));
        check_proof(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn a_payment_at_midnight_is_found_on_the_bill_beside_it_or_is_missing_there() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        let end = MIDNIGHT + DAY_MS;
        for (number, at) in
            [(1, end - MINUTE_MS), (2, end - MINUTE_MS), (3, end + MINUTE_MS), (4, end + MINUTE_MS)]
        {
            payment(&store, &town, number, "succeeded", at, 300).await;
        }
        let names: Vec<String> = (1..=4).map(out_trade_no).collect();
        // Of the late two and of the early two, one each stands on the other day's bill.
        let first = bill("2026-09-15", &[("23:59:59", &names[2], "423", 300)]);
        let second = bill("2026-09-16", &[("00:00:01", &names[0], "421", 300)]);
        let report = reconcile(&store, "2026-09-15", &first).await.unwrap();
        assert_eq!(outcomes(&report), [("expected", 2), ("matched", 1)]);
        assert!(report.is_clean() && open_cases(&store).await.is_empty());
        let report = reconcile(&store, "2026-09-16", &second).await.unwrap();
        // Payment 3 is on the day before, payment 4 on neither bill; payment 2 was waited for and is missing.
        assert_eq!(outcomes(&report), [("matched", 2), ("missing_there", 1)]);
        assert_eq!(report.cases_opened, 2);
        let keys = open_cases(&store).await;
        let of = |day: &str, number: &String| {
            format!("reconcile:wechat:{day}:payment:{number}:missing_there")
        };
        assert_eq!(keys, [of("2026-09-15", &names[1]), of("2026-09-16", &names[3])]);
        let again = reconcile(&store, "2026-09-15", &first).await.unwrap();
        assert_eq!(outcomes(&again), [("matched", 2), ("missing_there", 1)]);
        assert_eq!((again.cases_opened, again.booked), (0, 0));
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_reconcile_a_day_at_once_book_it_once() {
    let database = Database::fresh(Kind::Postgres).await;
    let store = database.open().await;
    let town = seed::town(&store, 1).await;
    let noon = MIDNIGHT + DAY_MS / 2;
    for number in 1..=20 {
        payment(&store, &town, number, "succeeded", noon, 300).await;
    }
    let names: Vec<String> = (1..=20).map(out_trade_no).collect();
    let ids: Vec<String> = (1..=20).map(|n| format!("42{n}")).collect();
    let mut lines: Vec<Paid<'_>> =
        names.iter().zip(&ids).map(|(n, t)| ("12:00:00", n.as_str(), t.as_str(), 300)).collect();
    lines.push(("13:00:00", "stranger", "4299", 700));
    let text = bill("2026-09-15", &lines);
    let run = || {
        let (store, text) = (store.clone(), text.clone());
        tokio::spawn(async move { reconcile(&store, "2026-09-15", &text).await.unwrap() })
    };
    let (one, other, third) = (run(), run(), run());
    let (one, other, third) = (one.await.unwrap(), other.await.unwrap(), third.await.unwrap());
    assert_eq!(one.booked + other.booked + third.booked, 2);
    assert_eq!(one.cases_opened + other.cases_opened + third.cases_opened, 1);
    // 20 fees of 2 fen and one of 4.
    assert_eq!(stand(&store, &town, "channel_fee:wechat").await, 44);
    check_proof(&store).await;
    store.close().await;
}

#[tokio::test]
async fn payouts_are_booked_as_they_arrive_and_compared_once_their_bills_are_there() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        payment(&store, &town, 1, "succeeded", MIDNIGHT + DAY_MS / 2, 1_000).await;
        let head =
            "settlement_no,channel,payee,paid_on,from_on,to_on,gross,fee,net,received_in,receipt";
        let row = |number: &str, gross: &str, net: &str| {
            format!(
                "{head}\n{number},wechat,,2026-09-16,2026-09-15,2026-09-15,{gross},0.06,{net},bank,B1\n"
            )
        };
        let now = Timestamp::from_ms(MIDNIGHT + 2 * DAY_MS);
        let load = |text: String| {
            let store = store.clone();
            async move { load_payouts(&store, &Actor::command_line(), &text, now).await }
        };
        let early = load(row("S1", "10.00", "9.94")).await.unwrap();
        assert_eq!((early.booked, early.outcomes.get("expected")), (1, Some(&1)));
        assert_eq!(stand(&store, &town, "bank").await, 994);
        let name = out_trade_no(1);
        let text = bill("2026-09-15", &[("12:00:00", &name, "421", 1_000)]);
        reconcile(&store, "2026-09-15", &text).await.unwrap();
        let mut report = Payouts::default();
        look_at_payouts(&store, Channel::Wechat, now, &mut report).await.unwrap();
        assert!(report.is_clean() && report.booked == 0, "{report:?}");
        let again = load(row("S1", "10.00", "9.94")).await.unwrap();
        assert_eq!((again.booked, again.outcomes.get("matched")), (0, Some(&1)));
        let Err(Refusal::Conflict { code, .. }) = load(row("S1", "10.01", "9.95")).await else {
            panic!("a payout was booked otherwise")
        };
        assert_eq!(code, "settlement_differs");
        let more = load(row("S2", "10.05", "9.99")).await.unwrap();
        assert_eq!((more.outcomes.get("amount_differs"), more.cases_opened), (Some(&1), 1));
        assert!(!more.is_clean());
        // A week later nothing has paid for the next day.
        payment(&store, &town, 2, "succeeded", MIDNIGHT + 3 * DAY_MS / 2, 1_000).await;
        let name = out_trade_no(2);
        let text = bill("2026-09-16", &[("12:00:00", &name, "422", 1_000)]);
        reconcile(&store, "2026-09-16", &text).await.unwrap();
        for (days, missing) in [(8, 0), (9, 1), (10, 1)] {
            let mut report = Payouts::default();
            let at = Timestamp::from_ms(MIDNIGHT + days * DAY_MS);
            look_at_payouts(&store, Channel::Wechat, at, &mut report).await.unwrap();
            assert_eq!(report.unsettled_days, missing, "after {days} days");
        }
        check_proof(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn a_day_that_is_not_over_is_refused_and_still_gets_its_bill() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        payment(&store, &town, 1, "succeeded", MIDNIGHT + DAY_MS / 2, 300).await;
        let text = bill("2026-09-15", &[("12:00:00", &out_trade_no(1), "421", 300)]);
        let evening = MIDNIGHT + DAY_MS - 1;
        for (day, text) in [
            ("2026-09-15", text.clone()),
            ("2026-09-15", empty_bill()),
            ("2026-09-16", empty_bill()),
            ("2026-10-30", empty_bill()),
        ] {
            match reconcile_at(&store, day, &text, evening).await {
                Err(Refusal::Conflict { code, .. }) => assert_eq!(code, "day_not_over", "{day}"),
                other => panic!("{day}: {other:?}"),
            }
        }
        let span = ("2026-09-01", "2026-12-31");
        let kept = store.read().await.unwrap().reconcile_days(span, None, 10).await.unwrap();
        assert!(kept.is_empty(), "{kept:?}");
        assert!(open_cases(&store).await.is_empty());
        let report = reconcile_at(&store, "2026-09-15", &text, evening + 1).await.unwrap();
        assert_eq!(outcomes(&report), [("matched", 1)], "{report:?}");
        store.close().await;
    }
}

/// What makes days wait again that were done before they were over.
const AGAIN: [(Kind, &str); 2] = [
    (Kind::Sqlite, include_str!("../../../../store/migrations/sqlite/0023_reconcile_again.sql")),
    (
        Kind::Postgres,
        include_str!("../../../../store/migrations/postgres/0023_reconcile_again.sql"),
    ),
];

#[tokio::test]
async fn days_that_were_done_before_they_were_over_wait_for_their_bill() {
    for (kind, sql) in AGAIN {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let over = MIDNIGHT + DAY_MS;
        let mut tx = store.begin(Lane::Command).await.unwrap();
        for (merchant, done_at) in [("early", over - 1), ("late", over)] {
            tx.keep_reconcile_day(&ReconcileDayRow {
                channel: "wechat".into(),
                merchant: merchant.into(),
                bill_on: "2026-09-15".into(),
                state: "done".into(),
                tries: 0,
                failure: None,
                asked_at: Some(done_at),
                done_at: Some(done_at),
            })
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        raw::run(&database.url, sql).await.unwrap();
        let waiting = store.read().await.unwrap().waiting_reconcile_days(10).await.unwrap();
        let stand: Vec<_> =
            waiting.iter().map(|day| (day.merchant.as_str(), day.done_at)).collect();
        assert_eq!(stand, [("early", None)]);
        store.close().await;
    }
}

pub(super) const PAYOUTS: &str =
    "settlement_no,channel,payee,paid_on,from_on,to_on,gross,fee,net,received_in,receipt";

/// A payout of 17 September, of payments less a fee of 0.6 %.
fn payout(number: &str, (from, to): (u32, u32), gross_fen: i64) -> String {
    let fee = gross_fen * 6 / 1_000;
    let [gross, fee, net] =
        [gross_fen, fee, gross_fen - fee].map(|fen| vocabulary::Fen(fen).yuan());
    format!(
        "{number},wechat,,2026-09-17,2026-09-{from},2026-09-{to},{gross},{fee},{net},bank,R-{number}\n"
    )
}

/// 100.00 on 15 September and 50.00 on the 16th, both billed; the 17th, 12:00, is now.
async fn two_billed_days(store: &Store) -> (Town, Timestamp) {
    let town = seed::town(store, 1).await;
    for (number, day, fen) in [(1, 0, 10_000), (2, 1, 5_000)] {
        payment(store, &town, number, "succeeded", MIDNIGHT + day * DAY_MS + DAY_MS / 2, fen).await;
        let day = format!("2026-09-{}", 15 + day);
        let transaction = format!("42{number}");
        let text = bill(&day, &[("12:00:00", &out_trade_no(number), &transaction, fen)]);
        assert!(reconcile(store, &day, &text).await.unwrap().is_clean());
    }
    (town, Timestamp::from_ms(MIDNIGHT + 5 * DAY_MS / 2))
}

#[tokio::test]
async fn a_day_is_paid_for_once() {
    type Load<'a> = (&'a str, (u32, u32), i64);
    // What is loaded one after the other, and how each payout stands at the end.
    let cases: [(&[Load<'_>], &str); 7] = [
        (&[("S1", (15, 15), 10_000), ("S2", (15, 15), 10_000)], "S1 matched, S2 amount_differs"),
        // Whichever number the second one has, and when the first is loaded again.
        (
            &[("S2", (15, 15), 10_000), ("S1", (15, 15), 10_000), ("S2", (15, 15), 10_000)],
            "S1 amount_differs, S2 matched",
        ),
        (&[("S1", (15, 15), 10_000), ("S2", (16, 16), 5_000)], "S1 matched, S2 matched"),
        (&[("S1", (15, 16), 15_000), ("S2", (16, 16), 5_000)], "S1 matched, S2 amount_differs"),
        (&[("S1", (15, 15), 10_000), ("S2", (15, 16), 15_000)], "S1 matched, S2 amount_differs"),
        // The rest of a span that was paid for in part.
        (&[("S1", (15, 15), 10_000), ("S2", (15, 16), 5_000)], "S1 matched, S2 matched"),
        // Parts that make the amount together.
        (&[("S1", (15, 15), 6_000), ("S2", (15, 15), 4_000)], "S1 matched, S2 matched"),
    ];
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for (loads, expected) in cases {
            let database = Database::fresh(kind).await;
            let store = database.open().await;
            let (town, now) = two_billed_days(&store).await;
            for (number, days, gross) in loads {
                let text = format!("{PAYOUTS}\n{}", payout(number, *days, *gross));
                load_payouts(&store, &Actor::command_line(), &text, now).await.unwrap();
            }
            let span = (("wechat", town.payee_id), "2026-09-15", "2026-09-16");
            let mut tx = store.read().await.unwrap();
            let rows = tx.settlements_touching(span.0, span.1, span.2).await.unwrap();
            drop(tx);
            let mut stand: Vec<String> =
                rows.iter().map(|row| format!("{} {}", row.settlement_no, row.outcome)).collect();
            stand.sort();
            assert_eq!(stand.join(", "), expected, "{loads:?}");
            let differing: Vec<String> = rows
                .iter()
                .filter(|row| row.outcome == "amount_differs")
                .map(|row| format!("settlement:wechat:{}", row.settlement_no))
                .collect();
            assert_eq!(open_cases(&store).await, differing, "{loads:?}");
            check_proof(&store).await;
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_table_of_payouts_is_booked_whole_or_not_at_all() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let (town, now) = two_billed_days(&store).await;
        let good = payout("S1", (15, 15), 10_000);
        let other = payout("S2", (16, 16), 5_000);
        for (second, expected) in [
            (other.replace("wechat,,", "wechat,nobody,"), "payee_unknown"),
            (other.replace(",bank,", ",treasury,"), "other_regime"),
            (payout("S1", (15, 15), 9_000), "settlement_differs"),
            (other.replace("09-17", "09-18"), "settlement_in_future"),
            (other.replace("2026-09-17", "2030-09-16"), "settlement_in_future"),
        ] {
            let text = format!("{PAYOUTS}\n{good}{second}");
            let refused = load_payouts(&store, &Actor::command_line(), &text, now).await;
            let (code, detail) = match refused {
                Err(
                    Refusal::Missing { code, detail }
                    | Refusal::Refused { code, detail }
                    | Refusal::Conflict { code, detail },
                ) => (code, detail),
                other => panic!("{second}: {other:?}"),
            };
            assert_eq!(code, expected, "{second}");
            assert!(detail.contains("line 3"), "{detail}");
            assert_eq!(stand(&store, &town, "bank").await, 0, "{second}");
        }
        let text = format!("{PAYOUTS}\n{good}{other}");
        let report = load_payouts(&store, &Actor::command_line(), &text, now).await.unwrap();
        assert_eq!((report.booked, report.outcomes.get("matched")), (2, Some(&2)));
        // 99.40 and 49.70.
        assert_eq!(stand(&store, &town, "bank").await, 14_910);
        store.close().await;
    }
}

/// One payment over two orders, 2.00 and 3.00; of the second 1.00 went back the same day.
async fn joint(store: &Store, town: &Town, at: i64) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let whole = store::JointRow {
        joint_id: id(3_000),
        account_id: None,
        payee_id: town.payee_id,
        channel: "wechat".into(),
        method: "jsapi".into(),
        state: "created".into(),
        amount_fen: 500,
        payer: None,
        scene_json: None,
        out_trade_no: "whole".into(),
        prepay_id: None,
        transaction_id: None,
        created_at: at,
        expires_at: at,
        succeeded_at: None,
    };
    tx.insert_joint(&whole).await.unwrap();
    for (number, fen) in [(1, 200), (2, 300)] {
        let order = seed::order(id(3_100 + number), town, id(3_200 + number));
        tx.insert_order(&OrderRow { state: "paid".into(), ..order.clone() }).await.unwrap();
        let part = PaymentRow {
            amount_fen: fen,
            out_trade_no: format!("whole.{number}"),
            ..seed::payment(id(3_300 + number), order.order_id)
        };
        assert!(tx.insert_part(&part, whole.joint_id).await.unwrap());
        let paid = PaymentRow {
            state: "succeeded".into(),
            transaction_id: Some(format!("4277.{number}")),
            succeeded_at: Some(at),
            ..part
        };
        tx.update_payment(&paid).await.unwrap();
    }
    let paid = store::JointRow {
        state: "succeeded".into(),
        transaction_id: Some("4277".into()),
        succeeded_at: Some(at),
        ..whole
    };
    tx.update_joint(&paid).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_payment_over_several_orders_is_one_line_of_the_bill() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        joint(&store, &town, MIDNIGHT + DAY_MS / 2).await;
        let text = bill("2026-09-15", &[("12:00:00", "whole", "4277", 500)]);
        let report = reconcile(&store, "2026-09-15", &text).await.unwrap();
        assert_eq!(outcomes(&report), [("matched", 1)], "{report:?}");
        assert!(report.is_clean());
        let other = bill("2026-09-15", &[("12:00:00", "whole", "4277", 400)]);
        let differs = reconcile(&store, "2026-09-15", &other).await.unwrap();
        assert_eq!(differs.outcomes.get("amount_differs"), Some(&1));
        store.close().await;
    }
}
