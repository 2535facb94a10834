//! The fold: a bay's observations, in order, become spans of presence and the bay's live state.
//!
//! Deterministic and without ids: the same observations give the same spans, whichever way they
//! came. The state after a prefix is bounded in size and can be stored. What is *not* done here:
//! giving stays their identity (`reconcile`) and putting observations in order (`sort`).
//!
//! - **Silence is not vacancy**: a silent device turns the bay unknown and ends no span.
//! - A message that is known to be missing widens an edge; it never invents an instant.

mod counter;

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Interval, Timestamp};

use crate::health::Condition;
use crate::observation::{Observation, Statement};
use crate::policy::Policy;
use crate::reading::Reading;
use crate::setup::Setup;
use crate::span::{Doubt, DoubtReason, Edge, Span};
use counter::{Counter, Place};

/// Which rules made a stay; raised with every change that could give other spans.
pub const FOLD_VERSION: u32 = 2;

/// What is known after a prefix of a bay's observations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    devices: Vec<Counter>,
    /// The last place in the bay's order.
    latest: Option<(Timestamp, DeviceId)>,
    heard_at: Option<Timestamp>,
    stated: Option<Stated>,
    /// The silence since `stated`, until something is said about the bay again.
    silence: Option<Interval>,
    /// The last span; the only one that can still change.
    span: Option<Span>,
}

/// The last word about the bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stated {
    at: Timestamp,
    occupied: bool,
}

/// A reading belongs before something that was folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late;

/// Which identity a reading has in its bay's ledger of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The stretch of counting it belongs to; after a counter reset without join not the wire's own
    /// name but `01cdf20a@1789430400000`.
    pub epoch: String,
    pub admission: Admission,
}

/// Whether a number was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Never counted.
    New,
    /// Counted before: with the same content a repeat, with other content a reused identity.
    Seen,
    /// The ledger does not reach so far: look the identity up.
    Unsure,
}

/// What a bay shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BayState {
    Occupied,
    Free,
    /// Never heard of, or silent. Not free.
    Unknown,
}

/// Why a bay shows what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateReason {
    /// A device that is heard says so.
    Heard,
    /// Nothing was ever said about the bay.
    NeverHeard,
    /// Every device has been silent for too long.
    Silent,
    /// Devices that are heard say different things.
    Disagreement,
    /// The bay is out of service.
    OutOfService,
    /// No device is in service at the bay, or the bay does not exist yet.
    NotInService,
    /// The device reported a fault and has not vouched for the bay since.
    DeviceFault,
}

impl StateReason {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StateReason::Heard => "heard",
            StateReason::NeverHeard => "never_heard",
            StateReason::Silent => "silent",
            StateReason::Disagreement => "disagreement",
            StateReason::OutOfService => "out_of_service",
            StateReason::NotInService => "not_in_service",
            StateReason::DeviceFault => "device_fault",
        }
    }
}

/// A bay as it is shown at some instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    pub state: BayState,
    pub reason: StateReason,
    /// When the bay was last vouched for.
    pub observed_at: Option<Timestamp>,
    /// When it turns unknown if nothing more is heard; `None` if it is unknown already.
    pub silent_at: Option<Timestamp>,
}

impl BayState {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            BayState::Occupied => "occupied",
            BayState::Free => "free",
            BayState::Unknown => "unknown",
        }
    }
}

/// Folds observations in the order of `sort`: the state after all, and every span, oldest first.
#[must_use]
pub fn fold(policy: &Policy, setup: &Setup, sorted: &[Observation]) -> (Fold, Vec<Span>) {
    let mut state = Fold::new();
    let mut spans: Vec<Span> = Vec::new();
    for observation in sorted {
        for span in state.step(policy, setup, observation) {
            match spans.iter_mut().rev().find(|known| known.first == span.first) {
                Some(known) => *known = span,
                None => spans.push(span),
            }
        }
    }
    (state, spans)
}

impl Fold {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `o` sorts after everything folded so far, so that a step gives what folding from
    /// the start would give. Where this is `false`, fold from the start.
    #[must_use]
    pub fn follows(&self, _policy: &Policy, _setup: &Setup, o: &Observation) -> bool {
        self.place(o) == Place::After
    }

