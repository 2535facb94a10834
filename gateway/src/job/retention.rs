//! Forgetting what is older than `[retention]` says, a little at a time.
//!
//! Every delete is a transaction of its own that lets readings and commands pass before it, and the
//! next one is made smaller if it held the database for too long: on SQLite everybody else waits
//! meanwhile. What `verify` needs is never here.

use std::time::{Duration, Instant};

use sensing::OLDEST_MS;
use store::{Forgettable, Lane};
use uuid::Uuid;

use crate::app::App;
use crate::config;
use crate::flow::delete_driver::hide_old_plates;

const DAY_MS: i64 = 86_400_000;
/// How long a delete may hold the database: half of what a batch of readings may.
const HOLD: Duration = Duration::from_millis(25);
/// Rows of one delete, and bays of one thinning.
const LIMIT: std::ops::RangeInclusive<i64> = 1..=1_000;
const FIRST_LIMIT: i64 = 50;
/// While there is more to forget, and when there is not (machine time).
const AGAIN_MS: i64 = 500;
const REST_MS: i64 = 60_000;
/// After all bays were looked at for their checkpoints.
const ROUND_REST_MS: i64 = 3_600_000;
/// Checkpoints of the last days are all kept, then one a week; none that no late reading can need.
const CHECKPOINTS_DAILY_MS: i64 = 8 * DAY_MS;
const CHECKPOINTS_KEPT_MS: i64 = OLDEST_MS + 2 * DAY_MS;

/// How far it is.
#[derive(Debug, Default)]
pub(super) struct Retention {
    rejected: Stint,
    idempotency_keys: Stint,
    notices: Stint,
    commands: Stint,
    evidence: Stint,
    photos: Stint,
    unmet: Stint,
    plates: Stint,
    claims: Stint,
    vehicles: Stint,
    checkpoints: Stint,
    /// The bay whose checkpoints were looked at last.
    bay: Uuid,
}

/// How much of one kind is deleted at once, and when.
#[derive(Debug, PartialEq, Eq)]
struct Stint {
    limit: i64,
    due_ms: i64,
}

impl Default for Stint {
    fn default() -> Stint {
        Stint { limit: FIRST_LIMIT, due_ms: 0 }
    }
}

impl Retention {
    /// Forgets a little of what is due.
    pub(super) async fn run_due(&mut self, app: &App, now: i64) -> anyhow::Result<()> {
        let kept: config::Retention = app.config.retention;
        let city_now = app.clock.city_now().ms();
        for (stint, what, at, days) in [
            (&mut self.rejected, Forgettable::Rejected, city_now, kept.rejected_days),
            (&mut self.idempotency_keys, Forgettable::IdempotencyKeys, now, kept.idempotency_days),
            (&mut self.notices, Forgettable::Notices, city_now, kept.notice_days),
            (&mut self.commands, Forgettable::Commands, city_now, kept.command_days),
            (&mut self.evidence, Forgettable::Evidence, city_now, kept.evidence_days),
            // A photo shows the plate: it is not kept for longer than that.
            (
                &mut self.photos,
                Forgettable::PlatePhotos,
                city_now,
                kept.plate_photo_days.min(kept.plate_days),
            ),
            (&mut self.claims, Forgettable::ClaimPlates, city_now, kept.plate_days),
            (&mut self.unmet, Forgettable::UnmetDemand, city_now, kept.unmet_days),
            (&mut self.vehicles, Forgettable::SavedVehicles, city_now, kept.plate_days),
        ] {
            if now >= stint.due_ms {
                stint.due_ms = now + REST_MS;
                let before = at.saturating_sub(days.saturating_mul(DAY_MS));
                if stint.forget(app, what, before).await? {
                    stint.due_ms = now + AGAIN_MS;
                }
            }
        }
        if now >= self.plates.due_ms {
            self.plates.due_ms = now + REST_MS;
            let before = city_now.saturating_sub(kept.plate_days.saturating_mul(DAY_MS));
            if self.hide_plates(app, before).await? {
                self.plates.due_ms = now + AGAIN_MS;
            }
        }
        if now >= self.checkpoints.due_ms {
            self.checkpoints.due_ms = now + ROUND_REST_MS;
            if self.thin_checkpoints(app, city_now).await? {
                self.checkpoints.due_ms = now + AGAIN_MS;
            }
        }
        Ok(())
    }

    /// Hides the plates of some old visits; whether there are more.
    async fn hide_plates(&mut self, app: &App, before: i64) -> anyhow::Result<bool> {
        let began = Instant::now();
        let hidden = hide_old_plates(app, before, self.plates.limit).await?;
        let more = i64::try_from(hidden).is_ok_and(|hidden| hidden >= self.plates.limit);
        self.plates.adapt(began.elapsed());
        Ok(more)
    }

    /// Goes on from the bay looked at last; whether there are more.
    async fn thin_checkpoints(&mut self, app: &App, city_now: i64) -> anyhow::Result<bool> {
        let (daily, none) = (city_now - CHECKPOINTS_DAILY_MS, city_now - CHECKPOINTS_KEPT_MS);
        let mut tx = app.store.begin(Lane::Ingest).await?;
        let began = Instant::now();
        let (_, last) = tx.thin_checkpoints(self.bay, self.checkpoints.limit, daily, none).await?;
        tx.commit().await?;
        self.checkpoints.adapt(began.elapsed());
        self.bay = last.unwrap_or_default();
        Ok(last.is_some())
    }
}

impl Stint {
    /// Deletes once; whether there is more.
    async fn forget(&mut self, app: &App, what: Forgettable, before: i64) -> anyhow::Result<bool> {
        let mut tx = app.store.begin(Lane::Ingest).await?;
        let began = Instant::now();
        let gone = tx.forget(what, before, self.limit).await?;
        tx.commit().await?;
        let more = i64::try_from(gone).is_ok_and(|gone| gone >= self.limit);
        self.adapt(began.elapsed());
        Ok(more)
    }

    /// Half as much if it took too long, twice as much if there is time to spare.
    fn adapt(&mut self, took: Duration) {
        if took > HOLD {
            self.limit /= 2;
        } else if took < HOLD / 4 {
            self.limit *= 2;
        }
        self.limit = self.limit.clamp(*LIMIT.start(), *LIMIT.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delete_that_took_too_long_is_made_smaller_and_one_that_did_not_larger() {
        let mut stint = Stint::default();
        let limits = [1, 1, 30, 20, 26, 25, 60].map(|ms| {
            stint.adapt(Duration::from_millis(ms));
            stint.limit
        });
        assert_eq!(limits, [100, 200, 100, 100, 50, 50, 25]);
        (0..10).for_each(|_| stint.adapt(Duration::from_secs(1)));
        assert_eq!(stint.limit, 1);
        (0..20).for_each(|_| stint.adapt(Duration::ZERO));
        assert_eq!(stint.limit, 1_000);
    }
}
