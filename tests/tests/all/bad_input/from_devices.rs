//! Messages from devices that cannot be used: kept with a reason, counted, and fatal to nobody.

use serde_json::{Value, json};
use store::RejectedRow;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_an_unknown_device_is_kept_as_rejected() {
    let payload = reading_now(1).to_string();
    let row =
        rejects(Kind::Sqlite, "bowei/v1/nobody/up", payload.as_bytes(), "unknown_device").await;
    assert_eq!(
        (row.network.as_deref(), row.device_key.as_deref()),
        (Some("native"), Some("nobody"))
    );
    assert_eq!(row.payload, payload.into_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_json_is_kept_as_rejected() {
    let row = rejects(Kind::Sqlite, "bowei/v1/ts-1/up", b"{\"boot_id\":", "malformed_json").await;
    assert_eq!(row.payload, b"{\"boot_id\":");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_of_a_mebibyte_is_kept_as_rejected() {
    let payload = vec![b' '; 1 << 20];
    let row = rejects(Kind::Sqlite, "bowei/v1/ts-1/up", &payload, "payload_too_large").await;
    assert_eq!(row.payload_bytes, 1 << 20);
    assert_eq!(row.payload, payload);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_postgresql_cannot_keep_does_not_stop_ingest() {
    let mut message = reading_now(1);
    message["firmware"] = "1.0\u{0}".into();
    message["flags"] = json!(["a\u{0}b"]);
    message["boot_id"] = "b\u{0}".into();
    let payload = message.to_string();
    rejects(Kind::Postgres, "bowei/v1/ts-1/up", payload.as_bytes(), "bad_field").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_at_the_end_of_their_range_are_stored_or_refused_and_harm_nobody() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
        let mut message = reading_now(i64::MAX as u64);
        message["temperature_c"] = json!(1e308);
        message["rssi_dbm"] = json!(i32::MIN);
        message["battery_mv"] = json!(u32::MAX);
        message["firmware"] = "\u{0}".into();
        message["at"] = "9999-12-31T23:59:59.999Z".into();
        town.radio.say("ts-2", &message).await;
        town.radio.say("ts-1", &reading_now(1)).await;
        crate::harness::wait::until("both to be stored or rejected", WITHIN, async || {
            let rejected = town.app.store.read().await.unwrap().rejected(10).await.unwrap();
            let stored = usize::try_from(town.readings().await).unwrap();
            (stored >= 1 && stored + rejected.len() == 2).then_some(())
        })
        .await;
        town.finish().await;
    }
}

const WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_identity_with_other_content_is_rejected_and_the_first_word_stays() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let first = town::reading(1, "occupied", true, town.api.now().await);
    town.hear("ts-1", &first).await;
    let mut other = first.clone();
    other["kind"] = "vacant".into();
    other["occupied"] = false.into();
    town.radio.say("ts-1", &other).await;
    assert_eq!(town.rejected(1).await[0].reason, "identity_reused");
    town.radio.say("ts-1", &first).await;
    town.hear("ts-1", &town::reading(2, "heartbeat", true, town.api.now().await)).await;
    assert_eq!(town.api.metric("bowei_messages_total", &["outcome=\"repeat\""]).await, 1.0);
    let stays = town.app.store.read().await.unwrap().count_stays().await.unwrap();
    assert_eq!(stays, 1);
    town.finish().await;
}

fn reading_now(seq: u64) -> Value {
    json!({"boot_id": "b1", "seq": seq, "kind": "heartbeat", "occupied": false})
}

/// One message is rejected for this reason and counted; the next good one is stored all the same.
async fn rejects(kind: Kind, topic: &str, payload: &[u8], reason: &str) -> RejectedRow {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    town.radio.send(topic, payload).await;
    let row = town.rejected(1).await.remove(0);
    assert_eq!((row.reason.as_str(), row.topic.as_str()), (reason, topic), "{}", row.detail);
    town.hear("ts-1", &reading_now(1)).await;
    let counted = town.api.metric("bowei_rejected_total", &[&format!("reason={reason:?}")]).await;
    assert_eq!(counted, 1.0);
    town.finish().await;
    row
}
