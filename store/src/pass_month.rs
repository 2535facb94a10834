//! What of a pass is earned when, and the evidence of an application until it is decided.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{Result, Tx};

/// What of a pass is earned in a month.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PassMonthRow {
    pub pass_id: Uuid,
    pub month: String,
    pub amount_fen: i64,
    pub release_at: i64,
    pub released_at: Option<i64>,
}

/// A file that shows an entitlement, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PassEvidenceRow {
    pub evidence_id: Uuid,
    pub media_type: String,
    pub content_hash: Vec<u8>,
    pub stored_at: i64,
    pub deleted_at: Option<i64>,
}

impl Tx {
    /// Keeps what shows an entitlement.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_pass_evidence(
        &mut self,
        pass_id: Uuid,
        e: &PassEvidenceRow,
        content: &[u8],
    ) -> Result<bool> {
        Ok(run!(
            self,
            "insert into pass_evidence (evidence_id, pass_id, media_type, content_hash, content, stored_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict (pass_id, content_hash) do nothing",
            e.evidence_id,
            pass_id,
            &e.media_type,
            &e.content_hash,
            content,
            e.stored_at
        ) == 1)
    }

    /// The evidence of an application.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_evidence(&mut self, pass_id: Uuid) -> Result<Vec<PassEvidenceRow>> {
        Ok(rows!(
            self,
            "select evidence_id, media_type, content_hash, stored_at, deleted_at from pass_evidence \
             where pass_id = $1 order by stored_at, evidence_id",
            pass_id
        ))
    }

    /// Media type and bytes of a piece of evidence, until it is deleted.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_evidence_content(
        &mut self,
        pass_id: Uuid,
        evidence_id: Uuid,
    ) -> Result<Option<(String, Vec<u8>)>> {
        Ok(row!(
            self,
            "select media_type, content from pass_evidence where pass_id = $1 and evidence_id = $2 \
             and content is not null",
            pass_id,
            evidence_id
        ))
    }

    /// Deletes the bytes of the evidence of an application; how many files.
    ///
    /// # Errors
    /// `Database`.
    pub async fn delete_pass_evidence(&mut self, pass_id: Uuid, at: i64) -> Result<u64> {
        Ok(run!(
            self,
            "update pass_evidence set content = null, deleted_at = $2 where pass_id = $1 and deleted_at is null",
            pass_id,
            at
        ))
    }

    /// Puts the months of a pass in place of those that are not released.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_pass_months(&mut self, pass_id: Uuid, months: &[PassMonthRow]) -> Result<()> {
        run!(self, "delete from pass_month where pass_id = $1 and released_at is null", pass_id);
        for month in months {
            run!(
                self,
                "insert into pass_month (pass_id, month, amount_fen, release_at) values ($1, $2, $3, $4)",
                month.pass_id,
                &month.month,
                month.amount_fen,
                month.release_at
            );
        }
        Ok(())
    }

    /// The months of a pass in order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_months(&mut self, pass_id: Uuid) -> Result<Vec<PassMonthRow>> {
        Ok(rows!(
            self,
            "select pass_id, month, amount_fen, release_at, released_at from pass_month where pass_id = $1 order by month",
            pass_id
        ))
    }

    /// Months that are earned and not booked yet, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_months_due(&mut self, now: i64, limit: i64) -> Result<Vec<PassMonthRow>> {
        Ok(rows!(
            self,
            "select pass_id, month, amount_fen, release_at, released_at from pass_month \
             where released_at is null and release_at <= $1 order by release_at, pass_id limit $2",
            now,
            limit
        ))
    }

    /// A month is booked; false if it was before.
    ///
    /// # Errors
    /// `Database`.
    pub async fn release_pass_month(
        &mut self,
        pass_id: Uuid,
        month: &str,
        at: i64,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update pass_month set released_at = $3 where pass_id = $1 and month = $2 and released_at is null",
            pass_id,
            month,
            at
        ) == 1)
    }
}
