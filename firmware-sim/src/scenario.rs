//! What a city is like and what goes wrong in it: `bowei-scenario/1`, a YAML file.
//!
//! A fault has a kind, says whom it befalls (a share of the devices it can befall, or bays by
//! code) and when (instants relative to the start of the simulation). Which devices, and when
//! exactly, is decided by seed (`plan`). No I/O; what a fault does is the simulation's.

mod form;
mod kind;
mod moment;
mod plan;

use crate::demand::Curve;

pub use form::Problem;
pub use kind::Kind;
pub(crate) use plan::{Befallen, Hit, Plan};

/// A city and its faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is, for people.
    pub title: String,
    /// Added to the seed of the simulation for all that faults decide by chance.
    pub seed: u64,
    /// The week's demand.
    pub curve: Curve,
    /// Multiplies the rate of arrivals; 1 is usual.
    pub busy: f64,
    /// How many devices a radio gateway or concentrator serves, 1 or more.
    pub devices_per_gateway: usize,
    /// How many readings a native device keeps until they are stored, 1 or more.
    pub flash_readings: usize,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// Something that goes wrong with some devices or radio gateways.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// With whom.
    pub whom: Whom,
    /// Not before this, in milliseconds of city time after the start of the simulation.
    pub from_ms: i64,
    /// Over before this; without it, at the end of the simulation.
    pub to_ms: Option<i64>,
    /// How long each time; without it, all of the time between `from_ms` and `to_ms`.
    pub lasting_ms: Option<i64>,
    /// How often between `from_ms` and `to_ms`, 1 or more.
    pub times: u32,
    /// Share of messages, 0 to 1, for faults of messages.
    pub probability: f64,
    /// Longest delay, for faults that delay.
    pub up_to_ms: i64,
    /// How far a clock is off: positive is ahead.
    pub offset_ms: i64,
    /// What becomes of what was sent during an outage.
    pub backlog: Backlog,
}

/// Whom a fault befalls.
#[derive(Clone, Debug, PartialEq)]
pub enum Whom {
    /// This share of the devices (or gateways) of which it can be true, 0 to 1.
    Share(f64),
    /// The devices in these bays (or the gateways that serve them).
    Bays(Vec<String>),
}

/// What a radio gateway does with uplinks that it cannot pass on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backlog {
    /// They are lost. (The Things Stack: always.)
    Lost,
    /// ChirpStack: passed on afterwards, with the gateway's own clock.
    Kept,
    /// ChirpStack: passed on afterwards, with the time of a satellite receiver.
    KeptWithGps,
}

impl Scenario {
    /// Nothing goes wrong; demand as in the demo.
    #[must_use]
    pub fn calm() -> Self {
        Scenario {
            title: "calm".into(),
            seed: 0,
            curve: Curve::Kerbside,
            busy: 1.0,
            devices_per_gateway: 200,
            flash_readings: 2_000,
            faults: Vec::new(),
        }
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// Every problem found, each with its line; only the first if the YAML itself is malformed or
    /// has an unknown key.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        form::read(yaml)
    }
}

impl Fault {
    /// A fault of every device it can befall, all of the time.
    #[must_use]
    pub fn everywhere(kind: Kind) -> Self {
        Fault {
            kind,
            whom: Whom::Share(1.0),
            from_ms: 0,
            to_ms: None,
            lasting_ms: None,
            times: 1,
            probability: 0.0,
            up_to_ms: 0,
            offset_ms: 0,
            backlog: Backlog::Lost,
        }
    }
}

#[cfg(test)]
mod tests;
