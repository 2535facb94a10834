//! Readings, appended; those of one bay are chained backwards by `prev_seq`.
//!
//! There is no index by bay or by identity: each would cost a page for every reading, the more the
//! larger it grows. Which numbers are stored is known to the bay's fold; the chain finds the rest.
//! **Invariant:** readings of a bay are written only while its row is locked.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::{append, bulk};
use crate::tx::{Conn, both};
use crate::{Result, Tx};

macro_rules! insert_readings {
    () => {
        "insert into reading (reading_seq, prev_seq, stored_at, bay_id, device_id, epoch, number, part, observed_at, \
         earliest_at, time_source, device_at, network_at, received_at, kind, occupied, rssi_dbm, snr_db, report_json, \
         payload_hash) "
    };
}
macro_rules! observation_columns {
    ($table:literal) => {
        concat!(
            $table,
            ".reading_seq, ",
            $table,
            ".device_id, ",
            $table,
            ".epoch, ",
            $table,
            ".number, ",
            $table,
            ".part, ",
            $table,
            ".observed_at, ",
            $table,
            ".earliest_at, ",
            $table,
            ".time_source, ",
            $table,
            ".device_at, ",
            $table,
            ".network_at, ",
            $table,
            ".received_at, ",
            $table,
            ".kind, ",
            $table,
            ".occupied, ",
            $table,
            ".payload_hash"
        )
    };
}

/// The newest reading of a chain, and the beginning of the step to the one before.
macro_rules! chain_from {
    () => {
        concat!(
            "with recursive chain as (select 1 as place, prev_seq as before_seq, ",
            observation_columns!("reading"),
            " from reading where reading_seq = $1 union all select chain.place + 1, r.prev_seq, "
        )
    };
}

/// A stored reading.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ReadingRow {
    pub reading_seq: i64,
    /// The bay's reading stored before this one.
    pub prev_seq: Option<i64>,
    pub stored_at: i64,
    pub bay_id: Uuid,
    pub device_id: Uuid,
    pub epoch: String,
    pub number: i64,
    pub part: i64,
    pub observed_at: i64,
    pub earliest_at: Option<i64>,
    pub time_source: String,
    pub device_at: Option<i64>,
    pub network_at: Option<i64>,
    pub received_at: i64,
    pub kind: String,
    pub occupied: Option<bool>,
    pub rssi_dbm: Option<i64>,
    pub snr_db: Option<f64>,
    pub report_json: String,
    /// SHA-256 of the content; absent where an early version of the schema did not keep it.
    pub payload_hash: Option<Vec<u8>>,
}

/// The part of a reading that the fold looks at.
#[derive(Clone, Debug, FromRow)]
pub struct ObservationRow {
    pub reading_seq: i64,
    pub device_id: Uuid,
    pub epoch: String,
    pub number: i64,
    pub part: i64,
    pub observed_at: i64,
    pub earliest_at: Option<i64>,
    pub time_source: String,
    pub device_at: Option<i64>,
    pub network_at: Option<i64>,
    pub received_at: i64,
    pub kind: String,
    pub occupied: Option<bool>,
    pub payload_hash: Option<Vec<u8>>,
}

/// A message that could not be used, kept whole up to a limit.
#[derive(Clone, Debug, FromRow)]
pub struct RejectedRow {
    pub received_at: i64,
    pub topic: String,
    pub payload: Vec<u8>,
    pub payload_bytes: i64,
    pub reason: String,
    pub detail: String,
    pub network: Option<String>,
    pub device_key: Option<String>,
}

