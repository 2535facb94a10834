//! What a visit that is under way would cost if it ended now, and when that changes next.

use anyhow::Result;
use billing::Calendars;
use billing::running::{Running, running};
use store::{OrderRow, Tx};
use vocabulary::Timestamp;

use super::visit_case::VisitFacts;

/// The running fee of a visit's order; none if it is final, of another subject, or cannot be priced.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub(crate) async fn running_fee(
    tx: &mut Tx,
    order: &OrderRow,
    now: Timestamp,
) -> Result<Option<Running>> {
    if order.state != "open" || order.subject_kind != "visit" {
        return Ok(None);
    }
    let facts = VisitFacts::load(tx, order).await?;
    let now_case = facts.case_until(now)?;
    if now_case.intervals.is_empty() {
        return Ok(None);
    }
    // Whatever can be read for now can be read for later.
    let until = |at| facts.case_until(at).unwrap_or_else(|_| now_case.clone());
    Ok(running(&facts.tariff, Calendars::built_in(), now, until).ok())
}
