//! Bays under concurrent gateways, and the history that every gateway tails.

use store::{CheckpointRow, FoldRow, Lane, LiveRow, ReadingRow, StampRow, Store, StoreError};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING};

const DAY_MS: i64 = 86_400_000;

async fn bays_are_locked_in_the_order_of_their_ids(store: Store) {
    let town = seed::town(&store, 5).await;
    let mut asked = town.bays.clone();
    asked.reverse();
    asked.push(seed::id(0xdead));
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let locked: Vec<Uuid> = tx.lock_bays(&asked).await.unwrap().iter().map(|b| b.bay_id).collect();
    assert_eq!(locked, town.bays);
}

async fn gateways_that_change_the_same_bays_lose_no_change(store: Store) {
    let town = seed::town(&store, 3).await;
    let mut backwards = town.bays.clone();
    backwards.reverse();
    let (left, right) = tokio::join!(
        tokio::spawn(raise_versions(store.clone(), town.bays.clone(), 25)),
        tokio::spawn(raise_versions(store.clone(), backwards, 25)),
    );
    left.unwrap();
    right.unwrap();
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let bays = tx.lock_live(&[1, 2, 3]).await.unwrap();
    assert_eq!(bays.iter().map(|b| b.version).collect::<Vec<_>>(), [50, 50, 50]);
    assert_eq!(tx.changes_after(0, 1_000).await.unwrap().len(), 150);
}

async fn a_bay_keeps_its_live_state(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let mut bay = tx.lock_live(&[1]).await.unwrap().remove(0);
    bay.state = "occupied".into();
    bay.reason = "heard".into();
    bay.version = 7;
    (bay.observed_at, bay.changed_at) = (Some(MORNING), Some(MORNING - 1));
    (bay.again_at, bay.last_seq) = (Some(MORNING + 100), Some(9));
    (bay.stamp, bay.conditions) = (3, "设备:silent".into());
    tx.write_live(&[&bay]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.live(1).await.unwrap(), Some(bay));
    assert!(tx.bays_to_look_at(MORNING + 99, 10).await.unwrap().is_empty());
    assert_eq!(tx.bays_to_look_at(MORNING + 100, 10).await.unwrap(), [1]);
    let known = tx.bay_by_code("BY0000").await.unwrap().unwrap();
    assert_eq!((known.bay_id, known.bay_no), (town.bays[0], 1));
    assert!(tx.bay_by_code("by0000").await.unwrap().is_none());
}

