//! What is due when. Two things due at the same instant happen in the order they were added.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use vocabulary::Timestamp;

/// Something to be done. Numbers are places in the lists of `Simulation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    SwitchOn(usize),
    Arrival(usize),
    Departure(usize),
    /// A while after a departure.
    Settled(usize),
    Sample(usize),
    Heartbeat(usize),
    Tram(usize),
    /// A spell of a fault begins.
    Begin(usize),
    End(usize),
    /// A flapping device loses sight of a vehicle, or finds it again.
    Flap(usize),
    /// A native device sends again what it keeps.
    Resend(usize),
}

#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<(Timestamp, u64, Due)>>,
    added: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Timestamp, due: Due) {
        self.added += 1;
        self.heap.push(Reverse((at, self.added, due)));
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(super) fn take(&mut self) -> Option<(Timestamp, Due)> {
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }
}
