//! Searches without a hit: counts add up by block and hour, whichever gateway counted, and old ones are forgotten.

use store::{Forgettable, Lane, Store, UnmetFilter, UnmetHour, UnmetRow};

use crate::harness::seed::{self, MORNING, id};

const HOUR: i64 = 3_600_000;
const ALL: UnmetFilter<'static> =
    UnmetFilter { from: 0, to: i64::MAX, block: None, operator_id: None };

fn hour(hours: i64, searches: i64) -> UnmetHour {
    let hour_at = MORNING + hours * HOUR;
    UnmetHour { block: "b1".into(), street: "人民路".into(), hour_at, searches }
}

async fn counts_add_up_and_a_block_that_is_gone_is_passed_over(store: Store) {
    let town = seed::town(&store, 1).await;
    let row = |block_id, hours: i64, searches| UnmetRow {
        block_id,
        hour_at: MORNING + hours * HOUR,
        searches,
    };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.add_unmet(&[]).await.unwrap();
    tx.add_unmet(&[row(town.block_id, 0, 2), row(town.block_id, 1, 1)]).await.unwrap();
    tx.add_unmet(&[row(town.block_id, 0, 3), row(id(77), 0, 9)]).await.unwrap();
    assert_eq!(tx.unmet(ALL).await.unwrap(), [hour(0, 5), hour(1, 1)]);
    for (filter, expected) in [
        (UnmetFilter { from: MORNING + 1, ..ALL }, vec![hour(1, 1)]),
        (UnmetFilter { to: MORNING + HOUR, ..ALL }, vec![hour(0, 5)]),
        (UnmetFilter { block: Some("b1"), ..ALL }, vec![hour(0, 5), hour(1, 1)]),
        (UnmetFilter { block: Some("b2"), ..ALL }, vec![]),
        (UnmetFilter { operator_id: Some(town.operator_id), ..ALL }, vec![hour(0, 5), hour(1, 1)]),
        (UnmetFilter { operator_id: Some(id(78)), ..ALL }, vec![]),
    ] {
        assert_eq!(tx.unmet(filter).await.unwrap(), expected, "{filter:?}");
    }
    assert_eq!(tx.forget(Forgettable::UnmetDemand, MORNING + HOUR, 10).await.unwrap(), 1);
    assert_eq!(tx.unmet(ALL).await.unwrap(), [hour(1, 1)]);
}

async fn a_bay_has_what_drivers_choose_it_by_as_long_as_a_version_says_so(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let first = tx.bay_versions(town.bays[0]).await.unwrap().remove(0);
    let features = store::BayFeatures {
        max_height_mm: Some(2_100),
        max_length_mm: Some(5_000),
        charging: true,
        accessible: true,
    };
    let next = store::BayVersionFacts { valid_from_at: MORNING + 10, features, ..first.clone() };
    tx.date_bay(&next).await.unwrap();
    let features_at = async |tx: &mut store::Tx, at| tx.bay_places(at).await.unwrap()[0].features;
    assert_eq!(features_at(&mut tx, MORNING + 9).await, store::BayFeatures::default());
    assert_eq!(features_at(&mut tx, MORNING + 10).await, features);
    assert_eq!(tx.coming_bay_versions(MORNING + 9).await.unwrap(), [next]);
    assert!(tx.coming_bay_versions(MORNING + 10).await.unwrap().is_empty());
}

on_both_databases! {
    counts_add_up_and_a_block_that_is_gone_is_passed_over,
    a_bay_has_what_drivers_choose_it_by_as_long_as_a_version_says_so,
}
