//! How much the last hours went as usual: the part of the usual changes that came, over all blocks together and in each.
//!
//! On a public holiday the usual morning does not come. Nobody has to say so: it shows within the first hours, over all
//! blocks earlier than in one.

use std::collections::VecDeque;

use super::pattern::Pattern;
use super::recent::{RECENT, Recent};
use super::slot::Slot;

/// Changes are looked at over a quarter hour: in steps.
const OVER: usize = 3;
/// How far back it is looked at over all blocks: an hour.
const ALL_STEPS: usize = 12;
/// What a step leaves of what was seen in one block: a third is left after four hours.
const OWN_LEFT: f32 = 1.0 - 1.0 / 48.0;
/// Squared changes that the opinion 'as usual' is worth: for all blocks for each of them.
const OWN_WORTH: f32 = 0.004;
const ALL_WORTH: f32 = 0.00005;

/// Of the newest steps, newest first: sums over all blocks of usual change × change, usual change².
#[derive(Clone, Debug, Default)]
pub(super) struct Likeness {
    sums: VecDeque<[f32; 2]>,
    blocks: f32,
}

impl Likeness {
    /// Takes the next step.
    pub(super) fn push(&mut self, sums: [f32; 2], blocks: usize) {
        self.sums.push_front(sums);
        self.sums.truncate(RECENT);
        self.blocks = blocks as f32;
    }

    pub(super) fn clear(&mut self) {
        self.sums.clear();
    }

    /// How much of what is usual came in all blocks before a moment so many steps ago: 1 is all of it, 0 is none.
    pub(super) fn before(&self, back: usize) -> f32 {
        let sums = self.sums.iter().skip(back).take(ALL_STEPS);
        let [both, usual] = sums.fold([0.0; 2], |sum, step| [sum[0] + step[0], sum[1] + step[1]]);
        part(both, usual, ALL_WORTH * self.blocks.max(1.0))
    }
}

/// The same sums for one block, older steps counting for less and less.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own([f32; 2]);

impl Own {
    /// Takes the newest step; what it adds for all blocks, and how much of what is usual came in this one.
    pub(super) fn push(&mut self, pattern: &Pattern, recent: &Recent, at: Slot) -> ([f32; 2], f32) {
        let [both, usual] = product(pattern, recent, at).unwrap_or_default();
        self.0 = [self.0[0] * OWN_LEFT + both, self.0[1] * OWN_LEFT + usual];
        ([both, usual], part(self.0[0], self.0[1], OWN_WORTH))
    }
}

/// Usual change × change and usual change² over the quarter hour before a step.
fn product(pattern: &Pattern, recent: &Recent, at: Slot) -> Option<[f32; 2]> {
    let change = recent.back(0)? - recent.back(OVER)?;
    let usual = pattern.usual_at(at)? - pattern.usual_at(at.back(OVER))?;
    Some([usual * change, usual * usual])
}

fn part(both: f32, usual: f32, worth: f32) -> f32 {
    ((both + worth) / (usual + worth)).clamp(0.0, 1.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::turnover::Flow;
    use vocabulary::Timestamp;

    /// A block that usually fills by a fiftieth each step from midnight on, and does so times `part`.
    fn after(part: f32) -> (Likeness, f32) {
        let monday = Slot::nearest(Timestamp::parse("2024-05-06T00:00:00Z").unwrap(), 0);
        let (mut pattern, mut recent) = (Pattern::new(), Recent::new());
        let (mut all, mut own, mut like) = (Likeness::default(), Own::default(), 1.0);
        for step in -3..36 {
            pattern.learn(monday.plus(step), 1.0 - step as f32 / 50.0);
        }
        for step in 0..36_i16 {
            recent.push(Some(1.0 - part * f32::from(step) / 50.0), Flow::default());
            let (sums, own) = own.push(&pattern, &recent, monday.plus(i64::from(step)));
            all.push(sums, 1);
            like = own;
        }
        (all, like)
    }

    #[test]
    fn it_is_the_part_of_the_usual_that_came() {
        for part in [0.0, 0.5, 1.0] {
            let (all, own) = after(part);
            assert!((own - part).abs() < 0.05, "{own} {part}");
            assert!((all.before(0) - part).abs() < 0.05, "{} {part}", all.before(0));
        }
    }

    #[test]
    fn nothing_seen_is_as_usual_and_more_than_usual_has_an_end() {
        assert_eq!(Likeness::default().before(0), 1.0);
        let (all, own) = after(9.0);
        assert_eq!((all.before(0), own), (1.5, 1.5));
        // Before its first hour nothing was known.
        assert_eq!(all.before(36), 1.0);
    }
}