impl Tx {
    /// Numbers for `count` readings to be appended, ascending. On SQLite they are taken by
    /// appending; on PostgreSQL they are nobody else's from now on.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reserve_readings(&mut self, count: usize) -> Result<Vec<i64>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        match self.conn() {
            Conn::Sqlite(c) => {
                let newest: i64 =
                    sqlx::query_scalar("select coalesce(max(reading_seq), 0) from reading")
                        .fetch_one(c)
                        .await?;
                Ok((newest + 1..=newest + count).collect())
            }
            Conn::Postgres(c) => Ok(sqlx::query_scalar(
                "select array_agg(nextval(s.seq)) \
                 from (select pg_get_serial_sequence('reading', 'reading_seq')::regclass as seq offset 0) s, \
                 generate_series(1, $1)",
            )
            .bind(count)
            .fetch_one(c)
            .await?),
        }
    }

    /// When the newest reading was stored.
    ///
    /// # Errors
    /// `Database`.
    pub async fn newest_stored_at(&mut self) -> Result<Option<i64>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select stored_at from reading order by reading_seq desc limit 1"
        )
        .fetch_optional(c)
        .await?))
    }

    /// Appends readings under the numbers reserved for them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_readings(&mut self, rows: &[ReadingRow]) -> Result<()> {
        let body = match self.conn() {
            Conn::Sqlite(_) => concat!(insert_readings!(), "select * from v"),
            Conn::Postgres(_) => {
                concat!(insert_readings!(), "overriding system value select * from v")
            }
        };
        append!(
            self,
            rows,
            "reading",
            "reading_seq, prev_seq, stored_at, bay_id, device_id, epoch, number, part, observed_at, earliest_at, \
             time_source, device_at, network_at, received_at, kind, occupied, rssi_dbm, snr_db, report_json, payload_hash",
            |r| [
                "bigint": r.reading_seq,
                "bigint": r.prev_seq,
                "bigint": r.stored_at,
                "uuid": r.bay_id,
                "uuid": r.device_id,
                "text": r.epoch.as_str(),
                "bigint": r.number,
                "bigint": r.part,
                "bigint": r.observed_at,
                "bigint": r.earliest_at,
                "text": r.time_source.as_str(),
                "bigint": r.device_at,
                "bigint": r.network_at,
                "bigint": r.received_at,
                "text": r.kind.as_str(),
                "boolean": r.occupied,
                "bigint": r.rssi_dbm,
                "double precision": r.snr_db,
                "text": r.report_json.as_str(),
                "bytea": r.payload_hash.as_deref(),
            ],
            body
        );
        Ok(())
    }

    /// What was heard about a bay: from the reading `newest` backwards along the chain, down to but
    /// without `after`, at most `limit`; newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn chain(
        &mut self,
        newest: Option<i64>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ObservationRow>> {
        let Some(newest) = newest.filter(|newest| *newest > after) else { return Ok(Vec::new()) };
        match self.conn() {
            Conn::Sqlite(c) => Ok(sqlx::query_as(concat!(
                chain_from!(),
                observation_columns!("r"),
                " from chain join reading r on r.reading_seq = chain.before_seq \
                 where chain.before_seq > $2 and chain.place < $3) select ",
                observation_columns!("chain"),
                " from chain"
            ))
            .bind(newest)
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await?),
            // Each step looks one reading up, whatever the planner thinks of how many there are: without
            // statistics it would walk through all of them. Planned anew for every chain.
            Conn::Postgres(c) => Ok(sqlx::query_as(concat!(
                chain_from!(),
                observation_columns!("r"),
                " from chain cross join lateral (select * from reading where reading_seq = chain.before_seq limit 1) r \
                 where chain.before_seq > $2 and chain.place < $3) select ",
                observation_columns!("chain"),
                " from chain"
            ))
            .bind(newest)
            .bind(after)
            .bind(limit)
            .persistent(false)
            .fetch_all(c)
            .await?),
        }
    }

    /// How many readings are stored.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_readings(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar("select count(*) from reading").fetch_one(c).await?))
    }

    /// Keeps messages that could not be used.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_rejected(&mut self, rows: &[RejectedRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "received_at, topic, payload, payload_bytes, reason, detail, network, device_key",
            |r| [
                "bigint": r.received_at,
                "text": r.topic.as_str(),
                "bytea": r.payload.as_slice(),
                "bigint": r.payload_bytes,
                "text": r.reason.as_str(),
                "text": r.detail.as_str(),
                "text": r.network.as_deref(),
                "text": r.device_key.as_deref(),
            ],
            "insert into rejected (received_at, topic, payload, payload_bytes, reason, detail, network, device_key) \
             select * from v"
        );
        Ok(())
    }

    /// Rejected messages, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn rejected(&mut self, limit: i64) -> Result<Vec<RejectedRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select received_at, topic, payload, payload_bytes, reason, detail, network, device_key \
             from rejected order by rejected_seq desc limit $1"
        )
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// The bays for which somebody's claim is waiting for a vehicle.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bays_with_waiting_claims(&mut self) -> Result<Vec<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select distinct bay_id from claim where state = 'waiting'"
        )
        .fetch_all(c)
        .await?))
    }
}
