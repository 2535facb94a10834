//! Guidance as the API shows it: always whole, so that a client replaces what it shows by the newest.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Point, Timestamp};
use wayfinding::Metric;
use wayfinding::route::Stop;

use super::bays::BayState;
use super::health::Moment;
use super::route_view::{DriveView, NoWay, WalkView, tenth};
use crate::app::App;
use crate::flow::close_road::no_roads;
use crate::guidance::{Goal, Guided, Offer, Session, told};
use crate::lang::Lang;
use crate::trip::{self, Wanted};

/// Guidance to a bay as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GuidanceView {
    #[serde(flatten)]
    moment: Moment,
    guidance_id: Uuid,
    /// Grows with everything that is told; the id of the event that told it.
    seq: i64,
    /// `driving`; `offered`: the bay is lost and an offer stands; `lost`: there is none to offer; `ended`.
    #[schema(example = "driving")]
    phase: &'static str,
    /// What was told last: `opened`, `rerouted`, `taken`, `unknown`, `closed`, `not_permitted`, `reported`, `offer_gone`,
    /// `free_again`, `accepted`, `declined`, `changed`; at the end `arrived`, `claimed`, `left`, `silent`, `expired`.
    #[schema(example = "opened")]
    why: &'static str,
    /// The same in words.
    text: String,
    bay: GuidedBay,
    #[serde(flatten)]
    way: GuidedWay,
    offer: Option<GuidanceOffer>,
}

/// A bay and what is known of it now.
#[derive(Debug, Serialize, ToSchema)]
struct GuidedBay {
    #[schema(example = "BY0012")]
    bay_code: String,
    lon: f64,
    lat: f64,
    street: String,
    /// Null if there is no such bay any more.
    state: Option<BayState>,
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Timestamp>,
}

/// The way from the driver's last position; none once it has ended.
#[derive(Debug, Default, Serialize, ToSchema)]
struct GuidedWay {
    drive: Option<DriveView>,
    /// From the bay to the destination, if one was named.
    walk: Option<WalkView>,
    /// Why there is no way: bays are watched all the same.
    error: Option<NoWay>,
}

/// Another bay instead.
#[derive(Debug, Serialize, ToSchema)]
struct GuidanceOffer {
    offer_id: u32,
    /// Why: `taken`, `unknown`, `closed`, `not_permitted`, `reported`, `offer_gone`.
    #[schema(example = "taken")]
    reason: &'static str,
    text: String,
    bay: GuidedBay,
    /// How many seconds longer driving and walking take than with the bay before; negative if less.
    more_s: Option<f64>,
    #[serde(flatten)]
    way: GuidedWay,
}

impl GuidanceView {
    /// As it is now; the ways are found anew.
    pub(super) fn of(app: &App, guided: &Guided) -> GuidanceView {
        GuidanceView::showing(app, guided, &guided.session())
    }

    pub(super) fn showing(app: &App, guided: &Guided, session: &Session) -> GuidanceView {
        let (bay, lang) = (&session.wish.bay, guided.lang());
        let way = match session.bays().is_empty() {
            true => GuidedWay::default(),
            false => GuidedWay::to(app, session, bay, lang),
        };
        GuidanceView {
            moment: Moment::of(app),
            guidance_id: guided.id,
            seq: session.seq,
            phase: session.phase.name(),
            why: session.why.name(),
            text: told(session.why, bay, session.offer.as_ref(), lang),
            bay: GuidedBay::of(app, bay),
            way,
            offer: session.offer.as_ref().map(|offer| GuidanceOffer::of(app, session, offer, lang)),
        }
    }
}

impl GuidedBay {
    fn of(app: &App, goal: &Goal) -> GuidedBay {
        let seen = app
            .live
            .look(|index| index.bay(goal.id).map(|bay| (BayState::of(bay.state), bay.observed_at)));
        GuidedBay {
            bay_code: goal.code.to_string(),
            lon: goal.at.lon(),
            lat: goal.at.lat(),
            street: goal.street.to_string(),
            state: seen.map(|(state, _)| state),
            observed_at: seen.and_then(|(_, observed_at)| observed_at),
        }
    }
}

impl GuidedWay {
    fn to(app: &App, session: &Session, goal: &Goal, lang: Lang) -> GuidedWay {
        let (from, dest) = (session.wish.at, session.wish.dest);
        let wanted = Wanted { from, to: Stop::bay(goal.at), dest, metric: Metric::Fastest };
        let found =
            app.roads.ask(|current, navigator| trip::find(&current.roads, navigator, &wanted));
        match found {
            Some(Ok(trip)) => GuidedWay {
                drive: Some(DriveView::of(&trip.drive, lang)),
                walk: trip.walk.as_ref().map(|walk| WalkView::of(walk, lang)),
                error: None,
            },
            Some(Err(reject)) => {
                let error = NoWay { code: reject.code(), detail: reject.to_string() };
                GuidedWay { error: Some(error), ..GuidedWay::on_foot(goal.at, &wanted, lang) }
            }
            None => {
                let detail = "no roads were imported: the operator imports them".to_owned();
                let error = NoWay { code: no_roads().code(), detail };
                GuidedWay { error: Some(error), ..GuidedWay::on_foot(goal.at, &wanted, lang) }
            }
        }
    }

    /// Without a way by vehicle the walk is an estimate.
    fn on_foot(bay: Point, wanted: &Wanted, lang: Lang) -> GuidedWay {
        let walk = wanted.dest.map(|dest| WalkView::of(&trip::walk(None, bay, dest), lang));
        GuidedWay { walk, ..GuidedWay::default() }
    }
}

impl GuidanceOffer {
    fn of(app: &App, session: &Session, offer: &Offer, lang: Lang) -> GuidanceOffer {
        GuidanceOffer {
            offer_id: offer.offer_id,
            reason: offer.reason.name(),
            text: told(offer.reason, &session.wish.bay, Some(offer), lang),
            bay: GuidedBay::of(app, &offer.bay),
            more_s: offer.more_s.map(tenth),
            way: GuidedWay::to(app, session, &offer.bay, lang),
        }
    }
}
