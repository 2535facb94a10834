//! What radios and networks do to everything that is said, native or not.
//!
//! Each thing said has a *stamp*: the time that the network will write on it if its clocks are
//! right (native: the device's; LoRaWAN: the end of the frame at the gateway or server). A message
//! is handed out at the instant at which the broker receives it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::Timestamp;

use super::{Keeping, Setting, Simulation};
use crate::device::{Device, Power};
use crate::dice::{Purpose, dice, exponential_ms};
use crate::flash::Flash;
use crate::frame::{Family, Occasion};
use crate::scenario::{Backlog, Kind, Scenario};
use crate::town::Network;

/// From a gateway to The Things Stack, whose time the message bears.
pub(super) const THE_THINGS_STACK_MS: i64 = 35;

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
    pub(super) lost: Option<Kind>,
    pub(super) dice: ChaCha8Rng,
    /// Native devices, where nobody else keeps their readings.
    pub(super) flash: Option<Box<Flash>>,
    /// It will send again.
    pub(super) resends: bool,
}

#[derive(Debug, Default)]
pub(super) struct Gateway {
    /// Places of the hits that befall it now.
    pub(super) suffers: Vec<u32>,
}
/// What the network does to one message.
pub(super) struct Fate {
    pub(super) delay_ms: i64,
    /// When a copy of it arrives, after the first.
    pub(super) repeat_ms: Option<i64>,
    delayed_by: Option<Kind>,
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
    pub(super) fn note_delay(
        &mut self,
        device: usize,
        fate: &Fate,
        from: Timestamp,
        to: Timestamp,
    ) {
        if let Some(kind) = fate.delayed_by {
            self.fault(device, kind, from, to);
        }
    }

    /// What the network does to the next message of a device.
    pub(super) fn fate(&mut self, device: usize) -> Fate {
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

    pub(super) fn strikes(&mut self, device: usize, kind: Kind) -> bool {
        self.struck(device, kind).is_some()
    }

    /// Until when the gateway of a device is cut off, and what it does with its backlog.
    pub(super) fn outage(&self, device: usize) -> Option<(Timestamp, Backlog)> {
        let (fault, until) = self.gateway_fault(device, Kind::Outage)?;
        Some((until, self.scenario.faults[fault].backlog))
    }

    pub(super) fn gateway_fault(&self, device: usize, kind: Kind) -> Option<(usize, Timestamp)> {
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
