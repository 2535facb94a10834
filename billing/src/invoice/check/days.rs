//! Do the days of a document from outside go together?
//!
//! Not asked of what a platform issued: its clock is not ours, and may be behind by a little.

use chrono_tz::Tz;

use super::Found;
use crate::invoice::abroad::Abroad;
use crate::invoice::lease::BEIJING;
use crate::invoice::{Document, InvoiceReject, Issued};
use crate::text::local;

/// What was asked for after it was issued, or bears a tax item of a later day.
pub(in crate::invoice) fn days(document: &Document) -> Found {
    let (requested_at, issued_at) = match document {
        Document::Invoice(issued) => (issued.requested_at(), issued.issued_at()),
        Document::NonTaxBill(bill) => (bill.requested_at(), bill.issued_at()),
        Document::Receipt(_) => return Found::new(),
    };
    let mut found = Found::new();
    if requested_at > issued_at {
        found.push(("requested_at".to_owned(), InvoiceReject::RequestedAfterIssued));
    }
    if let Document::Invoice(issued) = document {
        tax_items(&mut found, issued);
    }
    found
}

fn tax_items(found: &mut Found, issued: &Issued) {
    let draft = issued.draft();
    let zone: Tz = draft.abroad.as_ref().and_then(Abroad::zone).unwrap_or(BEIJING);
    let day = local(issued.issued_at(), zone).date_naive();
    for (index, line) in draft.lines.iter().enumerate() {
        if line.tax_item.valid_from > day {
            let path = format!("lines[{index}].tax_item.valid_from");
            found.push((path, InvoiceReject::TaxItemNotValidYet));
        }
    }
}
