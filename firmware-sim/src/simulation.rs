//! The simulated city: what happens next, when, and what the sensors say of it.
//!
//! A discrete-event simulation in city time, without clock, network or randomness of the machine:
//! same town, scenario and setting give the same messages at the same instants. Physics are
//! sampled only around events. Parts: `bay` (vehicles and trams), `fault` (what spells do to
//! devices), `carriage`, `native`, `uplink` and `post` (from a device's mouth to the broker).
//!
//! Invariants: happenings come in order of time; at most one vehicle is in a bay; what a sound
//! device would have said of a stay is known whatever befalls the device (`Fact::Stay`).

mod agenda;
mod bay;
mod carriage;
mod fault;
mod happening;
mod native;
mod obey;
mod post;
mod uplink;

use std::collections::BTreeMap;

use vocabulary::Timestamp;

use crate::detector::SAMPLE_MS;
use crate::device::{Birth, Device, Power};
use crate::frame::{Family, Occasion, Occupancy};
use crate::scenario::{Hit, Plan, Scenario};
use crate::town::{Network, Town, TownReject};
use crate::truth::Fact;
use agenda::{Agenda, Due};
use bay::{Bay, Block};
use carriage::Carriage;
use post::Post;

pub use happening::{
    Counts, Happening, Installation, Keeping, Received, Setting, Step, Trip, What,
};
pub use post::{Heard, Message, MessageKey, NativeReading};

/// A device stays awake for this long after something moved.
const AWAKE_MS: i64 = 12_000;
/// After a departure, when every device has said so.
const SETTLED_MS: i64 = 60_000;

/// A city in time.
#[derive(Debug)]
pub struct Simulation {
    scenario: Scenario,
    setting: Setting,
    hits: Vec<Hit>,
    bays: Vec<Bay>,
    blocks: Vec<Block>,
    devices: Vec<Device>,
    carriage: Carriage,
    agenda: Agenda,
    post: Post,
    facts: Vec<Fact>,
    counts: Counts,
    over: bool,
}

impl Simulation {
    /// A city whose devices are about to be switched on. Bays without a device are left out:
    /// nobody would know of their visits.
    ///
    /// # Errors
    /// A town whose devices cannot be simulated.
    pub fn new(town: &Town, scenario: &Scenario, setting: &Setting) -> Result<Self, TownReject> {
        town.check()?;
        let gateways = gateways(town, scenario.devices_per_gateway);
        let plan = Plan {
            town,
            gateways: &gateways,
            seed: setting.seed,
            from: setting.from,
            to: setting.until,
        };
        let hits = plan.hits(scenario);
        let (bays, blocks) = bay::lay_out(town, scenario, setting);
        let devices = devices(town, &bays, &gateways, setting)?;
        let carriage = Carriage::new(&devices, scenario, setting);
        let mut city = Simulation {
            scenario: scenario.clone(),
            setting: *setting,
            hits,
            bays,
            blocks,
            devices,
            carriage,
            agenda: Agenda::default(),
            post: Post::default(),
            facts: Vec::new(),
            counts: Counts::default(),
            over: false,
        };
        city.prepare();
        Ok(city)
    }

