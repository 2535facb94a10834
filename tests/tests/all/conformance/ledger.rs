//! The ledger: each fact once, in a chain without gaps, balanced and append-only by the database.

use billing::invoice::Regime;
use billing::ledger::{
    About, Channel, Differs, Entry, Means, Month, Tax, fee_earned, payment_received,
    suspense_received,
};
use gateway::flow::prove_books::prove_books;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::{Booked, Booking, Lane, MonthRow, Store};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, OrderId, PayeeId, ZoneId};

use crate::harness::database::{Database, Kind};
use crate::harness::raw;
use crate::harness::seed::{self, MORNING, Town, id};

fn about(town: &Town) -> About {
    About {
        operator: OperatorId(town.operator_id),
        payee: PayeeId(town.payee_id),
        zone: Some(ZoneId(town.zone_id)),
        order: Some(OrderId(id(61))),
        tax: Tax::of(Regime::Vat, Some(900)),
        day: "2026-09-15".parse().unwrap(),
    }
}

/// 2.00 at 9 % is 1.83 and 0.17 (2 / 1.09 = 1.8349).
fn fee(town: &Town, revision: u32) -> Entry {
    fee_earned(&about(town), OrderId(id(61)), revision, Fen(0), Fen(200)).unwrap()
}

fn pay(town: &Town, transaction: &str, fen: i64) -> Entry {
    let means = Means::Channel(Channel::Wechat);
    payment_received(&about(town), transaction, means, Fen(fen)).unwrap()
}

async fn book(store: &Store, entry: &Entry) -> Booked {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let booked = tx.book(entry, Uuid::now_v7(), MORNING).await.unwrap();
    tx.commit().await.unwrap();
    booked
}

/// Account and balance, debit above 0, at the end of a day.
async fn stand(store: &Store, payee: Uuid, day: &str) -> Vec<(String, i64)> {
    let rows = store.read().await.unwrap().trial(Some(payee), "", day).await.unwrap();
    rows.into_iter().map(|r| (r.account, r.debit_fen - r.credit_fen)).collect()
}

async fn numbers(store: &Store, payee: Uuid) -> Vec<i64> {
    let rows = store.read().await.unwrap().chain_after(payee, 0, 10_000).await.unwrap();
    rows.iter().map(|(row, _)| row.chain_number.unwrap()).collect()
}

/// Walks a chain as an outsider would: every hash follows from what is stored.
async fn check_chain(store: &Store, payee: Uuid, entries: i64) {
    assert_eq!(numbers(store, payee).await, (1..=entries).collect::<Vec<_>>());
    let mut tx = store.read().await.unwrap();
    let mut previous = billing::ledger::genesis(&payee.to_string()).0.to_vec();
    for (row, lines) in tx.chain_after(payee, 0, 10_000).await.unwrap() {
        assert_eq!(row.previous_hash.as_deref(), Some(previous.as_slice()), "{}", row.entry_key);
        previous = store::row_hash(&row, &lines).0.to_vec();
        assert_eq!(row.chain_hash.as_deref(), Some(previous.as_slice()), "{}", row.entry_key);
    }
    let end = tx.chains().await.unwrap().into_iter().find(|c| c.payee_id == payee).unwrap();
    assert_eq!((end.last_number, end.last_hash), (entries, previous));
    for row in tx.balances(payee, "").await.unwrap() {
        let stored = (row.stored_debit_fen, row.stored_credit_fen);
        assert_eq!(stored, (row.posted_debit_fen, row.posted_credit_fen), "{}", row.account);
    }
}

