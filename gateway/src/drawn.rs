//! A document as it is stored: drawn up for its regime, and what it is once it is issued.

use anyhow::{Context, Result};
use billing::invoice::{
    self, Document, Draft, Issued, NonTaxDraft, Party, RedPart, RedReason, Regime, Totals,
};
use sha2::{Digest, Sha256};
use store::InvoiceRow;
use vocabulary::{Fen, Timestamp};

/// Characters of a bill's code, which stand before its number.
const BILL_CODE: usize = 8;

/// What is sent to an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// For the tax platform.
    Fapiao(Draft),
    /// For the treasury's.
    Bill(NonTaxDraft),
}

impl Drawn {
    /// Reads what is stored; none for a red one that is not drawn up yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(row: &InvoiceRow) -> Result<Option<Drawn>> {
        if row.draft_json.is_empty() {
            return Ok(None);
        }
        let regime = Regime::from_name(&row.regime).context("unknown regime")?;
        Ok(Some(match regime {
            Regime::Vat => Drawn::Fapiao(serde_json::from_str(&row.draft_json)?),
            Regime::NonTax => Drawn::Bill(serde_json::from_str(&row.draft_json)?),
        }))
    }

    /// As it is stored.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn json(&self) -> Result<String> {
        Ok(match self {
            Drawn::Fapiao(draft) => serde_json::to_string(draft)?,
            Drawn::Bill(draft) => serde_json::to_string(draft)?,
        })
    }

    /// Whose title it bears.
    #[must_use]
    pub fn buyer(&self) -> &Party {
        match self {
            Drawn::Fapiao(draft) => &draft.buyer,
            Drawn::Bill(draft) => &draft.payer,
        }
    }

    /// Its head; a bill has no tax.
    #[must_use]
    pub fn totals(&self) -> Totals {
        match self {
            Drawn::Fapiao(draft) => draft.totals,
            Drawn::Bill(draft) => Totals { net: draft.total, tax: Fen::ZERO, gross: draft.total },
        }
    }

    /// What each line is of, and its gross amount.
    #[must_use]
    pub fn lines(&self) -> Vec<(&str, Fen)> {
        match self {
            Drawn::Fapiao(draft) => {
                draft.lines.iter().map(|l| (l.order.as_str(), l.totals.gross)).collect()
            }
            Drawn::Bill(draft) => {
                draft.lines.iter().map(|l| (l.order.as_str(), l.amount)).collect()
            }
        }
    }

    /// The red document that takes parts of an issued one back, after the red ones that went before. Of a bill all is
    /// taken back.
    ///
    /// # Errors
    /// The reject of the model.
    pub fn red(
        blue: &Document,
        before: &[Drawn],
        parts: &[RedPart],
        reason: RedReason,
    ) -> Result<Drawn> {
        match blue {
            Document::Invoice(issued) => {
                let fapiao = before.iter().filter_map(|drawn| match drawn {
                    Drawn::Fapiao(draft) => Some(draft.clone()),
                    Drawn::Bill(_) => None,
                });
                let before: Vec<Draft> = fapiao.collect();
                Ok(Drawn::Fapiao(invoice::red_in_part(issued, &before, parts, reason)?))
            }
            Document::NonTaxBill(bill) => Ok(Drawn::Bill(invoice::red_non_tax(bill, reason)?)),
            Document::Receipt(_) => anyhow::bail!("a receipt is not taken back"),
        }
    }

    /// The same under its confirmation form.
    ///
    /// # Errors
    /// The reject of the model.
    pub fn confirmed(self, confirmation_no: &str) -> Result<Drawn> {
        Ok(match self {
            Drawn::Fapiao(draft) => Drawn::Fapiao(invoice::confirm(draft, confirmation_no)?),
            bill @ Drawn::Bill(_) => bill,
        })
    }

    /// What the office made of it. Refuses a number that is none.
    ///
    /// # Errors
    /// The reject of the model.
    pub fn issued(
        self,
        number: &str,
        (requested_at, issued_at): (Timestamp, Timestamp),
    ) -> Result<Document> {
        Ok(match self {
            Drawn::Fapiao(draft) => {
                Document::Invoice(invoice::issued(draft, number, requested_at, issued_at)?)
            }
            Drawn::Bill(draft) => {
                let numbers = split_bill_number(number).context("a bill's number has 18 digits")?;
                let bill = invoice::issued_non_tax(draft, numbers, requested_at, issued_at)?;
                Document::NonTaxBill(bill)
            }
        })
    }
}

