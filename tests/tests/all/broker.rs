//! The broker may go away and come back; the service listens again by itself.

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_are_stored_again_after_the_broker_was_killed_and_came_back() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Mosquitto).await;
    let parked = town::parked_for_two_hours_and_five_minutes(town.api.now().await);
    town.hear("ts-1", &parked).await;
    town.kill_broker().await;
    // A sensor that got no word sends again: what was stored before is known.
    town.radio.say("ts-1", &parked).await;
    let leaves = town::leaves(town.api.now().await);
    town.hear("ts-1", &leaves).await;
    let repeats = town.api.metric("bowei_messages_total", &["outcome=\"repeat\""]).await;
    assert_eq!(repeats, 8.0);
    town.finish().await;
}
