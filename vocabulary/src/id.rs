//! Typed identifiers, so that a stay cannot be passed where an order is meant.
//!
//! Ids are made by the caller (the gateway); nothing here invents one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map($name)
            }
        }
    )+};
}

id! {
    /// The company or office that runs parking bays.
    OperatorId;
    /// Who the money belongs to, under which tax regime.
    PayeeId;
    /// A fee zone: the bays that share a tariff and a payee.
    ZoneId;
    /// One side of one street between two crossings.
    BlockId;
    /// A marked place for one vehicle.
    BayId;
    /// A sensor, as Bowei knows it (the maker's own number is its `key`).
    DeviceId;
    /// One vehicle's presence in one bay.
    StayId;
    /// Somebody's word that a vehicle is in a bay.
    ClaimId;
    /// One vehicle's presence in one or more bays, priced once.
    VisitId;
    /// What is owed for a visit, a pass or a top-up.
    OrderId;
    /// One attempt to pay an order.
    PaymentId;
    /// A balanced ledger entry.
    EntryId;
    /// A request for an invoice and the invoice that came of it.
    InvoiceId;
    /// A matter that a person has to look at.
    CaseId;
    /// A driver's account.
    AccountId;
    /// A member of the operator's staff.
    StaffId;
    /// Something a device was told to do.
    CommandId;
}

/// The number painted on a bay: 4 to 12 capital letters or digits, unique within a city.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BayCode(Box<str>);

/// Why a text is not a bay code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BayCodeReject {
    /// Not 4 to 12 characters long.
    Length,
    /// Holds something else than letters and digits.
    Character,
}

impl BayCode {
    /// Reads a code as typed or scanned; case and surrounding blanks do not matter.
    ///
    /// # Errors
    /// `Length` or `Character` when the text cannot be a bay code.
    pub fn parse(text: &str) -> Result<Self, BayCodeReject> {
        let code = text.trim().to_ascii_uppercase();
        if !code.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(BayCodeReject::Character);
        }
        if !(4..=12).contains(&code.len()) {
            return Err(BayCodeReject::Length);
        }
        Ok(BayCode(code.into_boxed_str()))
    }

    /// The code as painted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BayCodeReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BayCodeReject::Length => "a bay code has 4 to 12 characters",
            BayCodeReject::Character => "a bay code holds letters and digits only",
        })
    }
}

impl std::error::Error for BayCodeReject {}

impl TryFrom<String> for BayCode {
    type Error = BayCodeReject;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        BayCode::parse(&text)
    }
}

impl From<BayCode> for String {
    fn from(code: BayCode) -> String {
        code.0.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bay_code_is_read_as_typed() {
        for (typed, read) in [
            ("620001", Ok("620001")),
            (" by0012 ", Ok("BY0012")),
            ("123", Err(BayCodeReject::Length)),
            ("1234567890123", Err(BayCodeReject::Length)),
            ("62-001", Err(BayCodeReject::Character)),
            ("泊位0001", Err(BayCodeReject::Character)),
        ] {
            let got = BayCode::parse(typed);
            assert_eq!(got.as_ref().map(BayCode::as_str), read.as_ref().map(|s| *s), "{typed}");
        }
    }
}
