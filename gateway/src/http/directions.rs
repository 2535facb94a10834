//! The way to a bay or another place, turn by turn, and the walk from there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wayfinding::route::Stop;

use super::bays::{bay_code, bay_unknown};
use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::health::Moment;
use super::route_view::{DriveView, PlaceAt, RoadsView, RouteMetric, WalkView, place, tenth};
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::close_road::no_roads;
use crate::lang::Lang;
use crate::rate_limit::Allowance;
use crate::trip::{self, Wanted};

/// Questions of one address: behind one there may be a whole mobile network.
pub(super) const ASKED: Allowance = Allowance { burst: 200, every_ms: 50 };
/// The bucket of these questions.
pub(super) const BUCKET: &str = "routes";
/// Nobody between us and the driver keeps where somebody wants to go.
pub(super) const NOT_KEPT: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(find_route))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Journey {
    /// Where the vehicle is: longitude,latitude in degrees WGS-84.
    #[param(example = "104.1653,36.5461")]
    from: String,
    /// Where to drive; or name a bay.
    #[param(example = "104.1735,36.5532")]
    to: Option<String>,
    /// Code of the bay to drive to: it is reached with the kerb on the right where the street may be driven that way.
    bay: Option<String>,
    /// Where the driver walks to from there.
    dest: Option<String>,
    /// Of the texts: `zh` (if left out) or `en`.
    #[serde(default)]
    #[param(inline)]
    lang: Lang,
    /// `fastest` (if left out) or `shortest`.
    #[serde(default)]
    #[param(inline)]
    metric: RouteMetric,
}

/// The way there.
#[derive(Debug, Serialize, ToSchema)]
struct RouteAnswer {
    #[serde(flatten)]
    moment: Moment,
    lang: Lang,
    metric: RouteMetric,
    bay_code: Option<String>,
    from: PlaceAt,
    to: PlaceAt,
    dest: Option<PlaceAt>,
    /// Begin and end are the same place: a way of nothing. Places far apart may have the same nearest point of a street, too: then
    /// the drive has no length, and this is false.
    already_there: bool,
    /// Driving and walking.
    total_s: f64,
    drive: DriveView,
    walk: Option<WalkView>,
    roads: RoadsView,
}

impl Journey {
    /// The stop to drive to, and the code of the bay if it is one.
    fn target(&self, app: &App) -> Outcome<(Stop, Option<String>)> {
        match (&self.to, &self.bay) {
            (Some(to), None) => Ok((Stop::anywhere(place("to", to)?), None)),
            (None, Some(typed)) => {
                let code = bay_code(typed)?;
                let at = app.live.look(|index| index.bay_by_code(&code).map(|bay| bay.at));
                let at = at.ok_or_else(|| bay_unknown(typed))?;
                Ok((Stop::bay(at), Some(code.to_string())))
            }
            _ => Err(malformed_query(&"name either to (longitude,latitude) or bay (a code)")),
        }
    }
}

/// The way by vehicle to a place or a bay, and the walk from there.
///
/// Over the roads that the operator imported, under the closures and the traffic of now. Begin and end in one place is a way of
/// nothing, and no error. Where nobody is led on foot by the map, the walk is an estimate and says so.
#[utoipa::path(
    get,
    path = "/api/v1/routes",
    tag = "ways",
    params(Journey),
    responses(
        (status = OK, body = RouteAnswer),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`no_roads`, `too_far_from_road`, `island_of_roads`, `no_way`, `dest_too_far`",
            body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn find_route(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Asked(journey): Asked<Journey>,
) -> Answer<([(HeaderName, &'static str); 1], Json<RouteAnswer>)> {
    let from = place("from", &journey.from)?;
    let dest = journey.dest.as_deref().map(|dest| place("dest", dest)).transpose()?;
    let (to, bay_code) = journey.target(&app)?;
    visitor.may_ask(&app, BUCKET, ASKED)?;
    let wanted = Wanted { from, to, dest, metric: journey.metric.metric() };
    let found = app
        .roads
        .ask(|current, navigator| (trip::find(&current.roads, navigator, &wanted), current.facts));
    let (trip, facts) = found.ok_or_else(no_roads)?;
    let trip = trip.map_err(trip::refusal)?;
    let answer = RouteAnswer {
        moment: Moment::of(&app),
        lang: journey.lang,
        metric: journey.metric,
        bay_code,
        from: PlaceAt::of(from),
        to: PlaceAt::of(to.at),
        dest: dest.map(PlaceAt::of),
        already_there: trip::is_there(from, to.at, trip.drive.distance_m),
        total_s: tenth(trip.duration_s()),
        drive: DriveView::of(&trip.drive, journey.lang),
        walk: trip.walk.as_ref().map(|walk| WalkView::of(walk, journey.lang)),
        roads: RoadsView::of(&facts),
    };
    Ok((NOT_KEPT, Json(answer)))
}
