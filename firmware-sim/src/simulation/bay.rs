//! Bays with their vehicles and their neighbours, and the trams that pass a block.

use std::collections::BTreeMap;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use super::{Setting, Trip};
use crate::demand::{Demand, Visit};
use crate::dice::{Purpose, dice};
use crate::frame::Occupancy;
use crate::scenario::Scenario;
use crate::signal::{Presence, Steel, Surroundings};
use crate::town::Town;
use crate::truth::Fact;

/// A tram runs along every so many blocks.
const BLOCKS_PER_TRAM_LINE: usize = 8;
const HOUR_MS: i64 = 3_600_000;
const CHINA_OFFSET_MS: i64 = 8 * HOUR_MS;
const FIRST_TRAM_HOUR: i64 = 6;
const LAST_TRAM_HOUR: i64 = 23;

#[derive(Debug)]
pub(super) struct Bay {
    pub(super) code: String,
    /// Places of its devices, in the order of the town file.
    pub(super) devices: Vec<usize>,
    /// The visit that comes next or is going on.
    pub(super) visit: Visit,
    number: u64,
    block: usize,
    neighbours: [Option<usize>; 2],
    demand: Demand,
    presence: Presence,
    /// What the visit in hand looks like to sound sensors.
    reported_arrived_at: Option<Timestamp>,
    reported_left_at: Option<Timestamp>,
    settling: bool,
}

/// A kerb, perhaps with a tram.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) bays: Vec<usize>,
    pub(super) tram_since: Option<Timestamp>,
    trams: Option<ChaCha8Rng>,
}

/// Every bay and block of the town, bays empty.
pub(super) fn lay_out(
    town: &Town,
    scenario: &Scenario,
    setting: &Setting,
) -> (Vec<Bay>, Vec<Block>) {
    let mut devices: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, device) in town.devices.iter().enumerate() {
        devices.entry(&device.bay_code).or_default().push(place);
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut bays: Vec<Bay> = Vec::new();
    for (place, facts) in town.bays.iter().enumerate() {
        let beside = place.checked_sub(1).filter(|before| town.bays[*before].block == facts.block);
        match beside {
            Some(before) => bays[before].neighbours[1] = Some(place),
            None => blocks.push(Block::new(blocks.len(), setting.seed)),
        }
        let block = blocks.len() - 1;
        blocks[block].bays.push(place);
        let number = place as u64;
        let (curve, busy) = (scenario.curve, scenario.busy);
        let mut demand = Demand::new(setting.seed, number, setting.from, curve, busy);
        bays.push(Bay {
            code: facts.code.clone(),
            devices: devices.remove(facts.code.as_str()).unwrap_or_default(),
            visit: demand.next_visit(),
            number,
            block,
            neighbours: [beside, None],
            demand,
            presence: Presence::nobody(setting.from),
            reported_arrived_at: None,
            reported_left_at: None,
            settling: false,
        });
    }
    (bays, blocks)
}

/// What is near the sensors of a bay.
pub(super) fn surroundings<'a>(
    bays: &'a [Bay],
    blocks: &[Block],
    place: usize,
) -> Surroundings<'a> {
    let bay = &bays[place];
    Surroundings {
        own: &bay.presence,
        neighbours: bay.neighbours.map(|place| place.map(|place| &bays[place].presence)),
        tram_since: blocks[bay.block].tram_since,
    }
}

impl Bay {
    pub(super) fn arrive(&mut self, seed: u64, at: Timestamp) -> Trip {
        self.presence.arrives(Steel::of_visit(seed, self.number, self.visit.number), at);
        self.trip()
    }

    pub(super) fn leave(&mut self, at: Timestamp) -> Trip {
        self.presence.leaves(at);
        self.settling = true;
        self.trip()
    }

    fn trip(&self) -> Trip {
        Trip { bay_code: self.code.clone(), visit: self.visit.clone() }
    }

    /// A sound sensor said so, with this stamp. Of two sensors, the first to see the vehicle and
    /// the last to miss it.
    pub(super) fn note(&mut self, occupancy: Occupancy, stamp: Timestamp) {
        let noted = match occupancy {
            Occupancy::Occupied => &mut self.reported_arrived_at,
            Occupancy::Vacant => &mut self.reported_left_at,
        };
        *noted = Some(match (*noted, occupancy) {
            (None, _) => stamp,
            (Some(before), Occupancy::Occupied) => before.min(stamp),
            (Some(before), Occupancy::Vacant) => before.max(stamp),
        });
    }

    /// The stay that is over; the next visit is in hand then.
    pub(super) fn settle(&mut self) -> Fact {
        let stay = self.stay(Some(self.visit.left_at));
        self.settling = false;
        self.reported_arrived_at = None;
        self.reported_left_at = None;
        self.visit = self.demand.next_visit();
        stay
    }

    /// The stay that goes on, or has just ended.
    pub(super) fn unsettled(&self) -> Option<Fact> {
        // Who has just left, and of whom no sensor has said so yet, is still there as far as
        // anybody can know.
        let left_at = self.reported_left_at.and(self.settling.then_some(self.visit.left_at));
        (self.settling || self.presence.is_here()).then(|| self.stay(left_at))
    }

    fn stay(&self, left_at: Option<Timestamp>) -> Fact {
        // A vehicle seen leaving that was not seen coming: a sensor replaced under it.
        let reported_left_at = self.reported_left_at.filter(|_| self.reported_arrived_at.is_some());
        Fact::Stay {
            bay_code: self.code.clone(),
            visit: self.visit.number,
            plate: self.visit.plate.clone(),
            vehicle: self.visit.plate_colour.class(),
            arrived_at: self.visit.arrived_at,
            left_at,
            reported_arrived_at: self.reported_arrived_at,
            reported_left_at,
        }
    }
}

impl Block {
    fn new(number: usize, seed: u64) -> Self {
        let passes = number.is_multiple_of(BLOCKS_PER_TRAM_LINE);
        let trams = passes.then(|| dice(seed, Purpose::Tram, number as u64));
        Block { bays: Vec::new(), tram_since: None, trams }
    }

    /// The next tram after `at`, if any ever passes: every 8 to 16 minutes from 6 to 23 o'clock.
    pub(super) fn next_tram(&mut self, at: Timestamp) -> Option<Timestamp> {
        let trams = self.trams.as_mut()?;
        let next = at.plus_ms(trams.random_range(8 * 60_000..16 * 60_000));
        let local_ms = (next.ms() + CHINA_OFFSET_MS).rem_euclid(24 * HOUR_MS);
        let wait_ms = match local_ms.div_euclid(HOUR_MS) {
            hour if hour < FIRST_TRAM_HOUR => FIRST_TRAM_HOUR * HOUR_MS - local_ms,
            hour if hour >= LAST_TRAM_HOUR => (24 + FIRST_TRAM_HOUR) * HOUR_MS - local_ms,
            _ => 0,
        };
        Some(next.plus_ms(wait_ms))
    }
}
