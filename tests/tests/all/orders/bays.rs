//! Visits of several bays, and vehicles set right.

use gateway::flow::sign_in::Role;
use serde_json::json;

use super::{MINUTE, PLATE, Story, ago, reasoned, text, town_of_bays_that_each_pay, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town::{self as made, reading};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const HOUR_MS: i64 = 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truck_on_two_bays_is_one_visit_priced_once_by_the_bays_and_a_straddled_one_is_free() {
    let mut town = town_of_bays_that_each_pay(Kind::Postgres).await;
    let driver = town.driver("truck").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 65);
    for device in ["ts-1", "ts-2", "ts-3"] {
        town.hear(device, &story.arrives()).await;
    }
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let (order_id, visit_id) = (text(&claim["order_id"]), text(&claim["visit_id"]));
    let inspector = town.staff(Role::Inspector).await;
    let path = format!("/api/v1/staff/visits/{visit_id}/bays");
    let add = async |key: &str, bay: &str, role: &str| {
        let body = reasoned(json!({"bay_code": bay, "role": role}));
        town.api.post(&path, Some(&inspector), Some(key), &body).await
    };
    add("a", "TS02", "occupies").await.expect(200);
    add("b", "TS03", "straddles").await.expect(200);
    add("c", "TS07", "occupies").await.expect_problem(409, "no_stay_to_add");
    add("d", "TS03", "leans").await.expect_problem(422, "role_unknown");
    // One of two may be said to be straddled after all, and back.
    add("e", "TS02", "straddles").await.expect(200);
    add("f", "TS02", "occupies").await.expect(200);
    // Nobody else can claim the bay that it straddles.
    let stranger = town.driver("stranger").await;
    stranger.claim("TS03", "甘D54321").await.expect_problem(409, "stay_claimed");
    assert_eq!(driver.order(order_id).await["running"]["total_fen"], 400);

    let left_at = town.api.now().await;
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &story.leaves(left_at)).await;
    }
    // 2 yuan on each of two bays; the third is still straddled, and counts for nothing.
    let due = driver.order_when(order_id, "due").await;
    assert_eq!(due["total_fen"], 400);
    assert_eq!(due["stays"].as_array().unwrap().len(), 2);
    town.hear("ts-3", &story.leaves(left_at)).await;
    town.finish().await;
}

async fn the_only_bay_is_charged(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let driver = town.driver("friend").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 65);
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &story.arrives()).await;
    }
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let (order_id, visit_id) = (text(&claim["order_id"]), text(&claim["visit_id"]));
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    driver.order_when(order_id, "due").await;
    assert_eq!(driver.pay(order_id).await["paid_fen"], 200);
    let inspector = town.staff(Role::Inspector).await;
    let path = format!("/api/v1/staff/visits/{visit_id}/bays");
    let add = async |key: &str, bay: &str, role: &str| {
        let body = reasoned(json!({"bay_code": bay, "role": role}));
        town.api.post(&path, Some(&inspector), Some(key), &body).await
    };
    add("a", "TS01", "straddles").await.expect_problem(409, "no_bay_occupied");
    // A further bay that is straddled makes no difference: the visit would occupy none.
    add("b", "TS02", "straddles").await.expect(200);
    add("c", "TS01", "straddles").await.expect_problem(409, "no_bay_occupied");
    until_order(&town, order_id, "the paid order", |o| {
        (o.state.as_str(), o.total_fen, o.refunding_fen + o.refunded_fen) == ("paid", 200, 0)
    })
    .await;
    town.hear("ts-2", &story.leaves(left_at)).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_keeps_a_bay_that_is_charged_on_sqlite() {
    the_only_bay_is_charged(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_keeps_a_bay_that_is_charged_on_postgres() {
    the_only_bay_is_charged(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vehicle_that_moves_on_within_the_street_goes_on_with_its_visit() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let driver = town.driver("mover").await;
    let now = town.api.now().await;
    let first = Story::parked(now, 15);
    town.hear("ts-1", &first.arrives()).await;
    town.hear("ts-2", &reading(1, "vacant", false, ago(now, 10))).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let (order_id, visit_id) = (text(&claim["order_id"]), text(&claim["visit_id"]));
    // It leaves for the bay beside it before half an hour is over: so far it is free.
    let moved_at = town.api.now().await;
    town.hear("ts-1", &first.leaves(moved_at)).await;
    town.hear("ts-2", &reading(2, "occupied", true, moved_at)).await;
    driver.order_when(order_id, "free").await;
    let inspector = town.staff(Role::Inspector).await;
    let path = format!("/api/v1/staff/visits/{visit_id}/bays");
    let body = reasoned(json!({"bay_code": "TS02", "role": "occupies"}));
    town.api.post(&path, Some(&inspector), Some("add"), &body).await.expect(200);
    let leaves_at = now.plus_ms(25 * MINUTE);
    wait::until("the clock to go on", super::PATIENCE, async || {
        (town.api.now().await > leaves_at).then_some(())
    })
    .await;
    town.hear("ts-2", &reading(3, "vacant", false, leaves_at)).await;
    // 15 and 25 minutes, less than half an hour in each: one visit of 40 minutes, 2 yuan.
    let due = driver.order_when(order_id, "due").await;
    assert_eq!((&due["total_fen"], due["stays"].as_array().unwrap().len()), (&200.into(), 2));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plate_corrected_after_payment_is_priced_again_and_only_the_difference_moves() {
    // At 16:00, nine hours after the fee begins: a small vehicle pays 5 yuan, a large one 8.
    let clock = TownClock {
        city_origin_ms: TownClock::at_noon().city_origin_ms + 4 * HOUR_MS,
        ..TownClock::at_noon()
    };
    let file = made::file().to_string();
    let mut town =
        TestApp::start_town(Kind::Postgres, BrokerKind::Embedded, &file, clock, |_| {}).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 540);
    town.hear("ts-1", &story.arrives()).await;
    let claim = json!({"bay_code": "TS01", "plate": PLATE, "plate_colour": "yellow"});
    let claim = driver.post("/api/v1/claims", &claim).await.expect(201).json();
    let (order_id, visit_id) = (text(&claim["order_id"]), text(&claim["visit_id"]));
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    driver.order_when(order_id, "due").await;
    assert_eq!(driver.pay(order_id).await["paid_fen"], 800);
    let reviewer = town.staff(Role::Reviewer).await;
    let path = format!("/api/v1/staff/visits/{visit_id}/vehicle");
    let correct = async |key: &str, plate: &str| {
        let body = reasoned(json!({"plate": plate, "plate_colour": "blue"}));
        town.api.post(&path, Some(&reviewer), Some(key), &body).await
    };
    correct("a", "not a plate!").await.expect_problem(422, "plate_invalid");
    assert_eq!(correct("b", "甘D12346").await.expect(200).json()["version"], 1);
    let order = until_order(&town, order_id, "the new bill", |o| o.total_fen == 500).await;
    assert_eq!((order.paid_fen, order.refunding_fen + order.refunded_fen), (800, 300));
    let seen = driver.order(order_id).await;
    assert_eq!(seen["plate"], "甘D12346");
    let told = text(&seen["reratings"][0]["text"]);
    assert!(told.starts_with("车辆类型由大型车更正为小型车"), "{told}");
    let id = visit_id.parse().unwrap();
    let kept = town.app.store.read().await.unwrap().vehicles(id).await.unwrap();
    assert_eq!(
        kept.iter().map(|v| (v.version, v.plate.as_str())).collect::<Vec<_>>(),
        [(1, "甘D12346")]
    );
    town.finish().await;
}
