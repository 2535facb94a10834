//! What documents there are, and whom the money of each belongs to.

use serde::{Deserialize, Serialize};

/// Whom the money belongs to, and hence which document is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Company income with VAT: fapiao.
    Vat,
    /// A charge that belongs to the treasury: 财政电子票据, no VAT.
    NonTax,
}

/// A kind of document. The name is `kind` in `invoice.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 数电票, the digital fapiao.
    BlueFapiao,
    /// 红字发票: takes a blue one back, in whole or in part; its amounts are below 0.
    RedFapiao,
    /// 财政电子票据 in the manner of a non-tax income bill.
    NonTaxBill,
    /// Takes a non-tax bill back; its amounts are below 0.
    RedNonTaxBill,
    /// A receipt of a payment; no tax document.
    Receipt,
    /// An invoice outside China, by EN 16931.
    InvoiceAbroad,
    /// Takes an invoice outside China back; its amounts are below 0 here, above 0 in UBL.
    CreditNoteAbroad,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [DocumentKind; 7] = [
        DocumentKind::BlueFapiao,
        DocumentKind::RedFapiao,
        DocumentKind::NonTaxBill,
        DocumentKind::RedNonTaxBill,
        DocumentKind::Receipt,
        DocumentKind::InvoiceAbroad,
        DocumentKind::CreditNoteAbroad,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DocumentKind::BlueFapiao => "blue_fapiao",
            DocumentKind::RedFapiao => "red_fapiao",
            DocumentKind::NonTaxBill => "non_tax_bill",
            DocumentKind::RedNonTaxBill => "red_non_tax_bill",
            DocumentKind::Receipt => "receipt",
            DocumentKind::InvoiceAbroad => "invoice_abroad",
            DocumentKind::CreditNoteAbroad => "credit_note_abroad",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        DocumentKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What stands at the head of the drawn document. That of the non-tax bill is unverified.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            DocumentKind::BlueFapiao | DocumentKind::RedFapiao => "电子发票（普通发票）",
            DocumentKind::NonTaxBill | DocumentKind::RedNonTaxBill => "非税收入票据（电子）",
            DocumentKind::Receipt => "收款收据",
            DocumentKind::InvoiceAbroad => "Invoice",
            DocumentKind::CreditNoteAbroad => "Credit note",
        }
    }

    /// Whether it takes another document back.
    #[must_use]
    pub fn is_red(self) -> bool {
        matches!(
            self,
            DocumentKind::RedFapiao | DocumentKind::RedNonTaxBill | DocumentKind::CreditNoteAbroad
        )
    }
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
