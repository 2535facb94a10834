//! Owing: who is told how, what moves dunning on, what pauses it, and how it ends.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::staff::{JPEG, Staff, parked};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::raw;
use crate::harness::wait;

const FIRST: (&str, &str) = ("TS01", "ts-1");
const SECOND: (&str, &str) = ("TS02", "ts-2");
const PLATE: &str = "甘D12345";

/// Nobody waits a day for the grace to end.
async fn town_without_grace(kind: Kind) -> TestApp {
    TestApp::start_with(kind, BrokerKind::Embedded, |config| config.orders.grace_h = 0).await
}

async fn owing(town: &mut TestApp, driver: &Driver, place: (&str, &str)) -> String {
    let order_id = parked(town, driver, place, PLATE).await;
    driver.order_when(&order_id, "owing").await;
    order_id
}

/// The first notice in the outbox.
async fn notice(staff: &Staff, query: &str) -> Value {
    wait::until("a notice in the outbox", PATIENCE, async || {
        let box_ = staff.get(&format!("/api/v1/staff/notices{query}")).await.expect(200).json();
        box_["notices"].as_array()?.first().cloned()
    })
    .await
}

async fn record(staff: &Staff, notice: &Value, body: &Value) -> crate::harness::api::Answer {
    let path = format!("/api/v1/staff/notices/{}", notice["notice_id"].as_str().unwrap());
    staff.post(&path, body).await
}

async fn state_of(staff: &Staff, state: &str) -> Value {
    wait::until(&format!("arrears that are {state}"), PATIENCE, async || {
        let found = staff.get(&format!("/api/v1/staff/arrears?state={state}")).await.expect(200);
        (found.json()["count"] != 0).then(|| found.json()["arrears"][0].clone())
    })
    .await
}

