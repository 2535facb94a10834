//! Passes for staff: what is put on sale, and the applications with their evidence.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing::pass::PassState;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Lane;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::Staff;
use super::error::{Answer, Problem};
use super::exemptions::{plate, text_of};
use super::extract::{Asked, Named, NamedTwo, one_of};
use super::health::Moment;
use super::idempotent::{Command, Reply, Turn};
use super::passes::{PassView, ProductView, SHOWN, pass_id};
use super::private_file::{Reading, hand_out, missing};
use crate::app::App;
use crate::flow::end_sale::end_sale;
use crate::flow::passes::{NewProduct, change_plate_for, decide_pass, pass_unknown, sell_pass};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(put_product))
        .routes(routes!(end_product))
        .routes(routes!(list_applications))
        .routes(routes!(decide_application))
        .routes(routes!(change_holders_plate))
        .routes(routes!(get_evidence))
}

const DECIDERS: [Role; 2] = [Role::Reviewer, Role::Manager];

const READERS: [Role; 4] = [Role::Reviewer, Role::Finance, Role::Manager, Role::Auditor];

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProductRequest {
    zone_id: Uuid,
    #[schema(example = "居民夜间月票")]
    name: String,
    #[schema(example = "resident-night")]
    tariff_pass: String,
    price_fen: i64,
    /// 1 to 24.
    months: i64,
    quota: Option<i64>,
    evidence_needed: bool,
    /// Who may have it, in words.
    eligibility: String,
    /// How long an offer stands; 72 if left out.
    offer_hours: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `applied` if left out; `waiting`, `offered`, `active`, `ended`, `cancelled`, `refused`, `lapsed`.
    state: Option<String>,
}

/// An application. The plate is masked.
#[derive(Debug, Serialize, ToSchema)]
struct ApplicationView {
    #[serde(flatten)]
    pass: PassView,
    #[schema(value_type = String, format = DateTime)]
    applied_at: Timestamp,
    evidence: Vec<EvidenceView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct EvidenceView {
    evidence_id: Uuid,
    media_type: String,
    sha256: String,
    /// The bytes were deleted with the decision.
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Applications {
    #[serde(flatten)]
    moment: Moment,
    applications: Vec<ApplicationView>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionRequest {
    approve: bool,
    /// For a refusal.
    reason: Option<String>,
}

/// Another plate for the holder of a pass.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldersPlateRequest {
    #[schema(example = "甘D·54321")]
    plate: String,
    /// For the audit log; no plate in it.
    #[schema(example = "the car was sold, the new papers were shown")]
    reason: String,
}

/// Puts a pass on sale.
#[utoipa::path(
    post,
    path = "/api/v1/staff/passes/products",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ProductRequest,
    responses(
        (status = CREATED, body = ProductView),
        (status = NOT_FOUND, description = "`zone_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`product_exists`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`pass_not_in_tariff`, `product_malformed`, `operator_missing`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn put_product(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<ProductRequest>,
) -> Answer<Reply> {
    staff.must_be(&[Role::Manager])?;
    let new = product_of(&body)?;
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = sell_pass(&app, &mut tx, &staff.actor(), &new).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &ProductView::of(&row)).await
    });
    Ok(reply.await?)
}

/// Takes a pass off sale. Who asked for it and has no offer gets none; offers that stand can still be paid, and passes
/// that run go on.
#[utoipa::path(
    post,
    path = "/api/v1/staff/passes/products/{product_id}/end",
    tag = "orders",
    security(("token" = [])),
    params(
        ("product_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = ProductView),
        (status = NOT_FOUND, description = "`product_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`product_ended`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn end_product(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    staff.must_be(&[Role::Manager])?;
    let product_id = named.id("product_unknown", "there is no such pass of yours")?;
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = end_sale(&app, &mut tx, &staff.actor(), product_id).await?;
        once.settle(tx, &scope, StatusCode::OK, &ProductView::of(&row)).await
    });
    Ok(reply.await?)
}

fn product_of(body: &ProductRequest) -> Outcome<NewProduct<'_>> {
    let offer_hours = body.offer_hours.unwrap_or(72);
    let fits = body.price_fen > 0
        && (1..=24).contains(&body.months)
        && (1..=720).contains(&offer_hours)
        && body.quota.is_none_or(|quota| quota > 0);
    if !fits {
        let detail = "a price above 0, 1 to 24 months, a quota above 0, an offer of 1 to 720 hours";
        return Err(Refusal::refused("product_malformed", detail));
    }
    let words = "a pass has a name, its name in the tariff, and says who may have it";
    Ok(NewProduct {
        zone_id: body.zone_id,
        name: text_of(&body.name, "product_malformed", words)?,
        tariff_pass: text_of(&body.tariff_pass, "product_malformed", words)?,
        price_fen: body.price_fen,
        months: body.months,
        quota: body.quota,
        evidence_needed: body.evidence_needed,
        eligibility: text_of(&body.eligibility, "product_malformed", words)?,
        offer_hours,
    })
}

