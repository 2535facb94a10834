//! Bringing a database to the schema this program was built for, and refusing any other.

use sqlx::migrate::{Migrate, Migrator};

use crate::tx::Backend;
use crate::{Result, Store, StoreError};

static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// Months of readings for which PostgreSQL gets partitions ahead of time.
const MONTHS_AHEAD: u32 = 3;

impl Store {
    /// Applies every migration not applied yet.
    ///
    /// # Errors
    /// `Schema` when an applied migration was edited or one fails.
    pub async fn migrate(&self) -> Result<()> {
        let done = match &self.backend {
            Backend::Sqlite(s) => SQLITE.run(&s.writer).await,
            Backend::Postgres(pool) => POSTGRES.run(pool).await,
        };
        done.map_err(|e| StoreError::Schema(format!("migration failed: {e}")))?;
        self.chain_old_entries().await
    }

    /// Refuses a database whose schema is older or newer than this program.
    ///
    /// # Errors
    /// `Schema`, naming the command that helps.
    pub async fn check_schema(&self) -> Result<()> {
        let (applied, wanted) = match &self.backend {
            Backend::Sqlite(s) => (applied(&mut *s.writer.acquire().await?).await, &SQLITE),
            Backend::Postgres(pool) => (applied(&mut *pool.acquire().await?).await, &POSTGRES),
        };
        let newest = wanted.iter().map(|m| m.version).max().unwrap_or(0);
        match applied {
            Some(version) if version == newest => self.check_chained().await,
            Some(version) if version > newest => Err(StoreError::Schema(format!(
                "the database has schema {version}, this program knows {newest}: use a newer gateway"
            ))),
            version => Err(StoreError::Schema(format!(
                "the database has schema {}, this program needs {newest}: run `gateway migrate` first",
                version.unwrap_or(0)
            ))),
        }
    }

    /// A migration that was cut off between the tables and the chain is not over.
    async fn check_chained(&self) -> Result<()> {
        match self.is_chained().await? {
            true => Ok(()),
            false => Err(StoreError::Schema(
                "the database has entries that are in no chain yet: run `gateway migrate` again"
                    .into(),
            )),
        }
    }

    /// Makes the partitions for readings stored in the months from `city_now_ms` on (PostgreSQL).
    ///
    /// # Errors
    /// `Database` when a partition cannot be made.
    pub async fn prepare_partitions(&self, city_now_ms: i64) -> Result<()> {
        let Backend::Postgres(pool) = &self.backend else { return Ok(()) };
        for months in 0..MONTHS_AHEAD {
            sqlx::query(
                "select bowei_reading_partition((to_timestamp($1::double precision / 1000) at time zone 'UTC' \
                 + make_interval(months => $2))::date)",
            )
            .bind(city_now_ms as f64)
            .bind(i32::try_from(months).unwrap_or(0))
            .execute(pool)
            .await?;
        }
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `Database` when it does not.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        tx.ping().await
    }
}

impl crate::Tx {
    async fn ping(&mut self) -> Result<()> {
        crate::tx::both!(self, |c| sqlx::query("select 1").execute(c).await.map(|_| ()))?;
        Ok(())
    }
}

async fn applied<C: Migrate>(conn: &mut C) -> Option<i64> {
    let list = conn.list_applied_migrations("_sqlx_migrations").await.ok()?;
    list.iter().map(|m| m.version).max()
}
