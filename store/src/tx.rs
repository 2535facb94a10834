//! Connections and transactions of the two databases, behind one pair of types.
//!
//! SQLite has one writer connection with two lanes: a waiting command goes before the next ingest
//! batch. Write transactions begin with `BEGIN IMMEDIATE`, since a deferred one that has read fails
//! at its first write. PostgreSQL uses READ COMMITTED and explicit row locks.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::crash::{CrashPoint, Moment};
use crate::{Result, StoreError, news};

/// Connections a gateway may hold open to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Reading connections to SQLite beside the one writer.
const SQLITE_READERS: u32 = 4;
/// Pages in the write-ahead log before SQLite moves them into the file: 80 MB.
const SQLITE_CHECKPOINT_PAGES: &str = "20000";
/// Rows on their way from SQLite's thread to who asked: with sqlx's 50 the two threads wake each other
/// for every few rows.
const SQLITE_ROWS_UNDER_WAY: usize = 4_096;
/// SQLite page cache of the writer: 32 MB.
const SQLITE_CACHE_KIB: &str = "-32768";
/// Page cache of each reader: 4 MB; what is not in it the system has in its own cache.
const SQLITE_READER_CACHE_KIB: &str = "-4096";

/// Who goes first at SQLite's one writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A person or a job waits for it.
    Command,
    /// A batch of readings; lets every waiting command pass.
    Ingest,
}

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) backend: Backend,
    crash: Option<Arc<CrashPoint>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Backend {
    Sqlite(Arc<SqliteStore>),
    Postgres(PgPool),
}

#[derive(Debug)]
pub(crate) struct SqliteStore {
    pub(crate) writer: SqlitePool,
    readers: SqlitePool,
    turn: Arc<Mutex<()>>,
    commands_waiting: AtomicUsize,
}

/// A connection to read from, or a transaction to write in.
#[derive(Debug)]
pub struct Tx {
    side: Side,
    /// Whether it told already that it changed the register (`register`).
    pub(crate) register_noted: bool,
    /// Whether the other programs on the database are told with the commit (`news`).
    news: bool,
    crash: Option<Arc<CrashPoint>>,
    _turn: Option<OwnedMutexGuard<()>>,
}

#[derive(Debug)]
enum Side {
    SqliteRead(PoolConnection<Sqlite>),
    SqliteWrite(Transaction<'static, Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
    PostgresWrite(Transaction<'static, Postgres>),
}

pub(crate) enum Conn<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// Runs one statement, written once, on whichever database the transaction is of.
macro_rules! both {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match $tx.conn() {
            $crate::tx::Conn::Sqlite($conn) => $body,
            $crate::tx::Conn::Postgres($conn) => $body,
        }
    };
}
pub(crate) use both;

impl Store {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://…`. Does not migrate.
    ///
    /// # Errors
    /// `Address` for another kind of address, `Database` when it cannot be opened.
    pub async fn open(address: &str) -> Result<Store> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            return open_sqlite(path.trim_start_matches("//")).await;
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(address)?
                .application_name("bowei")
                // No statement here runs for long; compiling one takes half a second (measured on
                // a walk along a chain of readings: 549 ms, 514 of them the compiler's).
                .options([("jit", "off")]);
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(Duration::from_secs(10))
                .connect_with(options)
                .await?;
            return Ok(Store { backend: Backend::Postgres(pool), crash: None });
        }
        // Only the scheme is repeated: the rest may hold a password.
        let scheme = address.split(':').next().unwrap_or_default();
        Err(StoreError::Address(scheme.to_owned()))
    }

    /// The same database, for a program that dies at one of its commits: for tests.
    #[must_use]
    pub fn crashing(self, crash: Arc<CrashPoint>) -> Store {
        Store { crash: Some(crash), ..self }
    }

    /// Returns while the program lives.
    async fn alive(&self) {
        if let Some(crash) = &self.crash {
            crash.alive().await;
        }
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn dialect(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite(_) => "sqlite",
            Backend::Postgres(_) => "postgres",
        }
    }

    /// Whether transactions that write wait for each other, whatever they write.
    #[must_use]
    pub fn has_one_writer(&self) -> bool {
        matches!(self.backend, Backend::Sqlite(_))
    }

    /// A connection for reading only.
    ///
    /// # Errors
    /// `Database` when none is to be had in time.
    pub async fn read(&self) -> Result<Tx> {
        self.alive().await;
        let side = match &self.backend {
            Backend::Sqlite(s) => Side::SqliteRead(s.readers.acquire().await?),
            Backend::Postgres(pool) => Side::PostgresRead(pool.acquire().await?),
        };
        Ok(self.tx(side, None))
    }

    /// A connection that sees the database as it is now, whatever is written meanwhile.
    ///
    /// # Errors
    /// `Database` when none is to be had in time.
    pub async fn snapshot(&self) -> Result<Tx> {
        self.alive().await;
        let side = match &self.backend {
            Backend::Sqlite(s) => Side::SqliteWrite(s.readers.begin().await?),
            Backend::Postgres(pool) => Side::PostgresWrite(
                pool.begin_with("begin transaction isolation level repeatable read read only")
                    .await?,
            ),
        };
        Ok(self.tx(side, None))
    }

    /// A write transaction; nothing is kept unless it is committed.
    ///
    /// # Errors
    /// `Again` when the database is locked by another process, `Database` otherwise.
    pub async fn begin(&self, lane: Lane) -> Result<Tx> {
        self.alive().await;
        match &self.backend {
            Backend::Sqlite(s) => {
                let turn = s.wait_turn(lane).await;
                let tx = s.writer.begin_with("BEGIN IMMEDIATE").await?;
                Ok(self.tx(Side::SqliteWrite(tx), Some(turn)))
            }
            Backend::Postgres(pool) => Ok(self.tx(Side::PostgresWrite(pool.begin().await?), None)),
        }
    }

    fn tx(&self, side: Side, turn: Option<OwnedMutexGuard<()>>) -> Tx {
        let crash = self.crash.clone();
        Tx { side, register_noted: false, news: false, crash, _turn: turn }
    }

    /// Closes every connection; SQLite moves its log into the file.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(s) => {
                s.readers.close().await;
                s.writer.close().await;
            }
            Backend::Postgres(pool) => pool.close().await,
        }
    }
}

