//! A new total of an order: what it makes less goes back, what it makes more is charged, waived under the
//! policy, or waits for a person. The order's lock is held.

use billing::order::{OrderEvent, OrderOutcome};
use serde_json::json;
use store::{OrderRow, Tx};
use vocabulary::{Fen, Timestamp};

use super::Outcome;
use super::case_work::clear_case;
use super::move_order::{Authority, Cause, event_row, gather_move};
use super::order_writes::OrderWrites;
use super::settle_visit::open_case;
use super::start_payment::close_pending;
use crate::app::App;

/// Gives an order its (new) total: what changes is booked, waived, refunded, or waits for a person.
pub(super) async fn rate(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    event: OrderEvent,
    cause: &Cause<'_>,
) -> Outcome<()> {
    let mut writes = OrderWrites::default();
    let moved = gather_rate(app, tx, &mut writes, order, (event, cause)).await?;
    writes.flush(tx).await?;
    if moved {
        close_pending(app, tx, order.order_id).await?;
    }
    Ok(())
}

/// The same for one order among many; whether its money changed.
pub(super) async fn gather_rate(
    app: &App,
    tx: &mut Tx,
    writes: &mut OrderWrites,
    order: &mut OrderRow,
    (event, cause): (OrderEvent, &Cause<'_>),
) -> Outcome<bool> {
    let now = cause.at;
    let policy = app.config.orders.waiver.at(now);
    let authority = policy.map(|p| Authority {
        name: &p.authority,
        document_number: &p.document_number,
        approved_by: None,
        decision: None,
    });
    let cause = Cause { authority: cause.authority.or(authority), ..cause.clone() };
    // A bill before this one waits for a person.
    let waited = order.holding_revision + 1 < order.bill_revision;
    match gather_move(app, tx, writes, order, (event, &cause)).await? {
        OrderOutcome::Moved(_) => {
            if waited {
                end_waiting(tx, writes, order, now).await?;
            }
            return Ok(true);
        }
        OrderOutcome::Unchanged => {
            // Another bill of the same total holds from now on.
            order.holding_revision = order.bill_revision;
            writes.update(order);
            writes.append(event_row(order, Fen::ZERO, &cause, now));
            if waited {
                end_waiting(tx, writes, order, now).await?;
            }
        }
        OrderOutcome::Undecided { increase, why } => {
            let mut detail = cause.detail.clone();
            detail["undecided"] = json!(why.code());
            let undecided = Cause { kind: "increase_undecided", detail, ..cause };
            writes.update(order);
            writes.append(event_row(order, increase, &undecided, now));
            writes.flush(tx).await?;
            let key = format!("bill_differs:{}:{}", order.order_id, order.bill_revision);
            let detail = format!(
                "a revised stay raises a settled bill by {} fen: {}",
                increase.0,
                why.code()
            );
            open_case(tx, order, "bill_differs", &key, &detail, now).await?;
        }
    }
    Ok(false)
}

/// A later bill holds, so that nothing is left to decide about the one that waited.
async fn end_waiting(
    tx: &mut Tx,
    writes: &mut OrderWrites,
    order: &OrderRow,
    now: Timestamp,
) -> Outcome<()> {
    let cases = tx.open_cases_about("bill_differs", &order.order_id.to_string()).await?;
    if !cases.is_empty() {
        writes.flush(tx).await?;
    }
    for (case_id,) in cases {
        clear_case(tx, case_id, "a later bill holds: the increase is over", now).await?;
    }
    Ok(())
}
