//! A span: one presence as the sensors tell it, without an identity of its own.
//!
//! Spans are made by the fold and become stays by `reconcile`. Edges have bounds, and where a
//! price depends on one, the bound that favours the driver counts.

use serde::{Deserialize, Serialize};
use vocabulary::{Interval, Timestamp};

use crate::reading::ReadingId;

/// The bounds of an arrival or departure, both possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    pub earliest_at: Timestamp,
    pub latest_at: Timestamp,
}

/// A stretch that the sensors cannot vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    pub interval: Interval,
    pub reason: DoubtReason,
}

/// Why a stretch is doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubtReason {
    /// Nothing was heard for several heartbeats.
    Silence,
    /// The message of an arrival or departure is missing; it happened somewhere in here.
    MissingEdge,
    /// Messages are missing in which one vehicle may have left and another arrived.
    MissingMessages,
    /// Two devices that are heard say different things.
    Disagreement,
    /// The device's clock is wrong; its times are estimated.
    Clock,
    /// The clocks of the radio network disagree.
    GatewayClock,
    /// The device reported a fault and does not vouch for what it said before.
    DeviceFault,
    /// Longer than any credible presence: the sensor may be stuck.
    Stuck,
    /// The bay was out of service.
    OutOfService,
    /// Unnoticed, one vehicle may have left and another arrived, or the same come back: which of
    /// them is there from here on, nobody knows.
    WhichVehicle,
}

/// One presence as the sensors tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub arrived: Edge,
    /// `None` while the vehicle is there.
    pub left: Option<Edge>,
    /// In order of time.
    pub doubts: Vec<Doubt>,
    /// Left, and cannot have lasted the minimum stay: a pass-by.
    pub brief: bool,
    /// The observation that opened the span; stays the same while the span grows.
    pub first: ReadingId,
    /// The observation that closed it.
    pub last: Option<ReadingId>,
}

impl Edge {
    /// An edge that was witnessed.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Edge { earliest_at: at, latest_at: at }
    }

    /// An edge somewhere from `earliest_at` to `latest_at`.
    #[must_use]
    pub fn between(earliest_at: Timestamp, latest_at: Timestamp) -> Self {
        Edge { earliest_at: earliest_at.min(latest_at), latest_at }
    }
}

impl DoubtReason {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DoubtReason::Silence => "silence",
            DoubtReason::MissingEdge => "missing_edge",
            DoubtReason::MissingMessages => "missing_messages",
            DoubtReason::Disagreement => "disagreement",
            DoubtReason::Clock => "clock",
            DoubtReason::GatewayClock => "gateway_clock",
            DoubtReason::DeviceFault => "device_fault",
            DoubtReason::Stuck => "stuck",
            DoubtReason::OutOfService => "out_of_service",
            DoubtReason::WhichVehicle => "which_vehicle",
        }
    }
}

impl Span {
    /// The arrival that counts: the latest possible, in the driver's favour.
    #[must_use]
    pub fn arrived_at(&self) -> Timestamp {
        self.arrived.latest_at
    }

    /// The departure that counts: the earliest possible, in the driver's favour; not before the
    /// arrival that counts.
    #[must_use]
    pub fn left_at(&self) -> Option<Timestamp> {
        self.left.map(|edge| edge.earliest_at.max(self.arrived_at()))
    }

    /// The time that counts for the price, doubts included; `None` while the vehicle is there and
    /// for a pass-by.
    #[must_use]
    pub fn billable(&self) -> Option<Interval> {
        if self.brief {
            return None;
        }
        Interval::new(self.arrived_at(), self.left_at()?)
    }
}
