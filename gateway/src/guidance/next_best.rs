//! The next best bay for a driver whose bay is lost: one place, one function, so that what is best can be decided
//! otherwise tomorrow.
//!
//! The search for bays says which free bays permit this vehicle for the whole stay and cost the driver least in all (drive over the
//! roads, walk, fee, risk that it is gone). Bays that other drivers are guided to are left to them while there are others.

use wayfinding::Metric;
use wayfinding::ranking::{Candidate, DriveBy};
use wayfinding::route::Stop;
use wayfinding::search::{Bay, Vehicle};

use super::{Goal, Guidance, Next, Session};
use crate::app::App;
use crate::flow::search_bays::{self, Unknown, search_bays};
use crate::trip::walk;

/// How far anybody walks from another bay, minutes.
const WALK_MIN: f64 = 15.0;
/// Bays to choose from: some were refused, others are driven to.
const CHOICE: usize = 20;

/// The next best bay; none if no other one that permits this stay is free near the destination.
pub(super) fn next_best(app: &App, session: &Session) -> Option<Next> {
    let (best, bay) = choice(app, session).into_iter().next()?;
    let more_s = more_s(app, session, &best);
    Some(Next { bay, more_s })
}

/// What the search offers, best first, and the driver has not refused.
fn choice(app: &App, session: &Session) -> Vec<(Candidate, Goal)> {
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
        limit: CHOICE,
        unknown: Unknown::LeftOut,
        drive_by: DriveBy::Roads,
    };
    let found = search_bays(app, &wish, app.clock.city_now(), |hit| goal_of(hit.offer.bay));
    let useful = found.hits.into_iter().filter(|(candidate, bay)| {
        // Nobody is sent to where no road leads today.
        candidate.no_way.is_none() && !session.refuses(bay.id)
    });
    let (left, others): (Vec<_>, Vec<_>) =
        useful.partition(|(_, bay)| !app.guidance.is_headed_for(bay.id));
    if left.is_empty() { others } else { left }
}

/// A bay as somebody is led to it.
pub(super) fn goal_of(bay: Bay<'_>) -> Goal {
    Goal { id: bay.id, code: bay.code.clone(), street: bay.street.clone(), at: bay.at }
}

/// How many seconds longer driving and walking take than with the bay that was lost; none if that cannot be told.
fn more_s(app: &App, session: &Session, best: &Candidate) -> Option<f64> {
    if best.approach.by == DriveBy::Line {
        return None;
    }
    let (from, lost) = (Stop::anywhere(session.wish.at), Stop::bay(session.wish.bay.at));
    let drive = app.roads.ask(|current, navigator| {
        current.roads.drives_to(navigator, &from, &[lost], Metric::Fastest)
    });
    let before_s = drive?.ok()?.first()?.as_ref().ok()?.duration_s;
    let on_foot_s = |bay| walk(None, bay, session.dest()).duration_s;
    let more_on_foot_s = on_foot_s(best.at) - on_foot_s(session.wish.bay.at);
    Some(best.approach.duration_s - before_s + more_on_foot_s)
}

impl Guidance {
    /// Whether some driver is guided to this bay, or has it on offer.
    fn is_headed_for(&self, bay: vocabulary::BayId) -> bool {
        self.lock().by_bay.contains_key(&bay)
    }
}
