//! An invoice as UBL 2.1 by the rules of EN 16931; a red one as a credit note, type 381.
//!
//! Amounts of a credit note are above 0: the document says what it is. What is invoiced was paid, so
//! the whole amount stands as prepaid and nothing is due. A seller's number with the prefix of its
//! country is its VAT number (BT-31); another, as China's, its tax registration (BT-32). A fapiao
//! in UBL is for use outside China and no tax document there or here.

mod party;
mod tax;

use chrono_tz::Tz;
use vocabulary::{Fen, Timestamp};

use super::element::Markup;
use super::lease::BEIJING;
use super::{Abroad, InvoiceLine, InvoiceReject, Issued, Totals};
use crate::tariff::currency::{amount_text, decimals};
use crate::text::local;

const CUSTOMIZATION: &str = "urn:cen.eu:en16931:2017";
const OASIS: &str = "urn:oasis:names:specification:ubl:schema:xsd:";
/// UNECE recommendation 20: one, without a unit.
const ONE: &str = "C62";

/// What differs between the two documents of UBL.
struct Form {
    root: &'static str,
    type_code: (&'static str, &'static str),
    line: &'static str,
    quantity: &'static str,
    /// Invoices and credit notes have amounts above 0.
    sign: i64,
}

const INVOICE: Form = Form {
    root: "Invoice",
    type_code: ("cbc:InvoiceTypeCode", "380"),
    line: "cac:InvoiceLine",
    quantity: "cbc:InvoicedQuantity",
    sign: 1,
};
const CREDIT_NOTE: Form = Form {
    root: "CreditNote",
    type_code: ("cbc:CreditNoteTypeCode", "381"),
    line: "cac:CreditNoteLine",
    quantity: "cbc:CreditedQuantity",
    sign: -1,
};

/// How amounts and times are written.
struct Writing<'a> {
    form: &'static Form,
    currency: &'a str,
    zone: Tz,
}

/// The document, UTF-8.
///
/// # Errors
/// `Overflow` when an amount without its sign does not fit.
pub fn ubl(issued: &Issued) -> Result<String, InvoiceReject> {
    let draft = issued.draft();
    let form = if draft.red.is_some() { &CREDIT_NOTE } else { &INVOICE };
    let zone = draft.abroad.as_ref().and_then(Abroad::zone).unwrap_or(BEIJING);
    let writing = Writing { form, currency: draft.currency(), zone };
    let totals = writing.signed(draft.totals)?;
    let lines = draft.lines.iter().map(|line| Ok((line, writing.signed(line.totals)?)));
    let lines = lines.collect::<Result<Vec<_>, InvoiceReject>>()?;
    let groups = tax::groups(&lines)?;
    let mut markup = Markup::new();
    let namespaces = [
        ("xmlns", format!("{OASIS}{}-2", form.root)),
        ("xmlns:cac", format!("{OASIS}CommonAggregateComponents-2")),
        ("xmlns:cbc", format!("{OASIS}CommonBasicComponents-2")),
    ];
    let namespaces = namespaces.each_ref().map(|(name, value)| (*name, value.as_str()));
    markup.element_with(form.root, &namespaces, |m| {
        head(m, &writing, issued);
        m.element("cac:AccountingSupplierParty", |m| party::seller(m, draft));
        m.element("cac:AccountingCustomerParty", |m| party::buyer(m, draft));
        tax::totals(m, &writing, totals, &groups);
        m.element("cac:LegalMonetaryTotal", |m| {
            writing.amount(m, "cbc:LineExtensionAmount", totals.net);
            writing.amount(m, "cbc:TaxExclusiveAmount", totals.net);
            writing.amount(m, "cbc:TaxInclusiveAmount", totals.gross);
            writing.amount(m, "cbc:PrepaidAmount", totals.gross);
            writing.amount(m, "cbc:PayableAmount", Fen::ZERO);
        });
        for (number, (of, totals)) in (1_usize..).zip(&lines) {
            m.element(form.line, |m| line(m, &writing, number, of, *totals));
        }
    });
    Ok(markup.finish())
}

