//! The figures by which readings become stays. Versioned: a stay stores which version made it.

use serde::{Deserialize, Serialize};

/// How stays are derived. Lengths in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub version: u32,
    /// A bay that cannot have been empty for this long was not left: the sensor flapped.
    pub merge_gap_ms: i64,
    /// A presence that cannot have lasted this long is a pass-by.
    pub minimum_stay_ms: i64,
    /// How often a healthy device speaks.
    pub heartbeat_ms: i64,
    /// After how many missed heartbeats a device counts as silent.
    pub silent_after_heartbeats: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            version: 1,
            merge_gap_ms: 60_000,
            minimum_stay_ms: 60_000,
            heartbeat_ms: 20 * 60_000,
            silent_after_heartbeats: 3,
        }
    }
}

impl Policy {
    /// How long after the last word a device counts as silent.
    #[must_use]
    pub fn silence_ms(&self) -> i64 {
        self.heartbeat_ms.saturating_mul(i64::from(self.silent_after_heartbeats))
    }
}
