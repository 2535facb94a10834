//! The plate of the vehicle in a bay, entered by whoever stands there and wants to pay without signing in.
//!
//! The weakest word of all: it names a vehicle that nobody else has named, and gives way to any other. It
//! waits for nothing: without a vehicle in the bay nothing is stored. How often is limited for each address
//! and each bay.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::BayCode;

use super::claims::{Typed, seen_plate};
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use super::visitor::{Visitor, ask};
use crate::app::App;
use crate::flow::claim_bay::{Claim, ClaimState, Claimant, claim_bay};
use crate::flow::{Outcome, Refusal, again};
use crate::rate_limit::Allowance;

const ENTRIES: Allowance = Allowance { burst: 5, every_ms: 30_000 };
/// Of all visitors together.
const ENTRIES_OF_BAY: Allowance = Allowance { burst: 5, every_ms: 30_000 };

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(enter_plate))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlateEntry {
    #[schema(example = "甘D·12345")]
    plate: String,
    /// As for claims; from the plate's form if left out.
    #[schema(example = "green")]
    plate_colour: Option<String>,
    /// `other` takes a plate of no Chinese form as typed.
    plate_form: Option<String>,
}

/// That the vehicle is known now; whose it is is not said.
#[derive(Debug, Serialize, ToSchema)]
struct PlateEntered {
    #[schema(example = "TS01")]
    bay_code: String,
}

/// Names the vehicle that stands in a bay, so that it can be paid for there without signing in.
#[utoipa::path(
    post,
    path = "/api/v1/bays/{bay_code}/plate",
    tag = "orders",
    params(
        ("bay_code" = String, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = PlateEntry,
    responses(
        (status = CREATED, body = PlateEntered),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`bay_not_occupied`, `stay_claimed`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`plate_invalid`, `plate_colour_unknown`, `plate_form_unknown`, `no_tariff_terms`",
            body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn enter_plate(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Named(code): Named,
    Command { body, once }: Command<PlateEntry>,
) -> Answer<Reply> {
    visitor.may_ask(&app, "plate", ENTRIES)?;
    let unknown = |_| Refusal::missing("bay_unknown", "no bay has this code");
    let bay_code = BayCode::parse(&code).map_err(unknown)?;
    ask(&app, &format!("plate of bay {bay_code}"), ENTRIES_OF_BAY)?;
    let (plate, colour) = seen_plate(&Typed {
        plate: &body.plate,
        colour: body.plate_colour.as_deref(),
        form: body.plate_form.as_deref(),
    })?;
    let claim = Claim {
        bay_code,
        plate,
        colour,
        by: Claimant::Payment(None),
        made_at: app.clock.city_now(),
    };
    let reply = again(|| store_entry(&app, &once, &claim)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_entry(app: &App, once: &Once, claim: &Claim) -> Outcome<Reply> {
    let scope = format!("plate:{}", claim.bay_code);
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let claimed = claim_bay(app, &mut tx, claim).await?;
    if claimed.state != ClaimState::Bound {
        let detail = "no vehicle is known to stand in this bay";
        return Err(Refusal::conflict("bay_not_occupied", detail));
    }
    let entered = PlateEntered { bay_code: claim.bay_code.to_string() };
    once.settle(tx, &scope, StatusCode::CREATED, &entered).await
}