async fn a_business_fact_is_booked_once_and_moves_the_balances_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let new = Booked::New("2026-09-15".parse().unwrap());
    assert_eq!(book(&store, &fee(&town, 1)).await, new);
    assert_eq!(book(&store, &fee(&town, 1)).await, Booked::Known);
    assert_eq!(book(&store, &pay(&town, "4200", 150)).await, new);
    assert_eq!(book(&store, &pay(&town, "4200", 151)).await, Booked::Differs(Differs::Postings));
    let means = Means::Channel(Channel::Wechat);
    let apart = suspense_received(&about(&town), "4200", means, Fen(150)).unwrap();
    assert_eq!(book(&store, &apart).await, Booked::Differs(Differs::Fact));
    let zone = town.zone_id;
    let expected = [
        ("channel_clearing:wechat".to_owned(), 150),
        ("receivable".to_owned(), 50),
        (format!("revenue:{zone}"), -183),
        ("vat_payable".to_owned(), -17),
    ];
    assert_eq!(stand(&store, town.payee_id, "2026-09-15").await, expected);
    assert!(stand(&store, town.payee_id, "2026-09-14").await.is_empty());
    check_chain(&store, town.payee_id, 2).await;
    let mut tx = store.read().await.unwrap();
    let stored = tx.entries_by_key(&["pay:4200", "pay:none"]).await.unwrap();
    assert_eq!(stored.into_values().collect::<Vec<_>>(), [pay(&town, "4200", 150)]);
    let lines = tx.postings_of("pay:4200").await.unwrap();
    let lines: Vec<_> = lines.iter().map(|p| (p.account.as_str(), p.amount_fen)).collect();
    assert_eq!(lines, [("channel_clearing:wechat", 150), ("receivable", -150)]);
}

async fn an_entry_is_reversed_once_and_only_if_it_is_in_the_books(store: Store) {
    let town = seed::town(&store, 1).await;
    let entry = pay(&town, "4200", 150);
    let back = entry.reversal("2026-09-16".parse().unwrap()).unwrap();
    assert_eq!(book(&store, &back).await, Booked::NoTarget);
    book(&store, &entry).await;
    assert_eq!(book(&store, &back).await, Booked::New("2026-09-16".parse().unwrap()));
    assert_eq!(book(&store, &back).await, Booked::Known);
    assert!(stand(&store, town.payee_id, "2026-09-16").await.iter().all(|(_, fen)| *fen == 0));
    assert_eq!(stand(&store, town.payee_id, "2026-09-15").await.len(), 2);
    check_chain(&store, town.payee_id, 2).await;
}

async fn many_entries_are_booked_in_one_round(store: Store) {
    let town = seed::town(&store, 1).await;
    book(&store, &pay(&town, "7", 10)).await;
    let other = PayeeId(id(999));
    let mut bookings: Vec<Booking> = (0..600)
        .map(|n| Booking { entry_id: id(10_000 + n), entry: pay(&town, &n.to_string(), 10) })
        .collect();
    let elsewhere = About { payee: other, ..about(&town) };
    let entry = payment_received(&elsewhere, "x", Means::Bank, Fen(5)).unwrap();
    bookings.push(Booking { entry_id: id(20_000), entry });
    bookings.push(Booking { entry_id: id(20_001), entry: pay(&town, "3", 10) });
    bookings.push(Booking { entry_id: id(20_002), entry: pay(&town, "4", 11) });
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let booked = tx.book_all(&bookings, MORNING).await.unwrap();
    tx.commit().await.unwrap();
    let new = booked.iter().filter(|b| matches!(b, Booked::New(_))).count();
    assert_eq!((new, &booked[7], &booked[601]), (600, &Booked::Known, &Booked::Known));
    assert_eq!(booked[602], Booked::Differs(Differs::Postings));
    check_chain(&store, town.payee_id, 600).await;
    check_chain(&store, other.0, 1).await;
    let clearing = ("channel_clearing:wechat".to_owned(), 6_000);
    assert_eq!(stand(&store, town.payee_id, "2026-09-15").await[0], clearing);
}

