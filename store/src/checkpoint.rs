//! Checkpoints of folds: from where a late reading derives a bay anew.
//!
//! **Invariant:** a checkpoint holds the state after exactly the bay's readings up to its number.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::both;
use crate::{Result, Tx};

/// A stored state of a bay's fold.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CheckpointRow {
    pub bay_id: Uuid,
    /// The last reading that it holds.
    pub reading_seq: i64,
    pub made_at: i64,
    pub fold_version: i64,
    pub policy_version: i64,
    pub fold: Vec<u8>,
}

impl Tx {
    /// Stores checkpoints; one that is there already stays.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_checkpoints(&mut self, rows: &[CheckpointRow]) -> Result<()> {
        bulk!(
            self,
            rows,
            "bay_id, reading_seq, made_at, fold_version, policy_version, fold",
            |r| [
                "uuid": r.bay_id,
                "bigint": r.reading_seq,
                "bigint": r.made_at,
                "bigint": r.fold_version,
                "bigint": r.policy_version,
                "bytea": r.fold.as_slice(),
            ],
            "insert into fold_checkpoint (bay_id, reading_seq, made_at, fold_version, policy_version, fold) \
             select * from v where true on conflict (bay_id, reading_seq) do nothing"
        );
        Ok(())
    }

    /// The checkpoints of a bay that these versions of fold and policy made, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn checkpoints(
        &mut self,
        bay_id: Uuid,
        fold_version: i64,
        policy_version: i64,
    ) -> Result<Vec<CheckpointRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select bay_id, reading_seq, made_at, fold_version, policy_version, fold from fold_checkpoint \
             where bay_id = $1 and fold_version = $2 and policy_version = $3 order by reading_seq desc"
        )
        .bind(bay_id)
        .bind(fold_version)
        .bind(policy_version)
        .fetch_all(c)
        .await?)
        })
    }

    /// Drops a bay's checkpoints after `reading_seq`: a late reading belongs before them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn drop_checkpoints_after(&mut self, bay_id: Uuid, reading_seq: i64) -> Result<()> {
        both!(self, |c| {
            sqlx::query("delete from fold_checkpoint where bay_id = $1 and reading_seq > $2")
                .bind(bay_id)
                .bind(reading_seq)
                .execute(c)
                .await?;
            Ok(())
        })
    }
}
