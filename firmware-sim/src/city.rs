//! The simulated city: what happens next, when, and what the sensors say of it.
//!
//! A discrete-event simulation in city time, without clock, network or randomness of the
//! machine: same town, seed and start give the same happenings. Whoever runs it waits for the
//! clock and sends the messages.
//!
//! Invariant: happenings come in order of time; at most one vehicle is in a bay.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use vocabulary::Timestamp;

use crate::demand::{Demand, Visit};
use crate::device::{Device, Message};
use crate::faults::Faults;
use crate::frame::{Occasion, Occupancy};
use crate::town::Town;

/// Seed, session names and faults of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Of demand, devices and faults.
    pub seed: u64,
    /// Names the sessions; must differ between runs against the same gateway.
    pub start: u64,
    /// City time at which the devices are switched on; all bays are empty then.
    pub start_at: Timestamp,
    /// What goes wrong on the way.
    pub faults: Faults,
}

/// The city between two happenings.
#[derive(Debug)]
pub struct City {
    bays: Vec<Bay>,
    agenda: BinaryHeap<Reverse<(Timestamp, u64, Due)>>,
    scheduled: u64,
}

#[derive(Debug)]
struct Bay {
    code: String,
    devices: Vec<Device>,
    demand: Demand,
    /// The visit that comes next or is going on.
    visit: Visit,
    felt: Occupancy,
}

/// Numbers are places in `City::bays`, and in `Bay::devices`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    SwitchOn(usize),
    Arrival(usize),
    Departure(usize),
    Heartbeat(usize, usize),
}

/// Something that happened.
#[derive(Debug)]
pub struct Happening {
    /// When, in city time.
    pub at: Timestamp,
    /// What it was.
    pub what: What,
    /// What the sensors say of it.
    pub messages: Vec<Message>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A vehicle came to a bay.
    Arrival(Trip),
    /// It left.
    Departure(Trip),
    /// Only sensors spoke.
    Nothing,
}

/// A visit and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The bay.
    pub bay_code: String,
    /// The visit.
    pub visit: Visit,
}

impl City {
    /// A city whose devices are about to be switched on. Devices lie in bays of the town
    /// (`Town::check`); bays without a device are left out, nobody would know of their visits.
    #[must_use]
    pub fn new(town: &Town, setting: &Setting) -> Self {
        let mut city = City { bays: bays(town, setting), agenda: BinaryHeap::new(), scheduled: 0 };
        for place in 0..city.bays.len() {
            city.schedule(setting.start_at, Due::SwitchOn(place));
            city.schedule(city.bays[place].visit.arrived_at, Due::Arrival(place));
        }
        city
    }

    /// When the next thing happens; `None` only in a town without devices.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        self.agenda.peek().map(|Reverse((at, ..))| *at)
    }

    /// Lets the next thing happen; `None` only in a town without devices.
    pub fn step(&mut self) -> Option<Happening> {
        let Reverse((at, _, due)) = self.agenda.pop()?;
        let (what, messages) = match due {
            Due::SwitchOn(bay) => (What::Nothing, self.switch_on(bay, at)),
            Due::Arrival(bay) => self.arrive(bay, at),
            Due::Departure(bay) => self.leave(bay, at),
            Due::Heartbeat(bay, device) => (What::Nothing, self.heartbeat(bay, device, at)),
        };
        Some(Happening { at, what, messages })
    }

    fn schedule(&mut self, at: Timestamp, due: Due) {
        self.scheduled += 1;
        self.agenda.push(Reverse((at, self.scheduled, due)));
    }

    fn switch_on(&mut self, place: usize, at: Timestamp) -> Vec<Message> {
        let bay = &mut self.bays[place];
        let messages = bay.tell(Occasion::StartUp, at);
        let heartbeats: Vec<_> = bay.devices.iter_mut().map(|d| d.first_heartbeat(at)).collect();
        for (device, heartbeat_at) in heartbeats.into_iter().enumerate() {
            self.schedule(heartbeat_at, Due::Heartbeat(place, device));
        }
        messages
    }

    fn arrive(&mut self, place: usize, at: Timestamp) -> (What, Vec<Message>) {
        let bay = &mut self.bays[place];
        bay.felt = Occupancy::Occupied;
        let (trip, messages) = (bay.trip(), bay.tell(Occasion::Change, at));
        self.schedule(trip.visit.left_at, Due::Departure(place));
        (What::Arrival(trip), messages)
    }

    fn leave(&mut self, place: usize, at: Timestamp) -> (What, Vec<Message>) {
        let bay = &mut self.bays[place];
        bay.felt = Occupancy::Vacant;
        let (trip, messages) = (bay.trip(), bay.tell(Occasion::Change, at));
        bay.visit = bay.demand.next_visit();
        let next_at = bay.visit.arrived_at;
        self.schedule(next_at, Due::Arrival(place));
        (What::Departure(trip), messages)
    }

    fn heartbeat(&mut self, place: usize, device: usize, at: Timestamp) -> Vec<Message> {
        let bay = &mut self.bays[place];
        let sensor = &mut bay.devices[device];
        let messages = sensor.report(Occasion::Heartbeat, bay.felt, at);
        let next_at = sensor.next_heartbeat(at);
        self.schedule(next_at, Due::Heartbeat(place, device));
        messages
    }
}

