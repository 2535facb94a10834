//! How busy a street is by hour and day of the week, and what people come for.
//!
//! `Kerbside` is invented. `Garages` is fitted: hourly occupancy of 90 German city car parks with
//! a daily swing above 30 points (defgsus/parking-data, 2024-05-06 to 2024-06-02, medians over
//! car parks, holidays left out), turned into arrivals at a free bay by
//! `(dρ/dt + ρ/S) / (1 − ρ)` with a mean stay S of 1.4 h, above the level of the night. Sundays
//! follow Saturdays (an assumption: shops in China are open on both).

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// China has one time zone without summer time.
const CHINA_OFFSET_MS: i64 = 8 * HOUR_MS;

/// The shape of demand over the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curve {
    /// Every day alike, two peaks, one kind of stay.
    #[default]
    Kerbside,
    /// As measured, by kind of day; errands, visits and work.
    Garages,
}

/// What somebody comes for: how long that takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Errand {
    /// Share of those who come.
    share: f64,
    /// Half of them stay shorter, in milliseconds.
    pub(crate) median_ms: f64,
    /// Of the logarithm of the length.
    pub(crate) sigma: f64,
}

/// Relative to the busiest hour. Invented, in the shape that kerbside studies show.
const KERBSIDE: [f64; 24] = [
    0.03, 0.02, 0.02, 0.02, 0.02, 0.04, 0.15, 0.50, 0.90, 1.00, 1.00, 0.95, //
    0.80, 0.75, 0.90, 1.00, 1.00, 0.95, 0.80, 0.70, 0.50, 0.15, 0.08, 0.05,
];
const MONDAY_TO_THURSDAY: [f64; 24] = [
    0.02, 0.03, 0.02, 0.03, 0.03, 0.03, 0.03, 0.09, 0.20, 0.32, 0.48, 0.55, //
    0.51, 0.47, 0.38, 0.33, 0.29, 0.25, 0.19, 0.13, 0.09, 0.07, 0.04, 0.02,
];
const FRIDAY: [f64; 24] = [
    0.02, 0.02, 0.02, 0.02, 0.02, 0.03, 0.05, 0.10, 0.16, 0.29, 0.49, 0.64, //
    0.62, 0.51, 0.42, 0.42, 0.41, 0.36, 0.32, 0.24, 0.17, 0.16, 0.11, 0.03,
];
const SATURDAY: [f64; 24] = [
    0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.03, 0.03, 0.05, 0.16, 0.34, 0.63, //
    0.88, 1.00, 0.90, 0.76, 0.61, 0.47, 0.37, 0.23, 0.16, 0.14, 0.04, 0.04,
];

const MINUTE_MS: f64 = 60_000.0;
const ANY: [Errand; 1] = [Errand { share: 1.0, median_ms: 55.0 * MINUTE_MS, sigma: 0.8 }];
/// Invented shares; together their mean is about the 1.4 h of the fit.
const MIXED: [Errand; 3] = [
    Errand { share: 0.40, median_ms: 20.0 * MINUTE_MS, sigma: 0.6 },
    Errand { share: 0.48, median_ms: 75.0 * MINUTE_MS, sigma: 0.6 },
    Errand { share: 0.12, median_ms: 270.0 * MINUTE_MS, sigma: 0.4 },
];

impl Curve {
    /// How busy it is at an instant, relative to the busiest hour of the week.
    #[must_use]
    pub fn busyness(self, at: Timestamp) -> f64 {
        let local_ms = at.ms() + CHINA_OFFSET_MS;
        let hour = usize::try_from(local_ms.div_euclid(HOUR_MS).rem_euclid(24));
        let hour = hour.expect("a remainder of 24 is 0 to 23");
        // 1970-01-01 was a Thursday: day 0 of this count is a Monday.
        let weekday = (local_ms.div_euclid(DAY_MS) + 3).rem_euclid(7);
        let day = match (self, weekday) {
            (Curve::Kerbside, _) => &KERBSIDE,
            (Curve::Garages, 0..=3) => &MONDAY_TO_THURSDAY,
            (Curve::Garages, 4) => &FRIDAY,
            (Curve::Garages, _) => &SATURDAY,
        };
        day[hour]
    }

    /// What somebody comes for; `chance` is uniform in 0 to 1.
    pub(crate) fn errand(self, chance: f64) -> Errand {
        let errands: &[Errand] = match self {
            Curve::Kerbside => &ANY,
            Curve::Garages => &MIXED,
        };
        let mut left = chance;
        for errand in errands {
            if left < errand.share {
                return *errand;
            }
            left -= errand.share;
        }
        errands[errands.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busyness(curve: Curve, local: &str) -> f64 {
        curve.busyness(Timestamp::parse(&format!("{local}+08:00")).unwrap())
    }

    #[test]
    fn each_kind_of_day_has_its_hours() {
        for (local, kerbside, garages) in [
            ("2026-09-14T11:30:00", 0.95, 0.55), // a Monday
            ("2026-09-17T11:30:00", 0.95, 0.55), // a Thursday
            ("2026-09-18T11:59:59", 0.95, 0.64), // a Friday
            ("2026-09-19T13:00:00", 0.75, 1.00), // a Saturday
            ("2026-09-20T13:00:00", 0.75, 1.00), // a Sunday
            ("2026-09-20T00:00:00", 0.03, 0.02),
            ("2026-09-20T23:59:59", 0.05, 0.04),
        ] {
            let read = (busyness(Curve::Kerbside, local), busyness(Curve::Garages, local));
            assert!((read.0 - kerbside).abs() < 1e-9 && (read.1 - garages).abs() < 1e-9, "{local}");
        }
    }

    #[test]
    fn every_chance_leads_to_an_errand_and_the_shares_are_whole() {
        let sum: f64 = MIXED.iter().map(|errand| errand.share).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        for (chance, median_min) in [(0.0, 20.0), (0.39, 20.0), (0.41, 75.0), (0.89, 270.0)] {
            assert_eq!(Curve::Garages.errand(chance).median_ms, median_min * MINUTE_MS, "{chance}");
        }
        assert_eq!(Curve::Garages.errand(1.0), MIXED[2]);
        assert_eq!(Curve::Kerbside.errand(0.5), ANY[0]);
    }
}
