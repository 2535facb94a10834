//! What other programs on the same PostgreSQL hear of a transaction: once, after its commit.

use std::time::Duration;

use store::{Lane, Listener, Store};

use crate::harness::database::{Database, Kind};
use crate::harness::postgres;
use crate::harness::seed::{self, MORNING, Town};

const WITHIN: Duration = Duration::from_secs(10);
/// What is told is heard long before.
const QUIET: Duration = Duration::from_millis(300);

/// A database of a town, and two gateways' stores on it.
async fn two_on_one_database() -> (Database, Store, Store, Town) {
    let database = Database::fresh(Kind::Postgres).await;
    let (here, there) = (database.open().await, database.open().await);
    let town = seed::town(&here, 2).await;
    (database, here, there, town)
}

async fn next(listener: &mut Listener) {
    tokio::time::timeout(WITHIN, listener.changed()).await.expect("something is heard").unwrap();
}

async fn is_quiet(listener: &mut Listener) -> bool {
    tokio::time::timeout(QUIET, listener.changed()).await.is_err()
}

async fn publish_changes(store: &Store, town: &Town, version: i64) {
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    let mut bays = tx.lock_live(&[1, 2]).await.unwrap();
    bays.iter_mut().for_each(|bay| bay.version = version);
    for (bay_id, bay) in town.bays.iter().zip(&bays) {
        tx.append_changes(&[(*bay_id, bay)], MORNING, "sensor").await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_committed_change_is_heard_once_by_the_others_and_one_that_was_rolled_back_is_not() {
    let (_database, here, there, town) = two_on_one_database().await;
    let mut listener = there.listen().await.unwrap().unwrap();
    let mut dropped = here.begin(Lane::Command).await.unwrap();
    dropped.write_setups(&[seed::setup(&town, 0, "{}")]).await.unwrap();
    drop(dropped);
    assert!(is_quiet(&mut listener).await, "nothing was committed");
    publish_changes(&here, &town, 1).await;
    next(&mut listener).await;
    assert!(is_quiet(&mut listener).await, "two changes of one transaction are told once");
    let mut tx = here.begin(Lane::Command).await.unwrap();
    tx.write_setups(&[seed::setup(&town, 0, "{}")]).await.unwrap();
    tx.write_setups(&[seed::setup(&town, 1, "{}")]).await.unwrap();
    tx.commit().await.unwrap();
    next(&mut listener).await;
    assert!(is_quiet(&mut listener).await, "two changes of the register are told once");
}

#[tokio::test]
async fn a_broken_connection_is_told_and_changes_are_heard_again() {
    let (database, here, there, town) = two_on_one_database().await;
    let mut listener = there.listen().await.unwrap().unwrap();
    let ended = postgres::ask(
        &database.url,
        "select count(pg_terminate_backend(pid)) from pg_stat_activity \
         where datname = current_database() and query ilike 'listen%'",
    );
    assert_eq!(ended.trim(), "1");
    next(&mut listener).await;
    publish_changes(&here, &town, 1).await;
    next(&mut listener).await;
}

#[tokio::test]
async fn on_sqlite_there_is_nobody_to_hear_of() {
    let database = Database::fresh(Kind::Sqlite).await;
    assert!(database.open().await.listen().await.unwrap().is_none());
}
