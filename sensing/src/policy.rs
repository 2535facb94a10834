//! The figures by which readings become stays. Versioned: a stay stores which version made it.

use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How stays are derived, and when a device's health is worth a word. Lengths in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    pub version: u32,
    /// A bay that cannot have been empty for this long was not left: the sensor flapped.
    pub merge_gap_ms: i64,
    /// A presence that cannot have lasted this long is a pass-by.
    pub minimum_stay_ms: i64,
    /// How often a healthy device speaks, until its own interval is learned.
    pub heartbeat_ms: i64,
    /// After how many missed heartbeats a device counts as silent.
    pub silent_after_heartbeats: u32,
    /// Devices of one bay may differ for this long; after it their disagreement is a doubt.
    pub agree_within_ms: i64,
    /// A presence without a break that is longer than this is doubted as a whole.
    pub stuck_after_ms: i64,
    /// More changes of a device within an hour than this are flapping.
    pub flapping_changes_per_hour: u32,
    /// A battery at or below this many percent is low.
    pub low_battery_pct: u8,
    /// A battery at or below this many millivolts is low; 0: not judged, since it depends on the cell.
    pub low_battery_mv: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            version: 1,
            merge_gap_ms: MINUTE_MS,
            minimum_stay_ms: MINUTE_MS,
            heartbeat_ms: 20 * MINUTE_MS,
            silent_after_heartbeats: 3,
            agree_within_ms: 2 * MINUTE_MS,
            stuck_after_ms: 72 * HOUR_MS,
            flapping_changes_per_hour: 12,
            low_battery_pct: 15,
            low_battery_mv: 0,
        }
    }
}

impl Policy {
    /// How long after the last word a device counts as silent, as long as nothing is learned of it.
    #[must_use]
    pub fn silence_ms(&self) -> i64 {
        self.silence_after(self.heartbeat_ms)
    }

    /// How long after its last word a device of this heartbeat counts as silent.
    #[must_use]
    pub fn silence_after(&self, heartbeat_ms: i64) -> i64 {
        self.heartbeat_ms.max(heartbeat_ms).saturating_mul(i64::from(self.silent_after_heartbeats))
    }
}
