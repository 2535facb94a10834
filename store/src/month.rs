//! Closing months, and what the daily proof left behind.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A month that was proposed for closing, or closed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct MonthRow {
    pub payee_id: Uuid,
    pub month: String,
    /// `proposed` or `closed`.
    pub state: String,
    pub digest: Vec<u8>,
    pub last_number: i64,
    pub last_hash: Vec<u8>,
    pub proposed_by: String,
    pub proposed_at: i64,
    pub closed_by: Option<String>,
    pub closed_at: Option<i64>,
}

/// How far a payee's chain went when it was proved last on a day.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ProofRow {
    pub payee_id: Uuid,
    pub proved_on: String,
    pub last_number: i64,
    pub last_hash: Vec<u8>,
    pub debit_fen: i64,
    pub differences: i64,
    pub proved_at: i64,
}

impl Tx {
    /// A payee's months that are proposed or closed, the newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn months(&mut self, payee_id: Uuid) -> Result<Vec<MonthRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select payee_id, month, state, digest, last_number, last_hash, proposed_by, proposed_at, closed_by, closed_at \
             from ledger_month where payee_id = $1 order by month desc"
        )
        .bind(payee_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// The day of a payee's first entry.
    ///
    /// # Errors
    /// `Database`.
    pub async fn first_booked_on(&mut self, payee_id: Uuid) -> Result<Option<String>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select min(booked_on) from balance where payee_id = $1"
        )
        .bind(payee_id)
        .fetch_one(c)
        .await?))
    }

    /// Keeps a proposal in the place of an earlier one; false if the month is closed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn propose_month(&mut self, m: &MonthRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into ledger_month (payee_id, month, state, digest, last_number, last_hash, proposed_by, proposed_at) \
             values ($1, $2, 'proposed', $3, $4, $5, $6, $7) on conflict (payee_id, month) do update \
             set digest = excluded.digest, last_number = excluded.last_number, last_hash = excluded.last_hash, \
             proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at \
             where ledger_month.state = 'proposed'"
        )
        .bind(m.payee_id)
        .bind(&m.month)
        .bind(m.digest.as_slice())
        .bind(m.last_number)
        .bind(m.last_hash.as_slice())
        .bind(&m.proposed_by)
        .bind(m.proposed_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// Closes a month whose payee's chain this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn close_month(
        &mut self,
        payee_id: Uuid,
        month: &str,
        closed_by: &str,
        closed_at: i64,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update ledger_month set state = 'closed', closed_by = $3, closed_at = $4 \
                 where payee_id = $1 and month = $2 and state = 'proposed'",
            )
            .bind(payee_id)
            .bind(month)
            .bind(closed_by)
            .bind(closed_at)
            .execute(&mut *c)
            .await?;
            sqlx::query("update ledger_chain set closed_month = $2 where payee_id = $1")
                .bind(payee_id)
                .bind(month)
                .execute(c)
                .await?;
            Ok(())
        })
    }

    /// Keeps what a proof found; one a day, the last one counts.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_proof(&mut self, p: &ProofRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into ledger_proof (payee_id, proved_on, last_number, last_hash, debit_fen, differences, proved_at) \
                 values ($1, $2, $3, $4, $5, $6, $7) on conflict (payee_id, proved_on) do update \
                 set last_number = excluded.last_number, last_hash = excluded.last_hash, \
                 debit_fen = excluded.debit_fen, differences = excluded.differences, proved_at = excluded.proved_at",
            )
            .bind(p.payee_id)
            .bind(&p.proved_on)
            .bind(p.last_number)
            .bind(p.last_hash.as_slice())
            .bind(p.debit_fen)
            .bind(p.differences)
            .bind(p.proved_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// Every proof of a payee, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn proofs(&mut self, payee_id: Uuid) -> Result<Vec<ProofRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select payee_id, proved_on, last_number, last_hash, debit_fen, differences, proved_at \
             from ledger_proof where payee_id = $1 order by proved_on"
        )
        .bind(payee_id)
        .fetch_all(c)
        .await?))
    }

    /// Payees with entries whose books were not proved on a day.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unproved_on(&mut self, day: &str) -> Result<Vec<Uuid>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select c.payee_id from ledger_chain c where c.last_number > 0 and not exists \
             (select 1 from ledger_proof p where p.payee_id = c.payee_id and p.proved_on = $1) order by c.payee_id"
        )
        .bind(day)
        .fetch_all(c)
        .await?)
        })
    }
}
