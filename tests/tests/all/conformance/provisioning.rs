//! Installations, the register of devices, versions of bays and zones, accounts at the broker.

use store::{
    BayVersionFacts, ClosureRow, CredentialRow, DeviceFilter, InstallationRow, Lane, NewDevice,
    PhotoRow, Store,
};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, id};

fn installation(number: u128, device_id: Uuid, bay_id: Uuid) -> InstallationRow {
    InstallationRow {
        installation_id: id(number),
        device_id,
        bay_id,
        installed_at: MORNING,
        in_service_at: None,
        removed_at: None,
        installed_by: None,
        lon: None,
        lat: None,
        firmware: None,
        note: None,
        drive_on_at: None,
        drive_off_at: None,
        removal_note: None,
    }
}

async fn a_device_is_installed_once_at_a_time_and_goes_into_service_once(store: Store) {
    let town = seed::town(&store, 2).await;
    let device = town.devices[0];
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let first = installation(71, device, town.bays[0]);
    assert!(tx.insert_installation(&first).await.unwrap());
    assert!(!tx.insert_installation(&installation(72, device, town.bays[1])).await.unwrap());
    assert_eq!(tx.installation(id(71)).await.unwrap().as_ref(), Some(&first), "nothing made up");
    assert!(
        tx.put_in_service(id(71), MORNING + 5, Some((MORNING + 1, MORNING + 2))).await.unwrap()
    );
    assert!(!tx.put_in_service(id(71), MORNING + 6, None).await.unwrap());
    assert!(tx.end_installation(id(71), MORNING + 9, Some("flat")).await.unwrap());
    assert!(!tx.end_installation(id(71), MORNING + 10, None).await.unwrap());
    let ended = tx.installation(id(71)).await.unwrap().unwrap();
    assert_eq!((ended.in_service_at, ended.removed_at), (Some(MORNING + 5), Some(MORNING + 9)));
    assert_eq!((ended.drive_on_at, ended.drive_off_at), (Some(MORNING + 1), Some(MORNING + 2)));
    assert_eq!(ended.removal_note.as_deref(), Some("flat"));
    let second =
        InstallationRow { installed_at: MORNING + 9, ..installation(72, device, town.bays[1]) };
    assert!(tx.insert_installation(&second).await.unwrap());
    let of_device = tx.installations_of_device(device).await.unwrap();
    assert_eq!(of_device.iter().map(|i| i.installation_id).collect::<Vec<_>>(), [id(72), id(71)]);
    let in_bay = tx.installations_in_bays(&town.bays[..1]).await.unwrap();
    assert_eq!((in_bay.len(), &in_bay[&town.bays[0]]), (1, &vec![ended]));
    let moves = [(device, town.bays[0], MORNING), (device, town.bays[1], MORNING + 9)];
    assert_eq!(tx.device_moves().await.unwrap(), moves);
    assert_eq!(tx.devices_testing().await.unwrap(), [device]);
}

async fn a_photo_takes_the_place_of_an_earlier_one(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_installation(&installation(71, town.devices[0], town.bays[0])).await.unwrap();
    assert_eq!(tx.photo(id(71)).await.unwrap(), None);
    assert_eq!(tx.photo_content(id(71)).await.unwrap(), None);
    for (media_type, byte) in [("image/png", 1), ("image/jpeg", 2)] {
        let content_hash = vec![byte; 32];
        let photo = PhotoRow { media_type: media_type.into(), content_hash, stored_at: MORNING };
        tx.put_photo(id(71), &photo, &[byte; 3]).await.unwrap();
        assert_eq!(tx.photo(id(71)).await.unwrap(), Some(photo));
        let content = tx.photo_content(id(71)).await.unwrap();
        assert_eq!(content, Some((media_type.to_owned(), vec![byte; 3])));
    }
}

async fn a_device_in_stock_has_no_bay_and_is_not_one_that_readings_come_from(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let new = NewDevice {
        device_id: id(81),
        network: "native".into(),
        device_key: "stock".into(),
        device_type: "native".into(),
        firmware: None,
    };
    assert!(tx.register_device(&new, MORNING).await.unwrap());
    assert!(!tx.register_device(&NewDevice { device_id: id(82), ..new }, MORNING).await.unwrap());
    let facts = tx.device_by_key("native", "stock").await.unwrap().unwrap();
    assert_eq!((facts.device_id, facts.bay_id, facts.firmware), (id(81), None, None));
    assert_eq!((facts.bay_code, facts.operator_id), (None, None));
    assert_eq!(tx.devices().await.unwrap().len(), 1);
    tx.place_device(id(81), Some(town.bays[0]), MORNING + 1).await.unwrap();
    tx.update_device(id(81), "native", Some("2.0")).await.unwrap();
    let facts = tx.device(id(81)).await.unwrap().unwrap();
    assert_eq!(
        (facts.bay_code.as_deref(), facts.firmware.as_deref()),
        (Some("BY0000"), Some("2.0"))
    );
    assert_eq!((facts.operator_id, facts.installed_at), (Some(town.operator_id), MORNING + 1));
    assert_eq!(tx.devices().await.unwrap().len(), 2);
    tx.place_device(id(81), None, MORNING + 2).await.unwrap();
    assert_eq!(tx.device(id(81)).await.unwrap().unwrap().bay_id, None);
}