async fn told_then_paid(kind: Kind) {
    let mut town = town_without_grace(kind).await;
    let (manager, inspector) =
        (Staff::of(&town, Role::Manager).await, Staff::of(&town, Role::Inspector).await);
    let driver = town.driver("lin").await;
    let contact = json!({"channel": "phone", "address": "138 1234 5678"});
    let given = driver.post("/api/v1/contacts", &contact).await.expect(201).json();
    assert_eq!(given["address"], "138****5678");
    let first = owing(&mut town, &driver, FIRST).await;

    let queued = notice(&manager, "").await;
    let text = queued["text"].as_str().unwrap();
    for part in ["甘D·1***5", "TS01", "人民路", "3.00元", "我的欠费", "可在小程序内申诉"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains(PLATE), "{text}");
    assert_eq!((&queued["channel"], &queued["step"]), (&json!("sms"), &json!("told")));
    inspector
        .get("/api/v1/staff/notices?addresses=true")
        .await
        .expect_problem(403, "role_insufficient");
    let addressed = notice(&manager, "?addresses=true").await;
    assert_eq!(addressed["address"], "13812345678");

    // Only a delivery that is on record takes the step.
    let silent = json!({"state": "delivered"});
    record(&manager, &queued, &silent).await.expect_problem(422, "proof_missing");
    record(&manager, &queued, &json!({"state": "handed", "to": "SMS gateway"})).await.expect(200);
    let arrears = driver.get("/api/v1/arrears").await.expect(200).json();
    assert_eq!((&arrears["count"], &arrears["sum_fen"]), (&json!(1), &json!(300)));
    assert_eq!(arrears["arrears"][0]["notices"], 0);
    let proof = json!({"state": "delivered", "proof": "receipt 8812"});
    record(&manager, &queued, &proof).await.expect(200);
    record(&manager, &queued, &proof).await.expect_problem(409, "notice_over");
    assert_eq!(driver.get("/api/v1/arrears").await.json()["arrears"][0]["notices"], 1);

    // The next claim shows what is owed, and is not refused for it.
    let second = owing(&mut town, &driver, SECOND).await;
    wait::until("dunning of both", PATIENCE, async || {
        let running = manager.get("/api/v1/staff/arrears?state=running").await.expect(200).json();
        (running["count"] == 2).then_some(())
    })
    .await;
    let third = driver.claim("TS03", PLATE).await.expect(201).json();
    assert_eq!(third["prior_debts"], json!({"count": 2, "sum_fen": 600}), "{third}");
    let plate =
        inspector.get("/api/v1/staff/arrears?plate=%E7%94%98D12345").await.expect(200).json();
    assert_eq!((&plate["count"], &plate["sum_fen"]), (&json!(2), &json!(600)));
    assert_eq!(plate["arrears"][0]["plate"], "甘D·1***5");

    // Both are paid with one payment; a stranger's order is refused with all of them.
    let stranger = town.driver("wang").await;
    let both = json!({"order_ids": [first, second], "channel": "wechat"});
    stranger.post("/api/v1/arrears/payments", &both).await.expect_problem(404, "order_unknown");
    let started = driver.post_as("pay-both", "/api/v1/arrears/payments", &both).await.expect(201);
    let started = started.json();
    assert_eq!(started["amount_fen"], 600);
    let again = driver.post_as("pay-both", "/api/v1/arrears/payments", &both).await.expect(201);
    assert_eq!(again.json()["payment_id"], started["payment_id"]);
    let path = format!("/api/v1/arrears/payments/{}", started["payment_id"].as_str().unwrap());
    stranger.get(&path).await.expect_problem(404, "payment_unknown");
    let pay = wait::until("the payment to be ready", PATIENCE, async || {
        let shown = driver.get(&path).await.expect(200).json();
        shown["pay"].is_object().then(|| shown["pay"].clone())
    })
    .await;
    assert_eq!(driver.confirm(&pay).await["trade_state"], "SUCCESS");
    for order_id in [&first, &second] {
        let paid = driver.order_when(order_id, "paid").await;
        assert_eq!(paid["payments"].as_array().unwrap().len(), 1, "{paid}");
        assert_eq!(paid["paid_fen"], 300);
    }
    assert_eq!(town.sandbox.charges().len(), 1);
    wait::until("the arrears to be settled", PATIENCE, async || {
        let settled = manager.get("/api/v1/staff/arrears?state=settled").await.expect(200).json();
        (settled["count"] == 2).then_some(())
    })
    .await;
    assert_eq!(driver.get("/api/v1/arrears").await.json()["count"], 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debtor_is_told_in_private_and_pays_several_debts_at_once_on_sqlite() {
    told_then_paid(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debtor_is_told_in_private_and_pays_several_debts_at_once_on_postgres() {
    told_then_paid(Kind::Postgres).await;
}

/// Puts a message about an order into the outbox, as a sweep did that many hours ago.
async fn queued_before(town: &TestApp, order_id: &str, hours: i64) -> Value {
    let order_id = order_id.parse().unwrap();
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    tx.cancel_arrears_notices(order_id).await.unwrap();
    let arrears = tx.lock_arrears(order_id).await.unwrap().unwrap();
    let notice_id = uuid::Uuid::now_v7();
    let notice = store::ArrearsNoticeRow {
        notice_id,
        order_id,
        operator_id: arrears.operator_id,
        account_id: arrears.account_id,
        step: 0,
        step_name: "told".into(),
        channel: "sms".into(),
        text_zh: "欠费".into(),
        text_en: "owed".into(),
        state: "queued".into(),
        made_at: town.app.clock.city_now().ms() - hours * 3_600_000,
        handed_at: None,
        handed_to: None,
        delivered_at: None,
        proof: None,
        recorded_by: None,
    };
    assert!(tx.insert_arrears_notice(&notice).await.unwrap());
    tx.commit().await.unwrap();
    json!({"notice_id": notice_id})
}

async fn contacted_once_a_day(kind: Kind) {
    let mut town = town_without_grace(kind).await;
    let manager = Staff::of(&town, Role::Manager).await;
    let driver = town.driver("lin").await;
    let contact = json!({"channel": "phone", "address": "138 1234 5678"});
    driver.post("/api/v1/contacts", &contact).await.expect(201);
    let first = owing(&mut town, &driver, FIRST).await;
    let second = owing(&mut town, &driver, SECOND).await;
    wait::until("dunning of both", PATIENCE, async || {
        let running = manager.get("/api/v1/staff/arrears?state=running").await.expect(200).json();
        (running["count"] == 2).then_some(())
    })
    .await;
    // Both were queued on different days, and both are taken out of the box at noon of the 15th.
    let (today, older) =
        (queued_before(&town, &first, 0).await, queued_before(&town, &second, 48).await);
    let handed = json!({"state": "handed", "to": "SMS gateway"});
    record(&manager, &today, &handed).await.expect(200);
    let late = record(&manager, &older, &handed).await;
    late.expect_problem(409, "contact_not_now");
    // Nor is it said afterwards that it went out today, or in the night.
    let delivered = |at: &str| json!({"state": "delivered", "proof": "8812", "delivered_at": at});
    for at in
        ["2026-09-15T08:30:00+08:00", "2026-09-14T23:00:00+08:00", "2026-09-14T07:59:59+08:00"]
    {
        record(&manager, &older, &delivered(at)).await.expect_problem(409, "contact_not_now");
    }
    // What was handed over at an hour that was allowed arrives when it does.
    let proof = json!({"state": "delivered", "proof": "8811"});
    record(&manager, &today, &proof).await.expect(200);
    record(&manager, &older, &handed).await.expect_problem(409, "contact_not_now");
    // It has waited in the outbox all the while: on a day without another contact it goes out.
    let waiting = notice(&manager, "").await;
    assert_eq!(waiting["notice_id"], older["notice_id"]);
    record(&manager, &older, &delivered("2026-09-14T10:00:00+08:00")).await.expect(200);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debtor_is_contacted_once_a_day_however_notices_were_queued_on_sqlite() {
    contacted_once_a_day(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debtor_is_contacted_once_a_day_however_notices_were_queued_on_postgres() {
    contacted_once_a_day(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_limitation_nothing_that_was_queued_goes_out() {
    let mut town = town_without_grace(Kind::Sqlite).await;
    let manager = Staff::of(&town, Role::Manager).await;
    let driver = town.driver("lin").await;
    owing(&mut town, &driver, FIRST).await;
    let queued = notice(&manager, "").await;
    // Four years go by.
    let long_ago = "update arrears set since_at = since_at - 126230400000, limitation_at = limitation_at - 126230400000";
    raw::run(&town.app.config.database, long_ago).await.unwrap();
    let delivered = json!({"state": "delivered", "proof": "photo 12"});
    record(&manager, &queued, &delivered).await.expect_problem(409, "notice_over");
    raw::run(&town.app.config.database, "update arrears set next_at = 0").await.unwrap();
    state_of(&manager, "lapsed").await;
    let left = manager.get("/api/v1/staff/notices").await.expect(200).json();
    assert_eq!(left["notices"], json!([]));
    let taken_back = manager.get("/api/v1/staff/notices?state=cancelled").await.expect(200).json();
    assert_eq!(taken_back["notices"][0]["notice_id"], queued["notice_id"]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_pauses_dunning_and_takes_back_what_was_not_sent() {
    let mut town = town_without_grace(Kind::Sqlite).await;
    let manager = Staff::of(&town, Role::Manager).await;
    let driver = town.driver("lin").await;
    let order_id = owing(&mut town, &driver, FIRST).await;
    // Without any leave to reach the driver a slip is printed.
    let queued = notice(&manager, "").await;
    assert_eq!(queued["channel"], "slip");
    let body = json!({"ground": "other", "text": "请核实"});
    let path = format!("/api/v1/orders/{order_id}/appeals");
    let appeal = driver.post(&path, &body).await.expect(201).json();
    state_of(&manager, "paused").await;
    let delivered = json!({"state": "delivered", "proof": "photo 12"});
    record(&manager, &queued, &delivered).await.expect_problem(409, "notice_over");
    let withdraw = format!("/api/v1/appeals/{}/withdraw", appeal["appeal_id"].as_str().unwrap());
    driver.post(&withdraw, &json!({})).await.expect(200);
    driver.post(&withdraw, &json!({})).await.expect_problem(409, "appeal_over");
    // It goes on where it was: the same step is told again.
    let again = notice(&manager, "").await;
    assert_eq!((&again["step"], &again["channel"]), (&json!("told"), &json!("slip")));
    assert_ne!(again["notice_id"], queued["notice_id"]);
    driver.pay(&order_id).await;
    state_of(&manager, "settled").await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_up_and_whose_it_is_are_decided_by_two() {
    let mut town = town_without_grace(Kind::Postgres).await;
    let (finance, manager) =
        (Staff::of(&town, Role::Finance).await, Staff::of(&town, Role::Manager).await);
    let driver = town.driver("lin").await;
    let (first, second) =
        (owing(&mut town, &driver, FIRST).await, owing(&mut town, &driver, SECOND).await);
    state_of(&manager, "running").await;
    let why = |kind: &str| json!({"kind": kind, "reason": "失联", "authority": "经营单位", "document_number": "1号"});
    let decisions = |order: &str| format!("/api/v1/staff/orders/{order}/decisions");
    let unnamed =
        json!({"kind": "write_off", "reason": "x", "authority": " ", "document_number": "1"});
    finance.post(&decisions(&first), &unnamed).await.expect_problem(422, "reason_missing");
    let proposed = finance.post(&decisions(&first), &why("write_off")).await.expect(201).json();
    assert_eq!((&proposed["amount_fen"], &proposed["state"]), (&json!(300), &json!("proposed")));
    finance
        .post(&decisions(&first), &why("write_off"))
        .await
        .expect_problem(409, "decision_waiting");
    let verdict = |decision: &Value| {
        format!("/api/v1/staff/decisions/{}", decision["decision_id"].as_str().unwrap())
    };
    let (yes, no) = (json!({"approve": true}), json!({"approve": false}));
    finance.post(&verdict(&proposed), &yes).await.expect_problem(403, "second_person_needed");
    manager.post(&verdict(&proposed), &no).await.expect(200);
    assert_eq!(driver.order(&first).await["state"], "owing");
    let proposed = finance.post(&decisions(&first), &why("write_off")).await.expect(201).json();
    manager.post(&verdict(&proposed), &yes).await.expect(200);
    manager.post(&verdict(&proposed), &yes).await.expect_problem(409, "decision_over");
    assert_eq!(driver.order(&first).await["state"], "written_off");
    state_of(&manager, "written_off").await;

    // The plate was cloned: with evidence the arrears are nobody's any more.
    let cloned = finance.post(&decisions(&second), &why("detach")).await.expect(201).json();
    manager.post(&verdict(&cloned), &yes).await.expect_problem(422, "evidence_missing");
    let files = format!("/api/v1/staff/cases/{}/attachments", cloned["case_id"].as_str().unwrap());
    finance.put(&files, JPEG).await.expect(200);
    manager.post(&verdict(&cloned), &yes).await.expect(200);
    driver.get(&format!("/api/v1/orders/{second}")).await.expect_problem(404, "order_unknown");
    assert_eq!(driver.get("/api/v1/arrears").await.json()["count"], 0);
    let plate = finance.get("/api/v1/staff/arrears?plate=%E7%94%98D12345").await.expect(200).json();
    assert_eq!(plate["count"], 0, "{plate}");
    let detached = state_of(&manager, "detached").await;
    assert_eq!((&detached["order_state"], &detached["owed_fen"]), (&json!("owing"), &json!(300)));
    town.finish().await;
}

async fn decided_as_proposed(kind: Kind) {
    let mut town = town_without_grace(kind).await;
    let (finance, manager) =
        (Staff::of(&town, Role::Finance).await, Staff::of(&town, Role::Manager).await);
    let driver = town.driver("lin").await;
    let (first, second) =
        (owing(&mut town, &driver, FIRST).await, owing(&mut town, &driver, SECOND).await);
    let propose = async |order: &str, body: Value| {
        let mut body = body;
        for (name, text) in
            [("reason", "失联"), ("authority", "经营单位"), ("document_number", "1号")]
        {
            body[name] = json!(text);
        }
        let path = format!("/api/v1/staff/orders/{order}/decisions");
        finance.post(&path, &body).await.expect(201).json()
    };
    let decide = async |decision: &Value, approve: bool| {
        let id = decision["decision_id"].as_str().unwrap();
        let path = format!("/api/v1/staff/decisions/{id}");
        manager.post(&path, &json!({"approve": approve})).await
    };
    // 3.00 are proposed to be written off; a coupon makes it 2.00 before anybody approves.
    let proposed = propose(&first, json!({"kind": "write_off"})).await;
    assert_eq!(proposed["amount_fen"], 300);
    let coupon = json!({"kind": "amount", "amount_fen": 100, "count": 1, "purpose": "开业活动",
        "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
    let issued = manager.post("/api/v1/staff/coupons", &coupon).await.expect(201).json();
    let code = json!({"code": issued["coupons"][0]["code"]});
    driver.post(&format!("/api/v1/orders/{first}/coupons"), &code).await.expect(201);
    let total = async |order: &str, fen: i64| {
        wait::until("the new bill", PATIENCE, async || {
            (driver.order(order).await["total_fen"] == fen).then_some(())
        })
        .await;
    };
    total(&first, 200).await;
    decide(&proposed, true).await.expect_problem(409, "nothing_to_decide");
    assert_eq!(driver.order(&first).await["state"], "owing");
    decide(&proposed, false).await.expect(200);
    let proposed = propose(&first, json!({"kind": "write_off"})).await;
    assert_eq!(proposed["amount_fen"], 200);
    decide(&proposed, true).await.expect(200);
    assert_eq!(driver.order(&first).await["state"], "written_off");

    // All of 3.00 is proposed to be waived; then it is paid: nobody decided to give money back.
    let proposed = propose(&second, json!({"kind": "waiver", "amount_fen": 300})).await;
    driver.pay(&second).await;
    decide(&proposed, true).await.expect_problem(409, "nothing_to_decide");
    let paid = driver.order(&second).await;
    assert_eq!((&paid["state"], &paid["paid_fen"]), (&json!("paid"), &json!(300)));
    decide(&proposed, false).await.expect(200);
    // Of a paid order it is: 1.00 goes back.
    let proposed = propose(&second, json!({"kind": "waiver", "amount_fen": 100})).await;
    decide(&proposed, true).await.expect(200);
    wait::until("the refund", PATIENCE, async || {
        (driver.order(&second).await["refunded_fen"] == 100).then_some(())
    })
    .await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_second_person_approves_is_what_was_proposed_on_sqlite() {
    decided_as_proposed(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_second_person_approves_is_what_was_proposed_on_postgres() {
    decided_as_proposed(Kind::Postgres).await;
}
