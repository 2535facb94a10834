//! Prepaid balances: topped up through the channel, used on bills, given back as they came; never below nothing,
//! however many ask at once, and always what the books owe.

use gateway::config::{Config, PrepaidPayee};
use gateway::flow::sign_in::Role;
use gateway::flow::statement::{month_statement, payee_named};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::town::{self, ITS_FEE_FEN};
use crate::harness::wait;

const PLATE: &str = "甘D12345";
const PAYEE: &str = "测试停车运营有限公司";
const MANY: usize = 16;

pub(crate) fn offered(config: &mut Config) {
    config.prepaid.payees = vec![PrepaidPayee {
        payee: PAYEE.into(),
        authority: "测试主管部门".into(),
        document_number: "〔2026〕1号".into(),
        min_top_up_fen: 100,
        max_top_up_fen: 5_000,
        max_balance_fen: 8_000,
    }];
}

async fn start(kind: Kind) -> (TestApp, Driver, String) {
    let town = TestApp::start_with(kind, BrokerKind::Embedded, offered).await;
    let driver = town.driver("lin").await;
    let shown = driver.get("/api/v1/prepaid").await.expect(200).json();
    let payee = shown["balances"][0]["payee_id"].as_str().unwrap().to_owned();
    (town, driver, payee)
}

/// Tops up and pays it; the balance then.
pub(crate) async fn top_up(driver: &Driver, payee: &str, fen: i64) -> String {
    let path = format!("/api/v1/prepaid/{payee}/top-ups");
    let started = driver.post(&path, &json!({"amount_fen": fen})).await.expect(201).json();
    let order_id = started["order_id"].as_str().unwrap().to_owned();
    let pay = wait::until("the payment to be ready", PATIENCE, async || {
        let order = driver.order(&order_id).await;
        let pay = order["payments"].as_array()?.last()?["pay"].clone();
        pay.is_object().then_some(pay)
    })
    .await;
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    let order = driver.order_when(&order_id, "paid").await;
    assert_eq!((&order["total_fen"], &order["paid_fen"]), (&json!(fen), &json!(fen)));
    order_id
}

async fn balance(driver: &Driver) -> i64 {
    let shown = driver.get("/api/v1/prepaid").await.expect(200).json();
    shown["balances"][0]["balance_fen"].as_i64().unwrap()
}

/// A vehicle stood for 2 h 05 min and left: 3 yuan are due.
async fn due(town: &mut TestApp, driver: &Driver) -> String {
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    driver.order_when(&order_id, "due").await;
    order_id
}

/// What the books owe to drivers on balances.
async fn owed(town: &TestApp) -> i64 {
    let rows = town.app.store.read().await.unwrap().trial(None, "", "9999").await.unwrap();
    rows.iter().filter(|r| r.account == "prepaid").map(|r| r.credit_fen - r.debit_fen).sum()
}

fn pay_path(order_id: &str) -> String {
    format!("/api/v1/orders/{order_id}/balance-payments")
}

