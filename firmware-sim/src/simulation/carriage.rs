//! From a device's mouth to the broker: radio, gateways, network servers, and the post.
//!
//! Each thing said has a *stamp*: the time that the network will write on it if its clocks are
//! right (native: the device's; LoRaWAN: the end of the frame at the gateway or server). A message
//! is handed out at the instant at which the broker receives it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use super::agenda::Due;
use super::{Happening, Keeping, Setting, Simulation, What};
use crate::device::{Device, Power};
use crate::dice::{Purpose, dice, exponential_ms};
use crate::envelope::native::Native;
use crate::envelope::{GatewayClock, Uplink, chirpstack, native, the_things_stack};
use crate::flash::{Flash, Reading};
use crate::frame::{Family, Frame, Occasion, Signal};
use crate::scenario::{Backlog, Kind, Scenario};
use crate::town::Network;

/// From a gateway to the network server, and on to the broker.
const CHIRPSTACK_MS: i64 = 40;
const THE_THINGS_STACK_MS: i64 = 35;
const SERVER_MS: std::ops::Range<i64> = 200..400;
const NATIVE_MS: std::ops::Range<i64> = 150..1_500;
/// A native device that hears nothing for so long sends again.
const RESEND_MS: i64 = 120_000;
/// After an outage not all speak at once.
const SPREAD_MS: i64 = 120_000;

/// A message's place among all others: which device numbered it, and which copy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey {
    /// Running number of the device in the town.
    pub device: u32,
    /// Running number of the message among all of this simulation.
    pub number: u64,
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
    /// Where others keep the readings of native devices: the reading in it.
    pub reading: Option<NativeReading>,
}

/// A reading that its device keeps until it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeReading {
    /// Name of the device.
    pub device_id: String,
    /// Of the device's start.
    pub boot_id: Arc<str>,
    /// Its number since then.
    pub seq: u64,
    /// Whether the radio carried it.
    pub heard: Heard,
}

/// Whether the radio carried a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It did.
    Yes,
    /// It did not: the device has to send it again.
    No,
}

/// The radio side of all devices.
#[derive(Debug)]
pub(super) struct Carriage {
    pub(super) lines: Vec<Line>,
    pub(super) gateways: Vec<Gateway>,
}

/// What became of the last messages of one device.
#[derive(Debug)]
pub(super) struct Line {
    /// Stamp of the last message that was not lost.
    pub(super) heard_at: Timestamp,
    /// Why something was lost since then.
    lost: Option<Kind>,
    dice: ChaCha8Rng,
    /// Native devices, where nobody else keeps their readings.
    flash: Option<Box<Flash>>,
    resends: bool,
}

#[derive(Debug, Default)]
pub(super) struct Gateway {
    /// Places of the hits that befall it now.
    pub(super) suffers: Vec<u32>,
}

/// Messages that have not arrived yet, by the time of arrival.
#[derive(Debug, Default)]
pub(super) struct Post {
    heap: BinaryHeap<Reverse<Letter>>,
    sent: u64,
}

#[derive(Debug)]
struct Letter {
    at: Timestamp,
    message: Message,
}

/// What the network does to one message.
struct Fate {
    delay_ms: i64,
    /// When a copy of it arrives, after the first.
    repeat_ms: Option<i64>,
    delayed_by: Option<Kind>,
}

impl PartialEq for Letter {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Letter {}

impl PartialOrd for Letter {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Letter {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.message.key.number).cmp(&(other.at, other.message.key.number))
    }
}

