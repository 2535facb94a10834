//! Passes: what is sold, and the caller's own. A pass promises no bay.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Lane, PassEvidenceRow, PassProductRow, PassRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::Driver;
use super::error::{Answer, Problem, Refused};
use super::evidence::file_type;
use super::exemptions::plate;
use super::extract::{Named, whole_body};
use super::health::Moment;
use super::idempotent::{Command, Reply, Turn};
use super::masked;
use crate::app::App;
use crate::flow::end_pass::end_pass;
use crate::flow::passes::{apply_for_pass, change_plate, pass_unknown};
use crate::flow::{Outcome, Refusal, again};

pub(super) const SHOWN: i64 = 500;

/// Longest file, in bytes; most files of one application.
const FILE_LIMIT: usize = 2 << 20;

const FILES_LIMIT: usize = 4;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_products))
        .routes(routes!(list_passes, ask_for_pass))
        .routes(routes!(new_plate))
        .routes(routes!(give_back))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(put_evidence))
                .layer(DefaultBodyLimit::max(FILE_LIMIT)),
        )
}

/// A pass that is sold. It promises no bay.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProductView {
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
#[serde(deny_unknown_fields)]
struct ApplyRequest {
    product_id: Uuid,
    #[schema(example = "甘D·12345")]
    plate: String,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlateRequest {
    #[schema(example = "甘D·54321")]
    plate: String,
}

/// A pass of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PassView {
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

impl ProductView {
    pub(super) fn of(row: &PassProductRow) -> ProductView {
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
    pub(super) async fn of(tx: &mut Tx, row: &PassRow) -> Outcome<PassView> {
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

    /// As staff see it.
    pub(super) fn masked(mut self) -> PassView {
        self.plate = self.plate.as_deref().map(masked::plate);
        self
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

pub(super) fn pass_id(named: &Named) -> Outcome<Uuid> {
    named.id("pass_unknown", "there is no such pass of yours")
}
