//! What the database holds, read beside the gateway: how many readings are committed.
//!
//! **Invariant:** counting never looks at what was there before the mark, so it stays cheap with ten
//! million readings stored. SQLite counts by the row's number; PostgreSQL, whose table has no index
//! by it, by the place in the append-only files.

use anyhow::{Context, Result};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

/// A connection that only reads.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The end of the readings at some moment.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    Row(i64),
    /// Of each file of the table: its last page, and the rows that were on it.
    Pages(Vec<(String, i64, i64)>),
}

const FILES: &str = "select c.oid::regclass::text, pg_relation_size(c.oid) / 8192 from pg_class c \
     where c.relkind = 'r' and (c.oid = to_regclass('reading') \
     or c.oid in (select inhrelid from pg_inherits where inhparent = to_regclass('reading')))";

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
        match self {
            Database::Sqlite(c) => Ok(Mark::Row(
                sqlx::query_scalar("select coalesce(max(reading_seq), 0) from reading")
                    .fetch_one(c)
                    .await?,
            )),
            Database::Postgres(c) => {
                let files: Vec<(String, i64)> = sqlx::query_as(FILES).fetch_all(&mut *c).await?;
                let mut marks = Vec::new();
                for (file, pages) in files {
                    let last = (pages - 1).max(0);
                    let rows = rows_from(c, &file, last).await?;
                    marks.push((file, last, rows));
                }
                Ok(Mark::Pages(marks))
            }
        }
    }

    /// How many readings were committed since.
    pub(crate) async fn readings_since(&mut self, mark: &Mark) -> Result<u64> {
        let count: i64 = match (self, mark) {
            (Database::Sqlite(c), Mark::Row(row)) => {
                sqlx::query_scalar("select count(*) from reading where reading_seq > $1")
                    .bind(row)
                    .fetch_one(c)
                    .await?
            }
            (Database::Postgres(c), Mark::Pages(marks)) => {
                let mut count = 0;
                for (file, page, rows) in marks {
                    count += rows_from(c, file, *page).await? - rows;
                }
                count
            }
            _ => anyhow::bail!("a mark belongs to its own database"),
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

async fn rows_from(c: &mut PgConnection, file: &str, page: i64) -> Result<i64> {
    let sql = format!("select count(*) from only {file} where ctid >= '({page},0)'::tid");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(c).await?)
}
