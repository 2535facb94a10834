//! On foot, from the bay to where one wants to be: over every street and path that may be walked, whichever way
//! traffic goes there. A plain search by distance: such ways are short.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use vocabulary::Point;

use super::find::{Way, metres};
use super::leg::Legs;
use super::step::{Mode, steps};
use super::{Route, RouteReject, Which};
use crate::network::{Network, at};
use crate::roads::Roads;
use crate::snap::OnEdge;
use crate::spot::Spot;

/// Metres a second: what signals for pedestrians are timed by in many countries (1.2, Highway Capacity Manual 2010).
pub const WALK_M_PER_S: f64 = 1.2;
/// Nobody parks farther away than this and walks.
const LIMIT_MM: u64 = 5_000_000;
/// A place farther than this from everything that may be walked has no way on foot, metres.
const SNAP_M: f64 = 300.0;

impl Roads {
    /// The way on foot. Distance and time count from place to place, beyond the streets as well.
    ///
    /// # Errors
    /// `TooFar` if nothing there may be walked; `NoWay` if there is no way of at most 5 km.
    pub fn walk(&self, from: Point, to: Point) -> Result<Route, RouteReject> {
        let (begin, end) = (self.on_foot(from, Which::From)?, self.on_foot(to, Which::To)?);
        let way = way(&self.network, &begin, &end).ok_or(RouteReject::NoWay)?;
        let legs = Legs::of(&self.network, &way, |_, part_mm| walking_ms(u64::from(part_mm)));
        let last = way.arcs[way.arcs.len() - 1];
        let side = self.side_from(&end, last);
        let steps = steps(&self.network, &legs, side, Mode::Walk);
        let distance_m = metres(legs.length_mm()) + begin.distance_m + end.distance_m;
        Ok(Route {
            distance_m,
            duration_s: distance_m / WALK_M_PER_S,
            line: legs.points(),
            steps,
            arrival_side: side,
            from_road_m: begin.distance_m,
            to_road_m: end.distance_m,
            cost: way.cost,
        })
    }

    fn on_foot(&self, place: Point, which: Which) -> Result<OnEdge, RouteReject> {
        let may = |edge: u32| self.network.walks(edge * 2);
        let found = self.grid.nearest(&self.network, Spot::of(place), SNAP_M, may);
        found.ok_or(RouteReject::TooFar { which, nearest_m: SNAP_M })
    }
}

fn walking_ms(length_mm: u64) -> u64 {
    // 1.2 m/s are 1.2 mm/ms.
    length_mm * 10 / 12
}

fn way(network: &Network, begin: &OnEdge, end: &OnEdge) -> Option<Way> {
    if begin.edge == end.edge {
        return Some(along(network, begin, end));
    }
    let length = |edge: u32| network.edges[at(edge)].length_mm;
    let mut reached: HashMap<u32, (u64, u32)> = HashMap::new();
    let mut queue = BinaryHeap::new();
    for (arc, left_mm) in [
        (begin.edge * 2, length(begin.edge) - begin.offset_mm),
        (begin.edge * 2 + 1, begin.offset_mm),
    ] {
        reach(&mut reached, &mut queue, network.head(arc), u64::from(left_mm), arc);
    }
    let mut best: Option<(u64, u32)> = None;
    while let Some(Reverse((mm, junction))) = queue.pop() {
        if mm > LIMIT_MM || best.is_some_and(|(best, _)| mm >= best) {
            break;
        }
        if reached[&junction].0 < mm {
            continue;
        }
        for arc in network.leaving(junction).iter().copied().filter(|arc| network.walks(*arc)) {
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
