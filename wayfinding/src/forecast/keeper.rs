//! Forecasts in service: counts come in every five minutes, promises are written down, and judged when their time comes.

use std::collections::VecDeque;

use super::{Flow, Forecaster, Outlook, Score, Slot};

/// What is known of a block's bays at a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub bays: u16,
    /// Those whose state is known.
    pub known: u16,
    pub free: u16,
}

/// The score of one horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    pub minutes: u16,
    pub score: Score,
}

/// A forecaster that keeps its own score.
#[derive(Clone, Debug)]
pub struct Keeper {
    forecaster: Forecaster,
    /// Of each block and hour of the week, how often a bay was free: rate and values.
    usual: Vec<Vec<(f32, f32)>>,
    counts: Vec<Count>,
    promises: VecDeque<Promise>,
    scores: [Score; JUDGED_MIN.len()],
}

/// What was told of every block at one step, for one horizon.
#[derive(Clone, Debug)]
struct Promise {
    target: Slot,
    horizon: usize,
    /// Chance told, a bay was free when it was told.
    told: Vec<Option<(f32, bool)>>,
}

/// Horizons that are judged.
const JUDGED_MIN: [u16; 3] = [15, 30, 60];
const HOURS: usize = 168;
/// Values after which an hour forgets: eight weeks of five minutes.
const HOUR_KEPT: f32 = 96.0;

impl Default for Keeper {
    fn default() -> Keeper {
        Keeper::new()
    }
}

impl Keeper {
    /// Knows no block yet.
    #[must_use]
    pub fn new() -> Keeper {
        Keeper {
            forecaster: Forecaster::new(),
            usual: Vec::new(),
            counts: Vec::new(),
            promises: VecDeque::new(),
            scores: [Score::default(); JUDGED_MIN.len()],
        }
    }

    /// Adds a block; its number, counted from 0.
    pub fn add_block(&mut self) -> usize {
        self.usual.push(vec![(0.5, 0.0); HOURS]);
        self.counts.push(Count::default());
        self.forecaster.add_block(1)
    }

    /// The forecaster, for saving.
    #[must_use]
    pub fn forecaster(&self) -> &Forecaster {
        &self.forecaster
    }

    /// The forecaster, for restoring and settling.
    pub fn forecaster_mut(&mut self) -> &mut Forecaster {
        &mut self.forecaster
    }

    /// Takes the counts of all blocks, in the order of their numbers; judges what was promised for this step. What came
    /// and left since the last step is what the counts show of it.
    pub fn step(&mut self, slot: Slot, counts: &[Count]) {
        self.step_with(slot, counts, None);
    }

    /// The same, where it is known what came and left.
    pub fn step_with(&mut self, slot: Slot, counts: &[Count], flows: Option<&[Flow]>) {
        self.judge(slot, counts);
        let hour = slot.of_week() / 12;
        for (number, known) in self.counts.iter_mut().enumerate() {
            let count = counts.get(number).copied().unwrap_or_default();
            if count.bays != known.bays {
                self.forecaster.set_spaces(number, count.bays);
            }
            *known = count;
            if count.known > 0 {
                let (rate, values) = &mut self.usual[number][hour];
                *values = (*values + 1.0).min(HOUR_KEPT);
                *rate += (f32::from(u8::from(count.free > 0)) - *rate) / *values;
            }
        }
        let shares: Vec<Option<f32>> = self.counts.iter().map(|count| count.share()).collect();
        self.forecaster.step_with(slot, &shares, flows);
        for (horizon, minutes) in JUDGED_MIN.into_iter().enumerate() {
            let target = slot.plus(i64::from(minutes) / 5);
            let told = (0..self.counts.len()).map(|number| self.promise(number, minutes)).collect();
            self.promises.push_back(Promise { target, horizon, told });
        }
    }

    /// What is to be expected of a block.
    #[must_use]
    pub fn outlook(&self, block: usize, minutes: f64) -> Option<Outlook> {
        self.forecaster.outlook(block, minutes)
    }

