//! City time: a straight line over machine time, shared by all programs of one demo.
//!
//! Observations, stays and success times are in city time; back-off and polling are not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vocabulary::Timestamp;

/// `city = city_origin + (machine − machine_origin) × speed`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    machine_origin_ms: i64,
    city_origin_ms: i64,
    speed: f64,
}

/// The speed is not a number above 0 and at most 100 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the speed of the city clock must be above 0 and at most 100000")]
pub struct ClockReject;

impl Clock {
    /// A clock through the given point: both origins in milliseconds since 1970.
    ///
    /// # Errors
    /// `ClockReject` when the speed makes no clock.
    pub fn new(
        machine_origin_ms: i64,
        city_origin_ms: i64,
        speed: f64,
    ) -> Result<Self, ClockReject> {
        let sane = speed > 0.0 && speed <= 100_000.0;
        sane.then_some(Clock { machine_origin_ms, city_origin_ms, speed }).ok_or(ClockReject)
    }

    /// City time is machine time.
    #[must_use]
    pub fn real() -> Self {
        Clock { machine_origin_ms: 0, city_origin_ms: 0, speed: 1.0 }
    }

    /// How many city seconds pass in one machine second.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// City time at a machine instant (milliseconds since 1970).
    #[must_use]
    pub fn city_at(&self, machine_ms: i64) -> Timestamp {
        let machine_elapsed_ms = machine_ms.saturating_sub(self.machine_origin_ms);
        let city_elapsed_ms = scaled(machine_elapsed_ms, self.speed);
        Timestamp::from_ms(self.city_origin_ms.saturating_add(city_elapsed_ms))
    }

    /// City time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.city_at(machine_now_ms())
    }

    /// Machine time from now until the city clock shows `at`; nothing if it already has.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Duration {
        let city_ms = at.since_ms(self.now()).max(0);
        self.machine_length(city_ms)
    }

    /// How long `city_ms` of city time last on the machine.
    #[must_use]
    pub fn machine_length(&self, city_ms: i64) -> Duration {
        let machine_ms = scaled(city_ms, 1.0 / self.speed);
        Duration::from_millis(u64::try_from(machine_ms).unwrap_or(0))
    }
}

/// Machine time in milliseconds since 1970.
#[must_use]
pub fn machine_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "exact for 285 000 years of milliseconds, saturating beyond"
)]
fn scaled(ms: i64, factor: f64) -> i64 {
    (ms as f64 * factor).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO_START_MS: i64 = 1_789_430_400_000; // 2026-09-15T00:00:00Z

    #[test]
    fn a_machine_minute_is_a_city_hour_at_speed_60() {
        let clock = Clock::new(1_000, DEMO_START_MS, 60.0).unwrap();
        assert_eq!(clock.city_at(1_000).to_string(), "2026-09-15T00:00:00.000Z");
        assert_eq!(clock.city_at(61_000).to_string(), "2026-09-15T01:00:00.000Z");
        assert_eq!(clock.machine_length(3_600_000), Duration::from_secs(60));
    }

    #[test]
    fn a_clock_that_stands_still_or_runs_back_is_refused() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, 100_001.0] {
            assert_eq!(Clock::new(0, 0, speed), Err(ClockReject), "{speed}");
        }
    }

    #[test]
    fn nothing_is_to_be_waited_for_once_it_has_passed() {
        assert_eq!(Clock::real().until(Timestamp::from_ms(0)), Duration::ZERO);
    }
}
