//! Channels end to end: the doors that money comes by, money that goes back, cash, and each trouble of a
//! provider. Everything runs on the real sandbox; at its end every test proves the books.

mod bay_code;
mod cash_day;
mod certificates;
mod doors;
mod for_another;
mod joint;
mod parking;
mod refunds;
mod simultaneous;
mod suspense;
mod troubles;

use gateway::flow::sign_in::{Role, add_staff};
use serde_json::{Value, json};
use store::OrderRow;
use uuid::Uuid;

use crate::harness::api::Answer;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town;
use crate::harness::wait;

const PLATE: &str = "甘D12345";

/// A town in which a vehicle stood for 2 h 05 min and left: 3 yuan are due.
async fn due(kind: Kind) -> (TestApp, Driver, String) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (driver, order_id) = make_due(&mut town).await;
    (town, driver, order_id)
}

async fn make_due(town: &mut TestApp) -> (Driver, String) {
    let (driver, order_id) = parked(town).await;
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(&order_id, "due").await;
    (driver, order_id)
}

/// A vehicle that has stood for 2 h 05 min and is claimed.
async fn parked(town: &mut TestApp) -> (Driver, String) {
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let driver = town.driver("lin").await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    (driver, claim["order_id"].as_str().unwrap().to_owned())
}

/// Paid twice: at WeChat's cashier, of which nobody told us, and in cash. 3 yuan are to go back.
async fn paid_twice(town: &TestApp, driver: &Driver, order_id: &str) {
    let inspector = Clerk::new(town, "inspector", Role::Inspector).await;
    let finance = Clerk::new(town, "cashier", Role::Finance).await;
    finance.ready_for_cash(&inspector).await;
    town.sandbox.trouble(&json!({"notify": "off"})).await;
    let pay = driver.pay_params(order_id).await;
    // A minute before: WeChat tells whole seconds, and what was paid last goes back first.
    let receipt = json!({"receipt_no": "BY-0000001", "order_id": order_id, "amount_fen": 300,
        "taken_at": town.api.now().await.plus_ms(-60_000)});
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    let taken = inspector.upload(&json!([receipt])).await;
    assert_eq!(taken[0]["outcome"], "paid", "{taken}");
    town.sandbox.trouble(&json!({"notify": "normal"})).await;
    wait::until("both payments to be booked", PATIENCE, async || {
        (stored(town, order_id).await.paid_fen == 600).then_some(())
    })
    .await;
}

async fn stored(town: &TestApp, order_id: &str) -> OrderRow {
    let id: Uuid = order_id.parse().unwrap();
    town.app.store.read().await.unwrap().order(id).await.unwrap().unwrap()
}

async fn until_order(
    town: &TestApp,
    order_id: &str,
    what: &str,
    is_so: impl Fn(&OrderRow) -> bool,
) -> OrderRow {
    wait::until(what, PATIENCE, async || {
        let order = stored(town, order_id).await;
        is_so(&order).then_some(order)
    })
    .await
}

async fn refunds(town: &TestApp, order_id: &str) -> Vec<store::RefundRow> {
    let id: Uuid = order_id.parse().unwrap();
    town.app.store.read().await.unwrap().refunds_of_order(id).await.unwrap()
}

async fn open_cases(town: &TestApp, kind: &str) -> i64 {
    town.app.store.read().await.unwrap().count_open_cases(kind).await.unwrap()
}

/// What stands on an account and its parts, debit above 0.
async fn balance(town: &TestApp, account: &str) -> i64 {
    let mut tx = town.app.store.read().await.unwrap();
    let (mut sum, part) = (0, format!("{account}:"));
    for payee in tx.payees().await.unwrap() {
        let balances = tx.balances(payee.payee_id, "").await.unwrap();
        let of = balances.iter().filter(|b| b.account == account || b.account.starts_with(&part));
        sum += of.map(|b| b.stored_debit_fen - b.stored_credit_fen).sum::<i64>();
    }
    sum
}

/// A member of staff who is signed in.
struct Clerk<'a> {
    town: &'a TestApp,
    login: &'static str,
    token: String,
}

impl<'a> Clerk<'a> {
    async fn new(town: &'a TestApp, login: &'static str, role: Role) -> Clerk<'a> {
        let (store, now) = (&town.app.store, town.app.clock.city_now().ms());
        add_staff(store, login, "correct horse", role, now).await.unwrap();
        Clerk::signed_in(town, login).await
    }

    /// One who is known already.
    async fn signed_in(town: &'a TestApp, login: &'static str) -> Clerk<'a> {
        let body = json!({"login": login, "password": "correct horse"});
        let answer = town.api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201);
        let token = answer.json()["token"].as_str().unwrap().to_owned();
        Clerk { town, login, token }
    }

    async fn get(&self, path: &str) -> Answer {
        self.town.api.get(path, Some(&self.token)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let key = Uuid::new_v4().to_string();
        self.town.api.post(path, Some(&self.token), Some(&key), body).await
    }

    /// Hands numbers 1 to 100 of BY to a collector, who opens a shift without any change.
    async fn ready_for_cash(&self, collector: &Clerk<'_>) -> String {
        let range = json!({"collector": collector.login, "series": "BY", "first": 1, "last": 100});
        self.post("/api/v1/staff/cash/ranges", &range).await.expect(201);
        let shift =
            collector.post("/api/v1/staff/cash/shifts", &json!({})).await.expect(201).json();
        shift["shift_id"].as_str().unwrap().to_owned()
    }

    async fn upload(&self, receipts: &Value) -> Value {
        let body = json!({"receipts": receipts});
        let answer = self.post("/api/v1/staff/cash/receipts", &body).await.expect(200).json();
        answer["receipts"].clone()
    }
}
