//! The road network: junctions, the pieces of street between them, what they are called, what is forbidden.
//!
//! An **edge** is a piece of street between two junctions; an **arc** is an edge in one of its two
//! directions: number `2 × edge` along its line, one more against it. Compact: some 40 bytes an
//! edge and 8 a point between. Does not search.
//!
//! **Invariants:** every number that is stored is within its list ([`Network::check`] says so of bytes from
//! outside); a street is cut wherever another one touches it or a rule holds.

mod build;
mod resolve;

use serde::{Deserialize, Serialize};

use crate::spot::Spot;
use crate::street::{Name, NamedPlace, RoadClass};

/// Junctions, edges and rules of one town.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub(crate) junctions: Vec<Spot>,
    pub(crate) edges: Vec<Edge>,
    /// The points between the junctions of all edges, one edge after the other.
    pub(crate) shape: Vec<Spot>,
    /// Names, each once; the first is that of streets without one.
    pub(crate) names: Vec<Name>,
    /// Arcs that leave junction `j`: `out[first_out[j]..first_out[j + 1]]`.
    pub(crate) first_out: Vec<u32>,
    pub(crate) out: Vec<u32>,
    /// Rows of arcs that nobody may drive one after the other; two arcs or more, each leaves where the last ends.
    pub(crate) forbidden: Vec<Vec<u32>>,
    /// Rules of the survey that forbid nothing here.
    pub(crate) rules_without_effect: u64,
}

/// A piece of street between two junctions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edge {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Where its points begin in `shape`; they end where those of the next edge begin.
    pub(crate) shape: u32,
    pub(crate) length_mm: u32,
    pub(crate) name: u32,
    pub(crate) class: u8,
    pub(crate) flags: u8,
    pub(crate) limit_along: u8,
    pub(crate) limit_against: u8,
}

pub(crate) const DRIVE_ALONG: u8 = 1;
pub(crate) const DRIVE_AGAINST: u8 = 2;
pub(crate) const WALK: u8 = 4;
pub(crate) const ROUNDABOUT: u8 = 8;
/// Only for those whose way begins or ends there.
pub(crate) const DESTINATION: u8 = 16;

/// How large a network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    pub junctions: usize,
    pub edges: usize,
    /// Directions of edges that may be driven.
    pub arcs: usize,
    pub points: usize,
    pub names: usize,
    /// Rows of arcs that are forbidden.
    pub forbidden: usize,
    pub rules_without_effect: u64,
}

impl Edge {
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn class(&self) -> RoadClass {
        RoadClass::ALL.get(usize::from(self.class)).copied().unwrap_or_default()
    }
}

impl Network {
    #[must_use]
    pub fn size(&self) -> Size {
        let arcs = (0..self.arc_count()).filter(|arc| self.drives(*arc)).count();
        Size {
            junctions: self.junctions.len(),
            edges: self.edges.len(),
            arcs,
            points: self.shape.len(),
            names: self.names.len().saturating_sub(1),
            forbidden: self.forbidden.len(),
            rules_without_effect: self.rules_without_effect,
        }
    }

    /// Every street with a name as a place, where its longest piece is.
    #[must_use]
    pub fn named_streets(&self) -> Vec<NamedPlace> {
        let longest = self.longest_edges(|_| true);
        let named =
            self.names.iter().zip(longest).enumerate().filter(|(_, (name, _))| !name.is_empty());
        let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let place = |(number, (name, edge)): (usize, (&Name, Option<usize>))| NamedPlace {
            key: format!("s{number}"),
            kind: "street".to_owned(),
            name: name.in_chinese().to_owned(),
            name_zh: told(&name.zh),
            name_en: told(&name.en),
            at: self.middle(edge.unwrap_or_default()).point(),
            detail: String::new(),
        };
        named.map(place).collect()
    }

    /// For each name, the longest edge of those that may be taken.
    pub(crate) fn longest_edges(&self, may: impl Fn(&Edge) -> bool) -> Vec<Option<usize>> {
        let mut longest: Vec<Option<usize>> = vec![None; self.names.len()];
        for (number, edge) in self.edges.iter().enumerate().filter(|(_, edge)| may(edge)) {
            let known = &mut longest[at(edge.name)];
            if known.is_none_or(|known| self.edges[known].length_mm < edge.length_mm) {
                *known = Some(number);
            }
        }
        longest
    }

