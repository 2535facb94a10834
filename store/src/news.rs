//! That something changed is told to the other programs on the same database: PostgreSQL's NOTIFY, once
//! a transaction, heard after its commit.
//!
//! It says that something changed, never what: whoever hears it reads the histories on. SQLite has no
//! such thing, since one service runs on it and rings its own bells.

use sqlx::postgres::PgListener;

use crate::tx::Backend;
use crate::{Result, Store};

pub(crate) const CHANNEL: &str = "bowei_news";

/// One connection that hears of changes.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Store {
    /// Hears of all changes from now on; `None` on SQLite.
    ///
    /// # Errors
    /// `Database` when no connection is to be had.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Backend::Postgres(pool) = &self.backend else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Listener(listener)))
    }
}

impl Listener {
    /// Waits until something changed, or may have: the connection broke, and is made again with the
    /// next question. Safe to abandon.
    ///
    /// # Errors
    /// `Database` when the connection cannot be made again.
    pub async fn changed(&mut self) -> Result<()> {
        self.0.try_recv().await?;
        Ok(())
    }
}
