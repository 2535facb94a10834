//! Whether there will still be a free bay on arrival: learned from how full blocks were, told as a distribution.
//!
//! Knows nothing of sensors, stays or clocks: every five minutes the caller says which share of each block's bays
//! is free, and asks. What comes out depends on nothing but what came in, in that order.
//!
//! **Invariants:** a forecast uses only what was said before it; what is learned from is the forecast that could
//! have been made at that time (a value enters its block's pattern five hours late, when no forecast that is still
//! to be judged starts from it). A block takes [`Forecaster::BLOCK_BYTES`] bytes, however long it learns.
//!
//! The model: `pattern` is what is usual at a quarter hour of the week and of a kind of day; `turnover` how many
//! vehicles come and leave then, and `chain` what that makes of the bays; `recent` the last five hours; `likeness`
//! how much of the usual came in them; `rule` how far each of them is to be believed at a horizon, learned over all
//! blocks together; `outlook` the answer, a Laplace distribution around the expected share, and the chance of a bay.
//! docs/FORECAST.md says how good it is.

mod chain;
mod keeper;
mod likeness;
mod outlook;
mod pattern;
mod recent;
mod regression;
mod rule;
mod saved;
mod score;
mod slot;
mod trial;
mod turnover;

pub use keeper::{Count, Keeper, Kept};
pub use outlook::{Basis, Outlook, Trend};
pub use saved::SavedReject;
pub use score::{Bin, Score};
pub use slot::Slot;
pub use trial::{HorizonScore, Measure, Row, Trial};
pub use turnover::Flow;

