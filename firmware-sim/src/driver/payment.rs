//! After leaving: find the order, wait until it is due, pay, wait until the gateway says paid.

use std::sync::PoisonError;

use serde_json::{Value, json};

use super::Driver;
use crate::api::{Failure, text_of};
use crate::truth::Fact;

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing was owed.
    Free,
    /// Paid; the order.
    Paid(String),
}

/// Where an order stands, as far as a driver cares.
enum Standing {
    Waiting,
    Owed(i64),
    Free,
    Paid,
    Unknown(String),
}

impl Driver {
    /// Brings the visit's order to its end.
    pub(super) async fn settle(&mut self, claimed: Option<String>) -> Result<Settled, Failure> {
        let order_id = match claimed {
            Some(order_id) => order_id,
            None => self.find_order().await?,
        };
        let amount_fen = match self.wait_until_priced(&order_id).await? {
            Standing::Free => return Ok(Settled::Free),
            Standing::Paid => return Ok(Settled::Paid(order_id)),
            Standing::Owed(amount_fen) => amount_fen,
            Standing::Waiting => return Err(Failure::TookTooLong),
            Standing::Unknown(state) => return Err(Failure::EndedAs(state)),
        };
        let parameters = self.open_payment(&order_id).await?;
        if let Some(parameters) = parameters {
            self.phone.pay(&parameters).await?;
        }
        self.wait_until_paid(&order_id).await?;
        self.paid(&order_id, amount_fen);
        Ok(Settled::Paid(order_id))
    }

    /// The gateway did not name the order while the vehicle was there. Whatever this account
    /// still owes is what the driver means to pay.
    async fn find_order(&mut self) -> Result<String, Failure> {
        let mut pauses = self.town.api.pauses();
        loop {
            let list = self.phone.json(self.town.api.get("/api/v1/orders")).await?;
            let orders = list["orders"].as_array().ok_or(Failure::Unreadable("orders"))?;
            let unsettled =
                |order: &&Value| matches!(order["state"].as_str(), Some("open" | "due" | "owing"));
            if let Some(order) = orders.iter().find(unsettled) {
                return text_of(order, "order_id");
            }
            pauses.pause().await?;
        }
    }

    async fn wait_until_priced(&mut self, order_id: &str) -> Result<Standing, Failure> {
        let mut pauses = self.town.api.pauses();
        loop {
            match standing(&self.order(order_id).await?)? {
                Standing::Waiting => pauses.pause().await?,
                other => return Ok(other),
            }
        }
    }

    /// The parameters for the phone; none if the order turns out to be paid already.
    async fn open_payment(&mut self, order_id: &str) -> Result<Option<Value>, Failure> {
        let path = format!("/api/v1/orders/{order_id}/payments");
        let ask = self.town.api.post(&path).key(&self.key("pay"));
        let payment = self.phone.json(ask.body(json!({"channel": "wechat"}))).await?;
        if payment["pay"].is_object() {
            return Ok(Some(payment["pay"].clone()));
        }
        let payment_id = text_of(&payment, "payment_id")?;
        let mut pauses = self.town.api.pauses();
        loop {
            let order = self.order(order_id).await?;
            if matches!(standing(&order)?, Standing::Paid) {
                return Ok(None);
            }
            let ready = parameters(&order, &payment_id);
            if ready.is_some() {
                return Ok(ready);
            }
            pauses.pause().await?;
        }
    }

    async fn wait_until_paid(&mut self, order_id: &str) -> Result<(), Failure> {
        let mut pauses = self.town.api.pauses();
        while !matches!(standing(&self.order(order_id).await?)?, Standing::Paid) {
            pauses.pause().await?;
        }
        Ok(())
    }

    async fn order(&mut self, order_id: &str) -> Result<Value, Failure> {
        let ask = self.town.api.get(&format!("/api/v1/orders/{order_id}"));
        self.phone.json(ask).await
    }

    fn paid(&self, order_id: &str, amount_fen: i64) {
        let mut settled = self.town.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if !settled.insert(order_id.to_owned()) {
            return;
        }
        drop(settled);
        let counters = &self.town.counters;
        counters.count(|c| &c.orders_paid);
        counters.add_paid_fen(amount_fen);
        self.town.truth.write(&Fact::Payment {
            at: self.town.clock.now(),
            bay_code: self.trip.bay_code.clone(),
            visit: self.trip.visit.number,
            plate: self.trip.visit.plate.clone(),
            order_id: order_id.to_owned(),
            amount_fen,
        });
    }
}

fn standing(order: &Value) -> Result<Standing, Failure> {
    let total_fen = || order["total_fen"].as_i64().ok_or(Failure::Unreadable("total_fen"));
    Ok(match order["state"].as_str().ok_or(Failure::Unreadable("state"))? {
        "open" => Standing::Waiting,
        "due" | "owing" => Standing::Owed(total_fen()?),
        "free" | "pass" | "exempt" | "fault_free" | "written_off" | "void" => Standing::Free,
        "paid" => Standing::Paid,
        other => Standing::Unknown(other.into()),
    })
}

fn parameters(order: &Value, payment_id: &str) -> Option<Value> {
    let payments = order["payments"].as_array()?;
    let payment = payments.iter().find(|payment| payment["payment_id"] == payment_id)?;
    payment["pay"].is_object().then(|| payment["pay"].clone())
}
