//! Refunds that the credit of an order asks for. What becomes of them at the channel is not here.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A refund to be handed to the channel; stored in state `requested`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest<'a> {
    pub refund_id: Uuid,
    pub order_id: Uuid,
    pub payment_id: Uuid,
    /// At most 64 characters; the same one however often the channel is asked.
    pub out_refund_no: &'a str,
    pub amount_fen: i64,
    pub reason: &'a str,
    pub created_at: i64,
}

/// A payment that succeeded, and how much of it is refunded or on its way back.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RefundablePayment {
    pub payment_id: Uuid,
    pub channel: String,
    pub amount_fen: i64,
    pub refunded_fen: i64,
}

impl Tx {
    /// Stores a refund in state `requested`.
    ///
    /// # Errors
    /// `Database`; a number is used once.
    pub async fn request_refund(&mut self, refund: &RefundRequest<'_>) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into refund (refund_id, order_id, payment_id, out_refund_no, amount_fen, reason, state, \
                 created_at) values ($1, $2, $3, $4, $5, $6, 'requested', $7)",
            )
            .bind(refund.refund_id)
            .bind(refund.order_id)
            .bind(refund.payment_id)
            .bind(refund.out_refund_no)
            .bind(refund.amount_fen)
            .bind(refund.reason)
            .bind(refund.created_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The payments of an order that succeeded, newest first, with what of them went back. A refund
    /// in state `failed` or `closed` gave nothing back.
    ///
    /// # Errors
    /// `Database`.
    pub async fn refundable_payments(&mut self, order_id: Uuid) -> Result<Vec<RefundablePayment>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select p.payment_id, p.channel, p.amount_fen, \
             cast(coalesce((select sum(r.amount_fen) from refund r where r.payment_id = p.payment_id \
             and r.state not in ('failed', 'closed')), 0) as bigint) as refunded_fen \
             from payment p where p.order_id = $1 and p.state = 'succeeded' \
             order by p.succeeded_at desc, p.payment_id desc"
        )
        .bind(order_id)
        .fetch_all(c)
        .await?)
        })
    }
}
