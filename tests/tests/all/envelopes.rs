//! Captured messages of ChirpStack v4 and The Things Stack v3, published over a real broker: each is
//! decoded, or rejected with a reason, or (commands to the network server) not the gateway's to hear.
//!
//! Sources: chirpstack/chirpstack-docs (integrations/events, mqtt), the data formats of
//! TheThingsIndustries/lorawan-stack-docs, and messages quoted in iobroker.lorawan 1.22.33 (MIT).
//! Shortened to what is read, with the odd parts kept: left-out zeros, nanoseconds, `nsTime` 42 s
//! after `time`, umlauts, a gateway behind Packet Broker. Uplinks that give readings come as of yesterday. None of the captured devices is a parking
//! sensor; where a reading is expected, the frame is a parking sensor's.

mod copies;
mod messages;

use std::collections::BTreeMap;

use gateway::config::Config;
use sensing::Reject;
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use messages::{MESSAGES, Message, Outcome};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_captured_message_is_decoded_or_rejected_with_a_reason_by_mosquitto_and_postgresql() {
    every_message_comes_to_its_end(Kind::Postgres, BrokerKind::Mosquitto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_captured_message_is_decoded_or_rejected_with_a_reason_by_the_embedded_broker() {
    every_message_comes_to_its_end(Kind::Sqlite, BrokerKind::Embedded).await;
}

#[test]
fn a_command_to_the_network_server_is_no_uplink() {
    for message in MESSAGES.iter().filter(|m| m.outcome == Outcome::NotHeard) {
        let read = sensing::read_message(
            message.topic,
            message.payload.as_bytes(),
            Timestamp::from_ms(0),
            &|_, _| None,
        );
        let reason = read.map_err(|rejected| rejected.reason).unwrap_err();
        assert_eq!(reason, Reject::NotAnUplink, "{}", message.name);
    }
}

const DAY_MS: i64 = 86_400_000;

async fn every_message_comes_to_its_end(kind: Kind, broker: BrokerKind) {
    assert_eq!(MESSAGES.len(), 21);
    let mut town = TestApp::start_with(kind, broker, |config: &mut Config| {
        // The captured messages are years old, and a notice goes by the network's date.
        config.retention.notice_days = 36_500;
    })
    .await;
    let yesterday = town.api.now().await.plus_ms(-DAY_MS);
    for message in &MESSAGES {
        town.radio.send(message.topic, message.as_of(yesterday)).await;
    }
    let refused: Vec<(&Message, &str)> = MESSAGES
        .iter()
        .filter_map(|m| match m.outcome {
            Outcome::Rejected(reason) => Some((m, reason)),
            _ => None,
        })
        .collect();
    let rows = town.rejected(refused.len()).await;
    assert_eq!(rows.len(), refused.len());
    for (message, reason) in &refused {
        // Batches of several are stored side by side: not in the order in which they were sent.
        let payload = message.as_of(yesterday);
        let mut kept =
            rows.iter().filter(|r| r.topic == message.topic && r.payload == payload.as_bytes());
        let row = kept.next().unwrap_or_else(|| panic!("{}: not kept", message.name));
        assert_eq!(row.reason.as_str(), *reason, "{}", message.name);
        assert!(!row.detail.is_empty(), "{}", message.name);
        assert!(kept.next().is_none(), "{}: kept twice", message.name);
    }
    let mut by_reason = BTreeMap::new();
    for (_, reason) in &refused {
        *by_reason.entry(*reason).or_insert(0_u32) += 1;
    }
    for (reason, count) in by_reason {
        let counted =
            town.api.metric("bowei_rejected_total", &[&format!("reason={reason:?}")]).await;
        assert_eq!(counted, f64::from(count), "{reason}");
    }
    check_readings(&town, yesterday).await;
    check_notices(&town).await;
    // As they were captured, years ago, the same uplinks are too old, if it is the server that says so.
    let uplinks = MESSAGES.iter().filter(|m| matches!(m.outcome, Outcome::Reading { .. }));
    let mut count = refused.len();
    for message in uplinks.filter(|m| m.has_server_time()) {
        town.radio.send(message.topic, message.payload).await;
        count += 1;
        let newest = town.rejected(count).await.pop().unwrap();
        assert_eq!((newest.reason.as_str(), newest.topic.as_str()), ("too_old", message.topic));
    }
    assert!(count > refused.len());
    town.finish().await;
}

async fn check_readings(town: &TestApp, yesterday: Timestamp) {
    let mut expected = 0;
    for message in &MESSAGES {
        let Outcome::Reading { bay, occupied, observed_at } = message.outcome else { continue };
        expected += 1;
        let mut tx = town.app.store.read().await.unwrap();
        let bay_no = tx.bay_by_code(bay).await.unwrap().unwrap().bay_no;
        let newest = tx.live(bay_no).await.unwrap().unwrap().last_seq;
        let stored = tx.chain(newest, 0, i64::MAX).await.unwrap();
        assert_eq!(stored.len(), 1, "{}", message.name);
        let at = Timestamp::parse(&messages::moved(observed_at, yesterday)).unwrap().ms();
        // Where the server tells no time, it was at some time since the gateway's clock said so.
        let (earliest_at, latest_at) = (stored[0].earliest_at, stored[0].received_at);
        let told = match message.has_server_time() {
            true => stored[0].observed_at,
            false => earliest_at.filter(|_| stored[0].observed_at == latest_at).unwrap_or(0),
        };
        assert_eq!((stored[0].occupied, told), (Some(occupied), at), "{}", message.name);
    }
    assert_eq!(town.readings().await, expected);
}

async fn check_notices(town: &TestApp) {
    let mut tx = town.app.store.read().await.unwrap();
    let mut stored = Vec::new();
    for device in tx.devices().await.unwrap() {
        let notices = tx.notices(device.device_id, 100).await.unwrap();
        stored.extend(notices.into_iter().map(|n| n.kind));
    }
    stored.sort();
    let mut expected: Vec<&str> = MESSAGES
        .iter()
        .filter_map(|m| match m.outcome {
            Outcome::Notice(kind) => Some(kind),
            _ => None,
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(stored, expected);
}
