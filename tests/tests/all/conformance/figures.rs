//! The planner's figures, added up in the database.

use store::{BlockBays, BlockFees, BlockStays, Lane, OrderRow, StayRow, Store};

use crate::harness::seed::{self, MORNING, Town, id};

async fn bays_are_counted_by_block_and_state(store: Store) {
    seed::town(&store, 3).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let mut bay = tx.lock_live(&[1]).await.unwrap().remove(0);
    bay.state = "occupied".into();
    tx.write_live(&[&bay]).await.unwrap();
    tx.commit().await.unwrap();
    let counted = store.read().await.unwrap().bays_by_block(MORNING).await.unwrap();
    let row = |state: &str, bays| BlockBays { block: "b1".into(), state: state.into(), bays };
    assert_eq!(counted, [row("occupied", 1), row("unknown", 2)]);
}

async fn settled_stays_are_added_up_and_void_ones_are_not(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    for (number, state, arrived_at, left_at) in [
        (11, "left", MORNING, Some(MORNING + 100)),
        (12, "left", MORNING + 200, Some(MORNING + 250)),
        (13, "present", MORNING + 300, None),
        (14, "void", MORNING, Some(MORNING + 10)),
        (15, "present", MORNING + 900, None),
    ] {
        let bay_id = town.bays[usize::try_from(number % 2).unwrap()];
        let stay =
            StayRow { state: state.into(), arrived_at, left_at, ..seed::stay(id(number), bay_id) };
        tx.write_stays(&[(stay.clone(), "opened")], MORNING).await.unwrap();
    }
    // By 08:00:00.500 three had arrived; by 08:00:00.240 one had left, after 100 ms.
    let sums = tx.stays_by_block(MORNING, MORNING + 500, MORNING + 240).await.unwrap();
    let expected = BlockStays { block: "b1".into(), arrived: 3, departed: 1, stay_ms: 100 };
    assert_eq!(sums, [expected]);
}

async fn fees_count_for_the_block_where_the_visit_began(store: Store) {
    let town = seed::town(&store, 2).await;
    visit_with_order(&store, &town, 1, 500).await;
    visit_with_order(&store, &town, 2, 0).await;
    let fees = store.read().await.unwrap().fees_by_block(MORNING).await.unwrap();
    assert_eq!(fees, [BlockFees { block: "b1".into(), fees_fen: 500 }]);
}

on_both_databases! {
    bays_are_counted_by_block_and_state,
    settled_stays_are_added_up_and_void_ones_are_not,
    fees_count_for_the_block_where_the_visit_began,
}

async fn visit_with_order(store: &Store, town: &Town, number: u128, total_fen: i64) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.write_stays(&[(seed::stay(id(10 + number), town.bays[0]), "opened")], MORNING)
        .await
        .unwrap();
    tx.insert_claim(&seed::claim(id(30 + number), town.bays[0])).await.unwrap();
    tx.insert_visit(&seed::visit(id(40 + number), town)).await.unwrap();
    let link = seed::link(id(10 + number), 1, id(30 + number), id(40 + number));
    assert!(tx.link_stay(&link).await.unwrap());
    let order = OrderRow { total_fen, ..seed::order(id(60 + number), town, id(40 + number)) };
    assert!(tx.insert_order(&order).await.unwrap());
    tx.commit().await.unwrap();
}
