//! Who pays nothing, and what a coupon takes off: each a line of the bill, also afterwards.

use billing::invoice::Regime;
use billing::ledger::{self, About, Tax};
use gateway::flow::sign_in::Role;
use sensing::Policy;
use serde_json::{Value, json};
use store::Lane;
use vocabulary::{Fen, OperatorId, OrderId, PayeeId, Timestamp, ZoneId};

use super::staff::{Staff, due, parked};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::Driver;

const BAY: (&str, &str) = ("TS01", "ts-1");

fn line<'v>(order: &'v Value, rule: &str) -> &'v Value {
    let lines = order["bill"]["lines"].as_array().unwrap();
    let found = lines.iter().find(|line| line["rule"] == rule);
    found.unwrap_or_else(|| panic!("no {rule} in {order}"))
}

/// An inspector's word about the vehicle that stood in a bay at an instant.
async fn captured(
    inspector: &Staff,
    (bay, at): (&str, Timestamp),
    plate: &str,
    colour: &str,
) -> Value {
    let body = json!({"bay_code": bay, "plate": plate, "plate_colour": colour,
        "plate_form": "other", "captured_at": at});
    inspector.post("/api/v1/staff/captures", &body).await.expect(201).json()
}

async fn seen_by_somebody_else(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let inspector = Staff::of(&town, Role::Inspector).await;
    let driver = town.driver("policeman").await;
    let stood_at = town.api.now().await;
    // On the driver's own word it is charged as any other, and can be paid.
    let order_id = due(&mut town, &driver, BAY, "甘D1234警").await;
    driver.pay(&order_id).await;
    // An inspector confirms the plate, and everything follows by itself.
    let seen = captured(&inspector, (BAY.0, stood_at), "甘D1234警", "white").await;
    assert_eq!(seen["order_id"], json!(order_id), "{seen}");
    let order = crate::harness::wait::until(
        "the exemption and the refund",
        crate::harness::driver::PATIENCE,
        async || {
            let order = driver.order(&order_id).await;
            (order["state"] == "exempt" && order["refunded_fen"] == 300).then_some(order)
        },
    )
    .await;
    assert_eq!(line(&order, "exemption")["amount_fen"], 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_makes_exempt_only_who_somebody_else_saw_on_sqlite() {
    seen_by_somebody_else(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_makes_exempt_only_who_somebody_else_saw_on_postgres() {
    seen_by_somebody_else(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_letters_and_five_are_the_armys_only_on_white() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let inspector = Staff::of(&town, Role::Inspector).await;
    let visitor = town.driver("visitor").await;
    let now = town.api.now().await;
    let story = crate::harness::town::parked_for_two_hours_and_five_minutes(now);
    for (bay, device, colour, state) in
        [("TS01", "ts-1", "blue", "due"), ("TS02", "ts-2", "white", "exempt")]
    {
        town.hear(device, &story).await;
        // It reads like a foreign plate: whoever types it says that it is right.
        let typed = json!({"bay_code": bay, "plate": "VA12345"});
        visitor.post("/api/v1/claims", &typed).await.expect_problem(422, "plate_invalid");
        let other = json!({"bay_code": bay, "plate": "VA12345", "plate_form": "other"});
        let claim = visitor.post("/api/v1/claims", &other).await.expect(201).json();
        captured(&inspector, (bay, town.api.now().await), "VA12345", colour).await;
        let gone = crate::harness::town::leaves(town.api.now().await);
        town.hear(device, &gone).await;
        visitor.order_when(claim["order_id"].as_str().unwrap(), state).await;
        if state == "due" {
            visitor.pay(claim["order_id"].as_str().unwrap()).await;
        }
    }
    town.finish().await;
}

async fn afterwards(kind: Kind) {
    let mut town =
        TestApp::start_with(kind, BrokerKind::Embedded, |config| config.orders.grace_h = 0).await;
    let (manager, inspector) =
        (Staff::of(&town, Role::Manager).await, Staff::of(&town, Role::Inspector).await);
    let driver = town.driver("sweeper").await;
    let order_id = parked(&mut town, &driver, BAY, "甘D12345").await;
    driver.order_when(&order_id, "owing").await;
    let body = json!({"duty": "sanitation", "whose": "plate", "plate": "甘D·12345",
        "legal_basis": "市停车收费办法 第十二条", "document_number": "〔2026〕3号",
        "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
    inspector
        .post("/api/v1/staff/exemptions", &body)
        .await
        .expect_problem(403, "role_insufficient");
    let unfounded = json!({"duty": "sanitation", "whose": "plate", "plate": "甘D12345", "legal_basis": "",
        "document_number": "1", "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
    manager.post("/api/v1/staff/exemptions", &unfounded).await.expect_problem(422, "basis_missing");
    let entered = manager.post("/api/v1/staff/exemptions", &body).await.expect(201).json();
    let order = driver.order_when(&order_id, "exempt").await;
    assert_eq!(
        (&order["total_fen"], &line(&order, "exemption")["amount_fen"]),
        (&json!(0), &json!(0))
    );
    // What is exempt is never arrears.
    assert_eq!(driver.get("/api/v1/arrears").await.json()["count"], 0);
    let seen = inspector.get("/api/v1/staff/exemptions").await.expect(200).json();
    let plates: Vec<&Value> =
        seen["exemptions"].as_array().unwrap().iter().map(|e| &e["value"]).collect();
    assert!(plates.contains(&&json!("甘D·1***5")), "{seen}");
    // Another one began an hour ago, and ends a minute ago: it is over, and so it is not in force.
    let listed = async |id: &Value| {
        let seen = manager.get("/api/v1/staff/exemptions").await.expect(200).json();
        seen["exemptions"].as_array().unwrap().iter().any(|e| e["exemption_id"] == *id)
    };
    let now = town.api.now().await;
    let mut short = body.clone();
    short["plate"] = json!("甘D54321");
    short["valid_from"] = json!(now.plus_ms(-3_600_000));
    let short = manager.post("/api/v1/staff/exemptions", &short).await.expect(201).json();
    assert!(listed(&short["exemption_id"]).await);
    let end = format!("/api/v1/staff/exemptions/{}/end", short["exemption_id"].as_str().unwrap());
    manager.post(&end, &json!({"at": now.plus_ms(-60_000)})).await.expect(200);
    assert!(!listed(&short["exemption_id"]).await);
    assert!(listed(&entered["exemption_id"]).await);
    // It was never right: the fee stands again.
    let end = format!("/api/v1/staff/exemptions/{}/end", entered["exemption_id"].as_str().unwrap());
    manager.post(&end, &json!({"at": "2025-12-31T00:00:00Z"})).await.expect(200);
    let order = driver.order_when(&order_id, "owing").await;
    assert_eq!(order["total_fen"], 300);
    driver.pay(&order_id).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exemption_entered_afterwards_re_rates_the_visit_on_sqlite() {
    afterwards(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exemption_entered_afterwards_re_rates_the_visit_on_postgres() {
    afterwards(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coupon_is_a_line_of_the_bill_and_is_used_once() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let manager = Staff::of(&town, Role::Manager).await;
    let driver = town.driver("lin").await;
    let issue = |kind: Value| {
        let mut body = json!({"count": 1, "purpose": "开业活动",
            "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
        for (name, value) in kind.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let coupon = async |kind: Value| {
        let issued = manager.post("/api/v1/staff/coupons", &issue(kind)).await.expect(201).json();
        issued["coupons"][0]["code"].as_str().unwrap().to_owned()
    };
    let nothing = issue(json!({"kind": "amount", "amount_fen": 0}));
    manager.post("/api/v1/staff/coupons", &nothing).await.expect_problem(422, "coupon_of_nothing");
    let one_yuan = coupon(json!({"kind": "amount", "amount_fen": 100})).await;
    let minutes = coupon(json!({"kind": "minutes", "minutes": 30})).await;
    let order_id = due(&mut town, &driver, BAY, "甘D12345").await;
    let path = format!("/api/v1/orders/{order_id}/coupons");
    let stranger = town.driver("wang").await;
    let typed = json!({"code": format!("{} {}", one_yuan[..10].to_lowercase(), &one_yuan[10..])});
    stranger.post(&path, &typed).await.expect_problem(404, "order_unknown");
    driver.post(&path, &json!({"code": "nonsense"})).await.expect_problem(404, "coupon_unknown");
    driver.post(&path, &typed).await.expect(201);
    driver.post(&path, &typed).await.expect_problem(409, "coupon_used");
    // 2 h 05 min cost 3.00; half an hour less is within the two hours of 2.00: the coupon is worth 1.00.
    driver.post(&path, &json!({"code": minutes})).await.expect(201);
    voided(&town, (&manager, &driver), &issue(json!({"kind": "free_once"})), &path).await;
    let order =
        crate::harness::wait::until("the new bill", crate::harness::driver::PATIENCE, async || {
            let order = driver.order(&order_id).await;
            (order["total_fen"] == 100).then_some(order)
        })
        .await;
    let off: Vec<i64> = order["bill"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["rule"] == "coupon")
        .map(|line| line["amount_fen"].as_i64().unwrap())
        .collect();
    assert_eq!(off, [-100, -100], "{order}");
    let paid = driver.pay(&order_id).await;
    assert_eq!(paid["paid_fen"], 100);
    let late = coupon(json!({"kind": "free_once"})).await;
    driver.post(&path, &json!({"code": late})).await.expect_problem(409, "order_paid");
    let mine = driver.get("/api/v1/coupons").await.expect(200).json();
    assert_eq!(mine["coupons"].as_array().unwrap().len(), 2, "{mine}");
    town.finish().await;
}

/// A coupon that was not used is voided, with the reason; one that was used is not.
async fn voided(town: &TestApp, (manager, driver): (&Staff, &Driver), issue: &Value, use_at: &str) {
    let issued = manager.post("/api/v1/staff/coupons", issue).await.expect(201).json();
    let coupon = &issued["coupons"][0];
    let path = |id: &Value| format!("/api/v1/staff/coupons/{}/void", id.as_str().unwrap());
    let (why, unfounded) = (json!({"reason": "code was posted in public"}), json!({"reason": " "}));
    let unused = path(&coupon["coupon_id"]);
    manager.post(&unused, &unfounded).await.expect_problem(422, "reason_missing");
    driver.post(&unused, &why).await.expect_problem(403, "staff_only");
    let voided = manager.post(&unused, &why).await.expect(200).json();
    assert_eq!(voided["coupon_id"], coupon["coupon_id"]);
    manager.post(&unused, &why).await.expect_problem(409, "coupon_voided");
    let mine = driver.get("/api/v1/coupons").await.expect(200).json();
    let used = path(&mine["coupons"][0]["coupon_id"]);
    manager.post(&used, &why).await.expect_problem(409, "coupon_used");
    let nobodys = path(&json!("00000000-0000-7000-8000-000000000000"));
    manager.post(&nobodys, &why).await.expect_problem(404, "coupon_unknown");
    assert_eq!(town.app.store.read().await.unwrap().count_audit("void_coupon").await.unwrap(), 1);
    // Nobody can use it any more.
    driver
        .post(use_at, &json!({"code": coupon["code"]}))
        .await
        .expect_problem(404, "coupon_unknown");
}

/// 3.00 are due, 0.30 of it are waived by decision, a coupon takes 1.77 off: 0.93 are left, of which 93 / 1.09 = 85.3
/// are net and 8 fen VAT.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tax_of_an_order_with_waiver_and_coupon_is_that_of_what_it_costs() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (finance, manager) =
        (Staff::of(&town, Role::Finance).await, Staff::of(&town, Role::Manager).await);
    let driver = town.driver("lin").await;
    let order_id = due(&mut town, &driver, BAY, "甘D12345").await;
    let path = format!("/api/v1/staff/orders/{order_id}/decisions");
    let waiver = json!({"kind": "waiver", "amount_fen": 30, "reason": "the sign was covered",
        "authority": "市停车管理办公室", "document_number": "〔2026〕12号"});
    let proposed = finance.post(&path, &waiver).await.json();
    let verdict = format!("/api/v1/staff/decisions/{}", proposed["decision_id"].as_str().unwrap());
    manager.post(&verdict, &json!({"approve": true})).await.expect(200);
    let coupon = json!({"kind": "amount", "amount_fen": 177, "count": 1, "purpose": "开业活动",
        "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"});
    let issued = manager.post("/api/v1/staff/coupons", &coupon).await.expect(201).json();
    let code = json!({"code": issued["coupons"][0]["code"]});
    driver.post(&format!("/api/v1/orders/{order_id}/coupons"), &code).await.expect(201);
    crate::harness::wait::until("the new bill", crate::harness::driver::PATIENCE, async || {
        (driver.order(&order_id).await["due_fen"] == 93).then_some(())
    })
    .await;
    assert_eq!(vat_posted(&town, &order_id).await, [(Some(900), 8)]);
    driver.pay(&order_id).await;
    a_drift_is_seen(&town, &order_id).await;
    town.finish().await;
}

async fn vat_posted(town: &TestApp, order_id: &str) -> Vec<(Option<i64>, i64)> {
    let order_id = order_id.parse().unwrap();
    let posted = town.app.store.read().await.unwrap().order_vat(order_id).await.unwrap();
    posted.into_iter().map(|vat| (vat.rate_bp, vat.tax_fen)).collect()
}

/// 7 fen bear 1 of VAT (7 / 1.09 = 6.4), 6 and 1 bear none (5.5, 0.9): there and back the order costs the same, with a
/// fen more of VAT, until it is taken back.
async fn a_drift_is_seen(town: &TestApp, order_id: &str) {
    let id: uuid::Uuid = order_id.parse().unwrap();
    let now = town.app.clock.city_now();
    let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
    let order = tx.order(id).await.unwrap().unwrap();
    let about = About {
        operator: OperatorId(order.operator_id),
        payee: PayeeId(order.payee_id),
        zone: order.zone_id.map(ZoneId),
        order: Some(OrderId(id)),
        tax: Tax::of(Regime::Vat, Some(900)),
        day: ledger::city_day(now),
    };
    let fee = |revision, before, after| {
        ledger::fee_earned(&about, OrderId(id), revision, Fen(before), Fen(after)).unwrap()
    };
    let astray = [fee(97, 0, 7), fee(98, 6, 0), fee(99, 1, 0)];
    for entry in &astray {
        tx.book(entry, uuid::Uuid::now_v7(), now.ms()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let report = gateway::verify::verify(&town.app.store, &Policy::default(), None).await.unwrap();
    let told: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, [format!("order {order_id}: VAT: posted ¥0.09, of ¥0.93 it is ¥0.08")]);
    let mut tx = town.app.store.begin(Lane::Command).await.unwrap();
    for entry in &astray {
        let back = entry.reversal(ledger::city_day(now)).unwrap();
        tx.book(&back, uuid::Uuid::now_v7(), now.ms()).await.unwrap();
    }
    tx.commit().await.unwrap();
}
