//! Evidence attached to cases. The bytes may go, the hash and who brought it stay.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// An attachment without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AttachmentRow {
    pub attachment_id: Uuid,
    pub case_id: Uuid,
    pub media_type: String,
    pub content_hash: Vec<u8>,
    pub content_bytes: i64,
    pub note: String,
    pub added_by: String,
    pub added_at: i64,
    pub deleted_at: Option<i64>,
}

impl Tx {
    /// Attaches a file; false if the case has the same bytes already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn attach(&mut self, row: &AttachmentRow, content: &[u8]) -> Result<bool> {
        Ok(run!(
            self,
            "insert into case_attachment (attachment_id, case_id, media_type, content_hash, content_bytes, content, note, \
             added_by, added_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (case_id, content_hash) do nothing",
            row.attachment_id,
            row.case_id,
            &row.media_type,
            &row.content_hash,
            row.content_bytes,
            content,
            &row.note,
            &row.added_by,
            row.added_at
        ) == 1)
    }

    /// The attachments of a case, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn attachments(&mut self, case_id: Uuid) -> Result<Vec<AttachmentRow>> {
        Ok(rows!(
            self,
            "select attachment_id, case_id, media_type, content_hash, content_bytes, note, added_by, added_at, deleted_at \
             from case_attachment where case_id = $1 order by added_at, attachment_id",
            case_id
        ))
    }

    /// Media type and bytes of an attachment; none if it is deleted.
    ///
    /// # Errors
    /// `Database`.
    pub async fn attachment_content(
        &mut self,
        case_id: Uuid,
        attachment_id: Uuid,
    ) -> Result<Option<(String, Vec<u8>)>> {
        Ok(row!(
            self,
            "select media_type, content from case_attachment where case_id = $1 and attachment_id = $2 \
             and content is not null",
            case_id,
            attachment_id
        ))
    }

    /// Deletes the bytes of attachments of cases that were closed before `before`; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_attachments(&mut self, before: i64, limit: i64, now: i64) -> Result<u64> {
        Ok(run!(
            self,
            "update case_attachment set content = null, deleted_at = $3 where attachment_id in \
             (select a.attachment_id from case_attachment a join case_file f on f.case_id = a.case_id \
             where a.deleted_at is null and f.state = 'closed' and f.closed_at < $1 order by a.added_at limit $2)",
            before,
            limit,
            now
        ))
    }

    /// How many attachments a case has.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_attachments(&mut self, case_id: Uuid) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select count(*) from case_attachment where case_id = $1"
        )
        .bind(case_id)
        .fetch_one(c)
        .await?))
    }
}
