//! A battery by its level and voltage over time: where it is, how fast it goes down, when it is
//! empty.
//!
//! One point a day is kept at first; when there are too many, every second one is dropped, so the
//! trend covers the battery's life in bounded size. A level that rises by much is a new battery.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use crate::policy::Policy;

const DAY_MS: i64 = 86_400_000;
/// Points kept of each series.
const POINTS_LIMIT: usize = 16;
/// A trend needs so many days.
const TREND_DAYS: f64 = 7.0;
/// A level that rises by more than this share is a new battery.
const RENEWED: f32 = 0.2;
/// Nobody believes a date farther away than this.
const FORECAST_DAYS: f64 = 20.0 * 365.0;

/// What is known of a device's battery.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Battery {
    /// 0 to 100, as measured last.
    pub level_pct: Option<u8>,
    pub voltage_mv: Option<u32>,
    /// When either was measured last.
    pub measured_at: Option<Timestamp>,
    levels: Series,
    voltages: Series,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Series {
    /// Least distance of points, doubled whenever some are dropped.
    every_days: i32,
    points: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    day: i32,
    value: f32,
}

impl Battery {
    #[expect(clippy::cast_precision_loss, reason = "a battery has no 2^24 millivolts")]
    pub(super) fn measure(&mut self, at: Timestamp, pct: Option<u8>, mv: Option<u32>) {
        if pct.is_none() && mv.is_none() || self.measured_at.is_some_and(|last| at < last) {
            return;
        }
        self.measured_at = Some(at);
        self.level_pct = pct.or(self.level_pct);
        self.voltage_mv = mv.or(self.voltage_mv);
        if let Some(pct) = pct {
            self.levels.add(at, f32::from(pct));
        }
        if let Some(mv) = mv {
            self.voltages.add(at, mv as f32);
        }
    }

    /// Change of the level in percentage points a day; negative while it goes down. `None` until a
    /// week is known.
    #[must_use]
    pub fn pct_per_day(&self) -> Option<f64> {
        self.levels.trend()
    }

    /// Change of the voltage in millivolts a day. `None` until a week is known.
    #[must_use]
    pub fn mv_per_day(&self) -> Option<f64> {
        self.voltages.trend()
    }

    /// When the level reaches 0 if it goes on like that; where only the voltage is known, when it
    /// reaches what the policy calls low. `None` if it does not go down.
    #[must_use]
    pub fn empty_at(&self, policy: &Policy) -> Option<Timestamp> {
        let by_level = self.level_pct.map(|pct| (f64::from(pct), self.pct_per_day()));
        let low = (policy.low_battery_mv > 0).then_some(f64::from(policy.low_battery_mv));
        let by_voltage =
            self.voltage_mv.and_then(|mv| Some((f64::from(mv) - low?, self.mv_per_day())));
        let (left, per_day) = by_level.or(by_voltage)?;
        let days = left.max(0.0) / -per_day.filter(|per_day| *per_day < 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "at most twenty years")]
        let ms = (days.min(FORECAST_DAYS) * 86_400_000.0) as i64;
        (days <= FORECAST_DAYS).then(|| self.measured_at.map(|at| at.plus_ms(ms)))?
    }

    /// Since when it is known to be low, and by which figure; `said`: the device says so itself.
    pub(super) fn low(&self, policy: &Policy, said: bool) -> Option<(Timestamp, String)> {
        let since = self.measured_at;
        if let Some(pct) = self.level_pct.filter(|pct| *pct <= policy.low_battery_pct) {
            return Some((since?, format!("{pct} %")));
        }
        let low_mv = |mv: &u32| policy.low_battery_mv > 0 && *mv <= policy.low_battery_mv;
        if let Some(mv) = self.voltage_mv.filter(low_mv) {
            return Some((since?, format!("{mv} mV")));
        }
        said.then(|| (since.unwrap_or(Timestamp::from_ms(0)), "the device says so".to_owned()))
    }
}

impl Series {
    fn add(&mut self, at: Timestamp, value: f32) {
        let day = i32::try_from(at.ms().div_euclid(DAY_MS)).unwrap_or(i32::MAX);
        let Some(last) = self.points.last() else {
            self.points.push(Point { day, value });
            return;
        };
        if value > last.value * (1.0 + RENEWED) {
            *self = Series { every_days: 1, points: vec![Point { day, value }] };
            return;
        }
        if day.saturating_sub(last.day) < self.every_days.max(1) {
            return;
        }
        if self.points.len() == POINTS_LIMIT {
            let mut nth = 0;
            self.points.retain(|_| {
                nth += 1;
                nth % 2 == 1
            });
            self.every_days = self.every_days.max(1).saturating_mul(2);
        }
        self.points.push(Point { day, value });
    }

    /// Least squares over the points, per day.
    #[expect(clippy::cast_precision_loss, reason = "16 points")]
    fn trend(&self) -> Option<f64> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let days = |p: &Point| f64::from(p.day.saturating_sub(first.day));
        if days(last) < TREND_DAYS {
            return None;
        }
        let count = self.points.len() as f64;
        let mean_day = self.points.iter().map(days).sum::<f64>() / count;
        let mean = self.points.iter().map(|p| f64::from(p.value)).sum::<f64>() / count;
        let both = self.points.iter().map(|p| (days(p) - mean_day) * (f64::from(p.value) - mean));
        let square = self.points.iter().map(|p| (days(p) - mean_day).powi(2));
        Some(both.sum::<f64>() / square.sum::<f64>())
    }
}
