//! What storage needs as city time goes on: partitions ahead of it, fewer checkpoints behind it.

use store::Lane;

use crate::app::App;

const DAY_MS: i64 = 86_400_000;
/// Daily checkpoints are kept for so long, after that one a week.
const DAILY_MS: i64 = 8 * DAY_MS;
/// No checkpoint is older than this.
const LONGEST_MS: i64 = 92 * DAY_MS;

/// Prepares and thins out. Safe to run at any time.
///
/// # Errors
/// When the database fails.
pub async fn keep_storage(app: &App) -> anyhow::Result<()> {
    let now = app.clock.city_now();
    app.store.prepare_partitions(now.ms()).await?;
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.thin_checkpoints(now.plus_ms(-DAILY_MS).ms(), now.plus_ms(-LONGEST_MS).ms()).await?;
    tx.commit().await?;
    Ok(())
}
