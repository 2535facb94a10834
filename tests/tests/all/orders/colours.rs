//! Of what colour a plate is, and so what its vehicle pays: the surest word that names a colour says it.
//!
//! All stay nine hours from 07:00: a small vehicle pays 5 yuan, a large one (a yellow plate) 8.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::{PLATE, Story, ago, open_cases, stored, text, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town as made;
use crate::harness::town_clock::TownClock;

const HOUR_MS: i64 = 3_600_000;
const OURS: (&str, &str) = ("TS01", PLATE);
const OTHER: &str = "甘D54321";

/// A town at 16:00.
async fn town(kind: Kind) -> TestApp {
    let clock = TownClock {
        city_origin_ms: TownClock::at_noon().city_origin_ms + 4 * HOUR_MS,
        ..TownClock::at_noon()
    };
    let file = made::file().to_string();
    TestApp::start_town(kind, BrokerKind::Embedded, &file, clock, |_| {}).await
}

fn claim_of(bay: &str, colour: Option<&str>) -> Value {
    json!({"bay_code": bay, "plate": PLATE, "plate_colour": colour})
}

/// What an inspector sees in a bay.
struct Inspector<'t> {
    town: &'t TestApp,
    token: String,
}

impl Inspector<'_> {
    async fn of(town: &TestApp) -> Inspector<'_> {
        Inspector { town, token: town.staff(Role::Inspector).await }
    }

    /// Captures the vehicle that stood there at an instant.
    async fn sees(&self, (bay, plate): (&str, &str), at: Timestamp, colour: Option<&str>) -> Value {
        let body =
            json!({"bay_code": bay, "plate": plate, "plate_colour": colour, "captured_at": at});
        let key = format!("{bay}-{}", colour.unwrap_or("none"));
        let path = "/api/v1/staff/captures";
        self.town.api.post(path, Some(&self.token), Some(&key), &body).await.expect(201).json()
    }
}

async fn named_while_parked(kind: Kind) {
    let mut town = town(kind).await;
    let driver = town.driver("trucker").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 540);
    town.hear("ts-1", &story.arrives()).await;
    // Leaving out the colour makes it a small one, until somebody looks.
    let claim = driver.post("/api/v1/claims", &claim_of("TS01", None)).await.expect(201).json();
    let (order_id, visit_id) = (text(&claim["order_id"]), text(&claim["visit_id"]));
    assert_eq!(driver.order(order_id).await["running"]["total_fen"], 500);
    // Who names no colour says nothing of it.
    let inspector = Inspector::of(&town).await;
    inspector.sees(OURS, ago(now, 60), None).await;
    assert_eq!(driver.order(order_id).await["running"]["total_fen"], 500);
    let seen = inspector.sees(OURS, ago(now, 30), Some("yellow")).await;
    assert_eq!(seen["order_id"], claim["order_id"]);
    assert_eq!(driver.order(order_id).await["running"]["total_fen"], 800);
    // Neither the driver nor a second inspector changes it any more.
    driver.post("/api/v1/claims", &claim_of("TS01", Some("blue"))).await.expect(201);
    inspector.sees(OURS, ago(now, 20), Some("blue")).await;
    assert_eq!(driver.order(order_id).await["running"]["total_fen"], 800);
    town.hear("ts-1", &story.leaves(town.api.now().await)).await;
    assert_eq!(driver.order_when(order_id, "due").await["total_fen"], 800);
    assert_eq!(driver.pay(order_id).await["paid_fen"], 800);

    let id = visit_id.parse().unwrap();
    let kept = town.app.store.read().await.unwrap().vehicles(id).await.unwrap();
    let kept: Vec<_> = kept
        .iter()
        .map(|v| {
            (v.version, v.plate_colour.as_deref(), v.vehicle_class.as_str(), v.method.as_str())
        })
        .collect();
    assert_eq!(kept, [(1, Some("yellow"), "large", "inspector")]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colour_that_an_inspector_names_gives_the_class_while_parked_on_sqlite() {
    named_while_parked(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colour_that_an_inspector_names_gives_the_class_while_parked_on_postgres() {
    named_while_parked(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_payment_only_the_difference_moves() {
    let mut town = town(Kind::Postgres).await;
    let driver = town.driver("trucker").await;
    let other = town.driver("lin").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 540);
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &story.arrives()).await;
    }
    let small = driver.post("/api/v1/claims", &claim_of("TS01", None)).await.expect(201).json();
    let mut large = claim_of("TS02", Some("yellow"));
    large["plate"] = json!(OTHER);
    let large = other.post("/api/v1/claims", &large).await.expect(201).json();
    let left_at = town.api.now().await;
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &story.leaves(left_at)).await;
    }
    for (payer, claim, fen) in [(&driver, &small, 500), (&other, &large, 800)] {
        let order_id = text(&claim["order_id"]);
        payer.order_when(order_id, "due").await;
        assert_eq!(payer.pay(order_id).await["paid_fen"], fen);
    }

    // Dearer, and no policy waives it: the bill waits for a person, who charges the difference.
    let order_id = text(&small["order_id"]);
    let inspector = Inspector::of(&town).await;
    inspector.sees(OURS, ago(now, 60), Some("yellow")).await;
    let waits = |o: &store::OrderRow| o.bill_revision != o.holding_revision;
    until_order(&town, order_id, "the bill that waits", waits).await;
    assert_eq!(open_cases(&town, "bill_differs").await, 1);
    let manager = town.staff(Role::Manager).await;
    let charge = json!({"decision": "charge", "reason": "an inspector saw a yellow plate"});
    let path = format!("/api/v1/staff/orders/{order_id}/increase");
    town.api.post(&path, Some(&manager), Some("charge"), &charge).await.expect(200);
    driver.order_when(order_id, "due").await;
    assert_eq!(driver.pay(order_id).await["paid_fen"], 800);

    // Cheaper: what was paid too much goes back by itself.
    let order_id = text(&large["order_id"]);
    inspector.sees(("TS02", OTHER), ago(now, 60), Some("blue")).await;
    until_order(&town, order_id, "the refund", |o| {
        (o.total_fen, o.refunding_fen + o.refunded_fen) == (500, 300)
    })
    .await;
    assert_eq!(stored(&town, order_id).await.paid_fen, 800);
    town.finish().await;
}