/// Applications and passes in a state, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/staff/passes",
    tag = "orders",
    security(("token" = [])),
    params(Which),
    responses(
        (status = OK, body = Applications),
        (status = BAD_REQUEST, description = "`malformed_query`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_applications(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(which): Asked<Which>,
) -> Answer<Json<Applications>> {
    staff.must_be(&READERS)?;
    one_of(which.state.as_deref(), &PassState::ALL.map(PassState::name), "state")?;
    let operator = staff.actor().operator.map(|operator| operator.0);
    let state = which.state.as_deref().unwrap_or("applied");
    let mut tx = app.store.read().await?;
    let mut applications = Vec::new();
    for row in tx.passes_in_state(state, operator, SHOWN).await? {
        let pass = PassView::of(&mut tx, &row).await?.masked();
        let evidence = tx.pass_evidence(row.pass_id).await?;
        let evidence = evidence.iter().map(|e| EvidenceView {
            evidence_id: e.evidence_id,
            media_type: e.media_type.clone(),
            sha256: hex::encode(&e.content_hash),
            deleted_at: e.deleted_at.map(Timestamp::from_ms),
        });
        let applied_at = Timestamp::from_ms(row.applied_at);
        applications.push(ApplicationView { pass, applied_at, evidence: evidence.collect() });
    }
    Ok(Json(Applications { moment: Moment::of(&app), applications }))
}

/// A piece of evidence, until the application is decided. Goes to the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/staff/passes/{pass_id}/evidence/{evidence_id}",
    tag = "orders",
    security(("token" = [])),
    params(("pass_id" = Uuid, Path), ("evidence_id" = Uuid, Path)),
    responses(
        (status = OK, body = Vec<u8>, content_type = "image/jpeg"),
        (status = NOT_FOUND, description = "`pass_unknown`, `attachment_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn get_evidence(
    State(app): State<Arc<App>>,
    staff: Staff,
    NamedTwo(pass, evidence): NamedTwo,
) -> Answer<Response> {
    staff.must_be(&DECIDERS)?;
    let pass_id = Uuid::parse_str(&pass).map_err(|_| pass_unknown())?;
    let evidence_id = Uuid::parse_str(&evidence).map_err(|_| missing())?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let row = tx.pass(pass_id).await?.filter(|p| staff.actor().may_touch(Some(p.operator_id)));
    row.ok_or_else(pass_unknown)?;
    let found = tx.pass_evidence_content(pass_id, evidence_id).await?;
    let detail = json!({"evidence_id": evidence_id});
    let reading = Reading { action: "read_evidence", object: ("pass", pass_id), detail };
    Ok(hand_out(&app, staff, tx, found, reading).await?)
}

/// Decides an application; the evidence is deleted with the decision.
#[utoipa::path(
    post,
    path = "/api/v1/staff/passes/{pass_id}/decision",
    tag = "orders",
    security(("token" = [])),
    params(
        ("pass_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = DecisionRequest,
    responses(
        (status = OK, body = PassView),
        (status = NOT_FOUND, description = "`pass_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`pass_already_decided`, `pass_over`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`reason_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn decide_application(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<DecisionRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let pass_id = pass_id(&named)?;
    let reason = body.reason.clone().unwrap_or_default();
    let refusal = (!body.approve).then_some(reason.as_str());
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = decide_pass(&app, &mut tx, &staff.actor(), pass_id, refusal).await?;
        let view = PassView::of(&mut tx, &row).await?.masked();
        once.settle(tx, &scope, StatusCode::OK, &view).await
    });
    Ok(reply.await?)
}

/// From now on a pass holds for another plate, also where its holder has changed it twice. Goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/passes/{pass_id}/plate",
    tag = "orders",
    security(("token" = [])),
    params(
        ("pass_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = HoldersPlateRequest,
    responses(
        (status = OK, body = PassView),
        (status = NOT_FOUND, description = "`pass_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`pass_not_active`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`, `reason_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn change_holders_plate(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<HoldersPlateRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let pass_id = pass_id(&named)?;
    let plate = plate(&body.plate)?;
    let reason = text_of(&body.reason, "reason_missing", "say why the plate is changed")?;
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let change = (&plate, reason);
        let row = change_plate_for(&app, &mut tx, &staff.actor(), pass_id, change).await?;
        let view = PassView::of(&mut tx, &row).await?.masked();
        once.settle(tx, &scope, StatusCode::OK, &view).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}
