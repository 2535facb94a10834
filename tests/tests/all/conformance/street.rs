//! A street at once: what is new is added, what is there stays as it is, and all of it is found again.

use store::{
    BayFeatures, BayVersionFacts, BlockRow, ClosureRow, InstallationRow, Lane, LiveRow, NewBay,
    NewDevice, PlacedDevice, Store,
};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, Town, id};

/// More than go into one statement of SQLite.
const MANY: u32 = 700;

fn new_bay(town: &Town, number: u32) -> NewBay {
    NewBay {
        bay_id: id(0x20_0000 + u128::from(number)),
        operator_id: town.operator_id,
        code: format!("BY{number:04}"),
    }
}

fn version(town: &Town, bay_id: Uuid) -> BayVersionFacts {
    BayVersionFacts {
        bay_id,
        valid_from_at: MORNING,
        valid_to_at: None,
        zone_id: town.zone_id,
        block_id: town.block_id,
        lon: 104.17,
        lat: 36.54,
        heading_deg: 90.0,
        length_m: 6.0,
        vehicle_classes: None,
        permitted_hours: Some("mo-fr 08:00-20:00".into()),
        features: BayFeatures {
            max_height_mm: Some(2_100),
            max_length_mm: None,
            charging: true,
            accessible: false,
        },
    }
}

fn placed(number: u32, bay_id: Option<Uuid>) -> PlacedDevice {
    PlacedDevice {
        device: NewDevice {
            device_id: id(0x30_0000 + u128::from(number)),
            network: "native".into(),
            device_key: format!("dev-{number}"),
            device_type: "native".into(),
            firmware: None,
        },
        occupied_below_mm: None,
        bay_id,
        at: MORNING,
    }
}

