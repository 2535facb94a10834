//! Documents over paid parking fees: digital fapiao (数电票), bills of the non-tax regime, receipts,
//! and invoices for use outside China; drawn up, checked, taken back, written as XML and UBL.
//!
//! It does not issue: number and time come from a platform. What only the tax bureau knows (its
//! code, its signature) is left out of the document, never made up. An issued document is never
//! edited; its correction is a red one. Invariants: net + tax = gross on every line and in the
//! head, head = sum of the lines, never more is invoiced than was paid and not refunded or
//! invoiced before, and never more is taken back of a line than it carries.

mod abroad;
mod charge;
mod check;
mod document;
mod draft;
mod element;
#[cfg(feature = "json")]
mod file;
mod issued;
mod kind;
mod lease;
mod non_tax;
mod party;
mod receipt;
mod red;
mod reject;
mod remark;
mod tax_item;
mod tax_number;
mod totals;
mod ubl;
mod words;
mod xml;

pub use abroad::Abroad;
pub use charge::{Charge, InvoiceRequest};
pub use document::Document;
pub use draft::{Draft, InvoiceLine, draft, draft_abroad};
#[cfg(feature = "json")]
pub use file::{Problem, document_json, read_document};
pub use issued::{Issued, issued};
pub use kind::{DocumentKind, Regime};
pub use lease::{Lease, Site};
pub use non_tax::{
    NonTaxBill, NonTaxDraft, NonTaxItem, NonTaxRequest, PaidLine, RedBillReference, draft_non_tax,
    issued_non_tax, red_non_tax,
};
pub use party::{Party, TitleKind};
pub use receipt::{Receipt, ReceiptContent, receipt};
pub use red::{RedPart, RedReason, RedReference, confirm, left_of, red_in_full, red_in_part};
pub use reject::InvoiceReject;
pub use tax_item::{TaxCategory, TaxItem, demo_tax_items, tax_item_on};
pub use tax_number::{TaxNumberDoubt, doubt_tax_number};
use totals::split_in_units;
pub use totals::{Totals, split_gross};
pub use ubl::ubl;
pub use words::amount_in_words;
pub use xml::xml;

/// Most lines of one document. Our own limit: what the tax platform takes is not known.
pub const LINES_LIMIT: usize = 100;

/// Most characters of a name, an address or another text of a document. Our own limit.
pub const TEXT_LIMIT: usize = 200;

/// Most characters of a remark, as tax platforms take them.
pub const REMARK_LIMIT: usize = 230;

/// Printed in every remark: this software is not connected to any tax bureau.
pub const SAMPLE_MARK: &str = "样张,非税务凭证";

/// The same on documents for use outside China.
pub const SAMPLE_MARK_ABROAD: &str = "sample, not a tax document";
