//! Streets that are closed or slow for a time. Managers write them down, others of the operator's staff read them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Lane, RoadClosureRow};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Point, Timestamp};
use wayfinding::{Stretch, Ways};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Asked, Body, Named};
use super::health::Moment;
use super::route_view::PlaceAt;
use crate::app::App;
use crate::flow::close_road::{Closed, RoadClosure, close_road, reopen_road};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Closures that are shown at once.
const SHOWN: i64 = 2_000;
const READERS: [Role; 5] =
    [Role::Manager, Role::Planner, Role::Inspector, Role::Auditor, Role::Installer];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_road_closures, close_a_road))
        .routes(routes!(end_road_closure))
}

#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Those that are over as well; the newest 2,000.
    #[serde(default)]
    all: bool,
}

/// Name a street, or a place, or two places.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoadClosureRequest {
    /// Every piece of the streets of this name, Chinese or English.
    #[schema(example = "人民路")]
    street: Option<String>,
    /// The piece between two junctions that is nearest to this place; with `to` all pieces of the shortest way between the two.
    #[schema(value_type = Option<PlaceAt>)]
    at: Option<Point>,
    #[schema(value_type = Option<PlaceAt>)]
    to: Option<Point>,
    /// `both` (if left out), or `forward`: only as one drives from `at` to `to`.
    #[schema(example = "both")]
    direction: Option<String>,
    /// Percent of the usual pace, 1 to 400; 0, if left out, is closed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 400)]
    pace_pct: i64,
    /// Now if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Until somebody ends it, if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    #[schema(example = "road works")]
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct RoadClosureView {
    closure_id: Uuid,
    street: Option<String>,
    at: Option<PlaceAt>,
    to: Option<PlaceAt>,
    /// `both` or `forward`.
    #[schema(example = "both")]
    direction: String,
    pace_pct: i64,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    reason: String,
    /// How many pieces of street it is about on the map in force; null as long as this gateway has not put it into force.
    pieces: Option<usize>,
    /// `planned`, `in_force`, `over`, `ended`.
    #[schema(example = "in_force")]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When somebody ended it early.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

/// The newest first.
#[derive(Debug, Serialize, ToSchema)]
struct RoadClosures {
    #[serde(flatten)]
    moment: Moment,
    closures: Vec<RoadClosureView>,
}

impl RoadClosureRequest {
    fn closure(&self) -> Outcome<RoadClosure> {
        let stretch = match (&self.street, self.at, self.to) {
            (Some(street), None, None) => Stretch::Street(street.trim().to_owned()),
            (None, Some(at), None) => Stretch::Piece(at),
            (None, Some(at), Some(to)) => Stretch::Between(at, to),
            _ => {
                let detail = "name a street, or a place (at), or two places (at and to)";
                return Err(Refusal::refused("stretch_malformed", detail));
            }
        };
        let direction = self.direction.as_deref().unwrap_or("both");
        let ways = Ways::from_name(direction).ok_or_else(|| {
            Refusal::refused("direction_unknown", "a direction is both or forward")
        })?;
        Ok(RoadClosure {
            stretch,
            ways,
            pace_pct: self.pace_pct,
            from: self.from,
            until: self.until,
            reason: self.reason.clone(),
        })
    }
}

impl RoadClosureView {
    fn of(row: RoadClosureRow, pieces: Option<usize>, now: Timestamp) -> RoadClosureView {
        let place = |lon: Option<f64>, lat: Option<f64>| Some(PlaceAt { lon: lon?, lat: lat? });
        RoadClosureView {
            closure_id: row.road_closure_id,
            at: place(row.at_lon, row.at_lat),
            to: place(row.to_lon, row.to_lat),
            state: state(&row, now),
            street: row.street,
            direction: row.direction,
            pace_pct: row.pace_pct,
            from: Timestamp::from_ms(row.from_at),
            until: row.until_at.map(Timestamp::from_ms),
            reason: row.reason,
            pieces,
            created_at: Timestamp::from_ms(row.created_at),
            ended_at: row.ended_at.map(Timestamp::from_ms),
        }
    }
}

fn state(row: &RoadClosureRow, now: Timestamp) -> &'static str {
    if row.ended_at.is_some() {
        "ended"
    } else if row.until_at.is_some_and(|until| until <= now.ms()) {
        "over"
    } else if row.from_at > now.ms() {
        "planned"
    } else {
        "in_force"
    }
}

