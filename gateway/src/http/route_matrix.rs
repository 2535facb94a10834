//! From here to many bays at once: how far, how long, on which side; without geometry.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{BayCode, Point};
use wayfinding::route::{Drive, RouteReject, Stop};

use super::directions::{ASKED, BUCKET, NOT_KEPT};
use super::error::{Answer, Problem};
use super::extract::Body;
use super::health::Moment;
use super::route_view::{NoWay, PlaceAt, RoadsView, RouteMetric, tenth};
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::close_road::no_roads;
use crate::flow::{Outcome, Refusal};
use crate::roads::Facts;
use crate::trip::{self, Walk};

const TARGETS_LIMIT: usize = 50;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(find_routes))
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MatrixRequest {
    /// Where the vehicle is.
    #[schema(value_type = PlaceAt)]
    from: Point,
    /// At most 50.
    to: Vec<MatrixTarget>,
    /// Where the driver walks to from there.
    #[serde(default)]
    #[schema(value_type = Option<PlaceAt>)]
    dest: Option<Point>,
    #[serde(default)]
    metric: RouteMetric,
}

/// Either a bay or a place.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MatrixTarget {
    bay_code: Option<String>,
    lon: Option<f64>,
    lat: Option<f64>,
}

/// In the order in which they were asked for.
#[derive(Debug, Serialize, ToSchema)]
struct MatrixAnswer {
    #[serde(flatten)]
    moment: Moment,
    metric: RouteMetric,
    roads: RoadsView,
    rows: Vec<MatrixRow>,
}

/// How far it is to one of them. Of the way there is either all or nothing and an error; of the walk all or, without a
/// destination, nothing.
#[derive(Debug, Default, Serialize, ToSchema)]
struct MatrixRow {
    bay_code: Option<String>,
    /// Null if no bay has that code.
    at: Option<PlaceAt>,
    distance_m: Option<f64>,
    duration_s: Option<f64>,
    /// `left`, `right` or `ahead`.
    arrival_side: Option<&'static str>,
    walk_m: Option<f64>,
    walk_s: Option<f64>,
    /// `streets` or `straight_line`.
    walk_basis: Option<&'static str>,
    /// `bay_unknown`, `too_far_from_road`, `island_of_roads`, `no_way`, `dest_too_far`.
    error: Option<NoWay>,
}

/// A target as it was asked for, and where it is, if it is anywhere.
struct Target {
    bay_code: Option<String>,
    stop: Option<Stop>,
}

impl MatrixTarget {
    fn read(&self, app: &App) -> Outcome<Target> {
        let malformed = || {
            let detail = "each target is either a bay_code, or lon and lat in degrees";
            Refusal::refused("target_malformed", detail)
        };
        match (&self.bay_code, self.lon, self.lat) {
            (Some(typed), None, None) => {
                let code = BayCode::parse(typed).ok();
                let at = code.as_ref().and_then(|code| {
                    app.live.look(|index| index.bay_by_code(code).map(|bay| bay.at))
                });
                let shown = code.map_or_else(|| typed.clone(), |code| code.to_string());
                Ok(Target { bay_code: Some(shown), stop: at.map(Stop::bay) })
            }
            (None, Some(lon), Some(lat)) => {
                let at = Point::new(lon, lat).map_err(|_| malformed())?;
                Ok(Target { bay_code: None, stop: Some(Stop::anywhere(at)) })
            }
            _ => Err(malformed()),
        }
    }
}

