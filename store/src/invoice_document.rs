//! Documents of invoices: what the office delivered or was drawn, each format once. They never change.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// A document to be stored.
#[derive(Clone, Debug)]
pub struct NewDocument<'a> {
    pub format: &'a str,
    /// `platform` or `rendered`.
    pub source: &'a str,
    pub content: &'a [u8],
}

/// A stored document, without its content.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DocumentRow {
    pub format: String,
    pub source: String,
    pub bytes: i64,
}

impl Tx {
    /// Stores the documents of an issued invoice, each format once, and says that they are there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn put_documents(
        &mut self,
        invoice_id: Uuid,
        documents: &[NewDocument<'_>],
        made_at: i64,
    ) -> Result<()> {
        for document in documents {
            run!(
                self,
                "insert into invoice_document (invoice_id, format, content, made_at, source) \
                 values ($1, $2, $3, $4, $5) on conflict (invoice_id, format) do nothing",
                invoice_id,
                document.format,
                document.content,
                made_at,
                document.source
            );
        }
        run!(
            self,
            "update invoice set documents_at = coalesce(documents_at, $2) where invoice_id = $1",
            invoice_id,
            made_at
        );
        Ok(())
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

    /// The formats in which an invoice can be had, in order of their names.
    ///
    /// # Errors
    /// `Database`.
    pub async fn documents(&mut self, invoice_id: Uuid) -> Result<Vec<DocumentRow>> {
        Ok(rows!(
            self,
            "select format, source, cast(length(content) as bigint) as bytes from invoice_document \
             where invoice_id = $1 order by format",
            invoice_id
        ))
    }
}
