//! A reading: one thing a sensor said, decoded, with its identity and its times.
//!
//! Readings are made by `read_message`; nothing here parses. A reading's identity is what the
//! device itself numbered, never the arrival time, so a repeat is recognised whatever path it took.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::{DeviceId, Timestamp};

use crate::codec::{HARDWARE_FAULT, OBSTRUCTED};
use crate::envelope::DEVICE_OLDER_MS;

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Bowei's own JSON or CBOR over MQTT.
    Native,
    /// ChirpStack v4.
    ChirpStack,
    /// The Things Stack v3.
    TheThingsStack,
}

/// What a reading is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The bay became occupied.
    Occupied,
    /// The bay became vacant.
    Vacant,
    /// A sign of life with the present state.
    Heartbeat,
    /// The device started.
    StartUp,
    /// The device reports that something is wrong with it.
    Fault,
    /// Nothing about the bay: battery, device information, usage counters.
    Info,
}

/// What the device said. Absent means not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub kind: Kind,
    /// What the bay was, if the device said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupied: Option<bool>,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_pct: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_mv: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// One of `RESET_CAUSES`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_cause: Option<String>,
    /// Further facts, each a word in `snake_case`.
    #[serde(default)]
    pub flags: Vec<String>,
    /// What the device said beyond that, in the words of its maker; of a message with several
    /// readings the first has it. Not for decisions.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Whose clock `observed_at` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    Device,
    Network,
    Received,
}

/// What the device itself numbered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReadingId {
    pub device: DeviceId,
    /// The stretch of counting: boot id, device address or session key id.
    pub epoch: String,
    /// The device's counter, 0 or more.
    pub number: i64,
    /// Which reading within one message, from 0.
    pub part: u16,
}

/// One thing a sensor said.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub id: ReadingId,
    /// SHA-256 of the content: the same identity with another hash is not a repeat.
    pub payload_hash: [u8; 32],
    /// When it was so, by the best clock there is; never changes once stored.
    pub observed_at: Timestamp,
    /// How early it may have been: set where the clocks of the network itself disagree, and then
    /// `observed_at` is the latest it may have been.
    pub earliest_at: Option<Timestamp>,
    pub time_source: TimeSource,
    /// What the device's own clock said, plausible or not.
    pub device_at: Option<Timestamp>,
    /// The radio network's own word on when, believed or not: its server's, else that of the gateway
    /// that heard it. `None` for native devices.
    pub network_at: Option<Timestamp>,
    /// When this copy came to us.
    pub received_at: Timestamp,
    /// How well the best gateway heard it.
    pub rssi_dbm: Option<i32>,
    pub snr_db: Option<f64>,
    pub report: Report,
}

/// How a registered device speaks. Devices of one kind share the texts.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceProfile {
    pub device: DeviceId,
    /// A codec's name such as `bosch-tps110`, or `native`.
    pub device_type: Arc<str>,
    /// The firmware in the register, if it is known.
    pub firmware: Option<Arc<str>>,
    /// A distance below this one is a vehicle: how the sensor hangs over the bay. Without it a distance says
    /// nothing about the bay.
    pub occupied_below_mm: Option<u32>,
    /// The key of a native device that signs what it says; what it does not sign is then refused.
    pub mac_key: Option<[u8; 32]>,
}

/// The normalised reset causes. `user_request`: somebody at the device; `rejoin`: it joined its
/// network anew.
pub const RESET_CAUSES: [&str; 9] = [
    "watchdog",
    "power_on",
    "system_request",
    "user_request",
    "external_pin",
    "lockup",
    "brownout",
    "rejoin",
    "other",
];

impl Network {
    const ALL: [Network; 3] = [Network::Native, Network::ChirpStack, Network::TheThingsStack];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Network::Native => "native",
            Network::ChirpStack => "chirpstack",
            Network::TheThingsStack => "the_things_stack",
        }
    }

    /// The network of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.name() == name)
    }
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::Occupied, Kind::Vacant, Kind::Heartbeat, Kind::StartUp, Kind::Fault, Kind::Info];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Occupied => "occupied",
            Kind::Vacant => "vacant",
            Kind::Heartbeat => "heartbeat",
            Kind::StartUp => "start_up",
            Kind::Fault => "fault",
            Kind::Info => "info",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Reading {
    /// When a radio network dated it, by nothing but the network's own word; `None` for what no
    /// network dated.
    #[must_use]
    pub fn dated_at(&self) -> Option<Timestamp> {
        let observed_at = (self.time_source == TimeSource::Network).then_some(self.observed_at);
        dated_at(self.network_at, observed_at, self.received_at)
    }
}

/// Every copy of a message bears the same word of the network, while what is made of it also
/// depends on when the copy came. A word from so far ahead that no copy can come then is none.
pub(crate) fn dated_at(
    network_at: Option<Timestamp>,
    observed_at: Option<Timestamp>,
    received_at: Timestamp,
) -> Option<Timestamp> {
    network_at.or(observed_at).filter(|at| at.since_ms(received_at) <= DEVICE_OLDER_MS)
}

impl Report {
    /// What it says of the bay, as far as the device vouches for it: one that says of itself that it
    /// is covered, or that a part of it fails, says no more than that.
    #[must_use]
    pub fn word(&self) -> (Kind, Option<bool>) {
        let fails = |flag: &String| flag == OBSTRUCTED || flag == HARDWARE_FAULT;
        if self.flags.iter().any(fails) {
            return (Kind::Fault, None);
        }
        (self.kind, self.occupied)
    }

    /// A report of this kind that says nothing else.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Report {
            kind,
            occupied: None,
            battery_pct: None,
            battery_mv: None,
            temperature_c: None,
            firmware: None,
            reset_cause: None,
            flags: Vec::new(),
            extra: Map::new(),
        }
    }

    /// A change of the bay: `Occupied` or `Vacant`.
    #[must_use]
    pub fn change_to(occupied: Occupancy) -> Self {
        let kind = match occupied {
            Occupancy::Occupied => Kind::Occupied,
            Occupancy::Vacant => Kind::Vacant,
        };
        Report { occupied: Some(occupied == Occupancy::Occupied), ..Report::new(kind) }
    }
}

/// Tells whether there is a key, never the key.
impl std::fmt::Debug for DeviceProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceProfile")
            .field("device", &self.device)
            .field("device_type", &self.device_type)
            .field("firmware", &self.firmware)
            .field("occupied_below_mm", &self.occupied_below_mm)
            .field("signs", &self.mac_key.is_some())
            .finish()
    }
}

/// The two things a bay can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupancy {
    Occupied,
    Vacant,
}

impl TimeSource {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeSource::Device => "device",
            TimeSource::Network => "network",
            TimeSource::Received => "received",
        }
    }
    /// The source of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [TimeSource::Device, TimeSource::Network, TimeSource::Received]
            .into_iter()
            .find(|source| source.name() == name)
    }
}

impl From<bool> for Occupancy {
    fn from(occupied: bool) -> Self {
        if occupied { Self::Occupied } else { Self::Vacant }
    }
}
