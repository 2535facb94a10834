//! The loop that claims jobs and runs them, a few at a time, until told to stop; then it drains.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use store::{JobRow, Kinds, Lane, NewCase};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Ended, Kind, kind, settlement, sweep};
use crate::app::App;

/// Jobs running at once.
const AT_ONCE: usize = 16;
/// Batches of departures settled at once. SQLite has one writer, and readings are to get their turn in
/// between; on PostgreSQL one batch is read while another is written.
const BATCHES_ON_SQLITE: usize = 1;
const BATCHES_ON_POSTGRES: usize = 2;
/// How long a claimed job may take before another gateway may run it (machine time).
const LEASE_MS: i64 = 60_000;
/// The runner looks for work at least this often, bell or no bell.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// First wait after a failure; doubles with each further one.
const FIRST_BACKOFF_MS: i64 = 500;
const LONGEST_BACKOFF_MS: i64 = 300_000;
/// Failures after which a person has to look at it (with the waits above: about a day).
const ATTEMPTS: i64 = 300;

/// Runs jobs and sweeps until `shutdown`; jobs that run then are finished first.
///
/// # Errors
/// None today; the type leaves room for a failing start.
pub async fn run(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let mut running = JoinSet::new();
    let mut departures = Departures::new(&app);
    let mut sweeps = sweep::Sweeps::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = app.job_bell.notified() => {}
            Some(_) = running.join_next() => {}
            Some(ended) = departures.running.join_next() => departures.learn(ended.ok().flatten()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        sweeps.run_due(&app).await;
        if let Err(error) = start_due(&app, &mut running).await {
            tracing::warn!(error = format!("{error:#}"), "jobs could not be claimed");
        }
        if let Err(error) = departures.start_due(&app).await {
            tracing::warn!(error = format!("{error:#}"), "departures could not be claimed");
        }
    }
    while running.join_next().await.is_some() {}
    while departures.running.join_next().await.is_some() {}
    Ok(())
}

/// Runs every job that is due, and what they queue, until none is left: for tests and `--for` runs.
///
/// # Errors
/// When the database fails.
pub async fn drain(app: &Arc<App>) -> Result<usize> {
    let mut ran = 0;
    loop {
        let jobs = claim(app, Kinds::Any, 1).await?;
        let Some(job) = jobs.into_iter().next() else { return Ok(ran) };
        run_one(app, job).await;
        ran += 1;
    }
}

/// Everything but departures.
async fn start_due(app: &Arc<App>, running: &mut JoinSet<()>) -> Result<()> {
    let room = AT_ONCE.saturating_sub(running.len());
    if room == 0 {
        return Ok(());
    }
    for job in claim(app, Kinds::AllBut(Kind::SettleVisit.name()), room).await? {
        let app = Arc::clone(app);
        running.spawn(async move { run_one(&app, job).await });
    }
    Ok(())
}

/// Departures, settled in common: where there is one there may be many, and together they cost a fraction.
struct Departures {
    running: JoinSet<Option<(usize, Duration)>>,
    at_once: usize,
    pace: settlement::Pace,
}

impl Departures {
    fn new(app: &App) -> Departures {
        let dialect = app.store.dialect();
        let at_once = if dialect == "sqlite" { BATCHES_ON_SQLITE } else { BATCHES_ON_POSTGRES };
        Departures { running: JoinSet::new(), at_once, pace: settlement::Pace::on(dialect) }
    }

    /// From a batch of so many visits, settled in so long.
    fn learn(&mut self, batch: Option<(usize, Duration)>) {
        if let Some((visits, held)) = batch {
            self.pace = self.pace.after(visits, held);
        }
    }

    async fn start_due(&mut self, app: &Arc<App>) -> Result<()> {
        while self.running.len() < self.at_once {
            let settles = Kinds::Only(Kind::SettleVisit.name());
            let jobs = claim(app, settles, self.pace.at_a_time()).await?;
            if jobs.is_empty() {
                break;
            }
            self.running.spawn(settle_departures(Arc::clone(app), jobs));
        }
        Ok(())
    }
}

