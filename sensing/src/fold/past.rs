//! Whether the vehicle that is there is still the one that came.
//!
//! Where a departure and an arrival may have gone unnoticed, nobody knows. One stay never charges for
//! two vehicles: what comes after is not charged. Nor is one vehicle charged in two stays: who may
//! only have seemed to leave is charged in the first.

use serde::{Deserialize, Serialize};
use vocabulary::Interval;

use crate::policy::Policy;
use crate::span::{Edge, Span};

/// From so many times on that a vehicle seemed to leave and had not, the sensor flaps.
const FLAPS: u32 = 2;

/// What is known of the last presence beside its span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    /// Where, unnoticed, another vehicle may have come.
    exchanges: Vec<Interval>,
    /// Between the one before and this one, if both may be the same vehicle.
    again: Option<Interval>,
    /// How often it seemed to have left.
    flaps: u32,
    /// Since it left, the bay was seen to be empty for longer than a flap lasts.
    emptied: bool,
    /// Something is charged of a presence before, which may have been the same vehicle's.
    charged_before: bool,
}

impl Past {
    /// It seemed to have left and had not.
    pub(super) fn flap(&mut self) {
        self.flaps = self.flaps.saturating_add(1);
    }

    /// Another one may have come in this stretch, if it is long enough to leave and to arrive.
    pub(super) fn miss(&mut self, policy: &Policy, stretch: Interval) {
        self.exchanges.extend(Some(stretch).filter(|e| e.length_ms() >= policy.merge_gap_ms));
    }

    /// Nobody came in this stretch after all.
    pub(super) fn vouch(&mut self, policy: &Policy, vouched: Interval) {
        let before = std::mem::take(&mut self.exchanges);
        let left = before.iter().flat_map(|e| e.without(&[vouched]));
        left.for_each(|stretch| self.miss(policy, stretch));
    }

    /// The part of the presence in which it may be another vehicle, as far as it goes by now.
    pub(super) fn rest(&self, span: &Span) -> Option<Interval> {
        let unsure = || self.exchanges.iter().chain(&self.again);
        let from_at = unsure().map(|e| e.start_at()).min()?;
        let known_to = unsure().map(|e| e.end_at()).max()?;
        let to_at = span.left.map_or(known_to, |left| left.latest_at);
        let rest = Interval::new(from_at.max(span.arrived.earliest_at), to_at);
        rest.filter(|rest| !rest.is_empty())
    }

    /// A device vouches that the bay was empty for so long. Under a sensor that flaps a little more than
    /// the merge gap may be one more flap.
    pub(super) fn see_empty(&mut self, policy: &Policy, length_ms: i64) {
        let flap_ms = match self.flaps >= FLAPS {
            true => policy.merge_gap_ms.max(policy.agree_within_ms),
            false => policy.merge_gap_ms,
        };
        self.emptied |= length_ms >= flap_ms;
    }

    /// That of the next presence. If the bay was not seen to be empty in between, it may be the one who
    /// was there before, and is charged once.
    pub(super) fn after(&self, before: &Span, arrived: Edge) -> Past {
        let Some(left) = before.left.filter(|_| !self.emptied) else { return Past::default() };
        let charged_before = self.charged_before || charges(before);
        let away = Interval::new(left.earliest_at, arrived.latest_at);
        let again = away.filter(|_| charged_before);
        Past { again, flaps: self.flaps, charged_before, ..Past::default() }
    }
}

/// Whether anything of a presence is charged.
fn charges(span: &Span) -> bool {
    let doubts: Vec<Interval> = span.doubts.iter().map(|d| d.interval).collect();
    let parts = span.billable().map(|whole| whole.without(&doubts));
    parts.is_some_and(|parts| parts.iter().any(|part| !part.is_empty()))
}
