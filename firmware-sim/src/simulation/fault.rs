//! What the spells of faults do to devices, and how a firmware under a fault bends what it senses.
//!
//! Each spell is told as a fact when it begins. Faults of single messages are told by the
//! carriage, one incident at a time; a stuck device is stuck from the departure it missed.

use rand::Rng;
use vocabulary::Timestamp;

use super::Simulation;
use super::agenda::Due;
use crate::device::{Birth, Power, Trust};
use crate::frame::{Occasion, Occupancy};
use crate::scenario::{Befallen, Fault, Kind};
use crate::truth::Fact;

/// How long a flapping device sees a vehicle before it loses sight of it.
const SIGHT_MS: std::ops::Range<i64> = 60_000..900_000;
/// And for how long: shorter than the time in which no vehicle can leave and another come.
const BLIND_MS: std::ops::Range<i64> = 8_000..40_000;

impl Simulation {
    /// Puts every spell on the agenda; devices that are installed later are not there yet.
    pub(super) fn plan_hits(&mut self) {
        for place in 0..self.hits.len() {
            let hit = self.hits[place];
            self.agenda.add(hit.from, Due::Begin(place));
            if !self.scenario.faults[hit.fault].kind.is_momentary() {
                self.agenda.add(hit.to, Due::End(place));
            }
            if let (Kind::Replaced, Befallen::Pair(_, later)) =
                (self.scenario.faults[hit.fault].kind, hit.whom)
            {
                self.devices[later].power = Power::Absent;
            }
        }
    }

    /// From when to when a device lies in its bay.
    pub(super) fn in_the_road(&self, device: usize) -> (Timestamp, Option<Timestamp>) {
        let (mut from, mut to) = (self.setting.from, None);
        for hit in &self.hits {
            match (self.scenario.faults[hit.fault].kind, hit.whom) {
                (Kind::Replaced, Befallen::Pair(first, _)) if first == device => {
                    to = Some(hit.from);
                }
                (Kind::Replaced, Befallen::Pair(_, second)) if second == device => from = hit.from,
                _ => {}
            }
        }
        (from, to)
    }

    pub(super) fn begin(&mut self, place: usize, at: Timestamp) {
        let hit = self.hits[place];
        let kind = self.scenario.faults[hit.fault].kind;
        let number = u32::try_from(place).expect("fewer than four billion spells");
        match hit.whom {
            Befallen::Gateway(gateway) => self.carriage.gateways[gateway].suffers.push(number),
            Befallen::Device(device) => {
                self.devices[device].suffers.push(number);
                self.befall(kind, device, at);
            }
            Befallen::Pair(one, other) if kind == Kind::Replaced => self.replace(one, other, at),
            Befallen::Pair(one, other) if kind == Kind::Swapped => self.swap(one, other, at),
            Befallen::Pair(_, other) => {
                self.devices[other].suffers.push(number);
                self.refresh(other, at);
            }
        }
        if !kind.is_momentary() && !kind.is_of_messages() && kind != Kind::StuckOccupied {
            for device in self.befallen(hit.whom, kind) {
                self.fault(device, kind, hit.from, hit.to);
            }
        }
    }

    fn befall(&mut self, kind: Kind, device: usize, at: Timestamp) {
        match kind {
            Kind::Restart => self.restart(device, at),
            Kind::CounterReset => {
                let since = self.carriage.lines[device].heard_at;
                self.fault(device, kind, since, at);
                self.devices[device].number = 0;
                self.tell(device, Occasion::StartUp, at);
            }
            Kind::Frozen => self.devices[device].trust = Trust::Frozen,
            Kind::Silent => self.devices[device].power = Power::Dead,
            Kind::Flapping => self.flaps_later(device, at),
            Kind::StuckVacant => drop(self.refresh(device, at)),
            _ => {}
        }
    }

