//! An inspector binds the plate of a vehicle that stands in a bay; perhaps seen earlier, offline.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::bays::bay_code;
use super::claims::{ClaimAnswer, Typed, seen_plate};
use super::error::{Answer, Problem};
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::claim_bay::{Claim, Claimant, claim_bay};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Captures made offline are taken for this long.
const LATE_LIMIT_MS: i64 = 24 * 3_600_000;
/// Longest name of a handheld device, in bytes.
const DEVICE_LIMIT: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(make_capture))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaptureRequest {
    bay_code: String,
    plate: String,
    plate_colour: Option<String>,
    /// `other` takes a plate of no Chinese form (foreign, damaged) as typed.
    plate_form: Option<String>,
    /// City time; now if left out, not in the future, at most 24 hours old.
    #[schema(value_type = Option<String>, format = DateTime)]
    captured_at: Option<Timestamp>,
    /// The handheld that took it.
    device_uuid: Option<String>,
}

/// Binds a plate to the vehicle in a bay. For inspectors and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/captures",
    tag = "stays",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = CaptureRequest,
    responses(
        (status = CREATED, body = ClaimAnswer),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`stay_claimed`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`plate_invalid`, `plate_colour_unknown`, `plate_form_unknown`, `captured_in_future`, `captured_too_long_ago`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn make_capture(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<CaptureRequest>,
) -> Answer<Reply> {
    staff.must_be(&[Role::Inspector, Role::Manager])?;
    let (plate, colour) = seen_plate(&Typed {
        plate: &body.plate,
        colour: body.plate_colour.as_deref(),
        form: body.plate_form.as_deref(),
    })?;
    let made_at = captured_at(body.captured_at, app.clock.city_now())?;
    if body.device_uuid.as_ref().is_some_and(|uuid| uuid.len() > DEVICE_LIMIT) {
        return Err(
            Refusal::malformed("field_length", "device_uuid is longer than 64 bytes").into()
        );
    }
    let by = Claimant::Inspector(staff.id);
    let claim = Claim { bay_code: bay_code(&body.bay_code)?, plate, colour, by, made_at };
    let reply =
        again(|| store_capture(&app, &once, &staff, &claim, body.device_uuid.as_deref())).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_capture(
    app: &App,
    once: &Once,
    staff: &Staff,
    claim: &Claim,
    device_uuid: Option<&str>,
) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let claimed = claim_bay(app, &mut tx, claim).await?;
    // The plate stands in the claim; the audit log holds no personal data.
    let detail = json!({"claim_id": claimed.claim_id, "captured_at": claim.made_at, "device_uuid": device_uuid});
    let (actor, bay) = (staff.id.to_string(), claim.bay_code.as_str());
    tx.audit(app.clock.city_now().ms(), &actor, "capture", ("bay", bay), &detail.to_string())
        .await?;
    once.settle(tx, &scope, StatusCode::CREATED, &ClaimAnswer::of(&claimed)).await
}

/// A hand-held's clock may be a minute ahead of ours.
const CLOCK_AHEAD_MS: i64 = -60_000;

pub(super) fn captured_at(said: Option<Timestamp>, now: Timestamp) -> Outcome<Timestamp> {
    let at = said.unwrap_or(now);
    match now.since_ms(at) {
        ..CLOCK_AHEAD_MS => {
            Err(Refusal::refused("captured_in_future", "captured_at lies in the future"))
        }
        CLOCK_AHEAD_MS..0 => Ok(now),
        0..=LATE_LIMIT_MS => Ok(at),
        _ => Err(Refusal::refused("captured_too_long_ago", "captures are taken for 24 hours")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_taken_for_24_hours_and_never_from_the_future() {
        let now = Timestamp::from_ms(1_789_430_400_000);
        for (ms_ago, expected) in [
            (0, Ok(())),
            (24 * 3_600_000, Ok(())),
            (24 * 3_600_000 + 1, Err("captured_too_long_ago")),
            (-60_001, Err("captured_in_future")),
        ] {
            let read = captured_at(Some(now.plus_ms(-ms_ago)), now);
            match (&read, expected) {
                (Ok(at), Ok(())) => assert_eq!(now.since_ms(*at), ms_ago),
                (Err(Refusal::Refused { code, .. }), Err(expected)) => assert_eq!(*code, expected),
                _ => panic!("{ms_ago}: {read:?}"),
            }
        }
        assert_eq!(captured_at(None, now).unwrap(), now);
        assert_eq!(captured_at(Some(now.plus_ms(60_000)), now).unwrap(), now);
    }
}
