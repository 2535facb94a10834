//! Refunds by bank transfer, which two persons decide.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A refund by bank transfer.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BankRefundRow {
    pub refund_no: String,
    pub transaction_id: String,
    pub order_id: Uuid,
    pub amount_fen: i64,
    pub reason: String,
    /// `proposed` or `paid`.
    pub state: String,
    pub proposed_by: String,
    pub proposed_at: i64,
    pub approved_by: Option<String>,
    pub approved_at: Option<i64>,
    pub receipt: Option<String>,
}

impl Tx {
    /// A refund by its number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bank_refund(&mut self, refund_no: &str) -> Result<Option<BankRefundRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select refund_no, transaction_id, order_id, amount_fen, reason, state, proposed_by, proposed_at, \
             approved_by, approved_at, receipt from bank_refund where refund_no = $1"
        )
        .bind(refund_no)
        .fetch_optional(c)
        .await?)
        })
    }

    /// What of a payment goes back by bank transfer, proposed or paid.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bank_refunded(&mut self, transaction_id: &str) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(amount_fen), 0) as bigint) from bank_refund where transaction_id = $1"
        )
        .bind(transaction_id)
        .fetch_one(c)
        .await?)
        })
    }

    /// What of a payment went back, or may go back, through its channel.
    ///
    /// # Errors
    /// `Database`.
    pub async fn channel_refunded(&mut self, payment_id: Uuid) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(amount_fen), 0) as bigint) from refund \
             where payment_id = $1 and state not in ('failed', 'closed')"
        )
        .bind(payment_id)
        .fetch_one(c)
        .await?))
    }

    /// A payment by the channel's number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payment_id_of(&mut self, transaction_id: &str) -> Result<Option<Uuid>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select payment_id from payment where transaction_id = $1"
        )
        .bind(transaction_id)
        .fetch_optional(c)
        .await?))
    }

    /// Keeps a proposal; false if there is one of that number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn propose_bank_refund(&mut self, r: &BankRefundRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into bank_refund (refund_no, transaction_id, order_id, amount_fen, reason, state, proposed_by, \
             proposed_at) values ($1, $2, $3, $4, $5, 'proposed', $6, $7) on conflict (refund_no) do nothing"
        )
        .bind(&r.refund_no)
        .bind(&r.transaction_id)
        .bind(r.order_id)
        .bind(r.amount_fen)
        .bind(&r.reason)
        .bind(&r.proposed_by)
        .bind(r.proposed_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// Notes that the transfer was made, by whose approval; false if it was before.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pay_bank_refund(
        &mut self,
        refund_no: &str,
        approved_by: &str,
        approved_at: i64,
        receipt: &str,
    ) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "update bank_refund set state = 'paid', approved_by = $2, approved_at = $3, receipt = $4 \
             where refund_no = $1 and state = 'proposed'"
        )
        .bind(refund_no)
        .bind(approved_by)
        .bind(approved_at)
        .bind(receipt)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }
}
