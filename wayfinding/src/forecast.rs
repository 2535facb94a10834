//! Whether there will still be a free bay on arrival: learned from how full blocks were, told as a distribution.
//!
//! Knows nothing of sensors, stays or clocks: every five minutes the caller says which share of each block's bays
//! is free, and asks. What comes out depends on nothing but what came in, in that order.
//!
//! **Invariants:** a forecast uses only what was said before it; what is learned from is the forecast that could
//! have been made at that time (a value enters its block's pattern five hours late, when no forecast that is still
//! to be judged starts from it). A block takes [`Forecaster::BLOCK_BYTES`] bytes, however long it learns.
//!
//! The model, in the order of the files: `pattern` is what is usual at a quarter hour of the week and of
//! a kind of day; `recent` the last five hours; `rule` how far each of them is to be believed at a
//! horizon, learned over all blocks together; `outlook` the answer, a Laplace distribution around the
//! expected share. docs/FORECAST.md says how good it is.

mod keeper;
mod outlook;
mod pattern;
mod recent;
mod regression;
mod rule;
mod saved;
mod score;
mod slot;
mod trial;

pub use keeper::{Count, Keeper, Kept};
pub use outlook::{Basis, Outlook, Trend};
pub use saved::SavedReject;
pub use score::{Bin, Score};
pub use slot::Slot;
pub use trial::{HorizonScore, Measure, Row, Trial};

use pattern::Pattern;
use recent::{RECENT, Recent};
use rule::{ANCHORS, Rule, Seen, Weights};

/// Missing steps that are bridged with the newest values: half an hour.
const BRIDGED: i64 = 6;
/// How often the rules are worked out anew: once an hour.
const SOLVED_EVERY: i64 = 12;
/// How many times its own misses a block needs before they count as much as everybody's.
const OWN_MISSES: f32 = 20.0;
/// Misses after which a block slowly forgets older ones: a week of five minutes.
const MISSES_KEPT: f32 = 2016.0;

/// Learns and forecasts for many blocks.
#[derive(Clone, Debug)]
pub struct Forecaster {
    blocks: Vec<Block>,
    rules: Vec<Rule>,
    newest: Option<Slot>,
    /// Of the newest steps, newest first, whether the caller said something.
    said: Vec<bool>,
    steps: i64,
}

/// What is known of one block.
#[derive(Clone, Debug)]
struct Block {
    spaces: u16,
    pattern: Pattern,
    recent: Recent,
    /// For each anchor, how far off forecasts were on average, and how many.
    misses: [(f32, f32); ANCHORS.len()],
}

impl Default for Forecaster {
    fn default() -> Forecaster {
        Forecaster::new()
    }
}

impl Forecaster {
    /// What a block takes in memory.
    pub const BLOCK_BYTES: usize = size_of::<Block>() + Pattern::HEAP_BYTES + Recent::HEAP_BYTES;

    /// Knows no block yet.
    #[must_use]
    pub fn new() -> Forecaster {
        let rules = ANCHORS.iter().map(|steps| Rule::new(*steps)).collect();
        Forecaster { blocks: Vec::new(), rules, newest: None, said: Vec::new(), steps: 0 }
    }

    /// Adds a block with so many bays; its number, counted from 0.
    pub fn add_block(&mut self, spaces: u16) -> usize {
        self.blocks.push(Block {
            spaces: spaces.max(1),
            pattern: Pattern::new(),
            recent: Recent::new(),
            misses: [(0.02, 0.0); ANCHORS.len()],
        });
        self.blocks.len() - 1
    }

    /// Tells how many bays a block has now.
    pub fn set_spaces(&mut self, block: usize, spaces: u16) {
        if let Some(block) = self.blocks.get_mut(block) {
            block.spaces = spaces.max(1);
        }
    }