impl Post {
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(letter)| letter.at)
    }

    /// The next message, if it arrives before anything else is due.
    pub(super) fn take_before(&mut self, due: Option<Timestamp>) -> Option<Happening> {
        let at = self.next_at()?;
        if due.is_some_and(|due| due < at) {
            return None;
        }
        let Reverse(letter) = self.heap.pop()?;
        Some(Happening { at, what: What::Message(letter.message) })
    }

    fn send(&mut self, device: &Device, at: Timestamp, topic: String, payload: Vec<u8>) {
        self.send_reading(device, at, topic, payload, None);
    }

    fn send_reading(
        &mut self,
        device: &Device,
        at: Timestamp,
        topic: String,
        payload: Vec<u8>,
        reading: Option<NativeReading>,
    ) {
        let key = MessageKey { device: device.index, number: self.sent };
        self.sent += 1;
        let network = device.facts.network;
        let message = Message { key, network, topic, payload, reading };
        self.heap.push(Reverse(Letter { at, message }));
    }
}

impl Carriage {
    pub(super) fn new(devices: &[Device], scenario: &Scenario, setting: &Setting) -> Self {
        let keeps = setting.keeping == Keeping::Simulated;
        let line = |device: &Device| Line {
            heard_at: setting.from,
            lost: None,
            dice: dice(
                setting.seed.wrapping_add(scenario.seed),
                Purpose::Fault,
                device.index.into(),
            ),
            flash: (keeps && device.family == Family::Native)
                .then(|| Box::new(Flash::new(scenario.flash_readings))),
            resends: false,
        };
        let gateways = devices.iter().map(|device| device.gateway + 1).max().unwrap_or(0);
        Carriage {
            lines: devices.iter().map(line).collect(),
            gateways: (0..gateways).map(|_| Gateway::default()).collect(),
        }
    }
}

impl Simulation {
    /// A device speaks. The stamp of what it says; `None` if its family has no word for it.
    pub(super) fn tell(
        &mut self,
        device: usize,
        occasion: Occasion,
        at: Timestamp,
    ) -> Option<Timestamp> {
        if self.devices[device].power != Power::On {
            return None;
        }
        let signal = self.devices[device].signal(occasion, at);
        if self.devices[device].family == Family::Native {
            return Some(self.tell_natively(device, &signal, at));
        }
        let frames = self.devices[device].frames(&signal, at);
        let stamps: Vec<_> = frames
            .into_iter()
            .map(|(frame, on_air_at)| self.uplink(device, frame, on_air_at))
            .collect();
        stamps.last().copied()
    }

    /// The stamp that a change at `at` would have if nothing were wrong.
    pub(super) fn undisturbed_stamp(&self, device: usize, at: Timestamp) -> Timestamp {
        let sensor = &self.devices[device];
        match sensor.facts.network {
            Network::Native => at,
            Network::ChirpStack => at.plus_ms(sensor.airtime_ms()),
            Network::TheThingsStack => at.plus_ms(sensor.airtime_ms() + THE_THINGS_STACK_MS),
        }
    }

    fn tell_natively(&mut self, device: usize, signal: &Signal, at: Timestamp) -> Timestamp {
        let clock = self.device_clock(device, at);
        let sensor = &mut self.devices[device];
        let boot_id = sensor.session.boot_id.clone();
        let seq = sensor.take_number();
        let told = Native {
            boot_id: &boot_id,
            seq,
            at: clock,
            firmware: sensor.facts.firmware.as_deref().unwrap_or(sensor.family.firmware()),
            reset_cause: "power_on",
            rssi_dbm: sensor.dice.random_range(-95..=-60),
        };
        let json = native::reading(&told, signal);
        let arrives_at = at.plus_ms(self.carriage.lines[device].dice.random_range(NATIVE_MS));
        let lost = self.native_loss(device);
        let stamp = if clock.is_none() { arrives_at } else { at };
        let reading = Reading { boot_id, seq, json: json.into() };
        if self.setting.keeping == Keeping::Outside {
            self.hand_over(device, &reading, arrives_at, lost);
            return stamp;
        }
        self.keep(device, reading, at);
        match lost {
            Some(kind) => self.resend_later(device, kind, at),
            None => self.send_newest(device, at, arrives_at),
        }
        stamp
    }

