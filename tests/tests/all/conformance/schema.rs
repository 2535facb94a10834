//! Both schemas say the same, and a schema that is not ours is refused.

use std::collections::BTreeMap;

use store::{Lane, LiveRow, Store, StoreError};

use crate::harness::database::{Database, Kind, Opened};
use crate::harness::raw;
use crate::harness::seed::id;

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

/// A bay with two published changes and a stay with two revisions, as the program of schema 10 wrote them.
const OF_SCHEMA_10: &str = "\
    insert into operator (operator_id, name) values ({1}, 'A'); \
    insert into bay (bay_id, operator_id, code, bay_no) values ({2}, {1}, '620001', 1); \
    insert into bay_live (bay_no, version, setup_version, state, reason, conditions) \
    values (1, 2, 0, 'free', 'heard', ''); \
    insert into bay_change (bay_id, version, state, observed_at, published_at, source, reason) \
    values ({2}, 1, 'occupied', 5, 6, 'sensor', 'heard'); \
    insert into bay_change (bay_id, version, state, observed_at, published_at, source, reason) \
    values ({2}, 2, 'free', null, 8, 'time', 'silent'); \
    insert into stay (stay_id, bay_id, state, revision, arrived_at, left_at, span_json, superseded_by, \
    fold_version, policy_version) values ({3}, {2}, 'left', 2, 5, 7, '{\"x\":2}', null, 4, 1); \
    insert into stay_revision (stay_id, revision, state, change, span_json, published_at) \
    values ({3}, 1, 'present', 'opened', '{\"x\":1}', 6); \
    insert into stay_revision (stay_id, revision, state, change, span_json, published_at) \
    values ({3}, 2, 'left', 'left', '{\"x\":2}', 8)";

#[tokio::test]
async fn history_and_revisions_of_an_earlier_schema_survive_as_they_were() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::empty(kind);
        raw::migrate_to(&database.url, 10).await;
        let mut sql = OF_SCHEMA_10.to_owned();
        for number in 1..=3 {
            let literal = match kind {
                Kind::Sqlite => format!("x'{number:032x}'"),
                Kind::Postgres => format!("'{}'", id(number)),
            };
            sql = sql.replace(&format!("{{{number}}}"), &literal);
        }
        raw::run(&database.url, &sql).await.unwrap();
        let store = database.open().await;
        store.migrate().await.unwrap();
        let mut tx = store.begin(Lane::Ingest).await.unwrap();
        let revisions = tx.revisions(id(3)).await.unwrap();
        let shown: Vec<_> = revisions
            .iter()
            .map(|r| (r.revision, r.change.as_str(), r.span_json.as_str()))
            .collect();
        assert_eq!(shown, [(1, "opened", "{\"x\":1}"), (2, "left", "{\"x\":2}")], "{kind:?}");
        let bay = tx.lock_live(&[1]).await.unwrap().remove(0);
        tx.append_changes(&[(id(2), &LiveRow { version: 3, ..bay })], 9, "sensor").await.unwrap();
        let history = tx.changes_after(0, 10).await.unwrap();
        let shown: Vec<_> = history
            .iter()
            .map(|c| (c.change_seq, c.version, c.state.as_str(), c.reason.as_str(), c.observed_at))
            .collect();
        let expected = [
            (1, 1, "occupied", "heard", Some(5)),
            (2, 2, "free", "silent", None),
            (3, 3, "free", "heard", None),
        ];
        assert_eq!(shown, expected, "{kind:?}");
        drop(tx);
        store.close().await;
    }
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
