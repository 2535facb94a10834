//! A device's health: when it was heard, how often it speaks, how its battery does, what is wrong.

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Timestamp};

use crate::policy::Policy;
use crate::reading::Reading;

/// What can be wrong with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// Not heard for several of its heartbeats.
    Silent,
    /// Says the same for longer than is credible.
    Stuck,
    /// Changes its word too often.
    Flapping,
    /// Its clock is wrong.
    ClockWrong,
    /// Says something else than another device of its bay.
    Disagreeing,
    /// Its battery is low.
    LowBattery,
    /// Reported a fault of its own.
    Faulty,
    /// In service and never heard.
    NeverHeard,
}

impl ConditionKind {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ConditionKind::Silent => "silent",
            ConditionKind::Stuck => "stuck",
            ConditionKind::Flapping => "flapping",
            ConditionKind::ClockWrong => "clock_wrong",
            ConditionKind::Disagreeing => "disagreeing",
            ConditionKind::LowBattery => "low_battery",
            ConditionKind::Faulty => "faulty",
            ConditionKind::NeverHeard => "never_heard",
        }
    }
}

/// Something that is wrong with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub device: DeviceId,
    pub kind: ConditionKind,
    pub since: Timestamp,
    /// For people: the figures behind it.
    pub detail: String,
}

/// What is known of a device's health. Bounded in size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    pub heard_at: Option<Timestamp>,
}

impl Health {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a stored reading of the device, in the order of arrival.
    pub fn hear(&mut self, _policy: &Policy, reading: &Reading) {
        self.heard_at = self.heard_at.max(Some(reading.received_at));
    }

    /// The device's battery by a network's status message: percent, or external power.
    pub fn note_status(&mut self, _battery_pct: Option<u8>, at: Timestamp) {
        self.heard_at = self.heard_at.max(Some(at));
    }

    /// What is wrong with `device` at `now`.
    #[must_use]
    pub fn conditions(
        &self,
        _policy: &Policy,
        _device: DeviceId,
        _now: Timestamp,
    ) -> Vec<Condition> {
        Vec::new()
    }
}
