//! One simulated sensor: ground, detector and firmware, its session, counter, battery and radio.
//!
//! It decides what to say and how it is numbered and stamped; what becomes of it on the way is the
//! simulation's. `senses` is what a sound sensor would say, and always right; `says` is what the
//! firmware says, which faults may bend.
//!
//! Every start is a new session with random names (boot id, device address, session key), so that
//! a restarted device or simulation never numbers two different readings alike.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use crate::detector::Detector;
use crate::dice::{Purpose, dice};
use crate::frame::{Family, Frame, Occasion, Occupancy, Signal};
use crate::signal::{Ground, Presence, Surroundings, temperature_c};
use crate::town;

/// Every device reports at least this often (city time), unless it is told otherwise.
const HEARTBEAT_MS: i64 = 20 * 60_000;
/// By so much of the interval it may be earlier or later.
const HEARTBEAT_JITTER: i64 = 20;
/// Time on air of a frame of some bytes at SF7 to SF10, 125 kHz, and how many devices need which.
const AIRTIMES_MS: [(i64, u32); 4] = [(57, 60), (103, 20), (185, 15), (371, 5)];
/// A radio may send for 1 % of the time: after each frame it is silent for 99 times its length.
const DUTY_CYCLE: i64 = 99;
/// Samples in a row that show whether the sensor lives.
const CHECK_SAMPLES: u32 = 4;
/// Ten years of heartbeats: what an uplink and an hour of sleep cost, in millionths of a charge.
const UPLINK_PPM: f64 = 2.0;
const HOUR_PPM: f64 = 4.0;

/// Whether a device is in the road and has power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    On,
    /// In its place, with a dead battery.
    Dead,
    /// Not installed yet, or removed.
    Absent,
}

/// Whether the firmware trusts its sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    Sound,
    /// The sensor gives the same value for ever; not noticed yet.
    Frozen,
    /// Noticed: the device no longer vouches for the bay.
    Failed,
}

/// A sensor in the road.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) index: u32,
    pub(crate) facts: town::Device,
    pub(crate) family: Family,
    /// Place of its bay.
    pub(crate) bay: usize,
    /// Number of the radio gateway or concentrator that serves it.
    pub(crate) gateway: usize,
    pub(crate) power: Power,
    pub(crate) trust: Trust,
    /// What the firmware says of the bay.
    pub(crate) says: Occupancy,
    /// Places of the hits that befall it now, in `Simulation::hits`.
    pub(crate) suffers: Vec<u32>,
    /// What the device at this place senses is what this one hears.
    pub(crate) listens_to: Option<usize>,
    /// A flapping device sees nothing for a moment.
    pub(crate) sight_lost: bool,
    /// Since when it holds on to a vehicle that has left.
    pub(crate) stuck_since: Option<Timestamp>,
    /// Samples each second until then.
    pub(crate) awake_until: Option<Timestamp>,
    pub(crate) session: Session,
    pub(crate) heartbeat_ms: i64,
    /// When it speaks next if nothing happens.
    pub(crate) heartbeat_at: Timestamp,
    /// Why it started last, told at start-up.
    pub(crate) reset_cause: &'static str,
    /// The next number: `seq` or `fCnt`.
    pub(crate) number: u64,
    pub(crate) dice: ChaCha8Rng,
    ground: Ground,
    detector: Detector,
    starts: u64,
    says_since: Timestamp,
    switched_on_at: Timestamp,
    uplinks: u32,
    charge_pct: f64,
    serial: [u8; 8],
    sequence: u8,
    airtime_ms: i64,
    radio_free_at: Timestamp,
}

/// The names under which a device numbers its readings.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) boot_id: Arc<str>,
    pub(crate) dev_addr: String,
    pub(crate) key_id: [u8; 16],
}

/// Seed, session names and start of a simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth {
    pub(crate) seed: u64,
    /// Names the sessions; must differ between runs against the same gateway.
    pub(crate) start: u64,
    pub(crate) at: Timestamp,
}

impl Device {
    pub(crate) fn new(
        index: u32,
        facts: &town::Device,
        family: Family,
        (bay, gateway): (usize, usize),
        birth: &Birth,
    ) -> Self {
        let mut chance = dice(birth.seed, Purpose::Device, index.into());
        let ground = Ground::new(family.sensing(), &mut chance);
        let nobody = Presence::nobody(birth.at);
        let empty = Surroundings { own: &nobody, neighbours: [None, None], tram_since: None };
        let calibration = ground.measure(&empty, birth.at, &mut chance);
        Device {
            index,
            facts: facts.clone(),
            family,
            bay,
            gateway,
            power: Power::On,
            trust: Trust::Sound,
            says: Occupancy::Vacant,
            suffers: Vec::new(),
            listens_to: None,
            sight_lost: false,
            stuck_since: None,
            awake_until: None,
            session: Session::new(birth.start, index, 0),
            heartbeat_ms: HEARTBEAT_MS,
            heartbeat_at: birth.at,
            reset_cause: "power_on",
            number: 0,
            charge_pct: chance.random_range(30.0..=100.0),
            serial: chance.random(),
            airtime_ms: airtime_ms(&mut chance),
            dice: chance,
            ground,
            detector: Detector::new(calibration),
            starts: 0,
            says_since: birth.at,
            switched_on_at: birth.at,
            uplinks: 0,
            sequence: 0,
            radio_free_at: birth.at,
        }
    }

    /// What a sound sensor would say.
    pub(crate) fn senses(&self) -> Occupancy {
        self.detector.says()
    }