    /// A place about the middle of an edge.
    pub(crate) fn middle(&self, edge: usize) -> Spot {
        let line = self.line(number(edge * 2));
        line[line.len() / 2].towards(line[(line.len() - 1) / 2], 0.5)
    }

    pub(crate) fn arc_count(&self) -> u32 {
        number(self.edges.len() * 2)
    }

    pub(crate) fn edge(&self, arc: u32) -> &Edge {
        &self.edges[at(arc >> 1)]
    }

    pub(crate) fn tail(&self, arc: u32) -> u32 {
        let edge = self.edge(arc);
        if arc & 1 == 0 { edge.from } else { edge.to }
    }

    pub(crate) fn head(&self, arc: u32) -> u32 {
        self.tail(arc ^ 1)
    }

    pub(crate) fn drives(&self, arc: u32) -> bool {
        self.edge(arc).has(if arc & 1 == 0 { DRIVE_ALONG } else { DRIVE_AGAINST })
    }

    pub(crate) fn walks(&self, arc: u32) -> bool {
        self.edge(arc).has(WALK)
    }

    pub(crate) fn limit(&self, arc: u32) -> u8 {
        let edge = self.edge(arc);
        if arc & 1 == 0 { edge.limit_along } else { edge.limit_against }
    }

    pub(crate) fn name(&self, arc: u32) -> &Name {
        &self.names[at(self.edge(arc).name)]
    }

    /// The arcs that leave a junction, driven or not.
    pub(crate) fn leaving(&self, junction: u32) -> &[u32] {
        let junction = at(junction);
        &self.out[at(self.first_out[junction])..at(self.first_out[junction + 1])]
    }

    /// The points between the ends of an edge, along its line.
    fn between(&self, edge: usize) -> &[Spot] {
        let begin = at(self.edges[edge].shape);
        let end = self.edges.get(edge + 1).map_or(self.shape.len(), |next| at(next.shape));
        &self.shape[begin..end]
    }

    /// All points of an arc, in its direction.
    pub(crate) fn line(&self, arc: u32) -> Vec<Spot> {
        let edge = self.edge(arc);
        let mut line = Vec::new();
        line.push(self.junctions[at(edge.from)]);
        line.extend_from_slice(self.between(at(arc >> 1)));
        line.push(self.junctions[at(edge.to)]);
        if arc & 1 == 1 {
            line.reverse();
        }
        line
    }

    /// Whether every number is within its list, as it must be for anything to be read from it.
    pub(crate) fn check(&self) -> bool {
        let junctions = number(self.junctions.len());
        let arcs = self.arc_count();
        let rises = |list: &[u32], end: usize| {
            list.is_sorted()
                && list.first() == Some(&0)
                && list.last().is_some_and(|last| at(*last) == end)
        };
        let shapes: Vec<u32> = self.edges.iter().map(|edge| edge.shape).collect();
        let shapes_fit = shapes.is_sorted()
            && shapes.first().is_none_or(|first| *first == 0)
            && shapes.last().is_none_or(|last| at(*last) <= self.shape.len());
        let on_earth = |spot: &Spot| {
            spot.lon.unsigned_abs() <= 1_800_000_000 && spot.lat.unsigned_abs() <= 900_000_000
        };
        let spots_fit = self.junctions.iter().chain(&self.shape).all(on_earth);
        let edges_fit = self.edges.iter().all(|edge| {
            edge.from < junctions
                && edge.to < junctions
                && at(edge.name) < self.names.len()
                && edge.limit_along > 0
                && edge.limit_against > 0
        });
        let rows_fit = self.forbidden.iter().all(|row| {
            row.len() > 1
                && row.iter().all(|arc| *arc < arcs)
                && row.windows(2).all(|pair| self.head(pair[0]) == self.tail(pair[1]))
        });
        self.first_out.len() == self.junctions.len() + 1
            && rises(&self.first_out, self.out.len())
            && self.out.iter().all(|arc| *arc < arcs)
            && spots_fit
            && shapes_fit
            && edges_fit
            && rows_fit
    }
}

/// A position in a list. Lists of more than four thousand million are refused when a network is built.
pub(crate) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

pub(crate) fn at(number: u32) -> usize {
    number as usize
}
