//! Passes: what is sold, the caller's own, and applications for staff. A pass promises no bay.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{Lane, PassEvidenceRow, PassProductRow, PassRow, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::{Driver, Staff};
use super::error::{Answer, Problem, Refused};
use super::evidence::file_type;
use super::exemptions::{plate, text_of};
use super::extract::{Asked, Named, NamedTwo, whole_body};
use super::health::Moment;
use super::idempotent::{Command, Reply, Turn};
use super::masked;
use crate::app::App;
use crate::flow::end_pass::end_pass;
use crate::flow::passes::{
    NewProduct, apply_for_pass, change_plate, decide_pass, pass_unknown, sell_pass,
};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

const DECIDERS: [Role; 2] = [Role::Reviewer, Role::Manager];
const READERS: [Role; 4] = [Role::Reviewer, Role::Finance, Role::Manager, Role::Auditor];
const SHOWN: i64 = 500;
/// Longest file, in bytes; most files of one application.
const FILE_LIMIT: usize = 2 << 20;
const FILES_LIMIT: usize = 4;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_products))
        .routes(routes!(list_passes, ask_for_pass))
        .routes(routes!(new_plate))
        .routes(routes!(give_back))
        .routes(routes!(put_product))
        .routes(routes!(list_applications))
        .routes(routes!(decide_application))
        .routes(routes!(get_evidence))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(put_evidence))
                .layer(DefaultBodyLimit::max(FILE_LIMIT)),
        )
}

/// A pass that is sold. It promises no bay.
#[derive(Debug, Serialize, ToSchema)]
struct ProductView {
    product_id: Uuid,
    zone_id: Uuid,
    name: String,
    /// Its name in the tariff, which says what it covers and when.
    tariff_pass: String,
    price_fen: i64,
    months: i64,
    /// How many there are; without one there is no limit.
    quota: Option<i64>,
    evidence_needed: bool,
    eligibility: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Products {
    #[serde(flatten)]
    moment: Moment,
    products: Vec<ProductView>,
    promise: &'static str,
}

#[derive(Clone, Deserialize, ToSchema)]
struct ApplyRequest {
    product_id: Uuid,
    #[schema(example = "甘D·12345")]
    plate: String,
}

#[derive(Clone, Deserialize, ToSchema)]
struct PlateRequest {
    #[schema(example = "甘D·54321")]
    plate: String,
}

/// A pass of the caller's.
#[derive(Debug, Serialize, ToSchema)]
struct PassView {
    pass_id: Uuid,
    product_id: Uuid,
    plate: Option<String>,
    /// `applied`, `waiting`, `offered`, `active`, `ended`, `cancelled`, `refused` or `lapsed`.
    #[schema(example = "offered")]
    state: String,
    price_fen: i64,
    /// The order to pay, once it is offered.
    order_id: Option<Uuid>,
    #[schema(value_type = Option<String>, format = DateTime)]
    offered_until: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_from: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_to: Option<Timestamp>,
    given_back_fen: i64,
    /// Why it was refused.
    reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Passes {
    #[serde(flatten)]
    moment: Moment,
    passes: Vec<PassView>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
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
    /// `applied` if left out.
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
struct DecisionRequest {
    approve: bool,
    /// For a refusal.
    reason: Option<String>,
}

impl ProductView {
    fn of(row: &PassProductRow) -> ProductView {
        ProductView {
            product_id: row.product_id,
            zone_id: row.zone_id,
            name: row.name.clone(),
            tariff_pass: row.tariff_pass.clone(),
            price_fen: row.price_fen,
            months: row.months,
            quota: row.quota,
            evidence_needed: row.evidence_needed,
            eligibility: row.eligibility.clone(),
        }
    }
}

impl PassView {
    async fn of(tx: &mut Tx, row: &PassRow) -> Outcome<PassView> {
        let order = tx.order_of("pass", row.pass_id).await?;
        Ok(PassView {
            pass_id: row.pass_id,
            product_id: row.product_id,
            plate: tx.pass_plate_now(row.pass_id).await?,
            state: row.state.clone(),
            price_fen: row.price_fen,
            order_id: order.map(|order| order.order_id),
            offered_until: row.offered_until_at.map(Timestamp::from_ms),
            valid_from: row.valid_from_at.map(Timestamp::from_ms),
            valid_to: row.valid_to_at.map(Timestamp::from_ms),
            given_back_fen: row.given_back_fen,
            reason: row.reason.clone(),
        })
    }
}

/// The passes that are sold.
#[utoipa::path(get, path = "/api/v1/passes/products", tag = "orders", responses((status = OK, body = Products)))]
async fn list_products(State(app): State<Arc<App>>) -> Answer<Json<Products>> {
    let rows = app.store.read().await?.pass_products(SHOWN).await?;
    Ok(Json(Products {
        moment: Moment::of(&app),
        products: rows.iter().map(ProductView::of).collect(),
        promise: "月票不保证有空余泊位 / a pass does not promise a free bay",
    }))
}

/// The caller's passes and applications, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/passes",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Passes))
)]
async fn list_passes(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Passes>> {
    let mut tx = app.store.read().await?;
    let mut passes = Vec::new();
    for row in tx.passes_of_account(driver.0.0, SHOWN).await? {
        passes.push(PassView::of(&mut tx, &row).await?);
    }
    Ok(Json(Passes { moment: Moment::of(&app), passes }))
}

/// Asks for a pass. Without evidence to look at it is offered, or waits for a place, at once.
#[utoipa::path(
    post,
    path = "/api/v1/passes",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ApplyRequest,
    responses(
        (status = CREATED, body = PassView),
        (status = NOT_FOUND, description = "`product_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn ask_for_pass(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<ApplyRequest>,
) -> Answer<Reply> {
    let plate = plate(&body.plate)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = apply_for_pass(&app, &mut tx, driver.0, body.product_id, &plate).await?;
        let view = PassView::of(&mut tx, &row).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &view).await
    });
    Ok(reply.await?)
}

