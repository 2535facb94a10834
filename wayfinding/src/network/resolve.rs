//! Rules between streets as rows of arcs that nobody may drive one after the other.
//!
//! `only_…` forbids every other way on. A rule over streets (`via` is a way) is a longer row. Turning back:
//! where turning left is forbidden, turning back is too, where traffic drives on the right (Regulation on the
//! Implementation of the Road Traffic Safety Law, article 49).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use super::build::NONE;
use super::{Network, at};
use crate::spot::turn_deg;
use crate::street::{RuleKind, Survey, Toward, TurnRule, Via};

/// Longest way between `from` and `to`, in edges.
const LONGEST_VIA: usize = 24;

pub(super) struct Resolver<'a> {
    pub(super) network: &'a Network,
    pub(super) junction_of: &'a [u32],
    pub(super) edges_of: &'a HashMap<i64, Vec<u32>>,
}

impl Resolver<'_> {
    /// The forbidden rows, in order and each once, and how many rules forbid nothing.
    pub(super) fn forbidden(&self, survey: &Survey) -> (Vec<Vec<u32>>, u64) {
        let (mut rows, mut without_effect) = (Vec::new(), 0);
        for rule in &survey.rules {
            let before = rows.len();
            match &rule.via {
                Via::Node(node) => self.at_junction(rule, *node, &mut rows),
                Via::Streets(streets) => self.over_streets(rule, streets, &mut rows),
            }
            without_effect += u64::from(rows.len() == before);
        }
        for node in &survey.barriers {
            self.barrier(*node, &mut rows);
        }
        rows.sort_unstable();
        rows.dedup();
        (rows, without_effect)
    }

    fn junction(&self, node: u32) -> Option<u32> {
        self.junction_of.get(at(node)).copied().filter(|junction| *junction != NONE)
    }

    /// The arcs of a street that may be driven.
    fn arcs<'b>(&'b self, streets: &'b [i64]) -> impl Iterator<Item = u32> + 'b {
        let edges = streets.iter().filter_map(|street| self.edges_of.get(street)).flatten();
        edges.flat_map(|edge| [edge * 2, edge * 2 + 1]).filter(|arc| self.network.drives(*arc))
    }

    fn driven_from(&self, junction: u32) -> impl Iterator<Item = u32> + '_ {
        self.network.leaving(junction).iter().copied().filter(|arc| self.network.drives(*arc))
    }

    fn at_junction(&self, rule: &TurnRule, node: u32, rows: &mut Vec<Vec<u32>>) {
        let Some(junction) = self.junction(node) else { return };
        for (from, meant) in self.pairs(rule, junction) {
            match rule.kind {
                RuleKind::Only => {
                    let others = self.driven_from(junction).filter(|arc| !meant.contains(arc));
                    rows.extend(others.map(|arc| vec![from, arc]));
                }
                _ => rows.extend(meant.iter().map(|arc| vec![from, *arc])),
            }
            if rule.kind == RuleKind::NoLeft && self.network.drives(from ^ 1) {
                rows.push(vec![from, from ^ 1]);
            }
        }
    }

    /// The arcs that a rule speaks of: each that comes to the junction, with those that it may mean.
    fn pairs(&self, rule: &TurnRule, junction: u32) -> Vec<(u32, Vec<u32>)> {
        let network = self.network;
        let to: Vec<u32> =
            self.arcs(&rule.to).filter(|arc| network.tail(*arc) == junction).collect();
        let same_street = rule.from == rule.to;
        let from = self.arcs(&rule.from).filter(|arc| network.head(*arc) == junction);
        let meant = from.map(|from| {
            // A street that goes on beyond the junction is meant ahead, unless turning back is meant.
            let (back, ahead): (Vec<u32>, Vec<u32>) = to.iter().partition(|arc| **arc == from ^ 1);
            let meant = match rule.kind {
                RuleKind::NoUTurn if same_street => back,
                _ if same_street && !ahead.is_empty() => ahead,
                _ => to.clone(),
            };
            (from, meant)
        });
        let meant: Vec<(u32, Vec<u32>)> = meant.filter(|(_, meant)| !meant.is_empty()).collect();
        let is_plain = meant.len() == 1 && meant[0].1.len() == 1;
        let Some(toward) = rule.toward.filter(|_| !is_plain) else { return meant };
        // The streets go on beyond the junction: only the sign says which way is meant.
        let as_signed = meant.iter().map(|(from, meant)| {
            let is_meant = |to: &u32| self.leads(*from, *to, toward);
            (*from, meant.iter().copied().filter(is_meant).collect::<Vec<u32>>())
        });
        let as_signed: Vec<_> = as_signed.filter(|(_, meant)| !meant.is_empty()).collect();
        if as_signed.is_empty() { meant } else { as_signed }
    }

    fn leads(&self, from: u32, to: u32, toward: Toward) -> bool {
        let (before, after) = (self.network.line(from), self.network.line(to));
        let into = before[before.len() - 2].to(before[before.len() - 1]).bearing_deg();
        let turn = turn_deg(into, after[0].to(after[1]).bearing_deg());
        match toward {
            Toward::Left => (-170.0..-20.0).contains(&turn),
            Toward::Right => (20.0..170.0).contains(&turn),
            Toward::Straight => turn.abs() <= 50.0,
        }
    }

    fn over_streets(&self, rule: &TurnRule, via: &[i64], rows: &mut Vec<Vec<u32>>) {
        let to: Vec<u32> = self.arcs(&rule.to).collect();
        for from in self.arcs(&rule.from) {
            for to in &to {
                let Some(chain) = self.chain(from, via, *to) else { continue };
                match rule.kind {
                    RuleKind::Only => self.others_along(&chain, rows),
                    _ => rows.push(chain),
                }
            }
        }
    }

    /// The row from one arc over all of the streets to another one; none if they do not hang together so.
    fn chain(&self, from: u32, via: &[i64], to: u32) -> Option<Vec<u32>> {
        let (begin, end) = (self.network.head(from), self.network.tail(to));
        let arcs: Vec<u32> = self.arcs(via).collect();
        let mut came_by: HashMap<u32, Option<u32>> = HashMap::from([(begin, None)]);
        let mut queue = VecDeque::from([begin]);
        while let Some(junction) = queue.pop_front() {
            for arc in arcs.iter().filter(|arc| self.network.tail(**arc) == junction) {
                let head = self.network.head(*arc);
                if let Entry::Vacant(unseen) = came_by.entry(head) {
                    unseen.insert(Some(*arc));
                    queue.push_back(head);
                }
            }
        }
        let (mut row, mut junction) = (vec![to], end);
        while let Some(arc) = (*came_by.get(&junction)?).filter(|_| row.len() <= LONGEST_VIA) {
            row.push(arc);
            junction = self.network.tail(arc);
        }
        if junction != begin || row.len() < 2 {
            return None;
        }
        let edges: HashSet<u32> = row[1..].iter().map(|arc| arc / 2).collect();
        let uses = |street: &i64| {
            let edges_of = self.edges_of.get(street);
            edges_of.is_some_and(|of| of.iter().any(|edge| edges.contains(edge)))
        };
        if !via.iter().all(uses) {
            return None;
        }
        row.push(from);
        row.reverse();
        Some(row)
    }

    /// Whoever drives the first of a row must drive the next, to the end.
    fn others_along(&self, chain: &[u32], rows: &mut Vec<Vec<u32>>) {
        for length in 1..chain.len() {
            let so_far = &chain[..length];
            let junction = self.network.head(so_far[length - 1]);
            for arc in self.driven_from(junction).filter(|arc| *arc != chain[length]) {
                rows.push([so_far, &[arc]].concat());
            }
        }
    }

    /// Nobody drives past it; one may turn back.
    fn barrier(&self, node: u32, rows: &mut Vec<Vec<u32>>) {
        let Some(junction) = self.junction(node) else { return };
        let into: Vec<u32> = self.network.leaving(junction).iter().map(|arc| arc ^ 1).collect();
        for from in into.into_iter().filter(|arc| self.network.drives(*arc)) {
            for to in self.driven_from(junction).filter(|arc| *arc != from ^ 1) {
                rows.push(vec![from, to]);
            }
        }
    }
}
