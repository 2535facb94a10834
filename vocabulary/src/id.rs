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
///
/// Kept without a heap, the rest of the twelve bytes 0: there are millions of them, and they sort as their texts do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BayCode([u8; BAY_CODE_LIMIT]);

/// Longest bay code.
const BAY_CODE_LIMIT: usize = 12;

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
        let text = text.trim();
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BayCodeReject::Character);
        }
        if !(4..=BAY_CODE_LIMIT).contains(&text.len()) {
            return Err(BayCodeReject::Length);
        }
        let mut code = [0; BAY_CODE_LIMIT];
        for (to, from) in code.iter_mut().zip(text.bytes()) {
            *to = from.to_ascii_uppercase();
        }
        Ok(BayCode(code))
    }

    /// The code as painted.
    ///
    /// # Panics
    /// Never: it holds letters and digits only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..length]).expect("letters and digits are UTF-8")
    }
}

impl fmt::Display for BayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for BayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BayCode").field(&self.as_str()).finish()
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
        code.as_str().to_owned()
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

    #[test]
    fn bay_codes_sort_as_their_texts_do() {
        let texts = ["A123", "A1230", "A124", "AB12", "ABCDEFGHIJK1", "ABCDEFGHIJK2", "Z000"];
        let codes = texts.map(|text| BayCode::parse(text).unwrap());
        assert!(codes.is_sorted(), "{codes:?}");
        assert_eq!(codes.map(String::from), texts);
    }
}