    /// Folds one more observation. Gives the spans it changed, oldest first, and the open one
    /// even if nothing about it changed. What was folded before, or belongs before, changes
    /// nothing and gives nothing.
    pub fn step(&mut self, policy: &Policy, _setup: &Setup, o: &Observation) -> Vec<Span> {
        if self.place(o) == Place::Before {
            return Vec::new();
        }
        let at = self.time_of(o);
        let missed = self.counter(o).is_some_and(|c| c.said == Some(true) && c.missed_before(o));
        self.hear(policy, o, at);
        let mut changed = match o.statement() {
            None => Vec::new(),
            Some(Statement::Became { occupied: true }) if missed => self.arrive_anew(policy, o, at),
            Some(Statement::Became { occupied }) => self.state(policy, o, occupied, Edge::at(at)),
            Some(Statement::Is { occupied }) => {
                let since = self.stated.map_or(at, |s| s.at);
                self.state(policy, o, occupied, Edge::between(since, at))
            }
        };
        if changed.is_empty() {
            changed.extend(self.span.clone().filter(|s| s.left.is_none()));
        }
        changed
    }

    /// What the bay shows at `now`.
    #[must_use]
    pub fn live(&self, policy: &Policy, _setup: &Setup, now: Timestamp) -> Live {
        let observed_at = self.stated.map(|s| s.at).or(self.heard_at);
        let silent_at = self.heard_at.map(|at| at.plus_ms(policy.silence_ms()));
        let silent = self.silence.is_some() || silent_at.is_none_or(|at| at <= now);
        match self.stated {
            Some(stated) if !silent => {
                let state = if stated.occupied { BayState::Occupied } else { BayState::Free };
                Live { state, reason: StateReason::Heard, observed_at, silent_at }
            }
            None => Live {
                state: BayState::Unknown,
                reason: StateReason::NeverHeard,
                observed_at,
                silent_at: None,
            },
            _ => Live {
                state: BayState::Unknown,
                reason: StateReason::Silent,
                observed_at,
                silent_at: None,
            },
        }
    }

    /// Whether the bay's ledger of numbers knows the reading.
    #[must_use]
    pub fn identify(&self, reading: &Reading) -> Identity {
        Identity { epoch: reading.id.epoch.clone(), admission: Admission::Unsure }
    }

    /// The highest number up to which everything of the epoch is counted.
    #[must_use]
    pub fn stored_up_to(&self, _device: DeviceId, _epoch: &str) -> Option<i64> {
        None
    }

    /// Takes readings stored after this state was saved, in any order: the spans they changed, or
    /// `Late` if one belongs before something folded; then nothing is changed.
    ///
    /// # Errors
    /// `Late`: go on from an older state, or from the start.
    pub fn resume(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        mut later: Vec<Observation>,
    ) -> Result<Vec<Span>, Late> {
        crate::observation::sort(&mut later);
        if !later.iter().all(|o| self.follows(policy, setup, o)) {
            return Err(Late);
        }
        let mut changed: Vec<Span> = Vec::new();
        for o in &later {
            for span in self.step(policy, setup, o) {
                match changed.iter_mut().find(|known| known.first == span.first) {
                    Some(known) => *known = span,
                    None => changed.push(span),
                }
            }
        }
        Ok(changed)
    }

    /// What is wrong with the bay's devices, as far as it follows from the fold.
    #[must_use]
    pub fn conditions(&self, _policy: &Policy, _setup: &Setup, _now: Timestamp) -> Vec<Condition> {
        Vec::new()
    }

    /// The last span; the only one that can still change.
    #[must_use]
    pub fn last_span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    fn counter(&self, o: &Observation) -> Option<&Counter> {
        self.devices.iter().find(|c| c.device == o.id.device)
    }

    fn time_of(&self, o: &Observation) -> Timestamp {
        self.counter(o).map_or(o.observed_at, |c| c.at.max(o.observed_at))
    }

    fn place(&self, o: &Observation) -> Place {
        let place = (self.time_of(o), o.id.device);
        if self.latest.is_some_and(|latest| place < latest) {
            return Place::Before;
        }
        self.counter(o).map_or(Place::After, |c| c.place(o))
    }

