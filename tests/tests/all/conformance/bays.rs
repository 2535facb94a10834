//! Bays under concurrent gateways, and the history that every gateway tails.

use store::{BayRow, Lane, Store, StoreError};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING};

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
    let mut tx = store.read().await.unwrap();
    let bays = tx.bays_after(None, 10).await.unwrap();
    assert_eq!(bays.iter().map(|b| b.version).collect::<Vec<_>>(), [50, 50, 50]);
    assert_eq!(tx.changes_after(0, 1_000).await.unwrap().len(), 150);
}

async fn a_bay_keeps_its_live_state(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let mut bay = tx.lock_bays(&town.bays[..1]).await.unwrap().remove(0);
    bay.state = "occupied".into();
    (bay.observed_at, bay.changed_at) = (Some(MORNING), Some(MORNING - 1));
    (bay.silent_at, bay.fold_json) = (Some(MORNING + 100), Some("{\"折\":1}".into()));
    tx.update_bay(&bay).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kept = tx.bay_by_code("BY0000").await.unwrap().unwrap();
    assert_eq!((kept.observed_at, kept.changed_at), (bay.observed_at, bay.changed_at));
    assert_eq!((kept.silent_at, kept.fold_json), (bay.silent_at, bay.fold_json));
    assert!(tx.bays_fallen_silent(MORNING + 99, 10).await.unwrap().is_empty());
    assert_eq!(tx.bays_fallen_silent(MORNING + 100, 10).await.unwrap(), [town.bays[0]]);
    assert!(tx.bay_by_code("by0000").await.unwrap().is_none());
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

async fn a_version_of_a_bay_is_published_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let bay = tx.lock_bays(&town.bays).await.unwrap().remove(0);
    tx.append_change(&bay, MORNING, "sensor").await.unwrap();
    tx.append_change(&bay, MORNING, "sensor").await.unwrap_err();
}

on_both_databases! {
    bays_are_locked_in_the_order_of_their_ids,
    gateways_that_change_the_same_bays_lose_no_change,
    a_bay_keeps_its_live_state,
    the_history_is_read_on_from_any_change,
    a_version_of_a_bay_is_published_once,
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
    for bay in tx.lock_bays(bays).await? {
        let next = BayRow { version: bay.version + 1, ..bay };
        tx.update_bay(&next).await?;
        tx.append_change(&next, MORNING, "sensor").await?;
    }
    tx.commit().await
}