    /// Takes a sample; what the sensor now senses, if that changed.
    pub(crate) fn sample(&mut self, near: &Surroundings<'_>, at: Timestamp) -> Option<Occupancy> {
        let field = self.ground.measure(near, at, &mut self.dice);
        self.detector.sample(field)
    }

    /// Whether the detector has made up its mind.
    pub(crate) fn is_settled(&self) -> bool {
        self.detector.is_settled()
    }

    /// The check before each heartbeat: follows the ground, and looks whether the sensor lives. A
    /// sound one never gives the same value again and again.
    pub(crate) fn check(&mut self, near: &Surroundings<'_>, at: Timestamp) {
        let first = self.ground.measure(near, at, &mut self.dice);
        self.detector.track(first);
        let alike = (1..CHECK_SAMPLES).all(|_| {
            let next = match self.trust {
                Trust::Sound => self.ground.measure(near, at, &mut self.dice),
                Trust::Frozen | Trust::Failed => first,
            };
            next.map(f32::to_bits) == first.map(f32::to_bits)
        });
        if alike {
            self.trust = Trust::Failed;
        }
    }

    /// The firmware says something else from now on.
    pub(crate) fn say(&mut self, occupancy: Occupancy) {
        self.says = occupancy;
    }

    /// Takes what it measures for an empty bay.
    pub(crate) fn calibrate(&mut self, near: &Surroundings<'_>, at: Timestamp) {
        self.detector = Detector::new(self.ground.measure(near, at, &mut self.dice));
    }

    /// A new session: another boot id, or a join.
    pub(crate) fn start(&mut self, birth: &Birth, reset_cause: &'static str) {
        self.starts += 1;
        self.reset_cause = reset_cause;
        self.session = Session::new(birth.start, self.index, self.starts);
        self.number = 0;
    }

    /// A new battery.
    pub(crate) fn exchange_battery(&mut self, at: Timestamp) {
        (self.charge_pct, self.uplinks, self.switched_on_at) = (100.0, 0, at);
    }

    /// What there is to say at `at`. A change ends the state before it.
    pub(crate) fn signal(&mut self, occasion: Occasion, at: Timestamp) -> Signal {
        let lasted_ms = at.since_ms(self.says_since).max(0);
        if occasion == Occasion::Change {
            self.says_since = at;
        }
        self.uplinks += 1;
        let noise: f64 = self.dice.random_range(-0.5..0.5);
        let signal = Signal {
            occasion,
            occupancy: self.says,
            battery_pct: self.battery_pct(at),
            temperature_c: ((f64::from(temperature_c(at)) + noise) * 10.0).round() / 10.0,
            lasted_min: u32::try_from(lasted_ms / 60_000).unwrap_or(u32::MAX),
            sequence: self.sequence,
            serial: self.serial,
        };
        self.sequence = self.sequence.wrapping_add(1);
        signal
    }

    /// The frames of a signal, each with the instant at which the whole frame has been on the air.
    pub(crate) fn frames(&mut self, signal: &Signal, at: Timestamp) -> Vec<(Frame, Timestamp)> {
        let mut sent = Vec::new();
        for frame in self.family.frames(signal) {
            let begins_at = at.max(self.radio_free_at);
            let ends_at = begins_at.plus_ms(self.airtime_ms);
            self.radio_free_at = ends_at.plus_ms(self.airtime_ms * DUTY_CYCLE);
            sent.push((frame, ends_at));
        }
        sent
    }

    /// Time on the air of one of its frames.
    pub(crate) fn airtime_ms(&self) -> i64 {
        self.airtime_ms
    }

    /// Uses up a number.
    pub(crate) fn take_number(&mut self) -> u64 {
        let number = self.number;
        self.number += 1;
        number
    }

    /// When the device speaks again if nothing happens, after having spoken at `at`.
    pub(crate) fn next_heartbeat(&mut self, at: Timestamp) -> Timestamp {
        let jitter_ms = self.heartbeat_ms / HEARTBEAT_JITTER;
        at.plus_ms(self.heartbeat_ms + self.dice.random_range(-jitter_ms..=jitter_ms))
    }

    /// The first heartbeat falls anywhere in the first interval, so that a town started at once
    /// does not speak in chorus.
    pub(crate) fn first_heartbeat(&mut self, at: Timestamp) -> Timestamp {
        at.plus_ms(self.dice.random_range(1..=HEARTBEAT_MS))
    }

    /// Where in the second the device samples.
    pub(crate) fn phase_ms(&self) -> i64 {
        i64::from(self.serial[0]) * 3
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a percentage, clamped"
    )]
    fn battery_pct(&self, at: Timestamp) -> u8 {
        let hours = at.since_ms(self.switched_on_at).max(0) as f64 / 3_600_000.0;
        let spent_ppm = f64::from(self.uplinks) * UPLINK_PPM + hours * HOUR_PPM;
        (self.charge_pct - spent_ppm / 10_000.0).clamp(1.0, 100.0) as u8
    }
}

impl Session {
    fn new(start: u64, index: u32, count: u64) -> Self {
        let mut chance = dice(start.wrapping_add(count << 32), Purpose::Session, index.into());
        // The seven high bits of a LoRaWAN address name the network; 0 is for trials.
        let address = chance.random::<u32>() & 0x01ff_ffff;
        Session {
            boot_id: format!("{:08x}", chance.random::<u32>()).into(),
            dev_addr: format!("{address:08x}"),
            key_id: chance.random(),
        }
    }
}

fn airtime_ms(chance: &mut ChaCha8Rng) -> i64 {
    let mut draw = chance.random_range(0..100);
    for (airtime_ms, share) in AIRTIMES_MS {
        if draw < share {
            return airtime_ms;
        }
        draw -= share;
    }
    AIRTIMES_MS[0].0
}
