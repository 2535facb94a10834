//! Any document, as it is drawn and written.

use vocabulary::{Fen, Timestamp};

use super::{DocumentKind, Issued, NonTaxBill, Receipt};

/// A document as it was issued. Whatever exists is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// A fapiao, blue or red, or an invoice or credit note outside China.
    Invoice(Issued),
    /// A bill of the non-tax regime, blue or red.
    NonTaxBill(NonTaxBill),
    /// A receipt of a payment.
    Receipt(Receipt),
}

impl Document {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self {
            Document::Invoice(issued) => issued.draft().kind(),
            Document::NonTaxBill(bill) => bill.draft().kind(),
            Document::Receipt(_) => DocumentKind::Receipt,
        }
    }

    /// Its number; of a non-tax bill without the code.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Document::Invoice(issued) => issued.number(),
            Document::NonTaxBill(bill) => bill.number(),
            Document::Receipt(receipt) => &receipt.content().number,
        }
    }

    /// What it is over, tax included; below 0 on a red one.
    #[must_use]
    pub fn gross(&self) -> Fen {
        match self {
            Document::Invoice(issued) => issued.draft().totals.gross,
            Document::NonTaxBill(bill) => bill.draft().total,
            Document::Receipt(receipt) => receipt.content().total,
        }
    }

    /// When it was issued; of a receipt, when the money came.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        match self {
            Document::Invoice(issued) => issued.issued_at(),
            Document::NonTaxBill(bill) => bill.issued_at(),
            Document::Receipt(receipt) => receipt.content().paid_at,
        }
    }
}
