//! Refunds as finance sees them: what is on its way, what waits for a person, and transfers by hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::refund::RefundState;
use serde::{Deserialize, Serialize};
use store::RefundRow;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::{Driver, Staff};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::orders::order_id;
use crate::app::App;
use crate::flow::refund_again::refund_again;
use crate::flow::refund_by_hand::{confirm_transfer, enter_transfer, known_refund, pay_out};
use crate::flow::refund_credit::Route;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Who sees refunds, and who pays them by hand.
const ONLOOKERS: [Role; 4] = [Role::Finance, Role::Manager, Role::Reviewer, Role::Auditor];
const PAYERS: [Role; 2] = [Role::Finance, Role::Manager];
const COLLECTORS: [Role; 1] = [Role::Inspector];
const USUAL: i64 = 50;
const LIMIT: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(refunds_of_order))
        .routes(routes!(list_refunds))
        .routes(routes!(start_again))
        .routes(routes!(one_refund))
        .routes(routes!(transfer))
        .routes(routes!(confirm))
        .routes(routes!(cash_out))
}

/// A refund. `state` is `requested`, `processing`, `abnormal`, `succeeded` or `closed`.
#[derive(Debug, Serialize, ToSchema)]
struct RefundView {
    refund_id: Uuid,
    order_id: Option<Uuid>,
    payment_id: Uuid,
    amount_fen: i64,
    /// What made it due.
    #[schema(example = "priced")]
    reason: String,
    #[schema(example = "processing")]
    state: String,
    /// `channel`, or `hand` for what no channel gives back.
    way: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// The same for staff.
#[derive(Debug, Serialize, ToSchema)]
struct StaffRefundView {
    #[serde(flatten)]
    refund: RefundView,
    /// The number that the channel knows it by.
    out_refund_no: String,
    provider_refund_id: Option<String>,
    asked_by: String,
    /// Why the channel refused it.
    failure: Option<String>,
    /// The number of a bank transfer, or the shift it was paid out of.
    hand_reference: Option<String>,
    /// Who entered it; another person confirms.
    hand_by: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RefundsOfOrder {
    #[serde(flatten)]
    moment: Moment,
    /// Oldest first.
    refunds: Vec<RefundView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RefundPage {
    #[serde(flatten)]
    moment: Moment,
    /// Oldest first.
    refunds: Vec<StaffRefundView>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RefundQuestion {
    /// `abnormal` if left out: those that wait for a person.
    state: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 50 if left out, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

#[derive(Clone, Deserialize, ToSchema)]
struct TransferRequest {
    /// The bank's number of the transfer.
    #[schema(example = "2026113000123456")]
    reference: String,
}

#[derive(Clone, Deserialize, ToSchema)]
struct AgainRequest {
    /// By bank transfer, since the channel will not; false if left out.
    #[serde(default)]
    by_hand: bool,
}

/// The refunds that were started.
#[derive(Debug, Serialize, ToSchema)]
struct StartedRefunds {
    /// Newest payment first.
    refunds: Vec<StaffRefundView>,
}

#[derive(Clone, Deserialize, ToSchema)]
struct Nothing {}

impl RefundView {
    fn of(row: &RefundRow) -> RefundView {
        RefundView {
            refund_id: row.refund_id,
            order_id: row.order_id,
            payment_id: row.payment_id,
            amount_fen: row.amount_fen,
            reason: row.reason.clone(),
            state: row.state.clone(),
            way: row.way.clone(),
            created_at: Timestamp::from_ms(row.created_at),
            changed_at: Timestamp::from_ms(row.changed_at),
        }
    }
}

impl StaffRefundView {
    fn of(row: &RefundRow) -> StaffRefundView {
        StaffRefundView {
            refund: RefundView::of(row),
            out_refund_no: row.out_refund_no.clone(),
            provider_refund_id: row.provider_refund_id.clone(),
            asked_by: row.asked_by.clone(),
            failure: row.failure.clone(),
            hand_reference: row.hand_reference.clone(),
            hand_by: row.hand_by.clone(),
        }
    }
}

/// What of an order of the caller's went back or is on its way back.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}/refunds",
    tag = "orders",
    security(("token" = [])),
    params(("order_id" = Uuid, Path)),
    responses(
        (status = OK, body = RefundsOfOrder),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn refunds_of_order(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<RefundsOfOrder>> {
    let order_id = order_id(&named)?;
    let mut tx = app.store.read().await?;
    let order = tx.order(order_id).await?.filter(|order| order.account_id == Some(driver.0.0));
    order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
    let refunds = tx.refunds_of_order(order_id).await?;
    let refunds = refunds.iter().map(RefundView::of).collect();
    Ok(Json(RefundsOfOrder { moment: Moment::of(&app), refunds }))
}

/// Refunds in one state, oldest first. For finance, managers, reviewers and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/staff/refunds",
    tag = "money",
    security(("token" = [])),
    params(RefundQuestion),
    responses(
        (status = OK, body = RefundPage),
        (status = BAD_REQUEST, description = "`malformed_query`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_refunds(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(question): Asked<RefundQuestion>,
) -> Answer<Json<RefundPage>> {
    staff.must_be(&ONLOOKERS)?;
    let limit = question.limit.unwrap_or(USUAL);
    if !(1..=LIMIT).contains(&limit) {
        return Err(malformed_query(&"limit must lie in 1..200").into());
    }
    let state = question.state.as_deref().unwrap_or("abnormal");
    if RefundState::from_name(state).is_none() {
        let states = RefundState::ALL.map(RefundState::name).join(", ");
        return Err(malformed_query(&format!("state is one of {states}")).into());
    }
    let after = question.cursor.as_deref().map(read_cursor).transpose()?;
    let operator = staff.actor().operator.map(|operator| operator.0);
    let mut tx = app.store.read().await?;
    let mut rows = tx.refunds_in_state(state, operator, after, limit + 1).await?;
    let length = usize::try_from(limit).map_err(anyhow::Error::from)?;
    let more = rows.len() > length;
    rows.truncate(length);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| format!("{}.{}", row.created_at, row.refund_id.simple()));
    let refunds = rows.iter().map(StaffRefundView::of).collect();
    Ok(Json(RefundPage { moment: Moment::of(&app), refunds, next }))
}

/// One refund. For finance, managers, reviewers and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/staff/refunds/{refund_id}",
    tag = "money",
    security(("token" = [])),
    params(("refund_id" = Uuid, Path)),
    responses(
        (status = OK, body = StaffRefundView),
        (status = NOT_FOUND, description = "`refund_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_refund(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<StaffRefundView>> {
    staff.must_be(&ONLOOKERS)?;
    let mut tx = app.store.read().await?;
    let row = known_refund(&mut tx, &staff.actor(), refund_id(&named)?).await?;
    Ok(Json(StaffRefundView::of(&row)))
}

/// Starts the refund of an order's credit once more, after the channel closed the first one or a case that
/// stood in the way was settled. For finance and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/orders/{order_id}/refunds",
    tag = "money",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = AgainRequest,
    responses(
        (status = CREATED, body = StartedRefunds),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`nothing_to_refund`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn start_again(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<AgainRequest>,
) -> Answer<Reply> {
    staff.must_be(&PAYERS)?;
    let route = if body.by_hand { Route::ByHand } else { Route::AsItCame };
    let order = (order_id(&named)?, route);
    Ok(again(|| store_again(&app, &once, staff, order)).await?)
}

async fn store_again(app: &App, once: &Once, staff: Staff, order: (Uuid, Route)) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let rows = refund_again(app, &mut tx, &actor, order).await?;
    let refunds = rows.iter().map(StaffRefundView::of).collect();
    once.settle(tx, &scope, StatusCode::CREATED, &StartedRefunds { refunds }).await
}

/// Enters a bank transfer for a refund that no channel makes. Somebody else confirms it. For finance and
/// managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/refunds/{refund_id}/transfer",
    tag = "money",
    security(("token" = [])),
    params(
        ("refund_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = TransferRequest,
    responses(
        (status = OK, body = StaffRefundView),
        (status = NOT_FOUND, description = "`refund_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`refund_not_by_hand`, `refund_ended`, `transfer_entered`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`reference_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn transfer(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<TransferRequest>,
) -> Answer<Reply> {
    staff.must_be(&PAYERS)?;
    let id = refund_id(&named)?;
    command(&app, &once, staff, (id, &Act::Transfer(body.reference))).await
}

/// Confirms a transfer that somebody else entered: the money is back. For finance and managers; goes to the
/// audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/refunds/{refund_id}/confirm",
    tag = "money",
    security(("token" = [])),
    params(
        ("refund_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = StaffRefundView),
        (status = FORBIDDEN, description = "`second_person_needed`, `role_insufficient`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`refund_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`transfer_not_entered`, `refund_not_by_hand`, `refund_ended`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn confirm(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    staff.must_be(&PAYERS)?;
    let id = refund_id(&named)?;
    command(&app, &once, staff, (id, &Act::Confirm)).await
}

/// A collector pays a refund in cash out of the bag of the open shift. For inspectors; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/refunds/{refund_id}/cash",
    tag = "money",
    security(("token" = [])),
    params(
        ("refund_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = StaffRefundView),
        (status = NOT_FOUND, description = "`refund_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`shift_not_open`, `not_in_the_bag`, `transfer_entered`, \
            `refund_not_by_hand`, `refund_ended`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn cash_out(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    staff.must_be(&COLLECTORS)?;
    let id = refund_id(&named)?;
    command(&app, &once, staff, (id, &Act::PayOut)).await
}

/// What a person does about a refund.
enum Act {
    Transfer(String),
    Confirm,
    PayOut,
}

async fn command(app: &App, once: &Once, staff: Staff, (id, act): (Uuid, &Act)) -> Answer<Reply> {
    Ok(again(|| store_act(app, once, staff, (id, act))).await?)
}

async fn store_act(
    app: &App,
    once: &Once,
    staff: Staff,
    (id, act): (Uuid, &Act),
) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let row = match act {
        Act::Transfer(reference) => enter_transfer(app, &mut tx, &actor, (id, reference)).await?,
        Act::Confirm => confirm_transfer(app, &mut tx, &actor, id).await?,
        Act::PayOut => pay_out(app, &mut tx, &actor, id).await?,
    };
    once.settle(tx, &scope, StatusCode::OK, &StaffRefundView::of(&row)).await
}

fn refund_id(named: &Named) -> Outcome<Uuid> {
    named.id("refund_unknown", "no such refund")
}

fn read_cursor(text: &str) -> Outcome<(i64, Uuid)> {
    let read = text
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse::<i64>().ok()?, Uuid::parse_str(id).ok()?)));
    read.ok_or_else(|| malformed_query(&"the cursor is not one of ours"))
}
