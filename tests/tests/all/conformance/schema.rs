//! Both schemas say the same, and a schema that is not ours is refused.

use std::collections::BTreeMap;

use store::{Store, StoreError};

use crate::harness::database::{Database, Kind, Opened};

/// What each dialect calls the same thing: (SQLite, PostgreSQL).
const TYPES: [(&str, &str); 6] = [
    ("blob", "uuid"),
    ("blob", "bytea"),
    ("integer", "bigint"),
    ("boolean", "boolean"),
    ("text", "text"),
    ("double precision", "double precision"),
];

async fn migrating_again_changes_nothing(store: Store) {
    let before = columns(&store).await;
    store.migrate().await.unwrap();
    store.check_schema().await.unwrap();
    assert_eq!(columns(&store).await, before);
    assert!(before.len() > 200, "only {} columns", before.len());
}

on_both_databases! {
    migrating_again_changes_nothing,
}

#[tokio::test]
async fn a_database_without_the_schema_is_refused_naming_the_command_that_helps() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::empty(kind);
        let store = database.open().await;
        let refused = store.check_schema().await.unwrap_err();
        let StoreError::Schema(why) = &refused else { panic!("{kind:?}: {refused:?}") };
        assert!(why.contains("gateway migrate"), "{kind:?}: {why}");
        store.close().await;
    }
}

#[tokio::test]
async fn an_address_of_another_database_is_refused() {
    for address in ["mysql://localhost/bowei", "bowei.db", ""] {
        let refused = Store::open(address).await.unwrap_err();
        assert!(matches!(refused, StoreError::Address(_)), "{address}: {refused:?}");
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_constraints_and_indexes() {
    let sqlite = Opened::fresh(Kind::Sqlite).await;
    let postgres = Opened::fresh(Kind::Postgres).await;
    let (left, right) = (columns(&sqlite.store).await, columns(&postgres.store).await);
    let names = |m: &BTreeMap<String, String>| m.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&left), names(&right));
    for (column, of_sqlite) in &left {
        assert!(same_type(of_sqlite, &right[column]), "{column}: {of_sqlite} / {}", right[column]);
    }
    let left = sqlite.store.read().await.unwrap().schema_names().await.unwrap();
    let right = postgres.store.read().await.unwrap().schema_names().await.unwrap();
    assert!(left.len() > 80, "only {} names", left.len());
    assert_eq!(left, right);
}

async fn columns(store: &Store) -> BTreeMap<String, String> {
    let columns = store.read().await.unwrap().schema_columns().await.unwrap();
    columns.into_iter().collect()
}

fn same_type(of_sqlite: &str, of_postgres: &str) -> bool {
    let split = |text: &str| match text.strip_suffix(" not null") {
        Some(kind) => (kind.to_owned(), true),
        None => (text.to_owned(), false),
    };
    let ((left, left_filled), (right, right_filled)) = (split(of_sqlite), split(of_postgres));
    left_filled == right_filled && TYPES.contains(&(left.as_str(), right.as_str()))
}
