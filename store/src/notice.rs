//! What networks say about devices beside their readings.

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
}
