//! Searches that found no free bay, counted by block and hour until they are stored, a moment later.
//!
//! Nothing is kept of who searched: an address is remembered in memory for ten minutes, so that an app that asks again and
//! again counts once, and is written nowhere. **Invariants:** a failure of the database loses nothing that was counted;
//! memory is bounded whatever is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use store::{Lane, UnmetRow};
use vocabulary::{BlockId, Timestamp};

use crate::app::App;
use crate::rate_limit::{Allowance, RateLimit};

const STORE_EVERY: Duration = Duration::from_secs(1);
const HOUR_MS: i64 = 3_600_000;
/// Blocks and hours that wait to be stored.
const WAITING_LIMIT: usize = 100_000;
/// Whoever asks again within this time (machine time) still looks for the same bay.
const ONCE: Allowance = Allowance { burst: 1, every_ms: 600_000 };

/// What waits to be stored, and who asked lately.
#[derive(Debug, Default)]
pub struct Unmet {
    waiting: Mutex<HashMap<(BlockId, i64), i64>>,
    asked: RateLimit,
}

impl Unmet {
    /// Counts a search around a block, once for each that asks.
    pub fn count(&self, block: BlockId, now: Timestamp, (who, machine_now_ms): (&str, i64)) {
        let seeker = format!("{who} {block}");
        if self.asked.take(&seeker, ONCE, machine_now_ms).is_ok() {
            self.add((block, now.ms().div_euclid(HOUR_MS) * HOUR_MS), 1);
        }
    }

    fn add(&self, of: (BlockId, i64), searches: i64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_LIMIT || waiting.contains_key(&of) {
            *waiting.entry(of).or_default() += searches;
        }
    }

    fn take(&self) -> Vec<UnmetRow> {
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let row = |((block, hour_at), searches): ((BlockId, i64), i64)| UnmetRow {
            block_id: block.0,
            hour_at,
            searches,
        };
        let mut rows: Vec<UnmetRow> = waiting.into_iter().map(row).collect();
        // Always in the same order, so that two gateways never wait for each other.
        rows.sort_by_key(|row| (row.hour_at, row.block_id));
        rows
    }

    fn put_back(&self, rows: &[UnmetRow]) {
        for row in rows {
            self.add((BlockId(row.block_id), row.hour_at), row.searches);
        }
    }
}

/// Stores what was counted until `shutdown`, and what is left then.
///
/// # Errors
/// None today: a database that does not answer is asked again a second later.
pub async fn run(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    tokio::pin!(shutdown);
    loop {
        let over = tokio::select! {
            () = &mut shutdown => true,
            () = tokio::time::sleep(STORE_EVERY) => false,
        };
        let rows = app.unmet.take();
        if let Err(error) = store(&app, &rows).await {
            app.unmet.put_back(&rows);
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(error, "searches that found nothing could not be counted");
        }
        if over {
            return Ok(());
        }
    }
}

async fn store(app: &App, rows: &[UnmetRow]) -> store::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Ingest).await?;
    tx.add_unmet(rows).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u128) -> BlockId {
        BlockId(uuid::Uuid::from_u128(number))
    }

    fn counted(unmet: &Unmet) -> Vec<(u128, i64, i64)> {
        let rows = unmet.take().into_iter();
        rows.map(|row| (row.block_id.as_u128(), row.hour_at / HOUR_MS, row.searches)).collect()
    }

    #[test]
    fn each_seeker_counts_once_for_a_block_in_ten_minutes() {
        let unmet = Unmet::default();
        let hour = |hour: i64| Timestamp::from_ms(hour * HOUR_MS + 1);
        for (number, at, who, machine_ms) in [
            (1, 5, "a", 0),
            (1, 5, "a", 599_999),
            (1, 5, "b", 0),
            (2, 5, "a", 0),
            (1, 6, "a", 600_000),
        ] {
            unmet.count(block(number), hour(at), (who, machine_ms));
        }
        assert_eq!(counted(&unmet), [(1, 5, 2), (2, 5, 1), (1, 6, 1)]);
        assert!(counted(&unmet).is_empty());
    }

    #[test]
    fn what_could_not_be_stored_is_counted_still() {
        let unmet = Unmet::default();
        unmet.count(block(1), Timestamp::from_ms(0), ("a", 0));
        let rows = unmet.take();
        unmet.count(block(1), Timestamp::from_ms(0), ("b", 0));
        unmet.put_back(&rows);
        assert_eq!(counted(&unmet), [(1, 0, 2)]);
    }

    #[test]
    fn memory_is_bounded_whatever_is_asked() {
        let unmet = Unmet::default();
        (0..=WAITING_LIMIT as i64).for_each(|hour| unmet.add((block(1), hour), 1));
        assert_eq!(unmet.waiting.lock().unwrap().len(), WAITING_LIMIT);
        unmet.add((block(1), 0), 1);
        assert_eq!(unmet.waiting.lock().unwrap()[&(block(1), 0)], 2);
    }
}
