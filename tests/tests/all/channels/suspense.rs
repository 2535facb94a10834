//! Money in suspense: an order takes it as any payment, or the bank returns it, once.

use billing::ledger::{About, Channel, Means, Tax, suspense_received};
use gateway::flow::sign_in::Role;
use gateway::flow::statement::{RateLine, month_statement};
use serde_json::{Value, json};
use store::{Lane, PaymentRow, RefundRow};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, PayeeId};

use super::{Clerk, balance, due, open_cases, refunds, stored, until_order};
use crate::harness::app::TestApp;
use crate::harness::database::Kind;
use crate::harness::raw;

const MIGRATIONS: [(Kind, &str); 2] = [
    (Kind::Sqlite, include_str!("../../../../store/migrations/sqlite/0024_suspense_payment.sql")),
    (
        Kind::Postgres,
        include_str!("../../../../store/migrations/postgres/0024_suspense_payment.sql"),
    ),
];

/// A payment that a bill of WeChat Pay knows and nobody else, in the books of an order's payee.
async fn unknown_money(town: &TestApp, order_id: &str, transaction: &str, fen: i64) {
    let order = stored(town, order_id).await;
    let about = About {
        operator: OperatorId(order.operator_id),
        payee: PayeeId(order.payee_id),
        zone: None,
        order: None,
        tax: Tax::of(billing::invoice::Regime::Vat, None),
        day: "2026-09-15".parse().unwrap(),
    };
    let means = Means::Channel(Channel::Wechat);
    let entry = suspense_received(&about, transaction, means, Fen(fen)).unwrap();
    let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
    tx.book(&entry, Uuid::now_v7(), town.app.clock.city_now().ms()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Two persons say the same about money in suspense.
async fn both_say(two: [&Clerk<'_>; 2], transaction: &str, what: &Value) {
    let path = format!("/api/v1/ledger/suspense/{transaction}");
    for (who, state) in two.into_iter().zip(["proposed", "done"]) {
        assert_eq!(who.post(&path, what).await.expect(200).json()["state"], state);
    }
}

async fn payments(town: &TestApp, order_id: &str) -> Vec<PaymentRow> {
    let id: Uuid = order_id.parse().unwrap();
    let mut tx = town.app.store.read().await.unwrap();
    let mut payments = tx.payments_of_order(id).await.unwrap();
    payments.retain(|payment| payment.state == "succeeded");
    payments
}

async fn clerks(town: &TestApp) -> (Clerk<'_>, Clerk<'_>) {
    (
        Clerk::new(town, "cashier", Role::Finance).await,
        Clerk::new(town, "anna", Role::Manager).await,
    )
}

/// This month, over all rates, and the lines with a rate of 9 %.
async fn statement(town: &TestApp) -> (RateLine, RateLine) {
    let month = billing::ledger::city_day(town.app.clock.city_now()).format("%Y-%m").to_string();
    let mut tx = town.app.store.read().await.unwrap();
    let payee = tx.payees().await.unwrap().remove(0);
    let month = month_statement(&mut tx, &payee, month.parse().unwrap()).await.unwrap();
    let rate = month.rates.into_iter().find(|line| line.rate_bp == Some(900)).unwrap_or_default();
    (month.total, rate)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_order_cannot_use_of_money_in_suspense_goes_back_to_its_payer_on_sqlite() {
    goes_back(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_order_cannot_use_of_money_in_suspense_goes_back_to_its_payer_on_postgresql() {
    goes_back(Kind::Postgres).await;
}

/// 50.00 for an order of 3.00, then 3.00 more for the same order.
async fn goes_back(kind: Kind) {
    let (town, driver, order_id) = due(kind).await;
    let (finance, manager) = clerks(&town).await;
    unknown_money(&town, &order_id, "4299", 5_000).await;
    unknown_money(&town, &order_id, "4300", 300).await;
    let to_order = json!({"order_id": order_id, "reason": "the payer called"});
    both_say([&finance, &manager], "4299", &to_order).await;
    let order = until_order(&town, &order_id, "the credit", |o| o.refunding_fen == 4_700).await;
    assert_eq!((order.state.as_str(), order.paid_fen), ("paid", 5_000));
    let paid = payments(&town, &order_id).await;
    let shown = |p: &PaymentRow| (p.channel.clone(), p.method.clone(), p.transaction_id.clone());
    let expected = ("wechat".to_owned(), "suspense".to_owned(), Some("4299".to_owned()));
    assert_eq!(paid.iter().map(shown).collect::<Vec<_>>(), [expected]);
    both_say([&manager, &finance], "4300", &to_order).await;
    until_order(&town, &order_id, "the second credit", |o| o.refunding_fen == 5_000).await;
    let paid = payments(&town, &order_id).await;
    let back = refunds(&town, &order_id).await;
    let shown = |r: &RefundRow| (r.payment_id, r.amount_fen, r.way.clone());
    let hand = || "hand".to_owned();
    assert_eq!(
        back.iter().map(shown).collect::<Vec<_>>(),
        [(paid[0].payment_id, 4_700, hand()), (paid[1].payment_id, 300, hand())]
    );
    assert_eq!(open_cases(&town, "credit_without_payment").await, 0);

    for (n, refund) in back.iter().enumerate() {
        let path = |what: &str| format!("/api/v1/staff/refunds/{}/{what}", refund.refund_id);
        let number = json!({"reference": format!("B{n}")});
        finance.post(&path("transfer"), &number).await.expect(200);
        manager.post(&path("confirm"), &json!({})).await.expect(200);
    }
    let stand = ["suspense", "receivable", "refunds_payable", "bank", "channel_clearing"];
    let mut stands = Vec::new();
    for account in stand {
        stands.push(balance(&town, account).await);
    }
    assert_eq!(stands, [0, 0, 0, -5_000, 5_300]);
    // The bills on which they stand were reconciled; none is asked for them again.
    let mut tx = town.app.store.read().await.unwrap();
    assert_eq!(tx.own_payments("wechat", 0, i64::MAX).await.unwrap(), []);
    assert_eq!(tx.own_refunds("wechat", 0, i64::MAX).await.unwrap(), []);
    drop(tx);
    let (total, rate) = statement(&town).await;
    let told = |line: &RateLine| (line.received_fen, line.refunded_fen, line.uninvoiced_fen);
    assert_eq!((told(&total), told(&rate)), ((5_300, 5_000, 300), (5_300, 5_000, 300)));
    let mine = driver.get("/api/v1/me/payments").await.expect(200).json();
    assert_eq!(mine["payments"].as_array().unwrap().len(), 2, "{mine}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_in_suspense_for_an_order_that_wechat_paid_goes_back_by_hand_and_not_to_wechat() {
    let (town, driver, order_id) = due(Kind::Sqlite).await;
    driver.pay(&order_id).await;
    let (finance, manager) = clerks(&town).await;
    unknown_money(&town, &order_id, "4299", 200).await;
    let to_order = json!({"order_id": order_id, "reason": "paid twice"});
    both_say([&finance, &manager], "4299", &to_order).await;
    until_order(&town, &order_id, "the credit", |o| o.refunding_fen == 200).await;
    let back = refunds(&town, &order_id).await.remove(0);
    let paid = payments(&town, &order_id).await;
    let source = paid.iter().find(|payment| payment.payment_id == back.payment_id).unwrap();
    assert_eq!((source.method.as_str(), back.way.as_str()), ("suspense", "hand"));
    assert_eq!(back.amount_fen, 200);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_to_an_order_before_it_made_a_payment_gets_its_payment() {
    for (kind, sql) in MIGRATIONS {
        let (town, _, order_id) = due(kind).await;
        let (finance, manager) = clerks(&town).await;
        unknown_money(&town, &order_id, "4299", 300).await;
        let to_order = json!({"order_id": order_id, "reason": "the payer called"});
        both_say([&finance, &manager], "4299", &to_order).await;
        let before = payments(&town, &order_id).await;
        let url = town.app.config.database.clone();
        raw::run(&url, "delete from payment where method = 'suspense'").await.unwrap();
        raw::run(&url, sql).await.unwrap();
        let after = payments(&town, &order_id).await;
        let shown = |payments: &[PaymentRow]| {
            let one = |p: &PaymentRow| {
                let numbers = (p.out_trade_no.clone(), p.transaction_id.clone());
                (p.channel.clone(), p.method.clone(), numbers, p.amount_fen, p.succeeded_at)
            };
            payments.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(shown(&after), shown(&before));
        assert_eq!(after.len(), 1);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_transfer_of_the_bank_pays_one_refund_or_one_return_out_of_suspense() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, driver, order_id) = due(kind).await;
        driver.pay(&order_id).await;
        let (finance, manager) = clerks(&town).await;
        let inspector = Clerk::new(&town, "inspector", Role::Inspector).await;
        finance.ready_for_cash(&inspector).await;
        let receipt = json!({"receipt_no": "BY-0000001", "order_id": order_id, "amount_fen": 300,
            "taken_at": town.app.clock.city_now()});
        inspector.upload(&json!([receipt])).await;
        until_order(&town, &order_id, "it to wait for a hand", |o| o.refunding_fen == 300).await;
        let refund = refunds(&town, &order_id).await.remove(0);
        let transfer = format!("/api/v1/staff/refunds/{}/transfer", refund.refund_id);
        for transaction in ["4299", "4300"] {
            unknown_money(&town, &order_id, transaction, 70).await;
        }
        let path = |transaction: &str| format!("/api/v1/ledger/suspense/{transaction}");
        let back = |number: &str| json!({"receipt": number, "reason": "nobody's"});
        let (first, second) = (path("4299"), path("4300"));
        let malformed = back("shift:1");
        finance.post(&first, &malformed).await.expect_problem(422, "reference_malformed");
        finance.post(&first, &back("B1")).await.expect(200);
        let used = "transfer_reference_used";
        manager.post(&second, &back(" B1 ")).await.expect_problem(409, used);
        finance.post(&transfer, &json!({"reference": "B1"})).await.expect_problem(409, used);
        finance.post(&transfer, &json!({"reference": "B2"})).await.expect(200);
        manager.post(&second, &back("B2")).await.expect_problem(409, used);
        // Two at once: one of them has it.
        let number = back("B3");
        let (one, other) =
            tokio::join!(finance.post(&first, &number), manager.post(&second, &number));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        // Blanks around it are no other number: the second person says the same.
        let (has, first_person, second_person) = match one.status {
            200 => (first, &finance, &manager),
            _ => (second, &manager, &finance),
        };
        first_person.post(&has, &back("B3")).await.expect_problem(403, "second_person_needed");
        let done = second_person.post(&has, &back(" B3 ")).await.expect(200).json();
        assert_eq!(done["state"], "done");
        assert_eq!((balance(&town, "bank").await, balance(&town, "suspense").await), (-70, -70));
        town.finish().await;
    }
}
