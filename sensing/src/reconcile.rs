//! Gives spans their identity: compares them with the stays published before, and tells what changed.
//!
//! The longest overlap keeps the id (tie: the older); the rest of a split gets new ids; a merge
//! keeps the oldest stay and the others point to it; what vanished, or turned out to be a pass-by,
//! is void. Only real changes are told: reconciling again after applying them tells nothing.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use vocabulary::{StayId, Timestamp};

use crate::reading::ReadingId;
use crate::span::Span;

/// Where a stay is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StayState {
    /// The vehicle is there.
    Present,
    /// The vehicle has left.
    Left,
    /// There was no such stay.
    Void,
    /// It is part of another stay.
    Superseded,
}

/// A stay as it was published last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedStay {
    pub id: StayId,
    pub span: Span,
    pub state: StayState,
    /// Of the last publication, from 1.
    pub revision: u32,
}

/// The next revision of a stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub stay_id: StayId,
    /// 1 for a new stay.
    pub revision: u32,
    pub state: StayState,
    pub span: Span,
    pub change: Change,
}

/// What a revision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new stay.
    Opened,
    /// The vehicle left.
    Left,
    /// It had not left after all, or the stay was void and is not.
    Reopened,
    /// An edge moved.
    Shifted,
    /// Only the doubts changed.
    Doubted,
    /// There was no such stay.
    Voided,
    /// It is part of that stay.
    SupersededBy(StayId),
}

impl StayState {
    const ALL: [StayState; 4] =
        [StayState::Present, StayState::Left, StayState::Void, StayState::Superseded];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StayState::Present => "present",
            StayState::Left => "left",
            StayState::Void => "void",
            StayState::Superseded => "superseded",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    fn of(span: &Span) -> Self {
        match span {
            Span { brief: true, .. } => StayState::Void,
            Span { left: Some(_), .. } => StayState::Left,
            Span { left: None, .. } => StayState::Present,
        }
    }

    fn is_live(self) -> bool {
        matches!(self, StayState::Present | StayState::Left)
    }
}

impl Change {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Change::Opened => "opened",
            Change::Left => "left",
            Change::Reopened => "reopened",
            Change::Shifted => "shifted",
            Change::Doubted => "doubted",
            Change::Voided => "voided",
            Change::SupersededBy(_) => "superseded",
        }
    }
}

/// The revisions that turn `published` into what `spans` say; closing ones first, then by time.
///
/// `published` holds every stay in question, void ones included: those that arrived when the first
/// of `spans` did or later (`Span::arrived_at`), or all of a bay. `spans`, in order, holds all that
/// there is from there on: a published stay that has no span has vanished. `mint` makes a new id.
pub fn reconcile(
    published: &[PublishedStay],
    spans: &[Span],
    mint: &mut dyn FnMut() -> StayId,
) -> Vec<Revision> {
    let mut stays: Vec<&PublishedStay> = published.iter().collect();
    stays.sort_by_key(|stay| (stay.span.arrived.latest_at, stay.id));
    let matching = Matching::make(&stays, spans);
    let mut closing = Vec::new();
    let mut by_time = Vec::new();
    for (span, stay) in spans.iter().zip(&matching.stay_of) {
        match stay {
            Some(stay) => by_time.extend(revise(stays[*stay], span)),
            None if span.brief => {}
            None => by_time.push(open(span, mint())),
        }
    }
    for (i, stay) in stays.iter().enumerate() {
        if stay.state.is_live() && !matching.matched[i] {
            let heir = matching.heir_of(i, spans).map(|heir| stays[heir].id);
            closing.push(close(stay, heir));
        }
    }
    closing.extend(by_time);
    closing
}

/// Which stay each span continues.
struct Matching {
    /// By stay: the spans it has something in common with, and how long, in milliseconds.
    shares: Vec<Vec<(usize, i64)>>,
    /// By stay.
    matched: Vec<bool>,
    /// Index of the stay, by span.
    stay_of: Vec<Option<usize>>,
}

impl Matching {
    fn make(stays: &[&PublishedStay], spans: &[Span]) -> Self {
        let shares = shares(stays, spans);
        let matched = vec![false; stays.len()];
        let mut matching = Matching { shares, matched, stay_of: vec![None; spans.len()] };
        let live = |i: usize| stays[i].state.is_live();
        matching.take(|stay, span| live(stay) && !spans[span].brief);
        matching.take(|stay, span| live(stay) && spans[span].brief);
        matching.take(|stay, _| stays[stay].state == StayState::Void);
        matching
    }