    /// What the device's clock shows, if it has one.
    fn device_clock(&self, device: usize, at: Timestamp) -> Option<Timestamp> {
        if self.fault_of(device, Kind::NoClock).is_some() {
            return None;
        }
        let off_ms: i64 = [Kind::DeviceClockWrong, Kind::ClockJump]
            .into_iter()
            .filter_map(|kind| self.fault_of(device, kind))
            .map(|fault| fault.offset_ms)
            .sum();
        Some(at.plus_ms(off_ms))
    }

    fn native_loss(&mut self, device: usize) -> Option<Kind> {
        if self.outage(device).is_some() {
            return Some(Kind::Outage);
        }
        self.strikes(device, Kind::Loss).then_some(Kind::Loss)
    }

    fn hand_over(
        &mut self,
        device: usize,
        kept: &Reading,
        arrives_at: Timestamp,
        lost: Option<Kind>,
    ) {
        let heard = if lost.is_none() { Heard::Yes } else { Heard::No };
        let fate = self.fate(device);
        let arrives_at = arrives_at.plus_ms(fate.delay_ms);
        let sensor = &self.devices[device];
        let device_id = sensor.facts.key.clone();
        let topic = native::topic(&device_id);
        let (boot_id, seq) = (kept.boot_id.clone(), kept.seq);
        let reading = NativeReading { device_id, boot_id, seq, heard };
        let payload = kept.json.as_bytes().to_vec();
        if let Some(after_ms) = fate.repeat_ms.filter(|_| heard == Heard::Yes) {
            let (topic, payload) = (topic.clone(), payload.clone());
            self.post.send(sensor, arrives_at.plus_ms(after_ms), topic, payload);
        }
        self.post.send_reading(sensor, arrives_at, topic, payload, Some(reading));
    }

    fn keep(&mut self, device: usize, reading: Reading, at: Timestamp) {
        let flash = self.carriage.lines[device].flash.as_mut();
        let lost = flash.and_then(|flash| flash.keep(reading));
        if lost.is_some() {
            let since = self.carriage.lines[device].heard_at;
            self.fault(device, Kind::RingOverflow, since, at);
        }
    }

    /// Sends what was said last; older readings that are still kept go with the next repetition.
    fn send_newest(&mut self, device: usize, at: Timestamp, arrives_at: Timestamp) {
        let fate = self.fate(device);
        let line = &mut self.carriage.lines[device];
        let Some(flash) = line.flash.as_mut() else { return };
        let Some(reading) = flash.newest().cloned() else { return };
        // `stored up to` does not reach the device: it will send again.
        let unheard = fate.repeat_ms.is_some();
        if !unheard {
            flash.forget_newest();
        }
        if !line.resends {
            line.heard_at = at;
        }
        let arrives_at = arrives_at.plus_ms(fate.delay_ms);
        self.note_delay(device, &fate, at, arrives_at);
        let sensor = &self.devices[device];
        let topic = native::topic(&sensor.facts.key);
        self.post.send(sensor, arrives_at, topic, reading.json.as_bytes().to_vec());
        if unheard {
            self.resend_later(device, Kind::Repeats, at);
        }
    }

    fn resend_later(&mut self, device: usize, why: Kind, at: Timestamp) {
        if why != Kind::Repeats {
            self.carriage.lines[device].lost.get_or_insert(why);
        }
        if std::mem::replace(&mut self.carriage.lines[device].resends, true) {
            return;
        }
        let back_at = self.outage(device).map_or(at, |(until, _)| until);
        let spread_ms = self.carriage.lines[device].dice.random_range(0..SPREAD_MS);
        let again_at = at.plus_ms(RESEND_MS).max(back_at.plus_ms(spread_ms));
        self.agenda.add(again_at, Due::Resend(device));
    }

