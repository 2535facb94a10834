//! The books as those see them who answer for them: closing by two persons, statements, what is
//! handed over; and a proof that finds whatever was changed behind the program's back.

use billing::invoice::Regime;
use billing::ledger::{
    About, Channel, Entry, Fact, Means, Month, Tax, channel_fee, fee_earned, payment_received,
    suspense_received,
};
use gateway::flow::Refusal;
use gateway::flow::actor::Actor;
use gateway::flow::close_month::{Closing, close_month};
use gateway::flow::pay_over::{PaidOver, Recorded, pay_over};
use gateway::flow::prove_books::{From, prove_books, prove_payee};
use gateway::flow::sign_in::Role;
use gateway::flow::statement::{
    AccountFile, account_statement, month_statement, payee_named, trial_balance,
};
use serde_json::json;
use store::{Booked, Booking, Lane, ProofRow, Store};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, OrderId, PayeeId, Timestamp, ZoneId};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::{Database, Kind};
use crate::harness::raw;
use crate::harness::seed::{self, MORNING, Town, id};
use crate::harness::town;

const DAY_MS: i64 = 86_400_000;
/// 2026-10-02, noon in +08:00.
const OCTOBER: i64 = MORNING + 17 * DAY_MS + 4 * 3_600_000;

fn about(town: &Town, day: &str) -> About {
    About {
        operator: OperatorId(town.operator_id),
        payee: PayeeId(town.payee_id),
        zone: Some(ZoneId(town.zone_id)),
        order: Some(OrderId(id(61))),
        tax: Tax::of(Regime::Vat, Some(900)),
        day: day.parse().expect("a day"),
    }
}

async fn book(store: &Store, entry: &Entry, at: i64) -> Booked {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let booked = tx.book(entry, Uuid::now_v7(), at).await.unwrap();
    tx.commit().await.unwrap();
    booked
}

/// A fee of 3.00 and its payment on 15 September, paid 1.00 too little.
async fn september(store: &Store, town: &Town) {
    let about = about(town, "2026-09-15");
    let fee = fee_earned(&about, OrderId(id(61)), 1, Fen(0), Fen(300)).unwrap();
    let means = Means::Channel(Channel::Wechat);
    let payment = payment_received(&about, "4200", means, Fen(200)).unwrap();
    for entry in [fee, payment] {
        book(store, &entry, MORNING).await;
    }
}

fn code<T>(outcome: Result<T, Refusal>) -> &'static str {
    match outcome {
        Err(
            Refusal::Conflict { code, .. }
            | Refusal::Refused { code, .. }
            | Refusal::Missing { code, .. }
            | Refusal::Forbidden { code, .. },
        ) => code,
        Err(other) => panic!("{other:?}"),
        Ok(_) => "done",
    }
}

async fn close(
    store: &Store,
    town: &Town,
    month: &str,
    by: &str,
    at: i64,
) -> Result<Closing, Refusal> {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let month: Month = month.parse().unwrap();
    let closing = close_month(&mut tx, town.payee_id, month, by, Timestamp::from_ms(at)).await?;
    tx.commit().await.unwrap();
    Ok(closing)
}

