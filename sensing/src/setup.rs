//! What is known of a bay beside its readings: since when it exists, which devices watch it and
//! when, and when it is closed. A change of the setup re-derives the bay from the change on.
//!
//! A device outside its watches, or before the bay exists, is counted but says nothing: its test
//! readings are never billed, and an old sensor says nothing after its replacement.

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Interval, Timestamp};

/// What is known of a bay beside its readings.
///
/// The default is a bay that exists since ever, is never closed, and believes every device whose
/// readings come under its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// Since when there is a bay; `None`: since ever.
    pub exists_from: Option<Timestamp>,
    /// Who watches the bay, and when. Without any entry every device is in service.
    pub watches: Vec<Watch>,
    /// When the bay is out of service; half open, in any order.
    pub closures: Vec<Interval>,
}

/// A device in service at the bay: from the passed test until its removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    pub device: DeviceId,
    pub from: Timestamp,
    /// `None`: still there.
    #[serde(default)]
    pub to: Option<Timestamp>,
}

impl Watch {
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

impl Setup {
    /// Whether what `device` says of `at` counts for the bay.
    #[must_use]
    pub fn in_service(&self, device: DeviceId, at: Timestamp) -> bool {
        let exists = self.exists_from.is_none_or(|from| from <= at);
        let watched = |w: &Watch| w.device == device && w.holds(at);
        exists && (self.watches.is_empty() || self.watches.iter().any(watched))
    }

    /// Whether `device` was in service without a break from `from_at` to `at`.
    pub(crate) fn served(&self, device: DeviceId, from_at: Timestamp, at: Timestamp) -> bool {
        let exists = self.exists_from.is_none_or(|from| from <= from_at);
        let throughout = |w: &Watch| w.device == device && w.holds(from_at) && w.holds(at);
        exists && (self.watches.is_empty() || self.watches.iter().any(throughout))
    }

    /// When `device` leaves the service it is in at `at`.
    pub(crate) fn leaves_service(&self, device: DeviceId, at: Timestamp) -> Option<Timestamp> {
        self.watches.iter().filter(|w| w.device == device && w.holds(at)).find_map(|w| w.to)
    }

    /// The instants at which something of the setup begins or ends, in no order.
    pub(crate) fn turns(&self) -> impl Iterator<Item = Timestamp> {
        let closures = self.closures.iter().flat_map(|c| [c.start_at(), c.end_at()]);
        let watches = self.watches.iter().flat_map(|w| [Some(w.from), w.to]).flatten();
        self.exists_from.into_iter().chain(closures).chain(watches)
    }

    /// Whether any device is in service at `at`.
    #[must_use]
    pub fn is_watched(&self, at: Timestamp) -> bool {
        let exists = self.exists_from.is_none_or(|from| from <= at);
        exists && (self.watches.is_empty() || self.watches.iter().any(|w| w.holds(at)))
    }

    /// Whether the bay is out of service at `at`.
    #[must_use]
    pub fn is_closed(&self, at: Timestamp) -> bool {
        self.closures.iter().any(|c| c.start_at() <= at && at < c.end_at())
    }
}
