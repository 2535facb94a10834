//! Refunds, and what of a payment is left to be refunded. What may follow what is decided in `billing`.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A refund of a payment. Instants are city time. `way` is `channel` or `hand`.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RefundRow {
    pub refund_id: Uuid,
    pub order_id: Option<Uuid>,
    pub payment_id: Uuid,
    /// At most 64 characters; the same one however often the channel is asked.
    pub out_refund_no: String,
    pub amount_fen: i64,
    pub reason: String,
    pub state: String,
    pub way: String,
    pub provider_refund_id: Option<String>,
    /// Who wanted it: a member of staff, or `system`.
    pub asked_by: String,
    /// Why the channel refused it.
    pub failure: Option<String>,
    /// The bank's number of a transfer, or that of a cash slip.
    pub hand_reference: Option<String>,
    pub hand_by: Option<String>,
    pub created_at: i64,
    pub changed_at: i64,
}

/// A payment that succeeded, how much of it went back or is on its way back, and in how many parts its channel
/// was asked for all that was paid with it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PaymentLeft {
    pub payment_id: Uuid,
    pub channel: String,
    pub method: String,
    pub amount_fen: i64,
    pub succeeded_at: i64,
    pub taken_fen: i64,
    pub refunds: i64,
}

/// What a transfer of the bank gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned<'a> {
    Refund(Uuid),
    /// A transaction in suspense.
    Suspense(&'a str),
}

macro_rules! refund_columns {
    () => {
        "select refund_id, order_id, payment_id, out_refund_no, amount_fen, reason, state, way, provider_refund_id, \
         asked_by, failure, hand_reference, hand_by, created_at, changed_at from refund "
    };
}

impl Tx {
    /// Stores a refund.
    ///
    /// # Errors
    /// `Database`: a number is used once, and all refunds of a payment stay within it, whoever writes.
    pub async fn insert_refund(&mut self, r: &RefundRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into refund (refund_id, order_id, payment_id, out_refund_no, amount_fen, reason, state, way, \
                 asked_by, created_at, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
            )
            .bind(r.refund_id)
            .bind(r.order_id)
            .bind(r.payment_id)
            .bind(&r.out_refund_no)
            .bind(r.amount_fen)
            .bind(&r.reason)
            .bind(&r.state)
            .bind(&r.way)
            .bind(&r.asked_by)
            .bind(r.created_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// A refund by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn refund(&mut self, refund_id: Uuid) -> Result<Option<RefundRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(refund_columns!(), "where refund_id = $1"))
            .bind(refund_id)
            .fetch_optional(c)
            .await?))
    }

    /// A refund by the number that the channel knows it by.
    ///
    /// # Errors
    /// `Database`.
    pub async fn refund_by_no(&mut self, out_refund_no: &str) -> Result<Option<RefundRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(refund_columns!(), "where out_refund_no = $1"))
            .bind(out_refund_no)
            .fetch_optional(c)
            .await?))
    }

    /// Refunds of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn refunds_of_order(&mut self, order_id: Uuid) -> Result<Vec<RefundRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            refund_columns!(),
            "where order_id = $1 order by created_at, refund_id"
        ))
        .bind(order_id)
        .fetch_all(c)
        .await?))
    }

    /// Refunds that have not come to an end, asked for before `before` (city time), oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_refunds(&mut self, before: i64, limit: i64) -> Result<Vec<RefundRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            refund_columns!(),
            "where state in ('requested', 'processing') and created_at < $1 order by created_at limit $2"
        ))
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// Refunds in a state, of one operator or of all, oldest first, `limit` after `(created_at, refund_id)`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn refunds_in_state(
        &mut self,
        state: &str,
        operator_id: Option<Uuid>,
        after: Option<(i64, Uuid)>,
        limit: i64,
    ) -> Result<Vec<RefundRow>> {
        let (created_at, refund_id) = after.unwrap_or((i64::MIN, Uuid::nil()));
        both!(self, |c| Ok(sqlx::query_as(concat!(
            refund_columns!(),
            "where state = $1 and (created_at > $3 or (created_at = $3 and refund_id > $4)) \
             and ($2 is null or exists (select 1 from parking_order o \
             where o.order_id = refund.order_id and o.operator_id = $2)) \
             order by created_at, refund_id limit $5"
        ))
        .bind(state)
        .bind(operator_id)
        .bind(created_at)
        .bind(refund_id)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Whether a transfer by this number was entered for another return of a payee: a refund, or money that goes back
    /// out of suspense. Lock the payee's chain first: then nobody enters one meanwhile.
    ///
    /// # Errors
    /// `Database`.
    pub async fn is_transfer_taken(
        &mut self,
        payee_id: Uuid,
        reference: &str,
        but_for: Returned<'_>,
    ) -> Result<bool> {
        let (refund_id, transaction_id) = match but_for {
            Returned::Refund(refund_id) => (refund_id, ""),
            Returned::Suspense(transaction_id) => (Uuid::nil(), transaction_id),
        };
        let taken: i64 = both!(self, |c| {
            sqlx::query_scalar(
            "select (select count(*) from refund r join parking_order o on o.order_id = r.order_id \
             where r.hand_reference = $2 and o.payee_id = $1 and r.refund_id <> $3) + \
             (select count(*) from suspense_decision d join entry e on e.entry_key = 'pay:' || d.transaction_id \
             where trim(d.receipt) = $2 and e.payee_id = $1 and d.transaction_id <> $4)"
        )
        .bind(payee_id)
        .bind(reference)
        .bind(refund_id)
        .bind(transaction_id)
        .fetch_one(c)
        .await?
        });
        Ok(taken > 0)
    }

    /// Stores what an event changed in a refund whose order this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_refund(&mut self, r: &RefundRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update refund set state = $2, way = $3, provider_refund_id = $4, failure = $5, hand_reference = $6, \
                 hand_by = $7, changed_at = $8 where refund_id = $1",
            )
            .bind(r.refund_id)
            .bind(&r.state)
            .bind(&r.way)
            .bind(&r.provider_refund_id)
            .bind(&r.failure)
            .bind(&r.hand_reference)
            .bind(&r.hand_by)
            .bind(r.changed_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The payments of an order that succeeded, newest first, and what of them is left. Lock the order first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payments_left(&mut self, order_id: Uuid) -> Result<Vec<PaymentLeft>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select p.payment_id, p.channel, p.method, p.amount_fen, coalesce(p.succeeded_at, 0) as succeeded_at, \
             cast(coalesce((select sum(r.amount_fen) from refund r where r.payment_id = p.payment_id \
             and r.state not in ('failed', 'closed')), 0) as bigint) as taken_fen, \
             (select count(*) from refund r where r.payment_id = p.payment_id or r.payment_id in \
             (select o.payment_id from payment o where o.joint_id = p.joint_id)) as refunds \
             from payment p where p.order_id = $1 and p.state = 'succeeded' \
             order by p.succeeded_at desc, p.payment_id desc"
        )
        .bind(order_id)
        .fetch_all(c)
        .await?)
        })
    }
}