#[tokio::test]
async fn a_month_is_closed_by_two_persons_and_what_is_late_is_posted_in_the_open_one() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        assert_eq!(code(close(&store, &town, "2026-09", "lin", OCTOBER).await), "nothing_booked");
        september(&store, &town).await;
        for (month, by, at, expected) in [
            ("2026-09", "lin", MORNING, "month_not_over"),
            ("2026-08", "lin", OCTOBER, "earlier_month_open"),
        ] {
            assert_eq!(code(close(&store, &town, month, by, at).await), expected, "{month}");
        }
        assert_eq!(
            close(&store, &town, "2026-09", "lin", OCTOBER).await.unwrap(),
            Closing::Proposed
        );
        let alone = close(&store, &town, "2026-09", "lin", OCTOBER).await;
        assert_eq!(code(alone), "second_person_needed");
        // Something comes in between: what the second person would close is not what was proposed.
        let means = Means::Channel(Channel::Wechat);
        let more = payment_received(&about(&town, "2026-09-30"), "4201", means, Fen(50)).unwrap();
        book(&store, &more, OCTOBER).await;
        let again = close(&store, &town, "2026-09", "wang", OCTOBER).await.unwrap();
        assert_eq!(again, Closing::ProposedAgain);
        assert_eq!(close(&store, &town, "2026-09", "lin", OCTOBER).await.unwrap(), Closing::Closed);
        assert_eq!(code(close(&store, &town, "2026-09", "wang", OCTOBER).await), "month_closed");
        assert_eq!(code(close(&store, &town, "2026-10", "wang", OCTOBER).await), "month_not_over");

        let back = more.reversal("2026-09-30".parse().unwrap()).unwrap();
        let posted = Booked::New("2026-10-02".parse().unwrap());
        assert_eq!(book(&store, &back, OCTOBER).await, posted);
        let mut tx = store.read().await.unwrap();
        let payee = payee_named(&mut tx, &Actor::command_line(), None).await.unwrap();
        let days = ("2026-10-01".parse().unwrap(), "2026-10-31".parse().unwrap());
        let lines = account_statement(&mut tx, &payee, "receivable", days, 10).await.unwrap();
        assert_eq!((lines.opening_fen, lines.closing_fen, lines.lines.len()), (50, 100, 1));
        let line = &lines.lines[0];
        assert_eq!((line.fact_on.as_str(), line.booked_on.as_str()), ("2026-09-30", "2026-10-02"));
        assert_eq!(line.corrects.as_deref(), Some("pay:4201"));
        drop(tx);
        let proved = prove_books(&mut store.snapshot().await.unwrap()).await.unwrap();
        assert!(proved[0].differences.is_empty(), "{:?}", proved[0].differences);
        store.close().await;
    }
}

/// 3.00 at 9 %: 2.75 and 0.25.
#[tokio::test]
async fn statements_say_what_was_earned_received_and_not_invoiced_yet() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        september(&store, &town).await;
        let mut tx = store.read().await.unwrap();
        let actor = Actor::command_line();
        let payee = payee_named(&mut tx, &actor, Some("测试收款方")).await.unwrap();
        assert_eq!(code(payee_named(&mut tx, &actor, Some("x")).await), "payee_unknown");
        let trial =
            trial_balance(&mut tx, &actor, None, "2026-09-30".parse().unwrap()).await.unwrap();
        assert_eq!((trial.debit_fen, trial.credit_fen), (300, 300));
        let shown: Vec<_> = trial.lines.iter().map(|l| l.balance_fen).collect();
        assert_eq!(shown, [200, 100, -275, -25]);
        let csv = trial.csv().unwrap();
        let first = csv.lines().nth(1).unwrap();
        assert!(
            csv.starts_with('\u{feff}')
                && first.ends_with(",channel_clearing:wechat,2.00,0.00,2.00"),
            "{csv}"
        );

        let month = month_statement(&mut tx, &payee, "2026-09".parse().unwrap()).await.unwrap();
        let [rate] = month.rates.as_slice() else { panic!("{month:?}") };
        assert_eq!(
            (rate.rate_bp, rate.earned_fen, rate.earned_net_fen, rate.tax_fen),
            (Some(900), 300, 275, 25)
        );
        assert_eq!(
            (rate.received_fen, rate.uninvoiced_fen, month.uninvoiced_to_date_fen),
            (200, 200, 200)
        );
        assert_eq!(
            (month.receivable_fen, month.vat_payable_fen, month.state.as_str()),
            (100, 25, "open")
        );
        let next = month_statement(&mut tx, &payee, "2026-10".parse().unwrap()).await.unwrap();
        assert_eq!((next.total.earned_fen, next.receivable_fen), (0, 100));

        let days = ("2026-09-15".parse().unwrap(), "2026-09-15".parse().unwrap());
        let lines = account_statement(&mut tx, &payee, "receivable", days, 10).await.unwrap();
        let balances: Vec<_> = lines.lines.iter().map(|l| l.balance_fen).collect();
        assert_eq!(balances, [300, 100]);
        let cut = account_statement(&mut tx, &payee, "receivable", days, 1).await.unwrap();
        assert!(cut.cut && cut.lines.len() == 1);
        // The balance after the last day, whatever was left out.
        assert_eq!(cut.closing_fen, 100);
        let unknown = account_statement(&mut tx, &payee, "cash", days, 10).await;
        assert_eq!(code(unknown), "ledger_account_unknown");
        let turned =
            account_statement(&mut tx, &payee, "bank", (days.1, "2026-09-01".parse().unwrap()), 10)
                .await;
        assert_eq!(code(turned), "days_reversed");
        drop(tx);
        store.close().await;
    }
}

