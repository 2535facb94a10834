//! `invoice.json`: a document as a file, for `billing invoice render` and for archives.
//!
//! Strict: an unknown key, a missing one, a float or a text where a number belongs is refused with
//! the path where it stands; then everything that `check` knows, all problems at once. Amounts are
//! whole fen. Times are RFC 3339 with any offset.

mod shape;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Document, DocumentKind, check};
use shape::{BillFile, InvoiceFile, ReceiptFile};

/// What is wrong with a file, where, and under which stable name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: `lines[3].totals.net_fen`; empty for the whole.
    pub path: String,
    /// Stable: `malformed`, `unknown_kind`, or the code of an `InvoiceReject`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the file" } else { &self.path };
        write!(f, "{path}: {} [{}]", self.message, self.code)
    }
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// Reads a document; a byte order mark in front is allowed.
///
/// # Errors
/// Every problem; there is at least one.
pub fn read_document(json: &str) -> Result<Document, Vec<Problem>> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let Kind { kind } = shaped(json)?;
    let Some(kind) = DocumentKind::from_name(&kind) else {
        let known = DocumentKind::ALL.map(DocumentKind::name).join(", ");
        let message = format!("{kind:?} is no kind of document; there are {known}");
        return Err(vec![Problem { path: "kind".to_owned(), code: "unknown_kind", message }]);
    };
    let document = match kind {
        DocumentKind::BlueFapiao
        | DocumentKind::RedFapiao
        | DocumentKind::InvoiceAbroad
        | DocumentKind::CreditNoteAbroad => shaped::<InvoiceFile>(json)?.document()?,
        DocumentKind::NonTaxBill | DocumentKind::RedNonTaxBill => {
            shaped::<BillFile>(json)?.document()?
        }
        DocumentKind::Receipt => shaped::<ReceiptFile>(json)?.document(),
    };
    let mut found = match &document {
        Document::Invoice(issued) => check::issued(issued),
        Document::NonTaxBill(bill) => check::non_tax_bill(bill),
        Document::Receipt(receipt) => check::receipt(receipt),
    };
    found.extend(check::days(&document));
    if found.is_empty() {
        return Ok(document);
    }
    let problem = |(path, reject): (String, super::InvoiceReject)| Problem {
        path,
        code: reject.code(),
        message: reject.to_string(),
    };
    Err(found.into_iter().map(problem).collect())
}

/// The document as such a file, indented.
#[must_use]
pub fn document_json(document: &Document) -> String {
    let json = match document {
        Document::Invoice(issued) => serde_json::to_string_pretty(&InvoiceFile::of(issued)),
        Document::NonTaxBill(bill) => serde_json::to_string_pretty(&BillFile::of(bill)),
        Document::Receipt(receipt) => serde_json::to_string_pretty(&ReceiptFile::of(receipt)),
    };
    json.expect("plain data is JSON") + "\n"
}

fn shaped<T: DeserializeOwned>(json: &str) -> Result<T, Vec<Problem>> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        malformed(path, error.inner())
    })?;
    reader.end().map_err(|error| malformed(String::new(), &error))?;
    Ok(value)
}

fn malformed(path: String, error: &serde_json::Error) -> Vec<Problem> {
    vec![Problem { path, code: "malformed", message: error.to_string() }]
}
