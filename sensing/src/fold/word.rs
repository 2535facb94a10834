//! What one device says of its bay, and how far its word reaches.

use serde::{Deserialize, Serialize};
use vocabulary::{Interval, Timestamp};

use super::clock::STRIDE_LIMIT_MS;
use super::track::{Gap, Placed};
use crate::observation::Statement;
use crate::policy::Policy;
use crate::reading::Kind;
use crate::span::{Doubt, DoubtReason};

/// Shortest heartbeat that is learned.
const HEARTBEAT_LEAST_MS: i64 = 60_000;
/// From this many missing messages on, a departure and an arrival may hide among them.
const PAIR: u64 = 2;

/// What is known of a device's word while it is in service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Word {
    pub(super) heard_at: Option<Timestamp>,
    pub(super) said: Option<Said>,
    /// Messages missing since `said`.
    missing: u64,
    /// Whether it started again since `said`.
    restarted: bool,
    /// Whether it fell silent since `said`.
    silent: bool,
    /// Since when it reports a fault and has not vouched for the bay again.
    pub(super) faulty_at: Option<Timestamp>,
    /// How often it speaks; 0 until something is learned.
    heartbeat_ms: i64,
}

/// The last thing it said of the bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) occupied: bool,
    /// It was so at some instant from here to `at`.
    pub(super) from_at: Timestamp,
    pub(super) at: Timestamp,
    /// It has said so since, and nothing that was missing could have said otherwise.
    pub(super) unbroken_at: Timestamp,
    /// It has said so since.
    pub(super) changed_at: Timestamp,
}

impl Said {
    /// Since when the device has said so without a break.
    pub(super) fn since(&self) -> Timestamp {
        self.unbroken_at.max(self.changed_at)
    }
}

impl Word {
    /// How long after its last word the device counts as silent.
    pub(super) fn silence_ms(&self, policy: &Policy) -> i64 {
        policy.silence_after(self.heartbeat_ms)
    }

    /// How often it speaks, as far as that is learned.
    pub(super) fn heartbeat_ms(&self, policy: &Policy) -> i64 {
        if self.heartbeat_ms == 0 { policy.heartbeat_ms } else { self.heartbeat_ms }
    }

    /// When it turns silent if nothing more is heard.
    pub(super) fn silent_at(&self, policy: &Policy) -> Option<Timestamp> {
        self.heard_at.map(|at| at.plus_ms(self.silence_ms(policy)))
    }

    /// Whether its last word stands at `at`, given that it is in service.
    pub(super) fn stands(&self, policy: &Policy, at: Timestamp) -> Option<Said> {
        let heard = self.silent_at(policy).is_some_and(|silent_at| at < silent_at);
        self.said.filter(|_| heard && self.faulty_at.is_none() && !self.silent)
    }

    /// A reading came: counts what is missing before it.
    pub(super) fn hear(&mut self, policy: &Policy, p: &Placed<'_>) {
        self.silent |= self.silent_at(policy).is_some_and(|silent_at| silent_at < p.at);
        match p.gap {
            Gap::First => {}
            Gap::Restart => self.restarted = true,
            Gap::Missing { count, after_ms } => {
                if count == 0 && after_ms > 0 && p.o.kind == Kind::Heartbeat {
                    self.learn(policy, after_ms);
                }
                self.missing = self.missing.saturating_add(count);
            }
        }
        self.heard_at = Some(p.at);
        if p.o.kind == Kind::Fault && p.o.occupied.is_none() && self.faulty_at.is_none() {
            self.faulty_at = Some(p.at);
        }
    }

    /// Rises fast and falls slowly, so that a device that speaks more often at times is not taken
    /// for silent afterwards.
    fn learn(&mut self, policy: &Policy, after_ms: i64) {
        let known_ms = self.heartbeat_ms(policy);
        let difference_ms = after_ms.saturating_sub(known_ms);
        let step_ms = if difference_ms > 0 { difference_ms / 4 } else { difference_ms / 16 };
        let heartbeat_ms = known_ms.saturating_add(step_ms);
        self.heartbeat_ms = heartbeat_ms.clamp(HEARTBEAT_LEAST_MS, STRIDE_LIMIT_MS);
    }

    /// Whether a change of its word, and nothing more, may be missing since it last said something.
    pub(super) fn missed_a_change(&self) -> bool {
        self.missing > 0 && !self.restarted
    }

    /// The stretch since its last word that it cannot vouch for, given what it says at `at`.
    pub(super) fn unvouched(
        &self,
        policy: &Policy,
        statement: Statement,
        at: Timestamp,
    ) -> Option<Doubt> {
        let said = self.said?;
        let since = |reason| {
            let interval = Interval::new(said.from_at, at.max(said.from_at))?;
            Some(Doubt { interval, reason })
        };
        if self.faulty_at.is_some() {
            return since(DoubtReason::DeviceFault);
        }
        let said_again = statement == Statement::Became { occupied: said.occupied };
        let least = if said_again { 1 } else { PAIR };
        if self.restarted || self.missing >= least {
            let silent = at.since_ms(said.at) > self.silence_ms(policy);
            let reason = if silent { DoubtReason::Silence } else { DoubtReason::MissingMessages };
            return since(reason);
        }
        // Who says nothing for so long may not have watched since its last word.
        if self.silent { since(DoubtReason::Silence) } else { None }
    }

    /// Takes what it says now.
    pub(super) fn say(&mut self, policy: &Policy, statement: Statement, p: &Placed<'_>) {
        let occupied = statement.occupied();
        let broken = self.unvouched(policy, statement, p.at).is_some();
        let before = self.said.filter(|said| said.occupied == occupied);
        self.said = Some(Said {
            occupied,
            from_at: p.earliest_at,
            at: p.at,
            unbroken_at: before.filter(|_| !broken).map_or(p.at, |said| said.unbroken_at),
            changed_at: before.map_or(p.at, |said| said.changed_at),
        });
        self.missing = 0;
        self.restarted = false;
        self.silent = false;
        self.faulty_at = None;
    }

    /// Left service since it last said something: its next word is its first.
    pub(super) fn forget(&mut self) {
        *self = Word { heartbeat_ms: self.heartbeat_ms, ..Word::default() };
    }
}
