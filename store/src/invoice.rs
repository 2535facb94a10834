//! Invoices asked for and issued, blue and red, and the orders they cover; their documents are in `invoice_document`. What may follow what is
//! decided in `billing::issuing`; that nothing issued changes is the database's word too (`invoice_changed`).

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// A request for a document and what came of it. `draft_json` holds parties, lines and sums, and is personal data,
/// as the title in `reissue_json` is.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct InvoiceRow {
    pub invoice_id: Uuid,
    pub operator_id: Uuid,
    pub payee_id: Uuid,
    pub account_id: Uuid,
    pub regime: String,
    /// `blue` or `red`.
    pub colour: String,
    pub state: String,
    /// What the office knows the request by; the same however often it is asked.
    pub request_no: String,
    pub draft_json: String,
    /// Below 0 of a red one.
    pub gross_fen: i64,
    pub serial_no: Option<String>,
    /// 20 digits; of a non-tax bill its code and number, 18.
    pub invoice_number: Option<String>,
    pub check_code: Option<String>,
    pub reject_reason: Option<String>,
    /// City time.
    pub requested_at: i64,
    /// City time.
    pub issued_at: Option<i64>,
    /// Of a red one: what it takes back.
    pub original_id: Option<Uuid>,
    /// What the office knows the application for the confirmation form by.
    pub form_no: Option<String>,
    /// 20 digits of the confirmed form.
    pub confirmation_no: Option<String>,
    /// Why a red one was wanted.
    pub reason: String,
    /// The title of the invoice that follows a red one.
    pub reissue_json: Option<String>,
    /// `driver`, `system`, or a member of staff.
    pub asked_by: String,
    /// The second person, where one was needed.
    pub approved_by: Option<String>,
    /// What it waits for: `login`, `buyer`, `differs`.
    pub held: Option<String>,
    /// Since when (city time).
    pub held_since_at: Option<i64>,
    /// Of what was issued.
    pub content_hash: Option<Vec<u8>>,
    /// When its documents were stored (city time).
    pub documents_at: Option<i64>,
    /// City time.
    pub changed_at: i64,
}

/// How much of an order a document covers; below 0 of a red one.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct InvoiceOrderRow {
    pub invoice_id: Uuid,
    pub order_id: Uuid,
    pub gross_fen: i64,
}

/// A blue document of an order, and how much of it red ones take back or are about to.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BlueLeft {
    pub invoice_id: Uuid,
    pub covered_fen: i64,
    /// 0 or more.
    pub taken_back_fen: i64,
}

