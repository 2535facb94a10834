//! What an order that is open asks for: a visit what it costs so far, a top-up what was wished, a pass its price
//! while it is offered.

use anyhow::Result;
use billing::pass::PassState;
use store::{OrderRow, Tx};
use vocabulary::{Fen, Timestamp};

use super::running_fee::running_fee;
use super::top_up;

/// What is asked for in all; none of an order that is final, or asks for nothing.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub(crate) async fn asked(tx: &mut Tx, order: &OrderRow, now: Timestamp) -> Result<Option<Fen>> {
    Ok(match order.subject_kind.as_str() {
        "top_up" => top_up::asked_fen(tx, order).await?,
        "pass" => offered(tx, order).await?,
        _ => running_fee(tx, order, now).await?.map(|fee| fee.total),
    })
}

/// The price of a pass that is offered, and not sold yet. Offers end under the lock of their order.
pub(super) async fn offered(tx: &mut Tx, order: &OrderRow) -> Result<Option<Fen>> {
    if order.subject_kind != "pass" || order.state != "open" {
        return Ok(None);
    }
    let pass = tx.pass(order.subject_id).await?;
    let offered = pass.filter(|pass| pass.state == PassState::Offered.name());
    Ok(offered.map(|pass| Fen(pass.price_fen)))
}