/// All together; if one of them spoils that, each half by itself, so that all but that one are settled in
/// common after all. Gives how many were settled at once in how long.
async fn settle_departures(app: Arc<App>, jobs: Vec<JobRow>) -> Option<(usize, Duration)> {
    let mut batches = vec![jobs];
    let mut learned = None;
    while let Some(mut jobs) = batches.pop() {
        match settlement::settle_together(&app, &jobs).await {
            Ok(together) => {
                learned = learned.max(Some((jobs.len(), together.held)));
                for (job, error) in together.failed {
                    end(&app, &job, Err(error)).await;
                }
            }
            Err(error) if jobs.len() == 1 => {
                for job in jobs {
                    end(&app, &job, Err(anyhow::anyhow!("{error:#}"))).await;
                }
            }
            Err(error) => {
                tracing::debug!(error = format!("{error:#}"), "departures are settled by halves");
                let rest = jobs.split_off(jobs.len() / 2);
                batches.extend([rest, jobs]);
            }
        }
    }
    app.job_bell.notify_one();
    learned
}

/// Looks first without the writer's turn, so that an idle runner costs ingest nothing.
async fn claim(app: &App, kinds: Kinds<'_>, room: usize) -> Result<Vec<JobRow>> {
    let now = app.clock.machine_now_ms();
    if !app.store.read().await?.has_due_job(kinds, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    let jobs = tx.claim_jobs(kinds, now, now + LEASE_MS, i64::try_from(room)?).await?;
    tx.commit().await?;
    Ok(jobs)
}

async fn run_one(app: &App, job: JobRow) {
    let ended = match Kind::from_name(&job.kind) {
        Some(kind) => kind::run(app, kind, &job.job_key, job.subject_id).await,
        None => Err(anyhow::anyhow!("this gateway knows no job {}", job.kind)),
    };
    end(app, &job, ended).await;
    app.job_bell.notify_one();
}

/// Counts and stores how a job ended.
async fn end(app: &App, job: &JobRow, ended: Result<Ended>) {
    let outcome = match &ended {
        Ok(Ended::Done) => "done",
        Ok(Ended::NotBeforeMs(_)) => "postponed",
        Err(_) => "failed",
    };
    app.metrics.count_job(&job.kind, outcome);
    if let Err(error) = settle(app, job, ended).await {
        // The lease runs out and the job runs again: nothing is lost.
        tracing::warn!(job.kind, error = format!("{error:#}"), "a job's end could not be stored");
    }
}

async fn settle(app: &App, job: &JobRow, ended: Result<Ended>) -> Result<()> {
    let now = app.clock.machine_now_ms();
    let mut tx = app.store.begin(Lane::Command).await?;
    match ended {
        Ok(Ended::Done) => tx.finish_job(job.job_seq).await?,
        Ok(Ended::NotBeforeMs(at)) => {
            tx.postpone_job(job.job_seq, at.max(now + 1), 0, None).await?;
        }
        Err(error) if job.attempts < ATTEMPTS => {
            let text = format!("{error:#}");
            tracing::warn!(job.kind, job.attempts, error = text, "a job failed and will run again");
            tx.postpone_job(job.job_seq, now + backoff_ms(job.attempts), job.attempts, Some(&text))
                .await?;
        }
        Err(error) => give_up(app, &mut tx, job, &format!("{error:#}")).await?,
    }
    tx.commit().await?;
    Ok(())
}

async fn give_up(app: &App, tx: &mut store::Tx, job: &JobRow, error: &str) -> Result<()> {
    tracing::error!(job.kind, error, "a job was given up; a case is open");
    tx.give_up_job(job.job_seq, app.clock.machine_now_ms(), error).await?;
    let (key, subject) = (format!("job:{}:{}", job.kind, job.job_key), job.subject_id.to_string());
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        case_key: &key,
        operator_id: None,
        kind: "job_given_up",
        source: "system",
        subject_kind: &job.kind,
        subject_id: &subject,
        detail: error,
        opened_at: app.clock.city_now().ms(),
    })
    .await?;
    Ok(())
}

fn backoff_ms(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    FIRST_BACKOFF_MS.saturating_mul(1_i64 << doublings).min(LONGEST_BACKOFF_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<i64> = [1, 2, 3, 10, 11, 300].map(backoff_ms).to_vec();
        assert_eq!(waits, [500, 1_000, 2_000, 256_000, 300_000, 300_000]);
    }
}
