//! Which places can all be reached from one another: the largest such part of the graph is the main one.
//!
//! A street that leads out of it and not back, or that no road leads to, is an island: nobody is sent there.
//! Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion.

use crate::hierarchy::Link;
use crate::network::{at, number};

const NONE: u32 = u32::MAX;

/// For each place, whether it is in the largest strongly connected part (the first of equally large ones).
pub(crate) fn largest(places: u32, links: &[Link]) -> Vec<bool> {
    let (first, heads) = outgoing(places, links);
    let parts = Tarjan::run(places, &first, &heads);
    let mut sizes = vec![0_u32; at(places)];
    for part in &parts {
        sizes[at(*part)] += 1;
    }
    let largest = sizes.iter().max().copied().unwrap_or_default();
    let main = sizes.iter().position(|size| *size == largest).map_or(NONE, number);
    parts.into_iter().map(|part| part == main).collect()
}

/// The places of a part, and all that can be reached from it.
pub(crate) fn reached_from(places: u32, links: &[Link], part: &[bool]) -> Vec<bool> {
    let (first, heads) = outgoing(places, links);
    let mut reached = part.to_vec();
    let mut open: Vec<u32> = (0..places).filter(|place| part[at(*place)]).collect();
    while let Some(place) = open.pop() {
        for head in &heads[at(first[at(place)])..at(first[at(place) + 1])] {
            if !std::mem::replace(&mut reached[at(*head)], true) {
                open.push(*head);
            }
        }
    }
    reached
}

/// The places of a part, and all from which it can be reached.
pub(crate) fn leading_to(places: u32, links: &[Link], part: &[bool]) -> Vec<bool> {
    let back = |link: &Link| Link { from: link.to, to: link.from, ..*link };
    let back: Vec<Link> = links.iter().map(back).collect();
    reached_from(places, &back, part)
}

fn outgoing(places: u32, links: &[Link]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0_u32; at(places) + 1];
    for link in links {
        first[at(link.from) + 1] += 1;
    }
    for place in 1..first.len() {
        first[place] += first[place - 1];
    }
    let (mut next, mut heads) = (first.clone(), vec![0; links.len()]);
    for link in links {
        heads[at(next[at(link.from)])] = link.to;
        next[at(link.from)] += 1;
    }
    (first, heads)
}

struct Tarjan {
    visited: u32,
    order: Vec<u32>,
    lowest: Vec<u32>,
    open: Vec<u32>,
    part: Vec<u32>,
    parts: u32,
}

impl Tarjan {
    fn run(places: u32, first: &[u32], heads: &[u32]) -> Vec<u32> {
        let n = at(places);
        let mut tarjan = Tarjan {
            visited: 0,
            order: vec![NONE; n],
            lowest: vec![0; n],
            open: Vec::new(),
            part: vec![NONE; n],
            parts: 0,
        };
        for root in 0..places {
            if tarjan.order[at(root)] == NONE {
                tarjan.visit(root, first, heads);
            }
        }
        tarjan.part
    }

    fn enter(&mut self, place: u32, path: &mut Vec<(u32, u32)>, first: &[u32]) {
        self.order[at(place)] = self.visited;
        self.lowest[at(place)] = self.visited;
        self.visited += 1;
        self.open.push(place);
        path.push((place, first[at(place)]));
    }

    fn visit(&mut self, root: u32, first: &[u32], heads: &[u32]) {
        let mut path = Vec::new();
        self.enter(root, &mut path, first);
        while let Some((place, next)) = path.last_mut() {
            let place = *place;
            if *next < first[at(place) + 1] {
                let head = heads[at(*next)];
                *next += 1;
                if self.order[at(head)] == NONE {
                    self.enter(head, &mut path, first);
                } else if self.part[at(head)] == NONE {
                    self.lowest[at(place)] = self.lowest[at(place)].min(self.order[at(head)]);
                }
                continue;
            }
            path.pop();
            if let Some((above, _)) = path.last() {
                self.lowest[at(*above)] = self.lowest[at(*above)].min(self.lowest[at(place)]);
            }
            if self.lowest[at(place)] == self.order[at(place)] {
                self.close(place);
            }
        }
    }

    fn close(&mut self, root: u32) {
        while let Some(place) = self.open.pop() {
            self.part[at(place)] = self.parts;
            if place == root {
                break;
            }
        }
        self.parts += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(places: u32, ways: &[(u32, u32)], expected: &[bool]) {
        let links: Vec<Link> =
            ways.iter().map(|(from, to)| Link { from: *from, to: *to, cost: 1, arc: 0 }).collect();
        assert_eq!(largest(places, &links), expected, "{ways:?}");
    }

    #[test]
    fn what_leads_to_a_part_and_what_it_leads_to_are_found() {
        let ways = [(0, 1), (1, 2), (2, 1), (2, 3), (4, 4)];
        let links: Vec<Link> =
            ways.iter().map(|(from, to)| Link { from: *from, to: *to, cost: 1, arc: 0 }).collect();
        let main = largest(5, &links);
        assert_eq!(main, [false, true, true, false, false]);
        assert_eq!(reached_from(5, &links, &main), [false, true, true, true, false]);
        assert_eq!(leading_to(5, &links, &main), [true, true, true, false, false]);
    }

    #[test]
    fn the_largest_part_is_where_all_reach_all() {
        check(0, &[], &[]);
        check(2, &[(0, 1)], &[false, true]);
        check(4, &[(0, 1), (1, 2), (2, 0), (2, 3)], &[true, true, true, false]);
        // Two rings, the larger one led to by the smaller one.
        check(
            5,
            &[(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2)],
            &[false, false, true, true, true],
        );
        // A ring within a ring is one part.
        check(4, &[(0, 1), (1, 2), (2, 3), (3, 0), (2, 1)], &[true; 4]);
    }
}
