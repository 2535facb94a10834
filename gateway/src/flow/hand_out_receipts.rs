//! Receipt numbers are handed to a collector in advance, so that cash can be taken without a network.

use billing::cash::NumberRange;
use serde_json::json;
use store::{CashRangeRow, Tx};
use uuid::Uuid;
use vocabulary::{StaffId, Timestamp};

use super::actor::Actor;
use super::cash_shift::{COLLECTORS, operator_of};
use super::{Outcome, Refusal};

/// Hands the numbers `first..=last` of a series to a collector.
///
/// # Errors
/// `series_malformed`, `receipt_number_malformed`, `range_too_long`, `collector_unknown`,
/// `not_a_collector` (who does not collect cash), `range_taken`.
pub async fn hand_out_receipts(
    tx: &mut Tx,
    actor: &Actor,
    (collector, series): (StaffId, &str),
    (first, last): (u32, u32),
    now: Timestamp,
) -> Outcome<CashRangeRow> {
    NumberRange::new(series, first, last)
        .map_err(|reject| Refusal::refused(reject.code(), reject.to_string()))?;
    may_collect(tx, actor, collector).await?;
    let operator_id = operator_of(tx, actor).await?;
    tx.lock_cash_series(operator_id, series).await?;
    let numbers = (i64::from(first), i64::from(last));
    if let Some(taken) = tx.cash_ranges_within(operator_id, series, numbers).await?.first() {
        let detail = format!(
            "the numbers {} to {} of this series are handed out already",
            taken.first_number, taken.last_number
        );
        return Err(Refusal::conflict("range_taken", detail));
    }
    let row = CashRangeRow {
        range_id: Uuid::now_v7(),
        operator_id,
        collector_id: collector.0,
        series: series.to_owned(),
        first_number: numbers.0,
        last_number: numbers.1,
        handed_at: now.ms(),
        handed_by: actor.name(),
        returned_at: None,
    };
    if !tx.insert_cash_range(&row).await? {
        return Err(Refusal::conflict("range_taken", "these numbers are handed out already"));
    }
    let detail = json!({"series": series, "first": first, "last": last});
    let id = collector.to_string();
    actor.audit(tx, now, "cash_range_handed_out", ("staff", &id), &detail).await?;
    Ok(row)
}

/// Whoever has numbers can collect with them: nobody else does.
async fn may_collect(tx: &mut Tx, actor: &Actor, collector: StaffId) -> Outcome<()> {
    let staff = tx.staff(collector.0).await?.filter(|s| s.disabled_at.is_none());
    let staff = staff.filter(|s| actor.may_touch(s.operator_id));
    let staff =
        staff.ok_or_else(|| Refusal::missing("collector_unknown", "no such member of staff"))?;
    if !COLLECTORS.iter().any(|role| role.name() == staff.role) {
        let detail =
            format!("{} does not collect cash: {} is {}", staff.login, staff.login, staff.role);
        return Err(Refusal::refused("not_a_collector", detail));
    }
    Ok(())
}
