//! A driver appeals; a reviewer who was not involved decides; the order follows by itself.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::staff::{JPEG, Staff, parked};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town;
use crate::harness::wait;

const BAY: (&str, &str) = ("TS01", "ts-1");

fn path(order_id: &str) -> String {
    format!("/api/v1/orders/{order_id}/appeals")
}

/// What a driver sent in is read by those whose work appeals are, not by whoever reads cases.
async fn evidence_is_not_for_the_street(town: &TestApp, appeal: &Value, file: &Value) {
    let case_id = appeal["case_id"].as_str().unwrap();
    let file_id = file["attachment_id"].as_str().unwrap();
    let path = format!("/api/v1/staff/cases/{case_id}/attachments/{file_id}");
    for (role, login, reads) in [
        (Role::Inspector, "street", false),
        (Role::Installer, "ladder", false),
        (Role::Finance, "clerk", false),
        (Role::Reviewer, "judge", true),
        (Role::Manager, "boss", true),
        (Role::Auditor, "audit", true),
    ] {
        let answer = Staff::named(town, role, login).await.get(&path).await;
        if reads {
            assert_eq!(answer.expect(200).media_type, "image/jpeg");
        } else {
            answer.expect_problem(403, "role_insufficient");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_that_is_granted_in_part_lowers_what_is_due_and_the_rest_is_paid() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let (reviewer, inspector) =
        (Staff::of(&town, Role::Reviewer).await, Staff::of(&town, Role::Inspector).await);
    let driver = town.driver("lin").await;
    let order_id = parked(&mut town, &driver, BAY, "甘D12345").await;
    let body = json!({"ground": "times_wrong", "text": "我十一点就走了"});
    let early = driver.post(&path(&order_id), &body).await;
    if early.status != 201 {
        early.expect_problem(409, "order_not_final");
        driver.order_when(&order_id, "due").await;
        driver.post(&path(&order_id), &body).await.expect(201);
    }
    let appeals = driver.get("/api/v1/appeals").await.expect(200).json();
    let appeal = &appeals["appeals"][0];
    let id = &appeal["appeal_id"];
    // Filed on Tuesday 15 September 2026; the 20th, a Sunday, is worked: five working days end on
    // Monday the 21st at 18:00 in Shanghai.
    assert_eq!(appeal["decide_by_at"], "2026-09-21T10:00:00.000Z");
    assert_eq!((&appeal["state"], &appeal["asked_fen"]), (&json!("filed"), &json!(300)));
    driver.post(&path(&order_id), &body).await.expect_problem(409, "appeal_open");

    let evidence = format!("/api/v1/appeals/{}/evidence", id.as_str().unwrap());
    let put = |content: &'static [u8]| town.api.put(&evidence, Some(&driver.token), content);
    let first = put(JPEG).await.expect(200).json();
    assert_eq!(put(JPEG).await.expect(200).json()["attachment_id"], first["attachment_id"]);
    put(b"<svg onload=alert(1)>").await.expect_problem(422, "file_unknown");
    evidence_is_not_for_the_street(&town, appeal, &first).await;

    let part = json!({"do": "grant", "new_total_fen": 200, "reason": "照片属实，按两小时计费"});
    inspector.review(id, &part).await.expect_problem(403, "role_insufficient");
    reviewer.review(id, &part).await.expect_problem(409, "appeal_not_taken");
    reviewer.review(id, &json!({"do": "take"})).await.expect(200);
    let too_much = json!({"do": "grant", "waive_fen": 301, "reason": "x"});
    reviewer.review(id, &too_much).await.expect_problem(422, "amount_out_of_bounds");
    let silent = json!({"do": "refuse"});
    reviewer.review(id, &silent).await.expect_problem(422, "reason_missing");
    let shown = reviewer
        .get(&format!("/api/v1/staff/appeals/{}", id.as_str().unwrap()))
        .await
        .expect(200)
        .json();
    assert_eq!(shown["plate"], "甘D·1***5");
    assert_eq!(shown["evidence"].as_array().unwrap().len(), 1);
    let decided = reviewer.review(id, &part).await.expect(200).json();
    assert_eq!((&decided["state"], &decided["given_fen"]), (&json!("partly_granted"), &json!(100)));
    reviewer.review(id, &part).await.expect_problem(409, "appeal_over");

    let order = driver.order(&order_id).await;
    assert_eq!((&order["total_fen"], &order["waived_fen"]), (&json!(300), &json!(100)), "{order}");
    let paid = driver.pay(&order_id).await;
    assert_eq!(paid["paid_fen"], 200);
    let told = driver.get(&format!("/api/v1/appeals/{}", id.as_str().unwrap())).await.expect(200);
    assert_eq!(told.json()["reason"], "照片属实，按两小时计费");
    let case = format!("/api/v1/staff/cases/{}", appeal["case_id"].as_str().unwrap());
    let case = reviewer.get(&case).await.expect(200).json();
    assert_eq!((&case["state"], &case["outcome"]), (&json!("closed"), &json!("partly_granted")));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_captured_the_plate_does_not_decide_and_a_large_gift_needs_two() {
    let policy = tempfile::NamedTempFile::new().unwrap();
    let yaml = billing::policy::BUILT_IN_POLICY;
    let strict = yaml.replace("second_person_above_fen: 5000", "second_person_above_fen: 150");
    assert_ne!(strict, yaml);
    std::fs::write(policy.path(), strict).unwrap();
    let file = policy.path().to_owned();
    let mut town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, |config| {
        config.after.policy_file = Some(file);
    })
    .await;
    let (manager, reviewer) =
        (Staff::of(&town, Role::Manager).await, Staff::of(&town, Role::Reviewer).await);
    let second = Staff::named(&town, Role::Reviewer, "second").await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    // The manager captures the plate, and so has a part in what is appealed against.
    let capture = json!({"bay_code": "TS01", "plate": "甘D12345"});
    manager.post("/api/v1/staff/captures", &capture).await.expect(201);
    let claim = driver.claim("TS01", "甘D12345").await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap().to_owned();
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(&order_id, "due").await;
    let body = json!({"ground": "not_parked", "text": "车一直在家"});
    let appeal = driver.post(&path(&order_id), &body).await.expect(201).json();
    let id = &appeal["appeal_id"];
    reviewer.review(id, &json!({"do": "take"})).await.expect(200);
    let whole = json!({"do": "grant", "reason": "监控显示为邻车"});
    let proposed = reviewer.review(id, &whole).await.expect(200).json();
    assert_eq!((&proposed["state"], &proposed["given_fen"]), (&json!("proposed"), &json!(0)));
    // Nothing is given, and the driver reads no reason, before the second person agrees.
    assert_eq!(
        (&driver.order(&order_id).await["waived_fen"], &proposed["reason"]),
        (&json!(0), &json!(null))
    );
    let confirm = json!({"do": "confirm"});
    reviewer.review(id, &confirm).await.expect_problem(403, "second_person_needed");
    manager.review(id, &confirm).await.expect_problem(403, "appeal_against_own_work");
    second.review(id, &json!({"do": "send_back"})).await.expect(200);
    reviewer.review(id, &whole).await.expect(200);
    let granted = second.review(id, &confirm).await.expect(200).json();
    assert_eq!((&granted["state"], &granted["given_fen"]), (&json!("granted"), &json!(300)));
    let order = driver.order(&order_id).await;
    assert_eq!((&order["state"], &order["waived_fen"]), (&json!("paid"), &json!(300)), "{order}");
    let again = driver.post(&path(&order_id), &body).await;
    again.expect_problem(422, "nothing_to_appeal");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_paid_and_is_granted_goes_back_by_itself() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let reviewer = Staff::of(&town, Role::Reviewer).await;
    let driver = town.driver("lin").await;
    let order_id = parked(&mut town, &driver, BAY, "甘D12345").await;
    driver.order_when(&order_id, "due").await;
    driver.pay(&order_id).await;
    let body = json!({"ground": "not_my_vehicle", "text": "不是我的车"});
    let appeal = driver.post(&path(&order_id), &body).await.expect(201).json();
    let id = &appeal["appeal_id"];
    reviewer.review(id, &json!({"do": "take"})).await.expect(200);
    let whole = json!({"do": "grant", "reason": "照片为另一辆车"});
    reviewer.review(id, &whole).await.expect(200);
    wait::until("the money to be back", PATIENCE, async || {
        (driver.order(&order_id).await["refunded_fen"] == 300).then_some(())
    })
    .await;
    let order = driver.order(&order_id).await;
    assert_eq!((&order["total_fen"], &order["waived_fen"]), (&json!(300), &json!(300)), "{order}");
    town.finish().await;
}
