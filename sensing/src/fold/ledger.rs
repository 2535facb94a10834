//! The ledger of numbers of one device at one bay: which numbers of which epoch were counted.
//!
//! It takes the place of a unique index over readings. It is bounded: the last few epochs, and in
//! each the last few gaps. What it has forgotten it is `Unsure` of: it never says `New` to what may
//! have been counted, nor `Seen` to what was not.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::{Admission, Identity};
use crate::reading::Reading;

/// Epochs remembered of a device.
const EPOCHS_LIMIT: usize = 8;
/// Gaps remembered of an epoch.
const GAPS_LIMIT: usize = 32;
/// A network's reading with a number that was passed, and dated this much later than the newest, shows
/// that the counter was set back. Retransmissions come sooner.
const RESET_AFTER_MS: i64 = 60_000;

/// The epochs of a device, in the order in which they were first folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    epochs: Vec<Epoch>,
    /// Whether older ones were dropped.
    forgot: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Epoch {
    name: String,
    /// When its first and its newest reading were by the word of the radio network that dates them.
    dated: Option<(Timestamp, Timestamp)>,
    lowest: i64,
    highest: i64,
    /// Between them and not counted; ascending, apart from each other.
    gaps: Vec<(i64, i64)>,
    /// Below this number gaps were forgotten.
    unsure_below: Option<i64>,
}

/// Whether two readings of one number may be two messages: between them the counter was set back.
/// Otherwise they are one message that came twice, or a number that was used twice.
#[must_use]
pub fn may_be_counted_anew(one: &Reading, other: &Reading) -> bool {
    let apart_ms = |(one, other): (Timestamp, Timestamp)| one.since_ms(other).abs();
    one.dated_at().zip(other.dated_at()).map(apart_ms) > Some(RESET_AFTER_MS)
}

impl Ledger {
    /// Where the epoch is remembered.
    pub(super) fn place(&self, name: &str) -> Option<u32> {
        self.epochs.iter().position(|e| e.name == name).and_then(|i| u32::try_from(i).ok())
    }

    /// What the epoch remembered there is called.
    pub(super) fn name(&self, place: u32) -> Option<&str> {
        let place = usize::try_from(place).ok()?;
        self.epochs.get(place).map(|e| e.name.as_str())
    }

    /// Whether the epoch is remembered.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.epochs.iter().any(|e| e.name == name)
    }

    /// Whether an epoch that is not remembered may have been counted all the same.
    pub(super) fn forgot(&self) -> bool {
        self.forgot
    }

    /// Counts a number; `dated_at` is when it was, if a radio network dated it.
    pub(super) fn count(&mut self, name: &str, number: i64, dated_at: Option<Timestamp>) {
        // Nearly always the last one.
        if let Some(epoch) = self.epochs.iter_mut().rev().find(|e| e.name == name) {
            epoch.date(dated_at);
            epoch.count(number);
            return;
        }
        if self.epochs.len() == EPOCHS_LIMIT {
            self.epochs.remove(0);
            self.forgot = true;
        }
        self.epochs.push(Epoch {
            name: name.to_owned(),
            dated: dated_at.map(|at| (at, at)),
            lowest: number,
            highest: number,
            gaps: Vec::new(),
            unsure_below: None,
        });
    }

    /// Which identity the reading has.
    pub(super) fn identify(&self, reading: &Reading) -> Identity {
        let wire = reading.id.epoch.as_str();
        let dated_at = reading.dated_at();
        let known = match dated_at {
            Some(at) => self.epoch_at(wire, at),
            None => self.epochs.iter().rev().find(|e| e.is_called(wire)),
        };
        let unknown = if self.forgot { Admission::Unsure } else { Admission::New };
        match known {
            None => Identity { epoch: wire.to_owned(), admission: unknown },
            Some(epoch) => {
                let number = reading.id.number;
                match dated_at.filter(|at| epoch.was_reset_before(number, *at)) {
                    Some(at) => {
                        Identity { epoch: format!("{wire}@{}", at.ms()), admission: unknown }
                    }
                    None => Identity { epoch: epoch.name.clone(), admission: epoch.admit(number) },
                }
            }
        }
    }

    /// The stretch of counting to which a network's reading at `at` belongs: of those that the wire
    /// calls the same, the newest that had started; if none had, the oldest that there was.
    fn epoch_at(&self, wire: &str, at: Timestamp) -> Option<&Epoch> {
        let same = || self.epochs.iter().filter(|e| e.is_called(wire));
        let started_at = |e: &&Epoch| e.dated.map(|(started_at, _)| started_at);
        let started = same().filter(|e| started_at(e) <= Some(at)).max_by_key(started_at);
        started.or_else(|| same().min_by_key(started_at).filter(|_| !self.forgot))
    }

    /// The numbers of an epoch that were counted, as ranges, ascending.
    pub(super) fn counted(&self, name: &str) -> Vec<RangeInclusive<i64>> {
        let Some(epoch) = self.epochs.iter().rev().find(|e| e.name == name) else {
            return Vec::new();
        };
        let mut from = epoch.unsure_below.unwrap_or(epoch.lowest);
        let mut ranges = Vec::with_capacity(epoch.gaps.len() + 1);
        for (first, last) in &epoch.gaps {
            ranges.push(from..=first - 1);
            from = last + 1;
        }
        ranges.push(from..=epoch.highest);
        ranges.retain(|range| !range.is_empty());
        ranges
    }
}

impl Epoch {
    fn is_called(&self, wire: &str) -> bool {
        self.name.strip_prefix(wire).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    }

    fn was_reset_before(&self, number: i64, at: Timestamp) -> bool {
        let later = |(_, newest_at)| at.since_ms(newest_at) > RESET_AFTER_MS;
        number <= self.highest && self.dated.is_some_and(later)
    }

    fn date(&mut self, dated_at: Option<Timestamp>) {
        let Some(at) = dated_at else { return };
        let (started_at, newest_at) = self.dated.unwrap_or((at, at));
        self.dated = Some((started_at.min(at), newest_at.max(at)));
    }

    fn admit(&self, number: i64) -> Admission {
        if number > self.highest {
            return Admission::New;
        }
        if number < self.lowest || self.unsure_below.is_some_and(|below| number < below) {
            return Admission::Unsure;
        }
        match self.gaps.iter().any(|(first, last)| (*first..=*last).contains(&number)) {
            true => Admission::New,
            false => Admission::Seen,
        }
    }

    fn count(&mut self, number: i64) {
        if number > self.highest {
            if number - 1 > self.highest {
                self.gaps.push((self.highest + 1, number - 1));
            }
            self.highest = number;
        } else if number < self.lowest {
            if number + 1 < self.lowest {
                self.gaps.insert(0, (number + 1, self.lowest - 1));
            }
            self.lowest = number;
        } else {
            self.fill(number);
        }
        while self.gaps.len() > GAPS_LIMIT {
            let (_, last) = self.gaps.remove(0);
            self.unsure_below = Some(last + 1);
        }
    }

    fn fill(&mut self, number: i64) {
        let holds = |(first, last): &(i64, i64)| (*first..=*last).contains(&number);
        let Some(i) = self.gaps.iter().position(holds) else { return };
        let (first, last) = self.gaps.remove(i);
        if number < last {
            self.gaps.insert(i, (number + 1, last));
        }
        if first < number {
            self.gaps.insert(i, (first, number - 1));
        }
    }
}
