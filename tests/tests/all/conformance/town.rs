//! The town: imported twice it is the same, and what held at a time stays knowable.

use store::{BayFeatures, BayVersionFacts, DeviceRow, Lane, Store, ZoneVersionRow};

use crate::harness::seed::{self, MORNING, id};

async fn importing_a_town_again_changes_nothing(store: Store) {
    let first = seed::town(&store, 3).await;
    let again = seed::town(&store, 3).await;
    assert_eq!((first.bays, first.zone_id), (again.bays, again.zone_id));
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.bay_places(MORNING).await.unwrap().len(), 3);
    assert_eq!(tx.devices().await.unwrap().len(), 3);
    assert_eq!(tx.tariff("t1").await.unwrap().unwrap().revision, 1);
}

async fn a_changed_tariff_is_a_new_revision_and_the_old_one_stays(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let put = tx.put_tariff("t1", town.operator_id, "id: t1 # 新", MORNING).await.unwrap();
    assert_eq!(put, 2);
    assert_eq!(tx.put_tariff("t1", town.operator_id, "id: t1 # 新", MORNING).await.unwrap(), 2);
    assert_eq!(tx.tariff("t1").await.unwrap().unwrap().yaml, "id: t1 # 新");
    assert_eq!(tx.tariff_revision("t1", 1).await.unwrap().unwrap().yaml, "id: t1");
    assert!(tx.tariff_revision("t1", 3).await.unwrap().is_none());
    assert!(tx.tariff("t2").await.unwrap().is_none());
}

async fn a_stay_is_priced_by_the_terms_of_its_own_time(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.put_tariff("t2", town.operator_id, "id: t2", MORNING).await.unwrap();
    let later = ZoneVersionRow {
        zone_id: town.zone_id,
        valid_from_at: MORNING,
        tariff_id: "t2".into(),
        payee_id: town.payee_id,
    };
    tx.put_zone_version(&later).await.unwrap();
    for (at, tariff) in
        [(MORNING - 1, Some("t1")), (MORNING, Some("t2")), (MORNING - 90_000_000, None)]
    {
        let terms = tx.terms(town.bays[0], at).await.unwrap();
        assert_eq!(terms.map(|t| t.tariff_id).as_deref(), tariff, "at {}", at - MORNING);
    }
}

async fn a_bay_that_was_moved_is_shown_once_in_its_new_place(store: Store) {
    let town = seed::town(&store, 1).await;
    let block_id = town.block_id;
    let moved = BayVersionFacts {
        bay_id: town.bays[0],
        valid_from_at: MORNING,
        valid_to_at: None,
        zone_id: town.zone_id,
        block_id,
        lon: 104.2,
        lat: 36.6,
        heading_deg: 0.0,
        length_m: 6.0,
        vehicle_classes: None,
        permitted_hours: None,
        features: BayFeatures::default(),
    };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert_eq!(tx.put_bay_versions(&[moved]).await.unwrap(), town.bays);
    for (at, lon) in [(MORNING - 1, 104.17), (MORNING, 104.2)] {
        let places = tx.bay_places(at).await.unwrap();
        let shown: Vec<f64> = places.iter().map(|p| p.lon).collect();
        assert_eq!(shown, [lon], "at {}", at - MORNING);
    }
}

async fn a_sensor_that_was_moved_keeps_its_identity(store: Store) {
    let town = seed::town(&store, 2).await;
    let moved = DeviceRow {
        device_id: id(999),
        firmware: Some("0.39".into()),
        ..seed::device(id(999), town.bays[1], 0)
    };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.put_device(&moved).await.unwrap();
    let devices = tx.devices().await.unwrap();
    assert_eq!(devices.len(), 2);
    let kept = devices.iter().find(|d| d.device_key == "dev-0").unwrap();
    assert_eq!((kept.device_id, kept.bay_id), (town.devices[0], town.bays[1]));
    assert_eq!(kept.firmware.as_deref(), Some("0.39"));
}

on_both_databases! {
    importing_a_town_again_changes_nothing,
    a_changed_tariff_is_a_new_revision_and_the_old_one_stays,
    a_stay_is_priced_by_the_terms_of_its_own_time,
    a_bay_that_was_moved_is_shown_once_in_its_new_place,
    a_sensor_that_was_moved_keeps_its_identity,
}
