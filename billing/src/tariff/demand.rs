//! Prices that follow occupancy: bands, steps, bounds, and the rule when a new price may hold.
//!
//! The decree fixes the table; what is displayed is a *level*, a number of steps above or below
//! the base price. A price holds for arrivals from its display on, never before, and a stay keeps
//! the price that was displayed when it began.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::form::VersionForm;
use super::{DAY_MS, Problem};
use crate::amount::Price;

const PERCENT: u32 = 100;
/// Most bands, and most steps at once.
const BANDS_LIMIT: usize = 16;
const STEPS_LIMIT: i32 = 1_000;

/// The demand-responsive part of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What one level changes each unit price by.
    pub step: Price,
    /// The same in hundredths of the unit price, beside `step`.
    pub step_percent: u32,
    /// Whether a band says how the level changes, or what it is.
    pub bands_set: BandsSet,
    /// No unit price is below.
    pub lowest: Price,
    /// No unit price is above.
    pub highest: Price,
    /// In order of occupancy; the last has no end.
    pub bands: Vec<Band>,
    /// From one display to the next.
    pub least_days_between_changes: u32,
}

/// What an occupancy says about the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Occupancy in percent at which the next band begins.
    pub below_percent: Option<u32>,
    /// Levels up or down.
    pub steps: i32,
}

/// What a band says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandsSet {
    /// How many steps the level goes up or down.
    #[default]
    Change,
    /// The level itself.
    Level,
}

/// A level shown to drivers from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Displayed {
    /// When signs and programs showed it.
    pub displayed_at: Timestamp,
    /// Steps above (or below) the base price.
    pub level: i32,
}

/// Why the level stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemandReject {
    /// The occupancy asks for no change.
    #[error("the occupancy is in the band that changes nothing")]
    InBand,
    /// The last change is too recent.
    #[error("the last change is too recent")]
    TooSoon,
    /// Occupancy is 0 to 100 percent.
    #[error("occupancy is 0 to 100 percent")]
    NotPercent,
    /// No price would change: all are at their bound.
    #[error("the prices are at their bound")]
    AtBound,
}

impl Demand {
    /// The level to display after a period with this occupancy.
    ///
    /// # Errors
    /// A `DemandReject`; then the level stays.
    pub fn next_level(
        &self,
        base: Price,
        last: Option<Displayed>,
        occupancy_percent: u32,
        now: Timestamp,
    ) -> Result<i32, DemandReject> {
        if occupancy_percent > PERCENT {
            return Err(DemandReject::NotPercent);
        }
        let in_band = |b: &&Band| b.below_percent.is_none_or(|below| occupancy_percent < below);
        let steps = self.bands.iter().find(in_band).map_or(0, |band| band.steps);
        let level = last.map_or(0, |l| l.level);
        let next = match self.bands_set {
            BandsSet::Change => level.saturating_add(steps),
            BandsSet::Level => steps,
        };
        if next == level {
            return Err(DemandReject::InBand);
        }
        let least_ms = i64::from(self.least_days_between_changes).saturating_mul(DAY_MS);
        if last.is_some_and(|l| now.since_ms(l.displayed_at) < least_ms) {
            return Err(DemandReject::TooSoon);
        }
        if self.price(base, next) == self.price(base, level) {
            return Err(DemandReject::AtBound);
        }
        Ok(next)
    }

    /// A unit price at a level, within the bounds. What costs nothing goes on to cost nothing.
    #[must_use]
    pub fn price(&self, base: Price, level: i32) -> Price {
        if base == Price(0) {
            return base;
        }
        let percent = i64::from(self.step_percent).saturating_mul(i64::from(level));
        let share = base.0.saturating_mul(percent).div_euclid(100);
        let change = self.step.0.saturating_mul(i64::from(level)).saturating_add(share);
        Price(base.0.saturating_add(change).clamp(self.lowest.0, self.highest.0))
    }
}

pub(super) fn demand(
    problems: &mut Vec<Problem>,
    path: &str,
    form: &VersionForm,
) -> Option<Demand> {
    let demand = form.demand.as_ref()?;
    let path = format!("{path}.demand");
    for (i, name) in demand.windows.iter().enumerate() {
        if !form.windows.iter().any(|w| w.name == *name) {
            let message = format!("no window is called {name}");
            problems.push(Problem::new(format!("{path}.windows[{i}]"), message));
        }
    }
    if demand.lowest.0 > demand.highest.0 {
        problems.push(Problem::new(format!("{path}.lowest"), "not above highest"));
        return None;
    }
    if !(1..=BANDS_LIMIT).contains(&demand.bands.len()) {
        problems.push(Problem::new(format!("{path}.bands"), format!("1 to {BANDS_LIMIT} bands")));
    }
    let mut below = 0;
    for (i, band) in demand.bands.iter().enumerate() {
        let path = format!("{path}.bands[{i}]");
        let is_last = i.saturating_add(1) == demand.bands.len();
        let ends = band.below_percent.unwrap_or(PERCENT.saturating_add(1));
        if is_last != band.below_percent.is_none() || ends <= below {
            let message = "bands follow one another; only the last has no below_percent";
            problems.push(Problem::new(format!("{path}.below_percent"), message));
        }
        if !(-STEPS_LIMIT..=STEPS_LIMIT).contains(&band.steps) {
            problems.push(Problem::new(format!("{path}.steps"), format!("at most {STEPS_LIMIT}")));
        }
        below = ends;
    }
    if demand.step.is_some() == demand.step_percent.is_some() {
        let message = "a step is either an amount (step) or a share (step_percent)";
        problems.push(Problem::new(format!("{path}.step"), message));
    }
    if demand.step_percent.is_some_and(|percent| percent > PERCENT) {
        problems.push(Problem::new(format!("{path}.step_percent"), "at most 100"));
    }
    let bands = demand.bands.iter();
    Some(Demand {
        step: demand.step.map_or(Price(0), |step| step.0),
        step_percent: demand.step_percent.unwrap_or(0),
        bands_set: demand.bands_set,
        lowest: demand.lowest.0,
        highest: demand.highest.0,
        bands: bands.map(|b| Band { below_percent: b.below_percent, steps: b.steps }).collect(),
        least_days_between_changes: demand.least_days_between_changes,
    })
}
