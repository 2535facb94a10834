//! Readings: known by what the device numbered, written in bulk, and messages that were refused.

use std::collections::HashSet;

use store::{KeyRow, Lane, ReadingRow, RejectedRow, Store};

use crate::harness::seed::{self, MORNING};

/// Ten SQLite statements' worth, and one row more than divides evenly.
const MANY: i64 = 5_001;

async fn a_repeated_reading_is_told_apart_from_a_new_one(store: Store) {
    let town = seed::town(&store, 1).await;
    let device = town.devices[0];
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let first = [seed::key(device, 1, 7), seed::key(device, 2, 8)];
    assert_eq!(as_set(tx.insert_reading_keys(&first, MORNING).await.unwrap()), as_set(first));
    let again = [seed::key(device, 2, 8), seed::key(device, 3, 9)];
    let fresh = tx.insert_reading_keys(&again, MORNING).await.unwrap();
    assert_eq!(fresh, [seed::key(device, 3, 9)]);
    tx.commit().await.unwrap();

    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert!(tx.insert_reading_keys(&again, MORNING + 1).await.unwrap().is_empty());
}

async fn the_same_identity_with_other_content_keeps_what_was_first(store: Store) {
    let town = seed::town(&store, 1).await;
    let device = town.devices[0];
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.insert_reading_keys(&[seed::key(device, 1, 7)], MORNING).await.unwrap();
    let other = seed::key(device, 1, 200);
    let fresh = tx.insert_reading_keys(std::slice::from_ref(&other), MORNING).await.unwrap();
    assert!(fresh.is_empty());
    assert_eq!(tx.reading_hash(&other).await.unwrap(), Some(vec![7; 32]));
}

async fn every_part_of_an_identity_counts(store: Store) {
    let town = seed::town(&store, 2).await;
    let base = seed::key(town.devices[0], 1, 7);
    let keys = [
        base.clone(),
        KeyRow { device_id: town.devices[1], ..base.clone() },
        KeyRow { epoch: "boot2".into(), ..base.clone() },
        KeyRow { epoch: "引导".into(), ..base.clone() },
        KeyRow { number: i64::MAX, ..base.clone() },
        KeyRow { part: 1, ..base },
    ];
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let fresh = tx.insert_reading_keys(&keys, MORNING).await.unwrap();
    assert_eq!(as_set(fresh), as_set(keys));
}

async fn thousands_of_readings_are_stored_in_one_go(store: Store) {
    let town = seed::town(&store, 1).await;
    let (bay, device) = (town.bays[0], town.devices[0]);
    let keys: Vec<KeyRow> = (0..MANY).map(|n| seed::key(device, n, 1)).collect();
    let rows: Vec<ReadingRow> = (0..MANY).map(|n| varied(bay, device, n)).collect();
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert_eq!(tx.insert_reading_keys(&keys, MORNING).await.unwrap().len(), keys.len());
    tx.insert_readings(&rows).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.count_readings().await.unwrap(), MANY);
    let stored = tx.observations(bay).await.unwrap();
    assert_eq!(stored.len(), rows.len());
    for (stored, sent) in stored.iter().zip(&rows) {
        assert_eq!(stored.occupied, sent.occupied, "number {}", sent.number);
        assert_eq!((stored.number, &stored.epoch), (sent.number, &sent.epoch));
    }
}

async fn nothing_to_store_is_stored_without_complaint(store: Store) {
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert!(tx.insert_reading_keys(&[], MORNING).await.unwrap().is_empty());
    tx.insert_readings(&[]).await.unwrap();
    tx.insert_rejected(&[]).await.unwrap();
    assert!(tx.lock_bays(&[]).await.unwrap().is_empty());
    assert!(tx.bays_with_waiting_claims(&[]).await.unwrap().is_empty());
    tx.commit().await.unwrap();
}

async fn a_rejected_message_is_kept_byte_by_byte_with_its_reason(store: Store) {
    let row = RejectedRow {
        received_at: MORNING,
        topic: "bowei/v1/设备/up".into(),
        payload: (0..=255).collect(),
        payload_bytes: 1 << 20,
        reason: "malformed_json".into(),
        detail: "行 1：“😀” is not JSON".into(),
        network: Some("native".into()),
        device_key: Some("设备".into()),
    };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let older = RejectedRow { received_at: MORNING - 1, ..row.clone() };
    tx.insert_rejected(&[older, row.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    let kept = store.read().await.unwrap().rejected(1).await.unwrap().remove(0);
    assert_eq!((kept.received_at, kept.payload_bytes), (row.received_at, row.payload_bytes));
    assert_eq!((kept.topic, kept.payload, kept.reason), (row.topic, row.payload, row.reason));
    assert_eq!((kept.detail, kept.network), (row.detail, row.network));
    assert_eq!(kept.device_key, row.device_key);
}

on_both_databases! {
    a_repeated_reading_is_told_apart_from_a_new_one,
    the_same_identity_with_other_content_keeps_what_was_first,
    every_part_of_an_identity_counts,
    thousands_of_readings_are_stored_in_one_go,
    nothing_to_store_is_stored_without_complaint,
    a_rejected_message_is_kept_byte_by_byte_with_its_reason,
}

/// A third says occupied, a third free, a third nothing; every optional field comes both ways.
fn varied(bay: uuid::Uuid, device: uuid::Uuid, number: i64) -> ReadingRow {
    let some = number % 2 == 0;
    ReadingRow {
        occupied: [Some(true), Some(false), None][usize::try_from(number % 3).unwrap()],
        device_at: some.then_some(MORNING - number),
        network_at: (!some).then_some(i64::MIN),
        rssi_dbm: some.then_some(-120),
        snr_db: (!some).then_some(-7.25),
        report_json: format!(r#"{{"note":"泊位 {number} 😀"}}"#),
        ..seed::reading(bay, device, number)
    }
}

fn as_set(keys: impl IntoIterator<Item = KeyRow>) -> HashSet<KeyRow> {
    keys.into_iter().collect()
}
