//! Tax code, short name and rate: configuration with dates, because all three have changed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What kind of tax lies on an item, by EN 16931 (UNTDID 5305).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxCategory {
    /// S: at the item's rate, above 0.
    Standard,
    /// Z: taxed at 0 %.
    Zero,
    /// E: exempt, for a reason.
    Exempt,
    /// O: out of the tax's scope, for a reason; such as a charge of a public authority.
    OutOfScope,
}

/// What parking is in the tax bureau's catalogue, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxItem {
    /// First day (Beijing) on which it holds.
    pub valid_from: NaiveDate,
    /// 19 digits. Left out abroad.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Short name of the code's group, without the asterisks. Left out abroad.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub short_name: String,
    /// Name of the item.
    pub name: String,
    /// Rate in hundredths of a percent: 900 = 9 %.
    pub rate_bp: u32,
    /// Without it, standard at a rate above 0 and zero at 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<TaxCategory>,
    /// Why no tax is due, where it is exempt or out of scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption_reason: Option<String>,
}

impl TaxCategory {
    /// The letter of UNTDID 5305.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            TaxCategory::Standard => "S",
            TaxCategory::Zero => "Z",
            TaxCategory::Exempt => "E",
            TaxCategory::OutOfScope => "O",
        }
    }
}

impl TaxItem {
    /// `*生产生活服务*车辆停放服务`; the bare name where there is no short name.
    #[must_use]
    pub fn item_name(&self) -> String {
        if self.short_name.is_empty() {
            return self.name.clone();
        }
        format!("*{}*{}", self.short_name, self.name)
    }

    /// The category, said or by the rate.
    #[must_use]
    pub fn tax_category(&self) -> TaxCategory {
        let by_rate = if self.rate_bp > 0 { TaxCategory::Standard } else { TaxCategory::Zero };
        self.category.unwrap_or(by_rate)
    }

    /// The rate in percent, two decimals: `9.00`.
    #[must_use]
    pub fn percent_text(&self) -> String {
        let (whole, part) = (self.rate_bp.div_euclid(100), self.rate_bp.rem_euclid(100));
        format!("{whole}.{part:02}")
    }

    /// The rate as a decimal: `0.09`, `0.015`.
    #[must_use]
    pub fn rate_text(&self) -> String {
        let (whole, part) = (self.rate_bp.div_euclid(10_000), self.rate_bp.rem_euclid(10_000));
        let decimals = format!("{part:04}");
        let short = decimals.trim_end_matches('0');
        format!("{whole}.{short:0<2}")
    }
}

/// The item that holds on a day; `None` before the first.
#[must_use]
pub fn tax_item_on(items: &[TaxItem], day: NaiveDate) -> Option<&TaxItem> {
    items.iter().filter(|item| item.valid_from <= day).max_by_key(|item| item.valid_from)
}

/// The demo's item: code 3040502020200000000 and 9 %, short name as on invoices of September 2026
/// (before, it was 经营租赁). Seen in public code, not confirmed by a tax bureau: an operator
/// configures its own.
#[must_use]
pub fn demo_tax_items() -> Vec<TaxItem> {
    vec![TaxItem {
        valid_from: NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day of the calendar"),
        code: "3040502020200000000".to_owned(),
        short_name: "生产生活服务".to_owned(),
        name: "车辆停放服务".to_owned(),
        rate_bp: 900,
        category: None,
        exemption_reason: None,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_item_of_the_day_is_the_latest_that_has_begun() {
        let [first] = demo_tax_items().try_into().unwrap();
        let later = TaxItem { valid_from: day("2027-01-01"), rate_bp: 600, ..first.clone() };
        let items = [later, first];
        for (on, rate_bp) in [
            ("2025-12-31", None),
            ("2026-01-01", Some(900)),
            ("2026-12-31", Some(900)),
            ("2027-01-01", Some(600)),
        ] {
            assert_eq!(tax_item_on(&items, day(on)).map(|i| i.rate_bp), rate_bp, "{on}");
        }
    }

    #[test]
    fn rates_are_written_as_decimals() {
        let [item] = demo_tax_items().try_into().unwrap();
        for (rate_bp, text) in [
            (900, "0.09"),
            (1300, "0.13"),
            (600, "0.06"),
            (150, "0.015"),
            (1000, "0.10"),
            (0, "0.00"),
            (10_000, "1.00"),
        ] {
            assert_eq!(TaxItem { rate_bp, ..item.clone() }.rate_text(), text);
        }
        assert_eq!(TaxItem { rate_bp: 1905, ..item.clone() }.percent_text(), "19.05");
        assert_eq!(item.percent_text(), "9.00");
        assert_eq!(item.item_name(), "*生产生活服务*车辆停放服务");
    }
}