    /// When the next thing happens; `None` when all is over.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        let due = self.agenda.next_at().filter(|at| *at < self.setting.until);
        let post = self.post.next_at();
        match (due, post) {
            (Some(due), Some(post)) => Some(due.min(post)),
            (due, post) => due.or(post),
        }
    }

    /// Does the next thing there is to do.
    pub fn step(&mut self) -> Step {
        let due = self.agenda.next_at().filter(|at| *at < self.setting.until);
        if due.is_none() && !self.over {
            self.end();
            return Step::Quiet;
        }
        if let Some(message) = self.post.take_before(due) {
            self.counts.messages += 1;
            return Step::Happened(message);
        }
        match due.and_then(|_| self.agenda.take()) {
            None => Step::Over,
            Some((at, due)) => match self.happen(at, due) {
                Some(what) => Step::Happened(Happening { at, what }),
                None => Step::Quiet,
            },
        }
    }

    /// All messages in the order of their arrival at the broker, to the end.
    pub fn messages(&mut self) -> impl Iterator<Item = Received> {
        std::iter::from_fn(move || {
            loop {
                match self.step() {
                    Step::Happened(Happening { at, what: What::Message(message) }) => {
                        let Message { topic, payload, .. } = message;
                        return Some(Received { received_at: at, topic, payload });
                    }
                    Step::Happened(_) | Step::Quiet => {}
                    Step::Over => return None,
                }
            }
        })
    }

    /// What truly happened and is known by now, since this was last asked.
    pub fn take_truth(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }

    /// How much there was to do.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Which device lies where and when; sensors are replaced by the scenario.
    #[must_use]
    pub fn installations(&self) -> Vec<Installation> {
        let lies = |(place, device): (usize, &Device)| {
            let (from, to) = self.in_the_road(place);
            Installation {
                device: device.facts.key.clone(),
                bay_code: device.facts.bay_code.clone(),
                from,
                to,
            }
        };
        self.devices.iter().enumerate().map(lies).collect()
    }

    fn prepare(&mut self) {
        let (from, until) = (self.setting.from, self.setting.until);
        self.facts.push(Fact::Simulated {
            from,
            until,
            seed: self.setting.seed,
            scenario: self.scenario.title.clone(),
            bays: self.bays.iter().filter(|bay| !bay.devices.is_empty()).count(),
        });
        for place in 0..self.devices.len() {
            self.agenda.add(from, Due::SwitchOn(place));
        }
        for place in 0..self.bays.len() {
            if !self.bays[place].devices.is_empty() {
                self.agenda.add(self.bays[place].visit.arrived_at, Due::Arrival(place));
            }
        }
        for place in 0..self.blocks.len() {
            if let Some(at) = self.blocks[place].next_tram(from) {
                self.agenda.add(at, Due::Tram(place));
            }
        }
        self.plan_hits();
    }

    fn happen(&mut self, at: Timestamp, due: Due) -> Option<What> {
        match due {
            Due::SwitchOn(device) => self.switch_on(device, at),
            Due::Arrival(bay) => return Some(What::Arrival(self.arrive(bay, at))),
            Due::Departure(bay) => return Some(What::Departure(self.leave(bay, at))),
            Due::Settled(bay) => self.settle(bay),
            Due::Sample(device) => self.sample(device, at),
            Due::Heartbeat(device) => self.heartbeat(device, at),
            Due::Tram(block) => self.tram(block, at),
            Due::Begin(hit) => self.begin(hit, at),
            Due::End(hit) => self.end_hit(hit, at),
            Due::Flap(device) => self.flap(device, at),
            Due::Resend(device) => self.resend(device, at),
        }
        None
    }

    fn switch_on(&mut self, device: usize, at: Timestamp) {
        let sensor = &mut self.devices[device];
        sensor.heartbeat_at = sensor.first_heartbeat(at);
        self.agenda.add(sensor.heartbeat_at, Due::Heartbeat(device));
        if sensor.power == Power::On {
            self.tell(device, Occasion::StartUp, at);
        }
    }

    fn arrive(&mut self, place: usize, at: Timestamp) -> Trip {
        self.counts.arrivals += 1;
        let trip = self.bays[place].arrive(self.setting.seed, at);
        self.agenda.add(trip.visit.left_at, Due::Departure(place));
        self.wake_bay(place, at);
        trip
    }

    fn leave(&mut self, place: usize, at: Timestamp) -> Trip {
        let trip = self.bays[place].leave(at);
        self.agenda.add(at.plus_ms(SETTLED_MS), Due::Settled(place));
        self.wake_bay(place, at);
        trip
    }

    /// The stay is over, and what every sensor made of it is known.
    fn settle(&mut self, place: usize) {
        let bay = &mut self.bays[place];
        let stay = bay.settle();
        self.agenda.add(bay.visit.arrived_at, Due::Arrival(place));
        self.facts.push(stay);
    }

    fn tram(&mut self, block: usize, at: Timestamp) {
        self.blocks[block].tram_since = Some(at);
        for place in self.blocks[block].bays.clone() {
            self.wake_bay(place, at);
        }
        if let Some(next_at) = self.blocks[block].next_tram(at) {
            self.agenda.add(next_at, Due::Tram(block));
        }
    }

    fn wake_bay(&mut self, place: usize, at: Timestamp) {
        for number in 0..self.bays[place].devices.len() {
            let device = self.bays[place].devices[number];
            let sensor = &mut self.devices[device];
            let asleep = sensor.awake_until.replace(at.plus_ms(AWAKE_MS)).is_none();
            if asleep {
                let into_ms = (at.ms() - sensor.phase_ms()).rem_euclid(SAMPLE_MS);
                self.agenda.add(at.plus_ms(SAMPLE_MS - into_ms), Due::Sample(device));
            }
        }
    }

    fn sample(&mut self, device: usize, at: Timestamp) {
        self.counts.samples += 1;
        let sensor = &mut self.devices[device];
        let near = bay::surroundings(&self.bays, &self.blocks, sensor.bay);
        let changed = sensor.sample(&near, at);
        if sensor.is_settled() && sensor.awake_until.is_none_or(|until| at >= until) {
            sensor.awake_until = None;
        } else {
            self.agenda.add(at.plus_ms(SAMPLE_MS), Due::Sample(device));
        }
        if let Some(occupancy) = changed {
            self.sensed(device, occupancy, at);
        }
    }

    fn heartbeat(&mut self, device: usize, at: Timestamp) {
        let sensor = &mut self.devices[device];
        if sensor.heartbeat_at != at {
            return;
        }
        let near = bay::surroundings(&self.bays, &self.blocks, sensor.bay);
        sensor.check(&near, at);
        self.next_heartbeat(device, at);
        self.tell_alive(device, at);
    }

    /// A sound sensor would now say something else: so its firmware does, unless a fault is in
    /// the way; and the truth notes when it was, or would have been, said.
    fn sensed(&mut self, device: usize, occupancy: Occupancy, at: Timestamp) {
        self.note_fault_of_stay(device, occupancy, at);
        let told_at = self.refresh(device, at);
        let said = told_at.filter(|_| self.devices[device].says == occupancy);
        let stamp = said.unwrap_or_else(|| self.undisturbed_stamp(device, at));
        let sensor = &self.devices[device];
        if sensor.power != Power::Absent {
            self.bays[sensor.bay].note(occupancy, stamp);
        }
        self.refresh_listeners(device, at);
    }

    /// At the end, while what was sent late is still on its way: what devices keep is sent, stays
    /// that go on are told.
    fn end(&mut self) {
        self.over = true;
        for place in 0..self.bays.len() {
            self.facts.extend(self.bays[place].unsettled());
        }
        self.deliver_all();
    }
}

