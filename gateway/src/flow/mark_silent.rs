//! Bays whose sensors are overdue turn `unknown`. Unknown is not free, and stale is not live.

use std::sync::Arc;

use store::Lane;
use vocabulary::Timestamp;

use super::bay_history::BayHistory;
use super::show_bays::show_bays;
use crate::app::App;
use crate::devices::Bay;

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
    let mut bays = Vec::new();
    for row in tx.lock_live(&overdue).await? {
        if row.silent_at.is_some_and(|at| Timestamp::from_ms(at) <= now) {
            let (bay, version) = tx.bay_by_no(row.bay_no).await?;
            bays.push(BayHistory::open(app, &mut tx, Arc::new(Bay::of(bay, version)?), row).await?);
        }
    }
    show_bays(app, &mut tx, &mut bays, now, "silence").await?;
    tx.commit().await?;
    app.change_bell.notify_waiters();
    Ok(bays.len())
}
