//! A driver says which vehicle stands in a bay.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Plate, PlateColour, Timestamp};

use super::arrears::{PriorDebts, prior_debts};
use super::auth::Driver;
use super::bays::bay_code;
use super::error::{Answer, Problem};
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::claim_bay::{Claim, Claimant, Claimed, claim_bay};
use crate::flow::{Outcome, Refusal, again};

/// How old a claim may be that was made without a network.
const OLDEST_MS: i64 = 12 * 3_600_000;
/// How far a phone's clock may be ahead (machine time).
const AHEAD_MS: i64 = 2 * 60_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(make_claim))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimRequest {
    #[schema(example = "BY0012")]
    bay_code: String,
    /// As typed: case, blanks and `·` do not matter.
    #[schema(example = "甘D·12345")]
    plate: String,
    /// `blue`, `yellow`, `green`, `yellow_green`, `white` or `black`; from the plate's form if left out.
    plate_colour: Option<String>,
    /// `other` takes a plate of no Chinese form (foreign, damaged) as typed.
    plate_form: Option<String>,
    /// City time at which the driver said so, if the phone was without a network then; at most 12 hours ago. Now if
    /// left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    made_at: Option<Timestamp>,
}

/// What became of a claim.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClaimAnswer {
    claim_id: Uuid,
    /// `bound` to a stay, `waiting` until the sensor sees the vehicle, `disputed` with another's word, or
    /// kept as a `hint`.
    #[schema(value_type = String, example = "bound")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stay_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<Uuid>,
    /// What else the driver owes: shown, never a reason to refuse the bay.
    #[serde(skip_serializing_if = "Option::is_none")]
    prior_debts: Option<PriorDebts>,
}

impl ClaimAnswer {
    pub(super) fn of(claimed: &Claimed) -> ClaimAnswer {
        ClaimAnswer {
            claim_id: claimed.claim_id,
            state: claimed.state.name(),
            stay_id: claimed.bound.map(|bound| bound.stay_id),
            visit_id: claimed.bound.map(|bound| bound.visit_id),
            order_id: claimed.bound.map(|bound| bound.order_id),
            prior_debts: None,
        }
    }
}

