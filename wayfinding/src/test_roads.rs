//! What tests of roads share: hand-drawn streets, streets by chance, and a plain search to compare with.
//!
//! The plain search knows no hierarchy, no places and no automaton: it remembers the arcs it came over and looks
//! every forbidden row up. Differential tests compare what it finds with what the product finds.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use crate::metric::{Conditions, Metric};
use crate::network::{DESTINATION, Network, at};
use crate::spot::Spot;
use crate::street::{Access, Name, RoadClass, RuleKind, Street, Survey, TurnRule, Via};

/// A metre on the equator, in units; the town of the tests lies there.
pub(crate) const METRE: f64 = 89.932_16;

pub(crate) fn spot(east_m: f64, north_m: f64) -> Spot {
    #[expect(clippy::cast_possible_truncation, reason = "a town")]
    let unit = |metres: f64| (metres * METRE).round() as i32;
    Spot { lon: 1_040_000_000 + unit(east_m), lat: unit(north_m) }
}

/// Streets between points given in metres; `how` has `one-way`, `back` (one-way against the line), `round`,
/// `private`, `path`, `fast` and `=Name`, separated by blanks.
pub(crate) fn drawn(points: &[(f64, f64)], streets: &[(&[u32], &str)]) -> Survey {
    let nodes = points.iter().map(|(east, north)| spot(*east, *north)).collect();
    let streets = streets.iter().enumerate().map(|(number, (line, how))| street(number, line, how));
    Survey { nodes, streets: streets.collect(), ..Survey::default() }
}

fn street(number: usize, line: &[u32], how: &str) -> Street {
    let is = |word: &str| how.split(' ').any(|said| said == word);
    let name = how.split(' ').find_map(|said| said.strip_prefix('=')).unwrap_or_default();
    let open = if is("private") { Access::Destination } else { Access::Open };
    let one = |closed: bool| if closed || is("path") { Access::Closed } else { open };
    Street {
        id: i64::try_from(number).unwrap(),
        line: line.to_vec(),
        class: if is("path") { RoadClass::Path } else { RoadClass::Tertiary },
        name: Name::of(name, "", ""),
        along: one(is("back")),
        against: one(is("one-way") || is("round")),
        on_foot: true,
        roundabout: is("round"),
        limit_along: if is("fast") { 80 } else { 40 },
        limit_against: if is("fast") { 80 } else { 40 },
    }
}

pub(crate) fn at_node(kind: RuleKind, from: i64, node: u32, to: i64) -> TurnRule {
    TurnRule { kind, toward: None, from: vec![from], via: Via::Node(node), to: vec![to] }
}

pub(crate) fn over(kind: RuleKind, from: i64, streets: &[i64], to: i64) -> TurnRule {
    TurnRule {
        kind,
        toward: None,
        from: vec![from],
        via: Via::Streets(streets.to_vec()),
        to: vec![to],
    }
}

/// The same numbers each time (SplitMix64, Steele, Lea, Flood 2014).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 up to, not including, `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A grid of streets by chance: pieces missing, one-ways, private streets, restrictions of every kind, barriers.
pub(crate) fn by_chance(seed: u64, side: u32) -> Survey {
    let mut chance = Chance(seed);
    let mut points = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let mut near = |line: u32| {
                f64::from(line) * 100.0 + f64::from(u8::try_from(chance.below(60)).unwrap())
            };
            points.push((near(column), near(row)));
        }
    }
    let mut lines: Vec<[u32; 2]> = Vec::new();
    for node in 0..side * side {
        let (row, column) = (node / side, node % side);
        if column + 1 < side && !chance.one_in(8) {
            lines.push([node, node + 1]);
        }
        if row + 1 < side && !chance.one_in(8) {
            lines.push([node, node + side]);
        }
    }
    let how: Vec<&str> = lines
        .iter()
        .map(|_| match chance.below(14) {
            0 | 1 => "one-way",
            2 => "back",
            3 => "private",
            4 | 5 => "fast",
            6 => "path",
            _ => "",
        })
        .collect();
    let streets: Vec<(&[u32], &str)> =
        lines.iter().zip(&how).map(|(line, how)| (line.as_slice(), *how)).collect();
    let mut survey = drawn(&points, &streets);
    rules_by_chance(&mut survey, &lines, &mut chance);
    survey
}

