//! A clock that everybody in a test shares and that the test sends ahead: nights and months pass at once,
//! for city time and machine time alike. Otherwise it runs as the computer's does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::town_clock::TownClock;

/// See the head of this file.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    ahead_ms: Arc<AtomicI64>,
    origin: TownClock,
}

impl Ahead {
    /// A clock that shows that city time now.
    pub(crate) fn from(city_origin_ms: i64) -> Ahead {
        let origin = TownClock { city_origin_ms, speed: 1, ..TownClock::at_noon() };
        Ahead { ahead_ms: Arc::default(), origin }
    }

    /// For a gateway.
    pub(crate) fn gateway(&self) -> gateway::clock::Clock {
        let TownClock { machine_origin_ms, city_origin_ms, speed } = self.origin;
        let clock =
            gateway::clock::Clock::mapped(machine_origin_ms, city_origin_ms, i64::from(speed));
        clock.ahead(Arc::clone(&self.ahead_ms))
    }

    /// For a sandbox.
    pub(crate) fn sandbox(&self) -> sandbox::CityClock {
        let TownClock { machine_origin_ms, city_origin_ms, speed } = self.origin;
        let clock = sandbox::CityClock::new(machine_origin_ms, city_origin_ms, speed);
        clock.ahead(Arc::clone(&self.ahead_ms))
    }

    /// City time.
    pub(crate) fn now(&self) -> i64 {
        self.origin.now() + self.ahead_ms.load(Ordering::SeqCst)
    }

    /// So much time passes.
    pub(crate) fn pass(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// It becomes that late, unless it is later already.
    pub(crate) fn reach(&self, city_ms: i64) {
        self.pass((city_ms - self.now()).max(0));
    }
}
