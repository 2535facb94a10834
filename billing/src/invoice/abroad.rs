//! Invoices outside China: currency, time zone, countries.
//!
//! Amounts are whole hundredths of the currency's unit, as everywhere here (`tariff::currency`).

mod codes;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Currency and time zone of the tariff that made the fees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abroad {
    /// ISO 4217.
    pub currency: String,
    /// IANA time zone database: `Europe/Berlin`.
    pub time_zone: String,
}

impl Abroad {
    /// The zone; `None` if there is no such.
    #[must_use]
    pub fn zone(&self) -> Option<Tz> {
        self.time_zone.parse().ok()
    }
}

pub(super) fn is_currency(code: &str) -> bool {
    contains(codes::CURRENCIES, code)
}

pub(super) fn is_country(code: &str) -> bool {
    contains(codes::COUNTRIES, code)
}

fn contains(codes: &str, code: &str) -> bool {
    codes.split_ascii_whitespace().any(|known| known == code)
}

/// The prefix of VAT numbers in the European Union (directive 2006/112/EC, art. 215), where Greece
/// writes EL; none elsewhere.
pub(super) fn vat_prefix(country: &str) -> Option<&'static str> {
    let member = codes::VAT_AREA.split_ascii_whitespace().find(|member| *member == country)?;
    Some(if member == "GR" { "EL" } else { member })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standards() {
        for code in ["CNY", "EUR", "USD", "JPY", "GBP", "HKD", "MOP", "CHF", "XOF"] {
            assert!(is_currency(code), "{code}");
        }
        for code in ["", "CN", "cny", "RMB", "DEM", "ABC"] {
            assert!(!is_currency(code), "{code}");
        }
        for code in ["CN", "DE", "GR", "HK", "MO", "GB", "ZW"] {
            assert!(is_country(code), "{code}");
        }
        for code in ["", "EL", "UK", "XX", "cn", "CHN"] {
            assert!(!is_country(code), "{code}");
        }
        assert_eq!(codes::COUNTRIES.split_ascii_whitespace().count(), 249);
        assert_eq!((vat_prefix("GR"), vat_prefix("DE")), (Some("EL"), Some("DE")));
        assert_eq!(vat_prefix("CN"), None);
    }
}
