//! Documents end to end: issued once whatever goes wrong, taken back before money goes back, handed out to whoever may have
//! them. Everything runs on the real sandbox over HTTP; at its end every test proves the books and the documents.

mod bills;
mod delivery;
mod killed;
mod looking_back;
mod mails;
mod many;
mod red;
mod simulation;
mod troubles;

use gateway::flow::sign_in::{Role, add_staff};
use serde_json::{Value, json};
use store::{InvoiceRow, OrderRow};
use uuid::Uuid;

use crate::harness::api::Answer;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::{town, wait};

const PLATE: &str = "甘D12345";

/// A town in which a driver paid 3 yuan.
async fn paid(kind: Kind) -> (TestApp, Driver, String) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (driver, order_id) = make_paid(&mut town).await;
    (town, driver, order_id)
}

async fn make_paid(town: &mut TestApp) -> (Driver, String) {
    let driver = town.driver("lin").await;
    let order_id = park_and_pay(town, &driver, ("TS01", "ts-1", PLATE)).await;
    (driver, order_id)
}

async fn park_and_pay(
    town: &mut TestApp,
    driver: &Driver,
    (bay, device, plate): (&str, &str, &str),
) -> String {
    let now = town.api.now().await;
    town.hear(device, &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim(bay, plate).await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    town.hear(device, &town::leaves(town.api.now().await)).await;
    driver.order_when(&order_id, "due").await;
    driver.pay(&order_id).await;
    order_id
}

async fn order(town: &TestApp, order_id: &str) -> OrderRow {
    let id: Uuid = order_id.parse().unwrap();
    town.app.store.read().await.unwrap().order(id).await.unwrap().unwrap()
}

/// Every document of an order, oldest first.
async fn documents(town: &TestApp, order_id: &str) -> Vec<InvoiceRow> {
    let id: Uuid = order_id.parse().unwrap();
    town.app.store.read().await.unwrap().invoices_of_order(id).await.unwrap()
}

/// The newest red document of an order, once it is in that state.
async fn until_red(town: &TestApp, order_id: &str, state: &str) -> InvoiceRow {
    wait::until(&format!("a red document to be {state}"), PATIENCE, async || {
        let newest = documents(town, order_id).await.pop()?;
        let whole = state != "issued" || newest.documents_at.is_some();
        (newest.colour == "red" && newest.state == state && whole).then_some(newest)
    })
    .await
}

async fn until_order(
    town: &TestApp,
    order_id: &str,
    what: &str,
    is_so: impl Fn(&OrderRow) -> bool,
) -> OrderRow {
    wait::until(what, PATIENCE, async || {
        let found = order(town, order_id).await;
        is_so(&found).then_some(found)
    })
    .await
}

async fn until_case(town: &TestApp, kind: &str, count: i64) {
    wait::until(&format!("{count} open cases {kind}"), PATIENCE, async || {
        let open = town.app.store.read().await.unwrap().count_open_cases(kind).await.unwrap();
        (open == count).then_some(())
    })
    .await;
}

/// What the platform has written down of documents: one line each.
fn at_the_platform(town: &TestApp) -> Vec<Value> {
    town.sandbox.invoices()
}

/// A member of staff who is signed in.
struct Clerk<'a> {
    town: &'a TestApp,
    token: String,
}

impl<'a> Clerk<'a> {
    async fn new(town: &'a TestApp, login: &'static str, role: Role) -> Clerk<'a> {
        let (store, now) = (&town.app.store, town.app.clock.city_now().ms());
        add_staff(store, login, "correct horse", role, now).await.unwrap();
        let body = json!({"login": login, "password": "correct horse"});
        let answer = town.api.post("/api/v1/staff/sessions", None, None, &body).await.expect(201);
        let token = answer.json()["token"].as_str().unwrap().to_owned();
        Clerk { town, token }
    }

    async fn get(&self, path: &str) -> Answer {
        self.town.api.get(path, Some(&self.token)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let key = Uuid::new_v4().to_string();
        self.town.api.post(path, Some(&self.token), Some(&key), body).await
    }

    async fn work(&self, invoice_id: Uuid, what: &str) -> Answer {
        let path = format!("/api/v1/staff/invoices/{invoice_id}/work");
        self.post(&path, &json!({"do": what})).await
    }
}

/// Two members of staff give up a part of an order that was paid: it goes back to the driver.
async fn waive(town: &TestApp, order_id: &str, amount_fen: i64, names: [&'static str; 2]) {
    let proposer = Clerk::new(town, names[0], Role::Finance).await;
    let decider = Clerk::new(town, names[1], Role::Manager).await;
    let body = json!({"kind": "waiver", "amount_fen": amount_fen, "reason": "阀值误差",
        "authority": "市停车管理办公室", "document_number": "〔2026〕1号"});
    let path = format!("/api/v1/staff/orders/{order_id}/decisions");
    let proposed = proposer.post(&path, &body).await.expect(201).json();
    let path = format!("/api/v1/staff/decisions/{}", proposed["decision_id"].as_str().unwrap());
    decider.post(&path, &json!({"approve": true})).await.expect(200);
}