    /// How many vehicles usually come to a block and leave it in an hour, so many minutes after the newest step.
    #[must_use]
    pub fn hourly(&self, block: usize, minutes: f64) -> Option<(f64, f64)> {
        let at = self.forecaster.newest()?.ahead(minutes / Slot::MINUTES);
        self.forecaster.hourly(block, at)
    }

    /// What is known of a block's bays now.
    #[must_use]
    pub fn count(&self, block: usize) -> Option<Count> {
        self.counts.get(block).copied()
    }

    /// How good promises were so far, horizon by horizon.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept> {
        JUDGED_MIN
            .iter()
            .zip(self.scores)
            .map(|(minutes, score)| Kept { minutes: *minutes, score })
            .collect()
    }

    /// A promise that can be judged: only of what is heard.
    #[expect(clippy::cast_possible_truncation, reason = "a chance")]
    fn promise(&self, number: usize, minutes: u16) -> Option<(f32, bool)> {
        let count = self.counts[number];
        if count.known == 0 {
            return None;
        }
        let outlook = self.forecaster.outlook(number, f64::from(minutes))?;
        Some((outlook.one_free() as f32, count.free > 0))
    }

    fn judge(&mut self, slot: Slot, counts: &[Count]) {
        let hour = slot.of_week() / 12;
        // A step that goes back in time ends what was promised.
        if self.forecaster.newest().is_some_and(|newest| slot <= newest) {
            self.promises.clear();
        }
        self.promises.retain(|promise| promise.target >= slot);
        let (due, waiting): (VecDeque<Promise>, _) =
            self.promises.drain(..).partition(|promise| promise.target == slot);
        self.promises = waiting;
        for Promise { horizon, told, .. } in due {
            for (number, told) in told.into_iter().enumerate() {
                let count = counts.get(number).copied().unwrap_or_default();
                let Some((chance, was_free)) = told.filter(|_| count.known > 0) else { continue };
                let last = f64::from(u8::from(was_free));
                let how = f64::from(self.usual[number][hour].0);
                self.scores[horizon].add(f64::from(chance), last, how, count.free > 0);
            }
        }
    }
}

impl Count {
    /// The free share of what is known.
    fn share(self) -> Option<f32> {
        (self.known > 0).then(|| f32::from(self.free.min(self.known)) / f32::from(self.known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Timestamp;

    fn slot(step: i64) -> Slot {
        Slot::nearest(Timestamp::parse("2026-09-14T00:00:00Z").unwrap(), 0).plus(step)
    }

    #[test]
    fn promises_are_judged_when_their_time_comes() {
        let mut keeper = Keeper::new();
        assert_eq!(keeper.add_block(), 0);
        for step in 0..24 {
            keeper.step(slot(step), &[Count { bays: 10, known: 10, free: 5 }]);
        }
        // Made at steps 0 to 23, due 3, 6 and 12 steps later, judged up to step 23.
        let judged: Vec<(u16, u64)> =
            keeper.kept().iter().map(|kept| (kept.minutes, kept.score.forecasts)).collect();
        assert_eq!(judged, [(15, 21), (30, 18), (60, 12)]);
        let quarter = keeper.kept()[0].score;
        assert_eq!((quarter.hit_rate(), quarter.brier().unwrap()[1]), (Some(1.0), 0.0));
        assert_eq!(keeper.count(0), Some(Count { bays: 10, known: 10, free: 5 }));
        assert_eq!(keeper.outlook(0, 15.0).unwrap().spaces, 10);
    }

    #[test]
    fn what_is_not_heard_is_not_judged() {
        let mut keeper = Keeper::new();
        keeper.add_block();
        for step in 0..6 {
            keeper.step(slot(step), &[Count { bays: 10, known: 10, free: 5 }]);
        }
        let before = keeper.kept();
        for step in 6..12 {
            keeper.step(slot(step), &[Count { bays: 10, known: 0, free: 0 }]);
        }
        assert_eq!(keeper.kept(), before);
        // Nor what was promised before the clock was set back.
        keeper.step(slot(0), &[Count { bays: 10, known: 10, free: 5 }]);
        assert_eq!(keeper.kept(), before);
    }
}
