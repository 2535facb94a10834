//! The clock that everybody in a test shares: noon of a working day in Baiyin, sixty times as fast.
//!
//! Noon, so that neither the free night nor midnight comes into any test; sixty times, so that the
//! gap of a minute in which a vehicle may return takes a second.

use std::time::{SystemTime, UNIX_EPOCH};

use super::seed::MORNING;

const HOUR_MS: i64 = 3_600_000;

/// City time = `city_origin_ms` + (machine time − `machine_origin_ms`) × `speed`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TownClock {
    pub(crate) machine_origin_ms: i64,
    pub(crate) city_origin_ms: i64,
    pub(crate) speed: u32,
}

impl TownClock {
    /// Noon when the machine shows now.
    pub(crate) fn at_noon() -> TownClock {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let now_ms = i64::try_from(since.as_millis()).expect("the year is not millions away");
        TownClock { machine_origin_ms: now_ms, city_origin_ms: MORNING + 4 * HOUR_MS, speed: 60 }
    }

    /// From the demo's first morning on, at another speed.
    pub(crate) fn from_morning(speed: u32) -> TownClock {
        TownClock { city_origin_ms: MORNING, speed, ..TownClock::at_noon() }
    }

    /// City time, milliseconds since 1970.
    pub(crate) fn now(self) -> i64 {
        let passed_ms = TownClock::at_noon().machine_origin_ms - self.machine_origin_ms;
        self.city_origin_ms + passed_ms * i64::from(self.speed)
    }

    /// As switches of `sandbox` and `firmware-sim`.
    pub(crate) fn switches(self) -> [String; 6] {
        [
            "--clock-machine-origin-ms".into(),
            self.machine_origin_ms.to_string(),
            "--clock-city-origin-ms".into(),
            self.city_origin_ms.to_string(),
            "--speed".into(),
            self.speed.to_string(),
        ]
    }
}
