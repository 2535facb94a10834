//! An order that was not paid in the time of grace is owing: arrears begin. Found by a sweep.

use billing::order::OrderEvent;
use store::Lane;

use super::Outcome;
use super::move_order::{Cause, move_order};
use crate::app::App;

/// Orders looked at in one go.
const BATCH: i64 = 200;
const HOUR_MS: i64 = 3_600_000;

/// Moves what has been due for too long. Returns how many orders moved.
///
/// # Errors
/// When the database fails.
pub async fn end_grace(app: &App) -> Outcome<usize> {
    let now = app.clock.city_now();
    let before = now.plus_ms(-app.config.orders.grace_h.saturating_mul(HOUR_MS));
    let overdue = app.store.read().await?.orders_due_since(before.ms(), BATCH).await?;
    let count = overdue.len();
    for order in overdue {
        let mut tx = app.store.begin(Lane::Command).await?;
        // It may have been paid while nobody held its lock.
        let order = tx.lock_order(order.order_id).await?.filter(|order| order.state == "due");
        let Some(mut order) = order else { continue };
        let cause = Cause::system("grace_over", "not paid in the time of grace", now);
        move_order(app, &mut tx, &mut order, OrderEvent::GraceOver, &cause).await?;
        tx.commit().await?;
    }
    Ok(count)
}
