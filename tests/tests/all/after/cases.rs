//! Cases: deadlines in working time, two persons, closed is not fixed.

use gateway::flow::sign_in::Role;
use serde_json::json;
use vocabulary::Timestamp;

use super::staff::{JPEG, Staff};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::wait;

async fn walk(kind: Kind) {
    let town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (inspector, manager, auditor) = (
        Staff::of(&town, Role::Inspector).await,
        Staff::of(&town, Role::Manager).await,
        Staff::of(&town, Role::Auditor).await,
    );
    let call = json!({"kind": "obstruction", "source": "12345", "external_number": "GS20260915-7",
        "subject_kind": "bay", "subject_id": "TS01", "detail": "泊位被杂物占用"});
    let case = manager.post("/api/v1/staff/cases", &call).await.expect(201).json();
    manager.post("/api/v1/staff/cases", &call).await.expect_problem(409, "case_exists");
    auditor.post("/api/v1/staff/cases", &call).await.expect_problem(403, "role_insufficient");
    // Noon on Tuesday: the office opens again at 14:30, an hour of it is over at 15:30; an obstruction
    // is dealt with by the end of the next working day.
    let id = &case["case_id"];
    assert_eq!(case["take_by_at"], "2026-09-15T07:30:00.000Z", "{case}");
    assert_eq!(
        (&case["due_at"], &case["overdue"]),
        (&json!("2026-09-16T10:00:00.000Z"), &json!(false))
    );

    inspector.work(id, "done", "搬走了").await.expect_problem(409, "case_not_taken");
    inspector.work(id, "take", "").await.expect(200);
    inspector.work(id, "done", " ").await.expect_problem(422, "nothing_said");
    manager.work(id, "close", "").await.expect_problem(409, "case_not_handled");
    let attachments = format!("/api/v1/staff/cases/{}/attachments", id.as_str().unwrap());
    let photo = inspector.put(&attachments, JPEG).await.expect(200).json();
    inspector.work(id, "done", "杂物已清除").await.expect(200);
    inspector.work(id, "close", "").await.expect_problem(403, "handler_may_not_close");
    manager.work(id, "send_back", "请补照片").await.expect(200);
    inspector.work(id, "done", "见照片").await.expect(200);
    let closed = manager.work(id, "close", "").await.expect(200).json();
    assert_eq!((&closed["state"], &closed["outcome"]), (&json!("closed"), &json!("见照片")));
    manager.work(id, "take", "").await.expect_problem(409, "case_closed");
    let reopened = manager.work(id, "reopen", "又有杂物").await.expect(200).json();
    assert_eq!((&reopened["state"], &reopened["reopened"]), (&json!("open"), &json!(1)));

    let whole = auditor.get(&format!("/api/v1/staff/cases/{}", id.as_str().unwrap())).await;
    let whole = whole.expect(200).json();
    let kinds: Vec<&str> =
        whole["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    let expected =
        ["opened", "taken", "attached", "done", "sent_back", "done", "closed", "reopened"];
    assert_eq!(kinds, expected);
    let file = format!("{attachments}/{}", photo["attachment_id"].as_str().unwrap());
    assert_eq!(auditor.get(&file).await.expect(200).media_type, "image/jpeg");
    for (query, found) in [
        ("", 1),
        ("?kind=obstruction&source=12345", 1),
        ("?external_number=GS20260915-7", 1),
        ("?kind=appeal", 0),
        ("?state=closed", 0),
        ("?overdue=true", 0),
        ("?subject_id=TS01&mine=true", 1),
    ] {
        let list = inspector.get(&format!("/api/v1/staff/cases{query}")).await.expect(200).json();
        assert_eq!(list["cases"].as_array().unwrap().len(), found, "{query}: {list}");
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_handled_by_one_and_closed_by_another_on_sqlite() {
    walk(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_handled_by_one_and_closed_by_another_on_postgres() {
    walk(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_of_the_system_gets_its_deadline_and_is_not_closed_while_its_order_shows_the_fault()
{
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (inspector, manager) =
        (Staff::of(&town, Role::Inspector).await, Staff::of(&town, Role::Manager).await);
    let now = town.api.now().await;
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    let device = uuid::Uuid::from_u128(7);
    tx.enqueue("derive_bay", "stuck", device, i64::MAX).await.unwrap();
    let jobs =
        tx.claim_jobs(store::Kinds::Only("derive_bay"), i64::MAX, i64::MAX, 1).await.unwrap();
    let given_up_at = town.app.clock.machine_now_ms();
    tx.give_up_job(jobs[0].job_seq, given_up_at, "broken").await.unwrap();
    tx.open_case(&store::NewCase {
        case_id: uuid::Uuid::from_u128(8),
        case_key: "job:derive_bay:stuck",
        operator_id: None,
        kind: "job_given_up",
        source: "system",
        subject_kind: "derive_bay",
        subject_id: &device.to_string(),
        detail: "broken",
        opened_at: now.ms(),
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let id = json!(uuid::Uuid::from_u128(8).to_string());
    let path = format!("/api/v1/staff/cases/{}", id.as_str().unwrap());
    let planned = wait::until("the deadline", crate::harness::driver::PATIENCE, async || {
        let case = manager.get(&path).await.expect(200).json();
        case["due_at"].is_string().then_some(case)
    })
    .await;
    // Ten working days from Tuesday 15 September 2026: 16, 17, 18, 20 (worked), 21, 22, 23, 24, 28, 29;
    // 25 to 27 are 中秋.
    assert_eq!(planned["due_at"], "2026-09-29T10:00:00.000Z");
    inspector.work(&id, "take", "").await.expect(200);
    inspector.work(&id, "done", "restarted").await.expect(200);
    manager.work(&id, "close", "").await.expect_problem(409, "case_still_faulty");
    // What is done is done: the job is finished, and the case can be closed.
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    tx.finish_job(jobs[0].job_seq).await.unwrap();
    tx.commit().await.unwrap();
    let closed = manager.work(&id, "close", "").await;
    // A sweep may have been faster.
    assert!(closed.status == 200 || closed.json()["code"] == "case_closed", "{}", closed.text);
    assert!(Timestamp::parse(planned["opened_at"].as_str().unwrap()).is_ok());
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_asked_for_a_state_that_there_is_not_is_refused() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let manager = Staff::of(&town, Role::Manager).await;
    for (list, name, known) in [
        ("arrears", "state", "running paused listed settled detached lapsed written_off"),
        ("passes", "state", "applied waiting offered active ended cancelled refused lapsed"),
        ("cases", "state", "open handling handled listed closed"),
        ("cases", "source", "driver 12345 12315 inspector staff system"),
        ("notices", "state", "queued handed delivered failed cancelled"),
        ("notices", "channel", "subscription sms phone slip"),
    ] {
        let path = |value: &str| format!("/api/v1/staff/{list}?{name}={value}");
        for value in known.split(' ') {
            manager.get(&path(value)).await.expect(200);
        }
        for value in ["", "nothing", "Open", "open,closed"] {
            manager.get(&path(value)).await.expect_problem(400, "malformed_query");
        }
    }
    town.finish().await;
}
