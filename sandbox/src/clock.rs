//! City time as a mapping from machine time, and the two formats the imitated services write.
//!
//! City time: success times, expiry of an order, dates on documents. Machine time: signatures,
//! tokens, retries, the pace of refunds and invoices.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, SecondsFormat};

/// City time runs `speed` times as fast as the machine's from a common origin.
#[derive(Clone, Debug)]
pub struct CityClock {
    machine_origin_ms: i64,
    city_origin_ms: i64,
    speed: u32,
    /// How far both times were sent ahead of the computer's clock.
    ahead_ms: Option<Arc<AtomicI64>>,
}

/// One instant on both clocks, milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) machine_ms: i64,
    pub(crate) city_ms: i64,
}

impl CityClock {
    /// City time stood at `city_origin_ms` when the machine stood at `machine_origin_ms` (both
    /// milliseconds since 1970, UTC); since then it runs `speed` times as fast.
    #[must_use]
    pub fn new(machine_origin_ms: i64, city_origin_ms: i64, speed: u32) -> Self {
        CityClock { machine_origin_ms, city_origin_ms, speed, ahead_ms: None }
    }

    /// Runs so many milliseconds ahead of the computer's clock, on both times: whoever holds `ahead_ms` lets
    /// nights and months pass at once.
    #[must_use]
    pub fn ahead(self, ahead_ms: Arc<AtomicI64>) -> Self {
        CityClock { ahead_ms: Some(ahead_ms), ..self }
    }

    /// City time is machine time.
    #[must_use]
    pub fn real() -> Self {
        CityClock::new(0, 0, 1)
    }

    /// As the programs' `--clock-…` switches mean it: a missing machine origin is now, a missing
    /// city origin the same instant.
    #[must_use]
    pub fn from_switches(
        machine_origin_ms: Option<i64>,
        city_origin_ms: Option<i64>,
        speed: u32,
    ) -> Self {
        let machine = machine_origin_ms.unwrap_or_else(machine_ms);
        CityClock::new(machine, city_origin_ms.unwrap_or(machine), speed)
    }

    /// City time at a machine time, both milliseconds since 1970.
    #[must_use]
    pub fn city_ms(&self, machine_ms: i64) -> i64 {
        machine_ms
            .saturating_sub(self.machine_origin_ms)
            .saturating_mul(i64::from(self.speed))
            .saturating_add(self.city_origin_ms)
    }

    pub(crate) fn now(&self) -> Now {
        let ahead_ms = self.ahead_ms.as_ref().map_or(0, |ahead| ahead.load(Ordering::SeqCst));
        let machine_ms = machine_ms().saturating_add(ahead_ms);
        Now { machine_ms, city_ms: self.city_ms(machine_ms) }
    }
}

/// RFC 3339 to the second at +08:00, as WeChat Pay and the tax platform write instants.
pub(crate) fn beijing(ms: i64) -> String {
    at_beijing(ms).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// The last two digits of the year in Beijing, the start of an invoice number.
pub(crate) fn beijing_year(ms: i64) -> String {
    at_beijing(ms).format("%y").to_string()
}

/// The day in Beijing as eight digits.
pub(crate) fn beijing_day(ms: i64) -> String {
    at_beijing(ms).format("%Y%m%d").to_string()
}

/// The wall clock in Beijing.
pub(crate) fn at_beijing(ms: i64) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(8 * 3600).expect("eight hours is a valid offset");
    DateTime::from_timestamp_millis(ms).unwrap_or_default().with_timezone(&zone)
}

fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_sixty_times_a_machine_second_is_a_city_minute() {
        // 2026-09-15T00:00:00Z is a Tuesday, 08:00 in Baiyin.
        let clock = CityClock::new(1_000_000, 1_789_430_400_000, 60);
        assert_eq!(beijing(clock.city_ms(1_000_000)), "2026-09-15T08:00:00+08:00");
        assert_eq!(beijing(clock.city_ms(1_001_000)), "2026-09-15T08:01:00+08:00");
    }

    #[test]
    fn without_origins_the_city_starts_at_the_machines_time() {
        let clock = CityClock::from_switches(Some(5_000), None, 10);
        assert_eq!(clock.city_ms(5_000), 5_000);
        assert_eq!(clock.city_ms(6_000), 15_000);
    }
}
