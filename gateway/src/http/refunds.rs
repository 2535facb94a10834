//! Refunds as drivers and finance see them: what is on its way, and what waits for a person.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use billing::refund::RefundState;
use serde::{Deserialize, Serialize};
use store::RefundRow;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::{Driver, Staff};
use super::cursor::{after, limit_of, one_page};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::orders::order_id;
use crate::app::App;
use crate::flow::refund_by_hand::known_refund;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal};

/// Who sees refunds.
const ONLOOKERS: [Role; 4] = [Role::Finance, Role::Manager, Role::Reviewer, Role::Auditor];
const USUAL: i64 = 50;
const LIMIT: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(refunds_of_order))
        .routes(routes!(list_refunds))
        .routes(routes!(one_refund))
}

/// A refund. `state` is `requested`, `processing`, `abnormal`, `succeeded` or `closed`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RefundView {
    refund_id: Uuid,
    /// Null of a payment for somebody else's order.
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
pub(super) struct StaffRefundView {
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

impl RefundView {
    pub(super) fn of(row: &RefundRow) -> RefundView {
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
    pub(super) fn of(row: &RefundRow) -> StaffRefundView {
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
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_refunds(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(question): Asked<RefundQuestion>,
) -> Answer<Json<RefundPage>> {
    staff.must_be(&ONLOOKERS)?;
    let limit = limit_of(question.limit, USUAL, LIMIT)?;
    let state = question.state.as_deref().unwrap_or("abnormal");
    if RefundState::from_name(state).is_none() {
        let states = RefundState::ALL.map(RefundState::name).join(", ");
        return Err(malformed_query(&format!("state is one of {states}")).into());
    }
    let after = after(question.cursor.as_deref())?;
    let operator = staff.actor().operator.map(|operator| operator.0);
    let mut tx = app.store.read().await?;
    let rows = tx.refunds_in_state(state, operator, after, limit + 1).await?;
    let (rows, next) = one_page(rows, limit, |row| (row.created_at, row.refund_id));
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

pub(super) fn refund_id(named: &Named) -> Outcome<Uuid> {
    named.id("refund_unknown", "no such refund")
}
