//! Money that no order could take, and what two persons decide about it.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A payment in suspense about which nothing was decided yet.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SuspenseRow {
    pub entry_key: String,
    pub payee_id: Uuid,
    pub operator_id: Uuid,
    pub fact_on: String,
    /// What lies there, above 0.
    pub amount_fen: i64,
}

/// To an order, or back to its payer with the receipt of the transfer.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SuspenseDecisionRow {
    pub transaction_id: String,
    pub order_id: Option<Uuid>,
    pub receipt: Option<String>,
    pub reason: String,
    pub proposed_by: String,
    pub proposed_at: i64,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
}

impl Tx {
    /// Payments in suspense that are neither decided about nor taken back, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn in_suspense(&mut self, limit: i64) -> Result<Vec<SuspenseRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select e.entry_key, e.payee_id, e.operator_id, e.fact_on, cast(-sum(p.amount_fen) as bigint) as amount_fen \
             from entry e join posting p on p.entry_id = e.entry_id and p.account = 'suspense' \
             where e.fact = 'suspense' and substr(e.entry_key, 1, 4) = 'pay:' \
             and not exists (select 1 from entry r where r.entry_key = 'suspense:' || substr(e.entry_key, 5)) \
             and not exists (select 1 from entry r where r.reverses = e.entry_id) \
             group by e.entry_key, e.payee_id, e.operator_id, e.fact_on order by e.fact_on, e.entry_key limit $1"
        )
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// What was proposed or decided about a payment in suspense.
    ///
    /// # Errors
    /// `Database`.
    pub async fn suspense_decision(
        &mut self,
        transaction_id: &str,
    ) -> Result<Option<SuspenseDecisionRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select transaction_id, order_id, receipt, reason, proposed_by, proposed_at, decided_by, decided_at \
             from suspense_decision where transaction_id = $1"
        )
        .bind(transaction_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// Keeps a proposal in the place of an earlier one, or that it was decided; what was decided stays.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_suspense_decision(&mut self, d: &SuspenseDecisionRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into suspense_decision (transaction_id, order_id, receipt, reason, proposed_by, proposed_at, \
                 decided_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
                 on conflict (transaction_id) do update set order_id = excluded.order_id, \
                 receipt = excluded.receipt, reason = excluded.reason, proposed_by = excluded.proposed_by, \
                 proposed_at = excluded.proposed_at, decided_by = excluded.decided_by, \
                 decided_at = excluded.decided_at where suspense_decision.decided_at is null",
            )
            .bind(&d.transaction_id)
            .bind(d.order_id)
            .bind(&d.receipt)
            .bind(&d.reason)
            .bind(&d.proposed_by)
            .bind(d.proposed_at)
            .bind(&d.decided_by)
            .bind(d.decided_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }
}
