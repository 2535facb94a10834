//! What is wrong with a document: every problem, with the place where it stands.
//!
//! The same checks hold for what is drawn up here and for a file from outside. A path is written as
//! in the JSON of the document: `lines[3].totals.net_fen`.

mod amounts;
mod bill;
#[cfg(feature = "json")]
mod days;
mod parties;
mod text;

use super::abroad::{Abroad, is_currency};
use super::draft::check_count;
use super::{Draft, InvoiceReject, Issued, Party, Regime, TaxCategory, TaxItem};
pub(super) use bill::{non_tax_bill, non_tax_draft, receipt};
#[cfg(feature = "json")]
pub(super) use days::days;
pub(super) use text::is_number;

/// What is wrong, and where.
pub(super) type Found = Vec<(String, InvoiceReject)>;

/// The first of them as the reason of a refusal.
pub(super) fn first(found: Found) -> Result<(), InvoiceReject> {
    match found.into_iter().next() {
        Some((_, reject)) => Err(reject),
        None => Ok(()),
    }
}

pub(super) fn note(found: &mut Found, path: impl Into<String>, result: Result<(), InvoiceReject>) {
    if let Err(reject) = result {
        found.push((path.into(), reject));
    }
}

/// Whose title a document in China bears.
pub(super) fn title(regime: Regime, title: &Party) -> Found {
    let mut found = Found::new();
    match regime {
        Regime::Vat => parties::buyer_of_fapiao(&mut found, title),
        Regime::NonTax => parties::in_china(&mut found, title, &parties::PAYER),
    }
    found
}

/// An invoice with its number.
pub(super) fn issued(issued: &Issued) -> Found {
    let mut found = Found::new();
    let abroad = issued.draft().abroad.is_some();
    note(
        &mut found,
        "number",
        match abroad {
            true if text::is_document_number(issued.number()) => Ok(()),
            true => Err(InvoiceReject::BadDocumentNumber),
            false if is_number(issued.number(), 20) => Ok(()),
            false => Err(InvoiceReject::BadInvoiceNumber),
        },
    );
    found.extend(draft(issued.draft()));
    if issued.draft().red.as_ref().is_some_and(|red| red.blue_number == issued.number()) {
        found.push(("red.blue_number".to_owned(), InvoiceReject::BadReference));
    }
    let confirmed = issued.draft().red.as_ref().map(|red| red.confirmation_number.is_some());
    if confirmed == Some(false) && !abroad {
        found.push(("red.confirmation_number".to_owned(), InvoiceReject::NotConfirmed));
    }
    found
}

/// An invoice that has no number yet; a red fapiao may still wait for its confirmation.
pub(super) fn draft(draft: &Draft) -> Found {
    let mut found = Found::new();
    note(&mut found, "lines", check_count(draft.lines.len()));
    match &draft.abroad {
        None => parties::of_fapiao(&mut found, draft),
        Some(abroad) => {
            parties::abroad(&mut found, draft);
            currency_and_zone(&mut found, abroad);
        }
    }
    note(&mut found, "drawer", text::required("drawer", &draft.drawer));
    for (index, line) in draft.lines.iter().enumerate() {
        let path = format!("lines[{index}]");
        text::order(
            &mut found,
            &path,
            &line.order,
            draft.lines.iter().take(index).map(|l| &l.order),
        );
        tax_item(&mut found, &path, &line.tax_item, draft.abroad.is_some());
        text::lease(&mut found, &path, line.lease.as_ref());
        amounts::line(&mut found, &path, line, draft);
    }
    amounts::groups(&mut found, draft);
    amounts::scope(&mut found, draft);
    amounts::head(&mut found, draft);
    note(&mut found, "remark", text::optional("remark", &draft.remark));
    reference(&mut found, draft);
    found
}

fn currency_and_zone(found: &mut Found, abroad: &Abroad) {
    if !is_currency(&abroad.currency) {
        let currency = abroad.currency.clone();
        found.push(("currency".to_owned(), InvoiceReject::BadCurrency { currency }));
    }
    if abroad.zone().is_none() {
        let name = abroad.time_zone.clone();
        found.push(("time_zone".to_owned(), InvoiceReject::BadTimeZone { name }));
    }
}

fn tax_item(found: &mut Found, line: &str, item: &TaxItem, abroad: bool) {
    let path = |key: &str| format!("{line}.tax_item.{key}");
    note(found, path("name"), text::required("tax_item.name", &item.name));
    if abroad {
        note(found, path("short_name"), text::optional("tax_item.short_name", &item.short_name));
        note(found, path("code"), text::optional("tax_item.code", &item.code));
    } else {
        note(found, path("short_name"), text::required("tax_item.short_name", &item.short_name));
        if !is_number(&item.code, 19) {
            found.push((path("code"), InvoiceReject::BadTaxCode));
        }
    }
    let taxed = item.tax_category() == TaxCategory::Standard;
    if taxed != (item.rate_bp > 0) || item.rate_bp > 10_000 {
        found.push((path("rate_bp"), InvoiceReject::BadTaxRate));
    }
    if matches!(item.tax_category(), TaxCategory::Exempt | TaxCategory::OutOfScope) {
        if !abroad {
            found.push((path("category"), InvoiceReject::TaxCategoryAbroad));
        } else if item.exemption_reason.is_none() {
            found.push((path("exemption_reason"), InvoiceReject::NoExemptionReason));
        }
    }
    if let Some(reason) = &item.exemption_reason {
        let said = text::required("tax_item.exemption_reason", reason);
        note(found, path("exemption_reason"), said);
    }
}

fn reference(found: &mut Found, draft: &Draft) {
    let Some(red) = &draft.red else { return };
    let abroad = draft.abroad.is_some();
    let known = match abroad {
        true => text::is_document_number(&red.blue_number),
        false => is_number(&red.blue_number, 20),
    };
    if !known {
        found.push(("red.blue_number".to_owned(), InvoiceReject::BadReference));
    }
    if red.confirmation_number.as_ref().is_some_and(|number| abroad || !is_number(number, 20)) {
        let path = "red.confirmation_number".to_owned();
        found.push((path, InvoiceReject::BadConfirmationNumber));
    }
}