    /// Takes what a block was like at some time of the past: it becomes part of what is usual. The oldest first.
    pub fn learn_past(&mut self, block: usize, slot: Slot, share: f32) {
        if let (Some(block), true) = (self.blocks.get_mut(block), share.is_finite()) {
            block.pattern.learn(slot, share.clamp(0.0, 1.0));
        }
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The newest step that was told.
    #[must_use]
    pub fn newest(&self) -> Option<Slot> {
        self.newest
    }

    /// Takes the free share of every block at a step, in the order of their numbers; none where it is not known.
    ///
    /// A step that is not newer than the newest, or comes long after it, begins a new stretch: what was recent is
    /// learned from and left behind.
    pub fn step(&mut self, slot: Slot, shares: &[Option<f32>]) {
        let missing = self.newest.map_or(i64::MAX, |newest| slot.since(newest) - 1);
        if (0..=BRIDGED).contains(&missing) {
            for step in (1..=missing).rev() {
                self.push(slot.back(step), None);
            }
        } else {
            self.begin_anew();
        }
        self.push(slot, Some(shares));
        self.learn(slot);
        self.steps += 1;
        if self.steps % SOLVED_EVERY == 0 {
            self.rules.iter_mut().for_each(Rule::solve);
        }
    }

    /// What is to be expected of a block so many minutes after the newest step; none if nothing is known of it.
    #[must_use]
    pub fn outlook(&self, block: usize, minutes: f64) -> Option<Outlook> {
        let (block, newest) = (self.blocks.get(block)?, self.newest?);
        let steps = (minutes / Slot::MINUTES).max(0.0);
        match block.recent.newest_known() {
            Some((age, share)) => {
                let from = newest.back(age);
                let steps = steps + age as f64;
                Some(block.going_on(&self.rules, from, age, share, steps))
            }
            None => block.as_usual(newest.ahead(steps)),
        }
    }

    fn begin_anew(&mut self) {
        let Some(newest) = self.newest.take() else { return };
        self.said.clear();
        for block in &mut self.blocks {
            for back in (0..RECENT).rev() {
                if let Some(share) = block.recent.back(back) {
                    block.pattern.learn(newest.back(back), share);
                }
            }
            block.recent = Recent::new();
        }
    }

    /// Moves every block on by a step; without shares, its newest value stands for it.
    fn push(&mut self, slot: Slot, shares: Option<&[Option<f32>]>) {
        self.newest = Some(slot);
        self.said.insert(0, shares.is_some());
        self.said.truncate(RECENT);
        for (number, block) in self.blocks.iter_mut().enumerate() {
            let share = match shares {
                Some(shares) => shares.get(number).copied().flatten().filter(|s| s.is_finite()),
                None => block.recent.back(0),
            };
            let leaving = block.recent.push(share.map(|share| share.clamp(0.0, 1.0)));
            if let Some(leaving) = leaving {
                block.pattern.learn(slot.back(RECENT), leaving);
            }
        }
    }

    /// Judges the forecasts that could have been made for this step, and learns from them.
    fn learn(&mut self, slot: Slot) {
        for block in &mut self.blocks {
            let Some(came) = block.recent.back(0) else { continue };
            let usual = block.pattern.at(slot);
            for (rule, miss) in self.rules.iter_mut().zip(&mut block.misses) {
                let back = usize::from(rule.steps());
                if self.said.get(back) != Some(&true) {
                    continue;
                }
                let Some(share) = block.recent.back(back) else { continue };
                let from = slot.back(back);
                let seen = Seen {
                    share,
                    spaces: block.spaces,
                    steps: f64::from(rule.steps()),
                    before: block.pattern.at(from),
                    then: usual,
                    change: block.recent.changes(back, share),
                    miss: miss.0,
                };
                let off = rule.learn(&seen, came);
                miss.1 = (miss.1 + 1.0).min(MISSES_KEPT);
                miss.0 += (off - miss.0) / (OWN_MISSES + miss.1);
            }
        }
    }
}

impl Block {
    /// From a share known `age` steps ago, `steps` after it.
    fn going_on(&self, rules: &[Rule], from: Slot, age: usize, share: f32, steps: f64) -> Outlook {
        let weights = Weights::at(rules, &self.misses, steps);
        let then = self.pattern.at(from.ahead(steps));
        let seen = Seen {
            share,
            spaces: self.spaces,
            steps,
            before: self.pattern.at(from),
            then,
            change: self.recent.changes(age, share),
            miss: weights.miss,
        };
        let (change, spread) = weights.apply(&seen);
        let mut outlook = Outlook {
            share_now: f64::from(share),
            expected: (f64::from(share) + change).clamp(0.0, 1.0),
            spread,
            spaces: self.spaces,
            basis: if then.known() { Basis::Learned } else { Basis::LastSeen },
        };
        // Beyond the farthest anchor what is now counts for less and less.
        let faith = weights.faith;
        if let (true, Some(usual)) = (faith < 1.0, self.as_usual(from.ahead(steps))) {
            outlook.expected = faith * outlook.expected + (1.0 - faith) * usual.expected;
            outlook.spread = faith * outlook.spread + (1.0 - faith) * usual.spread;
        }
        outlook
    }

    /// When nothing recent is known: what is usual then, as wide as it strays.
    fn as_usual(&self, at: Slot) -> Option<Outlook> {
        let usual = self.pattern.at(at);
        let expected = f64::from(usual.week.or(usual.kind)?);
        Some(Outlook {
            share_now: expected,
            expected,
            spread: f64::from(self.pattern.stray()),
            spaces: self.spaces,
            basis: Basis::Usual,
        })
    }
}

#[cfg(test)]
mod tests;
