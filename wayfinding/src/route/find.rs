//! Finding ways: from one place to another, or to many at once.

use super::ends::Mount;
use super::leg::Legs;
use super::{Drive, Route, RouteReject, Side, Stop, Which};
use crate::hierarchy::{End, Found};
use crate::metric::Metric;
use crate::network::Network;
use crate::roads::{Navigator, Roads};
use crate::snap::OnEdge;

/// One end of a way, as the search needs it.
pub(crate) struct Begin {
    pub(crate) on: OnEdge,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) ends: Vec<End>,
    /// For each of `ends`, the mount it belongs to.
    of: Vec<usize>,
}

/// A way as found: its arcs, the first and the last in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) cost: u64,
    pub(crate) arcs: Vec<u32>,
    pub(crate) from_mm: u32,
    pub(crate) to_mm: u32,
}

impl Roads {
    /// The way by vehicle from one place to another.
    ///
    /// # Errors
    /// Why there is none.
    pub fn route(
        &self,
        navigator: &mut Navigator,
        from: &Stop,
        to: &Stop,
        metric: Metric,
    ) -> Result<Route, RouteReject> {
        let begin = self.sources(from, metric)?;
        let end = self.targets(to, metric)?;
        let search = navigator.search(metric);
        let found = search.between(self.hierarchy(metric), &begin.ends, &end.ends);
        self.finish(&begin, &end, found, metric)
    }

    /// How far it is from one place to each of many, in their order; without lines and words. The climb from the begin is
    /// done once.
    ///
    /// # Errors
    /// `TooFar` or `Island` if there is no begin; what is wrong with a target stands in its place.
    pub fn drives_to(
        &self,
        navigator: &mut Navigator,
        from: &Stop,
        targets: &[Stop],
        metric: Metric,
    ) -> Result<Vec<Result<Drive, RouteReject>>, RouteReject> {
        let begin = self.sources(from, metric)?;
        let search = navigator.search(metric);
        search.from(self.hierarchy(metric), &begin.ends);
        let drive = |to: &Stop| {
            let end = self.targets(to, metric)?;
            let found = search.to(self.hierarchy(metric), &end.ends);
            let way = self.way(&begin, &end, found, metric).ok_or(RouteReject::NoWay)?;
            Ok(self.measured(&way, &end.on))
        };
        Ok(targets.iter().map(drive).collect())
    }

    fn sources(&self, stop: &Stop, metric: Metric) -> Result<Begin, RouteReject> {
        let on = self.snap(stop, Which::From)?;
        Ok(self.begin_on(on, stop.kerb, metric))
    }

    fn targets(&self, stop: &Stop, metric: Metric) -> Result<Begin, RouteReject> {
        let on = self.snap(stop, Which::To)?;
        Ok(self.end_on(on, stop.kerb, metric))
    }

    pub(crate) fn begin_on(&self, on: OnEdge, kerb: bool, metric: Metric) -> Begin {
        let mounts = self.mounts(&on, kerb, Which::From);
        let end = |mount: &Mount| {
            let left_mm = self.network.edge(mount.arc).length_mm - mount.offset_mm;
            let place = self.turns.first_after(&self.network, mount.arc);
            End { place, cost: self.part_cost(mount.arc, left_mm, metric) }
        };
        let ends = mounts.iter().map(end).collect();
        let of = (0..mounts.len()).collect();
        Begin { on, mounts, ends, of }
    }

    pub(crate) fn end_on(&self, on: OnEdge, kerb: bool, metric: Metric) -> Begin {
        let mounts = self.mounts(&on, kerb, Which::To);
        let (mut ends, mut of) = (Vec::new(), Vec::new());
        for (number, mount) in mounts.iter().enumerate() {
            let entry = u64::from(self.network.entry(mount.arc, metric));
            let cost = entry + self.part_cost(mount.arc, mount.offset_mm, metric);
            let before = self.turns.places_at(self.network.tail(mount.arc));
            for place in before.filter(|place| !self.turns.bans(*place, mount.arc)) {
                ends.push(End { place, cost });
                of.push(number);
            }
        }
        Begin { on, mounts, ends, of }
    }

