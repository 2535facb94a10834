//! The fold: a bay's observations become spans of presence and the bay's live state.
//!
//! Deterministic and without ids: the same observations give the same spans and the same state,
//! whichever way they came. The state after a prefix is bounded in size and can be stored; what was
//! stored later goes on from it (`resume`), or is told to be `Late`. What is *not* done here:
//! giving stays their identity (`reconcile`).
//!
//! - **Silence is not vacancy**: a silent device turns the bay unknown and ends no span.
//! - A message that is known to be missing widens an edge or leaves a doubt; it never invents an
//!   instant. Where a presence is not doubted, a device that is heard vouches for it.
//! - Each device answers for its own word: only a change of it is an event of the bay.
//!
//! `track` and `clock` put readings in their places, `word` is what one device says, `bay` is what
//! the bay makes of it, `presence` keeps the last span, `past` whose it may be, `difference` is where devices disagree,
//! `ledger` knows the numbers, `live` shows, `stored` is the form in which it is kept.

mod bay;
mod clock;
mod conditions;
mod difference;
mod ledger;
mod live;
mod past;
mod presence;
mod stored;
mod track;
mod word;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use vocabulary::{DeviceId, Timestamp};

use crate::observation::{Observation, Way};
use crate::policy::Policy;
use crate::reading::Reading;
use crate::setup::Setup;
use crate::span::Span;
use ledger::Ledger;
pub use ledger::may_be_counted_anew;
pub use live::{BayState, Live, StateReason};
use presence::Presence;
use track::{Placed, Track};
use word::Word;

/// Which rules made a stay; raised with every change that could give other spans.
pub const FOLD_VERSION: u32 = 5;

/// What is known after some of a bay's observations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "stored::Stored<'static>")]
pub struct Fold {
    devices: Vec<Device>,
    /// The last place in the bay's order.
    latest: Option<Place>,
    bay: bay::Bay,
    presence: Presence,
}

/// A place in the bay's order.
type Place = (Timestamp, DeviceId, Way);

/// One device at the bay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Device {
    id: DeviceId,
    ledger: Ledger,
    counted: Option<Track>,
    dated: Option<Track>,
    word: Word,
}

/// A reading belongs before something that was folded, or changes when that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reading belongs before what was folded")]
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

/// Folds a bay's observations, in any order: the state after all, and every span, oldest first.
#[must_use]
pub fn fold(policy: &Policy, setup: &Setup, observations: &[Observation]) -> (Fold, Vec<Span>) {
    let mut state = Fold::new();
    let spans = state.resume(policy, setup, observations);
    let spans = spans.expect("nothing can be late where nothing was folded");
    (state, spans)
}

/// Puts observations into the order in which they are folded; the same identity again is dropped.
pub fn sort(policy: &Policy, observations: &mut Vec<Observation>) {
    let placed = Fold::new().arrange(policy, observations);
    let placed = placed.expect("nothing can be late where nothing was folded");
    let sorted = placed.placed.iter().map(|p| p.o.clone()).collect();
    *observations = sorted;
}

/// Observations in their places, and where the tracks of their devices stand then.
struct Arranged<'a> {
    placed: Vec<Placed<'a>>,
    tracks: Vec<(DeviceId, Way, Option<Track>)>,
}

impl Fold {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether going on with `o` gives what folding from the start gives. Of several observations
    /// ask `resume`: together they may tell more of a clock than each of them alone.
    #[must_use]
    pub fn follows(&self, policy: &Policy, o: &Observation) -> bool {
        self.arrange(policy, std::slice::from_ref(o)).is_ok()
    }

    /// Folds one more observation. Gives the spans it changed, oldest first, and the open one
    /// even if nothing about it changed. What does not follow changes nothing and gives nothing.
    pub fn step(&mut self, policy: &Policy, setup: &Setup, o: &Observation) -> Vec<Span> {
        self.resume(policy, setup, std::slice::from_ref(o)).unwrap_or_default()
    }

