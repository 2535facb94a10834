//! A contraction hierarchy: what is prepared once so that a way through a town is found in microseconds.
//!
//! Places are contracted one after the other, the unimportant ones first; where a way led through one,
//! a shortcut is laid that knows what it stands for. A search then only ever climbs, from both ends. Geisberger, Sanders,
//! Schultes, Delling, "Contraction Hierarchies" (2008). Own code instead of a crate:
//! docs/decisions/0031-own-hierarchy.md.
//!
//! **Invariants:** arrays are by rank, not by place: the top of the hierarchy, which every search visits,
//! lies together; the two parts of a shortcut have smaller numbers than it, so unpacking ends.

mod contract;
mod search;

use serde::{Deserialize, Serialize};

use crate::network::{at, number};
pub(crate) use search::{End, Found, Search};

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// A way from a place to a place by one arc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) cost: u32,
    pub(crate) arc: u32,
}

/// A prepared graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hierarchy {
    /// Rank of each place.
    rank: Vec<u32>,
    /// Ways up from rank `r`: `up[first_up[r]..first_up[r + 1]]`; `down` are the ways that come down to it.
    first_up: Vec<u32>,
    up: Vec<Half>,
    first_down: Vec<u32>,
    down: Vec<Half>,
    pieces: Vec<Piece>,
}

/// One end of a way: the other end's rank, what it costs, what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Half {
    other: u32,
    cost: u32,
    piece: u32,
}

/// An arc (`second` is none), or two pieces one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    first: u32,
    second: u32,
}

impl Hierarchy {
    /// Prepares a graph, choosing the order itself.
    pub(crate) fn prepare(places: u32, links: &[Link]) -> Hierarchy {
        contract::contract(places, links, None)
    }

    /// Prepares it in an order that was chosen before, which takes a fraction of the time.
    pub(crate) fn prepare_in_order(places: u32, links: &[Link], order: &[u32]) -> Hierarchy {
        contract::contract(places, links, Some(order))
    }

    /// Places in the order in which they were contracted.
    pub(crate) fn order(&self) -> Vec<u32> {
        let mut order = vec![0; self.rank.len()];
        for (place, rank) in self.rank.iter().enumerate() {
            order[at(*rank)] = number(place);
        }
        order
    }

    pub(crate) fn places(&self) -> usize {
        self.rank.len()
    }

    /// Ways that stand for two others.
    pub(crate) fn shortcuts(&self) -> usize {
        let is_shortcut = |half: &&Half| self.pieces[at(half.piece)].second != NONE;
        self.up.iter().chain(&self.down).filter(is_shortcut).count()
    }

    fn ways_up(&self, rank: u32) -> &[Half] {
        &self.up[at(self.first_up[at(rank)])..at(self.first_up[at(rank) + 1])]
    }

    fn ways_down(&self, rank: u32) -> &[Half] {
        &self.down[at(self.first_down[at(rank)])..at(self.first_down[at(rank) + 1])]
    }

    /// Adds the arcs that a piece stands for.
    fn unpack(&self, piece: u32, arcs: &mut Vec<u32>) {
        let mut open = vec![piece];
        while let Some(piece) = open.pop() {
            let Piece { first, second } = self.pieces[at(piece)];
            if second == NONE {
                arcs.push(first);
            } else {
                open.push(second);
                open.push(first);
            }
        }
    }

    /// Whether every number is within its list, of bytes from outside.
    pub(crate) fn check(&self, places: usize, arcs: u32) -> bool {
        let mut seen = vec![false; places];
        let ranks_fit = self.rank.len() == places
            && self.rank.iter().all(|rank| {
                seen.get_mut(at(*rank)).is_some_and(|seen| !std::mem::replace(seen, true))
            });
        let fits = |first: &[u32], halves: &[Half]| {
            first.len() == places + 1
                && first.is_sorted()
                && first[0] == 0
                && at(first[places]) == halves.len()
                && halves.iter().all(|h| at(h.other) < places && at(h.piece) < self.pieces.len())
        };
        let pieces_fit = self.pieces.iter().enumerate().all(|(n, piece)| match piece.second {
            NONE => piece.first < arcs,
            second => at(piece.first) < n && at(second) < n,
        });
        ranks_fit
            && fits(&self.first_up, &self.up)
            && fits(&self.first_down, &self.down)
            && pieces_fit
    }
}

#[cfg(test)]
mod tests;
