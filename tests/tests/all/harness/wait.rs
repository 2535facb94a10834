//! Waiting for a condition, never for a length of time.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until there is something to see, and returns it; fails after `within`, naming what was awaited.
pub(crate) async fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(started.elapsed() < within, "waited {within:?} in vain for: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The same for code outside any runtime.
pub(crate) fn blocking_until<T>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Result<T, String> {
    let started = Instant::now();
    loop {
        if let Some(seen) = look() {
            return Ok(seen);
        }
        if started.elapsed() >= within {
            return Err(format!("waited {within:?} in vain for: {what}"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
