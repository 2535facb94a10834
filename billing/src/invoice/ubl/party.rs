//! Seller and buyer.

use crate::invoice::abroad::vat_prefix;
use crate::invoice::element::Markup;
use crate::invoice::{Draft, Party, TaxCategory};

const CHINA: &str = "CN";
/// A tax number that is no VAT number: any scheme but VAT is BT-32.
const OTHER_SCHEME: &str = "TAX";

pub(super) fn seller(m: &mut Markup, draft: &Draft) {
    // BR-O-02: no VAT number where nothing is within the tax's scope.
    let out = draft.lines.iter().any(|l| l.tax_item.tax_category() == TaxCategory::OutOfScope);
    let number = draft.seller.tax_id.as_deref().filter(|_| !out);
    party(m, &draft.seller, number.map(|id| (id, scheme(&draft.seller))));
}

/// A buyer has a VAT number or none: there is no BT-32 for buyers.
pub(super) fn buyer(m: &mut Markup, draft: &Draft) {
    let out = draft.lines.iter().any(|l| l.tax_item.tax_category() == TaxCategory::OutOfScope);
    let number = draft.buyer.tax_id.as_deref().filter(|_| !out);
    let vat = number.filter(|_| scheme(&draft.buyer) == "VAT");
    party(m, &draft.buyer, vat.map(|id| (id, "VAT")));
}

fn country(party: &Party) -> &str {
    party.country.as_deref().unwrap_or(CHINA)
}

fn scheme(party: &Party) -> &'static str {
    if vat_prefix(country(party)).is_some() { "VAT" } else { OTHER_SCHEME }
}

fn party(m: &mut Markup, party: &Party, tax: Option<(&str, &str)>) {
    m.element("cac:Party", |m| {
        m.element("cac:PostalAddress", |m| {
            if let Some(address) = party.address.as_deref().filter(|a| !a.trim().is_empty()) {
                m.leaf("cbc:StreetName", address);
            }
            m.element("cac:Country", |m| m.leaf("cbc:IdentificationCode", country(party)));
        });
        if let Some((number, scheme)) = tax {
            m.element("cac:PartyTaxScheme", |m| {
                m.leaf("cbc:CompanyID", number);
                m.element("cac:TaxScheme", |m| m.leaf("cbc:ID", scheme));
            });
        }
        m.element("cac:PartyLegalEntity", |m| {
            m.leaf("cbc:RegistrationName", &party.name);
            if let Some(number) = &party.tax_id {
                m.leaf("cbc:CompanyID", number);
            }
        });
        if let Some(phone) = party.phone.as_deref().filter(|p| !p.trim().is_empty()) {
            m.element("cac:Contact", |m| m.leaf("cbc:Telephone", phone));
        }
    });
}
