//! How far one device has counted: decides whether an observation comes after what was folded.
//!
//! Remembers the last few epochs only. Where memory does not reach, the answer is `Unsure`, and the
//! caller folds from the start; it never claims an order that `sort` would not give.

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Timestamp};

use crate::observation::Observation;

/// Epochs remembered per device.
const EPOCHS_LIMIT: usize = 8;

/// Where an observation belongs, seen from what its device counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// After everything.
    After,
    /// After everything remembered; the epoch may be one that was forgotten.
    Unsure,
    /// Folded before, or belongs before something folded.
    Before,
}

/// What one device has counted so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counter {
    pub(super) device: DeviceId,
    /// In their order; the last one is current. Never empty.
    epochs: Vec<Epoch>,
    /// Whether an older epoch was dropped from `epochs`.
    forgot: bool,
    number: i64,
    part: u16,
    /// The device's time, which never runs back.
    pub(super) at: Timestamp,
    /// What it last said about the bay within the current epoch.
    pub(super) said: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Epoch {
    name: String,
    first_at: Timestamp,
}

impl Epoch {
    fn key(&self) -> (Timestamp, &str) {
        (self.first_at, &self.name)
    }
}

impl Counter {
    /// The counter of a device first heard with `o`.
    pub(super) fn new(o: &Observation) -> Self {
        Counter {
            device: o.id.device,
            epochs: vec![Epoch { name: o.id.epoch.clone(), first_at: o.observed_at }],
            forgot: false,
            number: o.id.number,
            part: o.id.part,
            at: o.observed_at,
            said: None,
        }
    }

    /// Where `o` belongs in this device's counting.
    pub(super) fn place(&self, o: &Observation) -> Place {
        let Some((current, older)) = self.epochs.split_last() else { return Place::After };
        if current.name == o.id.epoch {
            let counted_on = (o.id.number, o.id.part) > (self.number, self.part);
            let first_at = current.first_at.min(o.observed_at);
            let still_last = older.last().is_none_or(|e| e.key() < (first_at, &current.name));
            return if counted_on && still_last { Place::After } else { Place::Before };
        }
        let known = older.iter().any(|e| e.name == o.id.epoch);
        match (o.observed_at, o.id.epoch.as_str()) > current.key() {
            true if !known && self.forgot => Place::Unsure,
            true if !known => Place::After,
            _ => Place::Before,
        }
    }

    /// Whether the device counted something between the last observation and `o` that never came.
    pub(super) fn missed_before(&self, o: &Observation) -> bool {
        self.is_current(o) && o.id.number.saturating_sub(self.number) > 1
    }

    /// Counts on to `o`, which `place` found to come after.
    pub(super) fn count(&mut self, o: &Observation) {
        if self.is_current(o) {
            if let Some(current) = self.epochs.last_mut() {
                current.first_at = current.first_at.min(o.observed_at);
            }
        } else {
            if self.epochs.len() == EPOCHS_LIMIT {
                self.epochs.remove(0);
                self.forgot = true;
            }
            self.epochs.push(Epoch { name: o.id.epoch.clone(), first_at: o.observed_at });
            self.said = None;
        }
        self.number = o.id.number;
        self.part = o.id.part;
        self.at = self.at.max(o.observed_at);
    }

    fn is_current(&self, o: &Observation) -> bool {
        self.epochs.last().is_some_and(|e| e.name == o.id.epoch)
    }
}
