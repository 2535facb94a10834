//! All simulated drivers of a run: starts one for each claimed visit, keeps their number
//! bounded, and ends them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::driver::{Driver, Town};
use crate::simulation::Trip;

/// How many drivers talk to the servers at a time.
pub(crate) const LINES: usize = 64;
/// Drivers parked or paying; beyond this an arriving one leaves the phone in the pocket. Holds
/// the memory when the gateway is away for long.
const MOST: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Drivers {
    town: Arc<Town>,
    tasks: JoinSet<()>,
}

impl Drivers {
    pub(crate) fn new(town: Arc<Town>) -> Self {
        Drivers { town, tasks: JoinSet::new() }
    }

    /// Lets the driver of a visit go about it.
    pub(crate) fn send(&mut self, trip: Trip) {
        while self.tasks.try_join_next().is_some() {}
        if trip.visit.claims_at.is_none() {
            return;
        }
        if self.tasks.len() >= MOST {
            self.town.counters.count(|c| &c.turned_away);
            return;
        }
        let driver = Driver::new(self.town.clone(), trip);
        self.tasks.spawn(driver.visit());
    }

    /// Gives those who are talking a moment to finish, and sends all others home.
    pub(crate) async fn finish(mut self, moment: Duration) {
        self.town.lines.close();
        let town = self.town.clone();
        let all_silent = async {
            while town.lines.available_permits() < LINES {
                sleep(Duration::from_millis(50)).await;
            }
        };
        // What the others have done so far is counted already.
        let _ = timeout(moment, all_silent).await;
        self.tasks.shutdown().await;
    }
}
