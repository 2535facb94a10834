//! A driver on the way to a bay, who is told when it is lost and which is next best.
//!
//! What is told and when; not in which words, and not where bays and ways come from. [`Session`] decides.

mod session;

use std::sync::Arc;

use vocabulary::{BayCode, BayId, Point, VehicleClass};

use crate::State;

pub use session::Session;

/// A bay to drive to.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    pub id: BayId,
    pub code: BayCode,
    pub street: Arc<str>,
    pub at: Point,
}

/// What the driver wants.
#[derive(Clone, PartialEq)]
pub struct Wish {
    pub at: Point,
    pub bay: Goal,
    pub vehicle: VehicleClass,
    pub stay_minutes: u32,
    /// The bay, if left out.
    pub dest: Option<Point>,
}

/// What is seen of a bay now, by this driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Free,
    Occupied,
    Unknown,
    /// Free, but this vehicle may not stand there now: hours, a closure, its class.
    Forbidden,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Driving,
    /// The bay is lost and another one is offered.
    Offered,
    /// The bay is lost and there is none to offer.
    Lost,
    Ended,
}

/// What was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Opened,
    Rerouted,
    Taken,
    Unknown,
    /// Out of the register.
    Closed,
    /// Permission to stand there has ended.
    NotPermitted,
    Reported,
    OfferGone,
    FreeAgain,
    Accepted,
    Declined,
    Changed,
    Arrived,
    Claimed,
    Left,
    Silent,
    Expired,
}

/// Another bay that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub offer_id: u32,
    pub reason: Why,
    pub bay: Goal,
    /// How many seconds longer driving and walking take than with the bay before; negative if less.
    pub more_s: Option<f64>,
}

/// The next best bay, as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub bay: Goal,
    pub more_s: Option<f64>,
}

/// A position is nobody's business, not even in a log.
impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wish").field("vehicle", &self.vehicle).finish_non_exhaustive()
    }
}

impl From<State> for Seen {
    fn from(state: State) -> Seen {
        match state {
            State::Free => Seen::Free,
            State::Occupied => Seen::Occupied,
            State::Unknown => Seen::Unknown,
        }
    }
}

impl Phase {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Driving => "driving",
            Phase::Offered => "offered",
            Phase::Lost => "lost",
            Phase::Ended => "ended",
        }
    }
}

impl Why {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Why::Opened => "opened",
            Why::Rerouted => "rerouted",
            Why::Taken => "taken",
            Why::Unknown => "unknown",
            Why::Closed => "closed",
            Why::NotPermitted => "not_permitted",
            Why::Reported => "reported",
            Why::OfferGone => "offer_gone",
            Why::FreeAgain => "free_again",
            Why::Accepted => "accepted",
            Why::Declined => "declined",
            Why::Changed => "changed",
            Why::Arrived => "arrived",
            Why::Claimed => "claimed",
            Why::Left => "left",
            Why::Silent => "silent",
            Why::Expired => "expired",
        }
    }

    /// The kind of event that tells it.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Why::Opened => "state",
            Why::Rerouted => "route",
            Why::Taken
            | Why::Unknown
            | Why::Closed
            | Why::NotPermitted
            | Why::Reported
            | Why::OfferGone => "offer",
            Why::FreeAgain | Why::Accepted | Why::Declined | Why::Changed => "bay",
            Why::Arrived | Why::Claimed | Why::Left | Why::Silent | Why::Expired => "ended",
        }
    }
}

#[cfg(test)]
mod tests;
