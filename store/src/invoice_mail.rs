//! Mails with the documents of an invoice. An address is personal data: it goes some time after the mail.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{Result, Tx};

/// A mail: `waiting`, `sent` or `failed`. City time.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct InvoiceMailRow {
    pub mail_id: Uuid,
    pub invoice_id: Uuid,
    pub address: String,
    pub state: String,
    pub asked_at: i64,
    pub sent_at: Option<i64>,
    pub failure: Option<String>,
}

impl std::fmt::Debug for InvoiceMailRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvoiceMailRow({}, {})", self.mail_id, self.state)
    }
}

impl Tx {
    /// Stores a mail that waits; false if one to that address waits or was sent.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_invoice_mail(&mut self, mail: &InvoiceMailRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into invoice_mail (mail_id, invoice_id, address, state, asked_at) \
             values ($1, $2, $3, 'waiting', $4) on conflict do nothing",
            mail.mail_id,
            mail.invoice_id,
            &mail.address,
            mail.asked_at
        ) == 1)
    }

    /// A mail.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_mail(&mut self, mail_id: Uuid) -> Result<Option<InvoiceMailRow>> {
        Ok(row!(
            self,
            "select mail_id, invoice_id, address, state, asked_at, sent_at, failure from invoice_mail where mail_id = $1",
            mail_id
        ))
    }

    /// The mails of an invoice, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_mails(&mut self, invoice_id: Uuid) -> Result<Vec<InvoiceMailRow>> {
        Ok(rows!(
            self,
            "select mail_id, invoice_id, address, state, asked_at, sent_at, failure from invoice_mail \
             where invoice_id = $1 order by asked_at, mail_id",
            invoice_id
        ))
    }

    /// Mails that wait although their documents are there, for the sweep that repairs lost jobs.
    ///
    /// # Errors
    /// `Database`.
    pub async fn waiting_mails(&mut self, limit: i64) -> Result<Vec<InvoiceMailRow>> {
        Ok(rows!(
            self,
            "select m.mail_id, m.invoice_id, m.address, m.state, m.asked_at, m.sent_at, m.failure from invoice_mail m \
             join invoice i on i.invoice_id = m.invoice_id where m.state = 'waiting' and i.documents_at is not null \
             order by m.asked_at limit $1",
            limit
        ))
    }

    /// A waiting mail ends; false if it had ended.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_invoice_mail(
        &mut self,
        mail_id: Uuid,
        (state, failure): (&str, Option<&str>),
        at: i64,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update invoice_mail set state = $2, failure = $3, sent_at = $4 where mail_id = $1 and state = 'waiting'",
            mail_id,
            state,
            failure,
            at
        ) == 1)
    }

    /// Deletes addresses of mails that ended before `before`; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_mail_addresses(&mut self, before: i64, limit: i64) -> Result<u64> {
        Ok(run!(
            self,
            "delete from invoice_mail where mail_id in (select mail_id from invoice_mail \
             where state <> 'waiting' and sent_at < $1 order by sent_at limit $2)",
            before,
            limit
        ))
    }
}
