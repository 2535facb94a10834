//! What a bay makes of the words of its devices.
//!
//! Each device answers for its own word: only a change of it is an event, and the last event wins.
//! A word that merely stands never opens a presence against another device in service, whatever
//! that one last said: so a sensor stuck at occupied makes no stay. It may end one.

use serde::{Deserialize, Serialize};
use vocabulary::{Interval, Timestamp};

use super::Fold;
use super::presence::{Bound, without};
use super::track::Placed;
use super::word::Said;
use crate::observation::Statement;
use crate::policy::Policy;
use crate::setup::Setup;
use crate::span::{Doubt, DoubtReason, Edge, Span};

/// What holds for the bay as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bay {
    pub(super) stated: Option<Stated>,
    /// Since when devices that are heard say different things.
    pub(super) differ_since: Option<Timestamp>,
    /// What one device cannot vouch for and another one still may.
    pending: Vec<Doubt>,
}

/// The last event's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stated {
    pub(super) occupied: bool,
    /// A device confirmed it then.
    confirmed_at: Timestamp,
}

/// What a statement is for the bay.
#[derive(Clone, Copy)]
enum Event {
    /// Nothing changes.
    Confirmed,
    /// It becomes what the statement says.
    Changed(Bound),
    /// The vehicle left unnoticed, and another one arrived.
    Anew { left: Bound, arrived: Bound },
}

impl Fold {
    /// Hears a device that is in service.
    pub(super) fn hear(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        index: usize,
        p: &Placed<'_>,
        changed: &mut Vec<Span>,
    ) {
        self.end_difference(policy, setup, p.at, changed);
        let device = &mut self.devices[index];
        let served = |last_at| setup.served(device.id, last_at, p.at);
        if !device.word.heard_at.is_none_or(served) {
            device.word.forget();
        }
        device.word.hear(policy, p);
        if let Some(statement) = p.o.statement() {
            self.state(policy, setup, index, p, statement, changed);
        }
        self.presence.notice_stuck(policy, p.at, changed);
        self.note_difference(policy, setup, p.at, changed);
    }

    /// The words that stand at `at`, with the place of their device.
    pub(super) fn standing(
        &self,
        policy: &Policy,
        setup: &Setup,
        at: Timestamp,
    ) -> impl Iterator<Item = (usize, Said)> {
        self.devices.iter().enumerate().filter_map(move |(i, device)| {
            let said = device.word.stands(policy, at)?;
            setup.served(device.id, said.at, at).then_some((i, said))
        })
    }

    fn state(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        index: usize,
        p: &Placed<'_>,
        statement: Statement,
        changed: &mut Vec<Span>,
    ) {
        let others: Vec<Said> = self
            .standing(policy, setup, p.at)
            .filter(|(i, _)| *i != index)
            .map(|(_, said)| said)
            .collect();
        let event = self.event(policy, setup, index, p, statement, &others);
        self.account(policy, index, p, statement, changed);
        self.see_empty(policy, index, p, statement);
        if !is_told_by_edges(event) && self.presence.open().is_some() {
            self.doubt_what_lies_between(policy, index, p, statement, &others, changed);
        }
        let occupied = statement.occupied();
        match event {
            Event::Confirmed => {}
            Event::Changed(bound) if occupied => {
                self.bay.pending.clear();
                self.presence.arrive(policy, &p.o.id, bound, changed);
            }
            Event::Changed(bound) => self.leave(policy, setup, p, bound, changed),
            Event::Anew { left, arrived } => {
                self.leave(policy, setup, p, left, changed);
                self.presence.arrive(policy, &p.o.id, arrived, changed);
            }
        }
        let holds = self.bay.stated.is_none_or(|stated| stated.occupied == occupied);
        if holds || !matches!(event, Event::Confirmed) {
            self.bay.stated = Some(Stated { occupied, confirmed_at: p.earliest_at });
        }
        self.devices[index].word.say(policy, statement, p);
    }

