//! Money in suspense: what lies there, and what two persons decide about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use super::ledger::{DECIDERS, READERS};
use crate::app::App;
use crate::flow::resolve_suspense::{Decided, Decision, InSuspense, decide, in_suspense};
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(suspense)).routes(routes!(decide_suspense))
}

#[derive(Debug, Serialize, ToSchema)]
struct Suspense {
    payments: Vec<InSuspense>,
}

/// What is to become of it: exactly one of `order_id` and `receipt`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SuspenseRequest {
    /// It pays this order.
    order_id: Option<Uuid>,
    /// It went back to its payer: the bank's receipt of the transfer.
    #[schema(example = "B20261201-12")]
    receipt: Option<String>,
    #[schema(example = "the payer called: the order of the day before")]
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct SuspenseView {
    transaction_id: String,
    /// `proposed` or `done`.
    #[schema(value_type = String, example = "proposed")]
    state: Decided,
}

/// Payments about which nothing was decided yet, the oldest first; at most 1,000.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/suspense",
    tag = "ledger",
    security(("token" = [])),
    responses((status = OK, body = Suspense))
)]
async fn suspense(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Suspense>> {
    staff.must_be(&READERS)?;
    let mut tx = app.store.read().await?;
    Ok(Json(Suspense { payments: in_suspense(&mut tx, &staff.actor()).await? }))
}

/// Proposes what is to become of a payment in suspense, or carries out what another person proposed.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/suspense/{transaction_id}",
    tag = "ledger",
    security(("token" = [])),
    params(
        ("transaction_id" = String, Path, example = "4200000123202611301234567890"),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = SuspenseRequest,
    responses(
        (status = OK, body = SuspenseView),
        (status = FORBIDDEN, description = "`second_person_needed`, `role_insufficient`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`suspense_unknown`, `order_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`suspense_resolved`, `transfer_reference_used`, `idempotency_key_reused`, \
            or what the order says", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`decision_without_reason`, `one_decision`, `payees_differ`, \
            `reference_malformed`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn decide_suspense(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<SuspenseRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let reply = again(|| decide_once(&app, staff, &named.0, &body, &once)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn decide_once(
    app: &App,
    staff: Staff,
    transaction_id: &str,
    body: &SuspenseRequest,
    once: &Once,
) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let decision = match (body.order_id, &body.receipt) {
        (Some(order_id), None) => Decision::Order(order_id),
        (None, Some(receipt)) => Decision::Return { receipt },
        _ => {
            let detail = "name either the order that it pays or the receipt of the transfer";
            return Err(Refusal::refused("one_decision", detail));
        }
    };
    let state = decide(app, &mut tx, &actor, transaction_id, (&decision, &body.reason)).await?;
    let detail = serde_json::json!({"order_id": body.order_id, "state": state});
    let object = ("transaction", transaction_id);
    actor.audit(&mut tx, app.clock.city_now(), "decide_suspense", object, &detail).await?;
    let answer = SuspenseView { transaction_id: transaction_id.to_owned(), state };
    once.settle(tx, &scope, StatusCode::OK, &answer).await
}
