//! What networks say about devices beside their readings, and the conditions devices got into.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::both;
use crate::{Result, Tx};

/// What a network said about a device.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct NoticeRow {
    pub device_id: Uuid,
    pub noticed_at: i64,
    pub kind: String,
    pub notice_json: String,
    /// The same notice twice is stored once.
    pub notice_hash: Vec<u8>,
}

/// A device got into a condition, or out of it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DeviceEventRow {
    /// Grows; given by the database.
    pub event_seq: i64,
    pub device_id: Uuid,
    pub bay_id: Uuid,
    /// `silent`, `stuck`, `flapping`, ...
    pub condition: String,
    /// `on` or `off`.
    pub turned: String,
    pub at: i64,
    pub detail: String,
}

impl Tx {
    /// Stores notices; a repeated one changes nothing.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_notices(&mut self, rows: &[NoticeRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "device_id, noticed_at, kind, notice_json, notice_hash",
            |r| [
                "uuid": r.device_id,
                "bigint": r.noticed_at,
                "text": r.kind.as_str(),
                "text": r.notice_json.as_str(),
                "bytea": r.notice_hash.as_slice(),
            ],
            "insert into device_notice (device_id, noticed_at, kind, notice_json, notice_hash) \
             select * from v where true on conflict (device_id, notice_hash) do nothing"
        );
        Ok(())
    }

    /// What networks said about a device, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn notices(&mut self, device_id: Uuid, limit: i64) -> Result<Vec<NoticeRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select device_id, noticed_at, kind, notice_json, notice_hash from device_notice \
             where device_id = $1 order by notice_seq desc limit $2"
        )
        .bind(device_id)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Appends conditions that began or ended. `event_seq` is not looked at.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_device_events(&mut self, rows: &[DeviceEventRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "device_id, bay_id, condition, turned, at, detail",
            |r| [
                "uuid": r.device_id,
                "uuid": r.bay_id,
                "text": r.condition.as_str(),
                "text": r.turned.as_str(),
                "bigint": r.at,
                "text": r.detail.as_str(),
            ],
            "insert into device_event (device_id, bay_id, condition, turned, at, detail) select * from v"
        );
        Ok(())
    }

    /// Conditions that began or ended, after a number, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_events_after(
        &mut self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<DeviceEventRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select event_seq, device_id, bay_id, condition, turned, at, detail from device_event \
             where event_seq > $1 order by event_seq limit $2"
        )
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// The conditions of one device, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn device_events(
        &mut self,
        device_id: Uuid,
        limit: i64,
    ) -> Result<Vec<DeviceEventRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select event_seq, device_id, bay_id, condition, turned, at, detail from device_event \
             where device_id = $1 order by event_seq desc limit $2"
        )
        .bind(device_id)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// The number of the newest condition told, 0 if there is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn last_device_event(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select coalesce(max(event_seq), 0) from device_event"
        )
        .fetch_one(c)
        .await?))
    }
}
