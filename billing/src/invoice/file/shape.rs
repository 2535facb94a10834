//! The keys of `invoice.json`, flat where the model is nested.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Timestamp};

use super::Problem;
use crate::invoice::abroad::Abroad;
use crate::invoice::non_tax::RedBillReference;
use crate::invoice::receipt::ReceiptContent;
use crate::invoice::red::RedReference;
use crate::invoice::{
    Document, DocumentKind, Draft, InvoiceLine, InvoiceReject, Issued, NonTaxBill, NonTaxDraft,
    PaidLine, Party, Receipt, Totals, remark,
};

/// A fapiao, blue or red; an invoice or credit note abroad.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InvoiceFile {
    kind: DocumentKind,
    number: String,
    issued_at: Timestamp,
    /// Without it, `issued_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_at: Option<Timestamp>,
    /// CNY for a fapiao, where it may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// Abroad only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    seller: Party,
    buyer: Party,
    drawer: String,
    lines: Vec<InvoiceLine>,
    totals: Totals,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    red: Option<RedReference>,
    /// Without it, what `draft` would write. What each remark must say is put in front of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

/// A bill of the non-tax regime, blue or red.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BillFile {
    kind: DocumentKind,
    bill_code: String,
    number: String,
    issued_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_at: Option<Timestamp>,
    issuer: Party,
    payer: Party,
    drawer: String,
    lines: Vec<PaidLine>,
    total_fen: Fen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    red: Option<RedBillReference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

/// A receipt.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptFile {
    kind: DocumentKind,
    number: String,
    issuer: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer: Option<Party>,
    method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    paid_at: Timestamp,
    lines: Vec<PaidLine>,
    total_fen: Fen,
    #[serde(default)]
    remark: String,
}

/// A kind that says red has `red`, one that says blue has none.
fn agrees(kind: DocumentKind, has_red: bool) -> Result<(), Vec<Problem>> {
    let reject = match (kind.is_red(), has_red) {
        (true, false) => InvoiceReject::NoRedReference,
        (false, true) => InvoiceReject::RedReferenceOnBlue,
        _ => return Ok(()),
    };
    let (code, message) = (reject.code(), reject.to_string());
    Err(vec![Problem { path: "red".to_owned(), code, message }])
}

impl InvoiceFile {
    pub(super) fn document(self) -> Result<Document, Vec<Problem>> {
        agrees(self.kind, self.red.is_some())?;
        let abroad = self.abroad()?;
        let orders = self.lines.iter().map(|l| (l.order.as_str(), l.lease.as_ref()));
        let remark = match (&self.remark, &self.red) {
            (Some(own), red) => remark::own(own, red.as_ref(), abroad.is_some()),
            (None, Some(red)) => remark::red(red, abroad.is_some()),
            (None, None) => remark::blue(orders, abroad.is_some()),
        };
        let draft = Draft {
            abroad,
            seller: self.seller,
            drawer: self.drawer,
            buyer: self.buyer,
            lines: self.lines,
            totals: self.totals,
            remark,
            red: self.red,
        };
        let requested_at = self.requested_at.unwrap_or(self.issued_at);
        Ok(Document::Invoice(Issued::unchecked(draft, self.number, requested_at, self.issued_at)))
    }

    fn abroad(&self) -> Result<Option<Abroad>, Vec<Problem>> {
        let (currency, time_zone) = (self.currency.clone(), self.time_zone.clone());
        if matches!(self.kind, DocumentKind::InvoiceAbroad | DocumentKind::CreditNoteAbroad) {
            // What is missing is refused by `check`: the empty text is neither currency nor zone.
            let (currency, time_zone) =
                (currency.unwrap_or_default(), time_zone.unwrap_or_default());
            return Ok(Some(Abroad { currency, time_zone }));
        }
        let mut problems = Vec::new();
        let mut refuse = |path: &str, reject: InvoiceReject| {
            let (code, message) = (reject.code(), reject.to_string());
            problems.push(Problem { path: path.to_owned(), code, message });
        };
        if let Some(currency) = currency.filter(|currency| currency != "CNY") {
            refuse("currency", InvoiceReject::BadCurrency { currency });
        }
        if let Some(name) = time_zone.filter(|zone| zone != "Asia/Shanghai") {
            refuse("time_zone", InvoiceReject::BadTimeZone { name });
        }
        if problems.is_empty() { Ok(None) } else { Err(problems) }
    }

    pub(super) fn of(issued: &Issued) -> Self {
        let draft = issued.draft().clone();
        InvoiceFile {
            kind: draft.kind(),
            number: issued.number().to_owned(),
            issued_at: issued.issued_at(),
            requested_at: Some(issued.requested_at()),
            currency: Some(draft.currency().to_owned()),
            time_zone: draft.abroad.map(|abroad| abroad.time_zone),
            seller: draft.seller,
            buyer: draft.buyer,
            drawer: draft.drawer,
            lines: draft.lines,
            totals: draft.totals,
            red: draft.red,
            remark: Some(draft.remark),
        }
    }
}

impl BillFile {
    pub(super) fn document(self) -> Result<Document, Vec<Problem>> {
        agrees(self.kind, self.red.is_some())?;
        let orders = self.lines.iter().map(|l| (l.order.as_str(), l.lease.as_ref()));
        let red = self.red.as_ref().map(|red| (red.bill_code.as_str(), red.bill_number.as_str()));
        let remark = match (&self.remark, red) {
            (Some(own), red) => remark::own_of_bill(own, red),
            (None, Some((code, number))) => remark::red_bill(code, number),
            (None, None) => remark::blue(orders, false),
        };
        let draft = NonTaxDraft {
            issuer: self.issuer,
            drawer: self.drawer,
            payer: self.payer,
            lines: self.lines,
            total: self.total_fen,
            remark,
            red: self.red,
        };
        let requested_at = self.requested_at.unwrap_or(self.issued_at);
        let numbers = (self.bill_code, self.number);
        let bill = NonTaxBill::unchecked(draft, numbers, requested_at, self.issued_at);
        Ok(Document::NonTaxBill(bill))
    }

    pub(super) fn of(bill: &NonTaxBill) -> Self {
        let draft = bill.draft().clone();
        BillFile {
            kind: draft.kind(),
            bill_code: bill.code().to_owned(),
            number: bill.number().to_owned(),
            issued_at: bill.issued_at(),
            requested_at: Some(bill.requested_at()),
            issuer: draft.issuer,
            payer: draft.payer,
            drawer: draft.drawer,
            lines: draft.lines,
            total_fen: draft.total,
            red: draft.red,
            remark: Some(draft.remark),
        }
    }
}

impl ReceiptFile {
    pub(super) fn document(self) -> Document {
        Document::Receipt(Receipt::unchecked(ReceiptContent {
            number: self.number,
            issuer: self.issuer,
            payer: self.payer,
            method: self.method,
            transaction: self.transaction,
            currency: self.currency.unwrap_or_else(|| "CNY".to_owned()),
            paid_at: self.paid_at,
            lines: self.lines,
            total: self.total_fen,
            remark: self.remark,
        }))
    }

    pub(super) fn of(receipt: &Receipt) -> Self {
        let content = receipt.content().clone();
        ReceiptFile {
            kind: DocumentKind::Receipt,
            number: content.number,
            issuer: content.issuer,
            payer: content.payer,
            method: content.method,
            transaction: content.transaction,
            currency: Some(content.currency),
            paid_at: content.paid_at,
            lines: content.lines,
            total_fen: content.total,
            remark: content.remark,
        }
    }
}
