//! Cases: matters that a person has to look at, with append-only events.

use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A case to open. `case_key` is the business fact, so that one matter is one case.
#[derive(Clone, Debug)]
pub struct NewCase<'a> {
    pub case_id: Uuid,
    pub case_key: &'a str,
    pub operator_id: Option<Uuid>,
    pub kind: &'a str,
    pub source: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub detail: &'a str,
    pub opened_at: i64,
}

impl Tx {
    /// Opens a case; false if the matter has one already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_case(&mut self, case: &NewCase<'_>) -> Result<bool> {
        let fresh = both!(self, |c| {
            sqlx::query(
            "insert into case_file (case_id, case_key, operator_id, kind, source, subject_kind, subject_id, state, \
             opened_at) values ($1, $2, $3, $4, $5, $6, $7, 'open', $8) on conflict (case_key) do nothing"
        )
        .bind(case.case_id)
        .bind(case.case_key)
        .bind(case.operator_id)
        .bind(case.kind)
        .bind(case.source)
        .bind(case.subject_kind)
        .bind(case.subject_id)
        .bind(case.opened_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1
        });
        if fresh {
            both!(self, |c| sqlx::query(
                "insert into case_event (case_id, line, made_at, actor, kind, detail) \
                 values ($1, 0, $2, 'system', 'opened', $3)"
            )
            .bind(case.case_id)
            .bind(case.opened_at)
            .bind(case.detail)
            .execute(c)
            .await
            .map(|_| ()))?;
        }
        Ok(fresh)
    }

    /// Whether a matter has a case, open or closed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_case(&mut self, case_key: &str) -> Result<bool> {
        let cases: i64 = both!(self, |c| sqlx::query_scalar(
            "select count(*) from case_file where case_key = $1"
        )
        .bind(case_key)
        .fetch_one(c)
        .await?);
        Ok(cases > 0)
    }

    /// How many cases of a kind are open.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_open_cases(&mut self, kind: &str) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select count(*) from case_file where kind = $1 and state = 'open'"
        )
        .bind(kind)
        .fetch_one(c)
        .await?))
    }
}
