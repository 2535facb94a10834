//! What devices suffer from, as a history that every gateway tails; and that the register changed.

use store::{ConditionRow, DeviceEventRow, Lane, Store};

use crate::harness::seed::{self, MORNING, Town};

fn event(town: &Town, device: usize, condition: &str, turned: &str) -> DeviceEventRow {
    DeviceEventRow {
        event_seq: 0,
        device_id: town.devices[device],
        bay_id: town.bays[device],
        condition: condition.into(),
        turned: turned.into(),
        at: MORNING,
        detail: "最后一次 08:00".into(),
    }
}

/// `device condition turned` of each.
fn told(town: &Town, rows: &[ConditionRow]) -> Vec<String> {
    let device = |row: &ConditionRow| town.devices.iter().position(|d| *d == row.event.device_id);
    let name = |row: &ConditionRow| {
        format!("{} {} {}", device(row).unwrap(), row.event.condition, row.event.turned)
    };
    rows.iter().map(name).collect()
}

async fn conditions_of_devices_are_told_in_order_and_known_while_they_last(store: Store) {
    let town = seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert_eq!(tx.last_device_event().await.unwrap(), 0);
    let mut live = tx.lock_live(&[1, 2, 3]).await.unwrap();
    tx.append_device_events(&[
        event(&town, 0, "silent", "on"),
        event(&town, 1, "stuck", "on"),
        event(&town, 0, "silent", "off"),
    ])
    .await
    .unwrap();
    tx.append_device_events(&[event(&town, 1, "silent", "on"), event(&town, 2, "silent", "on")])
        .await
        .unwrap();
    live[1].conditions = format!("{0}:silent,{0}:stuck", town.devices[1]);
    live[2].conditions = format!("{}:silent", town.devices[2]);
    tx.write_live(&live.iter().collect::<Vec<_>>()).await.unwrap();
    // Taken out, its word about the bay that it was in counts no longer.
    tx.place_device(town.devices[2], None, MORNING).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    let first = tx.device_events_after(0, 2).await.unwrap();
    assert_eq!(told(&town, &first), ["0 silent on", "1 stuck on"]);
    assert_eq!((first[0].network.as_str(), first[0].operator_id), ("native", town.operator_id));
    assert!(!first[0].device_key.is_empty());
    let second = first[1].event.event_seq;
    let rest = tx.device_events_after(second, 10).await.unwrap();
    assert_eq!(told(&town, &rest), ["0 silent off", "1 silent on", "2 silent on"]);
    let newest = rest[2].event.event_seq;
    assert_eq!(tx.last_device_event().await.unwrap(), newest);
    let named = tx.device_events_named(&[newest + 1, second]).await.unwrap();
    assert_eq!(told(&town, &named), ["1 stuck on"]);
    assert!(tx.device_events_named(&[]).await.unwrap().is_empty());
    let now = tx.conditions_now().await.unwrap();
    assert_eq!(told(&town, &now), ["1 stuck on", "1 silent on"]);
    let mut bays = tx.conditions_of_bays().await.unwrap();
    bays.sort();
    assert_eq!(bays, [live[1].conditions.clone(), live[2].conditions.clone()]);
    assert_eq!(tx.devices_in_service().await.unwrap(), 0, "none was installed");
}

async fn a_change_of_the_register_is_told_once_for_each_transaction(store: Store) {
    let town = seed::town(&store, 2).await;
    let state = async || store.read().await.unwrap().register_state().await.unwrap();
    let before = state().await;
    assert_eq!(state().await, before);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.write_setups(&[seed::setup(&town, 0, "{}")]).await.unwrap();
    let once = tx.register_state().await.unwrap();
    tx.write_setups(&[seed::setup(&town, 1, "{}")]).await.unwrap();
    tx.set_mac_key(town.devices[0], Some(&[7; 32])).await.unwrap();
    assert_eq!(tx.register_state().await.unwrap(), once);
    assert_ne!(once, before);
    drop(tx);
    assert_eq!(state().await, before, "what was not committed changed nothing");
    // One whose number is lower and comes later is told, too: gateways count.
    if store.dialect() == "postgres" {
        let (mut early, mut late) =
            (store.begin(Lane::Command).await.unwrap(), store.begin(Lane::Command).await.unwrap());
        early.write_setups(&[seed::setup(&town, 0, "{\"a\":1}")]).await.unwrap();
        late.write_setups(&[seed::setup(&town, 1, "{\"a\":1}")]).await.unwrap();
        late.commit().await.unwrap();
        let seen = state().await;
        early.commit().await.unwrap();
        assert_ne!(state().await, seen);
    }
}

async fn few_changes_of_the_register_are_kept(store: Store) {
    let town = seed::town(&store, 1).await;
    for n in 0..210_u8 {
        let mut tx = store.begin(Lane::Command).await.unwrap();
        tx.set_mac_key(town.devices[0], Some(&[n; 32])).await.unwrap();
        tx.forget_register_changes().await.unwrap();
        tx.commit().await.unwrap();
    }
    let state = store.read().await.unwrap().register_state().await.unwrap();
    // 201 with the town's own: the oldest went until 100 were left; 10 came since.
    assert_eq!(state.count, 110);
}

on_both_databases! {
    conditions_of_devices_are_told_in_order_and_known_while_they_last,
    a_change_of_the_register_is_told_once_for_each_transaction,
    few_changes_of_the_register_are_kept,
}
