//! What a bay shows at some instant, and why. Unknown is never free.

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use super::Fold;
use crate::policy::Policy;
use crate::setup::Setup;

/// What a bay shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BayState {
    Occupied,
    Free,
    /// Nobody vouches for the bay. Not free.
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
    /// Devices say different things.
    Disagreement,
    /// The bay is out of service.
    OutOfService,
    /// No device is in service at the bay, or the bay does not exist yet.
    NotInService,
    /// The device reported a fault and has not vouched for the bay since.
    DeviceFault,
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
    /// The next instant at which it may show something else, or something else be wrong with its
    /// devices, although nothing more is heard: a device falls silent, a disagreement has lasted too
    /// long, a closure or a device's service begins or ends.
    pub again_at: Option<Timestamp>,
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

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [BayState; 3] = [BayState::Occupied, BayState::Free, BayState::Unknown];
        ALL.into_iter().find(|state| state.name() == name)
    }

    fn of(occupied: bool) -> Self {
        if occupied { BayState::Occupied } else { BayState::Free }
    }
}

impl StateReason {
    const ALL: [StateReason; 7] = [
        StateReason::Heard,
        StateReason::NeverHeard,
        StateReason::Silent,
        StateReason::Disagreement,
        StateReason::OutOfService,
        StateReason::NotInService,
        StateReason::DeviceFault,
    ];

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

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

impl Fold {
    /// What the bay shows at `now`.
    #[must_use]
    pub fn live(&self, policy: &Policy, setup: &Setup, now: Timestamp) -> Live {
        let (state, reason) = match self.shown(policy, setup, now) {
            Ok(state) => (state, StateReason::Heard),
            Err(reason) => (BayState::Unknown, reason),
        };
        let standing = || self.standing(policy, setup, now);
        let silent = standing().filter_map(|(i, _)| self.devices[i].word.silent_at(policy)).max();
        Live {
            state,
            reason,
            observed_at: self.observed_at(),
            silent_at: silent.filter(|_| state != BayState::Unknown),
            again_at: self.again_at(policy, setup, now),
        }
    }

    fn shown(
        &self,
        policy: &Policy,
        setup: &Setup,
        now: Timestamp,
    ) -> Result<BayState, StateReason> {
        if setup.is_closed(now) {
            return Err(StateReason::OutOfService);
        }
        if !setup.is_watched(now) {
            return Err(StateReason::NotInService);
        }
        let mut standing = self.standing(policy, setup, now).map(|(_, said)| said.occupied);
        let (Some(stated), Some(first)) = (self.bay.stated, standing.next()) else {
            return Err(self.why_nobody_stands(policy, setup, now));
        };
        let agree = standing.all(|other| other == first);
        let long = self.bay.differ_since.is_some_and(|s| now.since_ms(s) > policy.agree_within_ms);
        match agree {
            true if first == stated.occupied => Ok(BayState::of(first)),
            false if !long => Ok(BayState::of(stated.occupied)),
            _ => Err(StateReason::Disagreement),
        }
    }

    fn why_nobody_stands(&self, policy: &Policy, setup: &Setup, now: Timestamp) -> StateReason {
        let said =
            |d: &&super::Device| d.word.said.is_some_and(|said| setup.served(d.id, said.at, now));
        let heard = |d: &super::Device| d.word.silent_at(policy).is_some_and(|at| now < at);
        let served = self.devices.iter().filter(|d| setup.in_service(d.id, now));
        if served.clone().any(|d| d.word.faulty_at.is_some() && heard(d)) {
            return StateReason::DeviceFault;
        }
        if served.clone().any(|d| said(&d)) { StateReason::Silent } else { StateReason::NeverHeard }
    }

    fn observed_at(&self) -> Option<Timestamp> {
        let said = self.devices.iter().filter_map(|d| d.word.said.map(|said| said.at)).max();
        said.or_else(|| self.devices.iter().filter_map(|d| d.word.heard_at).max())
    }

    fn again_at(&self, policy: &Policy, setup: &Setup, now: Timestamp) -> Option<Timestamp> {
        let served = self.devices.iter().filter(|d| setup.in_service(d.id, now));
        let silent = served.filter_map(|d| d.word.silent_at(policy));
        let long = self.bay.differ_since.map(|s| s.plus_ms(policy.agree_within_ms + 1));
        let unheard = setup.watches.iter().filter(|w| !self.heard_from(w));
        let overdue = unheard.map(|w| w.from.plus_ms(policy.silence_ms()));
        silent.chain(overdue).chain(long).chain(setup.turns()).filter(|at| now < *at).min()
    }
}