/// Fees, payments, money set apart, other payees, days back and forth, repeats: booked in batches of
/// any size, the balances kept are those that the entries make.
async fn any_facts_in_any_batches_leave_balances_that_can_be_rebuilt(store: Store) {
    let town = seed::town(&store, 1).await;
    for seed in 0..4 {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let mut waiting = Vec::new();
        for _ in 0..250 {
            waiting.push(any_fact(&mut chance, &town));
            if chance.random_bool(0.1) {
                book_batch(&store, &mut waiting).await;
            }
        }
        book_batch(&store, &mut waiting).await;
    }
    let ends = store.read().await.unwrap().chains().await.unwrap();
    assert_eq!(ends.len(), 2);
    for end in ends {
        assert!(end.last_number > 100, "{end:?}");
        check_chain(&store, end.payee_id, end.last_number).await;
    }
    let proved = prove_books(&mut store.snapshot().await.unwrap()).await.unwrap();
    assert!(proved.iter().all(|p| p.differences.is_empty()), "{proved:?}");
}

async fn book_batch(store: &Store, waiting: &mut Vec<Booking>) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let booked = tx.book_all(waiting, MORNING).await.unwrap();
    assert_eq!(booked.len(), waiting.len());
    tx.commit().await.unwrap();
    waiting.clear();
}

fn any_fact(chance: &mut ChaCha8Rng, town: &Town) -> Booking {
    let payee = if chance.random_bool(0.3) { id(999) } else { town.payee_id };
    let regime = if payee == id(999) { Regime::NonTax } else { Regime::Vat };
    let day = format!("2026-{:02}-{:02}", chance.random_range(8..=10), chance.random_range(1..=28));
    let day = day.parse().expect("a day");
    let tax = Tax::of(regime, Some(900));
    let about = About { payee: PayeeId(payee), tax, day, ..about(town) };
    let fen = Fen(chance.random_range(1..100_000));
    // Few names, so that facts are told again, with the same and with other content.
    let name = format!("{}", chance.random_range(0..400));
    let means = Means::Channel(Channel::Wechat);
    let entry = match chance.random_range(0..4) {
        0 => fee_earned(&about, OrderId(Uuid::now_v7()), 1, Fen(0), fen),
        1 => payment_received(&about, &name, means, fen),
        2 => suspense_received(&about, &name, means, fen),
        _ => payment_received(&about, &format!("b{name}"), Means::Bank, fen),
    };
    Booking { entry_id: Uuid::now_v7(), entry: entry.expect("a fact of something") }
}

async fn writers_at_the_same_time_leave_no_gap_and_book_no_fact_twice(store: Store) {
    let town = seed::town(&store, 1).await;
    let writers = (0..8).map(|writer: u128| {
        let (store, town) = (store.clone(), town.clone());
        tokio::spawn(async move {
            let mut new = 0;
            for number in 0..20 {
                // Half of the facts are every writer's, half its own.
                let own = if number % 2 == 0 { writer } else { 0 };
                let entry = pay(&town, &format!("{own}-{number}"), 10);
                new += usize::from(matches!(book(&store, &entry).await, Booked::New(_)));
            }
            new
        })
    });
    let mut new = 0;
    for writer in writers.collect::<Vec<_>>() {
        new += writer.await.unwrap();
    }
    // 10 facts of each of 8 writers, and 10 that all of them tell; the first writer's own are 0 too.
    assert_eq!(new, 8 * 10 + 10);
    check_chain(&store, town.payee_id, 90).await;
}

async fn what_is_late_for_a_closed_month_is_posted_in_the_open_one(store: Store) {
    let town = seed::town(&store, 1).await;
    book(&store, &pay(&town, "1", 10)).await;
    let month = "2026-09".parse::<Month>().unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let chain = tx.lock_chain(town.payee_id).await.unwrap();
    let proposal = MonthRow {
        payee_id: town.payee_id,
        month: month.to_string(),
        state: "proposed".into(),
        digest: vec![1],
        last_number: chain.last_number,
        last_hash: chain.last_hash,
        proposed_by: "lin".into(),
        proposed_at: MORNING,
        closed_by: None,
        closed_at: None,
    };
    assert!(tx.propose_month(&proposal).await.unwrap());
    tx.close_month(town.payee_id, "2026-09", "wang", MORNING + 1).await.unwrap();
    assert!(!tx.propose_month(&proposal).await.unwrap(), "a closed month was proposed");
    tx.commit().await.unwrap();
    let late = pay(&town, "2", 10);
    assert_eq!(book(&store, &late).await, Booked::New("2026-10-01".parse().unwrap()));
    assert_eq!(book(&store, &late).await, Booked::Known);
    let mut tx = store.read().await.unwrap();
    let (row, _) = tx.chain_after(town.payee_id, 1, 1).await.unwrap().remove(0);
    assert_eq!((row.fact_on.as_str(), row.booked_on.as_str()), ("2026-09-15", "2026-10-01"));
    let months = tx.months(town.payee_id).await.unwrap();
    assert_eq!(
        (months[0].state.as_str(), months[0].closed_by.as_deref()),
        ("closed", Some("wang"))
    );
    check_chain(&store, town.payee_id, 2).await;
}

