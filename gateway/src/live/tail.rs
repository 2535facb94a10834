//! Reads the history of changes as it grows and brings the live states up to it.
//!
//! **Invariant:** no committed change is passed over. PostgreSQL hands out change numbers before it
//! commits them, so a number may appear after a higher one: missing numbers are asked for again for
//! a while. A number of a transaction that was rolled back never appears.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use store::ChangeRow;
use tokio::time::Instant;
use vocabulary::BayId;

use crate::app::App;

/// The tail looks at least this often, bell or no bell.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a missing number is asked for: far longer than a transaction of this program takes.
const MISSING_FOR: Duration = Duration::from_secs(10);
/// Numbers asked for at most; the oldest are given up first.
const MISSING_LIMIT: usize = 20_000;
/// How far before the newest change the tail begins: transactions open at the start may end there.
const LOOK_BACK: i64 = 10_000;
/// Changes read at once.
const BATCH: i64 = 2_000;
/// Places of bays are dated; they are read again this often (machine time).
const RELOAD_EVERY: Duration = Duration::from_secs(300);

/// How far the history was read.
#[derive(Debug)]
struct Position {
    newest: i64,
    missing: BTreeMap<i64, Instant>,
}

/// Follows the history until `shutdown`.
///
/// # Errors
/// None today: a database that does not answer is asked again.
pub async fn tail(app: Arc<App>, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let mut position = Position::new(app.live.loaded_at().saturating_sub(LOOK_BACK).max(0));
    let mut placeless = HashSet::new();
    let mut reload_at = Instant::now() + RELOAD_EVERY;
    tokio::pin!(shutdown);
    loop {
        // Made before the reading, so that a ring during it is not lost.
        let rung = app.change_bell.notified();
        if Instant::now() >= reload_at {
            reload_at = Instant::now() + RELOAD_EVERY;
            placeless.clear();
            log_failure(reload(&app).await);
        }
        log_failure(catch_up(&app, &mut position, &mut placeless).await);
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = rung => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// A failed look changed nothing; the next one does it all.
fn log_failure(ended: store::Result<()>) {
    if let Err(error) = ended {
        tracing::warn!(
            error = format!("{:#}", anyhow::Error::from(error)),
            "the history of changes could not be read"
        );
    }
}

async fn reload(app: &App) -> store::Result<()> {
    let mut tx = app.store.read().await?;
    app.live.reload(&mut tx, app.clock.city_now()).await
}

async fn catch_up(
    app: &App,
    position: &mut Position,
    placeless: &mut HashSet<BayId>,
) -> store::Result<()> {
    let mut tx = app.store.read().await?;
    let mut unknown = Vec::new();
    let asked = position.missing(Instant::now());
    if !asked.is_empty() {
        let late = tx.changes_named(&asked).await?;
        unknown.extend(app.live.take(&late));
        position.found(&late);
    }
    loop {
        let changes = tx.changes_after(position.newest, BATCH).await?;
        unknown.extend(app.live.take(&changes));
        position.read(&changes, Instant::now());
        if changes.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            break;
        }
    }
    drop(tx);
    unknown.retain(|bay| !placeless.contains(bay));
    if !unknown.is_empty() {
        // A town was imported meanwhile. A bay that still has no place then is not asked for again.
        reload(app).await?;
        placeless.extend(unknown);
    }
    Ok(())
}

impl Position {
    fn new(newest: i64) -> Position {
        Position { newest, missing: BTreeMap::new() }
    }

    /// The numbers that are still asked for.
    fn missing(&mut self, now: Instant) -> Vec<i64> {
        self.missing.retain(|_, until| *until > now);
        while self.missing.len() > MISSING_LIMIT {
            self.missing.pop_first();
        }
        self.missing.keys().copied().collect()
    }

    fn found(&mut self, late: &[ChangeRow]) {
        for change in late {
            self.missing.remove(&change.change_seq);
        }
    }

    /// Goes on to the newest of `changes` (oldest first) and notes the numbers between them.
    fn read(&mut self, changes: &[ChangeRow], now: Instant) {
        for change in changes {
            let first = (self.newest + 1).max(change.change_seq - LOOK_BACK);
            self.missing
                .extend((first..change.change_seq).map(|number| (number, now + MISSING_FOR)));
            self.newest = change.change_seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(change_seq: i64) -> ChangeRow {
        ChangeRow {
            change_seq,
            bay_id: uuid::Uuid::nil(),
            version: change_seq,
            state: "free".into(),
            reason: "heard".into(),
            observed_at: None,
            published_at: 0,
            source: "sensor".into(),
        }
    }

    #[test]
    fn a_number_that_was_passed_over_is_asked_for_until_it_appears_or_its_time_is_up() {
        let start = Instant::now();
        let mut position = Position::new(3);
        position.read(&[4, 6, 9].map(change), start);
        assert_eq!((position.newest, position.missing(start)), (9, vec![5, 7, 8]));
        position.found(&[change(7)]);
        position.read(&[change(11)], start + Duration::from_secs(5));
        assert_eq!(position.missing(start + Duration::from_secs(9)), [5, 8, 10]);
        assert_eq!(position.missing(start + Duration::from_secs(10)), [10]);
        assert!(position.missing(start + Duration::from_secs(15)).is_empty());
    }

    #[test]
    fn a_long_pruned_stretch_is_not_asked_for_number_by_number() {
        let mut position = Position::new(0);
        position.read(&[change(5_000_000)], Instant::now());
        assert_eq!(position.missing.len(), 10_000);
    }
}
