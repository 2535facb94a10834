//! Titles that a driver keeps for invoices. Personal data: deleted with the account.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{Result, Tx};

/// A title. `kind` is `person` or `company`.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct InvoiceTitleRow {
    pub title_id: Uuid,
    pub account_id: Uuid,
    pub kind: String,
    pub name: String,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub is_default: bool,
    pub made_at: i64,
    pub changed_at: i64,
}

impl std::fmt::Debug for InvoiceTitleRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvoiceTitleRow({})", self.title_id)
    }
}

impl Tx {
    /// The titles of an account, the default one first, then oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_titles(&mut self, account_id: Uuid) -> Result<Vec<InvoiceTitleRow>> {
        Ok(rows!(
            self,
            "select title_id, account_id, kind, name, tax_id, email, is_default, made_at, changed_at \
             from invoice_title where account_id = $1 order by is_default desc, made_at, title_id",
            account_id
        ))
    }

    /// One title of an account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_title(
        &mut self,
        account_id: Uuid,
        title_id: Uuid,
    ) -> Result<Option<InvoiceTitleRow>> {
        Ok(row!(
            self,
            "select title_id, account_id, kind, name, tax_id, email, is_default, made_at, changed_at \
             from invoice_title where account_id = $1 and title_id = $2",
            account_id,
            title_id
        ))
    }

    /// Stores a title, new or changed. One that is the default takes that from the others.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_invoice_title(&mut self, t: &InvoiceTitleRow) -> Result<()> {
        if t.is_default {
            run!(
                self,
                "update invoice_title set is_default = $3 where account_id = $1 and title_id <> $2 and is_default",
                t.account_id,
                t.title_id,
                false
            );
        }
        run!(
            self,
            "insert into invoice_title (title_id, account_id, kind, name, tax_id, email, is_default, made_at, changed_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (title_id) do update set kind = $3, name = $4, \
             tax_id = $5, email = $6, is_default = $7, changed_at = $9",
            t.title_id,
            t.account_id,
            &t.kind,
            &t.name,
            &t.tax_id,
            &t.email,
            t.is_default,
            t.made_at,
            t.changed_at
        );
        Ok(())
    }

    /// Deletes a title; false if the account has none of that id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn delete_invoice_title(&mut self, account_id: Uuid, title_id: Uuid) -> Result<bool> {
        Ok(run!(
            self,
            "delete from invoice_title where account_id = $1 and title_id = $2",
            account_id,
            title_id
        ) == 1)
    }

    /// Records a driver's consent to a purpose, once for a version.
    ///
    /// # Errors
    /// `Database`.
    pub async fn give_consent(
        &mut self,
        account_id: Uuid,
        (purpose, version): (&str, &str),
        at: i64,
    ) -> Result<()> {
        run!(
            self,
            "insert into consent (account_id, purpose, version, given_at) values ($1, $2, $3, $4) \
             on conflict (account_id, purpose, version) do update set given_at = $4, withdrawn_at = null \
             where consent.withdrawn_at is not null",
            account_id,
            purpose,
            version,
            at
        );
        Ok(())
    }
}