on_both_databases! {
    a_business_fact_is_booked_once_and_moves_the_balances_once,
    an_entry_is_reversed_once_and_only_if_it_is_in_the_books,
    many_entries_are_booked_in_one_round,
    any_facts_in_any_batches_leave_balances_that_can_be_rebuilt,
    writers_at_the_same_time_leave_no_gap_and_book_no_fact_twice,
    what_is_late_for_a_closed_month_is_posted_in_the_open_one,
}

/// An entry as it would be written past the program; `{…}` are filled in by the test.
const ENTRY: &str = "insert into entry (entry_id, entry_key, operator_id, payee_id, fact, regime, fact_on, booked_on, \
    particulars_json, made_at, chain_number, previous_hash, chain_hash) select {id}, 'forged', e.operator_id, \
    e.payee_id, 'fee', 'vat', {day}, {day}, '{}', 0, {number}, {previous}, e.chain_hash from entry e \
    where e.chain_number = 1";

#[tokio::test]
async fn the_database_itself_refuses_what_is_not_append_only_balanced_and_chained() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let town = seed::town(&store, 1).await;
        book(&store, &pay(&town, "1", 10)).await;
        let fresh = match kind {
            Kind::Sqlite => "x'00000000000000000000000000000777'",
            Kind::Postgres => "'00000000-0000-0000-0000-000000000777'::uuid",
        };
        let lines = |a: i64, b: i64| {
            format!(
                "insert into posting (entry_id, line, account, amount_fen) values ({fresh}, 0, 'bank', {a}), ({fresh}, 1, 'suspense', {b});"
            )
        };
        let entry = |number: i64, previous: &str, day: &str| {
            ENTRY
                .replace("{id}", fresh)
                .replace("{number}", &number.to_string())
                .replace("{previous}", previous)
                .replace("{day}", day)
        };
        let next = entry(2, "e.chain_hash", "'2026-09-15'");
        for (sql, name) in [
            ("update entry set fact = 'fee'".to_owned(), "entry_append_only"),
            ("update entry set chain_hash = null".to_owned(), "entry_append_only"),
            ("delete from entry".to_owned(), "entry_append_only"),
            ("update posting set amount_fen = 1".to_owned(), "posting_append_only"),
            ("delete from posting".to_owned(), "posting_append_only"),
            (
                "insert into posting select entry_id, 9, 'bank', 1 from entry".to_owned(),
                "posting_append_only",
            ),
            (lines(5, -5), "posting_entry"),
            (next.clone(), "entry_balanced"),
            (lines(5, -4) + &next, "entry_balanced"),
            (lines(5, -5) + &entry(3, "e.chain_hash", "'2026-09-15'"), "entry_chained"),
            (lines(5, -5) + &entry(1, "e.chain_hash", "'2026-09-15'"), "entry_chain"),
            (lines(5, -5) + &entry(2, "e.previous_hash", "'2026-09-15'"), "entry_chained"),
        ] {
            let refused = raw::run(&database.url, &sql).await.expect_err(&sql);
            let fits = refused.contains(name)
                || (name == "posting_entry" && refused.contains("FOREIGN KEY constraint failed"));
            assert!(fits, "{kind:?} {sql}: {refused}");
        }
        if kind == Kind::Postgres {
            for table in ["entry, posting", "posting"] {
                let refused = raw::run(&database.url, &format!("truncate {table}")).await;
                assert!(refused.unwrap_err().contains("append_only"), "{table}");
            }
        }
        check_chain(&store, town.payee_id, 1).await;
        // What is right is taken, whoever writes it: the checks refuse nothing else.
        raw::run(&database.url, &(lines(5, -5) + &next)).await.unwrap();
        assert_eq!(numbers(&store, town.payee_id).await, [1, 2]);
        store.close().await;
    }
}