/// Claims the vehicle in a bay, or one about to arrive there.
#[utoipa::path(
    post,
    path = "/api/v1/claims",
    tag = "stays",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ClaimRequest,
    responses(
        (status = CREATED, body = ClaimAnswer),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`stay_claimed`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`, `plate_colour_unknown`, `plate_form_unknown`, \
            `claim_too_old`, `claim_in_future`, `no_tariff_terms`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_claim(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<ClaimRequest>,
) -> Answer<Reply> {
    let (plate, colour) = seen_plate(&Typed {
        plate: &body.plate,
        colour: body.plate_colour.as_deref(),
        form: body.plate_form.as_deref(),
    })?;
    let claim = Claim {
        bay_code: bay_code(&body.bay_code)?,
        plate,
        colour,
        by: Claimant::Driver(driver.0),
        made_at: made_at(body.made_at, app.clock.city_now(), app.clock.speed())?,
    };
    let reply = again(|| store_claim(&app, &once, &driver, &claim)).await?;
    app.job_bell.notify_one();
    app.guidance.claimed(&app, &claim.bay_code);
    Ok(reply)
}

/// When a claim was made: a phone's clock may be a little ahead of ours.
fn made_at(said: Option<Timestamp>, now: Timestamp, speed: i64) -> Outcome<Timestamp> {
    let Some(said) = said else { return Ok(now) };
    if said.since_ms(now) > AHEAD_MS.saturating_mul(speed) {
        return Err(Refusal::refused("claim_in_future", "made_at lies ahead of now"));
    }
    if now.since_ms(said) > OLDEST_MS {
        let detail = "a claim can be brought in for 12 hours; ask the operator";
        return Err(Refusal::refused("claim_too_old", detail));
    }
    Ok(said.min(now))
}

async fn store_claim(app: &App, once: &Once, driver: &Driver, claim: &Claim) -> Outcome<Reply> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let claimed = claim_bay(app, &mut tx, claim).await?;
    let prior_debts = prior_debts(&mut tx, driver.0.0).await?;
    let answer = ClaimAnswer { prior_debts, ..ClaimAnswer::of(&claimed) };
    once.settle(tx, &scope, StatusCode::CREATED, &answer).await
}

/// A vehicle as somebody typed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'a> {
    pub(super) plate: &'a str,
    pub(super) colour: Option<&'a str>,
    /// `other`, to take a plate of no Chinese form as it is.
    pub(super) form: Option<&'a str>,
}

/// Plate and colour as typed. Who mistypes is told; who means it says so with the form `other`.
///
/// # Errors
/// `plate_invalid`, `plate_colour_unknown`, `plate_form_unknown`.
pub(super) fn seen_plate(typed: &Typed<'_>) -> Outcome<(Plate, Option<PlateColour>)> {
    let plate = match typed.form {
        None => Plate::parse(typed.plate),
        Some("other") => Plate::read(typed.plate),
        Some(_) => {
            let detail = "plate_form is left out, or `other` for a plate of no Chinese form";
            return Err(Refusal::refused("plate_form_unknown", detail));
        }
    };
    let plate = plate.map_err(|reject| {
        let detail = format!("{reject}; if it is right, send \"plate_form\": \"other\"");
        Refusal::refused("plate_invalid", detail)
    })?;
    let colour = typed
        .colour
        .map(|name| {
            PlateColour::from_name(name)
                .ok_or_else(|| Refusal::refused("plate_colour_unknown", "no plate has that colour"))
        })
        .transpose()?;
    Ok((plate, colour))
}

#[cfg(test)]
mod tests {
    use super::*;
    use billing::binding::Verdict;

    use crate::flow::bind_visit::Bound;
    use crate::flow::claim_bay::ClaimState;

    #[test]
    fn a_plate_is_read_as_typed_or_refused_by_name() {
        for (typed, colour, form, expected) in [
            ("甘D·12345", None, None, Ok("甘D12345")),
            ("甘d 12345", Some("yellow"), None, Ok("甘D12345")),
            ("12345", None, None, Err("plate_invalid")),
            ("12345", None, Some("other"), Ok("12345")),
            ("甘D12345", None, Some("other"), Ok("甘D12345")),
            ("?", None, Some("other"), Err("plate_invalid")),
            ("甘D12345", None, Some("blue"), Err("plate_form_unknown")),
            ("甘D12345", Some("purple"), None, Err("plate_colour_unknown")),
        ] {
            let read = seen_plate(&Typed { plate: typed, colour, form });
            match (&read, expected) {
                (Ok((plate, _)), Ok(normal)) => assert_eq!(plate.as_str(), normal),
                (Err(Refusal::Refused { code, .. }), Err(expected)) => assert_eq!(*code, expected),
                _ => panic!("{typed}: {read:?}"),
            }
        }
    }

    #[test]
    fn a_claim_made_without_a_network_keeps_its_own_time() {
        let now = Timestamp::parse("2026-09-15T10:00:00Z").unwrap();
        let at = |clock: &str| Some(Timestamp::parse(&format!("2026-09-15T{clock}Z")).unwrap());
        let before = |clock: &str| Some(Timestamp::parse(&format!("2026-09-14T{clock}Z")).unwrap());
        for (said, speed, expected) in [
            (None, 1, Ok(now)),
            (at("09:30:00"), 1, Ok(at("09:30:00").unwrap())),
            // Ahead by what a phone's clock may be wrong: now.
            (at("10:01:30"), 1, Ok(now)),
            (at("10:02:01"), 1, Err("claim_in_future")),
            (at("10:30:00"), 60, Ok(now)),
            (before("22:00:00"), 1, Ok(before("22:00:00").unwrap())),
            (before("21:59:59"), 1, Err("claim_too_old")),
        ] {
            match (made_at(said, now, speed), expected) {
                (Ok(made), Ok(expected)) => assert_eq!(made, expected),
                (Err(Refusal::Refused { code, .. }), Err(expected)) => assert_eq!(code, expected),
                (other, _) => panic!("{said:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_claim_before_the_vehicle_is_seen_waits() {
        let id = Uuid::from_u128;
        let waiting = ClaimAnswer::of(&Claimed {
            claim_id: id(1),
            state: ClaimState::Waiting,
            verdict: None,
            bound: None,
        });
        assert_eq!(
            serde_json::to_value(waiting).unwrap(),
            serde_json::json!({"claim_id": id(1), "state": "waiting"})
        );
        let bound = Bound { stay_id: id(2), visit_id: id(3), order_id: id(4) };
        let bound = ClaimAnswer::of(&Claimed {
            claim_id: id(1),
            state: ClaimState::Bound,
            verdict: Some(Verdict::Bind),
            bound: Some(bound),
        });
        assert_eq!(
            serde_json::to_value(bound).unwrap(),
            serde_json::json!({"claim_id": id(1), "state": "bound", "stay_id": id(2), "visit_id": id(3), "order_id": id(4)})
        );
    }
}
