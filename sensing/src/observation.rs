//! What the fold looks at: the part of a reading that says something about a bay.
//!
//! Observations are compared here and put into order by the fold (`sort`), by nothing but what
//! they themselves say: any order of arrival gives the same sequence.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use crate::reading::{Kind, Reading, ReadingId, TimeSource, dated_at};

/// One reading, as far as it concerns the bay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub id: ReadingId,
    /// When it was so, as stored. The fold uses it for what a radio network dated; other readings
    /// it places by the two times below.
    pub observed_at: Timestamp,
    /// The earlier word where the network's own clocks disagree; `observed_at` is the later.
    pub earliest_at: Option<Timestamp>,
    pub time_source: TimeSource,
    /// What the device's own clock said, plausible or not.
    pub device_at: Option<Timestamp>,
    /// A radio network's own word on when, believed or not.
    pub network_at: Option<Timestamp>,
    /// When the stored copy came to us.
    pub received_at: Timestamp,
    pub kind: Kind,
    /// What the bay was, if the device said so.
    pub occupied: Option<bool>,
}

/// By what a reading is ordered among those of its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Way {
    /// By the device's own counting.
    Counted,
    /// As the radio network handed it on.
    Dated,
}

/// What an observation says about the bay, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// It became so at this instant.
    Became { occupied: bool },
    /// It is so; since when is not said.
    Is { occupied: bool },
}

impl Observation {
    /// The observation in a reading.
    #[must_use]
    pub fn of(reading: &Reading) -> Self {
        let (kind, occupied) = reading.report.word();
        Observation {
            id: reading.id.clone(),
            observed_at: reading.observed_at,
            earliest_at: reading.earliest_at,
            time_source: reading.time_source,
            device_at: reading.device_at,
            network_at: reading.network_at,
            received_at: reading.received_at,
            kind,
            occupied,
        }
    }

    pub(crate) fn statement(&self) -> Option<Statement> {
        match self.kind {
            Kind::Occupied => Some(Statement::Became { occupied: true }),
            Kind::Vacant => Some(Statement::Became { occupied: false }),
            Kind::Heartbeat | Kind::StartUp | Kind::Fault | Kind::Info => {
                self.occupied.map(|occupied| Statement::Is { occupied })
            }
        }
    }

    pub(crate) fn way(&self) -> Way {
        match (self.time_source, self.network_at) {
            (TimeSource::Network, _) | (TimeSource::Received, Some(_)) => Way::Dated,
            (TimeSource::Device | TimeSource::Received, _) => Way::Counted,
        }
    }

    /// When a radio network dated it, by nothing but the network's own word.
    pub(crate) fn dated_at(&self) -> Option<Timestamp> {
        let observed_at = (self.time_source == TimeSource::Network).then_some(self.observed_at);
        dated_at(self.network_at, observed_at, self.received_at)
    }

    /// Whether no clock says when it was: only that it was not after it came.
    pub(crate) fn is_unclocked(&self) -> bool {
        self.time_source == TimeSource::Received && self.device_at.is_none()
    }

    /// Everything but the identity, so that no two that differ compare as equal.
    pub(crate) fn content(&self) -> impl Ord + use<> {
        let times = (self.received_at, self.observed_at, self.device_at, self.earliest_at);
        (times, self.network_at, self.kind, self.occupied)
    }
}

impl Statement {
    pub(crate) fn occupied(self) -> bool {
        match self {
            Statement::Became { occupied } | Statement::Is { occupied } => occupied,
        }
    }
}
