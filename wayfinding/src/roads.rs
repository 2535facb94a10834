//! Roads ready to be asked: a network, its hierarchies, and what is needed to find one's way onto them.
//!
//! Prepared once ([`Roads::prepare`]), kept as bytes ([`Roads::to_bytes`]), read back in a moment. It never
//! changes; other conditions (closures, traffic) make other roads ([`Roads::under`]) with the saved
//! order, and the caller swaps them.

use serde::{Deserialize, Serialize};

use crate::components;
use crate::hierarchy::{Hierarchy, Link, Search};
use crate::metric::{Conditions, Metric};
use crate::network::{Network, Size, at};
use crate::snap::Grid;
use crate::turns::Turns;

/// The form of the bytes; another one is refused.
const FORMAT: u32 = 1;

/// Prepared roads.
#[derive(Debug)]
pub struct Roads {
    pub(crate) network: Network,
    pub(crate) turns: Turns,
    pub(crate) conditions: Conditions,
    fastest: Hierarchy,
    shortest: Hierarchy,
    pub(crate) grid: Grid,
    /// For each arc, whether one gets from it to all of the main network, and from there to it.
    pub(crate) leads_out: Vec<bool>,
    pub(crate) leads_in: Vec<bool>,
}

/// Why bytes are no roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoadsReject {
    /// They were written by another version of this program.
    OtherFormat(u32),
    /// They are damaged.
    Damaged,
    /// There is no street that vehicles may drive.
    NoRoads,
}

/// Memory for questions; one for each that is asked at a time.
#[derive(Clone, Debug, Default)]
pub struct Navigator {
    fastest: Search,
    shortest: Search,
}

impl Navigator {
    pub(crate) fn search(&mut self, metric: Metric) -> &mut Search {
        match metric {
            Metric::Fastest => &mut self.fastest,
            Metric::Shortest => &mut self.shortest,
        }
    }
}

/// What was prepared, for whoever imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Prepared {
    #[serde(flatten)]
    pub size: Size,
    /// Places of the search beyond the junctions, because of rules.
    pub memories: usize,
    pub shortcuts: usize,
    /// Arcs that belong to no island.
    pub main_arcs: usize,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    network: Network,
    fastest: Hierarchy,
    shortest: Hierarchy,
    closed: Vec<u32>,
    pace_pct: Vec<(u32, u32)>,
}

impl std::fmt::Display for RoadsReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RoadsReject::OtherFormat(format) => {
                write!(
                    f,
                    "the roads are kept in form {format}, this program reads {FORMAT}: import them again"
                )
            }
            RoadsReject::Damaged => f.write_str("the roads kept are damaged: import them again"),
            RoadsReject::NoRoads => f.write_str("there is no road for vehicles in it"),
        }
    }
}

impl std::error::Error for RoadsReject {}

impl RoadsReject {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            RoadsReject::OtherFormat(_) => "roads_of_other_format",
            RoadsReject::Damaged => "roads_damaged",
            RoadsReject::NoRoads => "no_roads",
        }
    }
}

impl Roads {
    /// Prepares a network as it is on the map. Takes seconds for a city.
    ///
    /// # Errors
    /// `NoRoads`.
    pub fn prepare(network: Network) -> Result<Roads, RoadsReject> {
        let conditions = Conditions::default();
        let turns = Turns::of(&network);
        let graph = |metric| links(&network, &turns, metric, &conditions);
        if graph(Metric::Shortest).is_empty() {
            return Err(RoadsReject::NoRoads);
        }
        let fastest = Hierarchy::prepare(turns.places(), &graph(Metric::Fastest));
        let shortest = Hierarchy::prepare(turns.places(), &graph(Metric::Shortest));
        Ok(Roads::put_together(network, conditions, fastest, shortest))
    }

    /// The same roads under other conditions, prepared in the order that was saved.
    #[must_use]
    pub fn under(&self, conditions: Conditions) -> Roads {
        let network = self.network.clone();
        let again = |before: &Hierarchy, metric| {
            let links = links(&network, &self.turns, metric, &conditions);
            Hierarchy::prepare_in_order(self.turns.places(), &links, &before.order())
        };
        let fastest = again(&self.fastest, Metric::Fastest);
        let shortest = again(&self.shortest, Metric::Shortest);
        Roads::put_together(network, conditions, fastest, shortest)
    }