    /// Counts the observation and notes the silence before it.
    fn hear(&mut self, policy: &Policy, o: &Observation, at: Timestamp) {
        match self.devices.iter_mut().find(|c| c.device == o.id.device) {
            Some(counter) => counter.count(o),
            None => self.devices.push(Counter::new(o)),
        }
        if let Some(counter) = self.devices.iter_mut().find(|c| c.device == o.id.device) {
            counter.said = match o.statement() {
                None => counter.said,
                Some(Statement::Became { occupied } | Statement::Is { occupied }) => Some(occupied),
            };
        }
        let silent_from = self.heard_at.map_or(at, |heard| heard.plus_ms(policy.silence_ms()));
        if at > silent_from {
            let from = self.silence.map_or(silent_from, Interval::start_at);
            self.silence = Interval::new(from, at);
        }
        self.latest = Some((at, o.id.device));
        self.heard_at = Some(at);
    }

    /// Takes a word about the bay; `edge` is where the change lies, if it is one.
    fn state(&mut self, policy: &Policy, o: &Observation, occupied: bool, edge: Edge) -> Vec<Span> {
        let silence = self.silence.take();
        self.stated = Some(Stated { at: edge.latest_at, occupied });
        let open = self.span.as_mut().filter(|s| s.left.is_none());
        match (open, occupied) {
            (Some(span), true) => {
                let Some(interval) = silence else { return Vec::new() };
                span.doubts.push(Doubt { interval, reason: DoubtReason::Silence });
                vec![span.clone()]
            }
            (Some(span), false) => {
                // A departure that was not witnessed lies before the silence or in it.
                let unvouched = silence.filter(|_| edge == Edge::at(edge.latest_at));
                let reason = DoubtReason::Silence;
                span.doubts.extend(unvouched.map(|interval| Doubt { interval, reason }));
                leave(policy, span, o, edge);
                vec![span.clone()]
            }
            (None, true) => self.arrive(policy, o, edge),
            (None, false) => Vec::new(),
        }
    }

    /// A vehicle is there: the one that seemed to have left, or another one.
    fn arrive(&mut self, policy: &Policy, o: &Observation, arrived: Edge) -> Vec<Span> {
        match self.span.as_mut() {
            Some(span) if could_not_leave(policy, span, arrived.latest_at) => {
                let doubt = span.left.take().and_then(Edge::doubt);
                span.doubts.retain(|d| Some(*d) != doubt);
                span.last = None;
                span.brief = false;
                vec![span.clone()]
            }
            _ => {
                let span = Span {
                    arrived,
                    left: None,
                    doubts: arrived.doubt().into_iter().collect(),
                    brief: false,
                    first: o.id.clone(),
                    last: None,
                };
                self.span = Some(span.clone());
                vec![span]
            }
        }
    }

    /// A device that said `occupied`, and whose next message is missing, says that a vehicle
    /// arrived: the one before it left somewhere in between.
    fn arrive_anew(&mut self, policy: &Policy, o: &Observation, at: Timestamp) -> Vec<Span> {
        let since = self.stated.map_or(at, |s| s.at);
        let open = self.span.as_mut().filter(|s| s.left.is_none());
        let Some(span) = open.filter(|_| at.since_ms(since) >= policy.merge_gap_ms) else {
            return self.state(policy, o, true, Edge::at(at));
        };
        leave(policy, span, o, Edge::between(since, at));
        let left = span.clone();
        self.silence = None;
        self.stated = Some(Stated { at, occupied: true });
        let mut changed = vec![left];
        changed.extend(self.arrive(policy, o, Edge::at(at)));
        changed
    }
}

fn leave(policy: &Policy, span: &mut Span, o: &Observation, left: Edge) {
    span.brief = left.latest_at.since_ms(span.arrived.earliest_at) < policy.minimum_stay_ms;
    span.doubts.extend(left.doubt());
    span.left = Some(left);
    span.last = Some(o.id.clone());
}

/// Whether the bay cannot have been empty for the merge gap before `at`.
fn could_not_leave(policy: &Policy, span: &Span, at: Timestamp) -> bool {
    span.left.is_some_and(|left| at.since_ms(left.earliest_at) < policy.merge_gap_ms)
}
