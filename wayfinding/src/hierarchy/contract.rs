//! Contracting places one after the other.
//!
//! Which is next: the one that costs least, in shortcuts added for ways taken away, in arcs for arcs, and
//! in height above what was contracted around it. Costs change as neighbours go; one that is found to
//! have risen when its turn comes is put back. A shortcut is not laid where another way (a *witness*) is as
//! good; the look for one is bounded, and a witness that is missed costs a shortcut too many, never a wrong way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Half, Hierarchy, Link, NONE, Piece};
use crate::network::{at, number};

/// Places looked at for a witness: while costs are estimated, and while a place is contracted.
const ESTIMATE_LOOK: usize = 60;
const CONTRACT_LOOK: usize = 500;

/// One way of a place that is not contracted yet.
#[derive(Clone, Copy, Debug)]
struct Way {
    other: u32,
    cost: u32,
    piece: u32,
    /// How many arcs it stands for.
    arcs: u32,
}

#[derive(Clone, Copy, Debug)]
struct Shortcut {
    from: u32,
    to: u32,
    into: Way,
    onward: Way,
}

struct Contraction {
    out: Vec<Vec<Way>>,
    into: Vec<Vec<Way>>,
    pieces: Vec<Piece>,
    height: Vec<u32>,
    look: Look,
}

pub(super) fn contract(places: u32, links: &[Link], order: Option<&[u32]>) -> Hierarchy {
    let mut contraction = Contraction::new(places, links);
    let order = match order {
        Some(order) => {
            for place in order {
                contraction.contract(*place);
            }
            order.to_vec()
        }
        None => contraction.choose_and_contract(places),
    };
    contraction.finish(&order)
}

impl Contraction {
    fn new(places: u32, links: &[Link]) -> Contraction {
        let mut contraction = Contraction {
            out: vec![Vec::new(); at(places)],
            into: vec![Vec::new(); at(places)],
            pieces: Vec::with_capacity(links.len() * 2),
            height: vec![0; at(places)],
            look: Look::new(at(places)),
        };
        // A way back to where it begins is never part of the best one.
        for link in links.iter().filter(|link| link.from != link.to) {
            let piece = number(contraction.pieces.len());
            contraction.pieces.push(Piece { first: link.arc, second: NONE });
            let way = Way { other: link.to, cost: link.cost, piece, arcs: 1 };
            contraction.lay(link.from, way);
        }
        contraction
    }

    /// Lays a way from a place, or makes the one that is there cheaper.
    fn lay(&mut self, from: u32, way: Way) {
        let to = way.other;
        match self.out[at(from)].iter_mut().find(|known| known.other == to) {
            Some(known) if known.cost <= way.cost => return,
            Some(known) => *known = way,
            None => self.out[at(from)].push(way),
        }
        let back = Way { other: from, ..way };
        match self.into[at(to)].iter_mut().find(|known| known.other == from) {
            Some(known) => *known = back,
            None => self.into[at(to)].push(back),
        }
    }

    /// The shortcuts that contracting a place would take.
    fn shortcuts(&mut self, place: u32, most: usize) -> Vec<Shortcut> {
        let mut shortcuts = Vec::new();
        let onward = &self.out[at(place)];
        let Some(dearest) = onward.iter().map(|way| way.cost).max() else { return shortcuts };
        for into in &self.into[at(place)] {
            let bound = into.cost.saturating_add(dearest);
            self.look.around(&self.out, into.other, place, bound, most);
            for way in onward.iter().filter(|way| way.other != into.other) {
                let through = into.cost.saturating_add(way.cost);
                if self.look.cost(way.other) > through {
                    shortcuts.push(Shortcut {
                        from: into.other,
                        to: way.other,
                        into: *into,
                        onward: *way,
                    });
                }
            }
        }
        shortcuts
    }

    /// What contracting a place costs; less is sooner.
    fn burden(&mut self, place: u32) -> u64 {
        let shortcuts = self.shortcuts(place, ESTIMATE_LOOK);
        let gone = self.out[at(place)].iter().chain(&self.into[at(place)]);
        let (ways_gone, arcs_gone) =
            gone.fold((0_u64, 0_u64), |(ways, arcs), way| (ways + 1, arcs + u64::from(way.arcs)));
        let arcs_new: u64 =
            shortcuts.iter().map(|s| u64::from(s.into.arcs) + u64::from(s.onward.arcs)).sum();
        let share = |new: u64, gone: u64| 1_000 * new / gone.max(1);
        1_000 * u64::from(self.height[at(place)])
            + share(shortcuts.len() as u64, ways_gone)
            + share(arcs_new, arcs_gone)
    }

