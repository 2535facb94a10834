//! What a camera read of a plate: a claim with a confidence. Below the configured one it is a hint.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::bays::bay_code;
use super::captures::captured_at;
use super::claims::{ClaimAnswer, Typed, seen_plate};
use super::error::{Answer, Problem};
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::claim_bay::{Claim, Claimant, claim_bay};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Longest name of a camera, in bytes.
const SOURCE_LIMIT: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read_plate))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlateReading {
    #[schema(example = "BY0012")]
    bay_code: String,
    #[schema(example = "甘D12345")]
    plate: String,
    #[schema(example = "blue")]
    plate_colour: Option<String>,
    /// Of 100.
    #[schema(example = 97)]
    confidence_pct: u8,
    /// Which camera.
    #[schema(example = "pole-12")]
    source: String,
    /// City time; now if left out, not in the future, at most 24 hours old.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Timestamp>,
}

/// Takes what a camera read. It binds a stay if it is sure enough and no surer word holds it; else the
/// answer is `disputed` or `hint`. The camera system signs in as an inspector or a manager.
#[utoipa::path(
    post,
    path = "/api/v1/staff/plate-readings",
    tag = "stays",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = PlateReading,
    responses(
        (status = CREATED, body = ClaimAnswer),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`stay_claimed`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`plate_invalid`, `plate_colour_unknown`, `confidence_range`, `captured_in_future`, \
                           `captured_too_long_ago`, `no_tariff_terms`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn read_plate(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<PlateReading>,
) -> Answer<Reply> {
    staff.must_be(&[Role::Inspector, Role::Manager])?;
    if body.confidence_pct > 100 {
        return Err(Refusal::refused("confidence_range", "confidence_pct is 0 to 100").into());
    }
    if !(1..=SOURCE_LIMIT).contains(&body.source.len()) {
        let detail = format!("source has 1 to {SOURCE_LIMIT} bytes");
        return Err(Refusal::malformed("field_length", detail).into());
    }
    // A camera may read what is no Chinese plate; it is taken as read.
    let colour = body.plate_colour.as_deref();
    let (plate, colour) = seen_plate(&Typed { plate: &body.plate, colour, form: Some("other") })?;
    let claim = Claim {
        bay_code: bay_code(&body.bay_code)?,
        plate,
        colour,
        by: Claimant::Video {
            source: body.source.clone(),
            confidence_pct: body.confidence_pct,
            by: staff.id,
        },
        made_at: captured_at(body.seen_at, app.clock.city_now())?,
    };
    let reply = again(|| store_reading(&app, &once, staff, &claim)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_reading(app: &App, once: &Once, staff: Staff, claim: &Claim) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let claimed = claim_bay(app, &mut tx, claim).await?;
    once.settle(tx, &scope, StatusCode::CREATED, &ClaimAnswer::of(&claimed)).await
}
