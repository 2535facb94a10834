//! What is known of a bay beside its readings changed: its stays and its live state are derived again
//! from all that was stored, and what is different becomes revisions, as with a late reading.
//!
//! The readings are read and folded before the bay is locked, so that years of them hold nobody up; under
//! the lock only what came meanwhile is, and the stays are compared.

use std::sync::Arc;

use store::Lane;
use uuid::Uuid;

use super::bay_history::{BayHistory, Prepared};
use super::derive_stays::derive_stays;
use super::folded::{Locked, open};
use super::show_bays::{Cause, show_bays};
use crate::app::App;
use crate::devices::Bay;

/// Derives a bay again. Safe to repeat: what is as it was is not published again.
///
/// # Errors
/// When the database fails.
pub async fn rederive_bay(app: &App, bay_id: Uuid) -> anyhow::Result<()> {
    let now = app.clock.city_now();
    let mut read = app.store.read().await?;
    let Some((known, _)) = read.registered_bay(bay_id).await? else { return Ok(()) };
    let prepared = Prepared::read(app, &mut read, known.bay_no).await?;
    drop(read);
    let mut tx = app.store.begin(Lane::Command).await?;
    let mut bays = Vec::new();
    if let Some(row) = tx.lock_live(&[known.bay_no]).await?.pop() {
        // Read under the lock: the setup that the next reading will be judged by.
        let (bay, version) = tx.bay_by_no(row.bay_no).await?;
        let bay = Arc::new(Bay::of(bay, version)?);
        bays = open(app, &mut tx, vec![(bay, Locked::of(app, row))]).await?;
        for history in &mut bays {
            history.derive_anew(app, &mut tx, &prepared).await?;
        }
    }
    let waiting = tx.bays_with_waiting_claims().await?.into_iter().collect();
    derive_stays(app, &mut tx, &bays, &waiting, now).await?;
    show_bays(app, &mut tx, &mut bays, now, Cause::Setup).await?;
    tx.commit().await?;
    app.folds.keep(bays.into_iter().map(BayHistory::known));
    app.change_bell.notify_waiters();
    app.job_bell.notify_one();
    Ok(())
}
