//! The order of one device's readings, and when each of them was.
//!
//! A device that numbers and keeps what it says is ordered by its counting: epochs by their first
//! instant, then number, then part. What a radio network dated is ordered by that date: network
//! servers hand on in order, and a counter may be set back without a sign. A device that speaks in
//! both ways has two tracks. Time never runs back along a track.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::Late;
use super::clock::{Clock, Own};
use super::ledger::Ledger;
use crate::observation::{Observation, Way};
use crate::policy::Policy;
use crate::span::DoubtReason;

/// Readings without a clock that come this close together came in one go.
const BURST_MS: i64 = 60_000;

/// A reading in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub(super) o: &'a Observation,
    /// Its place in time, and not before it was so.
    pub(super) at: Timestamp,
    /// Not after it was so: earlier than `at` where no clock tells.
    pub(super) earliest_at: Timestamp,
    /// Why it is earlier.
    pub(super) reason: DoubtReason,
    pub(super) gap: Gap,
    /// No clock says when: only that it was not later than `at`.
    pub(super) unclocked: bool,
}

/// What is missing between a reading and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// The first word of the device.
    First,
    /// So many numbers; the one before was this long ago.
    Missing { count: u64, after_ms: i64 },
    /// The device started again, so nobody knows.
    Restart,
}

/// How far a track has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Track {
    epoch: String,
    /// When the epoch started.
    started_at: Timestamp,
    number: i64,
    part: u16,
    at: Timestamp,
    /// The last reading was not before this, and so is none after it.
    earliest_at: Timestamp,
    clock: Option<Clock>,
    /// The last time that is sure, while readings without a clock come in late.
    sure_at: Option<Timestamp>,
}

impl Track {
    /// What is known of the device's clock.
    pub(super) fn clock(&self) -> Option<&Clock> {
        self.clock.as_ref()
    }

    /// When the device's current epoch started.
    pub(super) fn epoch_started_at(&self) -> Timestamp {
        self.started_at
    }

    fn key(&self) -> (Timestamp, i64, u16, &str) {
        (self.at, self.number, self.part, &self.epoch)
    }
}

/// Places readings of one device and one way, given where the track stands; `track` goes on.
///
/// # Errors
/// `Late` if one of them belongs before something that was placed.
pub(super) fn place<'a>(
    policy: &Policy,
    ledger: Option<&Ledger>,
    track: &mut Option<Track>,
    way: Way,
    mut readings: Vec<&'a Observation>,
) -> Result<Vec<Placed<'a>>, Late> {
    match way {
        Way::Dated => dated(track, &mut readings),
        Way::Counted => counted(policy, ledger, track, &mut readings),
    }
}

fn dated<'a>(
    track: &mut Option<Track>,
    readings: &mut Vec<&'a Observation>,
) -> Result<Vec<Placed<'a>>, Late> {
    readings.sort_by_key(|o| (o.observed_at, o.id.number, o.id.part, &o.id.epoch, o.content()));
    readings.dedup_by(|a, b| a.id == b.id);
    let mut placed = Vec::with_capacity(readings.len());
    for o in readings {
        let key = (o.observed_at, o.id.number, o.id.part, o.id.epoch.as_str());
        if track.as_ref().is_some_and(|t| key <= t.key()) {
            return Err(Late);
        }
        let gap = gap(track.as_ref(), o, o.observed_at);
        let earliest_at = o.earliest_at.map_or(o.observed_at, |at| at.min(o.observed_at));
        let reason = DoubtReason::GatewayClock;
        let unclocked = o.is_unclocked();
        placed.push(Placed { o, at: o.observed_at, earliest_at, reason, gap, unclocked });
        advance(track, o, o.observed_at);
    }
    Ok(placed)
}

