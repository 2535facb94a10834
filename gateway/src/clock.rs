//! City time and machine time.
//!
//! *City time* is what observations, silence, tariffs and bill days run on; in a demo it runs
//! `speed` times as fast. *Machine time* is the computer's own: leases, tokens, signatures.
//! Neither ever goes back while the program runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use store::ClockRow;
use vocabulary::Timestamp;

/// The one clock of the program; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    machine_origin_ms: i64,
    city_origin_ms: i64,
    speed: i64,
    newest_ms: Arc<AtomicI64>,
    fixed: Option<Arc<AtomicI64>>,
    /// How far it was sent ahead of the computer's clock.
    ahead_ms: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// City time is machine time.
    #[must_use]
    pub fn real() -> Clock {
        Clock::mapped(0, 0, 1)
    }

    /// City time is `city_origin_ms` at machine time `machine_origin_ms` and runs at `speed` from there.
    #[must_use]
    pub fn mapped(machine_origin_ms: i64, city_origin_ms: i64, speed: i64) -> Clock {
        let newest_ms = Arc::new(AtomicI64::new(i64::MIN));
        let (fixed, ahead_ms) = (None, None);
        Clock { machine_origin_ms, city_origin_ms, speed: speed.max(1), newest_ms, fixed, ahead_ms }
    }

    /// Stands still at `at` until it is set: for what follows a recording, and for tests.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Clock {
        Clock { fixed: Some(Arc::new(AtomicI64::new(at.ms()))), ..Clock::real() }
    }

    /// Runs so many milliseconds ahead of the computer's clock, on both times: whoever holds `ahead_ms` lets
    /// nights and months pass at once. For tests that live that long.
    #[must_use]
    pub fn ahead(self, ahead_ms: Arc<AtomicI64>) -> Clock {
        Clock { ahead_ms: Some(ahead_ms), ..self }
    }

    /// Moves a fixed clock on to `at`; a running clock ignores it.
    pub fn set(&self, at: Timestamp) {
        if let Some(fixed) = &self.fixed {
            fixed.fetch_max(at.ms(), Ordering::SeqCst);
        }
    }

    /// Continues a stored clock where city time stopped, so that a pause of the demo costs no city
    /// time. The clock is stored each second: one that was killed may have shown a second more.
    #[must_use]
    pub fn resumed(stored: ClockRow, speed: i64) -> Clock {
        let shown = stored.last_city_at.saturating_add(stored.speed.saturating_mul(1_000));
        Clock::mapped(system_ms(), shown, speed)
    }

    /// How many city seconds a machine second takes.
    #[must_use]
    pub fn speed(&self) -> i64 {
        self.speed
    }

    /// Machine time, milliseconds since 1970.
    #[must_use]
    pub fn machine_now_ms(&self) -> i64 {
        let ahead_ms = self.ahead_ms.as_ref().map_or(0, |ahead| ahead.load(Ordering::SeqCst));
        let now = system_ms().saturating_add(ahead_ms);
        self.newest_ms.fetch_max(now, Ordering::SeqCst).max(now)
    }

    /// City time.
    #[must_use]
    pub fn city_now(&self) -> Timestamp {
        if let Some(fixed) = &self.fixed {
            return Timestamp::from_ms(fixed.load(Ordering::SeqCst));
        }
        let passed = self.machine_now_ms().saturating_sub(self.machine_origin_ms);
        Timestamp::from_ms(self.city_origin_ms.saturating_add(passed.saturating_mul(self.speed)))
    }

    /// When (machine time) the city clock will show, or showed, `at`.
    #[must_use]
    pub fn machine_at_ms(&self, at: Timestamp) -> i64 {
        if self.fixed.is_some() {
            let ahead = at.since_ms(self.city_now());
            return self.machine_now_ms().saturating_add(ahead);
        }
        let city_ms = at.ms().saturating_sub(self.city_origin_ms);
        self.machine_origin_ms.saturating_add(city_ms.div_euclid(self.speed)).saturating_add(1)
    }

    /// What to store, so that a restart goes on from here.
    #[must_use]
    pub fn row(&self) -> ClockRow {
        ClockRow {
            machine_origin_ms: self.machine_origin_ms,
            city_origin_ms: self.city_origin_ms,
            speed: self.speed,
            last_city_at: self.city_now().ms(),
        }
    }
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn city_time_runs_at_speed_from_its_origin() {
        let now = system_ms();
        let clock = Clock::mapped(now - 1_000, 1_789_430_400_000, 60);
        let passed = clock.city_now().ms() - 1_789_430_400_000;
        assert!((60_000..66_000).contains(&passed), "{passed}");
        let minute = Timestamp::from_ms(1_789_430_400_000 + 60_000);
        assert_eq!(clock.machine_at_ms(minute), now - 1_000 + 1_000 + 1);
    }

    #[test]
    fn a_clock_that_is_sent_ahead_lets_both_times_pass() {
        let now = system_ms();
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let clock = Clock::mapped(now, 1_789_430_400_000, 1).ahead(Arc::clone(&ahead_ms));
        ahead_ms.store(86_400_000, Ordering::SeqCst);
        assert!((0..60_000).contains(&(clock.machine_now_ms() - now - 86_400_000)));
        assert!((0..60_000).contains(&(clock.city_now().ms() - 1_789_516_800_000)));
    }

    #[test]
    fn a_resumed_clock_does_not_jump_over_the_pause() {
        let stored =
            ClockRow { machine_origin_ms: 0, city_origin_ms: 0, speed: 60, last_city_at: 5_000 };
        let city = Clock::resumed(stored, 1).city_now().ms();
        // 5 s, and the second at speed 60 that may not have been stored.
        assert!((65_000..66_000).contains(&city), "{city}");
    }
}
