//! Who says what when: laps in which every device speaks once, in an order of chance.
//!
//! 22 of 100 messages are changes, the rest heartbeats. Each device counts on from lap to lap and
//! its times grow, so that a town's ordinary traffic is seen, only faster than it really is.

use std::ops::Range;

use vocabulary::Timestamp;

use crate::chance::{chance, percent, shuffled};
use crate::message::{Said, Why};

const CHANGES_PCT: u64 = 22;
const OCCUPIED_AT_FIRST_PCT: u64 = 60;

/// The traffic of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    pub(crate) seed: u64,
    pub(crate) devices: u32,
    /// When lap 0 begins.
    pub(crate) from: Timestamp,
    /// From one message of a device to its next.
    pub(crate) spacing_ms: i64,
}

impl Traffic {
    /// What is said in these laps, in order. Lap 0 is heartbeats only.
    pub(crate) fn laps(&self, laps: &Range<u32>) -> Vec<Said> {
        let mut occupied: Vec<bool> =
            (0..self.devices).map(|device| self.occupied_at_first(device)).collect();
        let mut said = Vec::new();
        for lap in 0..laps.end {
            for (device, state) in (0..self.devices).zip(occupied.iter_mut()) {
                *state ^= self.changes(device, lap);
            }
            if laps.contains(&lap) {
                let order = shuffled(self.seed, u64::from(lap), self.devices);
                said.extend(
                    order
                        .into_iter()
                        .map(|device| self.said(device, lap, occupied[device as usize])),
                );
            }
        }
        said
    }

    fn said(&self, device: u32, lap: u32, occupied: bool) -> Said {
        let why = if self.changes(device, lap) { Why::Change } else { Why::Heartbeat };
        Said { device, number: lap, occupied, why, at: self.at(device, lap) }
    }

    fn changes(&self, device: u32, lap: u32) -> bool {
        lap > 0 && percent(self.seed, u64::from(device), u64::from(lap)) < CHANGES_PCT
    }

    fn occupied_at_first(&self, device: u32) -> bool {
        percent(self.seed ^ 1, u64::from(device), 0) < OCCUPIED_AT_FIRST_PCT
    }

    /// Each device has its own moment within the lap.
    fn at(&self, device: u32, lap: u32) -> Timestamp {
        let spacing = u64::try_from(self.spacing_ms).unwrap_or(1).max(1);
        let moment = chance(self.seed ^ 2, u64::from(device), 0) % spacing;
        let moment = i64::try_from(moment).expect("it is below the spacing");
        self.from.plus_ms(i64::from(lap) * self.spacing_ms + moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic() -> Traffic {
        let from = Timestamp::parse("2026-09-15T00:00:00Z").unwrap();
        Traffic { seed: 5, devices: 5000, from, spacing_ms: 90_000 }
    }

    #[test]
    fn a_fifth_of_the_messages_are_changes_and_each_changes_the_state() {
        let said = traffic().laps(&(0..4));
        let changes = said.iter().filter(|s| s.why == Why::Change).count();
        assert!((3_000..3_600).contains(&changes), "{changes} of 15,000 after the first lap");
        for device in 0..5000 {
            let own: Vec<&Said> = said.iter().filter(|s| s.device == device).collect();
            assert!(own.windows(2).all(|w| w[0].number + 1 == w[1].number && w[0].at < w[1].at));
            assert!(
                own.windows(2)
                    .all(|w| (w[1].why == Why::Change) == (w[0].occupied != w[1].occupied))
            );
        }
    }

    #[test]
    fn laps_made_apart_are_the_laps_made_together() {
        let apart = [traffic().laps(&(0..2)), traffic().laps(&(2..4))].concat();
        assert_eq!(apart, traffic().laps(&(0..4)));
    }
}
