//! Readings: known by what the device numbered, written in bulk, and messages that were refused.

use store::{Lane, ReadingRow, RejectedRow, Store};

use crate::harness::seed::{self, MORNING};

/// Ten SQLite statements' worth, and one row more than divides evenly.
const MANY: i64 = 5_001;

async fn thousands_of_readings_are_stored_in_one_go(store: Store) {
    let town = seed::town(&store, 1).await;
    let (bay, device) = (town.bays[0], town.devices[0]);
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let numbers = tx.reserve_readings(usize::try_from(MANY).unwrap()).await.unwrap();
    let mut rows: Vec<ReadingRow> = (1..=MANY).map(|n| varied(bay, device, n)).collect();
    for (row, seq) in rows.iter_mut().zip(&numbers) {
        row.prev_seq = (*seq > numbers[0]).then_some(seq - 1);
        row.reading_seq = *seq;
    }
    tx.insert_readings(&rows).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.count_readings().await.unwrap(), MANY);
    let stored = tx.chain(numbers.last().copied(), 0, i64::MAX).await.unwrap();
    assert_eq!(stored.len(), rows.len());
    for (stored, sent) in stored.iter().rev().zip(&rows) {
        assert_eq!(stored.occupied, sent.occupied, "number {}", sent.number);
        assert_eq!((stored.number, &stored.epoch), (sent.number, &sent.epoch));
        assert_eq!((stored.device_at, stored.earliest_at), (sent.device_at, sent.earliest_at));
        assert_eq!(stored.payload_hash, sent.payload_hash);
    }
}

async fn the_readings_of_a_bay_are_found_backwards_along_its_chain(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    // Two bays in turn: 1, 3, 5, … are the first one's.
    let rows: Vec<ReadingRow> = (1..=10)
        .map(|n| {
            let bay = usize::try_from((n + 1) % 2).unwrap();
            let prev_seq = (n > 2).then_some(n - 2);
            ReadingRow { prev_seq, ..seed::reading(town.bays[bay], town.devices[bay], n) }
        })
        .collect();
    assert_eq!(tx.reserve_readings(10).await.unwrap(), (1..=10).collect::<Vec<_>>());
    tx.insert_readings(&rows).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    for (newest, after, limit, expected) in [
        (Some(9), 0, i64::MAX, vec![9, 7, 5, 3, 1]),
        (Some(10), 0, i64::MAX, vec![10, 8, 6, 4, 2]),
        (Some(9), 5, i64::MAX, vec![9, 7]),
        (Some(9), 4, i64::MAX, vec![9, 7, 5]),
        (Some(9), 0, 2, vec![9, 7]),
        (Some(9), 9, i64::MAX, vec![]),
        (None, 0, i64::MAX, vec![]),
    ] {
        let found = tx.chain(newest, after, limit).await.unwrap();
        let found: Vec<i64> = found.iter().map(|r| r.reading_seq).collect();
        assert_eq!(found, expected, "from {newest:?} down to {after}, at most {limit}");
    }
}

async fn numbers_of_readings_are_given_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut given = Vec::new();
    for _ in 0..3 {
        let mut tx = store.begin(Lane::Ingest).await.unwrap();
        let numbers = tx.reserve_readings(2).await.unwrap();
        let row = |seq: &i64| ReadingRow {
            reading_seq: *seq,
            prev_seq: None,
            ..seed::reading(town.bays[0], town.devices[0], *seq)
        };
        tx.insert_readings(&numbers.iter().map(row).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
        given.extend(numbers);
    }
    let mut once = given.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once, given);
}

async fn nothing_to_store_is_stored_without_complaint(store: Store) {
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert!(tx.reserve_readings(0).await.unwrap().is_empty());
    tx.insert_readings(&[]).await.unwrap();
    tx.insert_rejected(&[]).await.unwrap();
    assert!(tx.lock_bays(&[]).await.unwrap().is_empty());
    assert!(tx.bays_with_waiting_claims().await.unwrap().is_empty());
    assert!(tx.lock_live(&[]).await.unwrap().is_empty());
    tx.write_live(&[]).await.unwrap();
    tx.write_stays(&[], MORNING).await.unwrap();
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
    thousands_of_readings_are_stored_in_one_go,
    the_readings_of_a_bay_are_found_backwards_along_its_chain,
    numbers_of_readings_are_given_once,
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
        earliest_at: some.then_some(MORNING - number - 1),
        payload_hash: some.then(|| vec![7; 32]),
        rssi_dbm: some.then_some(-120),
        snr_db: (!some).then_some(-7.25),
        report_json: format!(r#"{{"note":"泊位 {number} 😀"}}"#),
        ..seed::reading(bay, device, number)
    }
}
