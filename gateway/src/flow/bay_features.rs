//! What a driver chooses a bay by, as it is said anew: height, length, charging, kept for disabled drivers.

use store::BayFeatures;

use super::{Outcome, Refusal};

/// The highest and longest that a sign can say, in millimetres.
const LIMIT_MM: i64 = 30_000;

/// What is left out stays as it was; the inner `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeaturesChange {
    pub max_height_mm: Option<Option<i64>>,
    pub max_length_mm: Option<Option<i64>>,
    pub charging: Option<bool>,
    pub accessible: Option<bool>,
}

impl FeaturesChange {
    /// From numbers of which 0 means no limit.
    #[must_use]
    pub fn of_numbers(
        max_height_mm: Option<i64>,
        max_length_mm: Option<i64>,
        charging: Option<bool>,
        accessible: Option<bool>,
    ) -> FeaturesChange {
        let limit = |mm: Option<i64>| mm.map(|mm| (mm != 0).then_some(mm));
        FeaturesChange {
            max_height_mm: limit(max_height_mm),
            max_length_mm: limit(max_length_mm),
            charging,
            accessible,
        }
    }

    /// The features after it.
    ///
    /// # Errors
    /// `measure_out_of_range`.
    pub fn applied_to(&self, before: BayFeatures) -> Outcome<BayFeatures> {
        let limits = [self.max_height_mm, self.max_length_mm].into_iter().flatten().flatten();
        if limits.into_iter().any(|mm| !is_limit_mm(mm)) {
            return Err(Refusal::refused(
                "measure_out_of_range",
                "max_height_mm and max_length_mm are 1 to 30000, or 0 for no limit",
            ));
        }
        Ok(BayFeatures {
            max_height_mm: self.max_height_mm.unwrap_or(before.max_height_mm),
            max_length_mm: self.max_length_mm.unwrap_or(before.max_length_mm),
            charging: self.charging.unwrap_or(before.charging),
            accessible: self.accessible.unwrap_or(before.accessible),
        })
    }
}

/// Whether a sign can say so.
#[must_use]
pub fn is_limit_mm(mm: i64) -> bool {
    (1..=LIMIT_MM).contains(&mm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_stays_and_nought_lifts_a_limit() {
        let before = BayFeatures {
            max_height_mm: Some(2_100),
            max_length_mm: Some(5_000),
            charging: true,
            accessible: false,
        };
        let change = FeaturesChange::of_numbers(Some(0), None, None, Some(true));
        let after = BayFeatures { max_height_mm: None, accessible: true, ..before };
        assert_eq!(change.applied_to(before).unwrap(), after);
        assert_eq!(FeaturesChange::default().applied_to(before).unwrap(), before);
        for wrong in [-1, 30_001] {
            let change = FeaturesChange::of_numbers(None, Some(wrong), None, None);
            let refused = change.applied_to(before);
            assert!(matches!(refused, Err(Refusal::Refused { code: "measure_out_of_range", .. })));
        }
    }
}