use likeness::{Likeness, Own};
use pattern::Pattern;
use recent::{RECENT, Recent};
use rule::{ANCHORS, Rule, Seen, Weights};
use turnover::Turnover;

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
    likeness: Likeness,
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
    turnover: Turnover,
    recent: Recent,
    alike: Own,
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
    pub const BLOCK_BYTES: usize =
        size_of::<Block>() + Pattern::HEAP_BYTES + Turnover::HEAP_BYTES + Recent::HEAP_BYTES;

    /// Knows no block yet.
    #[must_use]
    pub fn new() -> Forecaster {
        let rules = ANCHORS.iter().map(|steps| Rule::new(*steps)).collect();
        Forecaster {
            blocks: Vec::new(),
            rules,
            likeness: Likeness::default(),
            newest: None,
            said: Vec::new(),
            steps: 0,
        }
    }

    /// Adds a block with so many bays; its number, counted from 0.
    pub fn add_block(&mut self, spaces: u16) -> usize {
        self.blocks.push(Block {
            spaces: spaces.max(1),
            pattern: Pattern::new(),
            turnover: Turnover::new(),
            recent: Recent::new(),
            alike: Own::default(),
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

    /// Takes how many vehicles came to a block and left it in such a step of the past, on average.
    pub fn learn_past_flow(&mut self, block: usize, slot: Slot, share: f32, flow: [f32; 2]) {
        let known = share.is_finite() && flow.iter().all(|vehicles| vehicles.is_finite());
        if let (Some(block), true) = (self.blocks.get_mut(block), known) {
            let [arrivals, departures] = flow.map(|vehicles| vehicles / f32::from(block.spaces));
            block.turnover.learn(slot, share, arrivals, departures);
        }
    }

    /// How many vehicles come to a block and leave it in an hour, at such a time; none if nothing is known of it.
    #[must_use]
    pub fn hourly(&self, block: usize, at: Slot) -> Option<(f64, f64)> {
        let block = self.blocks.get(block)?;
        block.turnover.hourly(at, block.spaces)
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

    /// Takes the free share of every block at a step, in the order of their numbers; none where it is not known. What came
    /// and left since the step before is what the shares show of it.
    pub fn step(&mut self, slot: Slot, shares: &[Option<f32>]) {
        self.step_with(slot, shares, None);
    }

    /// The same, where it is known what came and left in the step before.
    ///
    /// A step that is not newer than the newest, or comes long after it, begins a new stretch: what was recent is
    /// learned from and left behind.
    pub fn step_with(&mut self, slot: Slot, shares: &[Option<f32>], flows: Option<&[Flow]>) {
        let missing = self.newest.map_or(i64::MAX, |newest| slot.since(newest) - 1);
        if (0..=BRIDGED).contains(&missing) {
            for step in (1..=missing).rev() {
                self.push(slot.back(step), None, None);
            }
        } else {
            self.begin_anew();
        }
        self.push(slot, Some(shares), flows);
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
                Some(block.going_on(
                    &self.rules,
                    self.likeness.before(age),
                    from,
                    age,
                    share,
                    steps,
                ))
            }
            None => block.as_usual(newest.ahead(steps)),
        }
    }

    fn begin_anew(&mut self) {
        let Some(newest) = self.newest.take() else { return };
        self.said.clear();
        self.likeness.clear();
        for block in &mut self.blocks {
            for back in (0..RECENT).rev() {
                if let Some(share) = block.recent.back(back) {
                    block.leave(newest.back(back), share, back.checked_sub(1));
                }
            }
            block.recent = Recent::new();
            block.alike = Own::default();
        }
    }

    /// Moves every block on by a step; without shares, its newest value stands for it.
    fn push(&mut self, slot: Slot, shares: Option<&[Option<f32>]>, flows: Option<&[Flow]>) {
        self.newest = Some(slot);
        self.said.insert(0, shares.is_some());
        self.said.truncate(RECENT);
        let mut alike = [0.0; 2];
        for (number, block) in self.blocks.iter_mut().enumerate() {
            let share = match shares {
                Some(shares) => shares.get(number).copied().flatten().filter(|s| s.is_finite()),
                None => block.recent.back(0),
            };
            let share = share.map(|share| share.clamp(0.0, 1.0));
            let flow = match flows {
                Some(flows) => flows.get(number).copied().unwrap_or_default(),
                None => block.net_flow(share),
            };
            if let Some(leaving) = block.recent.push(share, flow) {
                block.leave(slot.back(RECENT), leaving, Some(RECENT - 1));
            }
            let (sums, own) = block.alike.push(&block.pattern, &block.recent, slot);
            block.recent.note_alike(own);
            alike = [alike[0] + sums[0], alike[1] + sums[1]];
        }
        self.likeness.push(alike, self.blocks.len());
    }

    /// Judges the forecasts that could have been made for this step, and learns from them.
    fn learn(&mut self, slot: Slot) {
        let alike: Vec<f32> =
            ANCHORS.iter().map(|steps| self.likeness.before(usize::from(*steps))).collect();
        for block in &mut self.blocks {
            let Some(came) = block.recent.back(0) else { continue };
            let usual = block.pattern.at(slot);
            for ((rule, miss), all) in self.rules.iter_mut().zip(&mut block.misses).zip(&alike) {
                let back = usize::from(rule.steps());
                if self.said.get(back) != Some(&true) {
                    continue;
                }
                let Some(share) = block.recent.back(back) else { continue };
                let from = slot.back(back);
                let steps = f64::from(rule.steps());
                let seen = Seen {
                    share,
                    spaces: block.spaces,
                    before: block.pattern.at(from),
                    then: usual,
                    change: block.recent.changes(back, share),
                    miss: miss.0,
                    alike: [*all, block.recent.alike(back)],
                    chain: block.turnover.chain(from, steps, share, block.spaces),
                };
                let off = rule.learn(&seen, came);
                miss.1 = (miss.1 + 1.0).min(MISSES_KEPT);
                miss.0 += (off - miss.0) / (OWN_MISSES + miss.1);
            }
        }
    }
}

impl Block {
    /// What the change to a new share shows of arrivals and departures.
    fn net_flow(&self, share: Option<f32>) -> Flow {
        match (self.recent.back(0), share) {
            (Some(before), Some(after)) => Flow::net(before, after, self.spaces),
            _ => Flow::default(),
        }
    }

    /// Learns from a share that becomes too old, and from what came and left after it: in the step that ended `next` ago.
    fn leave(&mut self, at: Slot, share: f32, next: Option<usize>) {
        self.pattern.learn(at, share);
        if let Some(flow) = next.and_then(|next| self.recent.flow(next)) {
            let [arrivals, departures] = flow.map(|vehicles| vehicles / f32::from(self.spaces));
            self.turnover.learn(at, share, arrivals, departures);
        }
    }

    /// From a share known `age` steps ago, `steps` after it.
    fn going_on(
        &self,
        rules: &[Rule],
        all: f32,
        from: Slot,
        age: usize,
        share: f32,
        steps: f64,
    ) -> Outlook {
        let weights = Weights::at(rules, &self.misses, steps);
        let then = self.pattern.at(from.ahead(steps));
        let seen = Seen {
            share,
            spaces: self.spaces,
            before: self.pattern.at(from),
            then,
            change: self.recent.changes(age, share),
            miss: weights.miss,
            alike: [all, self.recent.alike(age)],
            chain: self.turnover.chain(from, steps, share, self.spaces),
        };
        let (change, spread, one) = weights.apply(&seen);
        let mut outlook = Outlook {
            share_now: f64::from(share),
            expected: (f64::from(share) + change).clamp(0.0, 1.0),
            spread,
            spaces: self.spaces,
            one,
            stays: 1.0 - seen.chain.free_to_taken,
            basis: if then.known() { Basis::Learned } else { Basis::LastSeen },
        };
        // Beyond the farthest anchor what is now counts for less and less.
        let faith = weights.faith;
        if let (true, Some(usual)) = (faith < 1.0, self.as_usual(from.ahead(steps))) {
            outlook.expected = faith * outlook.expected + (1.0 - faith) * usual.expected;
            outlook.spread = faith * outlook.spread + (1.0 - faith) * usual.spread;
            outlook.one = faith * outlook.one + (1.0 - faith) * usual.one;
        }
        outlook
    }

    /// When nothing recent is known: what is usual then, as wide as it strays.
    fn as_usual(&self, at: Slot) -> Option<Outlook> {
        let expected = f64::from(self.pattern.usual_at(at)?);
        let spread = f64::from(self.pattern.stray());
        Some(Outlook {
            share_now: expected,
            expected,
            spread,
            spaces: self.spaces,
            one: 1.0 - outlook::below(0.5 / f64::from(self.spaces), expected, spread),
            stays: expected,
            basis: Basis::Usual,
        })
    }
}

#[cfg(test)]
mod tests;