    pub(super) fn resend(&mut self, device: usize, at: Timestamp) {
        self.carriage.lines[device].resends = false;
        if self.devices[device].power != Power::On {
            // A dead device says what it kept when it has a battery again.
            self.carriage.lines[device].resends = true;
            self.agenda.add(at.plus_ms(30 * RESEND_MS), Due::Resend(device));
            return;
        }
        match self.native_loss(device) {
            Some(kind) => self.resend_later(device, kind, at),
            None => self.send_all(device, at),
        }
    }

    fn send_all(&mut self, device: usize, at: Timestamp) {
        let line = &mut self.carriage.lines[device];
        let Some(flash) = line.flash.as_mut() else { return };
        let batches = flash.batches();
        flash.clear();
        let since = std::mem::replace(&mut line.heard_at, at);
        if let Some(kind) = line.lost.take().filter(|kind| *kind != Kind::Outage) {
            self.fault(device, kind, since, at);
        }
        let arrives_at = at.plus_ms(self.carriage.lines[device].dice.random_range(NATIVE_MS));
        let sensor = &self.devices[device];
        for batch in batches {
            let topic = native::topic(&sensor.facts.key);
            self.post.send(sensor, arrives_at, topic, batch.into_bytes());
        }
    }

    /// At the end all networks work, and devices say what they kept.
    pub(super) fn deliver_all(&mut self) {
        for device in 0..self.devices.len() {
            let keeps = self.carriage.lines[device].flash.as_ref().is_some_and(|f| !f.is_empty());
            if keeps {
                self.send_all(device, self.setting.until);
            }
        }
    }

    fn uplink(&mut self, device: usize, frame: Frame, on_air_at: Timestamp) -> Timestamp {
        let network = self.devices[device].facts.network;
        let backhaul_ms = match network {
            Network::TheThingsStack => THE_THINGS_STACK_MS,
            Network::ChirpStack | Network::Native => CHIRPSTACK_MS,
        };
        let number = self.devices[device].take_number();
        let stamp = match network {
            Network::TheThingsStack => on_air_at.plus_ms(backhaul_ms),
            Network::ChirpStack | Network::Native => on_air_at,
        };
        if self.strikes(device, Kind::Loss) {
            self.lose(device, Kind::Loss);
            return stamp;
        }
        let mut network_at = on_air_at.plus_ms(backhaul_ms);
        let mut clock = GatewayClock::Own;
        match self.outage(device) {
            None => {}
            Some((until, kept)) if kept != Backlog::Lost && network == Network::ChirpStack => {
                network_at =
                    until.plus_ms(self.carriage.lines[device].dice.random_range(0..SPREAD_MS));
                if kept == Backlog::KeptWithGps {
                    clock = GatewayClock::Gps;
                }
            }
            Some(_) => {
                self.lose(device, Kind::Outage);
                return stamp;
            }
        }
        let off_ms = self
            .gateway_fault(device, Kind::GatewayClock)
            .map_or(0, |(fault, _)| self.scenario.faults[fault].offset_ms);
        let gateway_at = match clock {
            GatewayClock::Own => on_air_at.plus_ms(off_ms),
            GatewayClock::Gps => on_air_at,
        };
        let sensor = &mut self.devices[device];
        let uplink = Uplink {
            dev_eui: sensor.facts.key.clone(),
            dev_addr: sensor.session.dev_addr.clone(),
            session_key_id: sensor.session.key_id,
            f_cnt: u32::try_from(number).unwrap_or(u32::MAX),
            frame,
            gateway_at,
            clock,
            network_at,
            gateway: u32::try_from(sensor.gateway).unwrap_or(u32::MAX),
            rssi_dbm: sensor.dice.random_range(-118..=-85),
            snr_db: f64::from(sensor.dice.random_range(-40_i32..=40)) / 4.0,
        };
        self.deliver(device, &uplink, stamp);
        stamp
    }