fn counted<'a>(
    policy: &Policy,
    ledger: Option<&Ledger>,
    track: &mut Option<Track>,
    readings: &mut Vec<&'a Observation>,
) -> Result<Vec<Placed<'a>>, Late> {
    readings.sort_by_key(|o| (&o.id.epoch, o.id.number, o.id.part, o.content()));
    readings.dedup_by(|a, b| a.id == b.id);
    let mut epochs: Vec<(&[&'a Observation], Vec<Own>, Clock)> = Vec::with_capacity(1);
    for readings in readings.chunk_by(|a, b| a.id.epoch == b.id.epoch) {
        let current = track.as_ref().filter(|t| t.epoch == readings[0].id.epoch);
        let counted_on =
            |t: &Track| (t.number, t.part) < (readings[0].id.number, readings[0].id.part);
        if !current.is_none_or(counted_on)
            || current.is_none() && is_old(ledger, track.as_ref(), readings[0])
        {
            return Err(Late);
        }
        let mut clock = current.and_then(|t| t.clock.clone()).unwrap_or_default();
        let at = current.map_or(Timestamp::from_ms(i64::MIN), |t| t.at);
        let own = clock.place(policy, at, readings)?;
        epochs.push((readings, own, clock));
    }
    in_order(track.as_ref(), &mut epochs)?;
    let mut placed = Vec::with_capacity(readings.len());
    for (readings, own, clock) in epochs {
        for (o, own) in readings.iter().zip(own) {
            placed.push(chain(track, o, own));
        }
        if let Some(track) = track {
            track.clock = Some(clock);
        }
    }
    Ok(placed)
}

/// Whether the reading's epoch was left behind by the device, or may have been.
fn is_old(ledger: Option<&Ledger>, track: Option<&Track>, o: &Observation) -> bool {
    let (Some(ledger), Some(_)) = (ledger, track) else { return false };
    ledger.knows(&o.id.epoch) || ledger.forgot()
}

/// The current epoch first, then new ones by their first instant.
fn in_order(
    track: Option<&Track>,
    epochs: &mut [(&[&Observation], Vec<Own>, Clock)],
) -> Result<(), Late> {
    let current = track.map(|t| (t.started_at, t.epoch.as_str()));
    epochs.sort_by(|(a, own_a, _), (b, own_b, _)| {
        let is_new = |o: &Observation| current.is_none_or(|(_, name)| name != o.id.epoch);
        let key = |o: &'_ Observation, own: &[Own]| (is_new(o), own[0].at);
        key(a[0], own_a).cmp(&key(b[0], own_b)).then_with(|| a[0].id.epoch.cmp(&b[0].id.epoch))
    });
    let late = epochs.iter().any(|(readings, own, _)| {
        let name = readings[0].id.epoch.as_str();
        current.is_some_and(|current| current.1 != name && (own[0].at, name) < current)
    });
    if late { Err(Late) } else { Ok(()) }
}

/// Time does not run back along the track: what would lies somewhere between both.
fn chain<'a>(track: &mut Option<Track>, o: &'a Observation, own: Own) -> Placed<'a> {
    let before_at = track.as_ref().map(|t| t.at);
    let at = before_at.map_or(own.at, |before| before.max(own.at));
    let gap = gap(track.as_ref(), o, at);
    let new_epoch = track.as_ref().is_none_or(|t| t.epoch != o.id.epoch);
    let sure_at = match (own.unclocked, before_at) {
        (true, Some(before)) if at.since_ms(before) > own.overdue_ms => Some(before),
        (true, Some(before)) if at.since_ms(before) <= BURST_MS => {
            track.as_ref().and_then(|t| t.sure_at)
        }
        _ => None,
    };
    let earliest_at = sure_at.unwrap_or(own.earliest_at);
    // What nobody knows of the very first word does no harm: nothing was there before it.
    let least_at = track.as_ref().map_or(at, |t| t.earliest_at);
    let earliest_at = earliest_at.max(least_at).min(at);
    advance(track, o, at);
    if let Some(track) = track {
        track.earliest_at = earliest_at;
        track.sure_at = sure_at;
        if new_epoch {
            track.started_at = own.at;
        }
    }
    Placed { o, at, earliest_at, reason: DoubtReason::Clock, gap, unclocked: own.unclocked }
}

fn gap(track: Option<&Track>, o: &Observation, at: Timestamp) -> Gap {
    let Some(track) = track else { return Gap::First };
    let same_message = o.id.number == track.number && at == track.at;
    if o.id.epoch != track.epoch || (o.id.number <= track.number && !same_message) {
        return Gap::Restart;
    }
    let count = o.id.number.abs_diff(track.number).saturating_sub(1);
    Gap::Missing { count, after_ms: at.since_ms(track.at) }
}

fn advance(track: &mut Option<Track>, o: &Observation, at: Timestamp) {
    match track {
        Some(track) => {
            if track.epoch != o.id.epoch {
                track.epoch.clone_from(&o.id.epoch);
                track.started_at = at;
                track.clock = None;
            }
            track.number = o.id.number;
            track.part = o.id.part;
            track.at = at;
        }
        None => {
            *track = Some(Track {
                epoch: o.id.epoch.clone(),
                started_at: at,
                number: o.id.number,
                part: o.id.part,
                at,
                earliest_at: at,
                clock: None,
                sure_at: None,
            });
        }
    }
}
