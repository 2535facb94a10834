//! Stays that are held against one another.

use vocabulary::{Fen, Interval};

use crate::tariff::Plan;

/// Two stays from one arrival.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) shorter: (Interval, Fen),
    pub(super) longer: (Interval, Fen),
}

/// One stay, and two over the same time.
#[derive(Clone)]
pub(super) struct Split {
    pub(super) whole: (Interval, Fen),
    pub(super) first: (Interval, Fen),
    pub(super) second: (Interval, Fen),
    /// The dearest rule of the whole stay.
    pub(super) rule: String,
}

#[derive(Clone, Copy)]
pub(super) struct AboveCap {
    pub(super) stay: Interval,
    pub(super) most: Fen,
    pub(super) total: Fen,
}

impl Pair {
    pub(super) fn saves(&self) -> i64 {
        self.shorter.1.0.saturating_sub(self.longer.1.0)
    }
}

impl Split {
    pub(super) fn saves(&self) -> i64 {
        self.whole.1.0.saturating_sub(self.first.1.0).saturating_sub(self.second.1.0)
    }

    /// The plainer example: what saves the larger part of the fee, then the shorter stay.
    pub(super) fn is_plainer_than(&self, other: &Split) -> bool {
        let part = |split: &Split| {
            let thousandths = split.saves().saturating_mul(1_000);
            thousandths.checked_div(split.whole.1.0).unwrap_or(0)
        };
        let length = |split: &Split| split.whole.0.length_ms();
        (part(self), length(other)) > (part(other), length(self))
    }

    /// Whether two bills save it only because each is rounded.
    pub(super) fn is_rounding(&self, plan: &Plan) -> bool {
        let to = plan.total_to.0;
        let small = to <= 1 || self.saves().saturating_mul(10) < self.whole.1.0;
        small && self.saves() < to.saturating_mul(2)
    }
}
