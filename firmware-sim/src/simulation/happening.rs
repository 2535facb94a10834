//! What a simulation is asked, and what it answers.

use vocabulary::Timestamp;

use super::post::Message;
use crate::demand::Visit;

/// Seed, session names, and the time that is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Of demand, devices and faults.
    pub seed: u64,
    /// Names the sessions; must differ between runs against the same gateway.
    pub start: u64,
    /// City time at which the devices are switched on; all bays are empty then.
    pub from: Timestamp,
    /// City time at which it is over.
    pub until: Timestamp,
    /// Who keeps the readings of native devices.
    pub keeping: Keeping,
}

/// Who keeps the readings of native devices until they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// The simulation: what reaches the broker counts as stored.
    Simulated,
    /// Whoever runs it, who hears what the gateway says. A reading that was not heard is handed
    /// over all the same.
    Outside,
}

/// How much there was to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Samples that detectors took.
    pub samples: u64,
    /// Messages that reached the broker.
    pub messages: u64,
    /// Stays that began.
    pub arrivals: u64,
}

/// What a step brought.
#[derive(Debug)]
pub enum Step {
    /// Something of which somebody outside learns.
    Happened(Happening),
    /// Something inside a device.
    Quiet,
    /// Nothing: all is over.
    Over,
}

/// Something that happened.
#[derive(Debug)]
pub struct Happening {
    /// When, in city time; for a message, when it reached the broker.
    pub at: Timestamp,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Debug)]
pub enum What {
    /// A vehicle came to a bay.
    Arrival(Trip),
    /// It left.
    Departure(Trip),
    /// A message reached the broker.
    Message(Message),
}

/// A visit and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The bay.
    pub bay_code: String,
    /// The visit.
    pub visit: Visit,
}

/// A message as a broker would have received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// City time of its arrival.
    pub received_at: Timestamp,
    /// MQTT topic.
    pub topic: String,
    /// MQTT payload, JSON.
    pub payload: Vec<u8>,
}

/// A device in its bay for a time, as an installer would have recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Key of the device.
    pub device: String,
    /// The bay it lies in.
    pub bay_code: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when, if it was removed.
    pub to: Option<Timestamp>,
}

impl Setting {
    /// For messages without a network: everything follows from the seed.
    #[must_use]
    pub fn offline(seed: u64, from: Timestamp, days: u32) -> Self {
        let until = from.plus_ms(i64::from(days) * 86_400_000);
        Setting { seed, start: seed, from, until, keeping: Keeping::Simulated }
    }
}
