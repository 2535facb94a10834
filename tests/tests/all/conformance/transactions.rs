//! Transactions: all or nothing, side by side, and open again after a failure.

use std::time::Duration;

use store::{ClockRow, Lane, Store};

use crate::harness::seed::{self, MORNING, id};

async fn a_transaction_that_is_not_committed_keeps_nothing(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.insert_readings(&[seed::reading(town.bays[0], town.devices[0], 1)]).await.unwrap();
    tx.write_stays(&[(seed::stay(id(11), town.bays[0]), "opened")], MORNING).await.unwrap();
    tx.enqueue("settle", "v1", id(1), 0).await.unwrap();
    drop(tx);
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.count_readings().await.unwrap(), 0);
    assert_eq!(tx.count_stays().await.unwrap(), 0);
    assert_eq!(tx.count_jobs().await.unwrap(), (0, 0));
    assert_eq!(tx.count_usage_due().await.unwrap(), 0);
}

async fn a_refused_statement_does_not_block_the_next_transaction(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    // A stay needs its bay.
    tx.write_stays(&[(seed::stay(id(11), id(404)), "opened")], MORNING).await.unwrap_err();
    drop(tx);
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.write_stays(&[(seed::stay(id(11), town.bays[0]), "opened")], MORNING).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().count_stays().await.unwrap(), 1);
}

async fn readers_see_what_was_committed_while_a_writer_is_at_work(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut writer = store.begin(Lane::Command).await.unwrap();
    writer.write_stays(&[(seed::stay(id(11), town.bays[0]), "opened")], MORNING).await.unwrap();
    let mut reader = store.read().await.unwrap();
    assert_eq!(reader.count_stays().await.unwrap(), 0);
    writer.commit().await.unwrap();
    assert_eq!(reader.count_stays().await.unwrap(), 1);
}

async fn commands_and_batches_all_come_to_their_turn(store: Store) {
    let mut tasks = Vec::new();
    for number in 0..30 {
        let lane = if number % 3 == 0 { Lane::Ingest } else { Lane::Command };
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut tx = store.begin(lane).await.unwrap();
            tx.put_account(id(number), &format!("openid-{number}"), MORNING).await.unwrap();
            tx.commit().await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut tx = store.read().await.unwrap();
    for number in 0..30 {
        assert!(tx.openid(id(number)).await.unwrap().is_some(), "account {number}");
    }
}

async fn a_command_given_up_while_it_waits_holds_up_no_batch(store: Store) {
    let writer = store.begin(Lane::Ingest).await.unwrap();
    {
        let mut command = Box::pin(store.begin(Lane::Command));
        // Polled once, so that it waits where it has to; then its caller hangs up.
        tokio::select! {
            biased;
            begun = &mut command => drop(begun.unwrap()),
            () = async {} => {}
        }
    }
    drop(writer);
    let batch = tokio::time::timeout(Duration::from_secs(10), store.begin(Lane::Ingest)).await;
    batch.expect("a batch gets its turn").unwrap().commit().await.unwrap();
}

async fn the_city_clock_is_kept_as_one_row(store: Store) {
    let mut clock = ClockRow {
        machine_origin_ms: 1_700_000_000_000,
        city_origin_ms: MORNING,
        speed: 60,
        last_city_at: MORNING + 1,
    };
    for passed in [1, 2_000] {
        clock.last_city_at = MORNING + passed;
        let mut tx = store.begin(Lane::Command).await.unwrap();
        tx.put_clock(&clock).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().clock().await.unwrap(), Some(clock));
    }
}

async fn partitions_are_prepared_for_any_month_again_and_again(store: Store) {
    for at in [MORNING, MORNING, MORNING + 40 * 86_400_000] {
        store.prepare_partitions(at).await.unwrap();
    }
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let mut rows = Vec::new();
    for (number, day) in [(1, 0), (2, 31), (3, 400), (4, -400)] {
        let mut row = seed::reading(town.bays[0], town.devices[0], number);
        row.stored_at = MORNING + day * 86_400_000;
        rows.push(row);
    }
    tx.insert_readings(&rows).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().count_readings().await.unwrap(), 4);
    store.ping().await.unwrap();
}

on_both_databases! {
    a_transaction_that_is_not_committed_keeps_nothing,
    a_refused_statement_does_not_block_the_next_transaction,
    readers_see_what_was_committed_while_a_writer_is_at_work,
    commands_and_batches_all_come_to_their_turn,
    a_command_given_up_while_it_waits_holds_up_no_batch,
    the_city_clock_is_kept_as_one_row,
    partitions_are_prepared_for_any_month_again_and_again,
}
