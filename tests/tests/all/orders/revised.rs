//! What the sensors say late changes bills: only the difference moves, and the driver reads why.

use billing::order::{WaiverPolicies, WaiverPolicy};
use gateway::config::Config;
use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::{
    MINUTE, PLATE, Story, ago, open_cases, stored, text, town_of_bays_that_each_pay, until_order,
};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::Driver;
use crate::harness::town::reading;

/// A stay of 115 minutes, 2 yuan, that is over and paid. Gives the order.
async fn paid_stay(town: &mut TestApp, driver: &Driver, now: Timestamp) -> String {
    let story = Story { now, arrived: 125, until: 10 };
    town.hear("ts-1", &story.arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]).to_owned();
    town.hear("ts-1", &story.leaves(ago(now, 10))).await;
    driver.order_when(&order_id, "due").await;
    assert_eq!(driver.pay(&order_id).await["paid_fen"], 200);
    order_id
}

/// It had only moved: back after half a minute, and gone 124 minutes after it came: 3 yuan.
pub(super) fn had_only_moved(now: Timestamp) -> Value {
    let next = Story { now, arrived: 125, until: 10 }.next();
    json!([
        reading(next + 1, "occupied", true, ago(now, 10).plus_ms(MINUTE / 2)),
        reading(next + 2, "vacant", false, ago(now, 1)),
    ])
}

