//! What a driver has to remember at a junction: which forbidden rows of arcs the last arcs may begin.
//!
//! The **places** of the search are the junctions, and beyond them one place for each begin of a forbidden
//! row: "at this junction, having come over these arcs". So only where something is forbidden, and only
//! for those who come from where it is forbidden, a junction is more than one place. It is the
//! automaton of Aho and Corasick over arcs instead of letters ("Efficient string matching", 1975).

use crate::network::{Network, at, number};

/// The start of every row: nothing to remember.
const START: u32 = u32::MAX;

/// The memory that rules need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns {
    junctions: u32,
    states: Vec<State>,
    /// States after the first arc of a row, by arc.
    first: Vec<(u32, u32)>,
    /// (junction, state), in order.
    at_junction: Vec<(u32, u32)>,
}

#[derive(Clone, Debug)]
struct State {
    /// The arc that led here.
    arc: u32,
    /// The longest shorter memory that holds as well.
    falls_to: u32,
    next: Vec<(u32, u32)>,
    /// Arcs that would end a forbidden row.
    banned: Vec<u32>,
}

impl Turns {
    pub(crate) fn of(network: &Network) -> Turns {
        let mut turns = Turns { junctions: number(network.junctions.len()), ..Turns::default() };
        let mut rows: Vec<&[u32]> = network.forbidden.iter().map(Vec::as_slice).collect();
        rows.sort_unstable();
        for row in rows {
            turns.learn(row);
        }
        turns.first.sort_unstable();
        turns.link();
        let places = turns.states.iter().enumerate();
        turns.at_junction = places.map(|(n, state)| (network.head(state.arc), number(n))).collect();
        turns.at_junction.sort_unstable();
        turns
    }

    fn learn(&mut self, row: &[u32]) {
        let Some((last, begin)) = row.split_last() else { return };
        let mut state = START;
        for arc in begin {
            state = match self.child(state, *arc) {
                Some(known) => known,
                None => self.add(state, *arc),
            };
        }
        if let Some(state) = self.states.get_mut(at(state)) {
            state.banned.push(*last);
        }
    }

    /// Rows come in order, so what a row shares with others was learned last.
    fn child(&self, state: u32, arc: u32) -> Option<u32> {
        let known = self.states.get(at(state)).map_or(&self.first, |state| &state.next);
        known.last().filter(|(a, _)| *a == arc).map(|(_, next)| *next)
    }

    fn add(&mut self, state: u32, arc: u32) -> u32 {
        let fresh = number(self.states.len());
        self.states.push(State { arc, falls_to: START, next: Vec::new(), banned: Vec::new() });
        match self.states.get_mut(at(state)) {
            None => self.first.push((arc, fresh)),
            Some(known) => known.next.push((arc, fresh)),
        }
        fresh
    }

    /// Breadth first: a memory falls to one that is shorter, which is done already.
    fn link(&mut self) {
        let mut queue: Vec<u32> = self.first.iter().map(|(_, state)| *state).collect();
        let mut done = 0;
        while let Some(state) = queue.get(done).copied() {
            done += 1;
            let shorter = self.states[at(state)].falls_to;
            for (arc, next) in self.states[at(state)].next.clone() {
                let falls_to = self.step(shorter, arc);
                self.states[at(next)].falls_to = falls_to;
                if let Some(shorter) = self.states.get(at(falls_to)) {
                    let also = shorter.banned.clone();
                    self.states[at(next)].banned.extend(also);
                }
                queue.push(next);
            }
        }
    }

    /// The memory after one more arc.
    fn step(&self, mut state: u32, arc: u32) -> u32 {
        loop {
            let Some(known) = self.states.get(at(state)) else {
                let place = self.first.binary_search_by_key(&arc, |(first, _)| *first);
                return place.map_or(START, |place| self.first[place].1);
            };
            if let Some((_, next)) = known.next.iter().find(|(a, _)| *a == arc) {
                return *next;
            }
            state = known.falls_to;
        }
    }

    /// How many places the search has.
    pub(crate) fn places(&self) -> u32 {
        self.junctions + number(self.states.len())
    }

    /// How many of them are there because of rules.
    pub(crate) fn memories(&self) -> usize {
        self.states.len()
    }

    /// The place after an arc was driven from a place.
    pub(crate) fn after(&self, network: &Network, place: u32, arc: u32) -> u32 {
        self.named(network, self.step(self.state(place), arc), arc)
    }

    /// The place of who begins on an arc.
    pub(crate) fn first_after(&self, network: &Network, arc: u32) -> u32 {
        self.named(network, self.step(START, arc), arc)
    }

    fn named(&self, network: &Network, state: u32, arc: u32) -> u32 {
        if state == START { network.head(arc) } else { self.junctions + state }
    }

    /// Whether nobody may drive this arc from that place.
    pub(crate) fn bans(&self, place: u32, arc: u32) -> bool {
        self.states.get(at(self.state(place))).is_some_and(|state| state.banned.contains(&arc))
    }

    pub(crate) fn junction(&self, network: &Network, place: u32) -> u32 {
        match self.states.get(at(self.state(place))) {
            Some(state) => network.head(state.arc),
            None => place,
        }
    }

    /// Every place at a junction.
    pub(crate) fn places_at(&self, junction: u32) -> impl Iterator<Item = u32> + '_ {
        let begin = self.at_junction.partition_point(|(known, _)| *known < junction);
        let here =
            self.at_junction[begin..].iter().take_while(move |(known, _)| *known == junction);
        std::iter::once(junction).chain(here.map(|(_, state)| self.junctions + state))
    }

    fn state(&self, place: u32) -> u32 {
        if place < self.junctions { START } else { place - self.junctions }
    }
}
