//! Reconciliation that runs by itself, from the download on: a bill that is late, whose hash is another's, that
//! breaks off, that has no summary; and one that is right.

use std::time::Duration;

use billing::ledger::city_day;
use gateway::flow::actor::Actor;
use gateway::flow::payouts::{Payouts, load_payouts};
use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use store::{BillLineRow, Lane};
use vocabulary::Timestamp;

use super::days::PAYOUTS;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;
use crate::prepaid::{offered, top_up};

/// A day takes 43 seconds. The sweep that finds days runs every 30.
const SPEED: u32 = 2_000;
const WITHIN: Duration = Duration::from_secs(180);

struct Books {
    town: TestApp,
    token: String,
    /// On which it was paid, +08:00.
    day: String,
}

impl Books {
    /// A driver pays 10.00 onto a balance: a payment that needs no vehicle.
    async fn start(kind: Kind, bill: &str) -> Books {
        let clock = TownClock { speed: SPEED, ..TownClock::at_noon() };
        let file = town::file().to_string();
        let town = TestApp::start_town(kind, BrokerKind::Embedded, &file, clock, offered).await;
        town.sandbox.trouble(&json!({"bill": bill})).await;
        let driver = town.driver("lin").await;
        let shown = driver.get("/api/v1/prepaid").await.expect(200).json();
        let payee = shown["balances"][0]["payee_id"].as_str().unwrap();
        let order = driver.order(&top_up(&driver, payee, 1_000).await).await;
        let paid_at = order["payments"][0]["succeeded_at"].as_str().unwrap();
        let day = city_day(Timestamp::parse(paid_at).unwrap()).to_string();
        let token = town.staff(Role::Finance).await;
        Books { town, token, day }
    }

    async fn get(&self, path: &str) -> crate::harness::api::Answer {
        self.town.api.get(path, Some(&self.token)).await
    }

    /// The day, once it is so.
    async fn day_when(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/api/v1/ledger/reconciliation?from={0}&to={0}", self.day);
        wait::until(what, WITHIN, async || {
            let shown = self.get(&path).await.expect(200).json();
            shown["days"].as_array()?.first().filter(|day| is_so(day)).cloned()
        })
        .await
    }
}

/// A day of a month ago was billed, 5.00, and never paid out; today's payout is here before today's bill.
async fn payouts_wait(books: &Books) -> uuid::Uuid {
    let store = &books.town.app.store;
    let payee_id = store.read().await.unwrap().payees().await.unwrap()[0].payee_id;
    let line = BillLineRow {
        channel: "wechat".into(),
        merchant: "1900000001".into(),
        bill_on: "2026-08-15".into(),
        line_key: "payment:x".into(),
        kind: "payment".into(),
        outcome: "matched".into(),
        transaction_id: Some("421".into()),
        out_trade_no: "x".into(),
        out_refund_no: None,
        theirs_fen: Some(500),
        settled_fen: Some(500),
        ours_fen: Some(500),
        fee_millifen: 3_000,
        at: 0,
        payee_id: Some(payee_id),
    };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.keep_bill_lines(&[line]).await.unwrap();
    tx.commit().await.unwrap();
    let row = format!("S1,wechat,,{0},{0},{0},10.00,0.06,9.94,bank,B1", books.day);
    let report = paid_out(books, &row).await;
    assert_eq!(report.outcomes.get("expected"), Some(&1));
    payee_id
}

async fn paid_out(books: &Books, row: &str) -> Payouts {
    let text = format!("{PAYOUTS}\n{row}\n");
    let now = books.town.app.clock.city_now();
    load_payouts(&books.town.app.store, &Actor::command_line(), &text, now).await.unwrap()
}

/// The bill made by itself that the payout is compared, and that the day nobody paid for is a case with a deadline.
async fn payouts_are_looked_at(books: &Books, payee_id: uuid::Uuid) {
    let store = &books.town.app.store;
    wait::until("the payout to be compared", WITHIN, async || {
        let found = store.read().await.unwrap().settlement("wechat", "S1").await.unwrap();
        (found?.outcome == "matched").then_some(())
    })
    .await;
    let key = format!("settlement:wechat:2026-08-15:{payee_id}:missing");
    let open = async || {
        let cases = store.read().await.unwrap().open_cases("reconciliation", 10).await.unwrap();
        cases.into_iter().find(|case| case.0 == key)
    };
    let case = wait::until("the case of the day", WITHIN, open).await;
    assert_eq!(case.2.as_deref(), Some("finance"));
    let list = "/api/v1/staff/cases?kind=reconciliation&subject_id=2026-08-15";
    let planned = wait::until("its deadline", WITHIN, async || {
        let cases = books.get(list).await.expect(200).json();
        let case = cases["cases"][0].clone();
        case["due_at"].is_string().then_some(case)
    })
    .await;
    // By working time: at 18:00 in +08:00, whenever it was opened.
    assert!(planned["due_at"].as_str().unwrap().ends_with("T10:00:00.000Z"), "{planned}");
    paid_out(books, "S0,wechat,,2026-08-20,2026-08-15,2026-08-15,5.00,0.03,4.97,bank,B0").await;
    assert_eq!(open().await, None);
}