/// The gateway of each device: devices of one network, in the order of the file, share one.
fn gateways(town: &Town, devices_per_gateway: usize) -> Vec<usize> {
    let mut members: BTreeMap<Network, usize> = BTreeMap::new();
    let groups: Vec<(Network, usize)> = town
        .devices
        .iter()
        .map(|device| {
            let count = members.entry(device.network).or_default();
            *count += 1;
            (device.network, (*count - 1) / devices_per_gateway)
        })
        .collect();
    let mut numbers: BTreeMap<(Network, usize), usize> = BTreeMap::new();
    for group in &groups {
        let next = numbers.len();
        numbers.entry(*group).or_insert(next);
    }
    groups.iter().map(|group| numbers[group]).collect()
}

fn devices(
    town: &Town,
    bays: &[Bay],
    gateways: &[usize],
    setting: &Setting,
) -> Result<Vec<Device>, TownReject> {
    let birth = Birth { seed: setting.seed, start: setting.start, at: setting.from };
    let mut bay_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, bay) in bays.iter().enumerate() {
        bay_of.extend(bay.devices.iter().map(|device| (*device, place)));
    }
    (0..)
        .zip(&town.devices)
        .map(|(index, facts): (u32, _)| {
            let place = index as usize;
            let family = Family::of(facts.network, &facts.device_type);
            let family = family.ok_or_else(|| TownReject::UnknownDeviceType {
                device: facts.key.clone(),
                device_type: facts.device_type.clone(),
            })?;
            Ok(Device::new(index, facts, family, (bay_of[&place], gateways[place]), &birth))
        })
        .collect()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_obedience;
