//! What a driver wants little of: time or distance; and what is closed or slow today.

use serde::{Deserialize, Serialize};

use crate::network::{DESTINATION, Network, at};

/// What a route is the least of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Milliseconds.
    #[default]
    Fastest,
    /// Millimetres.
    Shortest,
}

/// To enter a street that is open only to those who have business there, from one that is open: enough
/// that nobody is sent through, and nothing that is added to the time shown.
const ENTRY_MS: u32 = 300_000;
const ENTRY_MM: u32 = 1_000_000;

/// What differs from the map today: arcs by number (`2 × edge`, one more against its line).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Arcs that are closed, in order.
    closed: Vec<u32>,
    /// Arcs and how fast traffic goes there, in percent of the usual, in order.
    pace_pct: Vec<(u32, u32)>,
}

impl Metric {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Metric::Fastest => "fastest",
            Metric::Shortest => "shortest",
        }
    }
}

impl Conditions {
    /// Arcs that do not exist do no harm. A pace below 1 % is a closure, one above 400 % counts as that.
    #[must_use]
    pub fn new(closed: &[u32], pace_pct: &[(u32, u32)]) -> Conditions {
        let slow = pace_pct.iter().filter(|(_, pct)| *pct == 0).map(|(arc, _)| *arc);
        let mut closed: Vec<u32> = closed.iter().copied().chain(slow).collect();
        closed.sort_unstable();
        closed.dedup();
        let pace = pace_pct.iter().filter(|(_, pct)| *pct > 0);
        let mut pace: Vec<(u32, u32)> = pace.map(|(arc, pct)| (*arc, (*pct).min(400))).collect();
        pace.sort_unstable();
        pace.dedup_by_key(|(arc, _)| *arc);
        Conditions { closed, pace_pct: pace }
    }

    fn pace(&self, arc: u32) -> u32 {
        let place = self.pace_pct.binary_search_by_key(&arc, |(known, _)| *known);
        place.map_or(100, |place| self.pace_pct[place].1)
    }

    pub(crate) fn closed(&self) -> &[u32] {
        &self.closed
    }

    pub(crate) fn pace_pct(&self) -> &[(u32, u32)] {
        &self.pace_pct
    }

    pub(crate) fn closes(&self, arc: u32) -> bool {
        self.closed.binary_search(&arc).is_ok()
    }
}

impl Network {
    /// How long a vehicle takes for an arc, in milliseconds; at least one.
    pub(crate) fn drive_ms(&self, arc: u32, conditions: &Conditions) -> u32 {
        let edge = self.edge(arc);
        // Millimetres by km/h, × 3.6, are milliseconds; × 10,000 for the percents of class and traffic.
        let pace = u64::from(self.limit(arc)) * u64::from(edge.class().usual_pace_pct());
        let pace = (pace * u64::from(conditions.pace(arc))).max(1);
        let ms = (u64::from(edge.length_mm) * 36_000).div_ceil(pace);
        u32::try_from(ms.max(1)).unwrap_or(u32::MAX / 4)
    }

    /// What an arc costs once one is on it.
    pub(crate) fn cost(&self, arc: u32, metric: Metric, conditions: &Conditions) -> u32 {
        match metric {
            Metric::Fastest => self.drive_ms(arc, conditions),
            Metric::Shortest => self.edge(arc).length_mm.max(1),
        }
    }

    /// What it costs beyond that to enter an arc.
    pub(crate) fn entry(&self, arc: u32, metric: Metric) -> u32 {
        let is_open = |arc: &u32| {
            !self.edge(*arc).has(DESTINATION) && (self.drives(*arc) || self.drives(arc ^ 1))
        };
        let enters =
            self.edge(arc).has(DESTINATION) && self.leaving(self.tail(arc)).iter().any(is_open);
        match (enters, metric) {
            (false, _) => 0,
            (true, Metric::Fastest) => ENTRY_MS,
            (true, Metric::Shortest) => ENTRY_MM,
        }
    }

    /// Whether an arc may be driven today.
    pub(crate) fn open(&self, arc: u32, conditions: &Conditions) -> bool {
        self.drives(arc) && !conditions.closes(arc)
    }

    /// Every arc of the edges with this street's name, for closing or slowing a street as a whole.
    #[must_use]
    pub fn arcs_named(&self, name: &str) -> Vec<u32> {
        let is_it = |arc: &u32| {
            let known = &self.names[at(self.edge(*arc).name)];
            !name.is_empty() && (known.zh == name || known.en == name)
        };
        (0..self.arc_count()).filter(is_it).collect()
    }
}
