//! One driver on the way to a bay: what happened to the bay, what is offered instead, how it ends.
//!
//! Decides, and asks for what it needs (what a bay looks like, which one is next best); reads no clock and no index. **Invariants:**
//! `seq` grows with everything that is told; an offer stands only while its bay is free; what has ended stays ended.

use std::collections::HashSet;

use vocabulary::{BayId, Point};

use super::{Goal, Next, Offer, Phase, Seen, Why, Wish};
use crate::route::off_m;

/// Who is as near to the bay as this when a vehicle comes into it is the one who came.
const THERE_M: f64 = 40.0;
/// Who claims the bay and is as near as this has arrived.
const CLAIMS_WITHIN_M: f64 = 60.0;
/// Farther off the way than this is another way.
const OFF_M: f64 = 60.0;
/// Bays that are remembered as no use to this driver.
const REFUSED_LIMIT: usize = 64;

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
        seen: impl Fn(BayId) -> Option<Seen>,
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
                if offered == Some(Seen::Free) {
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

    /// Tells that the way is another one; nothing once it has ended.
    pub fn reroute(&mut self) -> bool {
        self.phase != Phase::Ended && self.tell(Why::Rerouted)
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

    /// The driver chooses another bay; false once it has ended.
    pub fn choose(&mut self, bay: Goal) -> bool {
        if self.phase == Phase::Ended {
            return false;
        }
        self.reported.remove(&bay.id);
        self.wish.bay = bay;
        self.drive_on(Why::Changed)
    }

    /// The driver says that the bay cannot be used.
    pub fn report(&mut self) {
        remember(&mut self.reported, self.wish.bay.id);
    }

    /// Somebody claimed a bay: who is at it has arrived. Whether it is over with that.
    pub fn claimed(&mut self, bay: BayId) -> bool {
        self.wish.bay.id == bay && self.is_within(CLAIMS_WITHIN_M) && self.end(Why::Claimed)
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

    fn lost(&self, state: Option<Seen>) -> Option<Why> {
        match state {
            None => Some(Why::Closed),
            Some(Seen::Occupied) => Some(Why::Taken),
            Some(Seen::Unknown) => Some(Why::Unknown),
            Some(Seen::Forbidden) => Some(Why::NotPermitted),
            Some(Seen::Free) if self.reported.contains(&self.wish.bay.id) => Some(Why::Reported),
            Some(Seen::Free) => None,
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
