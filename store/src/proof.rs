//! What `gateway verify` reads to prove the books: sums of entries, balances, orders, payments.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// An account's stored balance beside the sum of its postings.
#[derive(Clone, Debug, FromRow)]
pub struct BalanceRow {
    pub account: String,
    pub booked_on: String,
    pub stored_debit_fen: i64,
    pub stored_credit_fen: i64,
    pub posted_debit_fen: i64,
    pub posted_credit_fen: i64,
}

/// What the other tables say about an order's money.
#[derive(Clone, Debug, FromRow)]
pub struct OrderSums {
    pub paid_fen: i64,
    pub invoiced_fen: i64,
    pub receivable_fen: i64,
}

/// The VAT that the price of an order was booked with, of the entries of one rate.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OrderVat {
    /// Hundredths of a percent; none where no tax item held, and for charges of the treasury.
    pub rate_bp: Option<i64>,
    pub tax_fen: i64,
}

impl Tx {
    /// Every account and day of a payee, from `from_on` on, that has a balance or a posting.
    ///
    /// # Errors
    /// `Database`.
    pub async fn balances(&mut self, payee_id: Uuid, from_on: &str) -> Result<Vec<BalanceRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select account, booked_on, cast(sum(stored_debit) as bigint) as stored_debit_fen, \
             cast(sum(stored_credit) as bigint) as stored_credit_fen, cast(sum(posted_debit) as bigint) as posted_debit_fen, \
             cast(sum(posted_credit) as bigint) as posted_credit_fen from (\
             select account, booked_on, debit_fen as stored_debit, credit_fen as stored_credit, \
             0 as posted_debit, 0 as posted_credit from balance where payee_id = $1 and booked_on >= $2 union all \
             select p.account, e.booked_on, 0, 0, case when p.amount_fen > 0 then p.amount_fen else 0 end, \
             case when p.amount_fen < 0 then -p.amount_fen else 0 end \
             from entry e join posting p on p.entry_id = e.entry_id where e.payee_id = $1 and e.booked_on >= $2) t \
             group by account, booked_on order by account, booked_on"
        )
        .bind(payee_id)
        .bind(from_on)
        .fetch_all(c)
        .await?)
        })
    }

    /// What payments, live invoices and the ledger say about an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn order_sums(&mut self, order_id: Uuid) -> Result<OrderSums> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select cast(coalesce((select sum(amount_fen) from payment where order_id = $1 and state = 'succeeded'), 0) \
             as bigint) as paid_fen, \
             cast(coalesce((select sum(o.gross_fen) from invoice_order o join invoice i on i.invoice_id = o.invoice_id \
             where o.order_id = $1 and ((i.colour = 'blue' and i.state not in ('rejected', 'void', 'withdrawn')) \
             or (i.colour = 'red' and i.state in ('issued', 'unsigned')))), 0) as bigint) as invoiced_fen, \
             cast(coalesce((select sum(p.amount_fen) from posting p join entry e on e.entry_id = p.entry_id \
             where e.order_id = $1 and p.account = 'receivable'), 0) as bigint) as receivable_fen"
        )
        .bind(order_id)
        .fetch_one(c)
        .await?)
        })
    }

    /// The VAT in the entries that make the price of an order (fees, passes, waivers and what took them back),
    /// by rate.
    ///
    /// # Errors
    /// `Database`.
    pub async fn order_vat(&mut self, order_id: Uuid) -> Result<Vec<OrderVat>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
                "select e.rate_bp as rate_bp, cast(-sum(case when p.account = 'vat_payable' then p.amount_fen else 0 end) \
                 as bigint) as tax_fen from entry e join posting p on p.entry_id = e.entry_id where e.order_id = $1 \
                 and (e.fact in ('fee', 'pass', 'waiver') or (e.fact = 'reversal' and (e.target_key like 'fee:%' \
                 or e.target_key like 'pass:%' or e.target_key like 'waiver:%'))) group by e.rate_bp order by e.rate_bp",
            )
            .bind(order_id)
            .fetch_all(c)
            .await?)
        })
    }

    /// How many orders are in a state, and their totals in fen.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_orders(&mut self, state: &str) -> Result<(i64, i64)> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select count(*), cast(coalesce(sum(total_fen), 0) as bigint) from parking_order where state = $1"
        )
        .bind(state)
        .fetch_one(c)
        .await?)
        })
    }

    /// How many invoices are in a state.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_invoices(&mut self, state: &str) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar("select count(*) from invoice where state = $1")
            .bind(state)
            .fetch_one(c)
            .await?))
    }
}
