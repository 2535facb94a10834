//! What one simulated driver does on the phone during one visit: claim the bay, and after
//! leaving pay the order and perhaps ask for an invoice.
//!
//! Waits for the city clock between the two; talks only while holding one of a limited number
//! of permits. Whatever is refused is counted under its code and ends the visit's business.

mod invoice;
mod payment;
mod phone;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};
use vocabulary::Timestamp;

use crate::api::{Api, Failure, text_of};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::simulation::Trip;
use crate::truth::{Fact, Truth};
use payment::Settled;
use phone::Phone;

/// What all drivers of a run share.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) api: Api,
    pub(crate) clock: Clock,
    pub(crate) counters: Arc<Counters>,
    pub(crate) truth: Truth,
    /// How many drivers may talk to the servers at a time.
    pub(crate) lines: Semaphore,
    /// Makes idempotency keys differ between runs.
    pub(crate) run: u64,
    /// Orders seen paid: one driver with two visits may meet the same order twice.
    pub(crate) settled: Mutex<HashSet<String>>,
}

/// A driver and the visit in hand.
pub(crate) struct Driver {
    town: Arc<Town>,
    trip: Trip,
    phone: Phone,
}

impl Driver {
    pub(crate) fn new(town: Arc<Town>, trip: Trip) -> Self {
        let phone = Phone::new(town.api.clone(), trip.visit.user.clone());
        Driver { town, trip, phone }
    }

    /// The visit, from the claim to the invoice.
    pub(crate) async fn visit(mut self) {
        let Some(claims_at) = self.trip.visit.claims_at else { return };
        match self.business(claims_at).await {
            Ok(()) | Err(Failure::SentHome) => {}
            Err(failure) => {
                self.town.counters.count_error(&failure.code());
                tracing::debug!(bay = self.trip.bay_code, ?failure, "a driver's business ended");
            }
        }
    }

    async fn business(&mut self, claims_at: Timestamp) -> Result<(), Failure> {
        self.until(claims_at).await;
        let claimed_order = self.claim().await?;
        self.until(self.trip.visit.left_at).await;
        let town = self.town.clone();
        let _line = free_line(&town).await?;
        match self.settle(claimed_order).await? {
            Settled::Free => {
                self.town.counters.count(|c| &c.orders_free);
                Ok(())
            }
            Settled::Paid(order_id) => match self.trip.visit.title {
                Some(title) => self.invoice(&order_id, title).await,
                None => Ok(()),
            },
        }
    }

    /// Claims the bay. Returns the order, where the gateway knows it already.
    async fn claim(&mut self) -> Result<Option<String>, Failure> {
        let town = self.town.clone();
        let _line = free_line(&town).await?;
        let body = json!({
            "bay_code": self.trip.bay_code,
            "plate": self.trip.visit.plate,
            "plate_colour": self.trip.visit.plate_colour,
        });
        let ask = self.town.api.post("/api/v1/claims").key(&self.key("claim")).body(body);
        let answer = self.phone.json(ask).await?;
        let claim_id = text_of(&answer, "claim_id")?;
        self.town.counters.count(|c| &c.claims);
        self.town.truth.write(&Fact::Claim {
            at: self.town.clock.now(),
            bay_code: self.trip.bay_code.clone(),
            visit: self.trip.visit.number,
            plate: self.trip.visit.plate.clone(),
            claim_id,
        });
        match answer["order_id"].as_str() {
            Some(order_id) => Ok(Some(order_id.to_owned())),
            None => self.order_of_this_bay().await,
        }
    }

    /// The claim came before the gateway heard of the vehicle: its order shows up among the
    /// driver's current stays once it has.
    async fn order_of_this_bay(&mut self) -> Result<Option<String>, Failure> {
        let mut pauses = self.town.api.pauses();
        while self.town.clock.now() < self.trip.visit.left_at {
            let current = self.phone.json(self.town.api.get("/api/v1/stays/current")).await?;
            let stays = current["stays"].as_array().ok_or(Failure::Unreadable("stays"))?;
            let here = stays.iter().find(|stay| stay["bay_code"] == *self.trip.bay_code);
            if let Some(order_id) = here.and_then(|stay| stay["order_id"].as_str()) {
                return Ok(Some(order_id.to_owned()));
            }
            pauses.pause().await?;
        }
        Ok(None)
    }

    /// The idempotency key of one act of this visit: the same at every repetition.
    fn key(&self, act: &str) -> String {
        let (bay, visit) = (&self.trip.bay_code, self.trip.visit.number);
        format!("sim-{:016x}-{bay}-{visit}-{act}", self.town.run)
    }

    async fn until(&self, at: Timestamp) {
        tokio::time::sleep(self.town.clock.until(at)).await;
    }
}

/// The lines are closed when the simulation ends.
async fn free_line(town: &Town) -> Result<SemaphorePermit<'_>, Failure> {
    town.lines.acquire().await.map_err(|_| Failure::SentHome)
}

#[cfg(test)]
mod tests;
