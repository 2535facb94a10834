//! The fully digitalised e-invoice (数电票) of paid parking fees: draft, totals, words, XML.
//!
//! It does not issue: the number and the time come from the tax platform. What only the tax
//! bureau knows (its code, its signature) is left out of the document, never made up. An issued
//! invoice is never edited; its correction is a red invoice. The non-tax regime (财政电子票据) is
//! refused here. Invariants: net + tax = gross on every line and in the head, head = sum of the
//! lines, and never more is invoiced than was paid and not refunded or invoiced before.

mod party;
mod remark;
mod tax_id;
mod tax_item;
mod totals;
mod words;
mod xml;

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject, Interval, Timestamp};

pub use party::{Party, TitleKind};
pub use tax_id::{TaxIdFault, check_tax_id};
pub use tax_item::{TaxItem, demo_tax_items, tax_item_on};
pub use totals::{Totals, split_gross};
pub use words::amount_in_words;
pub use xml::xml;

/// Most lines of one invoice. Our own limit: what the tax platform takes is not known.
pub const LINES_LIMIT: usize = 100;

/// Most characters of a name, an address or another text of an invoice. Our own limit.
pub const TEXT_LIMIT: usize = 200;

/// Printed in every remark: this software is not connected to any tax bureau.
pub const SAMPLE_MARK: &str = "样张,非税务凭证";

/// Whom the money belongs to, and hence which document is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Company income with VAT: fapiao.
    Vat,
    /// A charge that belongs to the treasury: 财政电子票据, no VAT.
    NonTax,
}

/// A paid order to be invoiced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The order's number, as its driver knows it.
    pub order: String,
    /// The plate, if the driver wants it on the invoice.
    pub plate: Option<String>,
    /// Street or zone.
    pub place: String,
    /// When the vehicle stood there.
    pub stay: Interval,
    /// What was paid.
    pub paid: Fen,
    /// What of it went back.
    pub refunded: Fen,
    /// What of it other invoices carry.
    pub invoiced: Fen,
}

/// What is to be invoiced, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRequest<'a> {
    /// The payee's regime, frozen by the orders.
    pub regime: Regime,
    /// Who issues.
    pub seller: &'a Party,
    /// Who drew it up, as the seller's office names him.
    pub drawer: &'a str,
    /// Whose title it bears.
    pub buyer: &'a Party,
    /// The tax item of the day (`tax_item_on`).
    pub tax_item: &'a TaxItem,
    /// One line each.
    pub charges: &'a [Charge],
}

/// An invoice ready to be sent to the tax platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Who issues.
    pub seller: Party,
    /// Who drew it up.
    pub drawer: String,
    /// Whose title it bears.
    pub buyer: Party,
    /// One for each charge.
    pub lines: Vec<InvoiceLine>,
    /// The head: sums of the lines.
    pub totals: Totals,
    /// Plate, place, stay, order and the sample mark.
    pub remark: String,
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The order it invoices.
    pub order: String,
    /// Item and rate.
    pub tax_item: TaxItem,
    /// `net + tax = gross`.
    pub totals: Totals,
}

/// An invoice as the tax platform issued it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// What was sent.
    pub draft: Draft,
    /// 20 digits from the platform; an opaque text, never a number.
    pub invoice_number: String,
    /// When we asked.
    pub requested_at: Timestamp,
    /// When the platform issued it.
    pub issued_at: Timestamp,
}

/// Why there is no invoice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceReject {
    /// Documents of the non-tax regime are not issued yet.
    #[error("documents of the non-tax regime are not issued")]
    RegimeNotIssued,
    /// Nothing was asked for.
    #[error("an invoice has at least one line")]
    NoLines,
    /// More than `LINES_LIMIT` lines.
    #[error("an invoice has at most {LINES_LIMIT} lines")]
    TooManyLines,
    /// Nothing of this order is left to be invoiced.
    #[error("nothing of order {order} is left to be invoiced")]
    NothingToInvoice {
        /// Which order.
        order: String,
    },
    /// The same order twice.
    #[error("order {order} is named twice")]
    RepeatedOrder {
        /// Which order.
        order: String,
    },
    /// A text that must be there is empty.
    #[error("{field} is missing")]
    Missing {
        /// Which text.
        field: &'static str,
    },
    /// A text is longer than `TEXT_LIMIT`.
    #[error("{field} is too long")]
    TooLong {
        /// Which text.
        field: &'static str,
    },
    /// A text holds a control character, which XML and the tax platform refuse.
    #[error("{field} holds a character that no invoice may hold")]
    IllegalCharacter {
        /// Which text.
        field: &'static str,
    },
    /// A taxpayer number that cannot be one.
    #[error("{field} is no taxpayer number")]
    BadTaxId {
        /// Seller's or buyer's.
        field: &'static str,
    },
    /// A tax item's code that does not have 19 digits.
    #[error("a tax code has 19 digits")]
    BadTaxCode,
    /// The platform's number does not have 20 digits.
    #[error("an invoice number has 20 digits")]
    BadInvoiceNumber,
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

