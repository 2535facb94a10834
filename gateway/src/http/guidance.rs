//! Guidance on the way to a bay: the app holds a session, the server tells when the bay is taken and where to go instead.
//!
//! Nobody signs in. Who opened a session has its token; nothing of it is stored.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{Point, Timestamp, VehicleClass};

use super::bays::bay_code;
use super::directions::NOT_KEPT;
use super::error::{Answer, Problem};
use super::extract::{Asked, Body, Named};
use super::guidance_view::GuidanceView;
use super::route_view::PlaceAt;
use super::visitor::{Visitor, ask};
use crate::app::App;
use crate::flow::{Outcome, Refusal};
use crate::guidance::{Change, Guidance, Guided, Why, Wish};
use crate::lang::Lang;
use crate::rate_limit::Allowance;
use crate::trip;

/// Sessions that one address may open: behind one there may be a whole mobile network.
const OPENED: Allowance = Allowance { burst: 60, every_ms: 1_000 };
/// What one driver may send.
const SENT: Allowance = Allowance { burst: 10, every_ms: 1_000 };
const USUAL_STAY_MIN: u32 = 60;
const STAY_LIMIT_MIN: u32 = 10_080;
const TOKEN_HEADER: &str = "guidance-token";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(open_guidance)).routes(routes!(
        one_guidance,
        change_guidance,
        end_guidance
    ))
}

/// What goes with every question but the first.
pub(super) struct Token(String);

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GuidanceRequest {
    /// The bay to drive to.
    bay_code: String,
    /// Where the vehicle is.
    #[schema(value_type = PlaceAt)]
    at: Point,
    /// `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`.
    vehicle_class: Option<String>,
    /// How long the vehicle is to stand; 60 if left out.
    #[schema(minimum = 1, maximum = 10_080)]
    stay_minutes: Option<u32>,
    /// Where the driver walks to; the bay, if left out. Other bays are looked for around it.
    #[schema(value_type = Option<PlaceAt>)]
    dest: Option<Point>,
    #[serde(default)]
    lang: Lang,
}

/// What has changed; in this order, each if it is there.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GuidanceChange {
    /// Where the vehicle is now.
    #[schema(value_type = Option<PlaceAt>)]
    at: Option<Point>,
    lang: Option<Lang>,
    /// Takes this offer.
    accept: Option<u32>,
    /// Does not take this offer, and wants no other one for the bay.
    decline: Option<u32>,
    /// The driver chooses another bay.
    bay_code: Option<String>,
    /// The bay cannot be used though it is shown as free.
    #[serde(default)]
    obstructed: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Ending {
    #[serde(default)]
    #[param(inline)]
    reason: EndReason,
}

/// Why it is over; `left` if left out.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EndReason {
    Arrived,
    Claimed,
    #[default]
    Left,
}

/// Guidance that was opened.
#[derive(Debug, Serialize, ToSchema)]
struct OpenedGuidance {
    /// Shown once: send it as the header `Guidance-Token`.
    token: String,
    /// Machine time; it may end before.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[serde(flatten)]
    guidance: GuidanceView,
}

impl GuidanceRequest {
    fn stay_minutes(&self) -> Outcome<u32> {
        let stay = self.stay_minutes.unwrap_or(USUAL_STAY_MIN);
        if !(1..=STAY_LIMIT_MIN).contains(&stay) {
            return Err(Refusal::refused("stay_length", "a stay is 1 to 10080 minutes"));
        }
        Ok(stay)
    }

    fn vehicle(&self) -> Outcome<VehicleClass> {
        let class = self.vehicle_class.as_deref().unwrap_or("small");
        VehicleClass::from_name(class).ok_or_else(|| {
            Refusal::refused("vehicle_class_unknown", format!("no class is called {class}"))
        })
    }
}

impl FromRequestParts<Arc<App>> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        #[derive(Deserialize)]
        struct InQuery {
            token: String,
        }
        let header = parts.headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
        if let Some(header) = header {
            return Ok(Token(header.trim().to_owned()));
        }
        let query = Query::<InQuery>::from_request_parts(parts, app).await;
        Ok(Token(query.map(|Query(InQuery { token })| token).unwrap_or_default()))
    }
}

/// The session of that id, for who has its token.
pub(super) fn known(app: &App, named: &Named, token: &Token) -> Outcome<Arc<Guided>> {
    let detail = "no guidance has this id and token here, or it has ended: open a new one";
    app.guidance.find(named.id("guidance_unknown", detail)?, &token.0)
}

