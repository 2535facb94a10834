//! A person starts the refund of an order's credit once more: the channel closed the first one, or a
//! case that stood in the way is settled.

use serde_json::json;
use store::{RefundRow, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::actor::Actor;
use super::move_invoice::close_case;
use super::move_order::{Cause, order_of};
use super::refund_credit::{Route, refund_credit};
use super::{Outcome, Refusal};
use crate::app::App;

/// Starts what gives an order's whole credit back; returns the refunds that were started. None if a red document was
/// asked for: they start when it is issued.
///
/// # Errors
/// `order_unknown`, `nothing_to_refund` (no credit, or what stands in the way stands there still), `red_under_way`.
pub async fn refund_again(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (order_id, route): (Uuid, Route),
) -> Outcome<Vec<RefundRow>> {
    let row = tx.lock_order(order_id).await?;
    let row = row.filter(|row| actor.may_touch(Some(row.operator_id)));
    let mut row = row.ok_or_else(|| Refusal::missing("order_unknown", "no such order"))?;
    let credit = order_of(&row)?.credit().map_err(anyhow::Error::from)?;
    if credit <= Fen::ZERO {
        return Err(Refusal::conflict("nothing_to_refund", "the order has no credit"));
    }
    let known = tx.refunds_of_order(order_id).await?;
    let red_before = tx.red_under_way_fen(order_id).await?;
    let (now, name) = (app.clock.city_now(), actor.name());
    let cause = Cause { actor: &name, ..Cause::system("refund_again", "asked by staff", now) };
    refund_credit(app, tx, &mut row, (credit, route), &cause).await?;
    let mut started = tx.refunds_of_order(order_id).await?;
    started.retain(|new| known.iter().all(|old| old.refund_id != new.refund_id));
    let red_after = tx.red_under_way_fen(order_id).await?;
    let red_asked = red_after > red_before;
    if started.is_empty() && !red_asked && red_after > 0 {
        let detail = "a red invoice is under way; the refund starts when it is issued";
        return Err(Refusal::conflict("red_under_way", detail));
    }
    if started.is_empty() && !red_asked {
        let detail = "a case of this order says what stands in the way";
        return Err(Refusal::conflict("nothing_to_refund", detail));
    }
    // Those that did not happen are made up for.
    for failed in known.iter().filter(|refund| refund.state == "closed") {
        let key = format!("refund_failed:{}", failed.refund_id);
        close_case(tx, &key, "the money goes back another time", now).await?;
    }
    let (id, detail) =
        (order_id.to_string(), json!({"amount_fen": credit.0, "red_asked": red_asked}));
    actor.audit(tx, now, "refund_again", ("order", &id), &detail).await?;
    Ok(started)
}