/// What is forged, and what the proof must say of it.
const FORGERIES: [(&str, &str); 8] = [
    (
        "update posting set amount_fen = -amount_fen where entry_id in (select entry_id from entry where chain_number = 2)",
        "what is stored is not what was booked",
    ),
    (
        "update entry set particulars_json = '{\"reason\":\"x\"}' where chain_number = 1",
        "what is stored is not what was booked",
    ),
    (
        "update entry set booked_on = '2026-09-14' where chain_number = 2",
        "what is stored is not what was booked",
    ),
    (
        "update posting set amount_fen = amount_fen + 1 where account = 'receivable'",
        "its 3 postings make",
    ),
    (
        "update balance set debit_fen = debit_fen + 1, credit_fen = credit_fen + 1 where account = 'receivable'",
        "stored",
    ),
    (
        "delete from posting where entry_id in (select entry_id from entry where chain_number = 1); delete from entry where chain_number = 1",
        "is followed by 2",
    ),
    ("update entry set chain_number = 7 where chain_number = 2", "is followed by 7"),
    (
        "delete from posting where entry_id in (select entry_id from entry where chain_number = 2); delete from entry where chain_number = 2; update ledger_chain set last_number = 1, last_hash = (select chain_hash from entry where chain_number = 1); delete from balance where account like 'channel%'; update balance set credit_fen = 0 where account = 'receivable'",
        "saw 2 entries, there are 1",
    ),
];

#[tokio::test]
async fn whatever_is_changed_past_the_program_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for (sql, expected) in FORGERIES {
            let database = Database::fresh(kind).await;
            let store = database.open().await;
            let town = seed::town(&store, 1).await;
            september(&store, &town).await;
            prove_and_keep(&store).await;
            forge(&database, kind, sql).await;
            let proved = prove_books(&mut store.snapshot().await.unwrap()).await.unwrap();
            let told: Vec<String> = proved[0].differences.iter().map(ToString::to_string).collect();
            assert!(told.iter().any(|t| t.contains(expected)), "{kind:?} {sql}: {told:#?}");
            store.close().await;
        }
    }
}