/// Draws an invoice up.
///
/// # Errors
/// An `InvoiceReject`; then nothing is to be sent.
pub fn draft(request: &InvoiceRequest<'_>) -> Result<Draft, InvoiceReject> {
    if request.regime == Regime::NonTax {
        return Err(InvoiceReject::RegimeNotIssued);
    }
    if request.charges.is_empty() {
        return Err(InvoiceReject::NoLines);
    }
    if request.charges.len() > LINES_LIMIT {
        return Err(InvoiceReject::TooManyLines);
    }
    party::check_seller(request.seller)?;
    party::check_buyer(request.buyer)?;
    party::check_text("drawer", request.drawer)?;
    tax_item::check(request.tax_item)?;
    let mut lines: Vec<InvoiceLine> = Vec::with_capacity(request.charges.len());
    for charge in request.charges {
        if lines.iter().any(|line| line.order == charge.order) {
            return Err(InvoiceReject::RepeatedOrder { order: charge.order.clone() });
        }
        lines.push(line(charge, request.tax_item)?);
    }
    Ok(Draft {
        seller: request.seller.clone(),
        drawer: request.drawer.to_owned(),
        buyer: request.buyer.clone(),
        totals: Totals::sum(lines.iter().map(|line| line.totals))?,
        lines,
        remark: remark::remark(request.charges),
    })
}

fn line(charge: &Charge, tax_item: &TaxItem) -> Result<InvoiceLine, InvoiceReject> {
    party::check_text("order", &charge.order)?;
    party::check_text("place", &charge.place)?;
    if let Some(plate) = &charge.plate {
        party::check_text("plate", plate)?;
    }
    let gross = charge.paid.minus(charge.refunded)?.minus(charge.invoiced)?;
    if gross <= Fen::ZERO {
        return Err(InvoiceReject::NothingToInvoice { order: charge.order.clone() });
    }
    Ok(InvoiceLine {
        order: charge.order.clone(),
        tax_item: tax_item.clone(),
        totals: split_gross(gross, tax_item.rate_bp)?,
    })
}

/// The invoice that the platform made of a draft.
///
/// # Errors
/// `BadInvoiceNumber` unless the number has 20 digits.
pub fn issued(
    draft: Draft,
    invoice_number: &str,
    requested_at: Timestamp,
    issued_at: Timestamp,
) -> Result<Issued, InvoiceReject> {
    if invoice_number.len() != 20 || !invoice_number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvoiceReject::BadInvoiceNumber);
    }
    Ok(Issued { draft, invoice_number: invoice_number.to_owned(), requested_at, issued_at })
}

impl Regime {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Regime::Vat => "vat",
            Regime::NonTax => "non_tax",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Regime::Vat, Regime::NonTax].into_iter().find(|r| r.name() == name)
    }
}

impl InvoiceReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            InvoiceReject::RegimeNotIssued => "regime_not_issued",
            InvoiceReject::NoLines => "no_lines",
            InvoiceReject::TooManyLines => "too_many_lines",
            InvoiceReject::NothingToInvoice { .. } => "nothing_to_invoice",
            InvoiceReject::RepeatedOrder { .. } => "repeated_order",
            InvoiceReject::Missing { .. } => "missing_text",
            InvoiceReject::TooLong { .. } => "text_too_long",
            InvoiceReject::IllegalCharacter { .. } => "illegal_character",
            InvoiceReject::BadTaxId { .. } => "bad_tax_id",
            InvoiceReject::BadTaxCode => "bad_tax_code",
            InvoiceReject::BadInvoiceNumber => "bad_invoice_number",
            InvoiceReject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for InvoiceReject {
    fn from(_: FenReject) -> Self {
        InvoiceReject::Overflow
    }
}