async fn by_itself(kind: Kind) {
    let books = Books::start(kind, "normal").await;
    let payee_id = payouts_wait(&books).await;
    let done = books.day_when("the day to be done", |day| day["state"] == "done").await;
    assert_eq!(
        (&done["outcomes"]["matched"], &done["exceptions"]),
        (&json!(1), &json!(0)),
        "{done}"
    );
    assert_eq!((&done["theirs_fen"], &done["ours_fen"]), (&json!(1_000), &json!(1_000)));
    assert_eq!((&done["channel"], &done["tries"]), (&json!("wechat"), &json!(0)));
    let lines = "/api/v1/ledger/reconciliation/lines";
    let span = format!("{lines}?from={0}&to={0}", books.day);
    let of_day = format!("{span}&outcome=matched&kind=payment");
    let found = books.get(&of_day).await.expect(200).json();
    assert_eq!(found["lines"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["lines"][0]["theirs_fen"], 1_000);
    let csv = books.get(&format!("{of_day}&format=csv")).await.expect(200);
    assert!(csv.media_type.starts_with("text/csv") && csv.text.contains("10.00"), "{}", csv.text);
    let none = format!("{span}&outcome=missing_here");
    assert_eq!(books.get(&none).await.expect(200).json()["lines"], json!([]));
    books.get(&format!("{lines}?outcome=x")).await.expect_problem(400, "malformed_query");
    books.get(&format!("{lines}?cursor=x")).await.expect_problem(400, "malformed_query");
    let inspector = books.town.staff(Role::Inspector).await;
    let refused = books.town.api.get(lines, Some(&inspector)).await;
    refused.expect_problem(403, "role_insufficient");
    // The channel's fee of 0.60 % is in the books.
    let rows = books.town.app.store.read().await.unwrap().trial(None, "", "9999").await.unwrap();
    let fee = rows.iter().find(|r| r.account == "channel_fee:wechat").unwrap();
    assert_eq!(fee.debit_fen - fee.credit_fen, 6);
    payouts_are_looked_at(&books, payee_id).await;
    books.town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bill_of_a_day_is_reconciled_by_itself_on_sqlite() {
    by_itself(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bill_of_a_day_is_reconciled_by_itself_on_postgres() {
    by_itself(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_that_is_late_or_spoiled_is_asked_for_again_until_it_is_right() {
    let books = Books::start(Kind::Postgres, "late").await;
    let late = books.day_when("the day to be asked for", |day| day["state"] == "waiting").await;
    assert_eq!(
        (&late["tries"], &late["failure"]),
        (&json!(0), &json!(null)),
        "a late bill is no failure"
    );
    let mut tries = 0;
    for (trouble, why) in [
        ("wrong_hash", "is not the one whose hash was told"),
        ("truncated", "cannot be unpacked"),
        ("cut_off", "bill_without_summary"),
    ] {
        books.town.sandbox.trouble(&json!({"bill": trouble})).await;
        let failed = |day: &Value| {
            let told = day["failure"].as_str().is_some_and(|failure| failure.contains(why));
            told && day["tries"].as_i64().unwrap() > tries
        };
        tries = books.day_when(trouble, failed).await["tries"].as_i64().unwrap();
    }
    // Enough tries in vain, and a person is told.
    books.day_when("the fifth try", |day| day["tries"].as_i64().unwrap() >= 5).await;
    let cases = async || {
        books.town.app.store.read().await.unwrap().open_cases("reconciliation", 10).await.unwrap()
    };
    let open = cases().await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].0, format!("reconcile:wechat:{}:bill:unusable", books.day));
    assert_eq!(open[0].2.as_deref(), Some("finance"));
    assert!(books.town.api.metric("bowei_reconcile_bills_waiting", &[]).await >= 1.0);
    assert!(books.town.api.metric("bowei_reconcile_oldest_seconds", &[]).await > 0.0);
    assert!(books.town.api.metric("bowei_reconcile_exceptions", &[]).await >= 1.0);
    let rows = books.town.app.store.read().await.unwrap().trial(None, "", "9999").await.unwrap();
    assert!(rows.iter().all(|r| r.account != "channel_fee:wechat"), "nothing of it was used");

    books.town.sandbox.trouble(&json!({"bill": "normal"})).await;
    let done = books.day_when("the day to be done", |day| day["state"] == "done").await;
    assert_eq!(done["outcomes"]["matched"], 1, "{done}");
    assert!(cases().await.iter().all(|(key, ..)| !key.contains(&books.day)), "its case is closed");
    books.town.finish().await;
}
