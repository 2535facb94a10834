//! Seller and buyer of an invoice, and what their texts may hold.

use serde::{Deserialize, Serialize};

use super::{InvoiceReject, TEXT_LIMIT};

/// Whose title an invoice bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleKind {
    /// A person: a name is enough.
    Person,
    /// A company: with its taxpayer number.
    Company,
}

/// Seller or buyer. What is not known is left out of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Person or company.
    pub kind: TitleKind,
    /// Name as registered.
    pub name: String,
    /// Unified social credit code (18) or older taxpayer number (15 to 20 capitals and digits).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// Registered address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// Account at that bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
}

impl Party {
    /// A party of which only name and taxpayer number are known.
    #[must_use]
    pub fn named(kind: TitleKind, name: &str, tax_id: Option<&str>) -> Self {
        Party {
            kind,
            name: name.to_owned(),
            tax_id: tax_id.map(str::to_owned),
            address: None,
            phone: None,
            bank: None,
            bank_account: None,
        }
    }

    fn details(&self) -> [&Option<String>; 4] {
        [&self.address, &self.phone, &self.bank, &self.bank_account]
    }
}

pub(super) fn check_seller(seller: &Party) -> Result<(), InvoiceReject> {
    if seller.tax_id.is_none() {
        return Err(InvoiceReject::Missing { field: "seller.tax_id" });
    }
    check_party(seller, "seller.name", "seller.tax_id", "seller.details")
}

pub(super) fn check_buyer(buyer: &Party) -> Result<(), InvoiceReject> {
    if buyer.kind == TitleKind::Company && buyer.tax_id.is_none() {
        return Err(InvoiceReject::Missing { field: "buyer.tax_id" });
    }
    check_party(buyer, "buyer.name", "buyer.tax_id", "buyer.details")
}

fn check_party(
    party: &Party,
    name: &'static str,
    tax_id: &'static str,
    details: &'static str,
) -> Result<(), InvoiceReject> {
    check_text(name, &party.name)?;
    for detail in party.details().into_iter().flatten() {
        check_text(details, detail)?;
    }
    match &party.tax_id {
        Some(id) if !is_tax_id(id) => Err(InvoiceReject::BadTaxId { field: tax_id }),
        _ => Ok(()),
    }
}

fn is_tax_id(id: &str) -> bool {
    (15..=20).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), InvoiceReject> {
    if text.trim().is_empty() {
        return Err(InvoiceReject::Missing { field });
    }
    if text.chars().count() > TEXT_LIMIT {
        return Err(InvoiceReject::TooLong { field });
    }
    if text.chars().any(|c| c.is_control() || is_noncharacter(c)) {
        return Err(InvoiceReject::IllegalCharacter { field });
    }
    Ok(())
}

/// XML 1.0 §2.2 leaves U+FFFE and U+FFFF out; the other noncharacters are only discouraged.
pub(super) fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{ffff}')
}
