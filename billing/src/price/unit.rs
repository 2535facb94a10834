//! A unit of a tier that has begun and is not over, and what it costs across prices.

use super::{Reject, Terms};
use crate::amount::{Exact, Price};
use crate::tariff::{Ladder, PlanWindow, Tier, UnitEnd};

/// What a stretch of time costs in one tier of one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// Place of the window in the plan.
    pub(super) window: usize,
    pub(super) tier: usize,
    pub(super) unit_ms: i64,
    pub(super) parts: i64,
    pub(super) price: Price,
    /// Of one unit.
    pub(super) exact: Exact,
}

/// A part of a unit under one price: the whole unit, unless it is split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) rate: Rate,
    pub(super) ms: i64,
    /// The line that carries it, once there is one.
    pub(super) entry: Option<usize>,
}

/// A unit that has begun.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) occurrence: usize,
    /// Place in the plan of the window that it was last in.
    pub(super) last_window: usize,
    pub(super) end: UnitEnd,
    /// As it was begun; `i64::MAX` for a whole window or visit.
    pub(super) length_ms: i64,
    pub(super) left_ms: i64,
    pub(super) used_ms: i64,
    pub(super) due_ms: i64,
    pub(super) charged: bool,
    pub(super) part: Part,
    /// Parts at other prices before, to be charged when the unit is due.
    pub(super) pending: Vec<Part>,
}

/// The clock of the tiers in one of its runs.
#[derive(Debug, Default)]
pub(super) struct Clock {
    pub(super) key: (i64, i64, i64),
    pub(super) elapsed_ms: i64,
    pub(super) unit: Option<Unit>,
}

impl Rate {
    /// The rate of a tier at the level of the demand-responsive prices.
    pub(super) fn of(
        (terms, level): (Terms<'_>, Option<i32>),
        (place, window): (usize, &PlanWindow),
        (number, tier): (usize, &Tier),
    ) -> Result<Self, Reject> {
        let price = match (&terms.version.demand, level) {
            (Some(demand), Some(level)) if window.by_demand => demand.price(tier.price, level),
            _ => tier.price,
        };
        let exact = price.exact().and_then(|e| e.share(1, tier.parts)).ok_or(Reject::Overflow)?;
        Ok(Rate {
            window: place,
            tier: number,
            unit_ms: tier.unit_ms,
            parts: tier.parts,
            price,
            exact,
        })
    }

    /// Time that costs nothing, in units of a tier.
    pub(super) fn free(place: usize, (number, tier): (usize, &Tier)) -> Self {
        Rate {
            window: place,
            tier: number,
            unit_ms: tier.unit_ms,
            parts: 1,
            price: Price(0),
            exact: Exact::ZERO,
        }
    }

    fn is_whole(self) -> bool {
        self.unit_ms == i64::MAX
    }
}

impl Part {
    pub(super) fn cost(self) -> Result<Exact, Reject> {
        if self.ms == self.rate.unit_ms {
            return Ok(self.rate.exact);
        }
        self.rate.exact.share(self.ms, self.rate.unit_ms).ok_or(Reject::Overflow)
    }

    /// Units and parts, as its line shows them.
    pub(super) fn shown(self) -> (i64, i64) {
        if self.ms == self.rate.unit_ms {
            return (1, self.rate.parts);
        }
        (self.ms, self.rate.unit_ms.saturating_mul(self.rate.parts))
    }
}

impl Unit {
    pub(super) fn begin(rate: Rate, tier: &Tier, occurrence: usize) -> Self {
        Unit {
            occurrence,
            last_window: rate.window,
            end: tier.end,
            length_ms: tier.unit_ms,
            left_ms: tier.unit_ms,
            used_ms: 0,
            due_ms: tier.due_ms,
            charged: false,
            part: Part { rate, ms: rate.unit_ms, entry: None },
            pending: Vec::new(),
        }
    }

    /// The lower of its price and that of the window it runs into.
    pub(super) fn lower(&mut self, here: Rate) -> Result<Option<Part>, Reject> {
        let whole = self.length_ms == i64::MAX || here.is_whole();
        let ms = if whole { here.unit_ms } else { self.length_ms };
        let lower = Part { rate: here, ms, entry: self.part.entry };
        if lower.cost()? >= self.part.cost()? {
            return Ok(None);
        }
        self.part = lower;
        Ok(self.charged.then_some(lower))
    }

    /// Ends the part at the price so far; what is left of the unit is a part at the price of the
    /// window it runs into. Returns the part that is over, if it is charged already.
    pub(super) fn split(&mut self, here: Rate) -> Option<Part> {
        if self.part.rate.is_whole() || here.is_whole() {
            return None;
        }
        let over = Part { ms: self.part.ms.saturating_sub(self.left_ms), ..self.part };
        self.part = Part { rate: here, ms: self.left_ms, entry: None };
        if self.charged {
            return Some(over);
        }
        self.pending.push(over);
        None
    }
}

/// The rate at an elapsed time.
pub(super) fn tier_at(ladder: &Ladder, elapsed_ms: i64) -> (usize, &Tier, i64) {
    let (number, left_ms) = ladder.tier_at(elapsed_ms);
    let tier = ladder.tiers.get(number).expect("a parsed ladder has a tier for every time");
    (number, tier, left_ms)
}
