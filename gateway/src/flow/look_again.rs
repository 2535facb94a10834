//! Bays that turn by themselves, since time goes by: a sensor falls silent, a disagreement has lasted
//! too long, a closure or a sensor's service begins or ends. Unknown is not free, and stale is not live.

use std::sync::Arc;

use store::Lane;
use vocabulary::Timestamp;

use super::bay_history::BayHistory;
use super::folded::{Locked, open};
use super::show_bays::{Cause, show_bays};
use crate::app::App;
use crate::devices::Bay;

/// Bays looked at in one transaction: on SQLite within about 50 ms.
const BATCH: i64 = 200;

/// Looks at the bays whose time has come, and at those whose setup changed; returns how many. Safe to
/// run at any time, on every gateway.
///
/// # Errors
/// When the database fails.
pub async fn look_again(app: &App) -> anyhow::Result<usize> {
    let now = app.clock.city_now();
    let due = app.store.read().await?.bays_to_look_at(now.ms(), BATCH).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    let mut bays = Vec::new();
    for row in tx.lock_live(&due).await? {
        // Another gateway, or a reading, may have been here meanwhile.
        if row.again_at.is_some_and(|at| Timestamp::from_ms(at) <= now) {
            let (bay, version) = tx.bay_by_no(row.bay_no).await?;
            bays.push((Arc::new(Bay::of(bay, version)?), Locked::of(app, row)));
        }
    }
    let mut bays = open(app, &mut tx, bays).await?;
    show_bays(app, &mut tx, &mut bays, now, Cause::Time).await?;
    tx.commit().await?;
    let looked_at = bays.len();
    app.folds.keep(bays.into_iter().map(BayHistory::known));
    app.change_bell.notify_waiters();
    Ok(looked_at)
}