fn rules_by_chance(survey: &mut Survey, lines: &[[u32; 2]], chance: &mut Chance) {
    let touching = |node: u32| -> Vec<i64> {
        let here = lines.iter().enumerate().filter(|(_, line)| line.contains(&node));
        here.map(|(number, _)| i64::try_from(number).unwrap()).collect()
    };
    let kinds = [RuleKind::No, RuleKind::NoLeft, RuleKind::NoUTurn, RuleKind::Only];
    for (number, line) in lines.iter().enumerate() {
        let this = i64::try_from(number).unwrap();
        let kind = kinds[chance.below(4)];
        if chance.one_in(6) {
            let streets = touching(line[1]);
            let (from, to) =
                (streets[chance.below(streets.len())], streets[chance.below(streets.len())]);
            survey.rules.push(at_node(kind, from, line[1], to));
        }
        if chance.one_in(9) {
            let (before, after) = (touching(line[0]), touching(line[1]));
            let (from, to) = (before[chance.below(before.len())], after[chance.below(after.len())]);
            if from != this && to != this {
                survey.rules.push(over(kind, from, &[this], to));
            }
        }
        if chance.one_in(40) {
            survey.barriers.push(line[0]);
        }
    }
}

/// A plain search over the arcs of a network.
pub(crate) struct Plain<'a> {
    network: &'a Network,
    rows: HashSet<Vec<u32>>,
    /// Every begin of a forbidden row.
    begins: HashSet<Vec<u32>>,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(network: &'a Network) -> Plain<'a> {
        let rows: HashSet<Vec<u32>> = network.forbidden.iter().cloned().collect();
        let begins =
            rows.iter().flat_map(|row| (1..row.len()).map(|length| row[..length].to_vec()));
        Plain { network, begins: begins.collect(), rows }
    }

    fn cost(&self, arc: u32, metric: Metric, mm: u32) -> u64 {
        let cost = self.network.cost(arc, metric, &Conditions::default());
        let length_mm = self.network.edges[at(arc / 2)].length_mm;
        u64::from(cost) * u64::from(mm) / u64::from(length_mm)
    }

    /// What the way from a place on one arc to a place on another costs.
    pub(crate) fn between(
        &self,
        metric: Metric,
        (from, from_mm): (u32, u32),
        (to, to_mm): (u32, u32),
    ) -> Option<u64> {
        let length = |arc: u32| self.network.edges[at(arc / 2)].length_mm;
        let mut best =
            (from == to && from_mm <= to_mm).then(|| self.cost(to, metric, to_mm - from_mm));
        let first = self.cost(from, metric, length(from) - from_mm);
        let mut queue = BinaryHeap::from([Reverse((first, self.remembered(&[from])))]);
        let mut done: HashSet<Vec<u32>> = HashSet::new();
        while let Some(Reverse((cost, trail))) = queue.pop() {
            if best.is_some_and(|best| best <= cost) {
                break;
            }
            if !done.insert(trail.clone()) {
                continue;
            }
            let edge = &self.network.edges[at(trail[trail.len() - 1] / 2)];
            let junction = if trail[trail.len() - 1] % 2 == 0 { edge.to } else { edge.from };
            for arc in self.network.leaving(junction).iter().copied() {
                let longer = [trail.as_slice(), &[arc]].concat();
                let ends = (0..longer.len()).map(|begin| &longer[begin..]);
                if !self.network.drives(arc) || ends.into_iter().any(|end| self.rows.contains(end))
                {
                    continue;
                }
                let entered = cost + self.entry(arc, junction, metric);
                if arc == to {
                    let whole = entered + self.cost(to, metric, to_mm);
                    best = Some(best.map_or(whole, |best| best.min(whole)));
                }
                let through = entered + self.cost(arc, metric, length(arc));
                queue.push(Reverse((through, self.remembered(&longer))));
            }
        }
        best
    }

    /// Five minutes or a kilometre into a private street from a junction where an open one meets it.
    fn entry(&self, arc: u32, junction: u32, metric: Metric) -> u64 {
        let edges = &self.network.edges;
        if edges[at(arc / 2)].flags & DESTINATION == 0 {
            return 0;
        }
        let meets_open = self.network.leaving(junction).iter().any(|other| {
            let edge = &edges[at(other / 2)];
            edge.flags & DESTINATION == 0 && edge.flags & 3 != 0
        });
        match (meets_open, metric) {
            (false, _) => 0,
            (true, Metric::Fastest) => 300_000,
            (true, Metric::Shortest) => 1_000_000,
        }
    }

    /// The last arc, and as many before it as a forbidden row may go on from.
    fn remembered(&self, trail: &[u32]) -> Vec<u32> {
        let ends = (0..trail.len() - 1).map(|begin| &trail[begin..]);
        let longest = ends.into_iter().find(|end| self.begins.contains(*end));
        longest.unwrap_or(&trail[trail.len() - 1..]).to_vec()
    }
}