/// What the daily job does.
async fn prove_and_keep(store: &Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for chain in tx.chains().await.unwrap() {
        let proved = prove_payee(&mut tx, &chain, From::LastProof).await.unwrap();
        assert!(proved.differences.is_empty(), "{:?}", proved.differences);
        tx.keep_proof(&ProofRow {
            payee_id: chain.payee_id,
            proved_on: "2026-09-15".into(),
            last_number: proved.last_number,
            last_hash: proved.last_hash,
            debit_fen: proved.debit_fen,
            differences: 0,
            proved_at: MORNING,
        })
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

/// As somebody does who may switch off what guards the tables.
async fn forge(database: &Database, kind: Kind, sql: &str) {
    let off = match kind {
        Kind::Postgres => "set local session_replication_role = replica;",
        Kind::Sqlite => {
            "drop trigger entry_changed; drop trigger entry_append_only; \
            drop trigger posting_changed; drop trigger posting_append_only;"
        }
    };
    raw::run(&database.url, &format!("{off} {sql}")).await.unwrap();
}

#[tokio::test]
async fn what_was_booked_after_a_proof_is_proved_from_there_and_a_gap_before_it_is_not_hidden() {
    let database = Database::fresh(Kind::Postgres).await;
    let store = database.open().await;
    let town = seed::town(&store, 1).await;
    september(&store, &town).await;
    prove_and_keep(&store).await;
    let means = Means::Channel(Channel::Wechat);
    let more = payment_received(&about(&town, "2026-09-16"), "4202", means, Fen(100)).unwrap();
    book(&store, &more, MORNING + DAY_MS).await;
    let mut tx = store.read().await.unwrap();
    let chain = tx.chains().await.unwrap().remove(0);
    let proved = prove_payee(&mut tx, &chain, From::LastProof).await.unwrap();
    assert_eq!((proved.entries, proved.last_number, proved.differences.len()), (1, 3, 0));
    let whole = prove_payee(&mut tx, &chain, From::Start).await.unwrap();
    assert_eq!((whole.entries, whole.balances, whole.debit_fen), (3, 6, 600));
    drop(tx);
    store.close().await;
}

#[tokio::test]
async fn what_is_handed_over_is_due_and_is_booked_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        september(&store, &town).await;
        // 9 % in 3.00 are 0.25; October has 0.08 of 1.00.
        let fee = fee_earned(&about(&town, "2026-10-01"), OrderId(id(62)), 1, Fen(0), Fen(100));
        book(&store, &fee.unwrap(), MORNING + 16 * DAY_MS).await;
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let payee = payee_named(&mut tx, &Actor::command_line(), None).await.unwrap();
        let now = Timestamp::from_ms(OCTOBER);
        for (month, on, fen, evidence, ends) in [
            ("2026-09", "2027-01-01", 25, "T1", "paid_in_future"),
            ("2026-09", "2026-10-03", 25, "T1", "paid_in_future"),
            ("2026-09", "2026-09-30", 25, "T1", "month_not_over"),
            ("2026-10", "2026-10-02", 8, "T1", "month_not_over"),
            ("2026-12", "2026-10-02", 1, "T1", "month_not_over"),
            ("2026-08", "2026-10-02", 1, "T1", "more_than_due"),
            ("2026-09", "2026-10-02", 26, "T1", "more_than_due"),
            ("2026-09", "2026-10-02", 20, "T1", "now"),
            ("2026-09", "2026-10-02", 20, "T1", "before"),
            ("2026-09", "2026-10-02", 24, "T1", "entry_exists_with_other_postings"),
            // The rest, by a receipt of its own.
            ("2026-09", "2026-10-02", 6, "T2", "more_than_due"),
            ("2026-09", "2026-10-02", 5, "T2", "now"),
            ("2026-09", "2026-10-02", 5, "T2", "before"),
            ("2026-09", "2026-10-02", 1, "T3", "more_than_due"),
        ] {
            let month: Month = month.parse().unwrap();
            let what = PaidOver::Vat { month, amount: Fen(fen), evidence };
            let ended = pay_over(&mut tx, &payee, &what, on.parse().unwrap(), now).await;
            assert_eq!(recorded(ended), ends, "{month} on {on}: {fen} by {evidence}");
        }
        let parts = [(None, Fen(1))];
        let batch = PaidOver::Treasury { batch: "b1", parts: &parts, evidence: "P1" };
        let on = "2026-10-02".parse().unwrap();
        let ended = pay_over(&mut tx, &payee, &batch, on, now).await;
        assert_eq!(code(ended), "other_regime");
        drop(tx);
        store.close().await;
    }
}

fn recorded(ended: Result<Recorded, Refusal>) -> &'static str {
    match ended {
        Ok(Recorded::Now) => "now",
        Ok(Recorded::Before) => "before",
        refused => code(refused),
    }
}

