//! Bills of the non-tax regime: 财政电子票据 in the manner of a non-tax income bill.
//!
//! A bill has a code of 8 digits and a number of 10, a payer, items and an issuer, and no tax. Its
//! reversal is a red bill of its own over all of it. No sample of the drawn form was verified, and
//! no public source says how a treasury's own data file looks: there is none here.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Timestamp};

use super::draft::check_count;
use super::lease::Lease;
use super::red::RedReason;
use super::{Charge, DocumentKind, InvoiceReject, Party, check, remark};

/// A line of a document that bears no tax: a non-tax bill or a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidLine {
    /// The order it is for.
    pub order: String,
    /// The item's code in the treasury's catalogue; a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_code: Option<String>,
    /// What was paid for.
    pub item: String,
    /// How much; below 0 on a red bill.
    #[serde(rename = "amount_fen")]
    pub amount: Fen,
    /// Place, period and plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
}

/// What a charge is called in the treasury's catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonTaxItem {
    /// The code, if the treasury gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name.
    pub name: String,
}

/// What is to be billed, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonTaxRequest<'a> {
    /// The authority that charges.
    pub issuer: &'a Party,
    /// Who draws it up.
    pub drawer: &'a str,
    /// Who paid.
    pub payer: &'a Party,
    /// What it is for.
    pub item: &'a NonTaxItem,
    /// One line each.
    pub charges: &'a [Charge],
}

/// A bill ready to be sent to the treasury's platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonTaxDraft {
    /// The authority that charges.
    pub issuer: Party,
    /// Who drew it up.
    pub drawer: String,
    /// Who paid.
    pub payer: Party,
    /// One for each charge.
    pub lines: Vec<PaidLine>,
    /// Sum of the lines.
    #[serde(rename = "total_fen")]
    pub total: Fen,
    /// Stays and the sample mark.
    pub remark: String,
    /// What it takes back; a blue one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red: Option<RedBillReference>,
}

/// The bill that a red one takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedBillReference {
    /// 8 digits.
    pub bill_code: String,
    /// 10 digits.
    pub bill_number: String,
    /// Why.
    pub reason: RedReason,
}

/// A bill with its numbers; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct NonTaxBill {
    draft: NonTaxDraft,
    bill_code: String,
    bill_number: String,
    requested_at: Timestamp,
    issued_at: Timestamp,
}

#[derive(Deserialize)]
struct Stored {
    draft: NonTaxDraft,
    bill_code: String,
    bill_number: String,
    requested_at: Timestamp,
    issued_at: Timestamp,
}

/// Draws a non-tax bill up.
///
/// # Errors
/// An `InvoiceReject`; then nothing is to be sent.
pub fn draft_non_tax(request: &NonTaxRequest<'_>) -> Result<NonTaxDraft, InvoiceReject> {
    check_count(request.charges.len())?;
    let mut lines: Vec<PaidLine> = Vec::with_capacity(request.charges.len());
    for charge in request.charges {
        let order = charge.order.clone();
        if lines.iter().any(|line| line.order == order) {
            return Err(InvoiceReject::RepeatedOrder { order });
        }
        let amount = charge.remaining()?;
        if amount == Fen::ZERO {
            return Err(InvoiceReject::NothingToInvoice { order });
        }
        let (item_code, item) = (request.item.code.clone(), request.item.name.clone());
        lines.push(PaidLine { order, item_code, item, amount, lease: Some(charge.lease()) });
    }
    let draft = NonTaxDraft {
        issuer: request.issuer.clone(),
        drawer: request.drawer.to_owned(),
        payer: request.payer.clone(),
        total: Fen::sum(lines.iter().map(|line| line.amount))?,
        remark: remark::blue(lines.iter().map(|l| (l.order.as_str(), l.lease.as_ref())), false),
        lines,
        red: None,
    };
    check::first(check::non_tax_draft(&draft))?;
    Ok(draft)
}

/// The red bill that takes a bill back, all of it: a part is a reversal and a new bill.
///
/// # Errors
/// `NothingToReverse` for a bill that is red itself; `Overflow`.
pub fn red_non_tax(bill: &NonTaxBill, reason: RedReason) -> Result<NonTaxDraft, InvoiceReject> {
    let whole = &bill.draft;
    if whole.red.is_some() {
        return Err(InvoiceReject::NothingToReverse);
    }
    let negative =
        |line: &PaidLine| Ok(PaidLine { amount: Fen::ZERO.minus(line.amount)?, ..line.clone() });
    let lines = whole.lines.iter().map(negative).collect::<Result<Vec<_>, InvoiceReject>>()?;
    let (code, number) = (bill.bill_code.clone(), bill.bill_number.clone());
    Ok(NonTaxDraft {
        total: Fen::ZERO.minus(whole.total)?,
        lines,
        remark: remark::red_bill(&code, &number),
        red: Some(RedBillReference { bill_code: code, bill_number: number, reason }),
        ..whole.clone()
    })
}

/// The bill that the platform made of a draft.
///
/// # Errors
/// `BadBillNumber`, or what is wrong with the draft.
pub fn issued_non_tax(
    draft: NonTaxDraft,
    (bill_code, bill_number): (&str, &str),
    requested_at: Timestamp,
    issued_at: Timestamp,
) -> Result<NonTaxBill, InvoiceReject> {
    let (bill_code, bill_number) = (bill_code.to_owned(), bill_number.to_owned());
    let bill = NonTaxBill { draft, bill_code, bill_number, requested_at, issued_at };
    check::first(check::non_tax_bill(&bill))?;
    Ok(bill)
}

impl NonTaxDraft {
    /// Which document it becomes.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        if self.red.is_some() { DocumentKind::RedNonTaxBill } else { DocumentKind::NonTaxBill }
    }
}

impl NonTaxBill {
    /// Without a check; for `file`, which reports every problem of a file.
    #[cfg(feature = "json")]
    pub(super) fn unchecked(
        draft: NonTaxDraft,
        (bill_code, bill_number): (String, String),
        requested_at: Timestamp,
        issued_at: Timestamp,
    ) -> Self {
        NonTaxBill { draft, bill_code, bill_number, requested_at, issued_at }
    }

    /// What was sent.
    #[must_use]
    pub fn draft(&self) -> &NonTaxDraft {
        &self.draft
    }

    /// 8 digits (票据代码).
    #[must_use]
    pub fn code(&self) -> &str {
        &self.bill_code
    }

    /// 10 digits (票据号码).
    #[must_use]
    pub fn number(&self) -> &str {
        &self.bill_number
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

impl TryFrom<Stored> for NonTaxBill {
    type Error = InvoiceReject;
    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let numbers = (stored.bill_code.as_str(), stored.bill_number.as_str());
        issued_non_tax(stored.draft, numbers, stored.requested_at, stored.issued_at)
    }
}