/// Streets that are or will be closed or slow.
#[utoipa::path(
    get,
    path = "/api/v1/roads/closures",
    tag = "ways",
    security(("token" = [])),
    params(Which),
    responses((status = OK, body = RoadClosures))
)]
async fn list_road_closures(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(which): Asked<Which>,
) -> Answer<Json<RoadClosures>> {
    staff.must_be(&READERS)?;
    let moment = Moment::of(&app);
    let since = if which.all { i64::MIN } else { moment.now.ms() };
    let rows = app.store.read().await?.road_closures(since, SHOWN).await?;
    let current = app.roads.current();
    let shown = |row: RoadClosureRow| {
        let pieces = current.as_ref().and_then(|current| current.pieces(row.road_closure_id));
        RoadClosureView::of(row, pieces, moment.now)
    };
    let closures = rows.into_iter().map(shown).collect();
    Ok(Json(RoadClosures { moment, closures }))
}

/// Closes a street, or says how slow it is, for a time.
///
/// A piece of street lies between two junctions and is closed as a whole. Every gateway finds other ways within two seconds; when its
/// time is over, everything is as before. Of several for one piece the slowest counts.
#[utoipa::path(
    post,
    path = "/api/v1/roads/closures",
    tag = "ways",
    security(("token" = [])),
    request_body = RoadClosureRequest,
    responses(
        (status = CREATED, body = RoadClosureView),
        (status = UNPROCESSABLE_ENTITY,
            description = "`no_roads`, `street_unknown`, `piece_unknown`, `stretch_not_connected`, `stretch_malformed`, \
                           `direction_unknown`, `closure_empty`, `reason_length`, `street_length`, `pace_out_of_range`, \
                           `too_many_closures`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn close_a_road(
    State(app): State<Arc<App>>,
    staff: Staff,
    Body(body): Body<RoadClosureRequest>,
) -> Answer<(StatusCode, Json<RoadClosureView>)> {
    staff.must_be(&[Role::Manager])?;
    let (closure, actor) = (body.closure()?, staff.actor());
    let current = app.roads.current();
    let roads = current.as_ref().map(|current| &*current.roads);
    let Closed { row, pieces } = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let now = app.clock.city_now();
        let closed = close_road(&mut tx, &actor, roads, &closure, now).await?;
        tx.commit().await?;
        Ok(closed)
    })
    .await?;
    let view = RoadClosureView::of(row, Some(pieces), app.clock.city_now());
    Ok((StatusCode::CREATED, Json(view)))
}

/// Ends a closure now, or takes back one that has not begun.
#[utoipa::path(
    post,
    path = "/api/v1/roads/closures/{closure_id}/end",
    tag = "ways",
    security(("token" = [])),
    params(("closure_id" = Uuid, Path)),
    responses(
        (status = OK, body = RoadClosureView),
        (status = NOT_FOUND, description = "`closure_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`closure_over`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn end_road_closure(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<RoadClosureView>> {
    staff.must_be(&[Role::Manager])?;
    let closure = named.id("closure_unknown", "no closure of a street has that id")?;
    let actor = staff.actor();
    let row = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let row = reopen_road(&mut tx, &actor, closure, app.clock.city_now()).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await?;
    Ok(Json(RoadClosureView::of(row, None, app.clock.city_now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(json: &str) -> Result<RoadClosure, &'static str> {
        let request: RoadClosureRequest = serde_json::from_str(json).unwrap();
        request.closure().map_err(|refused| refused.code())
    }

    #[test]
    fn a_closure_names_a_street_or_a_place_or_two() {
        let here = Point::new(104.17, 36.55).unwrap();
        let street = asked(r#"{"street": " 人民路 ", "reason": "x"}"#).unwrap();
        assert_eq!(street.stretch, Stretch::Street("人民路".into()));
        assert_eq!((street.ways, street.pace_pct), (Ways::Both, 0));
        let at = r#""at": {"lon": 104.17, "lat": 36.55}"#;
        let piece = asked(&format!(r#"{{{at}, "pace_pct": 40, "reason": "x"}}"#)).unwrap();
        assert_eq!((piece.stretch, piece.pace_pct), (Stretch::Piece(here), 40));
        for (wrong, code) in [
            (r#"{"reason": "x"}"#.to_owned(), "stretch_malformed"),
            (format!(r#"{{"street": "人民路", {at}, "reason": "x"}}"#), "stretch_malformed"),
            (r#"{"to": {"lon": 1, "lat": 1}, "reason": "x"}"#.to_owned(), "stretch_malformed"),
            (format!(r#"{{{at}, "direction": "up", "reason": "x"}}"#), "direction_unknown"),
        ] {
            assert_eq!(asked(&wrong), Err(code), "{wrong}");
        }
    }
}
