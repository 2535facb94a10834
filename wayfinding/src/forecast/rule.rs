//! How far the pattern, the present and its trend are to be believed at a horizon, and how far off that is.
//!
//! One rule for each anchor, learned over all blocks together: blocks differ in what is usual, not in how they
//! leave and return to it. The change is learned by weighted least squares whose weights make it the median
//! (a value counts in inverse proportion to how far off the forecast was); the spread as the mean distance.

use super::chain::Chain;
use super::outlook::below;
use super::pattern::Usual;
use super::regression::{Regression, dot};
use super::saved::{Reader, SavedReject};

/// Horizons that are learned, in steps: 5, 15, 30 minutes, 1, 2 and 4 hours. Others lie between.
pub(super) const ANCHORS: [u8; 6] = [1, 3, 6, 12, 24, 48];
/// Below this, being off does not make a value count for more.
const FINEST: f64 = 0.005;
/// So many forecasts the opinion is worth that turnover alone tells the chance.
const CHANCE_FIRM: f64 = 300.0;
/// Every block returns to what is usual as if so much of it had turned over.
const SLOWEST: f64 = 0.1;
/// Spreads are at least this.
const NARROWEST: f64 = 0.001;
/// How fast faith in the present goes beyond the last anchor, in steps: to a third in four hours.
const FAITH_STEPS: f64 = 48.0;

const CHANGES: usize = 9;
const SPREADS: usize = 6;
const CHANCES: usize = 3;

/// What a forecast looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) share: f32,
    pub(super) spaces: u16,
    pub(super) before: Usual,
    pub(super) then: Usual,
    /// The latest changes: over 5, 15, 30, 60 minutes.
    pub(super) change: [f32; 4],
    /// How far off the block's forecasts were so far.
    pub(super) miss: f32,
    /// How much of what is usual came in the last hours: in all blocks, and in this one.
    pub(super) alike: [f32; 2],
    /// What becomes of the bays at the rates at which they change hands.
    pub(super) chain: Chain,
}

/// What is learned for one horizon.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    steps: u8,
    change: Regression<CHANGES>,
    spread: Regression<SPREADS>,
    chance: Regression<CHANCES>,
}

/// The rules at a horizon between two anchors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    change: [f64; CHANGES],
    spread: [f64; SPREADS],
    chance: [f64; CHANCES],
    pub(super) miss: f32,
    /// How much what is now still counts against what is usual.
    pub(super) faith: f64,
}

impl Seen {
    /// Usual change of this week's and of such a day's hour; distance from the usual, by as much as turns over; latest
    /// changes; what did not come of the usual lately. Whatever is usual counts as much as it came in the last hours.
    fn of_change(&self) -> [f64; CHANGES] {
        let [a, b, c, d] = self.change.map(f64::from);
        let [week, kind] = self.usual();
        let usual = if self.then.week.is_some() { week } else { kind };
        let [all, own] = self.alike.map(f64::from);
        let returning = SLOWEST + self.chain.turned_over();
        [
            all * week,
            all * kind,
            all * returning * difference(Some(self.share), self.before.week),
            a,
            b,
            c,
            d,
            all * all * usual,
            all * (own - 1.0) * usual,
        ]
    }

    /// How much is usual to change: in this hour of the week, and of such a day.
    fn usual(&self) -> [f64; 2] {
        let Seen { then, before, .. } = self;
        [difference(then.week, before.week), difference(then.kind, before.kind)]
    }

    /// Own misses; how much is usual to change; how much just changed; what chance alone would do.
    fn of_spread(&self, change: &[f64; CHANGES]) -> [f64; SPREADS] {
        let [quarter, hour] = [change[4].abs(), change[6].abs()];
        let [week, kind] = self.usual();
        [f64::from(self.miss), kind.abs(), week.abs(), hour, quarter, self.chance()]
    }

    /// If every bay stood for itself: the standard deviation of the free share after a time, and not less than half a
    /// bay's. It is what a block has on its first day.
    fn chance(&self) -> f64 {
        self.chain.deviation(f64::from(self.share), self.spaces)
    }

    /// Chances of a free bay: by turnover, by what is expected and its spread, and as it is.
    fn of_chance(&self, change: f64, spread: f64) -> [f64; CHANCES] {
        let (share, spaces) = (f64::from(self.share), f64::from(self.spaces));
        let expected = (share + change).clamp(0.0, 1.0);
        [
            self.chain.one_free(share, self.spaces),
            1.0 - below(0.5 / spaces, expected, spread),
            f64::from(u8::from(share * spaces >= 0.5)),
        ]
    }
}

/// How much more one is than the other; none where one is not known.
fn difference(a: Option<f32>, b: Option<f32>) -> f64 {
    match (a, b) {
        (Some(a), Some(b)) => f64::from(a - b),
        _ => 0.0,
    }
}

impl Rule {
    pub(super) fn new(steps: u8) -> Rule {
        // Before anything is learned the share stays as it is, and chance alone makes it uncertain.
        Rule {
            steps,
            change: Regression::new([0.0; CHANGES], 1.0),
            spread: Regression::new([0.0, 0.0, 0.0, 0.0, 0.0, 1.0], 0.05),
            chance: Regression::new([1.0, 0.0, 0.0], CHANCE_FIRM),
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
        let about = seen.of_spread(&x);
        let spread = self.spread.predict(&about).max(0.0) + NARROWEST;
        let chances = seen.of_chance(self.change.predict(&x), spread);
        let one_free = f64::from(came) * f64::from(seen.spaces) >= 0.5;
        self.chance.add(&chances, f64::from(u8::from(one_free)), 1.0);
        self.spread.add(&about, off, 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let off = off as f32;
        off
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        self.change.write(bytes);
        self.spread.write(bytes);
        self.chance.write(bytes);
    }

    pub(super) fn read(steps: u8, reader: &mut Reader<'_>) -> Result<Rule, SavedReject> {
        let mut rule = Rule::new(steps);
        rule.change.read(reader)?;
        rule.spread.read(reader)?;
        rule.chance.read(reader)?;
        Ok(rule)
    }

    pub(super) fn solve(&mut self) {
        self.change.solve();
        self.spread.solve_positive();
        self.chance.solve();
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
            mix(low_rule.map_or(0.0, |r| r.change.weights()[i]), high_rule.change.weights()[i])
        });
        let spread = std::array::from_fn(|i| {
            mix(low_rule.map_or(0.0, |r| r.spread.weights()[i]), high_rule.spread.weights()[i])
        });
        let chance = std::array::from_fn(|i| {
            let as_it_is = f64::from(u8::from(i == CHANCES - 1));
            mix(low_rule.map_or(as_it_is, |r| r.chance.weights()[i]), high_rule.chance.weights()[i])
        });
        let own = |i: usize| f64::from(misses[i].0);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let miss = mix(low.map_or(0.0, own), own(high)) as f32;
        let beyond = steps - f64::from(high_rule.steps);
        let faith = if after.is_none() { (-beyond / FAITH_STEPS).exp() } else { 1.0 };
        Weights { change, spread, chance, miss, faith }
    }

    /// The expected change of the free share, the mean distance from it, the chance that a bay is free.
    pub(super) fn apply(&self, seen: &Seen) -> (f64, f64, f64) {
        let x = seen.of_change();
        let change = dot(&self.change, &x);
        let spread = dot(&self.spread, &seen.of_spread(&x)).max(0.0) + NARROWEST;
        (change, spread, dot(&self.chance, &seen.of_chance(change, spread)))
    }
}
