//! Forgetting what is older than its policy, some rows at a time.
//!
//! Readings, stays, bills, the books, the history of bays and of devices are not here: `verify` and
//! planners need them. Each delete is bounded by a number of rows, and finds them by an index.

use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// What may be forgotten by its age alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forgettable {
    /// By the city time at which they came.
    Rejected,
    /// By the machine time at which they were used.
    IdempotencyKeys,
    /// By the network's time.
    Notices,
    /// Commands to devices of which nothing more is waited for, by the city time since when.
    Commands,
    /// The bytes of evidence, by the city time at which its case was closed.
    Evidence,
    /// By the city time at which they were stored.
    PlatePhotos,
    /// Plates of claims and captures, by the city time at which they were made.
    ClaimPlates,
    /// Counts of searches that found nothing, by their hour.
    UnmetDemand,
    /// Vehicles that drivers keep, by the city time at which they were saved or used last.
    SavedVehicles,
}

impl Tx {
    /// Deletes at most `limit` of the oldest that are older than `before`; returns how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget(&mut self, what: Forgettable, before: i64, limit: i64) -> Result<u64> {
        let delete = match what {
            // Deleted at the time that they were due.
            Forgettable::Evidence => return self.forget_attachments(before, limit, before).await,
            Forgettable::PlatePhotos => return self.forget_capture_photos(before, limit).await,
            Forgettable::ClaimPlates => return self.forget_claim_plates(before, limit).await,
            Forgettable::SavedVehicles => return self.forget_saved_vehicles(before, limit).await,
            Forgettable::Rejected => {
                "delete from rejected where rejected_seq in (select rejected_seq from rejected \
                 where received_at < $1 order by received_at limit $2)"
            }
            Forgettable::IdempotencyKeys => {
                "delete from idempotency where (scope, idempotency_key) in (select scope, idempotency_key \
                 from idempotency where created_at < $1 order by created_at limit $2)"
            }
            Forgettable::Commands => {
                "delete from device_command where command_id in (select command_id from device_command \
                 where settled_at < $1 order by settled_at limit $2)"
            }
            Forgettable::UnmetDemand => {
                "delete from unmet_demand where (block_id, hour_at) in (select block_id, hour_at from unmet_demand \
                 where hour_at < $1 order by hour_at limit $2)"
            }
            Forgettable::Notices => {
                "delete from device_notice where notice_seq in (select notice_seq from device_notice \
                 where noticed_at < $1 order by noticed_at limit $2)"
            }
        };
        both!(self, |c| Ok(sqlx::query(delete)
            .bind(before)
            .bind(limit)
            .execute(c)
            .await?
            .rows_affected()))
    }

    /// Thins out the checkpoints of the `bays` bays after `after`, in the order of their ids: of those
    /// made before `daily_before` one a week is kept, none made before `none_before`. Returns how many
    /// went, and the last bay looked at; `None` after the last one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn thin_checkpoints(
        &mut self,
        after: Uuid,
        bays: i64,
        daily_before: i64,
        none_before: i64,
    ) -> Result<(u64, Option<Uuid>)> {
        let looked_at: Vec<Uuid> = both!(self, |c| sqlx::query_scalar(
            "select bay_id from bay where bay_id > $1 order by bay_id limit $2"
        )
        .bind(after)
        .bind(bays)
        .fetch_all(c)
        .await?);
        let Some(last) = looked_at.last().copied() else { return Ok((0, None)) };
        let gone = both!(self, |c| sqlx::query(
            "delete from fold_checkpoint where bay_id > $1 and bay_id <= $2 \
             and (made_at < $4 or (made_at < $3 and made_at / 86400000 % 7 <> 0))"
        )
        .bind(after)
        .bind(last)
        .bind(daily_before)
        .bind(none_before)
        .execute(c)
        .await?
        .rows_affected());
        let more = i64::try_from(looked_at.len()).is_ok_and(|count| count == bays);
        Ok((gone, more.then_some(last)))
    }
}
