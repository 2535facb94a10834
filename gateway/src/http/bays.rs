//! Live states of bays: near a place, or of one bay. Unknown is not free.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{BayCode, Point, Timestamp};
use wayfinding::search::Bay;

use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use crate::app::App;
use crate::flow::{Outcome, Refusal};

const USUAL_RADIUS_M: f64 = 500.0;
const RADIUS_LIMIT_M: f64 = 20_000.0;
const USUAL_BAYS: usize = 20;
const BAYS_LIMIT: usize = 200;
/// What an answer takes without bays, and for each of them; more is no error, but is allocated twice.
const BYTES_BESIDE: usize = 128;
const BYTES_A_BAY: usize = 256;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(nearest_bays)).routes(routes!(one_bay))
}

/// What is known of a bay now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BayState {
    Free,
    Occupied,
    /// The sensor was never heard, or not for too long.
    Unknown,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Near {
    /// Degrees east, WGS-84.
    #[param(minimum = -180, maximum = 180)]
    lon: f64,
    /// Degrees north, WGS-84.
    #[param(minimum = -90, maximum = 90)]
    lat: f64,
    /// Metres; 500 if left out, 20,000 at most.
    #[param(minimum = 0, maximum = 20_000)]
    radius_m: Option<f64>,
    /// Only bays in this state.
    #[param(inline)]
    state: Option<BayState>,
    /// How many; 20 if left out, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A bay and what is known of it. `age_s` is city time since the newest reading.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BayView<'a> {
    #[schema(example = "BY0012")]
    bay_code: Cow<'a, str>,
    lon: f64,
    lat: f64,
    street: Cow<'a, str>,
    block: Cow<'a, str>,
    state: BayState,
    /// Null if its sensor was never heard.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Timestamp>,
    age_s: Option<i64>,
    /// Grows with every change.
    version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct NearBay<'a> {
    #[serde(flatten)]
    bay: BayView<'a>,
    distance_m: f64,
}

/// Nearest first.
#[derive(Debug, Serialize, ToSchema)]
struct NearBays<'a> {
    #[serde(flatten)]
    moment: Moment,
    bays: Vec<NearBay<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneBay {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    bay: BayView<'static>,
}

impl BayState {
    pub(super) fn of(state: wayfinding::State) -> BayState {
        match state {
            wayfinding::State::Free => BayState::Free,
            wayfinding::State::Occupied => BayState::Occupied,
            wayfinding::State::Unknown => BayState::Unknown,
        }
    }

    fn wanted(self) -> wayfinding::State {
        match self {
            BayState::Free => wayfinding::State::Free,
            BayState::Occupied => wayfinding::State::Occupied,
            BayState::Unknown => wayfinding::State::Unknown,
        }
    }
}

impl<'a> BayView<'a> {
    /// Borrowed from the index, as long as that is looked at.
    pub(super) fn of(bay: &Bay<'a>, now: Timestamp) -> BayView<'a> {
        BayView {
            bay_code: bay.code.as_str().into(),
            lon: bay.at.lon(),
            lat: bay.at.lat(),
            street: bay.street.as_ref().into(),
            block: bay.block.as_ref().into(),
            state: BayState::of(bay.state),
            observed_at: bay.observed_at,
            age_s: bay.observed_at.map(|at| now.since_ms(at).max(0) / 1000),
            version: bay.version,
        }
    }

    /// With texts of its own.
    pub(super) fn kept(self) -> BayView<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        BayView {
            bay_code: own(self.bay_code),
            lon: self.lon,
            lat: self.lat,
            street: own(self.street),
            block: own(self.block),
            state: self.state,
            observed_at: self.observed_at,
            age_s: self.age_s,
            version: self.version,
        }
    }
}

impl Near {
    /// Place, radius in metres, how many.
    fn check(&self) -> Outcome<(Point, f64, usize)> {
        let at = Point::new(self.lon, self.lat).map_err(|reject| malformed_query(&reject))?;
        let radius_m = self.radius_m.unwrap_or(USUAL_RADIUS_M);
        if !(0.0..=RADIUS_LIMIT_M).contains(&radius_m) {
            return Err(malformed_query(&"radius_m must lie in 0..20000"));
        }
        let limit = self.limit.unwrap_or(USUAL_BAYS);
        if !(1..=BAYS_LIMIT).contains(&limit) {
            return Err(malformed_query(&"limit must lie in 1..200"));
        }
        Ok((at, radius_m, limit))
    }
}

/// The bays nearest to a place.
#[utoipa::path(
    get,
    path = "/api/v1/bays",
    tag = "bays",
    params(Near),
    responses((status = OK, body = NearBays<'_>))
)]
async fn nearest_bays(
    State(app): State<Arc<App>>,
    Asked(near): Asked<Near>,
) -> Answer<impl IntoResponse> {
    let (at, radius_m, limit) = near.check()?;
    let moment = Moment::of(&app);
    // Written straight from the index: most of this answer's time would be spent copying texts.
    let body = app.live.look(|index| {
        let hits = index.nearest(at, radius_m, near.state.map(BayState::wanted), limit);
        let bays = hits.iter().map(|hit| NearBay {
            bay: BayView::of(&hit.bay, moment.now),
            distance_m: (hit.distance_m * 10.0).round() / 10.0,
        });
        let mut body = Vec::with_capacity(BYTES_BESIDE + hits.len() * BYTES_A_BAY);
        let written = serde_json::to_writer(&mut body, &NearBays { moment, bays: bays.collect() });
        written.map(|()| body)
    });
    Ok(([(CONTENT_TYPE, "application/json")], body.map_err(anyhow::Error::from)?))
}

/// One bay by its painted code.
#[utoipa::path(
    get,
    path = "/api/v1/bays/{bay_code}",
    tag = "bays",
    params(("bay_code" = String, Path, description = "As painted; case does not matter")),
    responses(
        (status = OK, body = OneBay),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_bay(State(app): State<Arc<App>>, code: Named) -> Answer<Json<OneBay>> {
    let code = bay_code(&code.0)?;
    let moment = Moment::of(&app);
    let bay = app
        .live
        .look(|index| index.bay_by_code(&code).map(|bay| BayView::of(&bay, moment.now).kept()));
    let bay = bay.ok_or_else(|| bay_unknown(code.as_str()))?;
    Ok(Json(OneBay { moment, bay }))
}

/// A bay code as typed; what cannot be one names no bay.
pub(super) fn bay_code(typed: &str) -> Outcome<BayCode> {
    BayCode::parse(typed).map_err(|_| bay_unknown(typed))
}

pub(super) fn bay_unknown(code: &str) -> Refusal {
    Refusal::missing("bay_unknown", format!("no bay has the code {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_written_limits() {
        let usual = Near { lon: 104.1389, lat: 36.5447, radius_m: None, state: None, limit: None };
        assert_eq!(
            usual.check().map(|(_, radius_m, limit)| (radius_m, limit)).unwrap(),
            (500.0, 20)
        );
        for wrong in [
            Near { lon: 181.0, ..usual.clone() },
            Near { lat: f64::NAN, ..usual.clone() },
            Near { radius_m: Some(-1.0), ..usual.clone() },
            Near { radius_m: Some(20_000.1), ..usual.clone() },
            Near { radius_m: Some(f64::NAN), ..usual.clone() },
            Near { limit: Some(0), ..usual.clone() },
            Near { limit: Some(201), ..usual.clone() },
        ] {
            let refused = wrong.check();
            assert!(
                matches!(refused, Err(Refusal::Malformed { code: "malformed_query", .. })),
                "{wrong:?}"
            );
        }
    }
}
