//! The presence in a bay: arrivals and departures become spans with edges and doubts.
//!
//! Only the last span is kept, for only that one can still change. What changed is told to the
//! caller each time.

use vocabulary::{Interval, Timestamp};

use super::past::Past;
use crate::policy::Policy;
use crate::reading::ReadingId;
use crate::setup::Setup;
use crate::span::{Doubt, DoubtReason, Edge, Span};

/// The last presence in a bay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Presence {
    span: Option<Span>,
    past: Past,
}

/// An edge, and why its instant is not known where it is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) edge: Edge,
    pub(super) reason: DoubtReason,
}

impl Bound {
    /// Nobody arrives before the one before has left, and no two at the same instant: so spans are
    /// in order by their arrivals.
    fn after(self, before: &Span) -> Bound {
        let Edge { earliest_at, latest_at } = self.edge;
        let latest_at = latest_at.max(before.arrived.latest_at.plus_ms(1));
        let earliest_at = before.left.map_or(earliest_at, |left| earliest_at.max(left.earliest_at));
        Bound { edge: Edge::between(earliest_at, latest_at), ..self }
    }

    /// Nobody leaves before he can have arrived.
    fn not_before(self, arrived: Edge) -> Bound {
        let latest_at = self.edge.latest_at.max(arrived.latest_at);
        Bound { edge: Edge::between(self.edge.earliest_at, latest_at), ..self }
    }

    fn doubt(self) -> Option<Doubt> {
        let interval = Interval::new(self.edge.earliest_at, self.edge.latest_at)?;
        (!interval.is_empty()).then_some(Doubt { interval, reason: self.reason })
    }
}

impl Presence {
    pub(super) fn of(span: Option<Span>, past: Past) -> Self {
        Presence { span, past }
    }

    pub(super) fn past(&self) -> &Past {
        &self.past
    }

    pub(super) fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    pub(super) fn open(&self) -> Option<&Span> {
        self.span.as_ref().filter(|span| span.left.is_none())
    }

    /// Notes the newest form of a span.
    pub(super) fn tell(span: &Span, changed: &mut Vec<Span>) {
        match changed.iter_mut().rev().find(|known| known.first == span.first) {
            Some(known) => known.clone_from(span),
            None => changed.push(span.clone()),
        }
    }

    /// A vehicle is there: the one that seemed to have left, or another one.
    pub(super) fn arrive(
        &mut self,
        policy: &Policy,
        first: &ReadingId,
        arrived: Bound,
        changed: &mut Vec<Span>,
    ) {
        match self.span.as_mut() {
            Some(span) if could_not_leave(policy, span, arrived.edge.latest_at) => {
                reopen(span);
                self.past.flap();
            }
            before => {
                let arrived = before.as_ref().map_or(arrived, |before| arrived.after(before));
                self.past = before
                    .map_or_else(Past::default, |before| self.past.after(before, arrived.edge));
                self.span = Some(Span {
                    arrived: arrived.edge,
                    left: None,
                    doubts: arrived.doubt().into_iter().collect(),
                    brief: false,
                    first: first.clone(),
                    last: None,
                });
            }
        }
        self.doubt_the_rest();
        changed_span(self.span.as_ref(), changed);
    }

    /// The vehicle left.
    pub(super) fn leave(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        last: &ReadingId,
        left: Bound,
        changed: &mut Vec<Span>,
    ) {
        let Some(span) = self.span.as_mut().filter(|span| span.left.is_none()) else { return };
        let left = left.not_before(span.arrived);
        let longest_ms = left.edge.latest_at.since_ms(span.arrived.earliest_at);
        span.brief = longest_ms < policy.minimum_stay_ms;
        span.left = Some(left.edge);
        span.last = Some(last.clone());
        span.doubts.extend(left.doubt());
        let whole = Interval::new(span.arrived.earliest_at, left.edge.latest_at);
        if longest_ms > policy.stuck_after_ms {
            span.doubts.retain(|d| d.reason != DoubtReason::Stuck);
            let reason = DoubtReason::Stuck;
            span.doubts.extend(whole.map(|interval| Doubt { interval, reason }));
        }
        let closed = setup.closures.iter().filter_map(|closure| closure.overlap(whole?));
        let reason = DoubtReason::OutOfService;
        span.doubts.extend(closed.map(|interval| Doubt { interval, reason }));
        sort(&mut span.doubts);
        self.doubt_the_rest();
        changed_span(self.span.as_ref(), changed);
    }

    /// A device vouches that nobody was there.
    pub(super) fn see_empty(&mut self, policy: &Policy, from_at: Timestamp, to_at: Timestamp) {
        let left = self.span.as_ref().and_then(|span| span.left);
        if let Some(left) = left {
            self.past.see_empty(policy, to_at.since_ms(from_at.max(left.latest_at)));
        }
    }

    /// A stretch that no device vouches for.
    pub(super) fn miss(&mut self, policy: &Policy, doubt: Doubt, changed: &mut Vec<Span>) {
        self.doubt(doubt, changed);
        let Some(span) = self.span.as_ref() else { return };
        if span.arrived.earliest_at < doubt.interval.end_at() {
            self.past.miss(policy, doubt.interval);
            self.doubt_the_rest();
            changed_span(self.span.as_ref(), changed);
        }
    }

