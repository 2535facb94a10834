//! Invoices asked for and issued, the orders they cover, and their documents.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A request for an invoice and what came of it. `draft_json` holds parties, lines and sums, and is personal data.
#[derive(Clone, Debug, FromRow)]
pub struct InvoiceRow {
    pub invoice_id: Uuid,
    pub operator_id: Uuid,
    pub payee_id: Uuid,
    pub account_id: Uuid,
    pub regime: String,
    pub state: String,
    pub request_no: String,
    pub draft_json: String,
    pub gross_fen: i64,
    pub serial_no: Option<String>,
    pub invoice_number: Option<String>,
    pub reject_reason: Option<String>,
    pub requested_at: i64,
    pub issued_at: Option<i64>,
}

/// How much of an order an invoice covers.
#[derive(Clone, Debug, FromRow)]
pub struct InvoiceOrderRow {
    pub invoice_id: Uuid,
    pub order_id: Uuid,
    pub gross_fen: i64,
}

macro_rules! invoice_columns {
    () => {
        "select invoice_id, operator_id, payee_id, account_id, regime, state, request_no, draft_json, gross_fen, \
         serial_no, invoice_number, reject_reason, requested_at, issued_at from invoice "
    };
}

impl Tx {
    /// Stores a request with the orders it covers.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_invoice(
        &mut self,
        i: &InvoiceRow,
        orders: &[InvoiceOrderRow],
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into invoice (invoice_id, operator_id, payee_id, account_id, regime, state, request_no, \
                 draft_json, gross_fen, requested_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(i.invoice_id)
            .bind(i.operator_id)
            .bind(i.payee_id)
            .bind(i.account_id)
            .bind(&i.regime)
            .bind(&i.state)
            .bind(&i.request_no)
            .bind(&i.draft_json)
            .bind(i.gross_fen)
            .bind(i.requested_at)
            .execute(&mut *c)
            .await?;
            for order in orders {
                sqlx::query("insert into invoice_order (invoice_id, order_id, gross_fen) values ($1, $2, $3)")
                    .bind(order.invoice_id)
                    .bind(order.order_id)
                    .bind(order.gross_fen)
                    .execute(&mut *c)
                    .await?;
            }
            Ok(())
        })
    }

    /// An invoice by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice(&mut self, invoice_id: Uuid) -> Result<Option<InvoiceRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(invoice_columns!(), "where invoice_id = $1"))
            .bind(invoice_id)
            .fetch_optional(c)
            .await?))
    }

    /// The newest invoice that covers an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_of_order(&mut self, order_id: Uuid) -> Result<Option<Uuid>> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select i.invoice_id from invoice i join invoice_order o on o.invoice_id = i.invoice_id \
             where o.order_id = $1 order by i.requested_at desc, i.invoice_id desc limit 1"
        )
        .bind(order_id)
        .fetch_optional(c)
        .await?)
        })
    }

    /// The orders an invoice covers.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_of_invoice(&mut self, invoice_id: Uuid) -> Result<Vec<InvoiceOrderRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select invoice_id, order_id, gross_fen from invoice_order where invoice_id = $1 order by order_id"
        )
        .bind(invoice_id)
        .fetch_all(c)
        .await?)
        })
    }

    /// Invoices not at an end, for the sweep that repairs lost jobs.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pending_invoices(&mut self, limit: i64) -> Result<Vec<InvoiceRow>> {
        both!(self, |c| Ok(sqlx::query_as(concat!(
            invoice_columns!(),
            "where state in ('requested', 'submitted') order by requested_at limit $1"
        ))
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// Stores progress, only while the invoice is still in state `from`; false if it is not.
    ///
    /// # Errors
    /// `Database`.
    pub async fn advance_invoice(&mut self, i: &InvoiceRow, from: &str) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "update invoice set state = $2, serial_no = $3, invoice_number = $4, reject_reason = $5, issued_at = $6 \
             where invoice_id = $1 and state = $7"
        )
        .bind(i.invoice_id)
        .bind(&i.state)
        .bind(&i.serial_no)
        .bind(&i.invoice_number)
        .bind(&i.reject_reason)
        .bind(i.issued_at)
        .bind(from)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// Stores a document once; documents are never changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_document(
        &mut self,
        invoice_id: Uuid,
        format: &str,
        content: &[u8],
        made_at: i64,
    ) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into invoice_document (invoice_id, format, content, made_at) values ($1, $2, $3, $4) \
                 on conflict (invoice_id, format) do nothing",
            )
            .bind(invoice_id)
            .bind(format)
            .bind(content)
            .bind(made_at)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// A document of an invoice.
    ///
    /// # Errors
    /// `Database`.
    pub async fn document(&mut self, invoice_id: Uuid, format: &str) -> Result<Option<Vec<u8>>> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select content from invoice_document where invoice_id = $1 and format = $2"
        )
        .bind(invoice_id)
        .bind(format)
        .fetch_optional(c)
        .await?))
    }
}
