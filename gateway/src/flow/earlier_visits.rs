//! Visits of one vehicle that a tariff counts together: caps of a day, free minutes once, quick returns.
//!
//! A bill takes what was before it from the bills that hold; when one of those changes, the visits after
//! it are priced again.

use anyhow::Result;
use billing::tariff::Tariff;
use billing::{Case, EarlierVisit, INTERVALS_LIMIT};
use store::{EarlierRow, NewJob, OrderRow, SamePlate, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::Outcome;
use crate::app::App;
use crate::job::Kind;

/// Which billed visits may count for one that began at `from`; none if the tariff counts none.
pub(super) fn before<'a>(
    order: &'a OrderRow,
    plate: &'a str,
    tariff: &Tariff,
    from: Timestamp,
) -> Option<SamePlate<'a>> {
    let within_ms = tariff.earlier_visits_within_ms()?;
    Some(SamePlate { order, plate, from_at: from.plus_ms(-within_ms).ms(), to_at: from.ms() })
}

/// Those of the visits found that the tariff counts, by time; none overlaps the visit or another. The
/// newest are kept where there are too many.
pub(super) fn counted(rows: &[EarlierRow], of: &SamePlate<'_>) -> Result<Vec<EarlierVisit>> {
    let (since, from) = (Timestamp::from_ms(of.from_at), Timestamp::from_ms(of.to_at));
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

/// Which visits this order's visit counts for; none if the tariff counts none.
pub(super) fn after<'a>(
    order: &'a OrderRow,
    plate: &'a str,
    tariff: &Tariff,
) -> Option<SamePlate<'a>> {
    let within_ms = tariff.earlier_visits_within_ms()?;
    let from_at = order.opened_at;
    let to_at = order.ended_at.unwrap_or(from_at).saturating_add(within_ms);
    Some(SamePlate { order, plate, from_at, to_at })
}

/// Queues the visits of a plate that this order's visit counts for, since its bill has changed.
pub(super) async fn settle_later(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    plate: &str,
    tariff: &Tariff,
) -> Outcome<()> {
    Ok(settle_after(app, tx, after(order, plate, tariff).as_slice()).await?)
}

/// The same for several orders, in few statements.
pub(super) async fn settle_after(app: &App, tx: &mut Tx, of: &[SamePlate<'_>]) -> Result<()> {
    let found = tx.visits_after_each(of).await?;
    let at = app.clock.machine_now_ms();
    let job = |order: &OrderRow, visit_id: Uuid| NewJob {
        kind: Kind::SettleVisit.name(),
        key: format!("{visit_id}:after:{}:{}", order.order_id, order.bill_revision),
        subject_id: visit_id,
        run_at: at,
    };
    let each = of.iter().zip(found);
    let jobs: Vec<NewJob> =
        each.flat_map(|(of, visits)| visits.into_iter().map(move |id| job(of.order, id))).collect();
    tx.enqueue_all(&jobs).await?;
    Ok(())
}