#[tokio::test]
async fn nothing_is_handed_over_on_a_day_on_which_it_was_not_due() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    let town = seed::town(&store, 1).await;
    // A channel that settles gross is owed 0.10 from 20 September on.
    let gross = About { tax: Tax::NonTax, ..about(&town, "2026-09-20") };
    let day = "2026-09-20".parse().unwrap();
    let fee = channel_fee(&gross, Channel::Wechat, day, Fen(10)).unwrap();
    book(&store, &fee, MORNING + 5 * DAY_MS).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let payee = payee_named(&mut tx, &Actor::command_line(), None).await.unwrap();
    let now = Timestamp::from_ms(OCTOBER);
    for (on, fen, reference, ends) in [
        ("2020-01-01", 10, "F1", "more_than_due"),
        ("2026-09-19", 10, "F1", "more_than_due"),
        ("2026-10-03", 10, "F1", "paid_in_future"),
        ("2026-09-25", 10, "F1", "now"),
        // On the 20th it was due, and is not any more.
        ("2026-09-20", 1, "F2", "more_than_due"),
    ] {
        let what = PaidOver::ChannelFee { channel: Channel::Wechat, reference, amount: Fen(fen) };
        let ended = pay_over(&mut tx, &payee, &what, on.parse().unwrap(), now).await;
        assert_eq!(recorded(ended), ends, "{on}: {fen}");
    }
    drop(tx);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finance_decides_an_auditor_looks_and_nobody_else_sees_the_books() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (finance, auditor) = (town.staff(Role::Finance).await, town.staff(Role::Auditor).await);
    let inspector = town.staff(Role::Inspector).await;
    let driver = town.driver("lin").await;
    let trial = "/api/v1/ledger/trial-balance";
    for token in [&finance, &auditor] {
        let shown = town.api.get(trial, Some(token)).await.expect(200).json();
        assert_eq!((&shown["debit_fen"], &shown["lines"]), (&0.into(), &json!([])));
    }
    town.api.get(trial, Some(&inspector)).await.expect_problem(403, "role_insufficient");
    driver.get(trial).await.expect_problem(403, "staff_only");
    town.api.get(trial, None).await.expect_problem(401, "token_missing");

    let csv = town.api.get(&format!("{trial}?format=csv&as_of=2026-09-15"), Some(&auditor)).await;
    let csv = csv.expect(200);
    assert!(csv.media_type.starts_with("text/csv"), "{}", csv.media_type);
    assert!(csv.text.contains("as_of,payee_id,payee,account,debit,credit,balance"), "{}", csv.text);
    let statement = "/api/v1/ledger/statement?month=2026-09";
    let shown = town.api.get(statement, Some(&auditor)).await.expect(200).json();
    assert_eq!((&shown["month"], &shown["state"]), (&"2026-09".into(), &"open".into()));
    let bad = town.api.get("/api/v1/ledger/statement?month=2026-13", Some(&auditor)).await;
    bad.expect_problem(400, "malformed_query");
    let account = "/api/v1/ledger/account?account=cash&from=2026-09-01&to=2026-09-30";
    town.api.get(account, Some(&auditor)).await.expect_problem(404, "ledger_account_unknown");

    let close = "/api/v1/ledger/months/2026-09/close";
    let post = |token: String, key: &'static str, path: &'static str, body: serde_json::Value| {
        let api = &town.api;
        async move { api.post(path, Some(&token), Some(key), &body).await }
    };
    post(auditor.clone(), "k1", close, json!({})).await.expect_problem(403, "role_insufficient");
    post(finance.clone(), "k2", close, json!({})).await.expect_problem(409, "month_not_over");
    let unknown = "/api/v1/ledger/months/now/close";
    post(finance.clone(), "k3", unknown, json!({})).await.expect_problem(404, "month_unknown");
    let other = json!({"payee": "nobody"});
    post(finance.clone(), "k4", close, other).await.expect_problem(404, "payee_unknown");
    town.finish().await;
}

