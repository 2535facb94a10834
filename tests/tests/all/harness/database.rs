//! A store of a test's own, on either database.

use store::Store;
use tempfile::TempDir;

use super::postgres;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A fresh database; it ends with the test.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    _dir: Option<TempDir>,
}

impl Database {
    /// With the schema in it.
    pub(crate) async fn fresh(kind: Kind) -> Database {
        match kind {
            Kind::Sqlite => {
                let database = Database::empty(kind);
                let store = database.open().await;
                store.migrate().await.expect("a fresh database takes the schema");
                store.close().await;
                database
            }
            Kind::Postgres => Database { url: postgres::fresh().await, _dir: None },
        }
    }

    /// Without any table.
    pub(crate) fn empty(kind: Kind) -> Database {
        match kind {
            Kind::Sqlite => {
                let dir = tempfile::tempdir().expect("there is room for a temporary folder");
                let url = format!("sqlite:{}", dir.path().join("bowei.db").display());
                Database { url, _dir: Some(dir) }
            }
            Kind::Postgres => Database { url: postgres::empty(), _dir: None },
        }
    }

    /// Opens it, as each gateway on it does.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.expect("the test's database opens")
    }
}

/// A fresh database with a store open on it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) store: Store,
    _database: Database,
}

impl Opened {
    pub(crate) async fn fresh(kind: Kind) -> Opened {
        let database = Database::fresh(kind).await;
        Opened { store: database.open().await, _database: database }
    }
}