impl Bay {
    fn tell(&mut self, occasion: Occasion, at: Timestamp) -> Vec<Message> {
        let felt = self.felt;
        self.devices.iter_mut().flat_map(|device| device.report(occasion, felt, at)).collect()
    }

    fn trip(&self) -> Trip {
        Trip { bay_code: self.code.clone(), visit: self.visit.clone() }
    }
}

fn bays(town: &Town, setting: &Setting) -> Vec<Bay> {
    let mut devices: BTreeMap<&str, Vec<Device>> = BTreeMap::new();
    for (index, facts) in (0..).zip(&town.devices) {
        let device = Device::new(index, facts.clone(), setting.seed, setting.start, setting.faults);
        devices.entry(&facts.bay_code).or_default().push(device);
    }
    let watched = (0..).zip(&town.bays).filter_map(|(number, bay)| {
        let devices = devices.remove(bay.code.as_str())?;
        let mut demand = Demand::new(setting.seed, number, setting.start_at);
        let visit = demand.next_visit();
        Some(Bay { code: bay.code.clone(), devices, demand, visit, felt: Occupancy::Vacant })
    });
    watched.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::town::town;

    const DAY_MS: i64 = 24 * 3_600_000;

    fn start_at() -> Timestamp {
        Timestamp::parse("2026-09-15T00:00:00Z").unwrap()
    }

    fn setting(seed: u64) -> Setting {
        Setting { seed, start: 77, start_at: start_at(), faults: Faults::default() }
    }

    /// What happens in a town of 60 bays on its first day.
    fn day(seed: u64) -> Vec<Happening> {
        let town = town(60, seed, "id: sample").unwrap();
        let mut city = City::new(&town, &setting(seed));
        let end_at = start_at().plus_ms(DAY_MS);
        let mut happenings = Vec::new();
        while city.next_at().is_some_and(|at| at < end_at) {
            happenings.extend(city.step());
        }
        happenings
    }

    fn messages(happenings: &[Happening]) -> Vec<&Message> {
        happenings.iter().flat_map(|happening| &happening.messages).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_day() {
        let (first, second) = (day(1), day(1));
        assert_eq!(messages(&first), messages(&second));
        assert_ne!(messages(&first), messages(&day(2)));
    }

    #[test]
    fn arrivals_and_departures_alternate_in_every_bay() {
        let mut present: BTreeSet<String> = BTreeSet::new();
        let mut last_at = start_at();
        for happening in day(3) {
            assert!(happening.at >= last_at, "time runs forward");
            last_at = happening.at;
            match happening.what {
                What::Arrival(trip) => {
                    assert_eq!(trip.visit.arrived_at, happening.at);
                    assert!(present.insert(trip.bay_code), "two vehicles in one bay");
                }
                What::Departure(trip) => {
                    assert_eq!(trip.visit.left_at, happening.at);
                    assert!(present.remove(&trip.bay_code), "nobody was there");
                }
                What::Nothing => {}
            }
        }
    }

    #[test]
    fn no_two_messages_bear_the_same_key_and_repeats_are_few() {
        let day = day(4);
        let sent = messages(&day);
        let keys: BTreeSet<_> = sent.iter().map(|message| message.key).collect();
        assert_eq!(keys.len(), sent.len());
        let repeats = sent.iter().filter(|message| message.key.copy > 0).count();
        assert!(repeats > 0 && repeats * 50 < sent.len(), "{repeats} of {}", sent.len());
    }

    #[test]
    fn no_device_is_silent_for_longer_than_a_heartbeat_and_its_jitter() {
        let mut heard: BTreeMap<u32, Timestamp> = BTreeMap::new();
        for happening in day(5) {
            for message in &happening.messages {
                let before = heard.insert(message.key.device, happening.at);
                let silence_ms = happening.at.since_ms(before.unwrap_or(start_at()));
                assert!(silence_ms <= 21 * 60_000, "{silence_ms}");
            }
        }
        assert_eq!(heard.len(), 60);
    }
}