    fn event(
        &self,
        policy: &Policy,
        setup: &Setup,
        index: usize,
        p: &Placed<'_>,
        statement: Statement,
        others: &[Said],
    ) -> Event {
        let occupied = statement.occupied();
        let witnessed = Bound { edge: Edge::between(p.earliest_at, p.at), reason: p.reason };
        let since = |from_at: Timestamp| Bound {
            edge: Edge::between(from_at.min(p.earliest_at), p.at),
            reason: DoubtReason::MissingEdge,
        };
        let became = matches!(statement, Statement::Became { .. });
        let bound = |from_at: Timestamp| match became {
            // Without a clock, the word that somebody left is as old as its way was long.
            true if p.unclocked && !occupied => Bound { reason: p.reason, ..since(from_at) },
            true => witnessed,
            false => since(from_at),
        };
        let Some(stated) = self.bay.stated else {
            return if occupied { Event::Changed(witnessed) } else { Event::Confirmed };
        };
        let word = &self.devices[index].word;
        let changes = stated.occupied != occupied;
        match word.said {
            Some(said) if said.occupied != occupied && changes => {
                Event::Changed(bound(said.from_at))
            }
            None if changes && others.is_empty() => Event::Changed(bound(stated.confirmed_at)),
            Some(said) if became && occupied && said.occupied && word.missed_a_change() => {
                let apart = p.at.since_ms(said.from_at) >= policy.merge_gap_ms;
                let covered =
                    others.iter().filter_map(vouched).any(|v| v.start_at() <= said.from_at);
                match covered || !apart {
                    _ if changes => Event::Changed(witnessed),
                    true => Event::Confirmed,
                    false => Event::Anew { left: since(said.from_at), arrived: witnessed },
                }
            }
            Some(_) if changes && others.is_empty() => {
                let alone = || !self.another_in_service(setup, index, p.at);
                match !occupied || alone() {
                    true => Event::Changed(since(stated.confirmed_at)),
                    false => Event::Confirmed,
                }
            }
            _ => Event::Confirmed,
        }
    }

    fn another_in_service(&self, setup: &Setup, index: usize, at: Timestamp) -> bool {
        let mut others = self.devices.iter().enumerate().filter(|(i, _)| *i != index);
        others.any(|(_, d)| d.word.said.is_some_and(|said| setup.served(d.id, said.at, at)))
    }

    /// A device whose word reaches from before without a break has the last say on what others
    /// could not vouch for.
    fn account(
        &mut self,
        policy: &Policy,
        index: usize,
        p: &Placed<'_>,
        statement: Statement,
        changed: &mut Vec<Span>,
    ) {
        let word = &self.devices[index].word;
        let Some(said) = word.said.filter(|said| said.occupied) else { return };
        let reaches_here = statement != Statement::Is { occupied: false };
        if !reaches_here || word.unvouched(policy, statement, p.at).is_some() {
            return;
        }
        let Some(vouched) = Interval::new(said.since(), p.earliest_at) else { return };
        self.bay.pending = without(&self.bay.pending, vouched);
        self.presence.vouch(policy, vouched, changed);
    }

    /// A device whose word is that the bay is empty vouches for it up to here, or up to that word.
    fn see_empty(&mut self, policy: &Policy, index: usize, p: &Placed<'_>, statement: Statement) {
        let word = &self.devices[index].word;
        let Some(said) = word.said.filter(|said| !said.occupied) else { return };
        let unbroken = word.unvouched(policy, statement, p.at).is_none();
        let reaches_here = unbroken && statement != Statement::Is { occupied: true };
        let to_at = if reaches_here { p.earliest_at } else { said.from_at };
        self.presence.see_empty(policy, said.since(), to_at);
    }

    /// What nobody vouches for between the last word and this one, while a vehicle was there.
    fn doubt_what_lies_between(
        &mut self,
        policy: &Policy,
        index: usize,
        p: &Placed<'_>,
        statement: Statement,
        others: &[Said],
        changed: &mut Vec<Span>,
    ) {
        let word = &self.devices[index].word;
        let unwatched = |interval| Doubt { interval, reason: DoubtReason::Silence };
        let unvouched = match (word.said, self.bay.stated) {
            (Some(said), _) if said.occupied => word.unvouched(policy, statement, p.at),
            (Some(_), _) if !statement.occupied() => None,
            (_, Some(stated)) => Interval::new(stated.confirmed_at, p.at).map(unwatched),
            (_, None) => None,
        };
        let mut left: Vec<Doubt> = unvouched.into_iter().collect();
        for vouched in others.iter().filter_map(vouched) {
            left = without(&left, vouched);
        }
        if !others.is_empty() {
            self.bay.pending.extend(left);
            return;
        }
        left.iter().for_each(|doubt| self.presence.miss(policy, *doubt, changed));
    }

    fn leave(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        p: &Placed<'_>,
        left: Bound,
        changed: &mut Vec<Span>,
    ) {
        if let Some(since) = self.bay.differ_since {
            self.doubt_difference(policy, since, p.at, changed);
        }
        for doubt in std::mem::take(&mut self.bay.pending) {
            self.presence.miss(policy, doubt, changed);
        }
        self.presence.leave(policy, setup, &p.o.id, left, changed);
    }
}

/// An edge that was not witnessed is its own doubt.
fn is_told_by_edges(event: Event) -> bool {
    match event {
        Event::Confirmed => false,
        Event::Changed(bound) => bound.reason == DoubtReason::MissingEdge,
        Event::Anew { .. } => true,
    }
}

/// The stretch at whose beginning and end, and without a break between, a device said that a
/// vehicle was there.
fn vouched(said: &Said) -> Option<Interval> {
    Interval::new(said.since(), said.from_at).filter(|_| said.occupied)
}
