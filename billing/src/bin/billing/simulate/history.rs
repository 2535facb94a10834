//! The earlier visits of each vehicle, for tariffs whose limits count them.

use std::collections::HashMap;

use billing::EarlierVisit;
use billing::compare::LooksBack;
use vocabulary::Timestamp;

use super::stay::Stay;

const DAY_MS: i64 = 86_400_000;
/// A calendar month and a day more.
const MONTH_MS: i64 = 32 * DAY_MS;
/// Most visits kept of a vehicle.
const VISITS_LIMIT: usize = 200;
/// Vehicles that are gone are forgotten after so many rows.
const FORGET_EVERY: u64 = 100_000;

/// What one tariff may want to know of vehicles that come again.
#[derive(Debug)]
pub(super) struct History {
    horizon_ms: i64,
    looks_back: LooksBack,
    by_vehicle: HashMap<String, Vec<EarlierVisit>>,
    rows: u64,
}

/// Whether the earlier visits of a stay are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// They are, even if there are none.
    Yes,
    /// The line names no vehicle.
    NoVehicle,
    /// The line came before a visit that began later, or lies over one.
    OutOfOrder,
}

impl History {
    pub(super) fn new(looks_back: LooksBack) -> Self {
        let horizon_ms = if looks_back == LooksBack::Month { MONTH_MS } else { DAY_MS };
        History { horizon_ms, looks_back, by_vehicle: HashMap::new(), rows: 0 }
    }

    /// Gives a stay the earlier visits of its vehicle, and remembers it.
    pub(super) fn complete(&mut self, stay: &mut Stay) -> Known {
        if self.looks_back == LooksBack::Never || stay.has_earlier {
            return Known::Yes;
        }
        if stay.vehicle_id.is_empty() {
            return Known::NoVehicle;
        }
        let (Some(first), Some(last)) = (stay.case.intervals.first(), stay.case.intervals.last())
        else {
            return Known::Yes;
        };
        let (arrived_at, left_at) = (first.start_at(), last.end_at());
        self.forget(arrived_at);
        let visits = self.by_vehicle.entry(stay.vehicle_id.clone()).or_default();
        if visits.last().is_some_and(|last| ended_at(last) > arrived_at) {
            return Known::OutOfOrder;
        }
        // No limit reaches over a day without a visit; a month is counted whole.
        let over = |visit: &EarlierVisit| arrived_at.since_ms(ended_at(visit)) > self.horizon_ms;
        match self.looks_back {
            LooksBack::Month => visits.retain(|visit| !over(visit)),
            _ if visits.last().is_some_and(over) => visits.clear(),
            _ => {}
        }
        if visits.len() > VISITS_LIMIT {
            visits.remove(0);
        }
        stay.case.earlier.clone_from(visits);
        if left_at > arrived_at {
            let (intervals, doubts) = (stay.case.intervals.clone(), stay.case.doubts.clone());
            visits.push(EarlierVisit { intervals, doubts });
        }
        Known::Yes
    }

    fn forget(&mut self, now: Timestamp) {
        self.rows += 1;
        if self.rows.is_multiple_of(FORGET_EVERY) {
            let horizon_ms = self.horizon_ms;
            let recent = |visit: &EarlierVisit| now.since_ms(ended_at(visit)) <= horizon_ms;
            self.by_vehicle.retain(|_, visits| visits.last().is_some_and(recent));
        }
    }
}

fn ended_at(visit: &EarlierVisit) -> Timestamp {
    visit.intervals.last().map_or(Timestamp::from_ms(0), |interval| interval.end_at())
}
