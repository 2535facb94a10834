//! What is worth telling the other programs on the same database: PostgreSQL's NOTIFY, once for each
//! kind in a transaction, heard after its commit.
//!
//! News says that something changed, never what: whoever hears it reads. SQLite has none, since one
//! service runs on it and rings its own bells.

use sqlx::postgres::PgListener;

use crate::tx::Backend;
use crate::{Result, Store};

/// Something that other programs on the database keep in memory has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// The history of changes of bays has grown.
    BayChange,
    /// Devices, their bays, what is known of bays, or accounts.
    Register,
}

/// What a listener hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    News(News),
    /// The connection broke and is made again with the next question: anything may have been missed.
    Lost,
}

/// One connection that hears news.
#[derive(Debug)]
pub struct Listener(PgListener);

impl News {
    const ALL: [News; 2] = [News::BayChange, News::Register];

    pub(crate) fn channel(self) -> &'static str {
        match self {
            News::BayChange => "bowei_bay_change",
            News::Register => "bowei_register",
        }
    }
}

impl Store {
    /// Hears all news from now on; `None` on SQLite.
    ///
    /// # Errors
    /// `Database` when no connection is to be had.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Backend::Postgres(pool) = &self.backend else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen_all(News::ALL.map(News::channel)).await?;
        Ok(Some(Listener(listener)))
    }
}

impl Listener {
    /// Waits for the next news. Safe to abandon.
    ///
    /// # Errors
    /// `Database` when the connection cannot be made again.
    pub async fn next(&mut self) -> Result<Heard> {
        loop {
            let Some(notification) = self.0.try_recv().await? else { return Ok(Heard::Lost) };
            let news = News::ALL.into_iter().find(|n| n.channel() == notification.channel());
            if let Some(news) = news {
                return Ok(Heard::News(news));
            }
        }
    }
}
