//! What the database holds, read beside the gateway: how many readings are committed.
//!
//! **Invariant:** counting never looks at what was there before the mark, so it stays cheap with ten
//! million readings stored. Readings are counted by their numbers, which grow. (Their place in
//! PostgreSQL's files does not: a page that was left half full is filled later.)

use anyhow::{Context, Result};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};

/// A connection that only reads.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The number of the newest reading at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(i64);

impl Database {
    pub(crate) async fn open(url: &str) -> Result<Database> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            return Ok(Database::Sqlite(options.connect().await.context("the database")?));
        }
        Ok(Database::Postgres(PgConnection::connect(url).await.context("the database")?))
    }

    /// Where the readings end now.
    pub(crate) async fn mark(&mut self) -> Result<Mark> {
        const NEWEST: &str = "select coalesce(max(reading_seq), 0) from reading";
        Ok(Mark(match self {
            Database::Sqlite(c) => sqlx::query_scalar(NEWEST).fetch_one(c).await?,
            Database::Postgres(c) => sqlx::query_scalar(NEWEST).fetch_one(c).await?,
        }))
    }

    /// How many readings were committed since.
    pub(crate) async fn readings_since(&mut self, mark: &Mark) -> Result<u64> {
        const COUNT: &str = "select count(*) from reading where reading_seq > $1";
        let count: i64 = match self {
            Database::Sqlite(c) => sqlx::query_scalar(COUNT).bind(mark.0).fetch_one(c).await?,
            Database::Postgres(c) => sqlx::query_scalar(COUNT).bind(mark.0).fetch_one(c).await?,
        };
        u64::try_from(count).context("readings are never removed")
    }

    /// How many messages were refused so far, and why the last one was.
    pub(crate) async fn rejected(&mut self) -> Result<(i64, String)> {
        const COUNT: &str = "select count(*), coalesce(max(reason), '') from rejected";
        match self {
            Database::Sqlite(c) => Ok(sqlx::query_as(COUNT).fetch_one(c).await?),
            Database::Postgres(c) => Ok(sqlx::query_as(COUNT).fetch_one(c).await?),
        }
    }

    pub(crate) async fn close(self) -> Result<()> {
        match self {
            Database::Sqlite(c) => Ok(c.close().await?),
            Database::Postgres(c) => Ok(c.close().await?),
        }
    }
}
