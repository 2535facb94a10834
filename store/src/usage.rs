//! Use of blocks by the hour, and what revisions of stays change of it.
//!
//! What a revision changes is decided elsewhere and appended with the revision, in one transaction;
//! here it is added up and deleted, in another: each revision counts exactly once. Appending touches
//! no page that is not being written anyway, and several gateways append without waiting for each other.
//! Programs before schema 5 noted revisions instead (`usage_due`); what they left is followed as then.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::{append, bulk, bulk_fetch};
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// A revision to be followed, and the one before it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueRow {
    pub stay_id: Uuid,
    pub revision: i64,
    pub bay_id: Uuid,
    pub state: String,
    pub span_json: String,
    /// `None` for the first revision.
    pub state_before: Option<String>,
    pub span_json_before: Option<String>,
}

/// Use of one block in one hour (UTC), or what is added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct UsageRow {
    pub block_id: Uuid,
    pub hour_at: i64,
    pub arrivals: i64,
    pub departures: i64,
    pub occupied_ms: i64,
    /// Part of `occupied_ms` that the sensors cannot vouch for.
    pub doubtful_ms: i64,
}

/// How long bays of a block, named by its code, were occupied in one hour (UTC), and what came and left.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BlockHour {
    pub block: String,
    pub hour_at: i64,
    pub arrivals: i64,
    pub departures: i64,
    pub occupied_ms: i64,
    pub doubtful_ms: i64,
}

/// From what is due to what it is about. SQLite has no statistics, and takes `join` as leave to walk
/// through all revisions ever made instead; `cross join` keeps the order.
macro_rules! due {
    ($join:literal) => {
        concat!(
            "select d.stay_id, d.revision, s.bay_id, r.state, r.span_json, \
             b.state as state_before, b.span_json as span_json_before from usage_due d ",
            $join,
            " stay s on s.stay_id = d.stay_id ",
            $join,
            " stay_revision r on r.stay_id = d.stay_id and r.revision = d.revision \
             left join stay_revision b on b.stay_id = d.stay_id and b.revision = d.revision - 1 limit $1"
        )
    };
}

macro_rules! added {
    () => {
        "insert into usage_hour (block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms) \
         select block_id, hour_at, cast(sum(arrivals) as bigint), cast(sum(departures) as bigint), \
         cast(sum(occupied_ms) as bigint), cast(sum(doubtful_ms) as bigint)"
    };
}

macro_rules! adding {
    () => {
        "group by block_id, hour_at order by block_id, hour_at on conflict (block_id, hour_at) do update set \
         arrivals = usage_hour.arrivals + excluded.arrivals, \
         departures = usage_hour.departures + excluded.departures, \
         occupied_ms = usage_hour.occupied_ms + excluded.occupied_ms, \
         doubtful_ms = usage_hour.doubtful_ms + excluded.doubtful_ms"
    };
}