async fn a_bay_that_was_only_heard_again_has_another_stamp_and_is_else_as_it_was(store: Store) {
    seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let mut before = tx.lock_live(&[2]).await.unwrap().remove(0);
    before.state = "free".into();
    (before.again_at, before.version) = (Some(MORNING), 4);
    tx.write_live(&[&before]).await.unwrap();
    let heard = StampRow { bay_no: 2, stamp: 9, last_seq: Some(77) };
    tx.write_stamps(&[heard]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let never = |bay_no| StampRow { bay_no, stamp: 0, last_seq: None };
    assert_eq!(tx.lock_stamps(&[1, 2, 3]).await.unwrap(), [never(1), heard, never(3)]);
    let after = tx.live(2).await.unwrap().unwrap();
    assert_eq!(after, LiveRow { stamp: 9, last_seq: Some(77), ..before });
}

async fn what_was_stored_since_a_fold_is_found_along_the_chain_of_each_bay(store: Store) {
    let town = seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    // Readings of bays 1, 2, 1, 2, 1 under the numbers 1 to 5.
    let readings: Vec<ReadingRow> = (1..=5)
        .map(|seq| {
            let bay = usize::from(seq % 2 == 0);
            let row = seed::reading(town.bays[bay], town.devices[bay], seq);
            let prev_seq = Some(seq - 2).filter(|before| *before > 0);
            ReadingRow { reading_seq: seq, prev_seq, ..row }
        })
        .collect();
    tx.insert_readings(&readings).await.unwrap();
    let fold = |bay_no, folded_seq| FoldRow {
        bay_no,
        folded_seq,
        checkpoint_at: Some(MORNING),
        fold: Some((0..=255).collect()),
        health: None,
    };
    tx.write_folds(&[fold(1, None), fold(2, Some(4))]).await.unwrap();
    tx.write_folds(&[fold(1, Some(1))]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.fold(1).await.unwrap(), Some(fold(1, Some(1))));
    assert_eq!(tx.fold(3).await.unwrap(), None);
    let mut folds = tx.folds(&[1, 2, 3]).await.unwrap();
    folds.sort_by_key(|f| f.bay_no);
    assert_eq!(folds, [fold(1, Some(1)), fold(2, Some(4))]);
    let tails = tx.tails(&[(1, 5, 1), (2, 4, 4), (2, 4, 0)]).await.unwrap();
    let of_bay = |no| tails.iter().filter(move |t| t.bay_no == no);
    let seqs = |no| of_bay(no).map(|t| t.reading.reading_seq).collect::<Vec<_>>();
    assert_eq!((seqs(1), seqs(2)), (vec![5, 3], vec![4, 2]));
    assert_eq!(of_bay(1).nth(1).map(|t| &t.reading), Some(&readings[2]));
    assert!(tx.tails(&[]).await.unwrap().is_empty());
}

async fn a_new_setup_is_told_by_its_version_and_survives_readings(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let before = tx.lock_live(&[1]).await.unwrap().remove(0);
    tx.write_setups(&[seed::setup(&town, 0, "{\"exists_from\":null}")]).await.unwrap();
    assert_eq!(tx.live(1).await.unwrap().unwrap().stamp, before.stamp + 1);
    assert_eq!(tx.bays_to_look_at(0, 10).await.unwrap(), [1], "it may show something else now");
    // Readings that were taken in under the old setup do not bring it back.
    tx.write_live(&[&before]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let (bay, version) = tx.registered_bay(town.bays[0]).await.unwrap().unwrap();
    assert_eq!((bay.setup_json.as_deref(), version), (Some("{\"exists_from\":null}"), 1));
    let mut registered = Vec::new();
    tx.each_registered_bay(|row, version| {
        registered.push((row, version));
        Ok::<(), StoreError>(())
    })
    .await
    .unwrap();
    assert_eq!(registered, [(bay.clone(), 1)]);
    assert_eq!(tx.bay_by_no(1).await.unwrap(), (bay, 1));
}

async fn the_history_is_read_on_from_any_change(store: Store) {
    let town = seed::town(&store, 1).await;
    assert_eq!(store.read().await.unwrap().last_change().await.unwrap(), 0);
    raise_versions(store.clone(), town.bays.clone(), 7).await;
    let mut tx = store.read().await.unwrap();
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = tx.changes_after(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.change_seq;
        seen.extend(page.iter().map(|c| c.version));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(tx.last_change().await.unwrap(), after);
    let named = tx.changes_named(&[after, after + 1, after - 6]).await.unwrap();
    assert_eq!(named.iter().map(|c| c.version).collect::<Vec<_>>(), [1, 7]);
    assert!(tx.changes_named(&[]).await.unwrap().is_empty());
}

async fn a_late_reading_finds_the_checkpoints_before_it(store: Store) {
    let town = seed::town(&store, 2).await;
    let checkpoint = |bay: usize, reading_seq: i64, policy_version| CheckpointRow {
        bay_id: town.bays[bay],
        reading_seq,
        made_at: MORNING + reading_seq * DAY_MS,
        fold_version: 2,
        policy_version,
        fold: vec![1, 2, 3],
    };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let rows: Vec<CheckpointRow> = (1..=10).map(|day| checkpoint(0, day, 1)).collect();
    tx.insert_checkpoints(&rows).await.unwrap();
    tx.insert_checkpoints(&[checkpoint(0, 3, 1), checkpoint(1, 4, 1), checkpoint(0, 20, 9)])
        .await
        .unwrap();
    let seqs = |rows: Vec<CheckpointRow>| rows.iter().map(|r| r.reading_seq).collect::<Vec<_>>();
    let found = tx.checkpoints(town.bays[0], 2, 1).await.unwrap();
    assert_eq!(seqs(found), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    tx.drop_checkpoints_after(town.bays[0], 8).await.unwrap();
    assert_eq!(tx.checkpoints(town.bays[0], 2, 9).await.unwrap(), []);
    // Kept daily from day 6 on; before, one in seven; none before day 2. 2026-09-15 is day 20,711
    // since 1970, and 20,713 (day 2) is the multiple of seven: 20,713 = 7 × 2,959.
    let (daily, none) = (MORNING + 6 * DAY_MS, MORNING + 2 * DAY_MS);
    let first = tx.thin_checkpoints(Uuid::nil(), 1, daily, none).await.unwrap();
    assert_eq!(first, (4, Some(town.bays[0])), "days 1, 3, 4, 5 of one bay");
    let second = tx.thin_checkpoints(town.bays[0], 5, daily, none).await.unwrap();
    assert_eq!(second, (1, None), "day 4 of the other, which is the last bay");
    assert_eq!(seqs(tx.checkpoints(town.bays[0], 2, 1).await.unwrap()), [8, 7, 6, 2]);
}

on_both_databases! {
    bays_are_locked_in_the_order_of_their_ids,
    gateways_that_change_the_same_bays_lose_no_change,
    a_bay_keeps_its_live_state,
    a_bay_that_was_only_heard_again_has_another_stamp_and_is_else_as_it_was,
    what_was_stored_since_a_fold_is_found_along_the_chain_of_each_bay,
    the_history_is_read_on_from_any_change,
    a_new_setup_is_told_by_its_version_and_survives_readings,
    a_late_reading_finds_the_checkpoints_before_it,
}

async fn raise_versions(store: Store, bays: Vec<Uuid>, times: u32) {
    for _ in 0..times {
        while let Err(error) = raise_once(&store, &bays).await {
            assert!(matches!(error, StoreError::Again(_)), "{error:?}");
        }
    }
}

async fn raise_once(store: &Store, bays: &[Uuid]) -> store::Result<()> {
    let mut tx = store.begin(Lane::Ingest).await?;
    let known = tx.lock_bays(bays).await?;
    let numbers: Vec<i64> = known.iter().map(|b| b.bay_no).collect();
    for (bay, live) in known.iter().zip(tx.lock_live(&numbers).await?) {
        let next = LiveRow { version: live.version + 1, ..live };
        tx.write_live(&[&next]).await?;
        tx.append_changes(&[(bay.bay_id, &next)], MORNING, "sensor").await?;
    }
    tx.commit().await
}
