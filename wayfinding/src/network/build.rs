//! From a survey to a network: where streets meet they are cut, and each name is kept once.

use std::collections::HashMap;

use super::resolve::Resolver;
use super::{DESTINATION, DRIVE_AGAINST, DRIVE_ALONG, Edge, Network, ROUNDABOUT, WALK, at, number};
use crate::spot::Spot;
use crate::street::{Access, Name, RoadClass, Street, Survey, Via};

/// No junction.
pub(super) const NONE: u32 = u32::MAX;
/// A limit of nothing would make a street endless.
const SLOWEST: u8 = 5;

impl Network {
    /// Builds the network of a survey. Streets with fewer than two points, or with points that are not
    /// there, are left out.
    #[must_use]
    pub fn build(survey: &Survey) -> Network {
        let mut builder = Builder::new(survey);
        for street in &survey.streets {
            builder.lay(street);
        }
        builder.finish()
    }
}

pub(super) struct Builder<'a> {
    survey: &'a Survey,
    /// For each point of the survey: the junction there.
    junction_of: Vec<u32>,
    names: HashMap<Name, u32>,
    network: Network,
    /// Edges of the streets that rules speak of.
    edges_of: HashMap<i64, Vec<u32>>,
}

impl<'a> Builder<'a> {
    fn new(survey: &'a Survey) -> Builder<'a> {
        let mut network = Network { names: vec![Name::default()], ..Network::default() };
        let mut junction_of = vec![NONE; survey.nodes.len()];
        for (node, is_junction) in meeting_points(survey).into_iter().enumerate() {
            if is_junction {
                junction_of[node] = number(network.junctions.len());
                network.junctions.push(survey.nodes[node]);
            }
        }
        let of_rules = survey.rules.iter().flat_map(|rule| {
            let via = match &rule.via {
                Via::Streets(streets) => streets.as_slice(),
                Via::Node(_) => &[],
            };
            rule.from.iter().chain(&rule.to).chain(via)
        });
        let edges_of = of_rules.map(|street| (*street, Vec::new())).collect();
        let names = HashMap::from([(Name::default(), 0)]);
        Builder { survey, junction_of, names, network, edges_of }
    }

    /// Lays a street, cut at its junctions.
    fn lay(&mut self, street: &Street) {
        if !fits(street, self.survey) {
            return;
        }
        let name = self.name(&street.name);
        let mut begin = 0;
        for end in 1..street.line.len() {
            if self.junction_of[at(street.line[end])] != NONE {
                self.edge(street, name, begin, end);
                begin = end;
            }
        }
    }

    fn edge(&mut self, street: &Street, name: u32, begin: usize, end: usize) {
        let line = &street.line[begin..=end];
        let spots: Vec<Spot> = line.iter().map(|node| self.survey.nodes[at(*node)]).collect();
        let length_m: f64 = spots.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let edge = Edge {
            from: self.junction_of[at(line[0])],
            to: self.junction_of[at(line[line.len() - 1])],
            shape: number(self.network.shape.len()),
            length_mm: millimetres(length_m).max(1),
            name,
            class: class_number(street.class),
            flags: flags(street),
            limit_along: street.limit_along.max(SLOWEST),
            limit_against: street.limit_against.max(SLOWEST),
        };
        self.network.shape.extend_from_slice(&spots[1..spots.len() - 1]);
        if let Some(edges) = self.edges_of.get_mut(&street.id) {
            edges.push(number(self.network.edges.len()));
        }
        self.network.edges.push(edge);
    }

    fn name(&mut self, name: &Name) -> u32 {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let fresh = number(self.network.names.len());
        self.names.insert(name.clone(), fresh);
        self.network.names.push(name.clone());
        fresh
    }

    fn finish(mut self) -> Network {
        list_leaving(&mut self.network);
        let resolver = Resolver {
            network: &self.network,
            junction_of: &self.junction_of,
            edges_of: &self.edges_of,
        };
        let (forbidden, without_effect) = resolver.forbidden(self.survey);
        self.network.forbidden = forbidden;
        self.network.rules_without_effect = without_effect;
        self.network
    }
}

/// A point is a junction if a street ends there, if streets meet or cross there, or if a rule or a
/// barrier holds there.
fn meeting_points(survey: &Survey) -> Vec<bool> {
    let mut uses = vec![0_u8; survey.nodes.len()];
    for street in survey.streets.iter().filter(|street| fits(street, survey)) {
        for (place, node) in street.line.iter().enumerate() {
            let is_end = place == 0 || place + 1 == street.line.len();
            let more = if is_end { 2 } else { 1 };
            uses[at(*node)] = uses[at(*node)].saturating_add(more);
        }
    }
    let of_rules = survey.rules.iter().filter_map(|rule| match rule.via {
        Via::Node(node) => Some(node),
        Via::Streets(_) => None,
    });
    for node in of_rules.chain(survey.barriers.iter().copied()) {
        if let Some(uses) = uses.get_mut(at(node)).filter(|uses| **uses > 0) {
            *uses = 2;
        }
    }
    uses.into_iter().map(|uses| uses > 1).collect()
}

fn fits(street: &Street, survey: &Survey) -> bool {
    street.line.len() > 1 && street.line.iter().all(|node| at(*node) < survey.nodes.len())
}

fn list_leaving(network: &mut Network) {
    let mut first = vec![0_u32; network.junctions.len() + 1];
    for edge in &network.edges {
        first[at(edge.from) + 1] += 1;
        first[at(edge.to) + 1] += 1;
    }
    for junction in 1..first.len() {
        first[junction] += first[junction - 1];
    }
    let mut next = first.clone();
    let mut out = vec![0; network.edges.len() * 2];
    for arc in 0..network.arc_count() {
        let place = &mut next[at(network.tail(arc))];
        out[at(*place)] = arc;
        *place += 1;
    }
    network.first_out = first;
    network.out = out;
}

fn flags(street: &Street) -> u8 {
    let mut flags = 0;
    let mut set = |flag: u8, holds: bool| flags |= if holds { flag } else { 0 };
    set(DRIVE_ALONG, !street.along.is_closed());
    set(DRIVE_AGAINST, !street.against.is_closed());
    set(WALK, street.on_foot);
    set(ROUNDABOUT, street.roundabout);
    set(DESTINATION, [street.along, street.against].contains(&Access::Destination));
    flags
}

fn class_number(class: RoadClass) -> u8 {
    let place = RoadClass::ALL.iter().position(|known| *known == class);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates at 4,295 km"
)]
fn millimetres(metres: f64) -> u32 {
    (metres * 1000.0).round() as u32
}