impl Tx {
    /// Appends what revisions change.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_usage(&mut self, rows: &[UsageRow]) -> Result<()> {
        append!(
            self,
            rows,
            "usage_delta",
            "block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms",
            |u| [
                "uuid": u.block_id,
                "bigint": u.hour_at,
                "bigint": u.arrivals,
                "bigint": u.departures,
                "bigint": u.occupied_ms,
                "bigint": u.doubtful_ms,
            ],
            "insert into usage_delta (block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms) \
             select * from v"
        );
        Ok(())
    }

    /// Adds up at most `limit` of what was appended, oldest first; returns how many hours of blocks
    /// that changed. What another gateway is adding up is left to it.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn add_up_usage(&mut self, limit: i64) -> Result<u64> {
        match self.conn() {
            Conn::Sqlite(c) => {
                let last: Option<i64> = sqlx::query_scalar(
                    "select max(delta_seq) from (select delta_seq from usage_delta order by delta_seq limit $1)",
                )
                .bind(limit)
                .fetch_one(&mut *c)
                .await?;
                let Some(last) = last else { return Ok(0) };
                let added =
                    concat!(added!(), " from usage_delta where delta_seq <= $1 ", adding!());
                let added = sqlx::query(added).bind(last).execute(&mut *c).await?;
                sqlx::query("delete from usage_delta where delta_seq <= $1")
                    .bind(last)
                    .execute(c)
                    .await?;
                Ok(added.rows_affected())
            }
            Conn::Postgres(c) => {
                let taken = concat!(
                    "with taken as (delete from usage_delta where delta_seq in \
                     (select delta_seq from usage_delta order by delta_seq limit $1 for update skip locked) \
                     returning block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms) ",
                    added!(),
                    " from taken ",
                    adding!()
                );
                Ok(sqlx::query(taken).bind(limit).execute(c).await?.rows_affected())
            }
        }
    }

    /// What was appended and not added up yet, in no order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn usage_appended(&mut self) -> Result<Vec<UsageRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms from usage_delta"
        )
        .fetch_all(c)
        .await?)
        })
    }

    /// Notes revisions for the hourly figures to follow, as programs before schema 5 did.
    ///
    /// # Errors
    /// `Database`; a revision is noted once.
    pub async fn note_usage_due(&mut self, revisions: &[(Uuid, i64)]) -> Result<()> {
        bulk!(
            self,
            revisions,
            "stay_id, revision",
            |r| ["uuid": r.0, "bigint": r.1],
            "insert into usage_due (stay_id, revision) select * from v"
        );
        Ok(())
    }

    /// Revisions that nobody has followed yet, at most `limit`; for whoever follows them, nobody else
    /// is given them meanwhile.
    ///
    /// # Errors
    /// `Database`.
    pub async fn usage_due(&mut self, limit: i64) -> Result<Vec<DueRow>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                Ok(sqlx::query_as(due!("cross join")).bind(limit).fetch_all(c).await?)
            }
            Conn::Postgres(c) => {
                let locked = concat!(due!("join"), " for update of d skip locked");
                Ok(sqlx::query_as(locked).bind(limit).fetch_all(c).await?)
            }
        }
    }

    /// Every revision that is still to be followed, for looking only.
    ///
    /// # Errors
    /// `Database`.
    pub async fn usage_ahead(&mut self) -> Result<Vec<DueRow>> {
        match self.conn() {
            Conn::Sqlite(c) => {
                Ok(sqlx::query_as(due!("cross join")).bind(i64::MAX).fetch_all(c).await?)
            }
            Conn::Postgres(c) => {
                Ok(sqlx::query_as(due!("join")).bind(i64::MAX).fetch_all(c).await?)
            }
        }
    }

    /// Crosses revisions off.
    ///
    /// # Errors
    /// `Database`.
    pub async fn usage_done(&mut self, due: &[DueRow]) -> Result<()> {
        bulk!(
            self,
            due,
            "stay_id, revision",
            |d| ["uuid": d.stay_id, "bigint": d.revision],
            "delete from usage_due where (stay_id, revision) in (select stay_id, revision from v)"
        );
        Ok(())
    }

    /// Adds to the hours named; each hour of a block at most once in `rows`, in one order for all.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn add_usage(&mut self, rows: &[UsageRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms",
            |u| [
                "uuid": u.block_id,
                "bigint": u.hour_at,
                "bigint": u.arrivals,
                "bigint": u.departures,
                "bigint": u.occupied_ms,
                "bigint": u.doubtful_ms,
            ],
            "insert into usage_hour (block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms) \
             select * from v where true on conflict (block_id, hour_at) do update set \
             arrivals = usage_hour.arrivals + excluded.arrivals, \
             departures = usage_hour.departures + excluded.departures, \
             occupied_ms = usage_hour.occupied_ms + excluded.occupied_ms, \
             doubtful_ms = usage_hour.doubtful_ms + excluded.doubtful_ms"
        );
        Ok(())
    }

    /// The hours of every block, in order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn usage(&mut self) -> Result<Vec<UsageRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select block_id, hour_at, arrivals, departures, occupied_ms, doubtful_ms from usage_hour \
             order by block_id, hour_at"
        )
        .fetch_all(c)
        .await?)
        })
    }

    /// The hours of every block from an hour on, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn block_hours(&mut self, from_at: i64) -> Result<Vec<BlockHour>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
                "select k.code as block, u.hour_at, u.arrivals, u.departures, u.occupied_ms, u.doubtful_ms \
                 from usage_hour u join block k on k.block_id = u.block_id where u.hour_at >= $1 order by u.hour_at, k.code",
            )
            .bind(from_at)
            .fetch_all(c)
            .await?)
        })
    }

    /// How much is still to be followed: revisions noted, and changes appended.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_usage_due(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select (select count(*) from usage_due) + (select count(*) from usage_delta)"
        )
        .fetch_one(c)
        .await?))
    }

    /// The blocks that bays belonged to and since when: (bay, since, block).
    ///
    /// # Errors
    /// `Database`.
    pub async fn blocks_of(&mut self, bay_ids: &[Uuid]) -> Result<Vec<(Uuid, i64, Uuid)>> {
        Ok(bulk_fetch!(
            self,
            bay_ids,
            "bay_id",
            |id| ["uuid": *id],
            "select b.bay_id, b.valid_from_at, b.block_id from v cross join bay_version b where b.bay_id = v.bay_id \
             order by b.bay_id, b.valid_from_at"
        ))
    }
}
