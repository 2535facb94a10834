//! What waits can be taken back; what went out cannot.

use serde_json::{Value, json};

use super::{Hand, WITHIN, heard, listener};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_waits_is_taken_back_and_never_sent_and_one_that_was_sent_is_not() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Mosquitto).await;
    let mut hand = Hand::on(&town, "ts-1").await;
    let id = hand.commands(&town, &json!({"command": {"recalibrate": {}}})).await;
    // Nobody listens, so that it waits; by then it is known not to be on its way.
    wait::until("the broker to have said that nobody listens", WITHIN, async || {
        let waits = hand.until(&town, &id, "waiting").await;
        (waits["last_error"] != Value::Null).then_some(())
    })
    .await;
    let withdraw = format!("{}/{id}/withdraw", hand.path);
    let taken_back = town.api.post(&withdraw, Some(&hand.token), None, &json!({})).await;
    assert_eq!(taken_back.expect(200).json()["state"], "withdrawn");
    let again = town.api.post(&withdraw, Some(&hand.token), None, &json!({})).await;
    assert_eq!(again.expect(200).json()["state"], "withdrawn");
    // The next one goes out, and is the first that the device hears.
    let mut device = listener(&town, "bowei/v1/ts-1/down").await;
    let second = hand.commands(&town, &json!({"command": {"config": {"heartbeat_s": 600}}})).await;
    assert_eq!(heard(&mut device).await.1, json!({"config": {"heartbeat_s": 600}}));
    hand.until(&town, &second, "sent").await;
    assert_eq!(hand.until(&town, &id, "withdrawn").await["sent_at"], Value::Null);
    let late = format!("{}/{second}/withdraw", hand.path);
    let refused = town.api.post(&late, Some(&hand.token), None, &json!({})).await;
    refused.expect_problem(409, "command_sent");
    let other = hand.path.clone();
    let hand = hand.moved_to(&town, "ts-2").await;
    assert_ne!(hand.path, other);
    let elsewhere = format!("{}/{id}/withdraw", hand.path);
    let refused = town.api.post(&elsewhere, Some(&hand.token), None, &json!({})).await;
    refused.expect_problem(404, "command_not_there");
    town.finish().await;
}
