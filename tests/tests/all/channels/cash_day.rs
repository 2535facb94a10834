//! The day of a collector: numbers in advance, receipts without a network, count, hand-in, bank.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::{Clerk, balance, make_due, open_cases};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{run, text};

fn outcomes(answers: &Value) -> Vec<String> {
    let one = |answer: &Value| {
        let repeated = if answer["repeated"] == true { " again" } else { "" };
        let code = answer["code"].as_str().unwrap_or_default();
        format!("{}{repeated} {code}", answer["outcome"].as_str().unwrap()).trim().to_owned()
    };
    answers.as_array().unwrap().iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_cash_is_booked_to_the_fen_on_sqlite() {
    a_day(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_cash_is_booked_to_the_fen_on_postgresql() {
    a_day(Kind::Postgres).await;
}

async fn a_day(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let (_, order_id) = make_due(&mut town).await;
    let collector = Clerk::new(&town, "inspector", Role::Inspector).await;
    let cashier = Clerk::new(&town, "cashier", Role::Finance).await;
    let range = json!({"collector": "inspector", "series": "BY", "first": 1, "last": 100});
    cashier.post("/api/v1/staff/cash/ranges", &range).await.expect(201);
    let overlapping = json!({"collector": "inspector", "series": "BY", "first": 100, "last": 200});
    cashier
        .post("/api/v1/staff/cash/ranges", &overlapping)
        .await
        .expect_problem(409, "range_taken");
    collector
        .post("/api/v1/staff/cash/ranges", &range)
        .await
        .expect_problem(403, "role_insufficient");
    let to_cashier = json!({"collector": "cashier", "series": "BY", "first": 101, "last": 200});
    cashier
        .post("/api/v1/staff/cash/ranges", &to_cashier)
        .await
        .expect_problem(422, "not_a_collector");
    let bad = json!({"float_fen": 5000});
    collector.post("/api/v1/staff/cash/shifts", &bad).await.expect_problem(422, "float_malformed");
    let begin = json!({"float_fen": 5000, "cashier": "cashier"});
    let shift = collector.post("/api/v1/staff/cash/shifts", &begin).await.expect(201).json();
    collector.post("/api/v1/staff/cash/shifts", &begin).await.expect_problem(409, "shift_open");
    let shift_id = shift["shift_id"].as_str().unwrap();

    let now = town.api.now().await;
    let receipt = |number: &str, fen: i64, at: i64| json!({"receipt_no": number, "bay_code": "TS01", "amount_fen": fen, "taken_at": now.plus_ms(at)});
    let by_order = json!({"receipt_no": "BY-0000001", "order_id": order_id, "amount_fen": 300, "taken_at": now});
    let written = json!([
        by_order,
        receipt("BY-0000002", 0, 0),
        // A vehicle that nobody knows of: long before the one that stood there.
        json!({"receipt_no": "BY-0000003", "bay_code": "TS02", "amount_fen": 200, "taken_at": now}),
        receipt("BY-0000101", 300, 0),
        receipt("by-1", 300, 0),
        receipt("BY-0000004", 2_000_000, 0),
        receipt("BY-0000005", 300, 86_400_000),
    ]);
    let first = collector.upload(&written).await;
    let expected = [
        "paid",
        "spoiled",
        "suspense",
        "refused receipt_number_not_handed_out",
        "refused series_malformed",
        "refused amount_out_of_range",
        "refused receipt_time_impossible",
    ];
    assert_eq!(outcomes(&first), expected);
    assert_eq!(first[0]["order_id"], order_id);
    // The answer was lost: all is sent again.
    let again = outcomes(&collector.upload(&written).await);
    assert_eq!(again[..3], ["paid again", "spoiled again", "suspense again"]);
    assert_eq!(again[3..], expected[3..]);
    let mut reused = by_order.clone();
    reused["amount_fen"] = json!(301);
    let reused = outcomes(&collector.upload(&json!([reused])).await);
    assert_eq!(reused, ["refused receipt_number_reused"]);
    assert_eq!(open_cases(&town, "cash_without_order").await, 1);
    assert_eq!(open_cases(&town, "cash_receipt_refused").await, 5);

    // 50 + 3 + 2 yuan should be in the bag; 10 fen are missing.
    let shown = collector.get("/api/v1/staff/cash/shifts").await.expect(200).json();
    assert_eq!(shown["shifts"][0]["expected_fen"], 5_500);
    let path = |what: &str| format!("/api/v1/staff/cash/shifts/{shift_id}/{what}");
    let hand_in = |fen: i64| json!({"received_fen": fen});
    cashier.post(&path("hand-in"), &hand_in(5_490)).await.expect_problem(409, "shift_not_counted");
    let below = json!({"counted_fen": -1});
    collector.post(&path("count"), &below).await.expect_problem(422, "bad_amount");
    let counted = json!({"counted_fen": 5_490});
    let shift = collector.post(&path("count"), &counted).await.expect(200).json();
    assert_eq!((&shift["state"], &shift["over_short_fen"]), (&json!("counted"), &json!(-10)));
    collector.post(&path("count"), &counted).await.expect_problem(409, "shift_already_counted");
    // A receipt that comes after the count was in the bag then: 20 fen were over, 10 less than that.
    let late = json!({"receipt_no": "BY-0000006", "shift_id": shift_id, "bay_code": "TS02", "amount_fen": 20, "taken_at": now});
    assert_eq!(outcomes(&collector.upload(&json!([late])).await), ["suspense"]);
    cashier.post(&path("hand-in"), &hand_in(5_500)).await.expect_problem(409, "counts_differ");
    let shift = cashier.post(&path("hand-in"), &hand_in(5_490)).await.expect(200).json();
    assert_eq!((&shift["state"], &shift["over_short_fen"]), (&json!("handed_in"), &json!(-30)));

    let deposit = |fen: i64, slip: &str| json!({"amount_fen": fen, "bank_slip": slip, "deposited_on": "2026-09-15"});
    let path = "/api/v1/staff/cash/deposits";
    cashier.post(path, &deposit(5_491, "1")).await.expect_problem(409, "more_than_held");
    for (day, status, code) in [
        ("2026-09-16", 422, "deposited_in_future"),
        ("2027-01-01", 422, "deposited_in_future"),
        ("2026-09-14", 409, "deposited_before_handed_in"),
        ("2020-01-01", 409, "deposited_before_handed_in"),
    ] {
        let slip = json!({"amount_fen": 490, "bank_slip": "1", "deposited_on": day});
        cashier.post(path, &slip).await.expect_problem(status, code);
    }
    cashier.post(path, &deposit(490, "1")).await.expect(201);
    cashier.post(path, &deposit(490, "1")).await.expect(201);
    cashier.post(path, &deposit(400, "1")).await.expect_problem(409, "slip_reused");
    cashier.post(path, &deposit(5_000, "2")).await.expect_problem(409, "more_than_held");

    let seen = cashier.get("/api/v1/staff/cash/shifts").await.expect(200).json();
    assert_eq!(seen["shifts"][0]["shift_id"], shift_id);
    let database = town.app.config.database.as_str();
    let asked = ["cash", "shifts", "--from", "2026-09-15", "--json", "--database", database];
    let printed = run("gateway", &asked);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed[0]["shift_id"], shift_id);

    // Taken 5.20, missing 0.30, at the bank 4.90; the float is with the cashier again.
    assert_eq!(balance(&town, "cash").await, 0);
    assert_eq!(balance(&town, "cash_over_short").await, 30);
    assert_eq!(balance(&town, "bank").await, 490);
    assert_eq!(balance(&town, "suspense").await, -220);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cash_for_the_vehicle_that_stood_in_a_bay_finds_its_order_by_time() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let (driver, order_id) = super::parked(&mut town).await;
    let collector = Clerk::new(&town, "inspector", Role::Inspector).await;
    let cashier = Clerk::new(&town, "cashier", Role::Finance).await;
    cashier.ready_for_cash(&collector).await;
    let receipt = json!({"receipt_no": "BY-0000001", "bay_code": "TS01", "amount_fen": 200,
        "taken_at": town.api.now().await});
    let taken = collector.upload(&json!([receipt])).await;
    assert_eq!((&taken[0]["outcome"], &taken[0]["order_id"]), (&json!("paid"), &json!(order_id)));
    town.hear("ts-1", &crate::harness::town::leaves(town.api.now().await)).await;
    let due = driver.order_when(&order_id, "due").await;
    assert_eq!((&due["paid_fen"], &due["due_fen"]), (&json!(200), &json!(100)));
    let payments = due["payments"].as_array().unwrap();
    assert_eq!((&payments[0]["channel"], &payments[0]["pay"]), (&json!("cash"), &Value::Null));
    driver.pay(&order_id).await;
    town.finish().await;
}
