//! Devices of one bay that say different things: since when, and which stretch is doubted for it.
//!
//! Only words that stand count: a device that is silent, faulty or out of service disagrees with
//! nobody. A difference shorter than the policy allows is none.

use vocabulary::{Interval, Timestamp};

use super::Fold;
use crate::policy::Policy;
use crate::setup::Setup;
use crate::span::{Doubt, DoubtReason, Span};

impl Fold {
    fn differ(&self, policy: &Policy, setup: &Setup, at: Timestamp) -> bool {
        let mut words = self.standing(policy, setup, at).map(|(_, said)| said.occupied);
        words.next().is_some_and(|first| words.any(|other| other != first))
    }

    /// Ends a difference that ended because a device fell silent or left service before `at`.
    pub(super) fn end_difference(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        at: Timestamp,
        changed: &mut Vec<Span>,
    ) {
        let Some(since) = self.bay.differ_since else { return };
        let mut ends: Vec<Timestamp> = Vec::new();
        for device in &self.devices {
            ends.extend(device.word.silent_at(policy));
            ends.extend(setup.leaves_service(device.id, since));
        }
        ends.retain(|end| since < *end && *end <= at);
        ends.sort_unstable();
        let ended = ends.into_iter().find(|end| !self.differ(policy, setup, *end));
        if let Some(ended) = ended {
            self.doubt_difference(policy, since, ended, changed);
            self.bay.differ_since = None;
        }
    }

    pub(super) fn note_difference(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        at: Timestamp,
        changed: &mut Vec<Span>,
    ) {
        match (self.bay.differ_since, self.differ(policy, setup, at)) {
            (None, true) => self.bay.differ_since = Some(at),
            (Some(since), false) => {
                self.doubt_difference(policy, since, at, changed);
                self.bay.differ_since = None;
            }
            _ => {}
        }
    }

    pub(super) fn doubt_difference(
        &mut self,
        policy: &Policy,
        since: Timestamp,
        until: Timestamp,
        changed: &mut Vec<Span>,
    ) {
        if until.since_ms(since) > policy.agree_within_ms {
            let interval = Interval::new(since, until).expect("longer than nothing");
            self.presence.doubt(Doubt { interval, reason: DoubtReason::Disagreement }, changed);
        }
    }
}
