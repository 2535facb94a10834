//! What finance and collectors do about refunds: start one once more, transfer it by bank, pay it out in cash.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::appeals::Nothing;
use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use super::orders::order_id;
use super::refunds::{StaffRefundView, refund_id};
use crate::app::App;
use crate::flow::cash_shift::COLLECTORS;
use crate::flow::refund_again::refund_again;
use crate::flow::refund_by_hand::{confirm_transfer, enter_transfer, pay_out};
use crate::flow::refund_credit::Route;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, again};

/// Who pays refunds by hand.
const PAYERS: [Role; 2] = [Role::Finance, Role::Manager];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(start_again))
        .routes(routes!(transfer))
        .routes(routes!(confirm))
        .routes(routes!(cash_out))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferRequest {
    /// The bank's number of the transfer.
    #[schema(example = "2026113000123456")]
    reference: String,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgainRequest {
    /// By bank transfer, since the channel will not; false if left out.
    #[serde(default)]
    by_hand: bool,
}

/// The refunds that were started.
#[derive(Debug, Serialize, ToSchema)]
struct StartedRefunds {
    /// Newest payment first. Empty with 202: what is to go back stands on an invoice, and its red one was asked for.
    refunds: Vec<StaffRefundView>,
}

/// Starts the refund of an order's credit once more, after the channel closed the first one or a case that
/// stood in the way was settled. Money on an invoice goes back once its red one is issued, which is asked for here
/// (202); then as it came. For finance and managers; goes to the audit log.
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
        (status = ACCEPTED, body = StartedRefunds, description = "A red invoice was asked for; the refund follows it"),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`nothing_to_refund`, `red_under_way`, `idempotency_key_reused`", body = Problem,
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
    let refunds: Vec<_> = rows.iter().map(StaffRefundView::of).collect();
    let status = if refunds.is_empty() { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    once.settle(tx, &scope, status, &StartedRefunds { refunds }).await
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
            `transfer_reference_used`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
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

/// A collector pays a refund of a cash payment out of the bag of the open shift. For inspectors; goes to the audit log.
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
        (status = CONFLICT, description = "`shift_not_open`, `not_in_the_bag`, `bag_of_another_payee`, \
            `transfer_entered`, `refund_not_by_hand` (also of what was not paid in cash), `refund_ended`, `idempotency_key_reused`", body = Problem,
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
