//! Seller and buyer of an invoice. `check` says what their texts may hold.

use serde::{Deserialize, Serialize};

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
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Person or company.
    pub kind: TitleKind,
    /// Name as registered.
    pub name: String,
    /// Unified social credit code (18) or older taxpayer number (15, 18 or 20 capitals and digits);
    /// abroad, the VAT number with the prefix of its country.
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
    /// Two letters of ISO 3166-1; without it, China.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
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
            country: None,
        }
    }
}
