//! Departures are settled many at a time: one transaction for all of them and for the end of their jobs.
//!
//! Readings wait for SQLite's one writer while a batch is settled, so that a batch there is as large as what
//! is settled in some 30 ms (docs/BENCHMARKS.md, Departures). On PostgreSQL nobody waits for it but who books
//! for the same payee.

use std::time::{Duration, Instant};

use anyhow::Result;
use store::{JobRow, Lane};
use uuid::Uuid;

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::settle_visit::{Settled, settle_visits};

/// How long one batch should hold SQLite's writer; a batch of readings holds it for about 50 ms at most.
const HOLD_ON_SQLITE: Duration = Duration::from_millis(30);
/// How long one batch may take on PostgreSQL, where the way to the server and back is most of it, so that
/// smaller batches cost more: what books for the same payee waits for the last part of it.
const HOLD_ON_POSTGRES: Duration = Duration::from_secs(2);
/// Sizes of batches: those for which SQLite has its statements prepared.
const SIZES: [usize; 3] = [8, 32, 128];

/// How many visits are settled at a time: as many as the ones before showed to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Place among `SIZES`.
    size: usize,
    hold: Duration,
}

impl Pace {
    pub(super) fn on(dialect: &str) -> Pace {
        let hold = if dialect == "sqlite" { HOLD_ON_SQLITE } else { HOLD_ON_POSTGRES };
        Pace { size: 1, hold }
    }

    pub(super) fn at_a_time(self) -> usize {
        SIZES[self.size]
    }

    /// After a batch of so many that held the writer for so long. What was not a full batch says little.
    pub(super) fn after(self, visits: usize, held: Duration) -> Pace {
        if visits < self.at_a_time() {
            return self;
        }
        // Four times as many take at most four times as long.
        let size = if held > self.hold + self.hold / 2 {
            self.size.saturating_sub(1)
        } else if held * 4 <= self.hold {
            (self.size + 1).min(SIZES.len() - 1)
        } else {
            self.size
        };
        Pace { size, ..self }
    }
}

/// What came of a batch: jobs whose visit could not be settled, and why. The others have ended.
pub(super) struct Together {
    pub(super) failed: Vec<(JobRow, anyhow::Error)>,
    /// How long the transaction was open.
    pub(super) held: Duration,
}

/// What the end of a settlement makes of its job.
pub(super) fn ended(app: &App, settled: Settled) -> Ended {
    match settled {
        Settled::Done | Settled::StillParked => Ended::Done,
        Settled::NotBefore(at) => Ended::not_before(&app.clock, at),
    }
}

/// Settles the visits of these jobs and ends the jobs, but for those that fail by themselves.
///
/// # Errors
/// When the database fails, or one of the visits spoils the transaction: then nothing is kept.
pub(super) async fn settle_together(app: &App, jobs: &[JobRow]) -> Result<Together> {
    let visits: Vec<Uuid> = jobs.iter().map(|job| job.subject_id).collect();
    let mut tx = app.store.begin(Lane::Command).await?;
    let began = Instant::now();
    let settled = settle_visits(app, &mut tx, &visits).await?;
    let now = app.clock.machine_now_ms();
    let (mut done, mut postponed, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (job, settled) in jobs.iter().zip(settled) {
        match settled.map(|settled| ended(app, settled)) {
            Ok(Ended::Done) => done.push(job.job_seq),
            Ok(Ended::NotBeforeMs(at)) => postponed.push((job.job_seq, at.max(now + 1))),
            Err(error) => failed.push((job.clone(), error)),
        }
    }
    tx.finish_jobs(&done).await?;
    tx.postpone_jobs(&postponed).await?;
    tx.commit().await?;
    let held = began.elapsed();
    app.metrics.count_jobs(Kind::SettleVisit, "done", done.len());
    app.metrics.count_jobs(Kind::SettleVisit, "postponed", postponed.len());
    app.metrics.settled_together(done.len() + postponed.len(), held);
    Ok(Together { failed, held })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_while_they_are_short_and_shrink_when_readings_would_wait() {
        let ms = Duration::from_millis;
        let mut pace = Pace::on("sqlite");
        let table = [
            // visits, held, next size
            (32, ms(7), 128),
            (128, ms(45), 128),
            (128, ms(46), 32),
            (31, ms(500), 32),
            (40, ms(46), 8),
            (8, ms(8), 8),
            (8, ms(7), 32),
        ];
        for (visits, held, next) in table {
            pace = pace.after(visits, held);
            assert_eq!(pace.at_a_time(), next, "after {visits} in {held:?}");
        }
    }
}
