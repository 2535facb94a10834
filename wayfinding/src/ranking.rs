//! Bays that a search offers, in order of what they cost once the drive to each is known over the roads.
//!
//! A search reckons drives as the crow flies. Here the drive over the roads takes their place where there is one; walk, fee and
//! risk stay what they were. Finds no way and no bay. **Invariants:** costs are whole fen, and of the same cost the code decides; a bay
//! that no road leads to keeps the crow's figures and comes after those that one leads to; without ways the order is that of the search.

use vocabulary::{BayCode, Point};

use crate::route::{Drive, RouteReject};
use crate::search::{Offer, Rates, whole};

/// A way that ends farther from the bay than this does not lead to it: it may end on the other bank of a river.
pub const REACHED_M: f64 = 60.0;

/// What a drive rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriveBy {
    /// The way over the roads, under the closures and the traffic of now.
    Roads,
    /// The crow's flight and a share for the streets between.
    Line,
}

/// How far it is to drive, and on what that rests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approach {
    pub by: DriveBy,
    pub distance_m: f64,
    pub duration_s: f64,
}

/// An offer, as far as its place in the order goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub code: BayCode,
    pub at: Point,
    pub approach: Approach,
    /// Drive, walk, fee, and the risk that the bay is gone.
    pub cost_fen: i64,
    /// Why no way over the roads leads there, if they were asked and none does.
    pub no_way: Option<RouteReject>,
    /// The cost without the drive.
    rest_fen: f64,
}

impl DriveBy {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DriveBy::Roads => "roads",
            DriveBy::Line => "line",
        }
    }
}

impl Candidate {
    /// As the search has it.
    #[must_use]
    pub fn of(offer: &Offer<'_>, rates: &Rates) -> Candidate {
        Candidate {
            code: offer.bay.code.clone(),
            at: offer.bay.at,
            approach: Approach {
                by: DriveBy::Line,
                distance_m: offer.drive_m * rates.detour,
                duration_s: offer.drive_min * 60.0,
            },
            cost_fen: offer.cost_fen,
            no_way: None,
            rest_fen: rates.cost_fen(offer.distance_m, 0.0, offer.stay.fee_fen, offer.chance),
        }
    }

    /// With the drive over the roads, if one leads there.
    fn driven(mut self, way: &Result<Drive, RouteReject>, rates: &Rates) -> Candidate {
        match way {
            Ok(drive) if drive.to_road_m <= REACHED_M => {
                let (distance_m, duration_s) = (drive.distance_m, drive.duration_s);
                self.approach = Approach { by: DriveBy::Roads, distance_m, duration_s };
                let drive_fen = duration_s / 60.0 * rates.drive_fen_per_min;
                self.cost_fen = whole(self.rest_fen + drive_fen);
            }
            Ok(_) => {}
            Err(reject) => self.no_way = Some(*reject),
        }
        self
    }
}

/// The best `limit` of them, best first. `ways` are the drives to each, in the same order; none if nobody asked the roads, or if
/// they have no place where the driver is.
#[must_use]
pub fn rank<T>(
    candidates: Vec<(Candidate, T)>,
    ways: &[Result<Drive, RouteReject>],
    rates: &Rates,
    limit: usize,
) -> Vec<(Candidate, T)> {
    let driven = candidates.into_iter().enumerate().map(|(number, (candidate, with))| {
        let candidate = match ways.get(number) {
            Some(way) => candidate.driven(way, rates),
            None => candidate,
        };
        (candidate, with)
    });
    let mut ranked: Vec<(Candidate, T)> = driven.collect();
    let by_line = |candidate: &Candidate| candidate.approach.by == DriveBy::Line;
    ranked.sort_by(|(a, _), (b, _)| {
        let order = by_line(a).cmp(&by_line(b)).then(a.cost_fen.cmp(&b.cost_fen));
        order.then_with(|| a.code.cmp(&b.code))
    });
    ranked.truncate(limit);
    ranked
}

#[cfg(test)]
mod tests;
