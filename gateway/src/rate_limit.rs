//! How often somebody who has not signed in may ask: a bucket for each caller, in memory.
//!
//! Each gateway counts for itself. A bucket holds `burst` questions and fills up again evenly. Buckets that
//! are full are forgotten, and when too many callers come at once all share one, so that memory stays
//! bounded whoever asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Callers that are told apart at once.
const CALLERS: usize = 100_000;
/// The caller that all are when there are too many.
const CROWD: &str = "";

/// Buckets by caller.
#[derive(Debug, Default)]
pub struct RateLimit {
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// How much is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// So many at once.
    pub burst: u32,
    /// One more after each of these.
    pub every_ms: i64,
}

#[derive(Debug)]
struct Bucket {
    /// When it is full again (machine time).
    full_at_ms: i64,
}

impl RateLimit {
    /// Takes one question out of the caller's bucket.
    ///
    /// # Errors
    /// In how many milliseconds to ask again.
    pub fn take(&self, caller: &str, allowance: Allowance, now_ms: i64) -> Result<(), i64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CALLERS && !buckets.contains_key(caller) {
            buckets.retain(|_, bucket| bucket.full_at_ms > now_ms);
        }
        let crowded = buckets.len() >= CALLERS && !buckets.contains_key(caller);
        let caller = if crowded { CROWD } else { caller };
        let bucket = buckets.entry(caller.to_owned()).or_insert(Bucket { full_at_ms: now_ms });
        let full_at_ms = bucket.full_at_ms.max(now_ms).saturating_add(allowance.every_ms);
        let room_ms = i64::from(allowance.burst).saturating_mul(allowance.every_ms);
        let over_ms = full_at_ms.saturating_sub(now_ms).saturating_sub(room_ms);
        if over_ms > 0 {
            return Err(over_ms);
        }
        bucket.full_at_ms = full_at_ms;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Allowance = Allowance { burst: 3, every_ms: 1_000 };

    #[test]
    fn a_caller_asks_so_often_at_once_and_again_when_time_has_passed() {
        let limit = RateLimit::default();
        for (caller, now_ms, expected) in [
            ("a", 0, Ok(())),
            ("a", 0, Ok(())),
            ("a", 0, Ok(())),
            ("a", 0, Err(1_000)),
            ("b", 0, Ok(())),
            ("a", 400, Err(600)),
            ("a", 1_000, Ok(())),
            ("a", 1_000, Err(1_000)),
            ("a", 60_000, Ok(())),
            ("a", 60_000, Ok(())),
            ("a", 60_000, Ok(())),
            ("a", 60_000, Err(1_000)),
        ] {
            assert_eq!(limit.take(caller, THREE, now_ms), expected, "{caller} at {now_ms}");
        }
    }

    #[test]
    fn a_flood_of_callers_shares_one_bucket_and_memory_stays_bounded() {
        let limit = RateLimit::default();
        for n in 0..CALLERS {
            limit.take(&n.to_string(), THREE, 0).unwrap();
        }
        let late: Vec<_> = (0..5).map(|n| limit.take(&format!("late {n}"), THREE, 0)).collect();
        assert_eq!(late, [Ok(()), Ok(()), Ok(()), Err(1_000), Err(1_000)]);
        assert!(limit.buckets.lock().unwrap().len() <= CALLERS + 1);
        assert_eq!(limit.take("late 0", THREE, 1_000_000), Ok(()));
        assert_eq!(limit.buckets.lock().unwrap().len(), 1, "full buckets are forgotten");
    }
}
