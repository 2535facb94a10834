//! The shortest way nearby, by a plain search: on foot, or along a stretch of street that somebody means.
//!
//! Knows no times, no turn restrictions and no closures; which arcs may be taken is for the caller to say.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::find::Way;
use crate::network::{Network, at};
use crate::snap::OnEdge;

/// The shortest way from a place on an edge to another, over arcs that `may` be taken; none if it is longer than
/// `limit_mm`.
pub(crate) fn by_distance(
    network: &Network,
    (begin, end): (&OnEdge, &OnEdge),
    limit_mm: u64,
    may: impl Fn(u32) -> bool,
) -> Option<Way> {
    if begin.edge == end.edge {
        let way = along(network, begin, end);
        if may(way.arcs[0]) {
            return Some(way);
        }
    }
    let length = |edge: u32| network.edges[at(edge)].length_mm;
    let mut reached: HashMap<u32, (u64, u32)> = HashMap::new();
    let mut queue = BinaryHeap::new();
    for (arc, left_mm) in [
        (begin.edge * 2, length(begin.edge) - begin.offset_mm),
        (begin.edge * 2 + 1, begin.offset_mm),
    ]
    .into_iter()
    .filter(|(arc, _)| may(*arc))
    {
        reach(&mut reached, &mut queue, network.head(arc), u64::from(left_mm), arc);
    }
    let mut best: Option<(u64, u32)> = None;
    while let Some(Reverse((mm, junction))) = queue.pop() {
        if mm > limit_mm || best.is_some_and(|(best, _)| mm >= best) {
            break;
        }
        if reached[&junction].0 < mm {
            continue;
        }
        for arc in network.leaving(junction).iter().copied().filter(|arc| may(*arc)) {
            if arc >> 1 == end.edge {
                let last_mm =
                    if arc & 1 == 0 { end.offset_mm } else { length(end.edge) - end.offset_mm };
                let whole = mm + u64::from(last_mm);
                if best.is_none_or(|(best, _)| whole < best) {
                    best = Some((whole, arc));
                }
            }
            reach(
                &mut reached,
                &mut queue,
                network.head(arc),
                mm + u64::from(length(arc >> 1)),
                arc,
            );
        }
    }
    let (cost, last) = best?;
    let mut arcs = vec![last];
    let mut arc = reached[&network.tail(last)].1;
    arcs.push(arc);
    while arc >> 1 != begin.edge {
        arc = reached[&network.tail(arc)].1;
        arcs.push(arc);
    }
    arcs.reverse();
    let side = |arc: u32, offset_mm: u32, edge: u32| {
        if arc & 1 == 0 { offset_mm } else { length(edge) - offset_mm }
    };
    let from_mm = side(arcs[0], begin.offset_mm, begin.edge);
    let to_mm = side(last, end.offset_mm, end.edge);
    Some(Way { cost, arcs, from_mm, to_mm })
}

fn reach(
    reached: &mut HashMap<u32, (u64, u32)>,
    queue: &mut BinaryHeap<Reverse<(u64, u32)>>,
    junction: u32,
    mm: u64,
    arc: u32,
) {
    if reached.get(&junction).is_none_or(|(known, _)| mm < *known) {
        reached.insert(junction, (mm, arc));
        queue.push(Reverse((mm, junction)));
    }
}

/// Along one street.
fn along(network: &Network, begin: &OnEdge, end: &OnEdge) -> Way {
    let length_mm = network.edges[at(begin.edge)].length_mm;
    let ahead = begin.offset_mm <= end.offset_mm;
    let place = |offset_mm: u32| if ahead { offset_mm } else { length_mm - offset_mm };
    let (from_mm, to_mm) = (place(begin.offset_mm), place(end.offset_mm));
    let arc = begin.edge * 2 + u32::from(!ahead);
    Way { cost: u64::from(to_mm - from_mm), arcs: vec![arc], from_mm, to_mm }
}