/// Rows as the program before the chain wrote them: a fee and its payment of an order, money in
/// suspense of no order, in a town with one payee.
const OLD_ROWS: &str = "insert into operator (operator_id, name) values ({1}, 'o'); \
    insert into payee (payee_id, operator_id, name, regime, seller_json, valid_from_at) \
    values ({2}, {1}, 'p', 'non_tax', '{}', 0); \
    insert into parking_order (order_id, operator_id, payee_id, regime, subject_kind, subject_id, tariff_id, state, \
    total_fen, paid_fen, refunded_fen, invoiced_fen, bill_revision, opened_at) \
    values ({61}, {1}, {2}, 'non_tax', 'visit', {41}, 't1', 'paid', 300, 300, 0, 0, 1, 1789430400000); \
    insert into entry (entry_id, entry_key, operator_id, order_id, made_at) values \
    ({82}, 'pay:4200', {1}, {61}, 1789430401000), ({81}, 'fee:v:1', {1}, {61}, 1789430400000), \
    ({83}, 'pay:4201', {1}, null, 1789484400000); \
    insert into posting (entry_id, line, account, amount_fen) values \
    ({81}, 0, 'receivable', 300), ({81}, 1, 'fee_income', -300), \
    ({82}, 0, 'channel_clearing', 300), ({82}, 1, 'receivable', -300), \
    ({83}, 0, 'channel_clearing', 500), ({83}, 1, 'suspense', -500); \
    insert into balance (operator_id, account, amount_fen) values ({1}, 'receivable', 0), \
    ({1}, 'fee_income', -300), ({1}, 'channel_clearing', 800), ({1}, 'suspense', -500);";

#[tokio::test]
async fn entries_from_before_the_chain_survive_and_are_chained_in_the_order_they_were_made() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::empty(kind);
        raw::migrate_to(&database.url, 6).await;
        let mut sql = OLD_ROWS.to_owned();
        for number in [1, 2, 41, 61, 81, 82, 83] {
            let literal = match kind {
                Kind::Sqlite => format!("x'{number:032x}'"),
                Kind::Postgres => format!("'{}'", id(number)),
            };
            sql = sql.replace(&format!("{{{number}}}"), &literal);
        }
        raw::run(&database.url, &sql).await.unwrap();
        let store = database.open().await;
        let old = store.check_schema().await.unwrap_err().to_string();
        assert!(old.contains("gateway migrate"), "{old}");
        store.migrate().await.unwrap();
        store.check_schema().await.unwrap();
        check_chain(&store, id(2), 3).await;
        let rows = store.read().await.unwrap().chain_after(id(2), 0, 10).await.unwrap();
        let shown: Vec<_> = rows
            .iter()
            .map(|(r, _)| {
                (r.entry_key.as_str(), r.fact.as_str(), r.booked_on.as_str(), r.regime.as_str())
            })
            .collect();
        // 1789484400000 is 2026-09-15T15:00Z, 23:00 in +08:00; the others are at 08:00.
        let expected = [
            ("fee:v:1", "fee", "2026-09-15", "non_tax"),
            ("pay:4200", "payment", "2026-09-15", "non_tax"),
            ("pay:4201", "suspense", "2026-09-15", "vat"),
        ];
        assert_eq!(shown, expected, "{kind:?}");
        let expected = [
            ("channel_clearing:wechat".to_owned(), 800),
            ("fee_income".to_owned(), -300),
            ("receivable".to_owned(), 0),
            ("suspense".to_owned(), -500),
        ];
        assert_eq!(stand(&store, id(2), "2026-09-15").await, expected);
        store.migrate().await.unwrap();
        check_chain(&store, id(2), 3).await;
        store.close().await;
    }
}
