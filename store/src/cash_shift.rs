//! Collectors' shifts. Instants are city time.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// A collector's shift: one bag, of one payee's money.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CashShiftRow {
    pub shift_id: Uuid,
    pub operator_id: Uuid,
    pub payee_id: Uuid,
    pub collector_id: Uuid,
    pub state: String,
    pub float_fen: i64,
    pub taken_fen: i64,
    pub paid_out_fen: i64,
    pub counted_fen: i64,
    /// The cashier who gave the float.
    pub float_from: Option<Uuid>,
    pub opened_at: i64,
    pub counted_at: Option<i64>,
    pub handed_in_at: Option<i64>,
    /// The cashier who took the bag.
    pub cashier_id: Option<Uuid>,
}

macro_rules! shift_columns {
    () => {
        "select shift_id, operator_id, payee_id, collector_id, state, float_fen, taken_fen, paid_out_fen, counted_fen, \
         float_from, opened_at, counted_at, handed_in_at, cashier_id from cash_shift "
    };
}

impl Tx {
    /// Opens a shift; false if its collector has one open.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_cash_shift(&mut self, s: &CashShiftRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into cash_shift (shift_id, operator_id, payee_id, collector_id, state, float_fen, taken_fen, \
             paid_out_fen, counted_fen, float_from, opened_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             on conflict do nothing"
        )
        .bind(s.shift_id)
        .bind(s.operator_id)
        .bind(s.payee_id)
        .bind(s.collector_id)
        .bind(&s.state)
        .bind(s.float_fen)
        .bind(s.taken_fen)
        .bind(s.paid_out_fen)
        .bind(s.counted_fen)
        .bind(s.float_from)
        .bind(s.opened_at)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// A shift.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_shift(&mut self, shift_id: Uuid) -> Result<Option<CashShiftRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(shift_columns!(), "where shift_id = $1"))
            .bind(shift_id)
            .fetch_optional(c)
            .await?))
    }

    /// A shift, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_cash_shift(&mut self, shift_id: Uuid) -> Result<Option<CashShiftRow>> {
        match self.conn() {
            Conn::Sqlite(c) => Ok(sqlx::query_as(concat!(shift_columns!(), "where shift_id = $1"))
                .bind(shift_id)
                .fetch_optional(c)
                .await?),
            Conn::Postgres(c) => {
                Ok(sqlx::query_as(concat!(shift_columns!(), "where shift_id = $1 for update"))
                    .bind(shift_id)
                    .fetch_optional(c)
                    .await?)
            }
        }
    }

    /// The shifts of a collector, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_shifts_of(
        &mut self,
        collector_id: Uuid,
        limit: i64,
    ) -> Result<Vec<CashShiftRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            shift_columns!(),
            "where collector_id = $1 order by opened_at desc, shift_id desc limit $2"
        ))
        .bind(collector_id)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Shifts opened from `from` to before `to`, of one operator or of all, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_shifts_between(
        &mut self,
        operator_id: Option<Uuid>,
        (from, to): (i64, i64),
        limit: i64,
    ) -> Result<Vec<CashShiftRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            shift_columns!(),
            "where opened_at >= $2 and opened_at < $3 and ($1 is null or operator_id = $1) \
             order by opened_at, shift_id limit $4"
        ))
        .bind(operator_id)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Stores what an event changed in a shift that this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_cash_shift(&mut self, s: &CashShiftRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "update cash_shift set state = $2, taken_fen = $3, paid_out_fen = $4, counted_fen = $5, \
                 counted_at = $6, handed_in_at = $7, cashier_id = $8 where shift_id = $1",
            )
            .bind(s.shift_id)
            .bind(&s.state)
            .bind(s.taken_fen)
            .bind(s.paid_out_fen)
            .bind(s.counted_fen)
            .bind(s.counted_at)
            .bind(s.handed_in_at)
            .bind(s.cashier_id)
            .execute(c)
            .await?;
            Ok(())
        })
    }
}
