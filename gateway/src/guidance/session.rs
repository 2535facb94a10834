//! One driver on the way to a bay: what happened to the bay, what is offered instead, how it ends.
//!
//! Decides, and asks for what it needs (what a bay looks like, which one is next best); reads no clock and no index. **Invariants:**
//! `seq` grows with everything that is told; an offer stands only while its bay is free; what has ended stays ended.

use std::collections::HashSet;
use std::sync::Arc;

use vocabulary::{BayCode, BayId, Point, VehicleClass};
use wayfinding::State;
use wayfinding::route::off_m;

use crate::lang::Lang;

/// Who is as near to the bay as this when a vehicle comes into it is the one who came.
const THERE_M: f64 = 40.0;
/// Who claims the bay and is as near as this has arrived.
pub(super) const CLAIMS_WITHIN_M: f64 = 60.0;
/// Farther off the way than this is another way.
const OFF_M: f64 = 60.0;
/// Bays that are remembered as no use to this driver.
const REFUSED_LIMIT: usize = 64;

/// A bay to drive to.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    pub id: BayId,
    pub code: BayCode,
    pub street: Arc<str>,
    pub at: Point,
}

/// What the driver wants.
#[derive(Clone, PartialEq)]
pub struct Wish {
    pub at: Point,
    pub bay: Goal,
    pub vehicle: VehicleClass,
    pub stay_minutes: u32,
    /// The bay, if left out.
    pub dest: Option<Point>,
    pub lang: Lang,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Driving,
    /// The bay is lost and another one is offered.
    Offered,
    /// The bay is lost and there is none to offer.
    Lost,
    Ended,
}

/// What was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Opened,
    Rerouted,
    Taken,
    Unknown,
    Closed,
    Reported,
    OfferGone,
    FreeAgain,
    Accepted,
    Declined,
    Changed,
    Arrived,
    Claimed,
    Left,
    Silent,
    Expired,
}

/// Another bay that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub offer_id: u32,
    pub reason: Why,
    pub bay: Goal,
    /// How many seconds longer driving and walking take than with the bay before; negative if less.
    pub more_s: Option<f64>,
}

/// The next best bay, as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub bay: Goal,
    pub more_s: Option<f64>,
}

/// A driver on the way.
#[derive(Clone)]
pub struct Session {
    pub wish: Wish,
    pub phase: Phase,
    pub why: Why,
    pub seq: i64,
    pub offer: Option<Offer>,
    /// The way the driver was told.
    line: Vec<Point>,
    /// Why the bay was lost.
    lost_as: Why,
    /// The driver declined: nothing more is offered for this bay.
    quiet: bool,
    /// Bays the driver declined, and those that cannot be used though they look free.
    refused: HashSet<BayId>,
    reported: HashSet<BayId>,
    offers: u32,
}

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wish").field("vehicle", &self.vehicle).finish_non_exhaustive()
    }
}

/// A position is nobody's business, not even in a log.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("phase", &self.phase)
            .field("why", &self.why)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl Phase {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Driving => "driving",
            Phase::Offered => "offered",
            Phase::Lost => "lost",
            Phase::Ended => "ended",
        }
    }
}

impl Why {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Why::Opened => "opened",
            Why::Rerouted => "rerouted",
            Why::Taken => "taken",
            Why::Unknown => "unknown",
            Why::Closed => "closed",
            Why::Reported => "reported",
            Why::OfferGone => "offer_gone",
            Why::FreeAgain => "free_again",
            Why::Accepted => "accepted",
            Why::Declined => "declined",
            Why::Changed => "changed",
            Why::Arrived => "arrived",
            Why::Claimed => "claimed",
            Why::Left => "left",
            Why::Silent => "silent",
            Why::Expired => "expired",
        }
    }

    /// The kind of event that tells it.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Why::Opened => "state",
            Why::Rerouted => "route",
            Why::Taken | Why::Unknown | Why::Closed | Why::Reported | Why::OfferGone => "offer",
            Why::FreeAgain | Why::Accepted | Why::Declined | Why::Changed => "bay",
            Why::Arrived | Why::Claimed | Why::Left | Why::Silent | Why::Expired => "ended",
        }
    }
}

impl Session {
    /// Begins.
    #[must_use]
    pub fn open(wish: Wish) -> Session {
        Session {
            wish,
            phase: Phase::Driving,
            why: Why::Opened,
            seq: 1,
            offer: None,
            line: Vec::new(),
            lost_as: Why::Taken,
            quiet: false,
            refused: HashSet::new(),
            reported: HashSet::new(),
            offers: 0,
        }
    }

