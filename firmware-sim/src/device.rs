//! One simulated sensor: its session, its counter, and the messages it sends.
//!
//! Every start is a new session with random names (boot id, device address, session key), so
//! that a restarted simulation never numbers two different readings alike.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use crate::dice::{Purpose, dice};
use crate::envelope::native::Native;
use crate::envelope::{Envelope, Uplink, chirpstack, native, the_things_stack};
use crate::faults::{FaultDice, Faults};
use crate::frame::{Frame, Occasion, Occupancy, Signal, bosch_tps110, milesight_vs34x};
use crate::town::{self, Network};

/// Every device reports at least this often (city time).
pub const HEARTBEAT_MS: i64 = 20 * 60_000;
const HEARTBEAT_JITTER_MS: i64 = 60_000;

/// A message's place among all others: which device numbered it, and which copy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey {
    /// Running number of the device in the town.
    pub device: u32,
    /// The device's own number: `seq` or `fCnt`.
    pub number: u64,
    /// 0, or 1 for a repeat.
    pub copy: u8,
}

/// A message on its way to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Tells it from all others.
    pub key: MessageKey,
    /// The connection it takes.
    pub network: Network,
    /// MQTT topic.
    pub topic: String,
    /// MQTT payload.
    pub payload: Vec<u8>,
}

/// A sensor in the road.
#[derive(Debug)]
pub struct Device {
    index: u32,
    facts: town::Device,
    session: Session,
    number: u64,
    battery_pct: u8,
    serial: [u8; 8],
    dice: ChaCha8Rng,
    faults: FaultDice,
}

#[derive(Debug)]
struct Session {
    boot_id: String,
    dev_addr: String,
    key_id: [u8; 16],
}

impl Device {
    /// Device number `index` of a town. `start` must differ between runs of the simulation: it
    /// names the sessions. All else follows from `seed`.
    #[must_use]
    pub fn new(index: u32, facts: town::Device, seed: u64, start: u64, faults: Faults) -> Self {
        let mut chance = dice(seed, Purpose::Device, index.into());
        Device {
            index,
            facts,
            session: Session::new(start, index),
            number: 0,
            battery_pct: chance.random_range(88..=100),
            serial: chance.random(),
            dice: chance,
            faults: FaultDice::new(faults, seed, index.into()),
        }
    }

    /// The messages that tell `occasion` at `at`, repeats among them.
    pub fn report(&mut self, occasion: Occasion, felt: Occupancy, at: Timestamp) -> Vec<Message> {
        let signal = Signal {
            occasion,
            occupancy: felt,
            battery_pct: self.battery_pct,
            temperature_c: self.temperature_c(at),
        };
        let frames = match (self.facts.network, self.facts.device_type.as_str()) {
            (Network::Native, _) => return self.native(&signal, at),
            (_, "milesight-vs34x") => milesight_vs34x::encode(&signal, self.serial),
            _ => vec![bosch_tps110::encode(&signal)],
        };
        frames.into_iter().flat_map(|frame| self.uplink(frame, at)).collect()
    }

    /// When the device speaks again if nothing happens, after having spoken at `at`.
    pub fn next_heartbeat(&mut self, at: Timestamp) -> Timestamp {
        let jitter_ms = self.dice.random_range(-HEARTBEAT_JITTER_MS..=HEARTBEAT_JITTER_MS);
        at.plus_ms(HEARTBEAT_MS + jitter_ms)
    }

    /// The first heartbeat falls anywhere in the first interval, so that a town started at once
    /// does not speak in chorus.
    pub fn first_heartbeat(&mut self, at: Timestamp) -> Timestamp {
        at.plus_ms(self.dice.random_range(1..=HEARTBEAT_MS))
    }

    fn native(&mut self, signal: &Signal, at: Timestamp) -> Vec<Message> {
        let native = Native {
            device_id: &self.facts.key,
            boot_id: &self.session.boot_id,
            seq: self.number,
            at,
            firmware: self.facts.firmware.as_deref().unwrap_or("1.4.0"),
            rssi_dbm: self.dice.random_range(-95..=-60),
        };
        let envelope = native::envelope(&native, signal);
        self.numbered(&envelope)
    }

    fn uplink(&mut self, frame: Frame, at: Timestamp) -> Vec<Message> {
        let uplink = Uplink {
            dev_eui: self.facts.key.clone(),
            dev_addr: self.session.dev_addr.clone(),
            session_key_id: self.session.key_id,
            f_cnt: u32::try_from(self.number).unwrap_or(u32::MAX),
            frame,
            at,
            rssi_dbm: self.dice.random_range(-118..=-85),
            snr_db: f64::from(self.dice.random_range(-40_i32..=40)) / 4.0,
        };
        let envelope = match self.facts.network {
            Network::TheThingsStack => the_things_stack::envelope(&uplink),
            Network::ChirpStack | Network::Native => chirpstack::envelope(&uplink),
        };
        self.numbered(&envelope)
    }