/// A file of receivables of September, in pages of so many lines.
async fn file_of(store: &Store, page: i64, meanwhile: Option<&Entry>) -> Vec<String> {
    let mut tx = store.snapshot().await.unwrap();
    let payee = payee_named(&mut tx, &Actor::command_line(), None).await.unwrap();
    let days = ("2026-09-01".parse().unwrap(), "2026-09-30".parse().unwrap());
    let file = AccountFile::begin(&mut tx, &payee, "receivable", days).await.unwrap();
    drop(tx);
    if let Some(entry) = meanwhile {
        book(store, entry, MORNING).await;
    }
    let (mut file, mut text) = (file.with_page(page), String::new());
    while let Some(part) = file.next(store).await.unwrap() {
        text.push_str(&part);
    }
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_file_of_an_account_is_that_of_one_moment_whatever_its_pages() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        september(&store, &town).await;
        let means = Means::Channel(Channel::Wechat);
        let next = payment_received(&about(&town, "2026-09-30"), "4201", means, Fen(50)).unwrap();
        book(&store, &next, MORNING).await;
        let whole = file_of(&store, 5_000, None).await;
        assert_eq!(
            whole[0],
            "\u{feff}booked_on,fact_on,number,entry,fact,order_id,corrects,debit,credit,balance"
        );
        assert_eq!(whole[1], "2026-09-01,,,opening,,,,,,0.00");
        let ends: Vec<&str> = whole.iter().map(|line| line.rsplit(',').next().unwrap()).collect();
        // 3.00 earned, 2.00 and 0.50 paid.
        assert_eq!(ends[1..], ["0.00", "3.00", "1.00", "0.50", "0.50"]);
        assert_eq!(whole[5], "2026-09-30,,,closing,,,,,,0.50");
        for page in [1, 2, 3] {
            assert_eq!(file_of(&store, page, None).await, whole, "{kind:?} {page}");
        }
        // What is booked while it is written is not in it.
        let late = payment_received(&about(&town, "2026-09-15"), "4202", means, Fen(7)).unwrap();
        assert_eq!(file_of(&store, 1, Some(&late)).await, whole, "{kind:?}");
        assert_eq!(file_of(&store, 1, None).await.len(), whole.len() + 1, "{kind:?}");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_an_account_has_all_of_its_lines() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let finance = town.staff(Role::Finance).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS01", "甘D12345").await.expect(201).json();
    let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
    let order_id = claim["order_id"].as_str().unwrap().parse().unwrap();
    let order = tx.order(order_id).await.unwrap().unwrap();
    let about = About {
        operator: OperatorId(order.operator_id),
        payee: PayeeId(order.payee_id),
        zone: None,
        order: None,
        tax: Tax::of(Regime::Vat, None),
        day: "2026-08-15".parse().unwrap(),
    };
    // 10,002 payments of a fen.
    let bookings: Vec<Booking> = (0..10_002)
        .map(|number| {
            let means = Means::Channel(Channel::Wechat);
            let entry = suspense_received(&about, &format!("x{number}"), means, Fen(1)).unwrap();
            Booking { entry_id: Uuid::now_v7(), entry }
        })
        .collect();
    tx.book_all(&bookings, MORNING).await.unwrap();
    tx.commit().await.unwrap();

    let account =
        "/api/v1/ledger/account?account=channel_clearing:wechat&from=2026-08-01&to=2026-08-31";
    let shown = town.api.get(account, Some(&finance)).await.expect(200).json();
    assert_eq!((&shown["cut"], &shown["closing_fen"]), (&true.into(), &10_002.into()));
    assert_eq!(shown["lines"].as_array().unwrap().len(), 10_000);
    let csv = town.api.get(&format!("{account}&format=csv"), Some(&finance)).await.expect(200);
    assert!(csv.media_type.starts_with("text/csv"), "{}", csv.media_type);
    let lines: Vec<&str> = csv.text.lines().collect();
    // The header, the opening, the lines, the closing.
    assert_eq!(lines.len(), 10_005);
    assert_eq!(lines[10_004], "2026-08-31,,,closing,,,,,,100.02");
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(claim["order_id"].as_str().unwrap(), "due").await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_in_suspense_pays_an_order_when_two_persons_say_the_same() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let (finance, manager) = (town.staff(Role::Finance).await, town.staff(Role::Manager).await);
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS01", "甘D12345").await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap();
    let left_at = town.api.now().await;
    town.hear("ts-1", &town::leaves(left_at)).await;
    driver.order_when(order_id, "due").await;
    for (transaction, fen) in [("4299", 300), ("4300", 70)] {
        unknown_money(&town, order_id, transaction, fen).await;
    }
    let list = "/api/v1/ledger/suspense";
    let shown = town.api.get(list, Some(&finance)).await.expect(200).json();
    let first = &shown["payments"][0];
    assert_eq!((&first["transaction_id"], &first["amount_fen"]), (&"4299".into(), &300.into()));
    let say = |token: &String, key: &'static str, transaction: &str, body: serde_json::Value| {
        let (api, token) = (town.api.clone(), token.clone());
        let path = format!("{list}/{transaction}");
        async move { api.post(&path, Some(&token), Some(key), &body).await }
    };
    let to_order = json!({"order_id": order_id, "reason": "the payer called"});
    let answer = say(&finance, "k1", "4299", to_order.clone()).await.expect(200).json();
    assert_eq!(answer["state"], "proposed");
    let alone = say(&finance, "k2", "4299", to_order.clone()).await;
    alone.expect_problem(403, "second_person_needed");
    let nobody = json!({"order_id": id(5), "reason": "x"});
    say(&manager, "k3", "4299", nobody).await.expect_problem(404, "order_unknown");
    say(&manager, "k4", "9", to_order.clone()).await.expect_problem(404, "suspense_unknown");
    let neither = json!({"reason": "x"});
    say(&manager, "k5", "4299", neither).await.expect_problem(422, "one_decision");
    let answer = say(&manager, "k6", "4299", to_order.clone()).await.expect(200).json();
    assert_eq!(answer["state"], "done");
    driver.order_when(order_id, "paid").await;
    let late = say(&manager, "k7", "4299", to_order).await;
    late.expect_problem(409, "suspense_resolved");

    let back = json!({"receipt": "B9", "reason": "nobody's"});
    say(&manager, "k8", "4300", back.clone()).await.expect(200);
    let answer = say(&finance, "k9", "4300", back).await.expect(200).json();
    assert_eq!(answer["state"], "done");
    let shown = town.api.get(list, Some(&finance)).await.expect(200).json();
    assert_eq!(shown["payments"], json!([]));
    let trial = town.api.get("/api/v1/ledger/trial-balance", Some(&finance)).await.json();
    let lines = trial["lines"].as_array().unwrap();
    let on = |account: &str| {
        lines.iter().find(|l| l["account"] == account).unwrap()["balance_fen"].clone()
    };
    let shown = ["suspense", "receivable", "refunds_payable", "bank"].map(on);
    assert_eq!(shown, [json!(0), json!(0), json!(0), json!(-70)]);
    town.finish().await;
}

/// A payment that the bill of a day knows and nobody else, in the books of an order's payee.
async fn unknown_money(town: &TestApp, order_id: &str, transaction: &str, fen: i64) {
    let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
    let order = tx.order(order_id.parse().unwrap()).await.unwrap().unwrap();
    let about = About {
        operator: OperatorId(order.operator_id),
        payee: PayeeId(order.payee_id),
        zone: None,
        order: None,
        tax: Tax::of(Regime::Vat, None),
        day: "2026-09-15".parse().unwrap(),
    };
    let means = Means::Channel(Channel::Wechat);
    let entry = suspense_received(&about, transaction, means, Fen(fen)).unwrap();
    tx.book(&entry, Uuid::now_v7(), MORNING).await.unwrap();
    tx.commit().await.unwrap();
}

#[test]
fn every_kind_of_fact_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Fact::ALL.into_iter().map(Fact::name).collect();
    assert_eq!(names.len(), Fact::ALL.len());
}
