//! Which jobs are due, and claiming them by lease: no two of one subject run at once. Instants are machine time.

use sqlx::FromRow;
use uuid::Uuid;

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
