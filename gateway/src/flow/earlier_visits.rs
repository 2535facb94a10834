//! Visits of one vehicle that a tariff counts together: caps of a day, free minutes once, quick returns.
//!
//! A bill takes what was before it from the bills that hold; when one of those changes, the visits after
//! it are priced again.

use anyhow::Result;
use billing::tariff::Tariff;
use billing::{Case, EarlierVisit, INTERVALS_LIMIT};
use store::{OrderRow, Tx};
use vocabulary::Timestamp;

use super::Outcome;
use super::bind_visit::settle_soon;
use crate::app::App;

/// The visits of a plate that the tariff counts for one that began at `from`, by time; none overlaps it
/// or another. The newest are kept where there are too many.
pub(super) async fn earlier_visits(
    tx: &mut Tx,
    order: &OrderRow,
    plate: &str,
    tariff: &Tariff,
    from: Timestamp,
) -> Result<Vec<EarlierVisit>> {
    let Some(within_ms) = tariff.earlier_visits_within_ms() else { return Ok(Vec::new()) };
    let since = from.plus_ms(-within_ms);
    let rows = tx.visits_before(order, plate, (since.ms(), from.ms())).await?;
    let mut visits: Vec<EarlierVisit> = Vec::with_capacity(rows.len());
    for row in rows {
        let case: Case = serde_json::from_str(&row.case_json)?;
        let Some((first, last)) = case.intervals.first().zip(case.intervals.last()) else {
            continue;
        };
        let before = visits.last().and_then(|visit| visit.intervals.last());
        let after_it = before.is_none_or(|before| before.end_at() <= first.start_at());
        if after_it && last.end_at() <= from && first.start_at() >= since {
            visits.push(EarlierVisit { intervals: case.intervals, doubts: case.doubts });
        }
    }
    let surplus = visits.len().saturating_sub(INTERVALS_LIMIT);
    visits.drain(..surplus);
    Ok(visits)
}

/// Queues the visits of a plate that this order's visit counts for, since its bill has changed.
pub(super) async fn settle_later(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    plate: &str,
    tariff: &Tariff,
) -> Outcome<()> {
    let Some(within_ms) = tariff.earlier_visits_within_ms() else { return Ok(()) };
    let from = order.opened_at;
    let to = order.ended_at.unwrap_or(from).saturating_add(within_ms);
    for visit_id in tx.visits_after(order, plate, (from, to)).await? {
        let what = format!("{visit_id}:after:{}:{}", order.order_id, order.bill_revision);
        settle_soon(app, tx, visit_id, &what).await?;
    }
    Ok(())
}
