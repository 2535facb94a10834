//! The conformance suite of the store: every check runs on SQLite and on PostgreSQL.

/// Makes a test of each check on each database, so that both names appear.
macro_rules! on_both_databases {
    ($($check:ident,)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let kind = $crate::harness::database::Kind::Sqlite;
                let database = $crate::harness::database::Database::fresh(kind).await;
                let store = database.open().await;
                super::$check(store.clone()).await;
                store.close().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let kind = $crate::harness::database::Kind::Postgres;
                let database = $crate::harness::database::Database::fresh(kind).await;
                let store = database.open().await;
                super::$check(store.clone()).await;
                store.close().await;
            })+
        }
    };
}

mod after;
mod bays;
mod commands;
mod device_events;
mod figures;
mod forecast;
mod idempotency;
mod invoices;
mod jobs;
mod joint;
mod ledger;
mod money;
mod news;
mod nulls;
mod orders;
mod own_payments;
mod people;
mod prepaid;
mod provisioning;
mod readings;
mod reconcile_days;
mod refunds;
mod retention;
mod roads;
mod saved_vehicles;
mod schema;
mod stays;
mod street;
mod town;
mod transactions;
mod unmet;