fn head(m: &mut Markup, writing: &Writing<'_>, issued: &Issued) {
    let draft = issued.draft();
    m.leaf("cbc:CustomizationID", CUSTOMIZATION);
    m.leaf("cbc:ID", issued.number());
    m.leaf("cbc:IssueDate", &writing.day(issued.issued_at()));
    let (name, code) = writing.form.type_code;
    m.leaf(name, code);
    if let Some(red) = &draft.red {
        note(m, &format!("{} ({})", red.reason.text(), red.reason.name()));
    }
    if !draft.remark.trim().is_empty() {
        note(m, &draft.remark);
    }
    m.leaf("cbc:DocumentCurrencyCode", writing.currency);
    if let Some(red) = &draft.red {
        m.element("cac:BillingReference", |m| {
            m.element("cac:InvoiceDocumentReference", |m| m.leaf("cbc:ID", &red.blue_number));
        });
    }
}

/// `#ABC#` in front of a note is a code of its subject (BR-CL-08); ours have none.
fn note(m: &mut Markup, text: &str) {
    m.leaf("cbc:Note", &text.replace('#', "＃"));
}

fn line(m: &mut Markup, writing: &Writing<'_>, number: usize, of: &InvoiceLine, totals: Totals) {
    m.leaf("cbc:ID", &number.to_string());
    m.leaf("cbc:Note", &of.order);
    m.leaf_with(writing.form.quantity, &[("unitCode", ONE)], "1");
    writing.amount(m, "cbc:LineExtensionAmount", totals.net);
    if let Some(lease) = &of.lease {
        m.element("cac:InvoicePeriod", |m| {
            m.leaf("cbc:StartDate", &writing.day(lease.period.start_at()));
            m.leaf("cbc:EndDate", &writing.day(lease.period.end_at()));
        });
    }
    m.element("cac:Item", |m| item(m, writing, of));
    m.element("cac:Price", |m| writing.amount(m, "cbc:PriceAmount", totals.net));
}

fn item(m: &mut Markup, writing: &Writing<'_>, line: &InvoiceLine) {
    if let Some(lease) = &line.lease {
        let plate = lease.plate.as_deref().map_or(String::new(), |plate| format!("{plate} "));
        let (from, to) = (lease.period.start_at(), lease.period.end_at());
        let period = format!("{} – {}", writing.minute(from), writing.minute(to));
        m.leaf("cbc:Description", &format!("{plate}{} {period}", lease.place));
    }
    m.leaf("cbc:Name", &line.tax_item.item_name());
    m.element("cac:ClassifiedTaxCategory", |m| tax::category(m, &line.tax_item));
    if !line.tax_item.code.is_empty() {
        m.element("cac:AdditionalItemProperty", |m| {
            m.leaf("cbc:Name", "税收分类编码");
            m.leaf("cbc:Value", &line.tax_item.code);
        });
    }
}

impl Writing<'_> {
    fn signed(&self, totals: Totals) -> Result<Totals, InvoiceReject> {
        let sign = self.form.sign;
        Ok(Totals {
            net: totals.net.times(sign)?,
            tax: totals.tax.times(sign)?,
            gross: totals.gross.times(sign)?,
        })
    }

    fn amount(&self, m: &mut Markup, name: &str, amount: Fen) {
        // EN 16931 takes no third decimal (BR-DEC-01 to -28).
        let text = amount_text(amount, decimals(self.currency).min(2));
        m.leaf_with(name, &[("currencyID", self.currency)], &text);
    }

    fn day(&self, at: Timestamp) -> String {
        local(at, self.zone).format("%Y-%m-%d").to_string()
    }

    fn minute(&self, at: Timestamp) -> String {
        local(at, self.zone).format("%Y-%m-%d %H:%M").to_string()
    }
}
