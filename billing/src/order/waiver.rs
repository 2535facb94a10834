//! The dated policy that waives what a settled order would cost more.
//!
//! A waiver gives public money away, so each version names the authority that approved it, the
//! number of its document and the most that may be waived of one order. Without a version in
//! force nothing is waived: a person decides.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Timestamp};

use super::OnIncrease;

/// A day of the city begins at this offset to UTC (China has one zone and no summer time).
const CITY_OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// What an authority allows to waive, from one day to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverPolicy {
    /// Who approved it, e.g. `白银市发展和改革委员会`.
    pub authority: String,
    /// The number of the document, e.g. `市发改〔2026〕12号`.
    pub document_number: String,
    /// First day, `YYYY-MM-DD` in +08:00.
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds; for good if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// The most that may be waived of one order, in fen.
    pub limit_fen: i64,
}

/// Versions of the policy that have been checked: none overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<WaiverPolicy>", into = "Vec<WaiverPolicy>")]
pub struct WaiverPolicies(Vec<WaiverPolicy>);

/// Why a policy cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaiverPolicyReject {
    /// It names nobody, or no document.
    #[error("a waiver policy names the approving authority and the number of its document")]
    NoAuthority,
    /// The limit allows nothing.
    #[error("limit_fen of the waiver policy {0} is not above 0")]
    NoLimit(String),
    /// It ends before it begins.
    #[error("the waiver policy {0} ends before it begins")]
    EndsBefore(String),
    /// Two hold on one day.
    #[error("the waiver policies {0} and {1} hold on the same day")]
    Overlap(String, String),
}

impl WaiverPolicies {
    /// Checks versions and puts them in order of time.
    ///
    /// # Errors
    /// A `WaiverPolicyReject` that names the document.
    pub fn new(mut versions: Vec<WaiverPolicy>) -> Result<Self, WaiverPolicyReject> {
        versions.sort_by_key(|v| v.valid_from);
        for version in &versions {
            let named = |text: &str| !text.trim().is_empty();
            if !named(&version.authority) || !named(&version.document_number) {
                return Err(WaiverPolicyReject::NoAuthority);
            }
            let document = || version.document_number.clone();
            if version.limit_fen <= 0 {
                return Err(WaiverPolicyReject::NoLimit(document()));
            }
            if version.valid_to.is_some_and(|to| to <= version.valid_from) {
                return Err(WaiverPolicyReject::EndsBefore(document()));
            }
        }
        for (earlier, later) in versions.iter().zip(versions.iter().skip(1)) {
            if earlier.valid_to.is_none_or(|to| to > later.valid_from) {
                let (a, b) = (earlier.document_number.clone(), later.document_number.clone());
                return Err(WaiverPolicyReject::Overlap(a, b));
            }
        }
        Ok(WaiverPolicies(versions))
    }

    /// The version that holds on the city's day of `at`.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<&WaiverPolicy> {
        let day = city_day(at)?;
        self.0.iter().find(|v| v.valid_from <= day && v.valid_to.is_none_or(|to| day < to))
    }

    /// What to do with an increase that is found at `at`.
    #[must_use]
    pub fn on_increase(&self, at: Timestamp) -> OnIncrease {
        match self.at(at) {
            Some(policy) => OnIncrease::Waive { limit: Fen(policy.limit_fen) },
            None => OnIncrease::Ask,
        }
    }
}

fn city_day(at: Timestamp) -> Option<NaiveDate> {
    let days = at.ms().checked_add(CITY_OFFSET_MS)?.div_euclid(DAY_MS);
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::try_days(days)?)
}

impl TryFrom<Vec<WaiverPolicy>> for WaiverPolicies {
    type Error = WaiverPolicyReject;
    fn try_from(versions: Vec<WaiverPolicy>) -> Result<Self, Self::Error> {
        WaiverPolicies::new(versions)
    }
}

impl From<WaiverPolicies> for Vec<WaiverPolicy> {
    fn from(policies: WaiverPolicies) -> Self {
        policies.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(document: &str, from: &str, to: Option<&str>, limit_fen: i64) -> WaiverPolicy {
        let day = |text: &str| text.parse().unwrap();
        WaiverPolicy {
            authority: "市发改委".into(),
            document_number: document.into(),
            valid_from: day(from),
            valid_to: to.map(day),
            limit_fen,
        }
    }

    #[test]
    fn a_policy_without_authority_limit_or_order_is_refused() {
        let nobody =
            WaiverPolicy { authority: " ".into(), ..policy("1号", "2026-01-01", None, 1) };
        let no_document = policy("", "2026-01-01", None, 1);
        let (one, two) =
            (policy("1号", "2026-01-01", None, 1), policy("2号", "2026-07-01", None, 1));
        let ended = policy("1号", "2026-01-01", Some("2026-07-01"), 1);
        for (versions, code) in [
            (vec![], None),
            (vec![one.clone()], None),
            (vec![two.clone(), ended], None),
            (vec![nobody], Some(WaiverPolicyReject::NoAuthority)),
            (vec![no_document], Some(WaiverPolicyReject::NoAuthority)),
            (
                vec![policy("1号", "2026-01-01", None, 0)],
                Some(WaiverPolicyReject::NoLimit("1号".into())),
            ),
            (
                vec![policy("1号", "2026-01-01", Some("2026-01-01"), 1)],
                Some(WaiverPolicyReject::EndsBefore("1号".into())),
            ),
            (vec![one, two], Some(WaiverPolicyReject::Overlap("1号".into(), "2号".into()))),
        ] {
            assert_eq!(WaiverPolicies::new(versions.clone()).err(), code, "{versions:?}");
        }
    }

    #[test]
    fn a_version_holds_from_the_first_midnight_of_the_city_to_the_last() {
        let versions = vec![
            policy("1号", "2026-01-01", Some("2026-07-01"), 500),
            policy("2号", "2026-07-01", None, 800),
        ];
        let policies = WaiverPolicies::new(versions).unwrap();
        let waive = |fen| OnIncrease::Waive { limit: Fen(fen) };
        for (at, expected) in [
            ("2025-12-31T15:59:59Z", OnIncrease::Ask),
            ("2025-12-31T16:00:00Z", waive(500)),
            ("2026-06-30T15:59:59Z", waive(500)),
            ("2026-06-30T16:00:00Z", waive(800)),
        ] {
            assert_eq!(policies.on_increase(Timestamp::parse(at).unwrap()), expected, "{at}");
        }
        assert_eq!(WaiverPolicies::default().on_increase(Timestamp::from_ms(0)), OnIncrease::Ask);
    }
}
