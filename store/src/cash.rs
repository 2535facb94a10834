//! Cash: number ranges handed out, uploaded receipts, deposits at the bank. Instants are city time.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::{Conn, both};
use crate::{Result, Tx};

/// Receipt numbers handed to a collector, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CashRangeRow {
    pub range_id: Uuid,
    pub operator_id: Uuid,
    pub collector_id: Uuid,
    pub series: String,
    pub first_number: i64,
    pub last_number: i64,
    pub handed_at: i64,
    pub handed_by: String,
    pub returned_at: Option<i64>,
}

/// An uploaded receipt. `outcome` is `paid`, `suspense` or `spoiled`.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CashReceiptRow {
    pub operator_id: Uuid,
    pub receipt_no: String,
    pub shift_id: Uuid,
    pub collector_id: Uuid,
    pub content_hash: Vec<u8>,
    pub amount_fen: i64,
    pub taken_at: i64,
    pub uploaded_at: i64,
    pub order_id: Option<Uuid>,
    pub payment_id: Option<Uuid>,
    pub outcome: String,
}

/// Cash brought to the bank.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CashDepositRow {
    pub deposit_id: Uuid,
    pub operator_id: Uuid,
    pub payee_id: Uuid,
    pub cashier_id: Uuid,
    pub amount_fen: i64,
    pub bank_slip: String,
    pub deposited_on: String,
    pub made_at: i64,
    pub made_by: String,
}

macro_rules! range_columns {
    () => {
        "select range_id, operator_id, collector_id, series, first_number, last_number, handed_at, handed_by, \
         returned_at from cash_range "
    };
}

macro_rules! receipt_columns {
    () => {
        "select operator_id, receipt_no, shift_id, collector_id, content_hash, amount_fen, taken_at, uploaded_at, \
         order_id, payment_id, outcome from cash_receipt "
    };
}

impl Tx {
    /// Locks a series of an operator, so that one transaction at a time hands numbers of it out.
    ///
    /// # Errors
    /// `Database`.
    pub async fn lock_cash_series(&mut self, operator_id: Uuid, series: &str) -> Result<()> {
        // A writer of SQLite is alone anyway.
        if let Conn::Postgres(c) = self.conn() {
            sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 9))")
                .bind(format!("{operator_id}:{series}"))
                .execute(c)
                .await?;
        }
        Ok(())
    }

    /// Hands numbers out; false if a range begins there already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_cash_range(&mut self, r: &CashRangeRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into cash_range (range_id, operator_id, collector_id, series, first_number, last_number, \
             handed_at, handed_by) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing"
        )
        .bind(r.range_id)
        .bind(r.operator_id)
        .bind(r.collector_id)
        .bind(&r.series)
        .bind(r.first_number)
        .bind(r.last_number)
        .bind(r.handed_at)
        .bind(&r.handed_by)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// Ranges of a series that share a number with `first..=last`, whoever has them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_ranges_within(
        &mut self,
        operator_id: Uuid,
        series: &str,
        (first, last): (i64, i64),
    ) -> Result<Vec<CashRangeRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            range_columns!(),
            "where operator_id = $1 and series = $2 and first_number <= $4 and last_number >= $3 \
             order by first_number"
        ))
        .bind(operator_id)
        .bind(series)
        .bind(first)
        .bind(last)
        .fetch_all(c)
        .await?))
    }

    /// The ranges of a collector, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_ranges_of(&mut self, collector_id: Uuid) -> Result<Vec<CashRangeRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            range_columns!(),
            "where collector_id = $1 order by handed_at, first_number"
        ))
        .bind(collector_id)
        .fetch_all(c)
        .await?))
    }

    /// Stores a receipt; false if its number is stored already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_cash_receipt(&mut self, r: &CashReceiptRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into cash_receipt (operator_id, receipt_no, shift_id, collector_id, content_hash, amount_fen, \
             taken_at, uploaded_at, order_id, payment_id, outcome) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing"
        )
        .bind(r.operator_id)
        .bind(&r.receipt_no)
        .bind(r.shift_id)
        .bind(r.collector_id)
        .bind(&r.content_hash)
        .bind(r.amount_fen)
        .bind(r.taken_at)
        .bind(r.uploaded_at)
        .bind(r.order_id)
        .bind(r.payment_id)
        .bind(&r.outcome)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// A receipt by its number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_receipt(
        &mut self,
        operator_id: Uuid,
        receipt_no: &str,
    ) -> Result<Option<CashReceiptRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            receipt_columns!(),
            "where operator_id = $1 and receipt_no = $2"
        ))
        .bind(operator_id)
        .bind(receipt_no)
        .fetch_optional(c)
        .await?))
    }

    /// The receipts of a shift by number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_receipts_of(&mut self, shift_id: Uuid) -> Result<Vec<CashReceiptRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            receipt_columns!(),
            "where shift_id = $1 order by receipt_no"
        ))
        .bind(shift_id)
        .fetch_all(c)
        .await?))
    }

    /// Stores a deposit; false if the bank's slip is known.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_cash_deposit(&mut self, d: &CashDepositRow) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "insert into cash_deposit (deposit_id, operator_id, payee_id, cashier_id, amount_fen, bank_slip, \
             deposited_on, made_at, made_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing"
        )
        .bind(d.deposit_id)
        .bind(d.operator_id)
        .bind(d.payee_id)
        .bind(d.cashier_id)
        .bind(d.amount_fen)
        .bind(&d.bank_slip)
        .bind(&d.deposited_on)
        .bind(d.made_at)
        .bind(&d.made_by)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// A deposit by the number of the bank's slip.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_deposit(
        &mut self,
        operator_id: Uuid,
        bank_slip: &str,
    ) -> Result<Option<CashDepositRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select deposit_id, operator_id, payee_id, cashier_id, amount_fen, bank_slip, deposited_on, made_at, \
             made_by from cash_deposit where operator_id = $1 and bank_slip = $2"
        )
        .bind(operator_id)
        .bind(bank_slip)
        .fetch_optional(c)
        .await?)
        })
    }

    /// What a cashier took over (float given out deducted) and has not brought to the bank, of one payee's
    /// money.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_at_cashier(&mut self, payee_id: Uuid, cashier_id: Uuid) -> Result<i64> {
        self.cash_at_cashier_by((payee_id, cashier_id), "9999-12-31", i64::MAX).await
    }

    /// The same at the end of a day, which is `before_at`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cash_at_cashier_by(
        &mut self,
        (payee_id, cashier_id): (Uuid, Uuid),
        on: &str,
        before_at: i64,
    ) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select cast(coalesce((select sum(counted_fen) from cash_shift where payee_id = $1 and cashier_id = $2 \
             and state = 'handed_in' and handed_in_at < $4), 0) \
             - coalesce((select sum(float_fen) from cash_shift where payee_id = $1 and float_from = $2 \
             and opened_at < $4), 0) \
             - coalesce((select sum(amount_fen) from cash_deposit where payee_id = $1 and cashier_id = $2 \
             and deposited_on <= $3), 0) as bigint)"
        )
        .bind(payee_id)
        .bind(cashier_id)
        .bind(on)
        .bind(before_at)
        .fetch_one(c)
        .await?)
        })
    }

    /// The payees of an operator that are valid at `at`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payees_of(&mut self, operator_id: Uuid, at: i64) -> Result<Vec<(Uuid, String)>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select payee_id, name from payee where operator_id = $1 and valid_from_at <= $2 \
             and (valid_to_at is null or valid_to_at > $2) order by name"
        )
        .bind(operator_id)
        .bind(at)
        .fetch_all(c)
        .await?))
    }
}
