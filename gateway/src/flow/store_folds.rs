//! What this gateway knows by heart and the stored folds lag behind is stored: when the service stops,
//! so that nobody has to catch up after an ordinary restart. Nothing depends on it.

use store::{FoldRow, Lane};

use crate::app::App;
use crate::folds::Known;

/// Bays in one transaction.
const BATCH: usize = 2_000;

/// Stores the folds that lag behind; returns how many.
///
/// # Errors
/// When the database fails.
pub async fn store_folds(app: &App) -> anyhow::Result<usize> {
    let mut stored = 0;
    for bay_nos in app.folds.lagging().chunks(BATCH) {
        let mut tx = app.store.begin(Lane::Ingest).await?;
        let (mut rows, mut known) = (Vec::new(), Vec::new());
        for row in tx.lock_stamps(bay_nos).await? {
            // Another gateway that was there knows the bay better.
            let Some(bay) = app.folds.take(row.bay_no, row.stamp) else { continue };
            rows.push(FoldRow {
                bay_no: row.bay_no,
                folded_seq: bay.row.last_seq,
                checkpoint_at: bay.checkpoint_at,
                fold: Some(bay.content.fold().to_vec()),
                health: Some(bay.content.health().to_vec()),
            });
            known.push(Known { lag: 0, ..bay });
        }
        tx.write_folds(&rows).await?;
        tx.commit().await?;
        app.folds.keep(known);
        stored += rows.len();
    }
    Ok(stored)
}
