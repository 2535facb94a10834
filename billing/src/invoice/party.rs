//! Seller and buyer of an invoice. `check` says what their texts may hold.

use serde::{Deserialize, Serialize};

use super::{InvoiceReject, Regime, check};

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

    /// Whether a document of a regime may bear this title, asked before there is one.
    ///
    /// # Errors
    /// What `draft` or `draft_non_tax` would find wrong with it.
    pub fn check_title(&self, regime: Regime) -> Result<(), InvoiceReject> {
        check::first(check::title(regime, self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_that_a_document_may_bear() {
        let (person, company) = (TitleKind::Person, TitleKind::Company);
        let long = "长".repeat(201);
        for (regime, kind, name, tax_id, code) in [
            (Regime::Vat, person, "张三", None, None),
            (Regime::Vat, company, "某某公司", Some("91350100M000100Y43"), None),
            (Regime::Vat, company, "某某公司", None, Some("missing_text")),
            (Regime::NonTax, company, "某某公司", None, None),
            (Regime::NonTax, company, "某某公司", Some("1"), Some("bad_tax_id")),
            (Regime::Vat, person, "张三", Some("1"), Some("bad_tax_id")),
            (Regime::Vat, person, " ", None, Some("missing_text")),
            (Regime::NonTax, person, "", None, Some("missing_text")),
            (Regime::Vat, person, long.as_str(), None, Some("text_too_long")),
            (Regime::Vat, person, "张\u{7}三", None, Some("illegal_character")),
            (Regime::Vat, person, "张\u{202e}三", None, Some("illegal_character")),
        ] {
            let said = Party::named(kind, name, tax_id).check_title(regime);
            assert_eq!(said.err().map(|reject| reject.code()), code, "{regime:?} {name}");
        }
    }
}
