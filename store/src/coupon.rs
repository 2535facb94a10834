//! Coupons: issued under a code that is stored as a hash, used once on one order.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::{Result, Tx};

/// A coupon; `kind` is `amount`, `minutes` or `free_once`. It is used when `order_id` is set.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CouponRow {
    pub coupon_id: Uuid,
    pub operator_id: Uuid,
    pub code_hash: Vec<u8>,
    pub kind: String,
    pub amount_fen: i64,
    pub minutes: i64,
    pub zone_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub valid_from_at: i64,
    pub valid_to_at: i64,
    pub purpose: String,
    pub issued_by: String,
    pub issued_at: i64,
    pub order_id: Option<Uuid>,
    /// Its place among the coupons of the order.
    pub place: Option<i64>,
    pub used_at: Option<i64>,
    pub voided_at: Option<i64>,
}

macro_rules! coupon_columns {
    ($rest:literal) => {
        concat!(
            "select coupon_id, operator_id, code_hash, kind, amount_fen, minutes, zone_id, account_id, valid_from_at, \
             valid_to_at, purpose, issued_by, issued_at, order_id, place, used_at, voided_at from coupon ",
            $rest
        )
    };
}

impl Tx {
    /// Issues a coupon; false if its code is taken.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_coupon(&mut self, c: &CouponRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into coupon (coupon_id, operator_id, code_hash, kind, amount_fen, minutes, zone_id, account_id, \
             valid_from_at, valid_to_at, purpose, issued_by, issued_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (code_hash) do nothing",
            c.coupon_id,
            c.operator_id,
            &c.code_hash,
            &c.kind,
            c.amount_fen,
            c.minutes,
            c.zone_id,
            c.account_id,
            c.valid_from_at,
            c.valid_to_at,
            &c.purpose,
            &c.issued_by,
            c.issued_at
        ) == 1)
    }

    /// The coupon of a code, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_coupon(&mut self, code_hash: &[u8]) -> Result<Option<CouponRow>> {
        Ok(lock_row!(self, coupon_columns!("where code_hash = $1"), code_hash))
    }

    /// Uses a coupon on an order; false if it was used or voided.
    ///
    /// # Errors
    /// `Database`.
    pub async fn use_coupon(
        &mut self,
        coupon_id: Uuid,
        (order_id, place): (Uuid, i64),
        account_id: Option<Uuid>,
        at: i64,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update coupon set order_id = $2, place = $3, account_id = coalesce(account_id, $4), used_at = $5 \
             where coupon_id = $1 and order_id is null and voided_at is null",
            coupon_id,
            order_id,
            place,
            account_id,
            at
        ) == 1)
    }

    /// A coupon.
    ///
    /// # Errors
    /// `Database`.
    pub async fn coupon(&mut self, coupon_id: Uuid) -> Result<Option<CouponRow>> {
        Ok(row!(self, coupon_columns!("where coupon_id = $1"), coupon_id))
    }

    /// Voids a coupon that was not used; false if it was, or is void.
    ///
    /// # Errors
    /// `Database`.
    pub async fn void_coupon(&mut self, coupon_id: Uuid, at: i64) -> Result<bool> {
        Ok(run!(
            self,
            "update coupon set voided_at = $2 where coupon_id = $1 and order_id is null and voided_at is null",
            coupon_id,
            at
        ) == 1)
    }

    /// The coupons used on an order, in the order of their use.
    ///
    /// # Errors
    /// `Database`.
    pub async fn coupons_of_order(&mut self, order_id: Uuid) -> Result<Vec<CouponRow>> {
        Ok(rows!(self, coupon_columns!("where order_id = $1 order by place, coupon_id"), order_id))
    }

    /// The coupons that an account holds or has used, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn coupons_of_account(
        &mut self,
        account_id: Uuid,
        limit: i64,
    ) -> Result<Vec<CouponRow>> {
        Ok(rows!(
            self,
            coupon_columns!("where account_id = $1 order by issued_at desc, coupon_id limit $2"),
            account_id,
            limit
        ))
    }
}
