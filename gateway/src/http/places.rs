//! Places by name, and the way on to a bay in the driver's own map.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Point;
use wayfinding::places::PlaceHit;
use wayfinding::{HandOver, MapApp, hand_over};

use super::bays::{bay_code, bay_unknown};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use crate::app::App;
use crate::flow::Outcome;

const USUAL_PLACES: usize = 10;
const PLACES_LIMIT: usize = 50;
/// How we call ourselves to map apps.
const CALLER: &str = "bowei";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(places)).routes(routes!(bay_hand_over))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Sought {
    /// What was typed: Chinese, pinyin, its initials, or the beginning of a bay's code.
    q: String,
    /// Where the driver is, WGS-84: of two places alike the nearer one comes first.
    #[param(minimum = -180, maximum = 180)]
    lon: Option<f64>,
    #[param(minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// How many; 10 if left out, 50 at most.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<usize>,
}

/// A place found. Degrees WGS-84.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceView {
    /// `bay`, `street`, `block` or `named`.
    #[schema(example = "street")]
    kind: &'static str,
    name: String,
    /// Empty if it has none.
    name_en: String,
    lon: f64,
    lat: f64,
}

/// Best first: bays whose code begins so, then names.
#[derive(Debug, Serialize, ToSchema)]
struct PlacesFound {
    places: Vec<PlaceView>,
}

/// What leads to a bay in one map app.
#[derive(Debug, Serialize, ToSchema)]
struct HandOverView {
    #[schema(example = "amap_ios")]
    app: &'static str,
    /// `gcj02` or `bd09`, in which `lon` and `lat` are; outside China that is the same as `wgs84`.
    datum: &'static str,
    lon: f64,
    lat: f64,
    name: String,
    /// Null for WeChat: give `lat`, `lon` and `name` to `wx.openLocation`.
    link: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct HandOvers {
    bay_code: String,
    apps: Vec<HandOverView>,
}

impl Sought {
    /// Where the driver is, and how many are wanted.
    fn check(&self) -> Outcome<(Option<Point>, usize)> {
        let near = match (self.lon, self.lat) {
            (Some(lon), Some(lat)) => {
                Some(Point::new(lon, lat).map_err(|reject| malformed_query(&reject))?)
            }
            (None, None) => None,
            _ => return Err(malformed_query(&"lon and lat come together")),
        };
        let limit = self.limit.unwrap_or(USUAL_PLACES);
        if !(1..=PLACES_LIMIT).contains(&limit) {
            return Err(malformed_query(&"limit must lie in 1..50"));
        }
        Ok((near, limit))
    }
}

impl PlaceView {
    fn of(hit: &PlaceHit<'_>) -> PlaceView {
        let place = hit.place;
        PlaceView {
            kind: place.kind.name(),
            name: place.name.clone(),
            name_en: place.name_en.clone(),
            lon: place.at.lon(),
            lat: place.at.lat(),
        }
    }
}

impl HandOverView {
    fn of(over: HandOver) -> HandOverView {
        HandOverView {
            app: over.app.name(),
            datum: over.datum.name(),
            lon: over.at.lon,
            lat: over.at.lat,
            name: over.name,
            link: over.link,
        }
    }
}

/// Streets, blocks, places of the imported map and bays, by name.
#[utoipa::path(
    get,
    path = "/api/v1/places",
    tag = "bays",
    params(Sought),
    responses((status = OK, body = PlacesFound))
)]
async fn places(
    State(app): State<Arc<App>>,
    Asked(sought): Asked<Sought>,
) -> Answer<Json<PlacesFound>> {
    let (near, limit) = sought.check()?;
    let bays = app.live.look(|index| {
        let view = |bay: wayfinding::search::Bay<'_>| PlaceView {
            kind: "bay",
            name: bay.code.to_string(),
            name_en: String::new(),
            lon: bay.at.lon(),
            lat: bay.at.lat(),
        };
        index.bays_coded(&sought.q).take(limit).map(view).collect::<Vec<_>>()
    });
    let rest = limit - bays.len();
    let named = app.live.places();
    let places = named.find(&sought.q, near, rest);
    let places = bays.into_iter().chain(places.iter().map(PlaceView::of)).collect();
    Ok(Json(PlacesFound { places }))
}

/// The way on to a bay in WeChat, Tencent, AMap, Baidu, Apple and Google maps.
#[utoipa::path(
    get,
    path = "/api/v1/bays/{bay_code}/hand-over",
    tag = "bays",
    params(("bay_code" = String, Path, description = "As painted; case does not matter")),
    responses(
        (status = OK, body = HandOvers),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn bay_hand_over(State(app): State<Arc<App>>, code: Named) -> Answer<Json<HandOvers>> {
    let code = bay_code(&code.0)?;
    let at = app.live.look(|index| index.bay_by_code(&code).map(|bay| bay.at));
    let at = at.ok_or_else(|| bay_unknown(code.as_str()))?;
    let name = format!("泊位 {code}");
    let apps = MapApp::ALL.map(|app| HandOverView::of(hand_over(at, &name, app, CALLER)));
    Ok(Json(HandOvers { bay_code: code.to_string(), apps: apps.into() }))
}
