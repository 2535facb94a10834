//! Departures are settled many at a time: one transaction for all of them and for the end of their jobs.

use anyhow::Result;
use store::{JobRow, Lane};
use uuid::Uuid;

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::settle_visit::{Settled, settle_visits};

/// Visits claimed beside those that were due first; readings wait for SQLite's writer meanwhile.
pub(super) const AT_A_TIME: usize = 16;

/// What the end of a settlement makes of its job.
pub(super) fn ended(app: &App, settled: Settled) -> Ended {
    match settled {
        Settled::Done | Settled::StillParked => Ended::Done,
        Settled::NotBefore(at) => Ended::not_before(&app.clock, at),
    }
}

/// Settles the visits of all these jobs, or of none.
///
/// # Errors
/// When the database fails, or one of the visits cannot be settled: then each is to be run by itself.
pub(super) async fn settle_together(app: &App, jobs: &[JobRow]) -> Result<()> {
    let visits: Vec<Uuid> = jobs.iter().map(|job| job.subject_id).collect();
    let now = app.clock.machine_now_ms();
    let mut tx = app.store.begin(Lane::Command).await?;
    let settled = settle_visits(app, &mut tx, &visits).await?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for (job, settled) in jobs.iter().zip(settled) {
        match ended(app, settled) {
            Ended::Done => {
                tx.finish_job(job.job_seq).await?;
                outcomes.push("done");
            }
            Ended::NotBeforeMs(at) => {
                tx.postpone_job(job.job_seq, at.max(now + 1), 0, None).await?;
                outcomes.push("postponed");
            }
        }
    }
    tx.commit().await?;
    for outcome in outcomes {
        app.metrics.count_job(Kind::SettleVisit.name(), outcome);
    }
    Ok(())
}
