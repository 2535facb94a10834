//! The next best bay for a driver whose bay is lost: one place, one function, so that what is best can be decided
//! otherwise tomorrow.
//!
//! The search for bays says which free bays permit this vehicle for the whole stay and cost the driver least in all (drive, walk, fee,
//! risk that it is gone); of those the drive is then the real one over the roads. Bays that other drivers are guided to are left to
//! them while there are others.

use wayfinding::route::{Route, Stop};
use wayfinding::search::{Bay, Rates, Vehicle};
use wayfinding::{Metric, Navigator, Roads};

use super::Guidance;
use super::session::{Goal, Next, Session};
use crate::app::App;
use crate::flow::search_bays::{self, Unknown, search_bays};
use crate::trip::walk;

/// How far anybody walks from another bay, minutes.
const WALK_MIN: f64 = 15.0;
/// Bays that ways are found to.
const ROUTED: usize = 20;

/// A bay that would do, and what the search believes it costs.
#[derive(Clone, Debug)]
struct Candidate {
    bay: Goal,
    cost_fen: f64,
    drive_min: f64,
}

/// The next best bay; none if no other one that permits this stay is free near the destination.
pub(super) fn next_best(app: &App, session: &Session) -> Option<Next> {
    let rates = Rates::default();
    let candidates = candidates(app, session);
    if candidates.is_empty() {
        return None;
    }
    // The bay that was lost comes last: how much longer is it than that one?
    let bays = candidates.iter().map(|candidate| &candidate.bay);
    let stops: Vec<Stop> = bays.chain([&session.wish.bay]).map(|bay| Stop::bay(bay.at)).collect();
    let drives = app
        .roads
        .ask(|current, navigator| drive_min(&current.roads, navigator, session, &stops))
        .flatten();
    let real = |number: usize| drives.as_ref().map(|drives| drives[number]);
    let cost = |number: usize, candidate: &Candidate| match real(number) {
        // Without roads, or from somewhere off the map, the estimate holds.
        None => Some(candidate.cost_fen),
        Some(drive_min) => drive_min.map(|drive_min| {
            candidate.cost_fen + (drive_min - candidate.drive_min) * rates.drive_fen_per_min
        }),
    };
    let reached = candidates.iter().enumerate();
    let reached = reached.filter_map(|(n, candidate)| Some((n, candidate, cost(n, candidate)?)));
    let (number, best, _) = reached.min_by(|(_, a, of_a), (_, b, of_b)| {
        of_a.total_cmp(of_b).then_with(|| a.bay.code.cmp(&b.bay.code))
    })?;
    let whole_s = |number: usize, bay: &Goal| {
        let drive_s = real(number).flatten()? * 60.0;
        Some(drive_s + walk(None, bay.at, session.dest()).duration_s)
    };
    let before_s = whole_s(candidates.len(), &session.wish.bay);
    let more_s = whole_s(number, &best.bay).zip(before_s).map(|(after, before)| after - before);
    Some(Next { bay: best.bay.clone(), more_s })
}

/// What the search offers and the driver has not refused.
fn candidates(app: &App, session: &Session) -> Vec<Candidate> {
    let wish = search_bays::Wish {
        from: session.wish.at,
        destination: session.dest(),
        stay_min: session.wish.stay_minutes,
        arrive_in_min: None,
        vehicle: Vehicle {
            class: session.wish.vehicle,
            height_mm: None,
            length_mm: None,
            charging: false,
            accessible: false,
        },
        max_price_fen: None,
        max_first_hour_fen: None,
        max_walk_min: WALK_MIN,
        limit: ROUTED,
        unknown: Unknown::LeftOut,
    };
    let found = search_bays(app, &wish, app.clock.city_now(), |hit| Candidate {
        bay: goal_of(hit.offer.bay),
        cost_fen: hit.offer.cost_fen as f64,
        drive_min: hit.offer.drive_min,
    });
    let useful = found.hits.into_iter().filter(|found| !session.refuses(found.bay.id));
    let (left, others): (Vec<Candidate>, Vec<Candidate>) =
        useful.partition(|found| !app.guidance.is_headed_for(found.bay.id));
    if left.is_empty() { others } else { left }
}

/// A bay as somebody is led to it.
pub(super) fn goal_of(bay: Bay<'_>) -> Goal {
    Goal { id: bay.id, code: bay.code.clone(), street: bay.street.clone(), at: bay.at }
}

/// How many minutes the way to each takes; nothing for one that no way leads to. None if the driver is nowhere on the map.
fn drive_min(
    roads: &Roads,
    navigator: &mut Navigator,
    session: &Session,
    stops: &[Stop],
) -> Option<Vec<Option<f64>>> {
    let from = Stop::anywhere(session.wish.at);
    let ways = roads.routes_to(navigator, &from, stops, Metric::Fastest).ok()?;
    let minutes = |way: &Route| way.duration_s / 60.0;
    Some(ways.iter().map(|way| way.as_ref().ok().map(minutes)).collect())
}

impl Guidance {
    /// Whether some driver is guided to this bay, or has it on offer.
    fn is_headed_for(&self, bay: vocabulary::BayId) -> bool {
        self.lock().by_bay.contains_key(&bay)
    }
}
