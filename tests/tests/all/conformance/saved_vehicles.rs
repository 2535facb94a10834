//! Vehicles that drivers keep: once a plate, one usual one, gone when nobody used them for long.

use store::{Forgettable, Lane, SavedVehicleRow, Store, VisitRow};

use crate::harness::seed::{self, MORNING, id};

const DAY: i64 = 86_400_000;

fn vehicle(number: u128, plate: &str, made_at: i64) -> SavedVehicleRow {
    SavedVehicleRow {
        vehicle_id: id(number),
        account_id: id(51),
        plate: plate.into(),
        plate_colour: None,
        name: None,
        is_usual: false,
        made_at,
        changed_at: made_at,
    }
}

async fn put(store: &Store, rows: &[SavedVehicleRow]) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for row in rows {
        tx.put_saved_vehicle(row).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn plates(store: &Store) -> Vec<String> {
    let rows = store.read().await.unwrap().saved_vehicles(id(51)).await.unwrap();
    rows.into_iter().map(|row| row.plate).collect()
}

async fn a_plate_is_kept_once_and_one_is_the_usual_one(store: Store) {
    let first = vehicle(91, "甘D12345", MORNING);
    let usual = SavedVehicleRow { is_usual: true, ..vehicle(92, "甘D54321", MORNING + 1) };
    put(&store, &[first.clone(), usual.clone()]).await;
    let rows = store.read().await.unwrap().saved_vehicles(id(51)).await.unwrap();
    assert_eq!(rows, [usual, first.clone()]);
    assert_eq!((&rows[0].plate_colour, &rows[0].name), (&None, &None));
    // Another takes it over; what is changed keeps its place.
    let named = SavedVehicleRow {
        name: Some("家里的车".into()),
        plate_colour: Some("yellow".into()),
        is_usual: true,
        changed_at: MORNING + 2,
        ..first
    };
    put(&store, std::slice::from_ref(&named)).await;
    assert_eq!(store.read().await.unwrap().saved_vehicles(id(51)).await.unwrap()[0], named);
    assert_eq!(plates(&store).await, ["甘D12345", "甘D54321"]);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let twice = tx.put_saved_vehicle(&vehicle(93, "甘D12345", MORNING)).await;
    assert!(twice.is_err(), "the database keeps a plate once");
    drop(tx);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(!tx.delete_saved_vehicle(id(52), id(91)).await.unwrap(), "somebody else's");
    assert!(tx.delete_saved_vehicle(id(51), id(91)).await.unwrap());
    assert!(!tx.delete_saved_vehicle(id(51), id(91)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(plates(&store).await, ["甘D54321"]);
}

async fn what_was_neither_saved_nor_parked_for_long_is_forgotten(store: Store) {
    let town = seed::town(&store, 1).await;
    let (old, today) = (MORNING - 100 * DAY, MORNING);
    put(
        &store,
        &[
            vehicle(91, "甘D11111", old),
            vehicle(92, "甘D22222", old),
            vehicle(93, "甘D33333", old),
            SavedVehicleRow { changed_at: today, ..vehicle(94, "甘D44444", old) },
        ],
    )
    .await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    // The second parked since; with the third somebody else did.
    let visit = |number, account, plate: &str| VisitRow {
        account_id: Some(id(account)),
        plate: plate.into(),
        ..seed::visit(id(number), &town)
    };
    tx.insert_visit(&visit(41, 51, "甘D22222")).await.unwrap();
    tx.insert_visit(&visit(42, 52, "甘D33333")).await.unwrap();
    let before = MORNING - DAY;
    assert_eq!(tx.forget(Forgettable::SavedVehicles, before, 1).await.unwrap(), 1);
    assert_eq!(tx.forget(Forgettable::SavedVehicles, before, 10).await.unwrap(), 1);
    assert_eq!(tx.forget(Forgettable::SavedVehicles, before, 10).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(plates(&store).await, ["甘D22222", "甘D44444"]);
}

on_both_databases! {
    a_plate_is_kept_once_and_one_is_the_usual_one,
    what_was_neither_saved_nor_parked_for_long_is_forgotten,
}
