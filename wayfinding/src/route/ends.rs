//! Where a way may begin or end: the nearest street that leads on, and in which directions.

use vocabulary::Point;

use super::{RouteReject, SNAP_LIMIT_M, Stop, Which};
use crate::metric::Metric;
use crate::network::at;
use crate::roads::Roads;
use crate::snap::{OnEdge, Side};
use crate::spot::Spot;

/// A direction in which one begins or ends on an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) arc: u32,
    /// From the arc's begin, in its direction.
    pub(crate) offset_mm: u32,
}

impl Roads {
    /// The place on a street where a way begins or ends.
    pub(crate) fn snap(&self, stop: &Stop, which: Which) -> Result<OnEdge, RouteReject> {
        let leads = match which {
            Which::From => &self.leads_out,
            Which::To => &self.leads_in,
        };
        let may = |edge: u32| leads[at(edge * 2)] || leads[at(edge * 2 + 1)];
        let from = Spot::of(stop.at);
        if let Some(found) = self.grid.nearest(&self.network, from, SNAP_LIMIT_M, may) {
            return Ok(if stop.kerb { found } else { self.beyond_corners(found) });
        }
        let driven = |edge: u32| self.network.drives(edge * 2) || self.network.drives(edge * 2 + 1);
        if self.grid.nearest(&self.network, from, SNAP_LIMIT_M, driven).is_some() {
            return Err(RouteReject::Island { which });
        }
        let nearest_m = self.nearest_junction_m(stop.at);
        Err(RouteReject::TooFar { which, nearest_m, limit_m: SNAP_LIMIT_M })
    }

    /// A place beyond the end of a street is on neither side of it.
    pub(crate) fn beyond_corners(&self, on: OnEdge) -> OnEdge {
        let length_mm = self.network.edges[at(on.edge)].length_mm;
        let at_end = on.offset_mm == 0 || on.offset_mm >= length_mm;
        OnEdge { side: if at_end { Side::Ahead } else { on.side }, ..on }
    }

    pub(crate) fn nearest_junction_m(&self, place: Point) -> f64 {
        let junctions = self.network.junctions.iter();
        junctions.map(|spot| place.distance_m(spot.point())).fold(f64::INFINITY, f64::min)
    }

    /// The directions in which one may leave or reach a place on an edge; one or two.
    pub(crate) fn mounts(&self, on: &OnEdge, kerb: bool, which: Which) -> Vec<Mount> {
        let leads = match which {
            Which::From => &self.leads_out,
            Which::To => &self.leads_in,
        };
        let length_mm = self.network.edges[at(on.edge)].length_mm;
        let along = Mount { arc: on.edge * 2, offset_mm: on.offset_mm };
        let against =
            Mount { arc: on.edge * 2 + 1, offset_mm: length_mm - on.offset_mm.min(length_mm) };
        let may: Vec<Mount> = [along, against].into_iter().filter(|m| leads[at(m.arc)]).collect();
        // With the kerb on the right.
        let wanted = match on.side {
            Side::Right => along.arc,
            Side::Left => against.arc,
            Side::Ahead => return may,
        };
        match may.iter().find(|mount| mount.arc == wanted) {
            Some(right) if kerb => vec![*right],
            _ => may,
        }
    }

    /// What a part of an arc costs.
    pub(crate) fn part_cost(&self, arc: u32, part_mm: u32, metric: Metric) -> u64 {
        let cost = self.network.cost(arc, metric, &self.conditions);
        share(cost, part_mm, self.network.edge(arc).length_mm)
    }

    /// The side on which a place lies for who drives an arc.
    pub(crate) fn side_from(&self, on: &OnEdge, arc: u32) -> Side {
        if arc & 1 == 0 { on.side } else { on.side.other() }
    }
}

/// `whole × part / length`, rounded down.
pub(crate) fn share(whole: u32, part_mm: u32, length_mm: u32) -> u64 {
    u64::from(whole) * u64::from(part_mm) / u64::from(length_mm.max(1))
}
