//! How far the pattern, the present and its trend are to be believed at a horizon, and how far off that is.
//!
//! One rule for each anchor, learned over all blocks together: blocks differ in what is usual, not in how they
//! leave and return to it. The change is learned by weighted least squares whose weights make it the median
//! (a value counts in inverse proportion to how far off the forecast was); the spread as the mean distance.

use super::pattern::Usual;
use super::regression::{Regression, dot};
use super::saved::{Reader, SavedReject};

/// Horizons that are learned, in steps: 5, 15, 30 minutes, 1, 2 and 4 hours. Others lie between.
pub(super) const ANCHORS: [u8; 6] = [1, 3, 6, 12, 24, 48];
/// Below this, being off does not make a value count for more.
const FINEST: f64 = 0.005;
/// Spreads are at least this.
const NARROWEST: f64 = 0.001;
/// How fast faith in the present goes beyond the last anchor, in steps: to a third in four hours.
const FAITH_STEPS: f64 = 48.0;
/// A mean stay in steps, for spreads before anything is learned: an hour.
const STAY_STEPS: f64 = 12.0;

const CHANGES: usize = 7;
const SPREADS: usize = 6;

/// What a forecast looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) share: f32,
    pub(super) spaces: u16,
    pub(super) steps: f64,
    pub(super) before: Usual,
    pub(super) then: Usual,
    /// The latest changes: over 5, 15, 30, 60 minutes.
    pub(super) change: [f32; 4],
    /// How far off the block's forecasts were so far.
    pub(super) miss: f32,
}

/// What is learned for one horizon.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    steps: u8,
    change: Regression<CHANGES>,
    spread: Regression<SPREADS>,
}

/// The rules at a horizon between two anchors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    change: [f64; CHANGES],
    spread: [f64; SPREADS],
    pub(super) miss: f32,
    /// How much what is now still counts against what is usual.
    pub(super) faith: f64,
}

impl Seen {
    /// Usual change of this week's and of such a day's hour; distance from the usual; latest changes.
    fn of_change(&self) -> [f64; CHANGES] {
        let difference = |a: Option<f32>, b: Option<f32>| match (a, b) {
            (Some(a), Some(b)) => f64::from(a - b),
            _ => 0.0,
        };
        let [a, b, c, d] = self.change.map(f64::from);
        [
            difference(self.then.week, self.before.week),
            difference(self.then.kind, self.before.kind),
            difference(Some(self.share), self.before.week),
            a,
            b,
            c,
            d,
        ]
    }

    /// Own misses; how much is usual to change; how much just changed; what chance alone would do.
    fn of_spread(&self, change: &[f64; CHANGES]) -> [f64; SPREADS] {
        let [week, kind, _, _, quarter, _, hour] = change.map(f64::abs);
        [f64::from(self.miss), kind, week, hour, quarter, self.chance()]
    }

    /// If every bay stood for itself and vehicles stayed an hour on average: the standard deviation of the free
    /// share after a time. It is what a block has on its first day.
    fn chance(&self) -> f64 {
        let (free, spaces) = (f64::from(self.share), f64::from(self.spaces));
        let variance = (free * (1.0 - free)).max(0.5 / spaces) / spaces;
        (variance * (1.0 - (-self.steps / STAY_STEPS).exp())).sqrt()
    }
}

impl Rule {
    pub(super) fn new(steps: u8) -> Rule {
        // Before anything is learned the share stays as it is, and chance alone makes it uncertain.
        Rule {
            steps,
            change: Regression::new([0.0; CHANGES], 1.0),
            spread: Regression::new([0.0, 0.0, 0.0, 0.0, 0.0, 1.0], 0.05),
        }
    }

    pub(super) fn steps(&self) -> u8 {
        self.steps
    }

    /// Learns from what came; how far off it was.
    pub(super) fn learn(&mut self, seen: &Seen, came: f32) -> f32 {
        let x = seen.of_change();
        let change = f64::from(came) - f64::from(seen.share);
        let off = (change - self.change.predict(&x)).abs();
        self.change.add(&x, change, 1.0 / off.max(FINEST));
        self.spread.add(&seen.of_spread(&x), off, 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let off = off as f32;
        off
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        self.change.write(bytes);
        self.spread.write(bytes);
    }

    pub(super) fn read(steps: u8, reader: &mut Reader<'_>) -> Result<Rule, SavedReject> {
        let mut rule = Rule::new(steps);
        rule.change.read(reader)?;
        rule.spread.read(reader)?;
        Ok(rule)
    }

    pub(super) fn solve(&mut self) {
        self.change.solve();
        self.spread.solve_positive();
    }
}

impl Weights {
    /// The weights so many steps ahead. Before the first anchor they are a part of its own.
    pub(super) fn at(rules: &[Rule], misses: &[(f32, f32)], steps: f64) -> Weights {
        let after = rules.iter().position(|rule| f64::from(rule.steps) >= steps);
        let (low, high, part) = match after {
            Some(0) => (None, 0, steps / f64::from(rules[0].steps)),
            Some(high) => {
                let (a, b) = (f64::from(rules[high - 1].steps), f64::from(rules[high].steps));
                (Some(high - 1), high, (steps - a) / (b - a))
            }
            None => (None, rules.len() - 1, 1.0),
        };
        let mix = |a: f64, b: f64| a + (b - a) * part;
        let (high_rule, low_rule) = (&rules[high], low.map(|low| &rules[low]));
        let change = std::array::from_fn(|i| {
            mix(
                low_rule.map_or(0.0, |rule| rule.change.weights()[i]),
                high_rule.change.weights()[i],
            )
        });
        let spread = std::array::from_fn(|i| {
            mix(
                low_rule.map_or(0.0, |rule| rule.spread.weights()[i]),
                high_rule.spread.weights()[i],
            )
        });
        let own = |i: usize| f64::from(misses[i].0);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let miss = mix(low.map_or(0.0, own), own(high)) as f32;
        let beyond = steps - f64::from(high_rule.steps);
        let faith = if after.is_none() { (-beyond / FAITH_STEPS).exp() } else { 1.0 };
        Weights { change, spread, miss, faith }
    }

    /// The expected change of the free share, and the mean distance from it.
    pub(super) fn apply(&self, seen: &Seen) -> (f64, f64) {
        let x = seen.of_change();
        let spread = dot(&self.spread, &seen.of_spread(&x));
        (dot(&self.change, &x), spread.max(0.0) + NARROWEST)
    }
}
