//! A device's health: when it was heard, how often it speaks, how well the network hears it, what
//! was lost on the way, and what is wrong with it.
//!
//! It is kept per device, in the order of arrival, from stored readings and the network's notices.
//! What is wrong with a device's word about its bay follows from the fold (`Fold::conditions`);
//! here is what is wrong with the device itself. Nothing here changes a stay.

mod battery;
mod changes;

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Timestamp};

use crate::notice::NoticeKind;
use crate::policy::Policy;
use crate::reading::{Kind, Reading};
pub use battery::Battery;
use changes::Changes;

/// Longest interval between two words of a device that is believed.
const INTERVAL_MOST_MS: i64 = 25 * 3_600_000;
/// A counter that leaps by more than this was set, and nothing was lost.
const LEAP: i64 = 10_000;

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
    /// In service for several heartbeats and never heard.
    NeverHeard,
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
    /// When something of it last came in.
    pub heard_at: Option<Timestamp>,
    /// Messages with readings that came in, repeats not counted.
    pub heard: u64,
    /// Messages that the counters say were sent and that have not come in.
    pub lost: u64,
    /// How often it began to count anew.
    pub restarts: u32,
    /// How often it speaks, learned; `None` until two messages in a row were heard.
    pub interval_ms: Option<i64>,
    /// How well the best gateway heard it, a running mean of about the last eight messages.
    pub rssi_dbm: Option<f32>,
    /// Arrival less device clock, of the newest reading that had one; includes the way.
    pub clock_behind_ms: Option<i64>,
    /// What the network last said of how much stronger than needed it hears us, dB.
    pub margin_db: Option<i32>,
    /// The flags of the newest reading, at most 16.
    pub flags: Vec<String>,
    pub battery: Battery,
    changes: Changes,
    last: Option<Last>,
}

/// The newest message by the device's counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    epoch: String,
    number: i64,
    observed_at: Timestamp,
}

impl ConditionKind {
    /// Every kind.
    pub const ALL: [ConditionKind; 8] = [
        ConditionKind::Silent,
        ConditionKind::Stuck,
        ConditionKind::Flapping,
        ConditionKind::ClockWrong,
        ConditionKind::Disagreeing,
        ConditionKind::LowBattery,
        ConditionKind::Faulty,
        ConditionKind::NeverHeard,
    ];

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

impl Health {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a newly stored reading of the device; readings come in the order of their arrival.
    pub fn hear(&mut self, _policy: &Policy, reading: &Reading) {
        let newest = self.last.as_ref().is_none_or(|last| last.observed_at <= reading.observed_at);
        self.heard_at = self.heard_at.max(Some(reading.received_at));
        if reading.id.part == 0 {
            self.count(reading, newest);
        }
        if let Some(rssi_dbm) = reading.rssi_dbm.and_then(|dbm| i16::try_from(dbm).ok()) {
            let heard = f32::from(rssi_dbm);
            self.rssi_dbm = Some(self.rssi_dbm.map_or(heard, |mean| mean + (heard - mean) / 8.0));
        }
        if matches!(reading.report.kind, Kind::Occupied | Kind::Vacant) {
            self.changes.count(reading.observed_at);
        }
        let (pct, mv) = (reading.report.battery_pct, reading.report.battery_mv);
        self.battery.measure(reading.observed_at, pct, mv);
        if newest {
            self.flags = reading.report.flags.iter().take(16).cloned().collect();
            let behind_ms = |at| reading.received_at.since_ms(at);
            self.clock_behind_ms = reading.device_at.map(behind_ms).or(self.clock_behind_ms);
        }
    }

    /// Takes what the network said of the device at `at`.
    pub fn note(&mut self, what: &NoticeKind, at: Timestamp) {
        match what {
            NoticeKind::Status { battery_pct, external_power, margin_db } => {
                self.heard_at = self.heard_at.max(Some(at));
                self.margin_db = margin_db.or(self.margin_db);
                let pct = battery_pct.filter(|_| !external_power);
                self.battery.measure(at, pct, None);
            }
            NoticeKind::Joined { .. } | NoticeKind::Acknowledged { .. } => {
                self.heard_at = self.heard_at.max(Some(at));
            }
            NoticeKind::Located { .. }
            | NoticeKind::Refused { .. }
            | NoticeKind::Sent { .. }
            | NoticeKind::Queued { .. }
            | NoticeKind::Failed { .. }
            | NoticeKind::Logged { .. } => {}
        }
    }

    /// Which share of the messages that it sent was lost, 0 to 1; 0 if nothing is known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn lost_share(&self) -> f64 {
        let sent = self.heard.saturating_add(self.lost).max(1);
        self.lost as f64 / sent as f64
    }

    /// What is wrong with `device` at `now`.
    #[must_use]
    pub fn conditions(&self, policy: &Policy, device: DeviceId, now: Timestamp) -> Vec<Condition> {
        let flapping = self.changes.too_many(policy, now).map(|(since, changes)| {
            let detail = format!("{changes} changes within an hour");
            Condition { device, kind: ConditionKind::Flapping, since, detail }
        });
        let said = self.flags.iter().any(|flag| flag == "low_battery");
        let low = self.battery.low(policy, said).map(|(since, detail)| Condition {
            device,
            kind: ConditionKind::LowBattery,
            since,
            detail,
        });
        flapping.into_iter().chain(low).collect()
    }

    fn count(&mut self, reading: &Reading, newest: bool) {
        self.heard = self.heard.saturating_add(1);
        let number = reading.id.number;
        let this =
            || Last { epoch: reading.id.epoch.clone(), number, observed_at: reading.observed_at };
        let Some(last) = self.last.as_mut() else {
            self.last = Some(this());
            return;
        };
        if last.epoch != reading.id.epoch {
            // A late one of an older epoch is not a restart.
            if newest {
                self.restarts = self.restarts.saturating_add(1);
                self.last = Some(this());
            }
            return;
        }
        let ahead = number.saturating_sub(last.number);
        if ahead <= 0 {
            self.lost = self.lost.saturating_sub(1);
            return;
        }
        if ahead <= LEAP {
            self.lost = self.lost.saturating_add(ahead.unsigned_abs() - 1);
        }
        let after_ms = reading.observed_at.since_ms(last.observed_at);
        if ahead == 1 && reading.report.kind == Kind::Heartbeat && after_ms > 0 {
            let after_ms = after_ms.min(INTERVAL_MOST_MS);
            let known_ms = self.interval_ms.unwrap_or(after_ms);
            let difference_ms = after_ms - known_ms;
            let step_ms = if difference_ms > 0 { difference_ms / 4 } else { difference_ms / 16 };
            self.interval_ms = Some(known_ms + step_ms);
        }
        self.last = Some(this());
    }
}