    /// Matches free stays with free spans. Each stay wants the span it shares most with; of several
    /// stays that want the same span the oldest gets it, and the others look for what is left.
    fn take(&mut self, may: impl Fn(usize, usize) -> bool) {
        loop {
            let free = (0..self.matched.len()).filter(|stay| !self.matched[*stay]);
            let wishes: Vec<(usize, usize)> =
                free.filter_map(|stay| Some((self.wish(stay, &may)?, stay))).collect();
            if wishes.is_empty() {
                return;
            }
            for (span, stay) in wishes {
                if self.stay_of[span].is_none() {
                    self.stay_of[span] = Some(stay);
                    self.matched[stay] = true;
                }
            }
        }
    }

    fn wish(&self, stay: usize, may: &impl Fn(usize, usize) -> bool) -> Option<usize> {
        let free = |span: &usize| self.stay_of[*span].is_none() && may(stay, *span);
        let shares = self.shares[stay].iter().filter(|(span, _)| free(span));
        shares.max_by_key(|(span, ms)| (*ms, Reverse(*span))).map(|(span, _)| *span)
    }

    /// The stay that took the span in which an unmatched stay lies.
    fn heir_of(&self, stay: usize, spans: &[Span]) -> Option<usize> {
        let shares = self.shares[stay].iter().filter(|(span, _)| !spans[*span].brief);
        let (span, _) = shares.max_by_key(|(span, ms)| (*ms, Reverse(*span)))?;
        self.stay_of[*span]
    }
}

/// What each stay has in common with which spans. Both are in order, so few pairs are looked at.
fn shares(stays: &[&PublishedStay], spans: &[Span]) -> Vec<Vec<(usize, i64)>> {
    let known = stays.iter().map(|s| &s.span).chain(spans).map(latest_of).max();
    // One more, so that two open spans always share something.
    let horizon_at = known.unwrap_or(Timestamp::from_ms(0)).plus_ms(1);
    let end_of = |span: &Span| span.left.map_or(horizon_at, |left| left.latest_at);
    let opened: HashMap<&ReadingId, usize> =
        spans.iter().enumerate().map(|(i, span)| (&span.first, i)).collect();
    let of_stay = |stay: &&PublishedStay| {
        let from_at = stay.span.arrived.earliest_at;
        let to_at = match stay.state {
            // Nothing is known of the end of what never was.
            StayState::Void if stay.span.left.is_none() => stay.span.arrived.latest_at,
            _ => end_of(&stay.span),
        };
        let first = spans.partition_point(|span| end_of(span) <= from_at);
        let near = spans[first..].iter().take_while(|span| span.arrived.earliest_at < to_at);
        let mut shares: Vec<(usize, i64)> = (first..)
            .zip(near)
            .map(|(i, span)| {
                let both_from_at = from_at.max(span.arrived.earliest_at);
                (i, to_at.min(end_of(span)).since_ms(both_from_at))
            })
            .filter(|(_, ms)| *ms > 0)
            .collect();
        // Opened by the same reading is the same vehicle, even if nothing else is left of it.
        let same = opened.get(&stay.span.first).filter(|i| shares.iter().all(|(s, _)| s != *i));
        shares.extend(same.map(|i| (*i, 0)));
        shares
    };
    stays.iter().map(of_stay).collect()
}

fn latest_of(span: &Span) -> Timestamp {
    span.left.map_or(span.arrived.latest_at, |left| left.latest_at)
}

fn open(span: &Span, id: StayId) -> Revision {
    let state = StayState::of(span);
    Revision { stay_id: id, revision: 1, state, span: span.clone(), change: Change::Opened }
}

fn close(stay: &PublishedStay, heir: Option<StayId>) -> Revision {
    let (state, change) = match heir {
        Some(heir) => (StayState::Superseded, Change::SupersededBy(heir)),
        None => (StayState::Void, Change::Voided),
    };
    let revision = stay.revision.saturating_add(1);
    Revision { stay_id: stay.id, revision, state, span: stay.span.clone(), change }
}

fn revise(stay: &PublishedStay, span: &Span) -> Option<Revision> {
    let state = StayState::of(span);
    let change = match (stay.state, state) {
        (StayState::Void, StayState::Void) => return None,
        (from, to) if from == to => changed_within(&stay.span, span)?,
        (StayState::Present, StayState::Left) => Change::Left,
        (_, StayState::Void) => Change::Voided,
        _ => Change::Reopened,
    };
    let revision = stay.revision.saturating_add(1);
    Some(Revision { stay_id: stay.id, revision, state, span: span.clone(), change })
}

fn changed_within(old: &Span, new: &Span) -> Option<Change> {
    let undoubted = |span: &Span| Span { doubts: Vec::new(), ..span.clone() };
    match old == new {
        true => None,
        false if undoubted(old) == undoubted(new) => Some(Change::Doubted),
        false => Some(Change::Shifted),
    }
}
