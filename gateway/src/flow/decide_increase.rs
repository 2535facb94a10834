//! A settled order would cost more and no policy waived it: a person decides, charge or waive.

use anyhow::Context;
use billing::order::{Basis, OnIncrease, OrderEvent};
use serde_json::json;
use store::{OrderRow, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::actor::Actor;
use super::move_order::{Authority, Cause};
use super::rate_order::rate;
use super::{Outcome, Refusal};
use crate::app::App;

/// What is decided about the increase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The driver owes it.
    Charge,
    /// Nobody owes it, on this authority.
    Waive { authority: String, document_number: String },
}

/// Decides about the newest bill of an order, which waits. Returns the order as it is then.
///
/// # Errors
/// `order_unknown`, `nothing_to_decide`.
pub async fn decide_increase(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    order_id: Uuid,
    (decision, reason): (&Decision, &str),
) -> Outcome<OrderRow> {
    let unknown = || Refusal::missing("order_unknown", "no such order of yours");
    let order = tx.lock_order(order_id).await?.filter(|o| actor.may_touch(Some(o.operator_id)));
    let mut order = order.ok_or_else(unknown)?;
    let waits = tx.bill_revision(order_id, order.bill_revision).await?;
    let bill =
        waits.filter(|_| order.bill_revision != order.holding_revision).ok_or_else(|| {
            Refusal::conflict("nothing_to_decide", "no bill of this order waits for a decision")
        })?;
    let (on_increase, authority) = match decision {
        Decision::Charge => (OnIncrease::Charge, None),
        Decision::Waive { authority, document_number } => (
            OnIncrease::Waive { limit: Fen(i64::MAX) },
            Some(Authority { name: authority, document_number, approved_by: None, decision: None }),
        ),
    };
    let name = actor.name();
    let detail =
        json!({"from_revision": order.holding_revision, "to_revision": order.bill_revision});
    let cause = Cause {
        kind: "rerated",
        actor: &name,
        reason,
        at: app.clock.city_now(),
        authority,
        detail,
    };
    let total = Fen(bill.total_fen);
    let event = OrderEvent::Priced { total, basis: Basis::Charged, on_increase };
    rate(app, tx, &mut order, event, &cause).await?;
    Ok(tx.order(order_id).await?.context("an order vanished")?)
}
