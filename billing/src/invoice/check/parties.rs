//! What seller and buyer must tell.

use super::text::{optional, required};
use super::{Found, note};
use crate::invoice::abroad::{is_country, vat_prefix};
use crate::invoice::{Draft, InvoiceReject, Party, TaxCategory, TitleKind};

/// The names under which the texts of a party are reported.
pub(super) struct Names {
    /// `seller`.
    pub(super) party: &'static str,
    name: &'static str,
    tax_id: &'static str,
    details: &'static str,
    country: &'static str,
}

pub(super) const SELLER: Names = Names {
    party: "seller",
    name: "seller.name",
    tax_id: "seller.tax_id",
    details: "seller.details",
    country: "seller.country",
};
pub(super) const BUYER: Names = Names {
    party: "buyer",
    name: "buyer.name",
    tax_id: "buyer.tax_id",
    details: "buyer.details",
    country: "buyer.country",
};
pub(super) const ISSUER: Names = Names {
    party: "issuer",
    name: "issuer.name",
    tax_id: "issuer.tax_id",
    details: "issuer.details",
    country: "issuer.country",
};
pub(super) const PAYER: Names = Names {
    party: "payer",
    name: "payer.name",
    tax_id: "payer.tax_id",
    details: "payer.details",
    country: "payer.country",
};

/// Seller and buyer of a fapiao: the seller is a taxpayer, and so is a buyer that is a company.
pub(super) fn of_fapiao(found: &mut Found, draft: &Draft) {
    in_china(found, &draft.seller, &SELLER);
    tax_id_is_there(found, &draft.seller, &SELLER);
    buyer_of_fapiao(found, &draft.buyer);
}

pub(super) fn buyer_of_fapiao(found: &mut Found, buyer: &Party) {
    in_china(found, buyer, &BUYER);
    if buyer.kind == TitleKind::Company {
        tax_id_is_there(found, buyer, &BUYER);
    }
}

fn tax_id_is_there(found: &mut Found, party: &Party, names: &Names) {
    if party.tax_id.is_none() {
        found.push((names.tax_id.to_owned(), InvoiceReject::Missing { field: names.tax_id }));
    }
}

/// A party in China; a taxpayer number may be missing.
pub(super) fn in_china(found: &mut Found, party: &Party, names: &Names) {
    texts(found, party, names);
    if party.tax_id.as_ref().is_some_and(|id| !is_tax_id(id)) {
        found.push((names.tax_id.to_owned(), InvoiceReject::BadTaxId { field: names.tax_id }));
    }
    if party.country.as_ref().is_some_and(|country| country != "CN") {
        found.push((names.country.to_owned(), InvoiceReject::BadCountry { field: names.country }));
    }
}

/// A party of a receipt, in China or not.
pub(super) fn anywhere(found: &mut Found, party: &Party, names: &Names) {
    match party.country.as_deref() {
        None | Some("CN") => in_china(found, party, names),
        Some(_) => outside_china(found, party, names, false),
    }
}

/// Seller and buyer abroad: each has a country, and the seller a tax number.
pub(super) fn abroad(found: &mut Found, draft: &Draft) {
    let taxed = draft.lines.iter().any(|l| l.tax_item.tax_category() != TaxCategory::OutOfScope);
    outside_china(found, &draft.seller, &SELLER, taxed);
    outside_china(found, &draft.buyer, &BUYER, taxed);
    tax_id_is_there(found, &draft.seller, &SELLER);
}

fn outside_china(found: &mut Found, party: &Party, names: &Names, taxed: bool) {
    texts(found, party, names);
    let country = party.country.as_deref().unwrap_or_default();
    if !is_country(country) {
        found.push((names.country.to_owned(), InvoiceReject::BadCountry { field: names.country }));
    }
    let Some(id) = &party.tax_id else { return };
    let field = names.tax_id;
    if !is_tax_id_abroad(id) {
        found.push((field.to_owned(), InvoiceReject::BadTaxIdAbroad { field }));
    } else if taxed && vat_prefix(country).is_some_and(|prefix| !id.starts_with(prefix)) {
        found.push((field.to_owned(), InvoiceReject::NoVatPrefix { field }));
    }
}

fn texts(found: &mut Found, party: &Party, names: &Names) {
    note(found, names.name, required(names.name, &party.name));
    for (key, detail) in [
        ("address", &party.address),
        ("phone", &party.phone),
        ("bank", &party.bank),
        ("bank_account", &party.bank_account),
    ] {
        if let Some(detail) = detail {
            note(found, format!("{}.{key}", names.party), optional(names.details, detail));
        }
    }
}

/// 15 (before 2015), 18 (unified social credit code, identity card) or 20 (identity card and two
/// more, of a sole trader).
fn is_tax_id(id: &str) -> bool {
    let allowed = id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    matches!(id.len(), 15 | 18 | 20) && allowed
}

fn is_tax_id_abroad(id: &str) -> bool {
    let allowed = id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    (2..=20).contains(&id.len()) && allowed
}