fn installation(device_id: Uuid, bay_id: Uuid) -> InstallationRow {
    InstallationRow {
        installation_id: device_id,
        device_id,
        bay_id,
        installed_at: MORNING,
        in_service_at: Some(MORNING),
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

async fn bays_that_are_there_keep_their_ids_and_the_others_are_added(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let block = |code: &str, number| BlockRow {
        block_id: id(number),
        code: code.into(),
        street: "解放路".into(),
        side: "south".into(),
    };
    let blocks = tx.put_blocks(&[block("b1", 51), block("b2", 52)]).await.unwrap();
    assert_eq!((blocks["b1"], blocks["b2"], blocks.len()), (town.block_id, id(52), 2));
    let bays: Vec<NewBay> = (0..MANY).map(|number| new_bay(&town, number)).collect();
    let ids = tx.put_bays(&bays).await.unwrap();
    assert_eq!(ids.len(), bays.len());
    assert_eq!([ids["BY0000"], ids["BY0001"]], town.bays[..2]);
    assert_eq!(ids["BY0699"], bays[699].bay_id);
    assert_eq!(tx.put_bays(&bays).await.unwrap(), ids);
    let mut numbers = Vec::new();
    for bay_id in ids.values() {
        let (bay, setup_version) = tx.registered_bay(*bay_id).await.unwrap().unwrap();
        assert_eq!(setup_version, 0);
        let live = tx.live(bay.bay_no).await.unwrap().unwrap();
        assert_eq!((live.state.as_str(), live.reason.as_str()), ("unknown", "never_heard"));
        numbers.push(bay.bay_no);
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), bays.len(), "each has a number of its own");
}

async fn a_date_is_added_once_and_found_with_its_bay(store: Store) {
    let town = seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let dated = tx.put_bay_versions(&[version(&town, town.bays[0])]).await.unwrap();
    assert_eq!(dated, [town.bays[0]]);
    let again: Vec<_> = town.bays.iter().map(|bay_id| version(&town, *bay_id)).collect();
    let mut dated = tx.put_bay_versions(&again).await.unwrap();
    dated.sort_unstable();
    assert_eq!(dated, town.bays[1..]);
    let found = tx.versions_of_bays(&town.bays[1..]).await.unwrap();
    assert_eq!(found.len(), 2);
    let one = &found[&town.bays[2]];
    assert_eq!(
        one.iter().map(|v| v.valid_from_at).collect::<Vec<_>>(),
        [MORNING - 86_400_000, MORNING]
    );
    assert_eq!(one[1], again[2]);
    let closure = ClosureRow {
        bay_id: town.bays[1],
        from_at: MORNING,
        to_at: MORNING + 5,
        reason: "works".into(),
    };
    assert!(tx.insert_closure(&closure).await.unwrap());
    let closures = tx.closures_of_bays(&town.bays).await.unwrap();
    assert_eq!((closures.len(), &closures[&town.bays[1]]), (1, &vec![closure]));
}

async fn devices_that_are_known_are_told_apart_from_those_that_were_added(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    // The town has dev-0 and dev-1.
    let devices = [placed(1, Some(town.bays[0])), placed(7, Some(town.bays[1])), placed(8, None)];
    let mut added = tx.register_devices(&devices).await.unwrap();
    added.sort_unstable();
    assert_eq!(added, [id(0x30_0007), id(0x30_0008)]);
    for (key, bay_id) in [("dev-7", Some(town.bays[1])), ("dev-8", None)] {
        let device = tx.device_by_key("native", key).await.unwrap().unwrap();
        assert_eq!((device.bay_id, device.installed_at), (bay_id, MORNING), "{key}");
    }
    let new = installation(id(0x30_0007), town.bays[1]);
    tx.insert_installations(std::slice::from_ref(&new)).await.unwrap();
    let found = tx.installations_in_bays(&town.bays).await.unwrap();
    assert_eq!((found.len(), &found[&town.bays[1]]), (1, &vec![new]));
    let mut seen = Vec::new();
    tx.each_device(|device| seen.push(device.device_key)).await.unwrap();
    seen.sort_unstable();
    assert_eq!(seen, ["dev-0", "dev-1", "dev-7", "dev-8"]);
}

async fn setups_are_written_and_bays_that_were_heard_are_named(store: Store) {
    let town = seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let mut rows = Vec::new();
    for bay_id in &town.bays {
        rows.push(tx.registered_bay(*bay_id).await.unwrap().unwrap().0);
    }
    let before: Vec<LiveRow> =
        tx.lock_live(&rows.iter().map(|r| r.bay_no).collect::<Vec<_>>()).await.unwrap();
    tx.write_live(&[&LiveRow { last_seq: Some(9), ..before[1].clone() }]).await.unwrap();
    let setups: Vec<_> = rows[1..]
        .iter()
        .map(|row| (row.bay_id, row.bay_no, "{\"closures\":[]}".to_owned()))
        .collect();
    tx.write_setups(&setups).await.unwrap();
    for (place, row) in rows.iter().enumerate() {
        let (now, version) = tx.registered_bay(row.bay_id).await.unwrap().unwrap();
        let live = tx.live(row.bay_no).await.unwrap().unwrap();
        let expected = if place == 0 { (None, 0) } else { (Some("{\"closures\":[]}"), 1) };
        assert_eq!((now.setup_json.as_deref(), version), expected, "bay {place}");
        assert_eq!((now.code, now.operator_id), (row.code.clone(), row.operator_id));
        assert_eq!(live.stamp, before[place].stamp + version);
        assert_eq!(live.state, before[place].state);
    }
    let numbers: Vec<i64> = rows.iter().map(|row| row.bay_no).collect();
    let heard = tx.heard_bays(&numbers).await.unwrap();
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), [(rows[1].bay_no, 1)]);
}

on_both_databases! {
    bays_that_are_there_keep_their_ids_and_the_others_are_added,
    a_date_is_added_once_and_found_with_its_bay,
    devices_that_are_known_are_told_apart_from_those_that_were_added,
    setups_are_written_and_bays_that_were_heard_are_named,
}
