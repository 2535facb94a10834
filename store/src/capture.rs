//! Inspectors' captures that were made offline, what was answered to each, and the photos of plates.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, StoreError, Tx};

/// A capture as it was uploaded. `made_at` is the time that its clocks give; the rest is what it said.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CaptureRow {
    pub capture_id: Uuid,
    pub staff_id: Uuid,
    pub device_uuid: String,
    pub device_seq: i64,
    pub content_hash: Vec<u8>,
    pub wall_at: i64,
    pub monotonic_ms: i64,
    pub boot_id: String,
    pub offset_ms: Option<i64>,
    pub made_at: i64,
    pub time_source: String,
    pub bay_id: Option<Uuid>,
    pub claim_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub outcome: String,
    pub answer_json: String,
    pub uploaded_at: i64,
}

/// The photo of a plate, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CapturePhotoRow {
    pub media_type: String,
    pub content_hash: Vec<u8>,
    pub width_px: i64,
    pub height_px: i64,
    pub stored_at: i64,
}

impl Tx {
    /// Keeps a capture.
    ///
    /// # Errors
    /// `Again` if its id or its number on the device was taken at the same moment; `Database`.
    pub async fn insert_capture(&mut self, row: &CaptureRow) -> Result<()> {
        let fresh = both!(self, |c| {
            sqlx::query(
            "insert into capture (capture_id, staff_id, device_uuid, device_seq, content_hash, wall_at, monotonic_ms, \
             boot_id, offset_ms, made_at, time_source, bay_id, claim_id, order_id, outcome, answer_json, uploaded_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
             on conflict do nothing"
        )
        .bind(row.capture_id)
        .bind(row.staff_id)
        .bind(&row.device_uuid)
        .bind(row.device_seq)
        .bind(&row.content_hash)
        .bind(row.wall_at)
        .bind(row.monotonic_ms)
        .bind(&row.boot_id)
        .bind(row.offset_ms)
        .bind(row.made_at)
        .bind(&row.time_source)
        .bind(row.bay_id)
        .bind(row.claim_id)
        .bind(row.order_id)
        .bind(&row.outcome)
        .bind(&row.answer_json)
        .bind(row.uploaded_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1
        });
        if fresh { Ok(()) } else { Err(StoreError::Again(sqlx::Error::RowNotFound)) }
    }

    /// A capture by the id that its device gave it, or by its number there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn captures_like(
        &mut self,
        capture_id: Uuid,
        device_uuid: &str,
        device_seq: i64,
    ) -> Result<Vec<CaptureRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select capture_id, staff_id, device_uuid, device_seq, content_hash, wall_at, monotonic_ms, boot_id, \
             offset_ms, made_at, time_source, bay_id, claim_id, order_id, outcome, answer_json, uploaded_at \
             from capture where capture_id = $1 or (device_uuid = $2 and device_seq = $3)"
        )
        .bind(capture_id)
        .bind(device_uuid)
        .bind(device_seq)
        .fetch_all(c)
        .await?)
        })
    }

    /// A capture.
    ///
    /// # Errors
    /// `Database`.
    pub async fn capture(&mut self, capture_id: Uuid) -> Result<Option<CaptureRow>> {
        Ok(self
            .captures_like(capture_id, "", 0)
            .await?
            .into_iter()
            .find(|c| c.capture_id == capture_id))
    }

    /// Who runs a bay.
    ///
    /// # Errors
    /// `Database`.
    pub async fn operator_of_bay(&mut self, bay_id: Uuid) -> Result<Option<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar("select operator_id from bay where bay_id = $1")
            .bind(bay_id)
            .fetch_optional(c)
            .await?))
    }

    /// Keeps the photo of a capture; false if it has one already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_capture_photo(
        &mut self,
        capture_id: Uuid,
        photo: &CapturePhotoRow,
        content: &[u8],
    ) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into capture_photo (capture_id, media_type, content_hash, width_px, height_px, content, stored_at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"
        )
        .bind(capture_id)
        .bind(&photo.media_type)
        .bind(&photo.content_hash)
        .bind(photo.width_px)
        .bind(photo.height_px)
        .bind(content)
        .bind(photo.stored_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// What is known of the photo of a capture.
    ///
    /// # Errors
    /// `Database`.
    pub async fn capture_photo(&mut self, capture_id: Uuid) -> Result<Option<CapturePhotoRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select media_type, content_hash, width_px, height_px, stored_at from capture_photo where capture_id = $1"
        )
        .bind(capture_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// The photo of a capture and what it is.
    ///
    /// # Errors
    /// `Database`.
    pub async fn capture_photo_content(
        &mut self,
        capture_id: Uuid,
    ) -> Result<Option<(String, Vec<u8>)>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select media_type, content from capture_photo where capture_id = $1"
        )
        .bind(capture_id)
        .fetch_optional(c)
        .await?))
    }
}