    /// Uses up the device's number, once for all copies.
    fn numbered(&mut self, (topic, payload): &Envelope) -> Vec<Message> {
        let number = self.number;
        self.number += 1;
        let copies = self.faults.next().copies;
        let message = |copy| Message {
            key: MessageKey { device: self.index, number, copy },
            network: self.facts.network,
            topic: topic.clone(),
            payload: payload.clone(),
        };
        (0..copies).map(message).collect()
    }

    /// Road temperature: warmest at 15:00 local time (07:00 UTC), one decimal.
    fn temperature_c(&mut self, at: Timestamp) -> f64 {
        let hour = f64::from(u32::try_from(at.ms().div_euclid(60_000) % 1_440).unwrap_or(0)) / 60.0;
        let swing = ((hour - 7.0) / 24.0 * std::f64::consts::TAU).cos() * 8.0;
        let noise: f64 = self.dice.random_range(-0.5..0.5);
        ((17.0 + swing + noise) * 10.0).round() / 10.0
    }
}

impl Session {
    fn new(start: u64, index: u32) -> Self {
        let mut chance = dice(start, Purpose::Session, index.into());
        // The seven high bits of a LoRaWAN address name the network; 0 is for trials.
        let address = chance.random::<u32>() & 0x01ff_ffff;
        Session {
            boot_id: format!("{:08x}", chance.random::<u32>()),
            dev_addr: format!("{address:08x}"),
            key_id: chance.random(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(1_789_430_400_000 + minute * 60_000)
    }

    fn device(network: Network, device_type: &str, start: u64, faults: Faults) -> Device {
        let facts = town::Device {
            key: "02b0e1c500620007".into(),
            network,
            device_type: device_type.into(),
            firmware: None,
            bay_code: "620007".into(),
        };
        Device::new(4, facts, 1, start, faults)
    }

    fn json(message: &Message) -> Value {
        serde_json::from_slice(&message.payload).unwrap()
    }

    #[test]
    fn a_device_numbers_what_it_says() {
        let mut sensor = device(Network::Native, "native", 9, Faults::NONE);
        let start = sensor.report(Occasion::StartUp, Occupancy::Vacant, at(0));
        let change = sensor.report(Occasion::Change, Occupancy::Occupied, at(5));
        assert_eq!(
            (json(&start[0])["seq"].as_u64(), json(&change[0])["seq"].as_u64()),
            (Some(0), Some(1))
        );
        assert_eq!(json(&start[0])["boot_id"], json(&change[0])["boot_id"]);
    }

    #[test]
    fn each_start_is_a_session_of_its_own() {
        let boot = |start| {
            let mut sensor = device(Network::Native, "native", start, Faults::NONE);
            json(&sensor.report(Occasion::StartUp, Occupancy::Vacant, at(0))[0])["boot_id"].clone()
        };
        assert_ne!(boot(1), boot(2));
    }

    #[test]
    fn a_repeat_says_the_same_under_the_same_number() {
        let always = Faults { duplicates: 1.0 };
        for (network, kind) in [
            (Network::Native, "native"),
            (Network::ChirpStack, "bosch-tps110"),
            (Network::TheThingsStack, "bosch-tps110"),
        ] {
            let mut sensor = device(network, kind, 9, always);
            let sent = sensor.report(Occasion::Change, Occupancy::Occupied, at(1));
            assert_eq!(sent.len(), 2);
            assert_eq!(sent[0].payload, sent[1].payload);
            assert_ne!(sent[0].key, sent[1].key);
        }
    }

    #[test]
    fn milesight_uses_two_uplinks_to_start() {
        let mut sensor = device(Network::TheThingsStack, "milesight-vs34x", 9, Faults::NONE);
        let start = sensor.report(Occasion::StartUp, Occupancy::Vacant, at(0));
        let counters: Vec<u64> = start
            .iter()
            .map(|m| json(m)["uplink_message"]["f_cnt"].as_u64().unwrap_or(0))
            .collect();
        assert_eq!(counters, [0, 1]);
    }

    #[test]
    fn heartbeats_are_20_minutes_apart_give_or_take_one() {
        let mut sensor = device(Network::Native, "native", 9, Faults::NONE);
        for _ in 0..1_000 {
            let gap_ms = sensor.next_heartbeat(at(0)).since_ms(at(0));
            assert!((19 * 60_000..=21 * 60_000).contains(&gap_ms), "{gap_ms}");
        }
    }
}