async fn devices_are_listed_in_order_by_operator_and_by_zone(store: Store) {
    let town = seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let all = DeviceFilter { at: MORNING, ..DeviceFilter::default() };
    for (filter, expected) in [
        (all.clone(), 3),
        (DeviceFilter { after: Some(town.devices[0]), ..all.clone() }, 2),
        (DeviceFilter { operator: Some(town.operator_id), ..all.clone() }, 3),
        (DeviceFilter { operator: Some(id(999)), ..all.clone() }, 0),
        (DeviceFilter { zone: Some("z1".into()), ..all.clone() }, 3),
        (DeviceFilter { zone: Some("z2".into()), ..all.clone() }, 0),
        (DeviceFilter { zone: Some("z1".into()), at: 0, ..all.clone() }, 0),
    ] {
        assert_eq!(tx.list_devices(&filter, 10).await.unwrap().len(), expected, "{filter:?}");
    }
    let two: Vec<Uuid> =
        tx.list_devices(&all, 2).await.unwrap().iter().map(|d| d.device_id).collect();
    assert_eq!(two, town.devices[..2]);
    assert_eq!(tx.all_devices().await.unwrap().len(), 3);
}

async fn a_key_to_sign_with_is_kept_until_it_is_taken_away(store: Store) {
    let town = seed::town(&store, 2).await;
    let device = town.devices[0];
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(!tx.has_mac_key(device).await.unwrap());
    tx.set_mac_key(device, Some(&[7; 32])).await.unwrap();
    assert!(tx.has_mac_key(device).await.unwrap());
    assert_eq!(tx.mac_keys().await.unwrap(), [(device, vec![7; 32])]);
    tx.set_mac_key(device, None).await.unwrap();
    assert!(tx.mac_keys().await.unwrap().is_empty());
}

async fn the_distance_below_which_there_is_a_vehicle_is_kept_until_it_is_taken_away(store: Store) {
    let town = seed::town(&store, 2).await;
    let device = town.devices[0];
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for below_mm in [Some(1_500), Some(1_400), None] {
        tx.set_occupied_below(device, below_mm).await.unwrap();
        let facts = tx.device(device).await.unwrap().unwrap();
        assert_eq!(facts.occupied_below_mm, below_mm);
    }
    assert_eq!(tx.device(town.devices[1]).await.unwrap().unwrap().occupied_below_mm, None);
}

async fn a_version_of_a_bay_ends_the_one_before_it(store: Store) {
    let town = seed::town(&store, 1).await;
    let bay_id = town.bays[0];
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let first = tx.bay_versions(bay_id).await.unwrap().remove(0);
    assert_eq!(
        (first.valid_to_at, &first.vehicle_classes, &first.permitted_hours),
        (None, &None, &None)
    );
    let last = BayVersionFacts { valid_from_at: MORNING + 20, length_m: 9.0, ..first.clone() };
    tx.date_bay(&last).await.unwrap();
    let between = BayVersionFacts {
        valid_from_at: MORNING + 10,
        valid_to_at: Some(MORNING + 20),
        length_m: 8.0,
        vehicle_classes: Some("small".into()),
        permitted_hours: Some("08:00-20:00".into()),
        ..first.clone()
    };
    tx.date_bay(&between).await.unwrap();
    let first = BayVersionFacts { valid_to_at: Some(MORNING + 10), ..first };
    assert_eq!(tx.bay_versions(bay_id).await.unwrap(), [first, between, last.clone()]);
    assert_eq!(tx.newest_bay_versions().await.unwrap(), [last]);
    tx.end_bay(bay_id, MORNING + 30).await.unwrap();
    assert_eq!(tx.bay_versions(bay_id).await.unwrap()[2].valid_to_at, Some(MORNING + 30));
    assert!(tx.terms(bay_id, MORNING + 30).await.unwrap().is_none());
    assert!(tx.terms(bay_id, MORNING + 29).await.unwrap().is_some());
}

async fn a_closure_that_has_begun_is_shortened_and_another_is_taken_back(store: Store) {
    let town = seed::town(&store, 1).await;
    let bay_id = town.bays[0];
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let closure =
        |from_at| ClosureRow { bay_id, from_at, to_at: from_at + 100, reason: "x".into() };
    for from_at in [MORNING, MORNING + 500] {
        assert!(tx.insert_closure(&closure(from_at)).await.unwrap());
        assert!(!tx.insert_closure(&closure(from_at)).await.unwrap());
    }
    tx.lift_closure(bay_id, MORNING, MORNING + 50).await.unwrap();
    tx.lift_closure(bay_id, MORNING + 500, MORNING + 50).await.unwrap();
    let left = tx.closures(bay_id).await.unwrap();
    assert_eq!(left, [ClosureRow { to_at: MORNING + 50, ..closure(MORNING) }]);
    tx.lift_closure(bay_id, MORNING, MORNING + 80).await.unwrap();
    assert_eq!(tx.closures(bay_id).await.unwrap()[0].to_at, MORNING + 50, "it is over already");
}

