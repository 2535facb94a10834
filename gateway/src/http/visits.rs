//! What staff set right of a visit: its bays and its vehicle.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::auth::Staff;
use super::bays::bay_code;
use super::claim_fixes::{BoundView, CORRECTORS, reason};
use super::claims::{Typed, seen_plate};
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::correct_vehicle::{Correction, correct_vehicle};
use crate::flow::extend_visit::{Role, add_bay};
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(add_bay_to_visit)).routes(routes!(correct_visit_vehicle))
}

/// A further bay of a visit.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BayRequest {
    #[schema(example = "BY0013")]
    bay_code: String,
    /// `occupies`: charged together with the others. `straddles`: merely touched, free.
    #[schema(example = "occupies")]
    role: String,
    /// For the audit log; no plate in it.
    #[schema(example = "truck on two bays")]
    reason: String,
}

/// Another vehicle.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VehicleRequest {
    #[schema(example = "甘D·12345")]
    plate: String,
    /// As for claims; from the plate's form if left out.
    #[schema(example = "yellow")]
    plate_colour: Option<String>,
    /// `other` takes a plate of no Chinese form as typed.
    plate_form: Option<String>,
    /// For the audit log; no plate in it.
    #[schema(example = "misread, photo shows another digit")]
    reason: String,
}

/// The visit's order, which is priced again, and how often its vehicle was corrected.
#[derive(Debug, Serialize, ToSchema)]
struct VehicleAnswer {
    order_id: Uuid,
    version: i64,
}

/// Adds the stay of another bay to a visit, or says anew what it is to it. For inspectors, reviewers and
/// managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/visits/{visit_id}/bays",
    tag = "stays",
    security(("token" = [])),
    params(
        ("visit_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = BayRequest,
    responses(
        (status = OK, body = BoundView),
        (status = NOT_FOUND, description = "`visit_unknown`, `bay_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT,
            description = "`no_stay_to_add`, `no_bay_occupied` (the only bay that is charged cannot become a straddled one), \
                `stay_claimed`, `zone_differs`, `visit_without_stay`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`role_unknown`, `no_tariff_terms`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn add_bay_to_visit(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<BayRequest>,
) -> Answer<Reply> {
    staff.must_be(&CORRECTORS)?;
    let visit_id = visit_id(&named)?;
    let reason = reason(&body.reason)?;
    let code = bay_code(&body.bay_code)?;
    let role = Role::from_name(&body.role)
        .ok_or_else(|| Refusal::refused("role_unknown", "`occupies` or `straddles`"))?;
    let run = async || {
        let (scope, actor) = (staff.scope(), staff.actor());
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let bound = add_bay(&app, &mut tx, &actor, visit_id, (&code, role)).await?;
        let detail = json!({"bay_code": code.as_str(), "role": role.name(), "reason": reason});
        let (now, visit) = (app.clock.city_now(), visit_id.to_string());
        actor.audit(&mut tx, now, "add_bay", ("visit", &visit), &detail).await?;
        once.settle(tx, &scope, StatusCode::OK, &BoundView::of(&bound)).await
    };
    let reply = again(run).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// Gives a visit the vehicle that it really is of, paid or not; its order is priced again. For
/// inspectors, reviewers and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/visits/{visit_id}/vehicle",
    tag = "stays",
    security(("token" = [])),
    params(
        ("visit_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = VehicleRequest,
    responses(
        (status = OK, body = VehicleAnswer),
        (status = NOT_FOUND, description = "`visit_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`, `plate_colour_unknown`, `plate_form_unknown`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn correct_visit_vehicle(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<VehicleRequest>,
) -> Answer<Reply> {
    staff.must_be(&CORRECTORS)?;
    let visit_id = visit_id(&named)?;
    let typed = Typed {
        plate: &body.plate,
        colour: body.plate_colour.as_deref(),
        form: body.plate_form.as_deref(),
    };
    let (plate, colour) = seen_plate(&typed)?;
    let correction = Correction { plate, colour, reason: reason(&body.reason)? };
    let reply = again(|| store_vehicle(&app, &once, staff, visit_id, &correction)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_vehicle(
    app: &App,
    once: &Once,
    staff: Staff,
    visit_id: Uuid,
    correction: &Correction,
) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let (order_id, version) = correct_vehicle(app, &mut tx, &actor, visit_id, correction).await?;
    // The plates stand in visit_vehicle; the audit log holds no personal data.
    let detail = json!({"version": version, "reason": correction.reason});
    let (now, visit) = (app.clock.city_now(), visit_id.to_string());
    actor.audit(&mut tx, now, "correct_vehicle", ("visit", &visit), &detail).await?;
    once.settle(tx, &scope, StatusCode::OK, &VehicleAnswer { order_id, version }).await
}

fn visit_id(named: &Named) -> Outcome<Uuid> {
    named.id("visit_unknown", "no such visit")
}
