//! Bays whose sensors are overdue turn `unknown`. Unknown is not free, and stale is not live.

use store::Lane;
use vocabulary::Timestamp;

use super::derive_stays::show;
use crate::app::App;

/// Bays turned in one transaction.
const BATCH: i64 = 500;

/// Turns overdue bays `unknown`; returns how many. Safe to run at any time.
///
/// # Errors
/// When the database fails.
pub async fn mark_silent(app: &App) -> anyhow::Result<usize> {
    let now = app.clock.city_now();
    let overdue = app.store.read().await?.bays_fallen_silent(now.ms(), BATCH).await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    let mut turned = 0;
    for bay in tx.lock_bays(&overdue).await? {
        let still_overdue = bay.silent_at.is_some_and(|at| Timestamp::from_ms(at) <= now);
        let Some(json) = bay.fold_json.as_deref().filter(|_| still_overdue) else { continue };
        // A fold of another program version that cannot be read says nothing: unknown, not an error.
        let fold: sensing::Fold = serde_json::from_str(json).unwrap_or_default();
        let mut live = fold.live(&app.policy, now);
        live.silent_at = None;
        show(&mut tx, bay, &live, now, "silence").await?;
        turned += 1;
    }
    tx.commit().await?;
    app.change_bell.notify_waiters();
    Ok(turned)
}
