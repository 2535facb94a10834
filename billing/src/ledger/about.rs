//! Whose books an entry is in, and what it is about.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use vocabulary::{OperatorId, OrderId, PayeeId, ZoneId};

use super::Account;
use crate::invoice::Regime;

/// Carried by every entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Who runs the bays.
    pub operator: OperatorId,
    /// Whose books: entries of one payee are one chain.
    pub payee: PayeeId,
    /// The fee zone, where it has one.
    pub zone: Option<ZoneId>,
    /// The order, where it has one.
    pub order: Option<OrderId>,
    /// The regime, and with VAT the rate.
    pub tax: Tax,
    /// Day of the fact in +08:00 (`city_day`).
    pub day: NaiveDate,
}

/// What of the money is tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// The payee's own income.
    Vat {
        /// Hundredths of a percent; empty if no tax item holds on the day.
        rate_bp: Option<u32>,
    },
    /// The treasury's.
    NonTax,
}

impl Tax {
    /// The tax of a regime. The rate counts under VAT only.
    #[must_use]
    pub fn of(regime: Regime, rate_bp: Option<u32>) -> Tax {
        match regime {
            Regime::Vat => Tax::Vat { rate_bp },
            Regime::NonTax => Tax::NonTax,
        }
    }

    /// Its regime.
    #[must_use]
    pub fn regime(self) -> Regime {
        match self {
            Tax::Vat { .. } => Regime::Vat,
            Tax::NonTax => Regime::NonTax,
        }
    }

    /// The rate in hundredths of a percent.
    #[must_use]
    pub fn rate_bp(self) -> Option<u32> {
        match self {
            Tax::Vat { rate_bp } => rate_bp,
            Tax::NonTax => None,
        }
    }
}

impl About {
    /// Where a fee of this zone is earned.
    pub(super) fn income(&self) -> Account {
        match self.tax {
            Tax::Vat { rate_bp: Some(_) } => Account::Revenue(self.zone),
            Tax::Vat { rate_bp: None } => Account::FeeIncome,
            Tax::NonTax => Account::DueToTreasury(self.zone),
        }
    }
}
