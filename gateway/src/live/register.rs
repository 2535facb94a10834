//! Brings what this gateway keeps in memory of bays, devices, accounts and named places up to the database, as soon as
//! any gateway or command changed something of it. (Roads are followed by themselves: `roads`.)
//!
//! Everything is read anew, which for 100,000 bays takes about a second; so it is done no more often
//! than leaves nine tenths of the time for other work. Places are dated: they are read again now and
//! then even if nobody changed anything.

use std::time::Duration;

use store::RegisterState;
use tokio::time::Instant;

use crate::app::App;

/// Not sooner again than after so many times what it took.
const REST: u32 = 10;
const SHORTEST_REST: Duration = Duration::from_secs(1);
/// Even if nothing changed (machine time).
const EVERY: Duration = Duration::from_secs(300);

/// What the register was like when it was read last.
#[derive(Debug)]
pub(super) struct Register {
    state: RegisterState,
    rest_until: Instant,
    stale_at: Instant,
}

impl Register {
    /// Everything was just read, in this state or a newer one.
    pub(super) fn read_in(state: RegisterState) -> Register {
        let now = Instant::now();
        Register { state, rest_until: now, stale_at: now + EVERY }
    }

    /// Reads everything again if something changed; whether it did.
    pub(super) async fn catch_up(&mut self, app: &App) -> anyhow::Result<bool> {
        let began = Instant::now();
        if began < self.rest_until {
            return Ok(false);
        }
        let mut tx = app.store.read().await?;
        // Asked before the reading: what changes meanwhile is read again next time.
        let state = tx.register_state().await?;
        let outdated = app.live.is_outdated(app.clock.city_now());
        if state == self.state && began < self.stale_at && !outdated {
            return Ok(false);
        }
        app.devices.reload(&mut tx).await?;
        app.accounts.reload(&mut tx).await?;
        app.live.reload(&mut tx, app.clock.city_now()).await?;
        app.live.reload_conditions(&mut tx).await?;
        let ended = Instant::now();
        let rest_until = ended + SHORTEST_REST.max((ended - began) * REST);
        *self = Register { state, rest_until, stale_at: ended + EVERY };
        Ok(true)
    }
}