    pub(super) fn end_hit(&mut self, place: usize, at: Timestamp) {
        let hit = self.hits[place];
        let kind = self.scenario.faults[hit.fault].kind;
        let over = |suffers: &mut Vec<u32>| suffers.retain(|number| *number as usize != place);
        match hit.whom {
            Befallen::Gateway(gateway) => over(&mut self.carriage.gateways[gateway].suffers),
            Befallen::Device(device) => {
                over(&mut self.devices[device].suffers);
                self.recover(kind, device, at);
            }
            Befallen::Pair(one, other) => {
                over(&mut self.devices[other].suffers);
                for device in [one, other] {
                    self.devices[device].listens_to = None;
                    self.refresh(device, at);
                }
            }
        }
    }

    fn recover(&mut self, kind: Kind, device: usize, at: Timestamp) {
        match kind {
            Kind::Silent => {
                self.devices[device].power = Power::On;
                self.devices[device].exchange_battery(at);
                self.restart(device, at);
            }
            Kind::Frozen => {
                self.devices[device].trust = Trust::Sound;
                let says = self.wants_to_say(device);
                self.devices[device].say(says);
                self.tell_alive(device, at);
            }
            Kind::StuckOccupied => {
                self.devices[device].stuck_since = None;
                self.refresh(device, at);
            }
            Kind::Flapping => {
                self.devices[device].sight_lost = false;
                self.refresh(device, at);
            }
            _ => drop(self.refresh(device, at)),
        }
    }

    /// Anew, with another session; what the device thinks of the bay outlives it.
    fn restart(&mut self, device: usize, at: Timestamp) {
        self.restart_for(device, "power_on", at);
    }

    pub(super) fn restart_for(&mut self, device: usize, cause: &'static str, at: Timestamp) {
        let since = self.carriage.lines[device].heard_at;
        self.fault(device, Kind::Restart, since, at);
        let birth =
            Birth { seed: self.setting.seed, start: self.setting.start, at: self.setting.from };
        let says = self.wants_to_say(device);
        let sensor = &mut self.devices[device];
        if sensor.power == Power::On {
            sensor.start(&birth, cause);
            sensor.say(says);
            self.tell(device, Occasion::StartUp, at);
        }
    }

    fn replace(&mut self, one: usize, other: usize, at: Timestamp) {
        let since = self.carriage.lines[one].heard_at;
        self.fault(one, Kind::Replaced, since, at);
        self.devices[one].power = Power::Absent;
        self.devices[other].power = Power::On;
        let says = self.wants_to_say(other);
        self.devices[other].say(says);
        self.tell(other, Occasion::StartUp, at);
    }

    fn swap(&mut self, one: usize, other: usize, at: Timestamp) {
        self.devices[one].listens_to = Some(other);
        self.devices[other].listens_to = Some(one);
        self.refresh(one, at);
        self.refresh(other, at);
    }

    /// Says what there is to say of the bay now, if it is news. The stamp of what was said.
    pub(super) fn refresh(&mut self, device: usize, at: Timestamp) -> Option<Timestamp> {
        let says = self.wants_to_say(device);
        let sensor = &mut self.devices[device];
        if sensor.power != Power::On || sensor.trust != Trust::Sound || sensor.says == says {
            return None;
        }
        sensor.say(says);
        self.tell(device, Occasion::Change, at)
    }

    /// Devices that lie in the wrong bay hear what another senses.
    pub(super) fn refresh_listeners(&mut self, device: usize, at: Timestamp) {
        // Swapped devices listen to each other.
        if let Some(other) = self.devices[device].listens_to {
            self.refresh(other, at);
        }
    }

    fn wants_to_say(&self, device: usize) -> Occupancy {
        let sensor = &self.devices[device];
        let senses = self.devices[sensor.listens_to.unwrap_or(device)].senses();
        let suffers = |kind| self.fault_of(device, kind).is_some();
        match senses {
            _ if suffers(Kind::StuckVacant) => Occupancy::Vacant,
            _ if sensor.stuck_since.is_some() => Occupancy::Occupied,
            Occupancy::Occupied if sensor.sight_lost => Occupancy::Vacant,
            Occupancy::Occupied if suffers(Kind::SecondSensor) => Occupancy::Vacant,
            Occupancy::Vacant if suffers(Kind::SecondSensor) => Occupancy::Occupied,
            senses => senses,
        }
    }