/// Opens guidance to a bay.
///
/// It is held in memory by the gateway that answers, and nothing of it is stored. When the bay is taken or its sensor falls
/// silent on the way, or parking there is not permitted any more, the next best bay is offered with a new route, within a second, as an event of
/// `/api/v1/guidance/{guidance_id}/events`. A bay that is lost already is offered another one at once.
#[utoipa::path(
    post,
    path = "/api/v1/guidance",
    tag = "ways",
    request_body = GuidanceRequest,
    responses(
        (status = CREATED, body = OpenedGuidance),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`vehicle_class_unknown`, `stay_length`, `dest_too_far`", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`, `guidance_full`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_guidance(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(request): Body<GuidanceRequest>,
) -> Answer<(StatusCode, [(HeaderName, &'static str); 1], Json<OpenedGuidance>)> {
    let code = bay_code(&request.bay_code)?;
    let (vehicle, stay_minutes) = (request.vehicle()?, request.stay_minutes()?);
    let bay_at = app.live.look(|index| index.bay_by_code(&code).map(|bay| bay.at));
    if let Some((bay_at, dest)) = bay_at.zip(request.dest) {
        trip::walkable(bay_at, dest).map_err(trip::refusal)?;
    }
    visitor.may_ask(&app, "guidance", OPENED)?;
    let (guided, token) = Guidance::open(&app, &code, request.lang, |bay| Wish {
        at: request.at,
        bay,
        vehicle,
        stay_minutes,
        dest: request.dest,
    })?;
    let opened = OpenedGuidance {
        token,
        expires_at: Timestamp::from_ms(guided.expires_ms()),
        guidance: GuidanceView::of(&app, &guided),
    };
    Ok((StatusCode::CREATED, NOT_KEPT, Json(opened)))
}

/// Guidance as it stands, with the way from the last position.
#[utoipa::path(
    get,
    path = "/api/v1/guidance/{guidance_id}",
    tag = "ways",
    params(
        ("guidance_id" = Uuid, Path),
        ("Guidance-Token" = Option<String>, Header, description = "As it was shown once"),
        ("token" = Option<String>, Query, description = "The same, where no header can be set")
    ),
    responses(
        (status = OK, body = GuidanceView),
        (status = NOT_FOUND, description = "`guidance_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_guidance(
    State(app): State<Arc<App>>,
    named: Named,
    token: Token,
) -> Answer<([(HeaderName, &'static str); 1], Json<GuidanceView>)> {
    let guided = known(&app, &named, &token)?;
    Ok((NOT_KEPT, Json(GuidanceView::of(&app, &guided))))
}

/// Tells where the driver is, takes or declines an offer, chooses another bay, reports one that is obstructed.
#[utoipa::path(
    put,
    path = "/api/v1/guidance/{guidance_id}",
    tag = "ways",
    params(
        ("guidance_id" = Uuid, Path),
        ("Guidance-Token" = Option<String>, Header, description = "As it was shown once"),
        ("token" = Option<String>, Query, description = "The same, where no header can be set")
    ),
    request_body = GuidanceChange,
    responses(
        (status = OK, body = GuidanceView),
        (status = NOT_FOUND, description = "`guidance_unknown`, `bay_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`offer_gone`: position and language were taken", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn change_guidance(
    State(app): State<Arc<App>>,
    named: Named,
    token: Token,
    Body(body): Body<GuidanceChange>,
) -> Answer<([(HeaderName, &'static str); 1], Json<GuidanceView>)> {
    let guided = known(&app, &named, &token)?;
    ask(&app, &format!("guidance {}", guided.id), SENT)?;
    let change = Change {
        at: body.at,
        lang: body.lang,
        accept: body.accept,
        decline: body.decline,
        bay: body.bay_code.as_deref().map(bay_code).transpose()?,
        obstructed: body.obstructed,
    };
    guided.change(&app, &change)?;
    Ok((NOT_KEPT, Json(GuidanceView::of(&app, &guided))))
}

/// Ends guidance.
#[utoipa::path(
    delete,
    path = "/api/v1/guidance/{guidance_id}",
    tag = "ways",
    params(
        ("guidance_id" = Uuid, Path),
        ("Guidance-Token" = Option<String>, Header, description = "As it was shown once"),
        ("token" = Option<String>, Query, description = "The same, where no header can be set"),
        Ending
    ),
    responses(
        (status = NO_CONTENT, description = "It has ended"),
        (status = NOT_FOUND, description = "`guidance_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn end_guidance(
    State(app): State<Arc<App>>,
    named: Named,
    token: Token,
    Asked(ending): Asked<Ending>,
) -> Answer<StatusCode> {
    let guided = known(&app, &named, &token)?;
    guided.end(
        &app,
        match ending.reason {
            EndReason::Arrived => Why::Arrived,
            EndReason::Claimed => Why::Claimed,
            EndReason::Left => Why::Left,
        },
    );
    Ok(StatusCode::NO_CONTENT)
}
