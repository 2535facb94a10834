//! Refunds by bank transfer, by two persons of finance or management.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use super::ledger::DECIDERS;
use crate::app::App;
use crate::flow::bank_refund::{self, BankRefund};
use crate::flow::{Outcome, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(propose_refund)).routes(routes!(approve_refund))
}

/// A refund by bank transfer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BankRefundRequest {
    /// A number of your own.
    #[schema(example = "R2027-0001")]
    refund_no: String,
    /// The channel's number of the payment.
    #[schema(example = "4200000123202611301234567890")]
    transaction_id: String,
    #[schema(example = 300)]
    amount_fen: i64,
    #[schema(example = "appeal 17 was upheld")]
    reason: String,
}

/// The bank's word.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalRequest {
    /// The bank's receipt of the transfer.
    #[schema(example = "B20271130-77")]
    receipt: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct BankRefundView {
    refund_no: String,
    /// `proposed` or `paid`.
    #[schema(value_type = String, example = "proposed")]
    state: BankRefund,
}

/// Proposes a refund by bank transfer of a payment older than the channel refunds (365 days).
#[utoipa::path(
    post,
    path = "/api/v1/ledger/bank-refunds",
    tag = "ledger",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "One key of your own making for each request")),
    request_body = BankRefundRequest,
    responses(
        (status = ACCEPTED, body = BankRefundView),
        (status = NOT_FOUND, description = "`payment_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`channel_refund_possible`, `refund_above_payment`, `refund_no_reused`, \
            `payment_not_succeeded`, `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`bad_amount`, `decision_without_reason`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn propose_refund(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<BankRefundRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    Ok(again(|| propose_once(&app, staff, &body, &once)).await?)
}

async fn propose_once(
    app: &App,
    staff: Staff,
    body: &BankRefundRequest,
    once: &Once,
) -> Outcome<Reply> {
    let (scope, actor, now) = (staff.scope(), staff.actor(), app.clock.city_now());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let asked = bank_refund::Asked {
        refund_no: &body.refund_no,
        transaction_id: &body.transaction_id,
        amount_fen: body.amount_fen,
        reason: &body.reason,
    };
    let state = bank_refund::propose(&mut tx, &actor, &asked, &actor.name(), now).await?;
    let detail = serde_json::json!({"amount_fen": body.amount_fen});
    actor.audit(&mut tx, now, "propose_bank_refund", ("refund", &body.refund_no), &detail).await?;
    let answer = BankRefundView { refund_no: body.refund_no.clone(), state };
    once.settle(tx, &scope, StatusCode::ACCEPTED, &answer).await
}

/// Approves a refund by bank transfer that another person proposed, with the bank's receipt.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/bank-refunds/{refund_no}/approve",
    tag = "ledger",
    security(("token" = [])),
    params(
        ("refund_no" = String, Path),
        ("Idempotency-Key" = String, Header, description = "One key of your own making for each request")
    ),
    request_body = ApprovalRequest,
    responses(
        (status = OK, body = BankRefundView),
        (status = NOT_FOUND, description = "`refund_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`second_person_needed`, `refund_no_reused`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`decision_without_reason`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn approve_refund(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<ApprovalRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    Ok(again(|| approve_once(&app, staff, &named.0, &body, &once)).await?)
}

async fn approve_once(
    app: &App,
    staff: Staff,
    refund_no: &str,
    body: &ApprovalRequest,
    once: &Once,
) -> Outcome<Reply> {
    let (scope, actor, now) = (staff.scope(), staff.actor(), app.clock.city_now());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let by = actor.name();
    let state = bank_refund::approve(&mut tx, &actor, refund_no, &body.receipt, &by, now).await?;
    let detail = serde_json::json!({"receipt": body.receipt});
    actor.audit(&mut tx, now, "approve_bank_refund", ("refund", refund_no), &detail).await?;
    let answer = BankRefundView { refund_no: refund_no.to_owned(), state };
    once.settle(tx, &scope, StatusCode::OK, &answer).await
}