async fn life(kind: Kind) {
    let (mut town, driver, payee) = start(kind).await;
    let top_ups = format!("/api/v1/prepaid/{payee}/top-ups");
    for (fen, code) in [(99, "top_up_out_of_bounds"), (5_001, "top_up_out_of_bounds")] {
        driver.post(&top_ups, &json!({"amount_fen": fen})).await.expect_problem(422, code);
    }
    let nowhere = format!("/api/v1/prepaid/{}/top-ups", Uuid::nil());
    driver
        .post(&nowhere, &json!({"amount_fen": 100}))
        .await
        .expect_problem(404, "prepaid_not_offered");
    let first = top_up(&driver, &payee, 5_000).await;
    assert_eq!((balance(&driver).await, owed(&town).await), (5_000, 5_000));
    let invoice = json!({"order_ids": [first], "title": {"kind": "person", "name": "张三"}});
    driver.post("/api/v1/invoices", &invoice).await.expect_problem(422, "top_up_not_invoiced");
    // 50.00 stand on it, 80.00 may.
    driver
        .post(&top_ups, &json!({"amount_fen": 3_001}))
        .await
        .expect_problem(422, "balance_too_large");

    let order_id = due(&mut town, &driver).await;
    let stranger = town.driver("wang").await;
    stranger.post(&pay_path(&order_id), &json!({})).await.expect_problem(404, "order_unknown");
    // A WeChat attempt that is pending gives way.
    driver.pay_params(&order_id).await;
    let paid = driver.post_as("once", &pay_path(&order_id), &json!({})).await.expect(201).json();
    assert_eq!((&paid["state"], &paid["paid_fen"]), (&json!("paid"), &json!(ITS_FEE_FEN)));
    let again = driver.post_as("once", &pay_path(&order_id), &json!({})).await.expect(201).json();
    assert_eq!(again, paid);
    driver
        .post_as("once", &pay_path(&order_id), &json!({"part": true}))
        .await
        .expect_problem(409, "idempotency_key_reused");
    driver.post(&pay_path(&order_id), &json!({})).await.expect_problem(409, "order_paid");
    driver.post(&pay_path(&first), &json!({})).await.expect_problem(422, "top_up_by_balance");
    assert_eq!((balance(&driver).await, owed(&town).await), (4_700, 4_700));
    let order = driver.order(&order_id).await;
    let by_balance =
        order["payments"].as_array().unwrap().iter().find(|p| p["channel"] == "prepaid");
    assert_eq!(by_balance.unwrap()["state"], "succeeded");

    let second = top_up(&driver, &payee, 1_000).await;
    let moves = format!("/api/v1/prepaid/{payee}/moves");
    stranger.get(&moves).await.expect_problem(404, "balance_unknown");
    let moves = driver.get(&moves).await.expect(200).json();
    let told: Vec<(String, i64, i64)> =
        moves["moves"].as_array().unwrap().iter().map(told).collect();
    let expected = [("top_up", 1_000, 5_700), ("used", -300, 4_700), ("top_up", 5_000, 5_000)];
    assert_eq!(told, expected.map(|(kind, fen, then)| (kind.to_owned(), fen, then)));
    month(&town).await;

    // The balance stands in the way of the account's end.
    let end = async |key: &str| driver.post_as(key, "/api/v1/me/deletion", &json!({})).await;
    end("early").await.expect_problem(409, "matters_open");
    let data = driver.get("/api/v1/me/export").await.expect(200).json();
    assert_eq!(data["prepaid"][0]["moves"].as_array().unwrap().len(), 3, "{data}");
    let refund = format!("/api/v1/prepaid/{payee}/refund");
    let back = driver.post("/api/v1/prepaid/x/refund", &json!({})).await;
    back.expect_problem(404, "balance_unknown");
    let back = driver.post(&refund, &json!({})).await.expect(200).json();
    // 57.00: all of the newer top-up, and 47.00 of the older one.
    assert_eq!(back["amount_fen"], 5_700);
    let parts: Vec<(&Value, &Value, &Value)> = back["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["order_id"], &r["amount_fen"], &r["way"]))
        .collect();
    let (second_id, first_id, channel) = (json!(second), json!(first), json!("channel"));
    assert_eq!(
        parts,
        [(&second_id, &json!(1_000), &channel), (&first_id, &json!(4_700), &channel)]
    );
    assert_eq!((balance(&driver).await, owed(&town).await), (0, 0));
    driver.post(&refund, &json!({})).await.expect_problem(409, "nothing_to_refund");
    for (order_id, fen, state) in [(&second, 1_000, "void"), (&first, 4_700, "paid")] {
        wait::until("the refund to arrive", PATIENCE, async || {
            let order = driver.order(order_id).await;
            (order["refunded_fen"] == fen && order["state"] == state).then_some(())
        })
        .await;
    }
    end("at-last").await.expect(200);
    town.finish().await;
}

fn told(one: &Value) -> (String, i64, i64) {
    let fen = |name: &str| one[name].as_i64().unwrap();
    (one["kind"].as_str().unwrap().to_owned(), fen("amount_fen"), fen("balance_fen"))
}

/// 3.00 are earned and received, all of it from balances; 60.00 were topped up.
async fn month(town: &TestApp) {
    let mut tx = town.app.store.read().await.unwrap();
    let actor = gateway::flow::actor::Actor::command_line();
    let payee = payee_named(&mut tx, &actor, None).await.unwrap();
    let month = month_statement(&mut tx, &payee, "2026-09".parse().unwrap()).await.unwrap();
    let total = &month.total;
    assert_eq!((total.earned_fen, total.received_fen, total.refunded_fen), (300, 300, 0));
    assert_eq!((total.topped_up_fen, total.from_balances_fen), (6_000, 300));
    assert_eq!((month.prepaid_fen, month.receivable_fen), (5_700, 0));
    assert_eq!(total.uninvoiced_fen, 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balance_is_topped_up_used_and_given_back_newest_first_on_sqlite() {
    life(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balance_is_topped_up_used_and_given_back_newest_first_on_postgres() {
    life(Kind::Postgres).await;
}

async fn at_once(kind: Kind) {
    let (mut town, driver, payee) = start(kind).await;
    top_up(&driver, &payee, 400).await;
    let order_id = due(&mut town, &driver).await;
    // Many pay the same bill while others take the balance back: 4.00 serve one of them.
    let mut asked = JoinSet::new();
    for number in 0..MANY {
        let (api, token) = (town.api.clone(), driver.token.clone());
        let path = if number % 4 == 3 {
            format!("/api/v1/prepaid/{payee}/refund")
        } else {
            pay_path(&order_id)
        };
        asked.spawn(async move {
            let key = Uuid::new_v4().to_string();
            let answer = api.post(&path, Some(&token), Some(&key), &json!({})).await;
            (path.contains("refund"), answer.status)
        });
    }
    let (mut paid, mut back) = (0, 0);
    while let Some(answer) = asked.join_next().await {
        match answer.unwrap() {
            (false, 201) => paid += 1,
            (true, 200) => back += 1,
            (_, status) => assert_eq!(status, 409),
        }
    }
    assert!(paid <= 1 && back <= 1 && paid + back >= 1, "{paid} paid, {back} took it back");
    assert_eq!(
        (balance(&driver).await, owed(&town).await),
        (if back == 1 { 0 } else { 100 }, if back == 1 { 0 } else { 100 })
    );
    if paid == 0 {
        driver.pay(&order_id).await;
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_use_a_balance_once_on_sqlite() {
    at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_use_a_balance_once_on_postgres() {
    at_once(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balance_pays_a_part_and_what_it_paid_comes_back_to_it() {
    let (mut town, driver, payee) = start(Kind::Postgres).await;
    top_up(&driver, &payee, 200).await;
    let order_id = due(&mut town, &driver).await;
    driver.post(&pay_path(&order_id), &json!({})).await.expect_problem(409, "balance_insufficient");
    let part = driver.post(&pay_path(&order_id), &json!({"part": true})).await.expect(201).json();
    assert_eq!((&part["state"], &part["due_fen"]), (&json!("due"), &json!(100)));
    assert_eq!(balance(&driver).await, 0);
    driver.pay(&order_id).await;
    // It turns out to be exempt: 1.00 goes back through WeChat Pay, 2.00 to the balance.
    let manager = town.staff(Role::Manager).await;
    let body = json!({"duty": "sanitation", "whose": "plate", "plate": PLATE,
        "legal_basis": "市停车收费办法 第十二条", "document_number": "〔2026〕3号",
        "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
    town.api.post("/api/v1/staff/exemptions", Some(&manager), Some("e"), &body).await.expect(201);
    wait::until("all of it to be back", PATIENCE, async || {
        let order = driver.order(&order_id).await;
        (order["state"] == "exempt" && order["refunded_fen"] == 300).then_some(())
    })
    .await;
    assert_eq!((balance(&driver).await, owed(&town).await), (200, 200));
    let refunds =
        driver.get(&format!("/api/v1/orders/{order_id}/refunds")).await.expect(200).json();
    let mut ways: Vec<(String, i64)> = refunds["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["way"].as_str().unwrap().to_owned(), r["amount_fen"].as_i64().unwrap()))
        .collect();
    ways.sort_unstable();
    assert_eq!(ways, [("balance".to_owned(), 200), ("channel".to_owned(), 100)]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_offered_there_is_no_balance() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let shown = driver.get("/api/v1/prepaid").await.expect(200).json();
    assert_eq!(shown["balances"], json!([]));
    town.finish().await;
}