async fn a_version_of_a_zone_names_tariff_and_payee(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert_eq!(tx.tariff_operator("t1").await.unwrap(), Some(town.operator_id));
    assert_eq!(tx.tariff_operator("t9").await.unwrap(), None);
    let payee = tx.payee_by_name(town.operator_id, "测试收款方", MORNING).await.unwrap();
    assert_eq!(payee, Some(town.payee_id));
    assert_eq!(tx.payee_by_name(town.operator_id, "测试收款方", 0).await.unwrap(), None);
    tx.put_tariff("t2", town.operator_id, "id: t2", MORNING).await.unwrap();
    tx.date_zone(town.zone_id, (MORNING, None), "t2", town.payee_id).await.unwrap();
    let versions = tx.zone_versions(town.zone_id).await.unwrap();
    let seen: Vec<_> = versions.iter().map(|v| (v.tariff_id.as_str(), v.valid_to_at)).collect();
    assert_eq!(seen, [("t1", Some(MORNING)), ("t2", None)]);
    assert_eq!(versions[1].payee_name, "测试收款方");
    assert_eq!(tx.zones().await.unwrap()[0].code, "z1");
    assert_eq!(tx.blocks().await.unwrap()[0].street, "人民路");
    assert_eq!(tx.operators().await.unwrap(), [(town.operator_id, "测试运营公司".to_owned())]);
    assert_eq!(tx.bay_name(town.bays[0]).await.unwrap().unwrap().code, "BY0000");
}

async fn an_account_keeps_its_name_for_its_kind_and_device(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let row = |number: u128, kind: &str, device_id, operator_id| CredentialRow {
        credential_id: id(number),
        username: "dev-0".into(),
        kind: kind.into(),
        device_id,
        operator_id,
        password_hash: format!("hash-{number}"),
        created_at: MORNING,
        revoked_at: None,
    };
    let (mine, other) = (Some(town.devices[0]), Some(town.devices[1]));
    assert!(tx.put_credential(&row(91, "device", mine, None)).await.unwrap());
    for refused in [
        row(92, "device", other, None),
        row(93, "device", None, None),
        row(94, "network", mine, None),
        row(95, "device", mine, Some(town.operator_id)),
    ] {
        assert!(!tx.put_credential(&refused).await.unwrap(), "{refused:?}");
    }
    assert!(tx.put_credential(&row(96, "device", mine, None)).await.unwrap());
    let kept = tx.credential_of_device(town.devices[0]).await.unwrap().unwrap();
    assert_eq!((kept.credential_id, kept.password_hash.as_str()), (id(91), "hash-96"));
    assert!(tx.revoke_credential("dev-0", MORNING + 1).await.unwrap());
    assert!(!tx.revoke_credential("dev-0", MORNING + 2).await.unwrap());
    assert_eq!(tx.credentials().await.unwrap()[0].revoked_at, Some(MORNING + 1));
    assert!(tx.put_credential(&row(97, "device", mine, None)).await.unwrap());
    assert_eq!(tx.credentials().await.unwrap()[0].revoked_at, None);
    let native = tx.native_devices().await.unwrap();
    assert_eq!(native.len(), 2);
    assert_eq!(native[0].operator_id, Some(town.operator_id));
}

async fn what_is_known_of_a_bay_beside_its_readings_is_kept(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert_eq!(tx.bays_without_setup(10).await.unwrap(), town.bays);
    tx.write_setups(&[seed::setup(&town, 0, "{}")]).await.unwrap();
    let (bay, version) = tx.registered_bay(town.bays[0]).await.unwrap().unwrap();
    assert_eq!((bay.setup_json.as_deref(), version), (Some("{}"), 1));
    assert_eq!(tx.bays_without_setup(10).await.unwrap(), town.bays[1..]);
}

on_both_databases! {
    a_device_is_installed_once_at_a_time_and_goes_into_service_once,
    a_photo_takes_the_place_of_an_earlier_one,
    a_device_in_stock_has_no_bay_and_is_not_one_that_readings_come_from,
    devices_are_listed_in_order_by_operator_and_by_zone,
    a_key_to_sign_with_is_kept_until_it_is_taken_away,
    the_distance_below_which_there_is_a_vehicle_is_kept_until_it_is_taken_away,
    a_version_of_a_bay_ends_the_one_before_it,
    a_closure_that_has_begun_is_shortened_and_another_is_taken_back,
    a_version_of_a_zone_names_tariff_and_payee,
    an_account_keeps_its_name_for_its_kind_and_device,
    what_is_known_of_a_bay_beside_its_readings_is_kept,
}
