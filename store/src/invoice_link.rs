//! Links that hand the documents of an invoice out. Only the hash of a link's token is stored; machine time.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{Result, Tx};

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct InvoiceLinkRow {
    pub link_id: Uuid,
    pub invoice_id: Uuid,
    /// `driver`, or a member of staff.
    pub made_by: String,
    pub made_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
}

impl Tx {
    /// Stores a link.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_invoice_link(
        &mut self,
        link: &InvoiceLinkRow,
        token_hash: &[u8],
    ) -> Result<()> {
        run!(
            self,
            "insert into invoice_link (link_id, invoice_id, token_hash, made_by, made_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6)",
            link.link_id,
            link.invoice_id,
            token_hash,
            &link.made_by,
            link.made_at,
            link.expires_at
        );
        Ok(())
    }

    /// The link of a token, if it holds at `now`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_link(
        &mut self,
        token_hash: &[u8],
        now: i64,
    ) -> Result<Option<InvoiceLinkRow>> {
        Ok(row!(
            self,
            "select link_id, invoice_id, made_by, made_at, expires_at, revoked_at from invoice_link \
             where token_hash = $1 and revoked_at is null and expires_at > $2",
            token_hash,
            now
        ))
    }

    /// The links of an invoice that hold at `now`, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_links(
        &mut self,
        invoice_id: Uuid,
        now: i64,
    ) -> Result<Vec<InvoiceLinkRow>> {
        Ok(rows!(
            self,
            "select link_id, invoice_id, made_by, made_at, expires_at, revoked_at from invoice_link \
             where invoice_id = $1 and revoked_at is null and expires_at > $2 order by made_at, link_id",
            invoice_id,
            now
        ))
    }

    /// Takes a link back; false if the invoice has no such link that holds.
    ///
    /// # Errors
    /// `Database`.
    pub async fn revoke_invoice_link(
        &mut self,
        invoice_id: Uuid,
        link_id: Uuid,
        now: i64,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update invoice_link set revoked_at = $3 where invoice_id = $1 and link_id = $2 and revoked_at is null \
             and expires_at > $3",
            invoice_id,
            link_id,
            now
        ) == 1)
    }

    /// Deletes links that ended before `before`; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_invoice_links(&mut self, before: i64) -> Result<u64> {
        Ok(run!(self, "delete from invoice_link where expires_at < $1 or revoked_at < $1", before))
    }
}
