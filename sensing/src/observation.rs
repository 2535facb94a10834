//! What the fold looks at: the part of a reading that says something about a bay, and its order.
//!
//! The order is total and depends on nothing but the observations themselves, so any order of
//! arrival gives the same sequence.

use std::collections::HashMap;

use vocabulary::{DeviceId, Timestamp};

use crate::reading::{Kind, Reading, ReadingId, TimeSource};

/// One reading, as far as it concerns the bay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub id: ReadingId,
    /// When it was so, as stored; the fold places readings by the times below.
    pub observed_at: Timestamp,
    /// The earlier word where the network's own clocks disagree.
    pub earliest_at: Option<Timestamp>,
    pub time_source: TimeSource,
    /// What the device's own clock said, plausible or not.
    pub device_at: Option<Timestamp>,
    /// When the stored copy came to us.
    pub received_at: Timestamp,
    pub kind: Kind,
    /// What the bay was, if the device said so.
    pub occupied: Option<bool>,
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
        Observation {
            id: reading.id.clone(),
            observed_at: reading.observed_at,
            earliest_at: reading.earliest_at,
            time_source: reading.time_source,
            device_at: reading.device_at,
            received_at: reading.received_at,
            kind: reading.report.kind,
            occupied: reading.report.occupied,
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
}

/// Puts a bay's observations into the order in which they are folded.
///
/// Each device keeps its own counting: epochs by the first instant observed in them, then number,
/// then part. A device's clock never runs back: an observation older than one the device counted
/// before it takes that one's place in time. Devices are merged by that time, then by device id.
pub fn sort(observations: &mut Vec<Observation>) {
    let first_at = first_of_epochs(observations);
    let mut counted: Vec<(Option<Timestamp>, Observation)> = std::mem::take(observations)
        .into_iter()
        .map(|o| (first_at.get(&(o.id.device, o.id.epoch.clone())).copied(), o))
        .collect();
    counted.sort_by(|(epoch_a, a), (epoch_b, b)| {
        (a.id.device, epoch_a, &a.id, a.observed_at, a.kind, a.occupied).cmp(&(
            b.id.device,
            epoch_b,
            &b.id,
            b.observed_at,
            b.kind,
            b.occupied,
        ))
    });
    let mut placed = at_their_times(counted.into_iter().map(|(_, o)| o));
    // Stable, so each device keeps the order just made.
    placed.sort_by_key(|(at, o)| (*at, o.id.device));
    observations.extend(placed.into_iter().map(|(_, o)| o));
}

fn first_of_epochs(observations: &[Observation]) -> HashMap<(DeviceId, String), Timestamp> {
    let mut first_at: HashMap<(DeviceId, String), Timestamp> = HashMap::new();
    for o in observations {
        let first = first_at.entry((o.id.device, o.id.epoch.clone())).or_insert(o.observed_at);
        *first = (*first).min(o.observed_at);
    }
    first_at
}

/// Each observation with its place in time; `counted` is ordered by device, then by its counting.
fn at_their_times(counted: impl Iterator<Item = Observation>) -> Vec<(Timestamp, Observation)> {
    let mut latest: Option<(DeviceId, Timestamp)> = None;
    counted
        .map(|o| {
            let at = match latest {
                Some((device, at)) if device == o.id.device => at.max(o.observed_at),
                _ => o.observed_at,
            };
            latest = Some((o.id.device, at));
            (at, o)
        })
        .collect()
}