/// The document that an issued row is.
///
/// # Errors
/// When it is not issued, or cannot be read.
pub(crate) fn document_of(row: &InvoiceRow) -> Result<Document> {
    let drawn = Drawn::read(row)?.context("a document that was never drawn up")?;
    let number = row.invoice_number.as_deref().context("a document without number")?;
    let issued_at = row.issued_at.context("a document that is not issued")?;
    let times = (Timestamp::from_ms(row.requested_at), Timestamp::from_ms(issued_at));
    drawn.issued(number, times)
}

/// Code and number of a bill.
#[must_use]
pub(crate) fn split_bill_number(number: &str) -> Option<(&str, &str)> {
    number.split_at_checked(BILL_CODE).filter(|(_, number)| !number.is_empty())
}

/// What is issued, in one hash: it is stored once and proved for ever.
#[must_use]
pub(crate) fn content_hash(row: &InvoiceRow) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [
        row.request_no.as_str(),
        &row.colour,
        &row.draft_json,
        row.invoice_number.as_deref().unwrap_or_default(),
        row.confirmation_no.as_deref().unwrap_or_default(),
        row.check_code.as_deref().unwrap_or_default(),
    ] {
        // Lengths first, so that no two contents are one text.
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    for number in [row.gross_fen, row.requested_at, row.issued_at.unwrap_or_default()] {
        hash.update(number.to_be_bytes());
    }
    hash.update(row.original_id.unwrap_or_default().as_bytes());
    hash.finalize().to_vec()
}

/// An invoice, if it is one.
pub(crate) fn issued_invoice(document: &Document) -> Option<&Issued> {
    match document {
        Document::Invoice(issued) => Some(issued),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_changes_with_everything_that_is_issued() {
        let row = InvoiceRow {
            request_no: "r".into(),
            colour: "blue".into(),
            draft_json: "{}".into(),
            gross_fen: 300,
            invoice_number: Some("1".into()),
            issued_at: Some(2),
            requested_at: 1,
            ..InvoiceRow::default()
        };
        let hash = content_hash(&row);
        assert_eq!(content_hash(&row.clone()), hash);
        let others = [
            InvoiceRow { draft_json: "{ }".into(), ..row.clone() },
            InvoiceRow { invoice_number: Some("2".into()), ..row.clone() },
            InvoiceRow { gross_fen: 301, ..row.clone() },
            InvoiceRow { issued_at: Some(3), ..row.clone() },
            InvoiceRow { colour: "red".into(), ..row.clone() },
            InvoiceRow { confirmation_no: Some("1".into()), ..row.clone() },
            InvoiceRow { original_id: Some(uuid::Uuid::max()), ..row.clone() },
        ];
        for other in others {
            assert_ne!(content_hash(&other), hash, "{other:?}");
        }
        // Who it belongs to and how it is handed out are not part of it.
        let moved = InvoiceRow { account_id: uuid::Uuid::max(), held: Some("x".into()), ..row };
        assert_eq!(content_hash(&moved), hash);
    }

    #[test]
    fn a_bill_number_is_a_code_of_8_and_a_number() {
        assert_eq!(split_bill_number("990101260000000001"), Some(("99010126", "0000000001")));
        assert_eq!(split_bill_number("99010126"), None);
        assert_eq!(split_bill_number("9901"), None);
    }
}
