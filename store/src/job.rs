//! The queue of follow-up work: ids only, claimed by lease, at most one running per subject.
//! A job is delivered at least once, so every job is safe to run again. Instants are machine time.

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk;
use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// A claimed job.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct JobRow {
    pub job_seq: i64,
    pub kind: String,
    pub job_key: String,
    pub subject_id: Uuid,
    pub attempts: i64,
}

/// A job to queue; the same (kind, key) is queued once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub kind: &'static str,
    pub key: String,
    pub subject_id: Uuid,
    pub run_at: i64,
}

/// Which kinds of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds<'a> {
    Any,
    Only(&'a str),
    AllBut(&'a str),
}

impl<'a> Kinds<'a> {
    fn only(self) -> Option<&'a str> {
        if let Kinds::Only(kind) = self { Some(kind) } else { None }
    }

    fn but(self) -> Option<&'a str> {
        if let Kinds::AllBut(kind) = self { Some(kind) } else { None }
    }
}

/// Whether the job `j` or `e` is due at `$1`, of the kinds asked for (`$2` only, `$3` all but), and not under way.
macro_rules! due {
    ($alias:literal) => {
        due!($alias, ".run_at")
    };
    ($alias:literal, $run_at:literal) => {
        concat!(
            $alias,
            $run_at,
            " <= $1 and ",
            $alias,
            ".failed_at is null \
             and (cast($2 as text) is null or ",
            $alias,
            ".kind = $2) \
             and (cast($3 as text) is null or ",
            $alias,
            ".kind <> $3) \
             and (",
            $alias,
            ".leased_until is null or ",
            $alias,
            ".leased_until <= $1)"
        )
    };
}

/// The rows a claim may take: due, the first of its subject, the subject idle; those due longest first.
/// Read in the order of an index, so that a long queue costs no more than a short one. `+ 0` leaves
/// PostgreSQL no choice but to look the others of a subject up by the subject: with statistics from before
/// a peak it took few jobs for due, and walked through all of them for each (19 s for 4,000).
macro_rules! claimable {
    () => {
        concat!(
            "select j.job_seq from job j where ", due!("j"), " \
             and not exists (select 1 from job r where r.subject_id = j.subject_id and r.leased_until > $1) \
             and not exists (select 1 from job e where e.subject_id = j.subject_id and e.job_seq < j.job_seq and ",
            due!("e", ".run_at + 0"), ") order by j.run_at, j.job_seq limit $4"
        )
    };
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

    /// Claims up to `limit` jobs until `leased_until`.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn claim_jobs(
        &mut self,
        kinds: Kinds<'_>,
        now: i64,
        leased_until: i64,
        limit: i64,
    ) -> Result<Vec<JobRow>> {
        match self.conn() {
            Conn::Sqlite(c) => Ok(sqlx::query_as(concat!(
                "update job set leased_until = $5, attempts = attempts + 1 where job_seq in (",
                claimable!(),
                ") returning job_seq, kind, job_key, subject_id, attempts"
            ))
            .bind(now)
            .bind(kinds.only())
            .bind(kinds.but())
            .bind(limit)
            .bind(leased_until)
            .fetch_all(c)
            .await?),
            Conn::Postgres(c) => claim_jobs_postgres(c, kinds, now, leased_until, limit).await,
        }
    }

    /// Whether a job of these kinds is due that nobody has claimed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_due_job(&mut self, kinds: Kinds<'_>, now: i64) -> Result<bool> {
        let found: Option<i64> = both!(self, |c| sqlx::query_scalar(concat!(
            "select j.job_seq from job j where ",
            due!("j"),
            " order by j.run_at limit 1"
        ))
        .bind(now)
        .bind(kinds.only())
        .bind(kinds.but())
        .fetch_optional(c)
        .await?);
        Ok(found.is_some())
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

/// Subjects are taken with an advisory lock, so that two gateways never run one subject at once:
/// `skip locked` alone would let the second pick the next job of the same subject.
async fn claim_jobs_postgres(
    c: &mut sqlx::PgConnection,
    kinds: Kinds<'_>,
    now: i64,
    leased_until: i64,
    limit: i64,
) -> Result<Vec<JobRow>> {
    sqlx::query("select pg_advisory_xact_lock(hashtext('bowei_claim_jobs'))")
        .execute(&mut *c)
        .await?;
    Ok(sqlx::query_as(concat!(
        "update job set leased_until = $5, attempts = attempts + 1 where job_seq in (\
         select job_seq from job where job_seq in (",
        claimable!(),
        ") for update skip locked) returning job_seq, kind, job_key, subject_id, attempts"
    ))
    .bind(now)
    .bind(kinds.only())
    .bind(kinds.but())
    .bind(limit)
    .bind(leased_until)
    .fetch_all(c)
    .await?)
}