    /// Looks at the bays as they are now; whether there is something to tell.
    pub fn look(
        &mut self,
        seen: impl Fn(BayId) -> Option<State>,
        next: impl FnOnce(&Session) -> Option<Next>,
    ) -> bool {
        let lost = self.lost(seen(self.wish.bay.id));
        match (self.phase, lost) {
            (Phase::Ended, _) | (Phase::Driving, None) => false,
            (Phase::Driving, Some(Why::Taken)) if self.is_within(THERE_M) => self.end(Why::Arrived),
            (Phase::Driving, Some(why)) => {
                self.lost_as = why;
                let next = next(self);
                self.offer_instead(next, why)
            }
            (Phase::Offered | Phase::Lost, None) => self.drive_on(Why::FreeAgain),
            (Phase::Offered, Some(_)) => {
                let offered = self.offer.as_ref().and_then(|offer| seen(offer.bay.id));
                if offered == Some(State::Free) {
                    return false;
                }
                let next = next(self);
                self.offer_instead(next, Why::OfferGone)
            }
            (Phase::Lost, Some(_)) if self.quiet => false,
            (Phase::Lost, Some(_)) => match next(self) {
                None => false,
                found => self.offer_instead(found, self.lost_as),
            },
        }
    }

    /// The driver is somewhere else now; whether that is off the way that was told.
    pub fn move_to(&mut self, at: Point) -> bool {
        self.wish.at = at;
        !self.line.is_empty() && off_m(&self.line, at) > OFF_M
    }

    /// The way that the driver is told; whether it differs from the one before.
    pub fn follow(&mut self, line: &[Point]) -> bool {
        let off = |from: &[Point], to: &[Point]| from.iter().any(|at| off_m(to, *at) > OFF_M / 2.0);
        // What lies behind the driver already is no difference.
        let differs = off(line, &self.line);
        line.clone_into(&mut self.line);
        differs
    }

    /// Tells that the way is another one.
    pub fn reroute(&mut self) -> bool {
        self.tell(Why::Rerouted)
    }

    /// Takes the offer; false if it does not stand any more.
    pub fn accept(&mut self, offer_id: u32) -> bool {
        let Some(offer) = self.offer.take_if(|offer| offer.offer_id == offer_id) else {
            return false;
        };
        self.wish.bay = offer.bay;
        self.drive_on(Why::Accepted)
    }

    /// Does not take the offer, and wants no other one; false if it does not stand any more.
    pub fn decline(&mut self, offer_id: u32) -> bool {
        let Some(offer) = self.offer.take_if(|offer| offer.offer_id == offer_id) else {
            return false;
        };
        remember(&mut self.refused, offer.bay.id);
        (self.phase, self.quiet) = (Phase::Lost, true);
        self.tell(Why::Declined)
    }

    /// The driver chooses another bay.
    pub fn choose(&mut self, bay: Goal) -> bool {
        self.reported.remove(&bay.id);
        self.wish.bay = bay;
        self.drive_on(Why::Changed)
    }

    /// The driver says that the bay cannot be used.
    pub fn report(&mut self) {
        remember(&mut self.reported, self.wish.bay.id);
    }

    /// Ends, unless it has ended.
    pub fn end(&mut self, why: Why) -> bool {
        if self.phase == Phase::Ended {
            return false;
        }
        (self.phase, self.offer) = (Phase::Ended, None);
        self.line = Vec::new();
        self.tell(why)
    }

    /// Whether the driver is as near to the bay as this.
    #[must_use]
    pub fn is_within(&self, metres: f64) -> bool {
        self.wish.at.distance_m(self.wish.bay.at) <= metres
    }

    /// Whether a bay is of no use to this driver.
    #[must_use]
    pub fn refuses(&self, bay: BayId) -> bool {
        bay == self.wish.bay.id || self.refused.contains(&bay) || self.reported.contains(&bay)
    }

    /// The bays it is about: the one that was chosen and the one that is offered.
    #[must_use]
    pub fn bays(&self) -> Vec<BayId> {
        if self.phase == Phase::Ended {
            return Vec::new();
        }
        let offered = self.offer.iter().map(|offer| offer.bay.id);
        std::iter::once(self.wish.bay.id).chain(offered).collect()
    }

    /// Where the driver wants to go in the end.
    #[must_use]
    pub fn dest(&self) -> Point {
        self.wish.dest.unwrap_or(self.wish.bay.at)
    }

    fn lost(&self, state: Option<State>) -> Option<Why> {
        match state {
            None => Some(Why::Closed),
            Some(State::Occupied) => Some(Why::Taken),
            Some(State::Unknown) => Some(Why::Unknown),
            Some(State::Free) if self.reported.contains(&self.wish.bay.id) => Some(Why::Reported),
            Some(State::Free) => None,
        }
    }

    fn offer_instead(&mut self, next: Option<Next>, reason: Why) -> bool {
        self.phase = if next.is_some() { Phase::Offered } else { Phase::Lost };
        self.offer = next.map(|Next { bay, more_s }| {
            self.offers += 1;
            Offer { offer_id: self.offers, reason, bay, more_s }
        });
        self.tell(reason)
    }

    fn drive_on(&mut self, why: Why) -> bool {
        (self.phase, self.offer, self.quiet) = (Phase::Driving, None, false);
        self.tell(why)
    }

    fn tell(&mut self, why: Why) -> bool {
        self.why = why;
        self.seq += 1;
        true
    }
}

/// A driver who refuses everything is offered the first ones again one day.
fn remember(bays: &mut HashSet<BayId>, bay: BayId) {
    if bays.len() >= REFUSED_LIMIT {
        bays.clear();
    }
    bays.insert(bay);
}

#[cfg(test)]
mod tests;