    /// The cheapest of what the search found and of what needs no search.
    pub(crate) fn way(
        &self,
        begin: &Begin,
        end: &Begin,
        found: Option<Found>,
        metric: Metric,
    ) -> Option<Way> {
        let over = found.map(|Found { cost, mut arcs, source, target }| {
            let (first, last) = (begin.mounts[begin.of[source]], end.mounts[end.of[target]]);
            arcs.insert(0, first.arc);
            arcs.push(last.arc);
            Way { cost, arcs, from_mm: first.offset_mm, to_mm: last.offset_mm }
        });
        self.direct(begin, end, metric).into_iter().chain(over).min_by_key(|way| way.cost)
    }

    fn finish(
        &self,
        begin: &Begin,
        end: &Begin,
        found: Option<Found>,
        metric: Metric,
    ) -> Result<Route, RouteReject> {
        let way = self.way(begin, end, found, metric).ok_or(RouteReject::NoWay)?;
        let side = self.side_from(&end.on, way.arcs[way.arcs.len() - 1]);
        Ok(self.described(&way, side, (begin.on.distance_m, end.on.distance_m)))
    }

    /// Along one edge, without any junction.
    fn direct(&self, begin: &Begin, end: &Begin, metric: Metric) -> Option<Way> {
        let pairs = begin.mounts.iter().flat_map(|a| end.mounts.iter().map(move |b| (a, b)));
        let ways =
            pairs.filter(|(a, b)| a.arc == b.arc && a.offset_mm <= b.offset_mm).map(|(a, b)| Way {
                cost: self.part_cost(a.arc, b.offset_mm - a.offset_mm, metric),
                arcs: vec![a.arc],
                from_mm: a.offset_mm,
                to_mm: b.offset_mm,
            });
        let here = (begin.on.edge == end.on.edge
            && begin.on.offset_mm == end.on.offset_mm
            && begin.on.side == end.on.side)
            .then(|| begin.mounts.first())
            .flatten();
        // Who is there already does not drive around the block to come from the other side.
        let there = here.map(|mount| Way {
            cost: 0,
            arcs: vec![mount.arc],
            from_mm: mount.offset_mm,
            to_mm: mount.offset_mm,
        });
        ways.chain(there).min_by_key(|way| way.cost)
    }

    fn described(&self, way: &Way, side: Side, (from_road_m, to_road_m): (f64, f64)) -> Route {
        let legs = Legs::of(&self.network, way, |arc, part_mm| self.part_ms(arc, part_mm));
        let steps = super::step::steps(&self.network, &legs, side, super::step::Mode::Drive);
        Route {
            distance_m: metres(legs.length_mm()),
            duration_s: metres(legs.duration_ms()),
            line: legs.points(),
            steps,
            arrival_side: side,
            from_road_m,
            to_road_m,
            cost: way.cost,
        }
    }

    fn measured(&self, way: &Way, end: &OnEdge) -> Drive {
        let parts = way.parts(&self.network);
        let (length_mm, duration_ms) = parts.fold((0, 0), |(mm, ms), (arc, from_mm, to_mm)| {
            let part_mm = to_mm - from_mm;
            (mm + u64::from(part_mm), ms + self.part_ms(arc, part_mm))
        });
        Drive {
            distance_m: metres(length_mm),
            duration_s: metres(duration_ms),
            arrival_side: self.side_from(end, way.arcs[way.arcs.len() - 1]),
            to_road_m: end.distance_m,
        }
    }

    /// How many milliseconds so many millimetres of an arc take.
    fn part_ms(&self, arc: u32, part_mm: u32) -> u64 {
        let whole_ms = self.network.drive_ms(arc, &self.conditions);
        super::ends::share(whole_ms, part_mm, self.network.edge(arc).length_mm)
    }
}

impl Way {
    /// Its arcs, and from where to where each is taken.
    pub(crate) fn parts(&self, network: &Network) -> impl Iterator<Item = (u32, u32, u32)> {
        let last = self.arcs.len() - 1;
        self.arcs.iter().enumerate().map(move |(number, arc)| {
            let from_mm = if number == 0 { self.from_mm } else { 0 };
            let to_mm = if number == last { self.to_mm } else { network.edge(*arc).length_mm };
            (*arc, from_mm, to_mm)
        })
    }
}

/// Thousandths as a whole: millimetres to metres, milliseconds to seconds.
pub(super) fn metres(thousandths: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "2^53 mm are beyond the sun")]
    let exact = thousandths as f64;
    exact / 1_000.0
}
