//! How often a device changed its word, by the hour: enough to tell flapping from a busy bay.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use crate::policy::Policy;

const HOUR_MS: i64 = 3_600_000;

/// Changes in the newest hour of the clock in which there were any, and in the hour before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Changes {
    hour: i64,
    within: u32,
    before: u32,
}

impl Changes {
    pub(super) fn count(&mut self, at: Timestamp) {
        let hour = at.ms().div_euclid(HOUR_MS);
        match hour - self.hour {
            0 => self.within = self.within.saturating_add(1),
            -1 => self.before = self.before.saturating_add(1),
            1 => *self = Changes { hour, within: 1, before: self.within },
            2.. => *self = Changes { hour, within: 1, before: 0 },
            // Of long ago: nothing to warn of any more.
            _ => {}
        }
    }

    /// Since when there are more than the policy allows, and how many.
    pub(super) fn too_many(self, policy: &Policy, now: Timestamp) -> Option<(Timestamp, u32)> {
        let hours_ago = now.ms().div_euclid(HOUR_MS) - self.hour;
        let (hour, changes) = match hours_ago {
            ..=0 if self.within > policy.flapping_changes_per_hour => (self.hour, self.within),
            ..=0 => (self.hour - 1, self.before),
            1 => (self.hour, self.within),
            _ => return None,
        };
        let since = Timestamp::from_ms(hour.saturating_mul(HOUR_MS));
        (changes > policy.flapping_changes_per_hour).then_some((since, changes))
    }
}