impl MatrixRow {
    fn of(target: Target, way: Option<Result<Drive, RouteReject>>, walk: Option<Walk>) -> Self {
        let at = target.stop.map(|stop| PlaceAt::of(stop.at));
        let mut row = MatrixRow { bay_code: target.bay_code, at, ..MatrixRow::default() };
        match way {
            Some(Ok(way)) => {
                row.distance_m = Some(tenth(way.distance_m));
                row.duration_s = Some(tenth(way.duration_s));
                row.arrival_side = Some(way.arrival_side.name());
            }
            Some(Err(reject)) => {
                row.error = Some(NoWay { code: reject.code(), detail: reject.to_string() });
            }
            None => {
                let detail = "no bay has that code".to_owned();
                row.error = Some(NoWay { code: "bay_unknown", detail });
            }
        }
        if let Some(walk) = walk {
            row.walk_m = Some(tenth(walk.distance_m));
            row.walk_s = Some(tenth(walk.duration_s));
            row.walk_basis = Some(walk.basis.name());
        }
        row
    }
}

/// How far it is from one place to each of many, in one search.
#[utoipa::path(
    post,
    path = "/api/v1/routes/matrix",
    tag = "ways",
    request_body = MatrixRequest,
    responses(
        (status = OK, body = MatrixAnswer),
        (status = UNPROCESSABLE_ENTITY,
            description = "`no_roads`; of the place where it begins `too_far_from_road`, `island_of_roads`; `no_targets`, \
                           `too_many_targets`, `target_malformed`",
            body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn find_routes(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(request): Body<MatrixRequest>,
) -> Answer<([(HeaderName, &'static str); 1], Json<MatrixAnswer>)> {
    check(&request)?;
    let targets: Vec<Target> =
        request.to.iter().map(|target| target.read(&app)).collect::<Outcome<_>>()?;
    visitor.may_ask(&app, BUCKET, ASKED)?;
    let metric = request.metric;
    let asked = Arc::clone(&app);
    // Fifty walks may take some milliseconds: not on the threads that answer requests.
    let found = tokio::task::spawn_blocking(move || rows(&asked, &request, targets)).await;
    let (facts, rows) = found.context("finding ways to many places")??;
    let moment = Moment::of(&app);
    Ok((NOT_KEPT, Json(MatrixAnswer { moment, metric, roads: RoadsView::of(&facts), rows })))
}

fn check(request: &MatrixRequest) -> Outcome<()> {
    match request.to.len() {
        0 => Err(Refusal::refused("no_targets", "name at least one target in to")),
        1..=TARGETS_LIMIT => Ok(()),
        more => {
            let detail = format!("{more} targets are too many: 50 at most");
            Err(Refusal::refused("too_many_targets", detail))
        }
    }
}

fn rows(
    app: &App,
    request: &MatrixRequest,
    targets: Vec<Target>,
) -> Outcome<(Facts, Vec<MatrixRow>)> {
    let stops: Vec<Stop> = targets.iter().filter_map(|target| target.stop).collect();
    let from = Stop::anywhere(request.from);
    let found = app.roads.ask(|current, navigator| {
        let ways = current.roads.drives_to(navigator, &from, &stops, request.metric.metric());
        let on_foot = |stop: &Stop| {
            let dest = request.dest?;
            Some(
                trip::walkable(stop.at, dest)
                    .map(|()| trip::walk(Some(&current.roads), stop.at, dest)),
            )
        };
        let walks: Vec<Option<Result<Walk, RouteReject>>> = stops.iter().map(on_foot).collect();
        (ways, walks, current.facts)
    });
    let (ways, walks, facts) = found.ok_or_else(no_roads)?;
    let mut found = ways.map_err(trip::refusal)?.into_iter().zip(walks);
    let row = |target: Target| {
        let Some((way, walk)) = target.stop.and_then(|_| found.next()) else {
            return MatrixRow::of(target, None, None);
        };
        // Why nobody can drive there comes before why nobody walks on.
        match (way, walk.transpose()) {
            (Ok(_), Err(too_far)) => MatrixRow::of(target, Some(Err(too_far)), None),
            (way, walk) => MatrixRow::of(target, Some(way), walk.ok().flatten()),
        }
    };
    let rows = targets.into_iter().map(row).collect();
    Ok((facts, rows))
}
