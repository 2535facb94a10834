//! The queue of follow-up work: ids only, claimed by lease (`job_claim`), at most one running per subject.
//! A job is delivered at least once, so every job is safe to run again. Instants are machine time.

use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::both;
use crate::{Result, Tx};

/// A job to queue; the same (kind, key) is queued once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub kind: &'static str,
    pub key: String,
    pub subject_id: Uuid,
    pub run_at: i64,
}

impl Tx {
    /// Queues work to run at `run_at`; the same (kind, key) is queued once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn enqueue(
        &mut self,
        kind: &str,
        key: &str,
        subject_id: Uuid,
        run_at: i64,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into job (kind, job_key, subject_id, run_at) values ($1, $2, $3, $4) \
                 on conflict (kind, job_key) do nothing",
            )
            .bind(kind)
            .bind(key)
            .bind(subject_id)
            .bind(run_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Queues work, or lets it run earlier if it waits already, also if it was given up.
    ///
    /// # Errors
    /// `Database`.
    pub async fn hasten_job(
        &mut self,
        kind: &str,
        key: &str,
        subject_id: Uuid,
        run_at: i64,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into job (kind, job_key, subject_id, run_at) values ($1, $2, $3, $4) \
                 on conflict (kind, job_key) do update set run_at = $4, failed_at = null, attempts = 0 \
                 where job.run_at > $4 or job.failed_at is not null",
            )
            .bind(kind)
            .bind(key)
            .bind(subject_id)
            .bind(run_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Queues several.
    ///
    /// # Errors
    /// `Database`.
    pub async fn enqueue_all(&mut self, jobs: &[NewJob]) -> Result<()> {
        bulk!(
            self,
            jobs,
            "kind, job_key, subject_id, run_at",
            |j| [
                "text": j.kind,
                "text": j.key.as_str(),
                "uuid": j.subject_id,
                "bigint": j.run_at,
            ],
            "insert into job (kind, job_key, subject_id, run_at) select kind, job_key, subject_id, run_at from v \
             where true on conflict (kind, job_key) do nothing"
        );
        Ok(())
    }

    /// The job is done.
    ///
    /// # Errors
    /// `Database`.
    pub async fn finish_job(&mut self, job_seq: i64) -> Result<()> {
        both!(self, |c| {
            sqlx::query("delete from job where job_seq = $1").bind(job_seq).execute(c).await?;
            Ok(())
        })
    }

    /// Gives the job back to run again at `run_at`. `attempts` starts anew when nothing went wrong.
    ///
    /// # Errors
    /// `Database`.
    pub async fn postpone_job(
        &mut self,
        job_seq: i64,
        run_at: i64,
        attempts: i64,
        error: Option<&str>,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update job set run_at = $2, attempts = $3, last_error = $4, leased_until = null where job_seq = $1",
            )
            .bind(job_seq)
            .bind(run_at)
            .bind(attempts)
            .bind(error)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Jobs that are done.
    ///
    /// # Errors
    /// `Database`.
    pub async fn finish_jobs(&mut self, jobs: &[i64]) -> Result<()> {
        bulk!(
            self,
            jobs,
            "job_seq",
            |seq| ["bigint": *seq],
            "delete from job where job_seq in (select job_seq from v)"
        );
        Ok(())
    }

    /// Gives jobs in which nothing went wrong back, each to run again at its instant.
    ///
    /// # Errors
    /// `Database`.
    pub async fn postpone_jobs(&mut self, jobs: &[(i64, i64)]) -> Result<()> {
        bulk!(
            self,
            jobs,
            "job_seq, run_at",
            |job| ["bigint": job.0, "bigint": job.1],
            "update job set run_at = v.run_at, attempts = 0, last_error = null, leased_until = null \
             from v where job.job_seq = v.job_seq"
        );
        Ok(())
    }

    /// Gives the job up; a case is opened for it by the caller.
    ///
    /// # Errors
    /// `Database`.
    pub async fn give_up_job(&mut self, job_seq: i64, at: i64, error: &str) -> Result<()> {
        both!(self, |c| {
            sqlx::query("update job set failed_at = $2, last_error = $3, leased_until = null where job_seq = $1")
                .bind(job_seq)
                .bind(at)
                .bind(error)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Gives jobs that were given up before `before` another round of tries; returns how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn revive_jobs(&mut self, before: i64, run_at: i64) -> Result<u64> {
        both!(self, |c| Ok(sqlx::query(
            "update job set failed_at = null, attempts = 0, run_at = $2 where failed_at < $1"
        )
        .bind(before)
        .bind(run_at)
        .execute(c)
        .await?
        .rows_affected()))
    }

    /// How many jobs somebody has claimed and not ended.
    ///
    /// # Errors
    /// `Database`.
    pub async fn jobs_under_way(&mut self, now: i64) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar("select count(*) from job where leased_until > $1")
            .bind(now)
            .fetch_one(c)
            .await?))
    }

    /// When the next job is due, if any waits.
    ///
    /// # Errors
    /// `Database`.
    pub async fn next_job_at(&mut self) -> Result<Option<i64>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select min(case when leased_until > run_at then leased_until else run_at end) from job where failed_at is null"
        )
        .fetch_one(c)
        .await?)
        })
    }

    /// Whether work for a subject waits or runs.
    ///
    /// # Errors
    /// `Database`.
    pub async fn subject_has_job(&mut self, subject_id: Uuid) -> Result<bool> {
        let jobs: i64 = both!(self, |c| sqlx::query_scalar(
            "select count(*) from job where subject_id = $1 and failed_at is null"
        )
        .bind(subject_id)
        .fetch_one(c)
        .await?);
        Ok(jobs > 0)
    }

    /// Whether a job has been given up and waits for another round.
    ///
    /// # Errors
    /// `Database`.
    pub async fn is_job_given_up(&mut self, kind: &str, job_key: &str) -> Result<bool> {
        let given_up: i64 = both!(self, |c| {
            sqlx::query_scalar(
            "select count(*) from job where kind = $1 and job_key = $2 and failed_at is not null"
        )
        .bind(kind)
        .bind(job_key)
        .fetch_one(c)
        .await?
        });
        Ok(given_up > 0)
    }

    /// How many jobs wait or run, and how many were given up.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_jobs(&mut self) -> Result<(i64, i64)> {
        both!(self, |c| Ok(sqlx::query_as(
            "select count(*) - count(failed_at), count(failed_at) from job"
        )
        .fetch_one(c)
        .await?))
    }
}
