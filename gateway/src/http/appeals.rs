//! Appeals against bills, as the driver files and follows them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::appeal::Ground;
use serde::{Deserialize, Serialize};
use store::{AppealRow, CaseRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::case_view::AttachmentView;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::orders::order_id;
use crate::app::App;
use crate::flow::file_appeal::{SAID_LIMIT, appeal_unknown, file_appeal, withdraw_appeal};
use crate::flow::{Outcome, Refusal, again};

/// Appeals shown to a driver.
const SHOWN: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(appeal_against_order))
        .routes(routes!(list_appeals))
        .routes(routes!(one_appeal))
        .routes(routes!(take_appeal_back))
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppealRequest {
    /// `not_my_vehicle`, `not_parked`, `times_wrong`, `price_wrong`, `entitled`, `paid_already` or `other`.
    #[schema(example = "times_wrong")]
    ground: String,
    /// In the driver's words, at most 2000 characters.
    #[schema(example = "我九点半就开走了，附停车场照片。")]
    text: String,
}

/// An appeal as both sides see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AppealView {
    appeal_id: Uuid,
    case_id: Uuid,
    order_id: Uuid,
    ground: String,
    text: String,
    /// `filed`, `in_review`, `proposed`, `granted`, `partly_granted`, `refused` or `withdrawn`.
    #[schema(example = "filed")]
    state: String,
    /// What the order cost when the appeal was filed.
    asked_fen: i64,
    /// What the decision gives.
    given_fen: i64,
    /// Why it was decided so.
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    filed_at: Timestamp,
    /// It is decided by then, in working time.
    #[schema(value_type = Option<String>, format = DateTime)]
    decide_by_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// The version of the policy that it is decided under.
    policy: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AppealAnswer {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    appeal: AppealView,
    evidence: Vec<AttachmentView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Appeals {
    #[serde(flatten)]
    moment: Moment,
    appeals: Vec<AppealView>,
}

impl AppealView {
    pub(super) fn of(row: &AppealRow, case: Option<&CaseRow>) -> AppealView {
        AppealView {
            appeal_id: row.appeal_id,
            case_id: row.case_id,
            order_id: row.order_id,
            ground: row.ground.clone(),
            text: row.said.clone(),
            state: row.state.clone(),
            asked_fen: row.asked_fen,
            given_fen: row.given_fen,
            // A proposal may still be sent back: its reason is for the driver once it holds.
            reason: row.reason.clone().filter(|_| row.decided_at.is_some()),
            filed_at: Timestamp::from_ms(row.filed_at),
            decide_by_at: case.and_then(|c| c.due_at).map(Timestamp::from_ms),
            decided_at: row.decided_at.map(Timestamp::from_ms),
            policy: row.policy.clone(),
        }
    }
}

/// Appeals against the bill of one of the caller's orders. Dunning stops until it is decided.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/appeals",
    tag = "orders",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = AppealRequest,
    responses(
        (status = CREATED, body = AppealView),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_not_final`, `appeal_open`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`nothing_to_appeal`, `appeal_too_late`, `appeals_used_up`, \
            `appeals_not_ruled`, `ground_unknown`, `nothing_said`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn appeal_against_order(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<AppealRequest>,
) -> Answer<Reply> {
    let order_id = order_id(&named)?;
    let ground = Ground::from_name(&body.ground).ok_or_else(|| {
        Refusal::refused("ground_unknown", "there is no such ground for an appeal")
    })?;
    if body.text.trim().is_empty() {
        return Err(Refusal::refused("nothing_said", "say what is wrong with the bill").into());
    }
    if body.text.chars().count() > SAID_LIMIT {
        return Err(
            Refusal::malformed("field_length", "an appeal has at most 2000 characters").into()
        );
    }
    Ok(again(|| store_appeal(&app, &once, driver, order_id, (ground, &body.text))).await?)
}

async fn store_appeal(
    app: &App,
    once: &Once,
    driver: Driver,
    order_id: Uuid,
    (ground, text): (Ground, &str),
) -> Outcome<Reply> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let row = file_appeal(app, &mut tx, driver.0, order_id, ground, text).await?;
    let case = tx.case(row.case_id).await?;
    let answer = AppealView::of(&row, case.as_ref());
    once.settle(tx, &scope, StatusCode::CREATED, &answer).await
}

/// The caller's appeals, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/appeals",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Appeals))
)]
async fn list_appeals(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Appeals>> {
    let mut tx = app.store.read().await?;
    let mut appeals = Vec::new();
    for row in tx.appeals_of_account(driver.0.0, SHOWN).await? {
        let case = tx.case(row.case_id).await?;
        appeals.push(AppealView::of(&row, case.as_ref()));
    }
    Ok(Json(Appeals { moment: Moment::of(&app), appeals }))
}

/// One of the caller's appeals.
#[utoipa::path(
    get,
    path = "/api/v1/appeals/{appeal_id}",
    tag = "orders",
    security(("token" = [])),
    params(("appeal_id" = Uuid, Path)),
    responses(
        (status = OK, body = AppealAnswer),
        (status = NOT_FOUND, description = "`appeal_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_appeal(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<AppealAnswer>> {
    let appeal_id = appeal_id(&named)?;
    let mut tx = app.store.read().await?;
    let row = tx.appeal(appeal_id).await?.filter(|a| a.account_id == Some(driver.0.0));
    let row = row.ok_or_else(appeal_unknown)?;
    Ok(Json(answer_of(&app, &mut tx, &row).await?))
}

/// Takes an appeal back; dunning goes on.
#[utoipa::path(
    post,
    path = "/api/v1/appeals/{appeal_id}/withdraw",
    tag = "orders",
    security(("token" = [])),
    params(
        ("appeal_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = AppealView),
        (status = NOT_FOUND, description = "`appeal_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`appeal_over`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn take_appeal_back(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    let appeal_id = appeal_id(&named)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = withdraw_appeal(&app, &mut tx, driver.0, appeal_id).await?;
        once.settle(tx, &scope, StatusCode::OK, &AppealView::of(&row, None)).await
    });
    Ok(reply.await?)
}

/// An empty object.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

pub(super) async fn answer_of(
    app: &App,
    tx: &mut store::Tx,
    row: &AppealRow,
) -> Outcome<AppealAnswer> {
    let case = tx.case(row.case_id).await?;
    let evidence = tx.attachments(row.case_id).await?.iter().map(AttachmentView::of).collect();
    Ok(AppealAnswer {
        moment: Moment::of(app),
        appeal: AppealView::of(row, case.as_ref()),
        evidence,
    })
}

pub(super) fn appeal_id(named: &Named) -> Outcome<Uuid> {
    named.id("appeal_unknown", "there is no such appeal of yours")
}
