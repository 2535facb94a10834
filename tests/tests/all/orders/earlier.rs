//! Visits of one vehicle that a tariff counts together.

use gateway::flow::sign_in::Role;
use serde_json::json;

use super::{MINUTE, PLATE, Story, ago, reasoned, text, until_order};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::town::{self as made, reading};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_of_the_day_holds_for_all_visits_of_a_vehicle_and_follows_corrections() {
    let mut file = made::file();
    let by_window = "{ per: window, windows: [日间], amount: { small: 5.00, large: 8.00 } }";
    let by_day = "{ per: day, visits: all, amount: { small: 3.00, large: 8.00 } }";
    let tariff = billing::DEMO_TARIFF.replace(by_window, by_day);
    assert_ne!(tariff, billing::DEMO_TARIFF);
    file["tariffs"] = json!([tariff]);
    let (file, clock) = (file.to_string(), TownClock::at_noon());
    let mut town =
        TestApp::start_town(Kind::Postgres, BrokerKind::Embedded, &file, clock, |_| {}).await;
    let driver = town.driver("twice").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 65);
    town.hear("ts-1", &story.arrives()).await;
    town.hear("ts-2", &reading(1, "vacant", false, ago(now, 10))).await;
    let first = driver.claim("TS01", PLATE).await.expect(201).json();
    let moved_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(moved_at)).await;
    town.hear("ts-2", &reading(2, "occupied", true, moved_at.plus_ms(MINUTE / 2))).await;
    assert_eq!(driver.order_when(text(&first["order_id"]), "due").await["total_fen"], 200);
    let second = driver.claim("TS02", PLATE).await.expect(201).json();
    let second_order = text(&second["order_id"]);
    let leaves_at = moved_at.plus_ms(35 * MINUTE);
    wait::until("the clock to go on", PATIENCE, async || {
        (town.api.now().await > leaves_at).then_some(())
    })
    .await;
    town.hear("ts-2", &reading(3, "vacant", false, leaves_at)).await;
    // 2 yuan and 2 yuan, and 3 yuan at most on one day.
    assert_eq!(driver.order_when(second_order, "due").await["total_fen"], 100);

    // The first visit was another vehicle's: the second stands for itself.
    let manager = town.staff(Role::Manager).await;
    let path = format!("/api/v1/staff/visits/{}/vehicle", text(&first["visit_id"]));
    let body = reasoned(json!({"plate": "甘D54321"}));
    town.api.post(&path, Some(&manager), Some("v"), &body).await.expect(200);
    until_order(&town, second_order, "the bill without the first", |o| o.total_fen == 200).await;
    town.finish().await;
}
