//! What a bay is like now: one small row a bay, which is also its lock.
//!
//! Whatever is read of a bay to decide something is read while its row is locked. **Invariant:** the
//! stamp grows with every transaction that changes anything about the bay, so that two looks at it
//! that found the same stamp found the same bay.

use sqlx::FromRow;

use crate::bulk::{bulk, bulk_fetch};
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// What a bay is like now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LiveRow {
    pub bay_no: i64,
    /// Grows with everything that changes about the bay.
    pub stamp: i64,
    /// Grows with everything published about the bay.
    pub version: i64,
    /// Grows with every change of the bay's setup.
    pub setup_version: i64,
    pub state: String,
    /// Why the state is what it is, as last published.
    pub reason: String,
    /// When the bay was last vouched for, as last published.
    pub observed_at: Option<i64>,
    pub changed_at: Option<i64>,
    /// When it is to be looked at again although nothing more is heard; may be too early.
    pub again_at: Option<i64>,
    /// The bay's newest reading: the head of its chain.
    pub last_seq: Option<i64>,
    /// Conditions of its devices, as last told.
    pub conditions: String,
}

/// A bay's stamp, and the head of its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct StampRow {
    pub bay_no: i64,
    pub stamp: i64,
    pub last_seq: Option<i64>,
}

macro_rules! live_columns {
    () => {
        "select l.bay_no, l.stamp, l.version, l.setup_version, l.state, l.reason, l.observed_at, l.changed_at, \
         l.again_at, l.last_seq, l.conditions from "
    };
}

macro_rules! live_set {
    ($from:literal) => {
        concat!(
            "stamp = ",
            $from,
            ".stamp, version = ",
            $from,
            ".version, state = ",
            $from,
            ".state, reason = ",
            $from,
            ".reason, observed_at = ",
            $from,
            ".observed_at, changed_at = ",
            $from,
            ".changed_at, again_at = ",
            $from,
            ".again_at, last_seq = ",
            $from,
            ".last_seq, conditions = ",
            $from,
            ".conditions"
        )
    };
}

impl Tx {
    /// The bays with these numbers as they are now, locked as `lock_bays` does, in order.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_live(&mut self, bay_nos: &[i64]) -> Result<Vec<LiveRow>> {
        match self.conn() {
            Conn::Sqlite(_) => Ok(bulk_fetch!(
                self,
                bay_nos,
                "bay_no",
                |no| ["bigint": *no],
                concat!(live_columns!(), "v cross join bay_live l where l.bay_no = v.bay_no")
            )),
            Conn::Postgres(c) => Ok(sqlx::query_as(concat!(
                live_columns!(),
                "bay_live l where l.bay_no = any($1) order by l.bay_no for update"
            ))
            .bind(bay_nos)
            .fetch_all(c)
            .await?),
        }
    }

    /// Locks bays as `lock_live` does; gives no more than their stamps.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_stamps(&mut self, bay_nos: &[i64]) -> Result<Vec<StampRow>> {
        match self.conn() {
            Conn::Sqlite(_) => Ok(bulk_fetch!(
                self,
                bay_nos,
                "bay_no",
                |no| ["bigint": *no],
                "select l.bay_no, l.stamp, l.last_seq from v cross join bay_live l where l.bay_no = v.bay_no"
            )),
            Conn::Postgres(c) => Ok(sqlx::query_as(
                "select bay_no, stamp, last_seq from bay_live where bay_no = any($1) order by bay_no for update",
            )
            .bind(bay_nos)
            .fetch_all(c)
            .await?),
        }
    }

    /// A bay as it is now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn live(&mut self, bay_no: i64) -> Result<Option<LiveRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            live_columns!(),
            "bay_live l where l.bay_no = $1"
        ))
        .bind(bay_no)
        .fetch_optional(c)
        .await?))
    }

    /// Bays that are to be looked at by `now`. Looks at every bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_to_look_at(&mut self, now: i64, limit: i64) -> Result<Vec<i64>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select bay_no from bay_live where again_at <= $1 limit $2"
        )
        .bind(now)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Stores what locked bays are like now. Never changes a setup.
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_live(&mut self, bays: &[&LiveRow]) -> Result<()> {
        // Measured: SQLite joins an update with many rows four times as slowly as it inserts over them.
        let body = match self.conn() {
            Conn::Sqlite(_) => concat!(
                "insert into bay_live (bay_no, stamp, version, setup_version, state, reason, observed_at, changed_at, \
                 again_at, last_seq, conditions) select * from v where true on conflict (bay_no) do update set ",
                live_set!("excluded")
            ),
            Conn::Postgres(_) => concat!(
                "update bay_live set ",
                live_set!("v"),
                " from v where bay_live.bay_no = v.bay_no"
            ),
        };
        bulk!(
            self,
            bays,
            "bay_no, stamp, version, setup_version, state, reason, observed_at, changed_at, again_at, last_seq, \
             conditions",
            |b| [
                "bigint": b.bay_no,
                "bigint": b.stamp,
                "bigint": b.version,
                "bigint": b.setup_version,
                "text": b.state.as_str(),
                "text": b.reason.as_str(),
                "bigint": b.observed_at,
                "bigint": b.changed_at,
                "bigint": b.again_at,
                "bigint": b.last_seq,
                "text": b.conditions.as_str(),
            ],
            body
        );
        Ok(())
    }

    /// Stores new stamps of locked bays, and the heads of their chains: nothing else changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_stamps(&mut self, bays: &[StampRow]) -> Result<()> {
        let body = match self.conn() {
            Conn::Sqlite(_) => {
                "insert into bay_live (bay_no, stamp, version, setup_version, state, reason, last_seq, conditions) \
                 select bay_no, stamp, 0, 0, '', '', last_seq, '' from v where true \
                 on conflict (bay_no) do update set stamp = excluded.stamp, last_seq = excluded.last_seq"
            }
            Conn::Postgres(_) => {
                "update bay_live set stamp = v.stamp, last_seq = v.last_seq from v where bay_live.bay_no = v.bay_no"
            }
        };
        bulk!(
            self,
            bays,
            "bay_no, stamp, last_seq",
            |b| ["bigint": b.bay_no, "bigint": b.stamp, "bigint": b.last_seq],
            body
        );
        Ok(())
    }
}