    /// From where on it may be another vehicle, whoever came first does not pay.
    fn doubt_the_rest(&mut self) {
        let Some(span) = self.span.as_mut() else { return };
        let reason = DoubtReason::WhichVehicle;
        span.doubts.retain(|d| d.reason != reason);
        let rest = self.past.rest(span);
        span.doubts.extend(rest.map(|interval| Doubt { interval, reason }));
        sort(&mut span.doubts);
    }

    /// A stretch that nobody vouches for, as far as it lies in the last span.
    pub(super) fn doubt(&mut self, doubt: Doubt, changed: &mut Vec<Span>) {
        let Some(span) = self.span.as_mut() else { return };
        let end_at = span.left.map_or(doubt.interval.end_at(), |left| left.latest_at);
        let within = Interval::new(span.arrived.earliest_at, end_at.max(span.arrived.earliest_at));
        let Some(mut interval) = within.and_then(|within| within.overlap(doubt.interval)) else {
            return;
        };
        if doubt.reason == DoubtReason::Disagreement {
            interval = joined(&mut span.doubts, doubt.reason, interval);
        }
        span.doubts.push(Doubt { interval, reason: doubt.reason });
        sort(&mut span.doubts);
        changed_span(self.span.as_ref(), changed);
    }

    /// A stretch that is vouched for after all.
    pub(super) fn vouch(&mut self, policy: &Policy, vouched: Interval, changed: &mut Vec<Span>) {
        let Some(span) = self.span.as_mut().filter(|span| !span.doubts.is_empty()) else { return };
        let before = span.doubts.clone();
        span.doubts = without(&span.doubts, vouched);
        self.past.vouch(policy, vouched);
        self.doubt_the_rest();
        if self.span.as_ref().is_some_and(|span| span.doubts != before) {
            changed_span(self.span.as_ref(), changed);
        }
    }

    /// A presence that is longer than is credible is doubted as a whole, from now on.
    pub(super) fn notice_stuck(&mut self, policy: &Policy, at: Timestamp, changed: &mut Vec<Span>) {
        let Some(span) = self.open() else { return };
        let too_long = at.since_ms(span.arrived.earliest_at) > policy.stuck_after_ms;
        if too_long && !span.doubts.iter().any(|d| d.reason == DoubtReason::Stuck) {
            let interval = Interval::new(span.arrived.earliest_at, at).expect("later than arrived");
            self.doubt(Doubt { interval, reason: DoubtReason::Stuck }, changed);
        }
    }
}

fn changed_span(span: Option<&Span>, changed: &mut Vec<Span>) {
    if let Some(span) = span {
        Presence::tell(span, changed);
    }
}

/// The doubts that are left where a device vouches for a stretch. What a device said is not in
/// doubt then; what its edges or its neighbours say still is.
pub(super) fn without(doubts: &[Doubt], vouched: Interval) -> Vec<Doubt> {
    let mut left = Vec::with_capacity(doubts.len());
    for doubt in doubts {
        match doubt.reason {
            DoubtReason::Silence | DoubtReason::MissingMessages | DoubtReason::DeviceFault => {
                let parts = doubt.interval.without(&[vouched]).into_iter();
                left.extend(parts.map(|interval| Doubt { interval, reason: doubt.reason }));
            }
            _ => left.push(*doubt),
        }
    }
    left
}

/// It had not left after all: what was only known of its departure is forgotten.
fn reopen(span: &mut Span) {
    let left = span.left.take();
    let edge = left.and_then(|left| Interval::new(left.earliest_at, left.latest_at));
    span.doubts.retain(|d| {
        let of_departure = matches!(
            d.reason,
            DoubtReason::MissingEdge | DoubtReason::Clock | DoubtReason::GatewayClock
        );
        let until_departure = matches!(d.reason, DoubtReason::Stuck | DoubtReason::OutOfService);
        let told_by_edge = of_departure && Some(d.interval) == edge;
        !until_departure && !told_by_edge
    });
    span.last = None;
    span.brief = false;
}

/// Takes out the doubts of this reason that touch the interval, and gives it together with them.
fn joined(doubts: &mut Vec<Doubt>, reason: DoubtReason, interval: Interval) -> Interval {
    let (mut from_at, mut to_at) = (interval.start_at(), interval.end_at());
    doubts.retain(|d| {
        let touches = d.interval.start_at() <= to_at && from_at <= d.interval.end_at();
        if d.reason != reason || !touches {
            return true;
        }
        from_at = from_at.min(d.interval.start_at());
        to_at = to_at.max(d.interval.end_at());
        false
    });
    Interval::new(from_at, to_at).unwrap_or(interval)
}

fn sort(doubts: &mut Vec<Doubt>) {
    doubts.sort_by_key(|d| (d.interval, d.reason));
    doubts.dedup();
}

/// Whether the bay cannot have been empty for the merge gap before `at`.
fn could_not_leave(policy: &Policy, span: &Span, at: Timestamp) -> bool {
    span.left.is_some_and(|left| at.since_ms(left.earliest_at) < policy.merge_gap_ms)
}