    fn choose_and_contract(&mut self, places: u32) -> Vec<u32> {
        let mut queue: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::with_capacity(at(places));
        for place in 0..places {
            queue.push(Reverse((self.burden(place), place)));
        }
        let mut order = Vec::with_capacity(at(places));
        while let Some(Reverse((burden, place))) = queue.pop() {
            let now = self.burden(place);
            let next = queue.peek().map_or(u64::MAX, |Reverse((burden, _))| *burden);
            if now > burden && now > next {
                queue.push(Reverse((now, place)));
                continue;
            }
            self.contract(place);
            order.push(place);
        }
        order
    }

    fn contract(&mut self, place: u32) {
        for shortcut in self.shortcuts(place, CONTRACT_LOOK) {
            let Shortcut { from, to, into, onward } = shortcut;
            let piece = number(self.pieces.len());
            self.pieces.push(Piece { first: into.piece, second: onward.piece });
            let cost = into.cost.saturating_add(onward.cost);
            self.lay(
                from,
                Way { other: to, cost, piece, arcs: into.arcs.saturating_add(onward.arcs) },
            );
        }
        let above = self.height[at(place)] + 1;
        for neighbour in self.out[at(place)].clone() {
            self.into[at(neighbour.other)].retain(|way| way.other != place);
            self.height[at(neighbour.other)] = self.height[at(neighbour.other)].max(above);
        }
        for neighbour in self.into[at(place)].clone() {
            self.out[at(neighbour.other)].retain(|way| way.other != place);
            self.height[at(neighbour.other)] = self.height[at(neighbour.other)].max(above);
        }
    }

    /// What is left of each place's ways leads to places contracted after it.
    fn finish(self, order: &[u32]) -> Hierarchy {
        let mut rank = vec![0; order.len()];
        for (number_of, place) in order.iter().enumerate() {
            rank[at(*place)] = number(number_of);
        }
        let collect = |ways: &[Vec<Way>]| {
            let (mut first, mut halves) = (vec![0], Vec::new());
            for place in order {
                let of_place = ways[at(*place)].iter();
                let half = |way: &Way| Half {
                    other: rank[at(way.other)],
                    cost: way.cost,
                    piece: way.piece,
                };
                halves.extend(of_place.map(half));
                first.push(number(halves.len()));
            }
            (first, halves)
        };
        let (first_up, up) = collect(&self.out);
        let (first_down, down) = collect(&self.into);
        let mut hierarchy = Hierarchy { rank, first_up, up, first_down, down, pieces: self.pieces };
        hierarchy.forget_unused();
        hierarchy
    }
}

impl Hierarchy {
    /// Pieces that a better one took the place of are part of nothing.
    fn forget_unused(&mut self) {
        let mut used = vec![false; self.pieces.len()];
        for half in self.up.iter().chain(&self.down) {
            used[at(half.piece)] = true;
        }
        // The parts of a piece have smaller numbers.
        for n in (0..self.pieces.len()).rev() {
            let Piece { first, second } = self.pieces[n];
            if used[n] && second != NONE {
                used[at(first)] = true;
                used[at(second)] = true;
            }
        }
        let (mut kept, mut renamed) = (Vec::new(), vec![NONE; self.pieces.len()]);
        for (n, piece) in self.pieces.iter().enumerate().filter(|(n, _)| used[*n]) {
            renamed[n] = number(kept.len());
            kept.push(match piece.second {
                NONE => *piece,
                second => Piece { first: renamed[at(piece.first)], second: renamed[at(second)] },
            });
        }
        for half in self.up.iter_mut().chain(&mut self.down) {
            half.piece = renamed[at(half.piece)];
        }
        self.pieces = kept;
    }
}

/// A bounded look around a place for cheaper ways.
struct Look {
    cost: Vec<u32>,
    touched: Vec<u32>,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Look {
    fn new(places: usize) -> Look {
        Look { cost: vec![u32::MAX; places], touched: Vec::new(), queue: BinaryHeap::new() }
    }

    /// What a place was found to cost, from the last centre.
    fn cost(&self, place: u32) -> u32 {
        self.cost[at(place)]
    }

    /// Looks from `centre`, not through `without`, at most `most` places and up to `bound`.
    fn around(&mut self, out: &[Vec<Way>], centre: u32, without: u32, bound: u32, most: usize) {
        for place in self.touched.drain(..) {
            self.cost[at(place)] = u32::MAX;
        }
        self.queue.clear();
        self.touch(centre, 0);
        let mut settled = 0;
        while let Some(Reverse((cost, place))) = self.queue.pop() {
            if cost > self.cost[at(place)] {
                continue;
            }
            if cost > bound || settled == most {
                break;
            }
            settled += 1;
            for way in &out[at(place)] {
                let through = cost.saturating_add(way.cost);
                if way.other != without && through < self.cost[at(way.other)] {
                    self.touch(way.other, through);
                }
            }
        }
    }

    fn touch(&mut self, place: u32, cost: u32) {
        if self.cost[at(place)] == u32::MAX {
            self.touched.push(place);
        }
        self.cost[at(place)] = cost;
        self.queue.push(Reverse((cost, place)));
    }
}