    fn put_together(
        network: Network,
        conditions: Conditions,
        fastest: Hierarchy,
        shortest: Hierarchy,
    ) -> Roads {
        let turns = Turns::of(&network);
        let grid = Grid::of(&network);
        let links = links(&network, &turns, Metric::Shortest, &conditions);
        let main = components::largest(turns.places(), &links);
        let out = components::leading_to(turns.places(), &links, &main);
        let within = components::reached_from(turns.places(), &links, &main);
        let arcs = 0..network.arc_count();
        let leads_out = arcs
            .clone()
            .map(|arc| network.open(arc, &conditions) && out[at(turns.first_after(&network, arc))]);
        let leads_out = leads_out.collect();
        let leads_in = arcs.map(|arc| {
            let mut before = turns.places_at(network.tail(arc));
            network.open(arc, &conditions)
                && before.any(|place| within[at(place)] && !turns.bans(place, arc))
        });
        let leads_in = leads_in.collect();
        Roads { network, turns, conditions, fastest, shortest, grid, leads_out, leads_in }
    }

    pub(crate) fn hierarchy(&self, metric: Metric) -> &Hierarchy {
        match metric {
            Metric::Fastest => &self.fastest,
            Metric::Shortest => &self.shortest,
        }
    }

    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    #[must_use]
    pub fn prepared(&self) -> Prepared {
        let both = self.leads_in.iter().zip(&self.leads_out);
        Prepared {
            size: self.network.size(),
            memories: self.turns.memories(),
            shortcuts: self.fastest.shortcuts(),
            main_arcs: both.filter(|(leads_in, leads_out)| **leads_in && **leads_out).count(),
        }
    }

    /// As bytes, to be kept.
    ///
    /// # Panics
    /// Never: lists of numbers and texts can always be written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            network: self.network.clone(),
            fastest: self.fastest.clone(),
            shortest: self.shortest.clone(),
            closed: self.conditions.closed().to_vec(),
            pace_pct: self.conditions.pace_pct().to_vec(),
        };
        let begin = FORMAT.to_be_bytes().to_vec();
        postcard::to_extend(&stored, begin).expect("lists of numbers and texts can be written")
    }

    /// Reads bytes that were kept. Whatever they are, roads that come of it can be asked anything.
    ///
    /// # Errors
    /// `OtherFormat` or `Damaged`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Roads, RoadsReject> {
        let (format, rest) = bytes.split_first_chunk::<4>().ok_or(RoadsReject::Damaged)?;
        let format = u32::from_be_bytes(*format);
        if format != FORMAT {
            return Err(RoadsReject::OtherFormat(format));
        }
        let stored: Stored = postcard::from_bytes(rest).map_err(|_| RoadsReject::Damaged)?;
        let Stored { network, fastest, shortest, closed, pace_pct } = stored;
        if !network.check() {
            return Err(RoadsReject::Damaged);
        }
        let (places, arcs) = (at(Turns::of(&network).places()), network.arc_count());
        if !fastest.check(places, arcs) || !shortest.check(places, arcs) {
            return Err(RoadsReject::Damaged);
        }
        let conditions = Conditions::new(&closed, &pace_pct);
        Ok(Roads::put_together(network, conditions, fastest, shortest))
    }
}

/// Every way from a place to a place by one arc: what the search is over.
pub(crate) fn links(
    network: &Network,
    turns: &Turns,
    metric: Metric,
    conditions: &Conditions,
) -> Vec<Link> {
    let mut links = Vec::new();
    for from in 0..turns.places() {
        let junction = turns.junction(network, from);
        let open =
            network.leaving(junction).iter().copied().filter(|arc| network.open(*arc, conditions));
        for arc in open.filter(|arc| !turns.bans(from, *arc)) {
            let cost =
                network.cost(arc, metric, conditions).saturating_add(network.entry(arc, metric));
            links.push(Link { from, to: turns.after(network, from, arc), cost, arc });
        }
    }
    links
}