    /// A vehicle came or left under a device that suffers: the device may miss it from here on.
    pub(super) fn note_fault_of_stay(&mut self, device: usize, now: Occupancy, at: Timestamp) {
        match now {
            Occupancy::Occupied => {
                if self.fault_of(device, Kind::Flapping).is_some() {
                    self.flaps_later(device, at);
                }
            }
            Occupancy::Vacant => {
                self.devices[device].sight_lost = false;
                let held = self.devices[device].says == Occupancy::Occupied;
                let stuck = self.hit_of(device, Kind::StuckOccupied).filter(|_| held);
                if let (Some(place), None) = (stuck, self.devices[device].stuck_since) {
                    self.devices[device].stuck_since = Some(at);
                    self.fault(device, Kind::StuckOccupied, at, self.hits[place].to);
                }
            }
        }
    }

    fn flaps_later(&mut self, device: usize, at: Timestamp) {
        let sensor = &mut self.devices[device];
        if sensor.senses() == Occupancy::Occupied {
            let after_ms = sensor.dice.random_range(SIGHT_MS);
            self.agenda.add(at.plus_ms(after_ms), Due::Flap(device));
        }
    }

    pub(super) fn flap(&mut self, device: usize, at: Timestamp) {
        let suffers = self.fault_of(device, Kind::Flapping).is_some();
        let sensor = &mut self.devices[device];
        sensor.sight_lost = suffers && !sensor.sight_lost && sensor.senses() == Occupancy::Occupied;
        if sensor.sight_lost {
            let after_ms = sensor.dice.random_range(BLIND_MS);
            self.agenda.add(at.plus_ms(after_ms), Due::Flap(device));
        } else if suffers {
            self.flaps_later(device, at);
        }
        self.refresh(device, at);
    }

    /// The fault of this kind that befalls a device now.
    pub(super) fn fault_of(&self, device: usize, kind: Kind) -> Option<&Fault> {
        let place = self.hit_of(device, kind)?;
        Some(&self.scenario.faults[self.hits[place].fault])
    }

    fn hit_of(&self, device: usize, kind: Kind) -> Option<usize> {
        let places = self.devices[device].suffers.iter().map(|number| *number as usize);
        places.into_iter().find(|place| self.scenario.faults[self.hits[*place].fault].kind == kind)
    }

    fn befallen(&self, whom: Befallen, kind: Kind) -> Vec<usize> {
        match whom {
            Befallen::Device(device) => vec![device],
            Befallen::Pair(one, other) if kind == Kind::Swapped => vec![one, other],
            Befallen::Pair(_, other) => vec![other],
            Befallen::Gateway(gateway) => (0..self.devices.len())
                .filter(|device| self.devices[*device].gateway == gateway)
                .collect(),
        }
    }

    /// Tells that a device suffered.
    pub(super) fn fault(&mut self, device: usize, kind: Kind, from: Timestamp, to: Timestamp) {
        let sensor = &self.devices[device];
        self.facts.push(Fact::Fault {
            device: sensor.facts.key.clone(),
            bay_code: self.bays[sensor.bay].code.clone(),
            kind,
            from,
            to: to.max(from),
        });
    }

    /// A heartbeat, or the word that the sensor fails.
    pub(super) fn tell_alive(&mut self, device: usize, at: Timestamp) {
        let sensor = &self.devices[device];
        match (sensor.power, sensor.trust) {
            (Power::On, Trust::Failed) => drop(self.tell(device, Occasion::Fault, at)),
            (Power::On, Trust::Sound) => drop(self.tell(device, Occasion::Heartbeat, at)),
            // The check before a heartbeat notices a frozen sensor: it is never told as sound.
            (Power::On, Trust::Frozen) | (Power::Dead | Power::Absent, _) => {}
        }
    }
}