macro_rules! invoice_columns {
    ($rest:literal) => {
        concat!(
            "select i.invoice_id, i.operator_id, i.payee_id, i.account_id, i.regime, i.colour, i.state, i.request_no, \
             i.draft_json, i.gross_fen, i.serial_no, i.invoice_number, i.check_code, i.reject_reason, i.requested_at, \
             i.issued_at, i.original_id, i.form_no, i.confirmation_no, i.reason, i.reissue_json, i.asked_by, \
             i.approved_by, i.held, i.held_since_at, i.content_hash, i.documents_at, i.changed_at from invoice i ",
            $rest
        )
    };
}
pub(crate) use invoice_columns;

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
        run!(
            self,
            "insert into invoice (invoice_id, operator_id, payee_id, account_id, regime, state, request_no, \
             draft_json, gross_fen, requested_at, colour, original_id, form_no, reason, reissue_json, asked_by, \
             changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $10)",
            i.invoice_id,
            i.operator_id,
            i.payee_id,
            i.account_id,
            &i.regime,
            &i.state,
            &i.request_no,
            &i.draft_json,
            i.gross_fen,
            i.requested_at,
            if i.colour.is_empty() { "blue" } else { i.colour.as_str() },
            i.original_id,
            &i.form_no,
            &i.reason,
            &i.reissue_json,
            if i.asked_by.is_empty() { "driver" } else { i.asked_by.as_str() }
        );
        for order in orders {
            run!(
                self,
                "insert into invoice_order (invoice_id, order_id, gross_fen) values ($1, $2, $3)",
                order.invoice_id,
                order.order_id,
                order.gross_fen
            );
        }
        Ok(())
    }

    /// An invoice by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice(&mut self, invoice_id: Uuid) -> Result<Option<InvoiceRow>> {
        Ok(row!(self, invoice_columns!("where i.invoice_id = $1"), invoice_id))
    }

    /// An invoice, locked until the transaction ends. Lock its orders first.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_invoice(&mut self, invoice_id: Uuid) -> Result<Option<InvoiceRow>> {
        Ok(lock_row!(self, invoice_columns!("where i.invoice_id = $1"), invoice_id))
    }

    /// An invoice by the number that the office knows its request by.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_by_request(&mut self, request_no: &str) -> Result<Option<InvoiceRow>> {
        Ok(row!(self, invoice_columns!("where i.request_no = $1"), request_no))
    }

    /// The newest blue invoice that covers an order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_of_order(&mut self, order_id: Uuid) -> Result<Option<Uuid>> {
        let found: Option<(Uuid,)> = row!(
            self,
            "select i.invoice_id from invoice i join invoice_order o on o.invoice_id = i.invoice_id \
             where o.order_id = $1 and i.colour = 'blue' order by i.requested_at desc, i.invoice_id desc limit 1",
            order_id
        );
        Ok(found.map(|(id,)| id))
    }

    /// Every document that covers an order, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoices_of_order(&mut self, order_id: Uuid) -> Result<Vec<InvoiceRow>> {
        Ok(rows!(
            self,
            invoice_columns!(
                "join invoice_order o on o.invoice_id = i.invoice_id where o.order_id = $1 \
                 order by i.requested_at, i.invoice_id"
            ),
            order_id
        ))
    }

    /// The orders an invoice covers.
    ///
    /// # Errors
    /// `Database`.
    pub async fn orders_of_invoice(&mut self, invoice_id: Uuid) -> Result<Vec<InvoiceOrderRow>> {
        Ok(rows!(
            self,
            "select invoice_id, order_id, gross_fen from invoice_order where invoice_id = $1 order by order_id",
            invoice_id
        ))
    }

    /// The red documents of a blue one, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn reds_of_invoice(&mut self, invoice_id: Uuid) -> Result<Vec<InvoiceRow>> {
        Ok(rows!(
            self,
            invoice_columns!("where i.original_id = $1 order by i.requested_at, i.invoice_id"),
            invoice_id
        ))
    }

    /// The blue documents of an order that still count, newest first. Lock the order first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn blues_of_order(&mut self, order_id: Uuid) -> Result<Vec<BlueLeft>> {
        Ok(rows!(
            self,
            "select i.invoice_id, o.gross_fen as covered_fen, \
             cast(-coalesce((select sum(ro.gross_fen) from invoice r join invoice_order ro on ro.invoice_id = r.invoice_id \
             where r.original_id = i.invoice_id and ro.order_id = o.order_id \
             and r.state not in ('rejected', 'void', 'withdrawn')), 0) as bigint) as taken_back_fen \
             from invoice i join invoice_order o on o.invoice_id = i.invoice_id \
             where o.order_id = $1 and i.colour = 'blue' and i.state not in ('rejected', 'void', 'withdrawn') \
             order by i.requested_at desc, i.invoice_id desc",
            order_id
        ))
    }

    /// What red documents that are not at their end will take back of an order, 0 or more. Lock the order first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn red_under_way_fen(&mut self, order_id: Uuid) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select cast(-coalesce(sum(o.gross_fen), 0) as bigint) from invoice i join invoice_order o \
             on o.invoice_id = i.invoice_id where o.order_id = $1 and i.colour = 'red' \
             and i.state in ('proposed', 'requested', 'applied', 'confirmed', 'submitted')"
        )
        .bind(order_id)
        .fetch_one(c)
        .await?)
        })
    }

    /// Documents not at an end, and issued ones without their documents, for the sweep that repairs lost jobs.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pending_invoices(&mut self, limit: i64) -> Result<Vec<InvoiceRow>> {
        Ok(rows!(
            self,
            invoice_columns!(
                "where i.state in ('requested', 'applied', 'confirmed', 'submitted') \
                 or (i.state = 'issued' and i.documents_at is null) order by i.requested_at limit $1"
            ),
            limit
        ))
    }

    /// Stores progress, only while the invoice is still in state `from`; false if it is not.
    ///
    /// # Errors
    /// `Database`: also when something issued would change.
    pub async fn advance_invoice(&mut self, i: &InvoiceRow, from: &str) -> Result<bool> {
        Ok(run!(
            self,
            "update invoice set state = $2, serial_no = $3, invoice_number = $4, reject_reason = $5, issued_at = $6, \
             check_code = $8, form_no = $9, confirmation_no = $10, approved_by = $11, held = $12, held_since_at = $13, \
             content_hash = $14, draft_json = $15, changed_at = $16 where invoice_id = $1 and state = $7",
            i.invoice_id,
            &i.state,
            &i.serial_no,
            &i.invoice_number,
            &i.reject_reason,
            i.issued_at,
            from,
            &i.check_code,
            &i.form_no,
            &i.confirmation_no,
            &i.approved_by,
            &i.held,
            i.held_since_at,
            &i.content_hash,
            &i.draft_json,
            i.changed_at
        ) == 1)
    }

    /// Keeps the number that the office gave a request, if it gave one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_serial_no(
        &mut self,
        invoice_id: Uuid,
        serial_no: Option<&str>,
    ) -> Result<()> {
        run!(
            self,
            "update invoice set serial_no = coalesce($2, serial_no) where invoice_id = $1",
            invoice_id,
            serial_no
        );
        Ok(())
    }

    /// Says what an invoice waits for, or that it waits no more; whether that is new.
    ///
    /// # Errors
    /// `Database`.
    pub async fn hold_invoice(
        &mut self,
        invoice_id: Uuid,
        held: Option<&str>,
        at: i64,
    ) -> Result<bool> {
        let since = held.map(|_| at);
        Ok(run!(
            self,
            "update invoice set held = $2, held_since_at = $3 where invoice_id = $1 \
             and coalesce(held, '') <> coalesce($2, '')",
            invoice_id,
            held,
            since
        ) == 1)
    }
}