    fn deliver(&mut self, device: usize, uplink: &Uplink, stamp: Timestamp) {
        let fate = self.fate(device);
        let line = &mut self.carriage.lines[device];
        let since = std::mem::replace(&mut line.heard_at, stamp);
        let lost = line.lost.take();
        let server_ms = line.dice.random_range(SERVER_MS);
        if let Some(kind) = lost {
            self.fault(device, kind, since, stamp);
        }
        let arrives_at = uplink.network_at.plus_ms(server_ms + fate.delay_ms);
        self.note_delay(device, &fate, stamp, arrives_at);
        let sensor = &self.devices[device];
        let (topic, payload) = match sensor.facts.network {
            Network::TheThingsStack => the_things_stack::envelope(uplink),
            Network::ChirpStack | Network::Native => chirpstack::envelope(uplink),
        };
        if let Some(after_ms) = fate.repeat_ms {
            let again_at = arrives_at.plus_ms(after_ms);
            self.post.send(sensor, again_at, topic.clone(), payload.clone());
            self.post.send(sensor, arrives_at, topic, payload);
            self.fault(device, Kind::Repeats, arrives_at, again_at);
        } else {
            self.post.send(sensor, arrives_at, topic, payload);
        }
    }

    fn lose(&mut self, device: usize, kind: Kind) {
        self.carriage.lines[device].lost.get_or_insert(kind);
    }

    fn note_delay(&mut self, device: usize, fate: &Fate, from: Timestamp, to: Timestamp) {
        if let Some(kind) = fate.delayed_by {
            self.fault(device, kind, from, to);
        }
    }

    /// What the network does to the next message of a device.
    fn fate(&mut self, device: usize) -> Fate {
        let delay = self.struck(device, Kind::Delay);
        let disorder = self.struck(device, Kind::Disorder);
        let repeat = self.struck(device, Kind::Repeats);
        let dice = &mut self.carriage.lines[device].dice;
        let (delay_ms, delayed_by) = match (delay, disorder) {
            (Some(up_to_ms), _) => {
                (exponential_ms(dice, up_to_ms / 3.0).min(whole(up_to_ms)), Some(Kind::Delay))
            }
            (None, Some(up_to_ms)) => {
                (dice.random_range(0..=whole(up_to_ms)), Some(Kind::Disorder))
            }
            (None, None) => (0, None),
        };
        let repeat_ms = repeat.map(|_| dice.random_range(500..60_000));
        Fate { delay_ms, repeat_ms, delayed_by }
    }

    /// Whether a fault of messages strikes the next one; then how far it delays at most.
    fn struck(&mut self, device: usize, kind: Kind) -> Option<f64> {
        let fault = self.fault_of(device, kind)?;
        let (probability, up_to_ms) = (fault.probability, fault.up_to_ms);
        let strikes = self.carriage.lines[device].dice.random::<f64>() < probability;
        #[allow(clippy::cast_precision_loss, reason = "a length of hours")]
        strikes.then_some(up_to_ms as f64)
    }

    fn strikes(&mut self, device: usize, kind: Kind) -> bool {
        self.struck(device, kind).is_some()
    }

    /// Until when the gateway of a device is cut off, and what it does with its backlog.
    fn outage(&self, device: usize) -> Option<(Timestamp, Backlog)> {
        let (fault, until) = self.gateway_fault(device, Kind::Outage)?;
        Some((until, self.scenario.faults[fault].backlog))
    }

    fn gateway_fault(&self, device: usize, kind: Kind) -> Option<(usize, Timestamp)> {
        let gateway = &self.carriage.gateways[self.devices[device].gateway];
        let hits = gateway.suffers.iter().map(|place| &self.hits[*place as usize]);
        hits.into_iter()
            .find(|hit| self.scenario.faults[hit.fault].kind == kind)
            .map(|hit| (hit.fault, hit.to))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "made from whole milliseconds")]
fn whole(ms: f64) -> i64 {
    ms as i64
}