/// Attaches what shows the entitlement. It is deleted when the application is decided.
#[utoipa::path(
    put,
    path = "/api/v1/passes/{pass_id}/evidence",
    tag = "orders",
    security(("token" = [])),
    params(("pass_id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, description = "`pass_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`pass_already_decided`, `attachments_used_up`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`file_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn put_evidence(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    request: Request,
) -> Response {
    let refused = |refusal: Refusal| Refused::from(refusal).into_response();
    let content = match whole_body(request, &()).await {
        Ok(content) => content,
        Err(problem) => return problem.into_response(),
    };
    let kept = again(async || {
        let pass_id = pass_id(&named)?;
        let media_type = file_type(&content)?.to_owned();
        let mut tx = app.store.begin(Lane::Command).await?;
        let row = tx.lock_pass(pass_id).await?.filter(|p| p.account_id == Some(driver.0.0));
        if row.ok_or_else(pass_unknown)?.state != "applied" {
            return Err(Refusal::conflict("pass_already_decided", "the application was decided"));
        }
        if tx.pass_evidence(pass_id).await?.len() >= FILES_LIMIT {
            return Err(Refusal::conflict(
                "attachments_used_up",
                "an application has at most 4 files",
            ));
        }
        let evidence = PassEvidenceRow {
            evidence_id: Uuid::now_v7(),
            media_type,
            content_hash: Sha256::digest(&content).to_vec(),
            stored_at: app.clock.city_now().ms(),
            deleted_at: None,
        };
        tx.insert_pass_evidence(pass_id, &evidence, &content).await?;
        tx.commit().await?;
        Ok(())
    });
    match kept.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refused(refusal),
    }
}

/// From now on the pass holds for another plate: twice by oneself.
#[utoipa::path(
    post,
    path = "/api/v1/passes/{pass_id}/plate",
    tag = "orders",
    security(("token" = [])),
    params(
        ("pass_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = PlateRequest,
    responses(
        (status = OK, body = PassView),
        (status = NOT_FOUND, description = "`pass_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`pass_not_active`, `plate_changes_used_up`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn new_plate(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<PlateRequest>,
) -> Answer<Reply> {
    let pass_id = pass_id(&named)?;
    let plate = plate(&body.plate)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = change_plate(&app, &mut tx, driver.0, pass_id, &plate).await?;
        let view = PassView::of(&mut tx, &row).await?;
        once.settle(tx, &scope, StatusCode::OK, &view).await
    });
    Ok(reply.await?)
}

/// Gives a pass back: the price of the days not begun is refunded. An application is taken back.
#[utoipa::path(
    post,
    path = "/api/v1/passes/{pass_id}/give-back",
    tag = "orders",
    security(("token" = [])),
    params(
        ("pass_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = PassView),
        (status = NOT_FOUND, description = "`pass_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`pass_over`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn give_back(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    let pass_id = pass_id(&named)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = end_pass(&app, &mut tx, driver.0, pass_id).await?;
        let view = PassView::of(&mut tx, &row).await?;
        once.settle(tx, &scope, StatusCode::OK, &view).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
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
    responses((status = OK, body = Applications))
)]
async fn list_applications(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(which): Asked<Which>,
) -> Answer<Json<Applications>> {
    staff.must_be(&READERS)?;
    let operator = staff.actor().operator.map(|operator| operator.0);
    let state = which.state.as_deref().unwrap_or("applied");
    let mut tx = app.store.read().await?;
    let mut applications = Vec::new();
    for row in tx.passes_in_state(state, operator, SHOWN).await? {
        let mut pass = PassView::of(&mut tx, &row).await?;
        pass.plate = pass.plate.as_deref().map(masked::plate);
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
    let missing =
        || Refusal::missing("attachment_missing", "there is no such file, or not any more");
    let pass_id = Uuid::parse_str(&pass).map_err(|_| pass_unknown())?;
    let evidence_id = Uuid::parse_str(&evidence).map_err(|_| missing())?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let row = tx.pass(pass_id).await?.filter(|p| staff.actor().may_touch(Some(p.operator_id)));
    row.ok_or_else(pass_unknown)?;
    let found = tx.pass_evidence_content(pass_id, evidence_id).await?;
    let (media_type, content) = found.ok_or_else(missing)?;
    let object = ("pass", &*pass_id.to_string());
    let now = app.clock.city_now();
    let detail = json!({"evidence_id": evidence_id});
    staff.actor().audit(&mut tx, now, "read_evidence", object, &detail).await?;
    tx.commit().await?;
    let headers = [
        (CONTENT_TYPE, media_type.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, content).into_response())
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
        let mut view = PassView::of(&mut tx, &row).await?;
        view.plate = view.plate.as_deref().map(masked::plate);
        once.settle(tx, &scope, StatusCode::OK, &view).await
    });
    Ok(reply.await?)
}

fn pass_id(named: &Named) -> Outcome<Uuid> {
    named.id("pass_unknown", "there is no such pass of yours")
}
