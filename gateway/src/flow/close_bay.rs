//! A bay is closed for a while: works, an event, snow. While it is, its sensor proves nothing.

use serde_json::json;
use store::{ClosureRow, Tx};
use vocabulary::{BayCode, Interval, Timestamp};

use super::actor::Actor;
use super::change_bay::locked_bay;
use super::refresh_setup::refresh_setup;
use super::{Outcome, Refusal};

/// A closure may be written down this long after it began: it favours the driver.
const LATE_LIMIT_MS: i64 = 24 * 3_600_000;
const REASON_LIMIT: usize = 200;

/// Plans a closure.
///
/// # Errors
/// `bay_unknown`, `closure_empty`, `closure_too_late`, `closure_exists`, `reason_length`.
pub async fn close_bay(
    tx: &mut Tx,
    actor: &Actor,
    code: &BayCode,
    (when, reason): (Interval, &str),
    now: Timestamp,
) -> Outcome<()> {
    let bay = locked_bay(tx, actor, code).await?;
    let (from, to) = (when.start_at(), when.end_at());
    if from == to {
        return Err(Refusal::refused("closure_empty", "a closure ends after it begins"));
    }
    if now.since_ms(from) > LATE_LIMIT_MS {
        return Err(Refusal::refused("closure_too_late", "a closure began at most 24 hours ago"));
    }
    if !(1..=REASON_LIMIT).contains(&reason.trim().chars().count()) {
        return Err(Refusal::refused("reason_length", "say why in 1 to 200 characters"));
    }
    let closure = ClosureRow {
        bay_id: bay.bay_id,
        from_at: from.ms(),
        to_at: to.ms(),
        reason: reason.trim().to_owned(),
    };
    if !tx.insert_closure(&closure).await? {
        return Err(Refusal::conflict(
            "closure_exists",
            "a closure begins at that instant already",
        ));
    }
    refresh_setup(tx, bay.bay_id).await?;
    let detail = json!({"from": from, "to": to});
    actor.audit(tx, now, "bay_close", ("bay", &bay.code), &detail).await
}

/// Ends a closure now; one that has not begun is taken back. One that is over stays as it is.
///
/// # Errors
/// `bay_unknown`, `closure_unknown`.
pub async fn lift_closure(
    tx: &mut Tx,
    actor: &Actor,
    code: &BayCode,
    from: Timestamp,
    now: Timestamp,
) -> Outcome<()> {
    let bay = locked_bay(tx, actor, code).await?;
    if tx.closures(bay.bay_id).await?.iter().all(|c| c.from_at != from.ms()) {
        return Err(Refusal::missing("closure_unknown", "no closure begins at that instant"));
    }
    tx.lift_closure(bay.bay_id, from.ms(), now.ms()).await?;
    refresh_setup(tx, bay.bay_id).await?;
    let detail = json!({"from": from});
    actor.audit(tx, now, "bay_closure_lift", ("bay", &bay.code), &detail).await
}
