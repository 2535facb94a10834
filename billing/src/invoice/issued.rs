//! An invoice with its number. It never changes: there is no way to edit one, only to take it back.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::{Draft, InvoiceReject, check};

/// An invoice as the tax platform issued it. Whatever exists is whole: sums, numbers and texts were
/// checked when it was made or read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Issued {
    draft: Draft,
    invoice_number: String,
    requested_at: Timestamp,
    issued_at: Timestamp,
}

#[derive(Deserialize)]
struct Stored {
    draft: Draft,
    invoice_number: String,
    requested_at: Timestamp,
    issued_at: Timestamp,
}

/// The invoice that the platform made of a draft.
///
/// # Errors
/// `BadInvoiceNumber` unless the number has 20 digits (`BadDocumentNumber` outside China),
/// `NotConfirmed` for a red fapiao without a confirmation, or what is wrong with the draft.
pub fn issued(
    draft: Draft,
    invoice_number: &str,
    requested_at: Timestamp,
    issued_at: Timestamp,
) -> Result<Issued, InvoiceReject> {
    let issued =
        Issued { draft, invoice_number: invoice_number.to_owned(), requested_at, issued_at };
    check::first(check::issued(&issued))?;
    Ok(issued)
}

impl Issued {
    /// Without a check; for `file`, which reports every problem of a file.
    #[cfg(feature = "json")]
    pub(super) fn unchecked(
        draft: Draft,
        invoice_number: String,
        requested_at: Timestamp,
        issued_at: Timestamp,
    ) -> Self {
        Issued { draft, invoice_number, requested_at, issued_at }
    }

    /// What was sent.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// 20 digits from the platform; an opaque text, never a number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.invoice_number
    }

    /// When we asked.
    #[must_use]
    pub fn requested_at(&self) -> Timestamp {
        self.requested_at
    }

    /// When the platform issued it.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }
}

impl TryFrom<Stored> for Issued {
    type Error = InvoiceReject;
    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        issued(stored.draft, &stored.invoice_number, stored.requested_at, stored.issued_at)
    }
}
