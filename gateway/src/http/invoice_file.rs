//! The bytes of a document on their way out: always a file to be saved, never a page to be run.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use store::{InvoiceRow, Tx};

use crate::flow::render_document::media_type;
use crate::flow::{Outcome, Refusal};

/// A document of an invoice in a format.
///
/// # Errors
/// `format_unknown`, `invoice_not_issued`, `document_not_ready`.
pub(super) async fn file(tx: &mut Tx, row: &InvoiceRow, format: &str) -> Outcome<Response> {
    let unknown = || Refusal::missing("format_unknown", "this document has no such form");
    let media_type = media_type(format).ok_or_else(unknown)?;
    if row.state != "issued" {
        let detail = "the office has not issued this document (yet)";
        return Err(Refusal::conflict("invoice_not_issued", detail));
    }
    if row.documents_at.is_none() {
        let detail = "the document is issued, and its files are not there yet";
        return Err(Refusal::conflict("document_not_ready", detail));
    }
    let content = tx.document(row.invoice_id, format).await?.ok_or_else(unknown)?;
    let number = row.invoice_number.as_deref().unwrap_or("invoice");
    // The number comes from outside: only digits and letters go into a header.
    let name: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{format}\"")),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CONTENT_SECURITY_POLICY, "default-src 'none'".to_owned()),
        (CACHE_CONTROL, "private, no-store".to_owned()),
        (REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    Ok((headers, content).into_response())
}
