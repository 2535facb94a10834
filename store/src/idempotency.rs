//! Idempotency keys: the first request does the work, its repeats get the same answer,
//! and the same key with other content is told apart.

use crate::tx::both;
use crate::{Result, Tx};

/// What an earlier request with this key got.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Remembered {
    pub request_hash: Vec<u8>,
    pub status: i64,
    pub answer_json: String,
}

/// Whether this request is the first with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Do the work in this transaction, then `remember` the answer.
    First,
    /// The work was done; compare the hash, then send the remembered answer.
    Repeat(Remembered),
}

impl Tx {
    /// Takes the key for this transaction, or finds what an earlier one answered.
    /// A concurrent request with the same key waits here until the first one ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn begin_idempotent(
        &mut self,
        scope: &str,
        key: &str,
        request_hash: &[u8],
        at: i64,
    ) -> Result<Begun> {
        let first = both!(self, |c| {
            sqlx::query(
            "insert into idempotency (scope, idempotency_key, request_hash, status, answer_json, created_at) \
             values ($1, $2, $3, 0, '', $4) on conflict (scope, idempotency_key) do nothing"
        )
        .bind(scope)
        .bind(key)
        .bind(request_hash)
        .bind(at)
        .execute(c)
        .await?
        .rows_affected()
            == 1
        });
        if first {
            return Ok(Begun::First);
        }
        let earlier: Remembered = both!(self, |c| {
            sqlx::query_as(
            "select request_hash, status, answer_json from idempotency where scope = $1 and idempotency_key = $2"
        )
        .bind(scope)
        .bind(key)
        .fetch_one(c)
        .await?
        });
        Ok(Begun::Repeat(earlier))
    }

    /// Keeps the answer beside the key taken in this transaction.
    ///
    /// # Errors
    /// `Database`.
    pub async fn remember(
        &mut self,
        scope: &str,
        key: &str,
        status: i64,
        answer_json: &str,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update idempotency set status = $3, answer_json = $4 where scope = $1 and idempotency_key = $2",
            )
            .bind(scope)
            .bind(key)
            .bind(status)
            .bind(answer_json)
            .execute(c)
            .await?;
            Ok(())
        })
    }
}