/// A command that waits for its turn. Counted down when dropped: a caller may give up while it waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn count(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SqliteStore {
    async fn wait_turn(&self, lane: Lane) -> OwnedMutexGuard<()> {
        match lane {
            Lane::Command => {
                let _waiting = Waiting::count(&self.commands_waiting);
                self.turn.clone().lock_owned().await
            }
            Lane::Ingest => loop {
                let turn = self.turn.clone().lock_owned().await;
                if self.commands_waiting.load(Ordering::SeqCst) == 0 {
                    return turn;
                }
                drop(turn);
                tokio::task::yield_now().await;
            },
        }
    }
}

impl Tx {
    /// Keeps what was written, and tells the other programs on the database.
    ///
    /// # Errors
    /// `Again` or `Database`; then nothing was kept.
    pub async fn commit(mut self) -> Result<()> {
        let Some(crash) = self.crash.take() else { return self.keep().await };
        match crash.next().await {
            None => self.keep().await,
            Some(Moment::Before) => {
                drop(self);
                crash.die().await;
                Ok(())
            }
            Some(Moment::After) => {
                self.keep().await?;
                crash.die().await;
                Ok(())
            }
        }
    }

    async fn keep(self) -> Result<()> {
        match self.side {
            Side::SqliteWrite(tx) => tx.commit().await?,
            Side::PostgresWrite(mut tx) => {
                if self.news {
                    let tell = sqlx::query("select pg_notify($1, '')").bind(news::CHANNEL);
                    tell.execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
            Side::SqliteRead(_) | Side::PostgresRead(_) => {}
        }
        Ok(())
    }

    /// What this transaction writes is news to other programs.
    pub(crate) fn tell(&mut self) {
        self.news = true;
    }

    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match &mut self.side {
            Side::SqliteRead(c) => Conn::Sqlite(&mut *c),
            Side::SqliteWrite(t) => Conn::Sqlite(&mut *t),
            Side::PostgresRead(c) => Conn::Postgres(&mut *c),
            Side::PostgresWrite(t) => Conn::Postgres(&mut *t),
        }
    }
}

async fn open_sqlite(path: &str) -> Result<Store> {
    let base = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .row_buffer_size(SQLITE_ROWS_UNDER_WAY)
        .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
        .pragma("cache_size", SQLITE_CACHE_KIB);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .after_release(|c, _| Box::pin(has_no_transaction(c)))
        .connect_with(base.clone())
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .connect_with(
            base.read_only(true)
                .create_if_missing(false)
                .pragma("cache_size", SQLITE_READER_CACHE_KIB),
        )
        .await?;
    Ok(Store {
        backend: Backend::Sqlite(Arc::new(SqliteStore {
            writer,
            readers,
            turn: Arc::new(Mutex::new(())),
            commands_waiting: AtomicUsize::new(0),
        })),
        crash: None,
    })
}

/// Whether the writer can go on with this connection. When the disk is full SQLite may roll back by
/// itself; the rollback after that fails, and sqlx takes the transaction for open ever after.
async fn has_no_transaction(c: &mut SqliteConnection) -> sqlx::Result<bool> {
    // A dropped transaction is rolled back behind our back: wait until that is done.
    c.ping().await?;
    Ok(!c.is_in_transaction())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(store: &Store, sql: &'static str) -> Result<()> {
        let mut tx = store.begin(Lane::Ingest).await?;
        both!(tx, |c| {
            sqlx::query(sql).execute(c).await?;
        });
        tx.commit().await
    }

    #[tokio::test]
    async fn a_disk_that_was_full_and_has_room_again_is_written_to_again() {
        let dir = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", dir.path().join("bowei.db").display());
        let store = Store::open(&address).await.unwrap();
        run(&store, "create table heap (content blob)").await.unwrap();
        // What a full disk answers, for as long as this connection lives.
        run(&store, "pragma max_page_count = 1").await.unwrap();
        let heap = "insert into heap values (zeroblob(1000000))";
        let full = run(&store, heap).await.unwrap_err();
        assert!(full.to_string().contains("full"), "{full}");
        run(&store, heap).await.unwrap();
        store.close().await;
    }
}
