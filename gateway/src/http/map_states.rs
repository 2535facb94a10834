//! The states of the bays of a rectangle, by their numbers on the map: for those who ask now and then instead of
//! following the live stream. Unknown is not free.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{Answer, Problem};
use super::extract::Asked;
use super::health::Moment;
use super::live::{Area, read_bbox};
use super::tiles::served;
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(map_states))
}

/// Bays by state, each by its number on the map.
#[derive(Debug, Serialize, ToSchema)]
struct MapStates {
    #[serde(flatten)]
    moment: Moment,
    /// Of the map that the numbers are of.
    layout_version: String,
    free: Vec<u64>,
    occupied: Vec<u64>,
    /// Their sensors were never heard, or not for too long.
    unknown: Vec<u64>,
}

/// States of the bays of a rectangle now, for drawing them on the map.
#[utoipa::path(
    get,
    path = "/api/v1/map/states",
    tag = "map",
    params(Area),
    responses(
        (status = OK, body = MapStates),
        (status = NOT_FOUND, description = "`tiles_off`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`bbox_too_large`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn map_states(
    State(app): State<Arc<App>>,
    Asked(area): Asked<Area>,
) -> Answer<impl IntoResponse> {
    served(&app)?;
    let watch = read_bbox(&area.bbox)?;
    let (south_west, north_east) = watch.corners();
    let sheet = app.map.sheet();
    let mut states = MapStates {
        moment: Moment::of(&app),
        layout_version: sheet.version.clone(),
        free: Vec::new(),
        occupied: Vec::new(),
        unknown: Vec::new(),
    };
    app.live.look(|index| {
        for bay in index.within(south_west, north_east) {
            let Some(number) = sheet.layout.number_of(bay.code) else { continue };
            match bay.state {
                wayfinding::State::Free => states.free.push(number),
                wayfinding::State::Occupied => states.occupied.push(number),
                wayfinding::State::Unknown => states.unknown.push(number),
            }
        }
    });
    Ok(([(CACHE_CONTROL, "no-store")], Json(states)))
}
