//! Attempts to pay an order.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, run};
use crate::tx::both;
use crate::{Result, Tx};

/// One attempt. `created_at` is machine time; `expires_at` and `succeeded_at` are city time.
/// `method` is the channel's door (`jsapi`, `native`, `h5`, `parking`, `cash`; `suspense` of money that two persons gave
/// to the order out of suspense), `prepay_id` its handle for
/// the payer, `scene_json` what has to be said to it again in the same words.
#[derive(Clone, Debug, FromRow)]
pub struct PaymentRow {
    pub payment_id: Uuid,
    pub order_id: Uuid,
    pub channel: String,
    pub method: String,
    pub state: String,
    pub amount_fen: i64,
    pub payer: Option<String>,
    pub scene_json: Option<String>,
    pub out_trade_no: String,
    pub prepay_id: Option<String>,
    pub transaction_id: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    pub succeeded_at: Option<i64>,
}

macro_rules! payment_columns {
    () => {
        "select payment_id, order_id, channel, method, state, amount_fen, payer, scene_json, out_trade_no, prepay_id, \
         transaction_id, created_at, expires_at, succeeded_at from payment "
    };
}

impl Tx {
    /// Stores a payment; false if it is pending and the order has one pending already, or if its number or
    /// transaction is known.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_payment(&mut self, p: &PaymentRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into payment (payment_id, order_id, channel, state, amount_fen, payer, out_trade_no, created_at, \
             expires_at, method, scene_json, transaction_id, succeeded_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing"
        )
        .bind(p.payment_id)
        .bind(p.order_id)
        .bind(&p.channel)
        .bind(&p.state)
        .bind(p.amount_fen)
        .bind(&p.payer)
        .bind(&p.out_trade_no)
        .bind(p.created_at)
        .bind(p.expires_at)
        .bind(&p.method)
        .bind(&p.scene_json)
        .bind(&p.transaction_id)
        .bind(p.succeeded_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// Ends the time in which a pending payment may be made: the provider is asked to close it next.
    ///
    /// # Errors
    /// `Database`.
    pub async fn expire_payment(&mut self, payment_id: Uuid, at: i64) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update payment set expires_at = $2 where payment_id = $1 and expires_at > $2",
            )
            .bind(payment_id)
            .bind(at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// The signed-in driver of the order started a payment, or took up the bay's.
    ///
    /// # Errors
    /// `Database`.
    pub async fn mark_drivers_own(&mut self, payment_id: Uuid) -> Result<()> {
        run!(
            self,
            "update payment set by_driver = true where payment_id = $1 and not by_driver",
            payment_id
        );
        Ok(())
    }

    /// Whether it was so.
    ///
    /// # Errors
    /// `Database`.
    pub async fn is_drivers_own(&mut self, payment_id: Uuid) -> Result<bool> {
        let found: Option<(bool,)> =
            row!(self, "select by_driver from payment where payment_id = $1", payment_id);
        Ok(found.is_some_and(|(by_driver,)| by_driver))
    }

    /// A payment by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payment(&mut self, payment_id: Uuid) -> Result<Option<PaymentRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(payment_columns!(), "where payment_id = $1"))
            .bind(payment_id)
            .fetch_optional(c)
            .await?))
    }

    /// A payment by the number that the provider knows it by.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payment_by_trade_no(&mut self, out_trade_no: &str) -> Result<Option<PaymentRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(payment_columns!(), "where out_trade_no = $1"))
            .bind(out_trade_no)
            .fetch_optional(c)
            .await?))
    }

    /// Payments of an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payments_of_order(&mut self, order_id: Uuid) -> Result<Vec<PaymentRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            payment_columns!(),
            "where order_id = $1 order by created_at, payment_id"
        ))
        .bind(order_id)
        .fetch_all(c)
        .await?))
    }

    /// Payments that neither succeeded nor ended, created before `before` (machine time); no parts of others.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pending_payments(&mut self, before: i64, limit: i64) -> Result<Vec<PaymentRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(concat!(
            payment_columns!(),
            "where state in ('created', 'ready') and joint_id is null and created_at < $1 order by created_at limit $2"
        ))
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// Stores what an event changed in a payment whose order this transaction has locked.
    ///
    /// # Errors
    /// `Database`; a provider's transaction pays one payment only.
    pub async fn update_payment(&mut self, p: &PaymentRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update payment set state = $2, prepay_id = $3, transaction_id = $4, succeeded_at = $5, \
                 scene_json = case when $2 in ('created', 'ready') then scene_json end where payment_id = $1",
            )
            .bind(p.payment_id)
            .bind(&p.state)
            .bind(&p.prepay_id)
            .bind(&p.transaction_id)
            .bind(p.succeeded_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }
}
