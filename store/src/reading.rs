//! Rows of readings and rejected messages, and reading them back. Writing them is in `bulk`.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// Identity of a reading and the hash of what it said.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromRow)]
pub struct KeyRow {
    pub device_id: Uuid,
    pub epoch: String,
    pub number: i64,
    pub part: i64,
    pub payload_hash: Vec<u8>,
}

/// A stored reading.
#[derive(Clone, Debug, FromRow)]
pub struct ReadingRow {
    pub stored_at: i64,
    pub bay_id: Uuid,
    pub device_id: Uuid,
    pub epoch: String,
    pub number: i64,
    pub part: i64,
    pub observed_at: i64,
    pub time_source: String,
    pub device_at: Option<i64>,
    pub network_at: Option<i64>,
    pub received_at: i64,
    pub kind: String,
    pub occupied: Option<bool>,
    pub rssi_dbm: Option<i64>,
    pub snr_db: Option<f64>,
    pub report_json: String,
}

/// The part of a reading that the fold looks at.
#[derive(Clone, Debug, FromRow)]
pub struct ObservationRow {
    pub device_id: Uuid,
    pub epoch: String,
    pub number: i64,
    pub part: i64,
    pub observed_at: i64,
    pub kind: String,
    pub occupied: Option<bool>,
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
    /// Everything heard about a bay, in the order it was stored.
    ///
    /// # Errors
    /// `Database`.
    pub async fn observations(&mut self, bay_id: Uuid) -> Result<Vec<ObservationRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select device_id, epoch, number, part, observed_at, kind, occupied from reading \
             where bay_id = $1 order by observed_at, reading_seq"
        )
        .bind(bay_id)
        .fetch_all(c)
        .await?))
    }

    /// How many readings are stored.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_readings(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar("select count(*) from reading").fetch_one(c).await?))
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
}
