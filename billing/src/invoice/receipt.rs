//! A receipt of a payment: says that money came, and is no tax document.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Timestamp};

use super::{InvoiceReject, PaidLine, Party, check};

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptContent {
    /// The receipt's own number.
    pub number: String,
    /// Who took the money.
    pub issuer: Party,
    /// Who paid, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Party>,
    /// How it was paid, in words: 微信支付, 现金.
    pub method: String,
    /// The channel's number of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// ISO 4217.
    #[serde(default = "yuan")]
    pub currency: String,
    /// When.
    pub paid_at: Timestamp,
    /// What was paid.
    pub lines: Vec<PaidLine>,
    /// Sum of the lines.
    #[serde(rename = "total_fen")]
    pub total: Fen,
    /// Free text.
    #[serde(default)]
    pub remark: String,
}

/// A receipt that was checked; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ReceiptContent", into = "ReceiptContent")]
pub struct Receipt {
    content: ReceiptContent,
}

fn yuan() -> String {
    "CNY".to_owned()
}

/// The receipt of a payment.
///
/// # Errors
/// What is wrong with its texts or sums.
pub fn receipt(content: ReceiptContent) -> Result<Receipt, InvoiceReject> {
    let receipt = Receipt { content };
    check::first(check::receipt(&receipt))?;
    Ok(receipt)
}

impl Receipt {
    /// Without a check; for `file`, which reports every problem of a file.
    #[cfg(feature = "json")]
    pub(super) fn unchecked(content: ReceiptContent) -> Self {
        Receipt { content }
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &ReceiptContent {
        &self.content
    }
}

impl TryFrom<ReceiptContent> for Receipt {
    type Error = InvoiceReject;
    fn try_from(content: ReceiptContent) -> Result<Self, Self::Error> {
        receipt(content)
    }
}

impl From<Receipt> for ReceiptContent {
    fn from(receipt: Receipt) -> Self {
        receipt.content
    }
}