    /// Goes on with everything that was stored after this state was saved, in any order: the spans
    /// it changed, oldest first, and the open one.
    ///
    /// # Errors
    /// `Late` if one of them does not follow; then nothing is changed. Go on from an older state,
    /// or from the start.
    pub fn resume(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        later: &[Observation],
    ) -> Result<Vec<Span>, Late> {
        let arranged = self.arrange(policy, later)?;
        let mut changed = Vec::new();
        for placed in &arranged.placed {
            self.take(policy, setup, placed, &mut changed);
        }
        for (id, way, track) in arranged.tracks {
            let device = self.device(id);
            match way {
                Way::Counted => self.devices[device].counted = track,
                Way::Dated => self.devices[device].dated = track,
            }
        }
        if let Some(open) = self.presence.open() {
            Presence::tell(open, &mut changed);
        }
        Ok(changed)
    }

    /// The last span; the only one that can still change.
    #[must_use]
    pub fn last_span(&self) -> Option<&Span> {
        self.presence.span()
    }

    /// Which identity a reading has in this bay, and whether it was counted here before. Asked
    /// for a device that was never heard at this bay the answer is `Unsure`: it may come from another.
    #[must_use]
    pub fn identify(&self, reading: &Reading) -> Identity {
        let device = self.devices.iter().find(|d| d.id == reading.id.device);
        device.map_or_else(
            || Identity { epoch: reading.id.epoch.clone(), admission: Admission::Unsure },
            |device| device.ledger.identify(reading),
        )
    }

    /// The numbers of the epoch that were counted, as ranges, ascending; only what is remembered.
    #[must_use]
    pub fn stored(&self, device: DeviceId, epoch: &str) -> Vec<RangeInclusive<i64>> {
        let known = self.devices.iter().find(|d| d.id == device);
        known.map(|d| d.ledger.counted(epoch)).unwrap_or_default()
    }

    /// Finds the places of observations after what was folded.
    fn arrange<'a>(&self, policy: &Policy, later: &'a [Observation]) -> Result<Arranged<'a>, Late> {
        let mut readings: Vec<&Observation> = later.iter().collect();
        readings.sort_by_key(|o| (o.id.device, o.way()));
        let mut arranged = Arranged { placed: Vec::with_capacity(later.len()), tracks: Vec::new() };
        for readings in readings.chunk_by(|a, b| (a.id.device, a.way()) == (b.id.device, b.way())) {
            let (id, way) = (readings[0].id.device, readings[0].way());
            let device = self.devices.iter().find(|d| d.id == id);
            let mut track = device.and_then(|d| match way {
                Way::Counted => d.counted.clone(),
                Way::Dated => d.dated.clone(),
            });
            let ledger = device.map(|d| &d.ledger);
            let placed = track::place(policy, ledger, &mut track, way, readings.to_vec())?;
            arranged.placed.extend(placed);
            arranged.tracks.push((id, way, track));
        }
        // Stable, so each track keeps its order.
        arranged.placed.sort_by_key(place_of);
        match arranged.placed.first().map(place_of) < self.latest && !later.is_empty() {
            true => Err(Late),
            false => Ok(arranged),
        }
    }

    fn take(
        &mut self,
        policy: &Policy,
        setup: &Setup,
        placed: &Placed<'_>,
        changed: &mut Vec<Span>,
    ) {
        self.latest = Some(place_of(placed));
        let index = self.device(placed.o.id.device);
        let id = &placed.o.id;
        self.devices[index].ledger.count(&id.epoch, id.number, placed.o.dated_at());
        if setup.in_service(id.device, placed.at) {
            self.hear(policy, setup, index, placed, changed);
        }
    }

    /// The place of a device in the list; a new one is put at its end.
    fn device(&mut self, id: DeviceId) -> usize {
        let known = self.devices.iter().position(|d| d.id == id);
        known.unwrap_or_else(|| {
            self.devices.push(Device {
                id,
                ledger: Ledger::default(),
                counted: None,
                dated: None,
                word: Word::default(),
            });
            self.devices.len() - 1
        })
    }
}

fn place_of(placed: &Placed<'_>) -> Place {
    (placed.at, placed.o.id.device, placed.o.way())
}
