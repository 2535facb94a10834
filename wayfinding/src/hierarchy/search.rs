//! Climbing from both ends until the two climbs meet.
//!
//! A place is not climbed from if it is reached more cheaply from above (*stalled*): the best way does
//! not lead there. One search holds memory for a whole graph and is used for one query after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Half, Hierarchy, NONE};
use crate::network::at;

/// A place to begin or end at, and what it costs from there to where one really is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) place: u32,
    pub(crate) cost: u64,
}

/// The cheapest way between two sets of ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) cost: u64,
    pub(crate) arcs: Vec<u32>,
    /// Where it begins and ends: numbers in the two lists.
    pub(crate) source: usize,
    pub(crate) target: usize,
}

/// Memory for searches in one graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    ahead: Climb,
    back: Climb,
}

#[derive(Clone, Debug, Default)]
struct Climb {
    /// A label counts if it bears the number of this query.
    query: u32,
    labels: Vec<Label>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Label {
    query: u32,
    settled: bool,
    cost: u64,
    /// The place below, and by which piece; for an end: none, and its number in the list.
    from: u32,
    piece: u32,
}

impl Search {
    /// The cheapest way from any of the sources to any of the targets.
    pub(crate) fn between(
        &mut self,
        graph: &Hierarchy,
        sources: &[End],
        targets: &[End],
    ) -> Option<Found> {
        self.ahead.begin(graph, sources);
        self.back.begin(graph, targets);
        let (mut best, mut meeting) = (u64::MAX, NONE);
        loop {
            let ahead = self.ahead.next_cost().filter(|cost| *cost < best);
            let back = self.back.next_cost().filter(|cost| *cost < best);
            let climbs_ahead = match (ahead, back) {
                (None, None) => break,
                (Some(ahead), Some(back)) => ahead <= back,
                (ahead, None) => ahead.is_some(),
                (None, Some(_)) => false,
            };
            let (this, other) = if climbs_ahead {
                (&mut self.ahead, &self.back)
            } else {
                (&mut self.back, &self.ahead)
            };
            let settled = this.climb(graph, climbs_ahead);
            let Some((rank, cost)) = settled else { continue };
            if let Some(rest) = other.cost(rank) {
                let whole = cost.saturating_add(rest);
                if whole < best {
                    (best, meeting) = (whole, rank);
                }
            }
        }
        (meeting != NONE).then(|| self.unpack(graph, meeting, best))
    }

    /// Climbs from the sources to the top, for many targets ([`Search::to`]).
    pub(crate) fn from(&mut self, graph: &Hierarchy, sources: &[End]) {
        self.ahead.begin(graph, sources);
        while self.ahead.next_cost().is_some() {
            self.ahead.climb(graph, true);
        }
    }

    /// The cheapest way from the sources of the last [`Search::from`] to any of the targets.
    pub(crate) fn to(&mut self, graph: &Hierarchy, targets: &[End]) -> Option<Found> {
        self.back.begin(graph, targets);
        let (mut best, mut meeting) = (u64::MAX, NONE);
        while self.back.next_cost().is_some_and(|cost| cost < best) {
            let Some((rank, cost)) = self.back.climb(graph, false) else { continue };
            if let Some(rest) = self.ahead.cost(rank) {
                let whole = cost.saturating_add(rest);
                if whole < best {
                    (best, meeting) = (whole, rank);
                }
            }
        }
        (meeting != NONE).then(|| self.unpack(graph, meeting, best))
    }

    fn unpack(&self, graph: &Hierarchy, meeting: u32, cost: u64) -> Found {
        let (mut pieces, source) = self.ahead.trail(meeting);
        pieces.reverse();
        let (down, target) = self.back.trail(meeting);
        pieces.extend(down);
        let mut arcs = Vec::new();
        for piece in pieces {
            graph.unpack(piece, &mut arcs);
        }
        Found { cost, arcs, source, target }
    }
}

impl Climb {
    fn begin(&mut self, graph: &Hierarchy, ends: &[End]) {
        self.labels.resize(graph.places(), Label::default());
        self.query = self.query.wrapping_add(1);
        if self.query == 0 {
            self.labels.fill(Label::default());
            self.query = 1;
        }
        self.queue.clear();
        for (n, end) in ends.iter().enumerate() {
            let rank = graph.rank[at(end.place)];
            self.reach(rank, end.cost, NONE, u32::try_from(n).unwrap_or(NONE));
        }
    }

    fn reach(&mut self, rank: u32, cost: u64, from: u32, piece: u32) {
        let query = self.query;
        let label = &mut self.labels[at(rank)];
        if label.query != query || cost < label.cost {
            *label = Label { query, settled: false, cost, from, piece };
            self.queue.push(Reverse((cost, rank)));
        }
    }

    fn cost(&self, rank: u32) -> Option<u64> {
        let label = &self.labels[at(rank)];
        (label.query == self.query).then_some(label.cost)
    }

    /// What the next place to be settled costs.
    fn next_cost(&mut self) -> Option<u64> {
        while let Some(Reverse((cost, rank))) = self.queue.peek() {
            let label = &self.labels[at(*rank)];
            if !label.settled && label.cost == *cost {
                return Some(*cost);
            }
            self.queue.pop();
        }
        None
    }

    /// Settles the next place and climbs from it; none if it is stalled.
    fn climb(&mut self, graph: &Hierarchy, ahead: bool) -> Option<(u32, u64)> {
        let Reverse((cost, rank)) = self.queue.pop()?;
        self.labels[at(rank)].settled = true;
        let (ways, from_above): (&[Half], &[Half]) = if ahead {
            (graph.ways_up(rank), graph.ways_down(rank))
        } else {
            (graph.ways_down(rank), graph.ways_up(rank))
        };
        let cheaper = |half: &Half| {
            let above = self.cost(half.other);
            above.is_some_and(|above| above.saturating_add(u64::from(half.cost)) < cost)
        };
        if from_above.iter().any(cheaper) {
            return None;
        }
        for way in ways {
            self.reach(way.other, cost.saturating_add(u64::from(way.cost)), rank, way.piece);
        }
        Some((rank, cost))
    }

    /// The pieces from a place down to its end, and which end that is.
    fn trail(&self, mut rank: u32) -> (Vec<u32>, usize) {
        let mut pieces = Vec::new();
        loop {
            let label = &self.labels[at(rank)];
            if label.from == NONE {
                return (pieces, at(label.piece));
            }
            pieces.push(label.piece);
            rank = label.from;
        }
    }
}
