//! How LoRaWAN devices speak: frames through gateways, with their clocks and their outages, and
//! through network servers.

use rand::Rng;
use vocabulary::Timestamp;

use super::Simulation;
use super::carriage::THE_THINGS_STACK_MS;
use crate::envelope::{GatewayClock, Uplink, chirpstack, the_things_stack};
use crate::frame::Frame;
use crate::scenario::{Backlog, Kind};
use crate::town::Network;

/// From a gateway to ChirpStack.
const CHIRPSTACK_MS: i64 = 40;
/// From a network server to the broker.
const SERVER_MS: std::ops::Range<i64> = 200..400;
/// After an outage not all frames come at once.
const SPREAD_MS: i64 = 120_000;

/// When a frame was received, by which clock.
struct Reception {
    gateway_at: Timestamp,
    clock: GatewayClock,
    network_at: Timestamp,
}

impl Simulation {
    /// Sends a frame that was wholly on the air at `on_air_at`. Its stamp.
    pub(super) fn uplink(
        &mut self,
        device: usize,
        frame: Frame,
        on_air_at: Timestamp,
    ) -> Timestamp {
        let stamp = match self.devices[device].facts.network {
            Network::TheThingsStack => on_air_at.plus_ms(THE_THINGS_STACK_MS),
            Network::ChirpStack | Network::Native => on_air_at,
        };
        let number = self.devices[device].take_number();
        if self.strikes(device, Kind::Loss) {
            self.lose(device, Kind::Loss);
            return stamp;
        }
        let Some(reception) = self.receive(device, on_air_at) else {
            self.lose(device, Kind::Outage);
            return stamp;
        };
        let sensor = &mut self.devices[device];
        let uplink = Uplink {
            dev_eui: sensor.facts.key.clone(),
            dev_addr: sensor.session.dev_addr.clone(),
            session_key_id: sensor.session.key_id,
            f_cnt: u32::try_from(number).unwrap_or(u32::MAX),
            frame,
            gateway_at: reception.gateway_at,
            clock: reception.clock,
            network_at: reception.network_at,
            gateway: u32::try_from(sensor.gateway).unwrap_or(u32::MAX),
            rssi_dbm: sensor.dice.random_range(-118..=-85),
            snr_db: f64::from(sensor.dice.random_range(-40_i32..=40)) / 4.0,
        };
        self.deliver(device, &uplink, stamp);
        stamp
    }

    /// `None` where the gateway is cut off and keeps no backlog.
    fn receive(&mut self, device: usize, on_air_at: Timestamp) -> Option<Reception> {
        let network = self.devices[device].facts.network;
        let backhaul_ms = match network {
            Network::TheThingsStack => THE_THINGS_STACK_MS,
            Network::ChirpStack | Network::Native => CHIRPSTACK_MS,
        };
        let off_ms = self
            .gateway_fault(device, Kind::GatewayClock)
            .map_or(0, |(fault, _)| self.scenario.faults[fault].offset_ms);
        let (gateway_at, clock) = (on_air_at.plus_ms(off_ms), GatewayClock::Own);
        let Some((until, backlog)) = self.outage(device) else {
            let network_at = on_air_at.plus_ms(backhaul_ms);
            return Some(Reception { gateway_at, clock, network_at });
        };
        let spread_ms = self.carriage.lines[device].dice.random_range(0..SPREAD_MS);
        let network_at = until.plus_ms(spread_ms);
        match (network, backlog) {
            (Network::ChirpStack, Backlog::Kept) => {
                Some(Reception { gateway_at, clock, network_at })
            }
            (Network::ChirpStack, Backlog::KeptWithGps) => {
                let clock = GatewayClock::Gps;
                Some(Reception { gateway_at: on_air_at, clock, network_at })
            }
            _ => None,
        }
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
}
