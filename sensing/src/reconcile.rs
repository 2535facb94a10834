//! Gives spans their identity: compares them with the stays published before, and tells what changed.
//!
//! The longest overlap keeps the id (tie: the older); the rest of a split gets new ids; a merge
//! keeps the oldest stay and the others point to it; what vanished, or turned out to be a pass-by,
//! is void. Only real changes are told: reconciling again after applying them tells nothing.

use serde::{Deserialize, Serialize};
use vocabulary::{StayId, Timestamp};

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
/// `published` holds every stay, void ones included, that may overlap the spans, and `spans` every
/// span of the stretch from the earliest of them on: a published stay inside that stretch without
/// a span has vanished. Stays that only touch the stretch are left alone. `mint` makes a new id.
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
    for (s, span) in spans.iter().enumerate() {
        match matching.stay_of[s] {
            Some(stay) => by_time.extend(revise(stays[stay], span)),
            None if span.brief => {}
            None => by_time.push(open(span, mint())),
        }
    }
    let from_at = spans.iter().map(|span| span.arrived.earliest_at).min();
    for (i, stay) in stays.iter().enumerate() {
        let inside = from_at.is_none_or(|from_at| reaches(&stay.span, from_at));
        if stay.state.is_live() && inside && !matching.stay_of.contains(&Some(i)) {
            let heir = matching.heir_of(i, spans).map(|heir| stays[heir].id);
            closing.push(close(stay, heir));
        }
    }
    closing.extend(by_time);
    closing
}

/// Which stay each span continues.
struct Matching<'a> {
    stays: &'a [&'a PublishedStay],
    /// Index of the stay, by span.
    stay_of: Vec<Option<usize>>,
    horizon_at: Timestamp,
}

impl<'a> Matching<'a> {
    fn make(stays: &'a [&'a PublishedStay], spans: &[Span]) -> Self {
        let known = stays.iter().map(|s| &s.span).chain(spans).map(latest_of).max();
        // One more, so that two open spans always share something.
        let horizon_at = known.unwrap_or(Timestamp::from_ms(0)).plus_ms(1);
        let mut matching = Matching { stays, stay_of: vec![None; spans.len()], horizon_at };
        matching.take(spans, |stay, span| stay.state.is_live() && !span.brief);
        matching.take(spans, |stay, span| stay.state.is_live() && span.brief);
        matching.take(spans, |stay, _| stay.state == StayState::Void);
        matching
    }

    /// Matches free stays with free spans. Each stay wants the span it shares most with; of several
    /// stays that want the same span the oldest gets it, and the others look for what is left.
    fn take(&mut self, spans: &[Span], may: impl Fn(&PublishedStay, &Span) -> bool) {
        loop {
            let wishes: Vec<(usize, usize)> = (0..self.stays.len())
                .filter(|stay| !self.stay_of.contains(&Some(*stay)))
                .filter_map(|stay| Some((self.wish(stay, spans, &may)?, stay)))
                .collect();
            let before = self.stay_of.iter().flatten().count();
            for (span, stay) in wishes {
                self.stay_of[span].get_or_insert(stay);
            }
            if self.stay_of.iter().flatten().count() == before {
                return;
            }
        }
    }

    fn wish(
        &self,
        stay: usize,
        spans: &[Span],
        may: &impl Fn(&PublishedStay, &Span) -> bool,
    ) -> Option<usize> {
        let free = (0..spans.len()).filter(|s| self.stay_of[*s].is_none());
        let fitting = free.filter(|s| may(self.stays[stay], &spans[*s]));
        let shared = fitting.filter_map(|s| Some((self.shared(stay, &spans[s])?, s)));
        shared.max_by_key(|(ms, s)| (*ms, std::cmp::Reverse(*s))).map(|(_, s)| s)
    }

    /// How long stay and span were there together; `None` if they have nothing in common.
    fn shared(&self, stay: usize, span: &Span) -> Option<i64> {
        let stay = self.stays[stay];
        let from_at = stay.span.arrived.earliest_at.max(span.arrived.earliest_at);
        let end_of_stay = match stay.state {
            // Nothing is known of the end of what never was.
            StayState::Void if stay.span.left.is_none() => stay.span.arrived.latest_at,
            _ => self.end_of(&stay.span),
        };
        let ms = end_of_stay.min(self.end_of(span)).since_ms(from_at);
        (ms > 0 || stay.span.first == span.first).then_some(ms.max(0))
    }

    fn end_of(&self, span: &Span) -> Timestamp {
        span.left.map_or(self.horizon_at, |left| left.latest_at)
    }

    /// The stay that took the span in which an unmatched stay lies.
    fn heir_of(&self, stay: usize, spans: &[Span]) -> Option<usize> {
        let taken = (0..spans.len()).filter(|s| !spans[*s].brief);
        taken
            .filter_map(|s| Some((self.shared(stay, &spans[s])?, std::cmp::Reverse(s))))
            .max()
            .and_then(|(_, std::cmp::Reverse(s))| self.stay_of[s])
    }
}

fn latest_of(span: &Span) -> Timestamp {
    span.left.map_or(span.arrived.latest_at, |left| left.latest_at)
}

/// Whether any of the span lies at or after `from_at`, more than its very end.
fn reaches(span: &Span, from_at: Timestamp) -> bool {
    let past_start = span.left.is_none_or(|left| left.latest_at > from_at);
    past_start || span.arrived.earliest_at >= from_at
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