fn waives(limit_fen: i64) -> impl FnOnce(&mut Config) {
    move |config| {
        let policy = WaiverPolicy {
            authority: "白银市发展和改革委员会".into(),
            document_number: "市发改〔2026〕12号".into(),
            valid_from: "2026-01-01".parse().unwrap(),
            valid_to: None,
            limit_fen,
        };
        config.orders.waiver = WaiverPolicies::new(vec![policy]).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_increase_after_payment_is_waived_under_the_policy_and_explained() {
    let start = TestApp::start_with(Kind::Postgres, BrokerKind::Embedded, waives(500));
    let mut town = start.await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let order_id = paid_stay(&mut town, &driver, now).await;
    town.hear("ts-1", &had_only_moved(now)).await;
    until_order(&town, &order_id, "the new bill", |o| o.total_fen == 300).await;
    let order = driver.order(&order_id).await;
    let money = ["total_fen", "waived_fen", "paid_fen", "due_fen", "refunded_fen"];
    assert_eq!(money.map(|name| order[name].as_i64().unwrap()), [300, 100, 200, 0, 0]);
    assert_eq!(order["state"], "paid");
    let told = &order["reratings"][0];
    assert_eq!((&told["fate"], &told["waived_fen"]), (&"waived".into(), &100.into()));
    assert!(text(&told["text"]).contains("费用由2.00元改为3.00元。差额已减免"), "{told}");
    assert!(text(&told["text_en"]).contains("The difference is waived"), "{told}");
    let id: Uuid = order_id.parse().unwrap();
    let waivers = town.app.store.read().await.unwrap().waivers(id).await.unwrap();
    let kept: Vec<_> = waivers
        .iter()
        .map(|w| (w.kind.as_str(), w.gross_fen, w.reduction_fen, w.document_number.as_str()))
        .collect();
    assert_eq!(kept, [("increase", 300, 100, "市发改〔2026〕12号")]);
    assert_eq!(open_cases(&town, "bill_differs").await, 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_authority_an_increase_waits_for_a_person_who_charges_it() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let order_id = paid_stay(&mut town, &driver, now).await;
    town.hear("ts-1", &had_only_moved(now)).await;
    let waits = |o: &store::OrderRow| o.bill_revision != o.holding_revision;
    let kept = until_order(&town, &order_id, "the bill that waits", waits).await;
    assert_eq!((kept.state.as_str(), kept.total_fen, kept.paid_fen), ("paid", 200, 200));
    assert_eq!(open_cases(&town, "bill_differs").await, 1);
    let order = driver.order(&order_id).await;
    assert_eq!(
        (&order["bill"]["total_fen"], &order["reratings"][0]["fate"]),
        (&200.into(), &"undecided".into())
    );

    let manager = town.staff(Role::Manager).await;
    let path = format!("/api/v1/staff/orders/{order_id}/increase");
    let post =
        async |key: &str, body: Value| town.api.post(&path, Some(&manager), Some(key), &body).await;
    let waive = json!({"decision": "waive", "reason": "the driver was told that it was final"});
    post("w", waive).await.expect_problem(422, "authority_missing");
    let charge = json!({"decision": "charge", "reason": "the log shows that it stood there"});
    let charged = post("c", charge.clone()).await.expect(200).json();
    assert_eq!((&charged["state"], &charged["due_fen"]), (&"due".into(), &100.into()));
    post("c", charge.clone()).await.expect(200);
    post("d", charge).await.expect_problem(409, "nothing_to_decide");
    driver.pay(&order_id).await;
    let order = stored(&town, &order_id).await;
    assert_eq!((order.total_fen, order.paid_fen), (300, 300));
    town.finish().await;
}

/// The stay turns out to be one that costs nothing: nobody has to decide about the increase any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_about_an_increase_is_closed_by_the_bill_that_ends_it() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let order_id = paid_stay(&mut town, &driver, now).await;
    town.hear("ts-1", &had_only_moved(now)).await;
    let waits = |o: &store::OrderRow| o.bill_revision != o.holding_revision;
    until_order(&town, &order_id, "the bill that waits", waits).await;
    let cases = async || {
        let mut tx = town.app.store.read().await.unwrap();
        tx.open_cases_about("bill_differs", &order_id).await.unwrap()
    };
    let open = cases().await;
    assert_eq!(open.len(), 1);

    let manager = town.staff(Role::Manager).await;
    let exempt = json!({"duty": "sanitation", "whose": "plate", "plate": PLATE,
        "legal_basis": "市停车收费办法 第十二条", "document_number": "〔2026〕3号",
        "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
    let path = "/api/v1/staff/exemptions";
    town.api.post(path, Some(&manager), Some("e"), &exempt).await.expect(201);
    driver.order_when(&order_id, "exempt").await;
    assert!(cases().await.is_empty());
    let mut tx = town.app.store.read().await.unwrap();
    let events = tx.case_events(open[0].0).await.unwrap();
    let last = events.last().unwrap();
    let told = (last.actor.as_str(), last.kind.as_str(), last.detail.as_str());
    assert_eq!(told, ("system", "cleared", "a later bill holds: the increase is over"));
    drop(tx);
    town.finish().await;
}

/// The built-in policy, by which more than half a yuan needs a second person.
fn second_person_above_50(config: &mut Config, folder: &std::path::Path) {
    let policy = billing::policy::BUILT_IN_POLICY
        .replace("second_person_above_fen: 5000", "second_person_above_fen: 50");
    let file = folder.join("policy.yaml");
    std::fs::write(&file, policy).unwrap();
    config.after.policy_file = Some(file);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limit_an_increase_is_decided_by_two_and_its_case_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let change = |config: &mut Config| second_person_above_50(config, folder.path());
    let mut town = TestApp::start_with(Kind::Postgres, BrokerKind::Embedded, change).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let order_id = paid_stay(&mut town, &driver, now).await;
    town.hear("ts-1", &had_only_moved(now)).await;
    let waits = |o: &store::OrderRow| o.bill_revision != o.holding_revision;
    until_order(&town, &order_id, "the bill that waits", waits).await;
    assert_eq!(open_cases(&town, "bill_differs").await, 1);

    let (reviewer, manager) = (town.staff(Role::Reviewer).await, town.staff(Role::Manager).await);
    let path = format!("/api/v1/staff/orders/{order_id}/increase");
    let charge = json!({"decision": "charge", "reason": "the log shows that it stood there"});
    let post = async |token: &str, key: &str, path: &str, body: &Value| {
        town.api.post(path, Some(token), Some(key), body).await
    };
    // Refused by the second person: the case stays, and it can be proposed anew.
    let first = post(&reviewer, "a", &path, &charge).await.expect(202).json();
    assert_eq!((&first["state"], &first["due_fen"]), (&"paid".into(), &0.into()));
    let waive =
        json!({"decision": "waive", "reason": "x", "authority": "a", "document_number": "1"});
    post(&manager, "b", &path, &waive).await.expect_problem(409, "decision_waiting");
    let verdict =
        |answer: &Value| format!("/api/v1/staff/decisions/{}", text(&answer["decision_id"]));
    let (yes, no) = (json!({"approve": true}), json!({"approve": false}));
    post(&manager, "c", &verdict(&first), &no).await.expect(200);
    assert_eq!(open_cases(&town, "bill_differs").await, 1);
    let own = post(&manager, "d", &path, &charge).await.expect(202).json();
    post(&manager, "e", &verdict(&own), &yes).await.expect_problem(403, "second_person_needed");
    post(&manager, "f", &verdict(&own), &no).await.expect_problem(403, "second_person_needed");
    let finance = town.staff(Role::Finance).await;
    post(&finance, "g", &verdict(&own), &yes).await.expect(200);
    let order = driver.order(&order_id).await;
    assert_eq!((&order["state"], &order["due_fen"]), (&"due".into(), &100.into()));
    assert_eq!(open_cases(&town, "bill_differs").await, 0);
    driver.pay(&order_id).await;
    town.finish().await;
}

/// 14 minutes are free; what is known later makes 2 h 04 min of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_that_it_is_free_is_not_charged_by_later_evidence_alone() {
    for (limit_fen, state, cases) in [(500, "paid", 0), (100, "free", 1)] {
        let start = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, waives(limit_fen));
        let mut town = start.await;
        let driver = town.driver("lin").await;
        let now = town.api.now().await;
        let story = Story { now, arrived: 125, until: 111 };
        town.hear("ts-1", &story.arrives()).await;
        let claim = driver.claim("TS01", PLATE).await;
        let claim = if claim.status == 201 { claim.json() } else { panic!("{}", claim.text) };
        let order_id = text(&claim["order_id"]).to_owned();
        town.hear("ts-1", &story.leaves(ago(now, 111))).await;
        driver.order_when(&order_id, "free").await;
        // It had only moved, and left 124 minutes after it came.
        let next = story.next();
        let back = reading(next + 1, "occupied", true, ago(now, 111).plus_ms(MINUTE / 2));
        let beats = (next + 2..).zip([95, 75, 55, 35, 15]);
        let beats = beats.map(|(number, m)| reading(number, "heartbeat", true, ago(now, m)));
        let gone = reading(next + 7, "vacant", false, ago(now, 1));
        let moved: Value = [back].into_iter().chain(beats).chain([gone]).collect();
        town.hear("ts-1", &moved).await;
        let known = |o: &store::OrderRow| o.bill_revision > 1;
        let order = until_order(&town, &order_id, "the second bill", known).await;
        assert_eq!((order.state.as_str(), order.paid_fen), (state, 0));
        assert_eq!(open_cases(&town, "bill_differs").await, cases);
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decrease_after_payment_goes_back_by_itself() {
    let mut town = town_of_bays_that_each_pay(Kind::Postgres).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 65);
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &story.arrives()).await;
    }
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let inspector = town.staff(Role::Inspector).await;
    let path = format!("/api/v1/staff/visits/{}/bays", text(&claim["visit_id"]));
    let is = async |role: &str| {
        let body = json!({"bay_code": "TS02", "role": role, "reason": "seen on the spot"});
        town.api.post(&path, Some(&inspector), Some(role), &body).await.expect(200)
    };
    is("occupies").await;
    let left_at = town.api.now().await;
    for device in ["ts-1", "ts-2"] {
        town.radio.say(device, &story.leaves(left_at)).await;
    }
    assert_eq!(driver.order_when(order_id, "due").await["total_fen"], 400);
    assert_eq!(driver.pay(order_id).await["paid_fen"], 400);
    // The second bay was only straddled.
    is("straddles").await;
    let back = |o: &store::OrderRow| o.refunding_fen + o.refunded_fen == 200;
    let order = until_order(&town, order_id, "the refund", back).await;
    assert_eq!((order.state.as_str(), order.total_fen, order.paid_fen), ("paid", 200, 400));
    let seen = driver.order(order_id).await;
    let told = &seen["reratings"][0];
    assert_eq!((&told["fate"], &told["refund_fen"]), (&"refunded".into(), &200.into()));
    assert!(text(&told["text"]).contains("占用泊位由2个更正为1个"), "{told}");
    assert!(text(&told["text"]).contains("多付的2.00元将自动退回"), "{told}");
    let id: Uuid = order_id.parse().unwrap();
    let left = town.app.store.read().await.unwrap().payments_left(id).await.unwrap();
    assert_eq!(left.iter().map(|p| (p.amount_fen, p.taken_fen)).collect::<Vec<_>>(), [(400, 200)]);
    town.finish().await;
}
