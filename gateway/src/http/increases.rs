//! What staff decide about a bill that rose after it was settled.

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
use super::claim_fixes::reason;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use super::orders::{OrderSummary, order_id};
use crate::app::App;
use crate::flow::decide_increase::{Decision, decide_increase};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Longest authority and document number, in bytes.
const NAME_LIMIT: usize = 200;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(decide))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IncreaseRequest {
    /// `charge`: the driver owes it. `waive`: nobody does, on an authority that is named.
    #[schema(example = "waive")]
    decision: String,
    /// Goes to the books; no plate in it.
    #[schema(example = "sensor log shows the vehicle left earlier")]
    reason: String,
    /// Who approved the waiver.
    #[schema(example = "白银市发展和改革委员会")]
    authority: Option<String>,
    /// The number of its document.
    #[schema(example = "市发改〔2026〕12号")]
    document_number: Option<String>,
}

/// The order, and the proposal that waits for its second person.
#[derive(Debug, Serialize, ToSchema)]
struct IncreaseDecided {
    #[serde(flatten)]
    order: OrderSummary,
    /// Approved or refused by another person at `/api/v1/staff/decisions/{decision_id}`; null if it holds.
    decision_id: Option<Uuid>,
}

/// Decides about the newest bill of an order whose case `bill_differs` is open, and closes that case. Above
/// the policy's limit (`appeals.second_person_above_fen`) it is a proposal: 202, and another person approves
/// it. For reviewers and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/orders/{order_id}/increase",
    tag = "orders",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = IncreaseRequest,
    responses(
        (status = OK, description = "It holds", body = IncreaseDecided),
        (status = ACCEPTED, description = "It waits for a second person", body = IncreaseDecided),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`nothing_to_decide`, `decision_waiting`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`decision_kind_unknown`, `authority_missing`, `reason_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn decide(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<IncreaseRequest>,
) -> Answer<Reply> {
    staff.must_be(&[Role::Reviewer, Role::Manager])?;
    let id = order_id(&named)?;
    let decided = (decision(&body)?, reason(&body.reason)?);
    let reply = again(|| store_decision(&app, &once, staff, id, &decided)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_decision(
    app: &App,
    once: &Once,
    staff: Staff,
    order_id: Uuid,
    (decision, reason): &(Decision, String),
) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let decided = decide_increase(app, &mut tx, &actor, order_id, (decision, reason)).await?;
    let decision_id = decided.proposal.map(|proposal| proposal.decision_id);
    let status = if decision_id.is_none() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let what = if *decision == Decision::Charge { "charge" } else { "waive" };
    let detail = json!({"decision": what, "reason": reason, "proposal": decision_id});
    let (now, id) = (app.clock.city_now(), order_id.to_string());
    actor.audit(&mut tx, now, "decide_increase", ("order", &id), &detail).await?;
    let answer = IncreaseDecided { order: OrderSummary::of(&decided.order)?, decision_id };
    once.settle(tx, &scope, status, &answer).await
}

fn decision(body: &IncreaseRequest) -> Outcome<Decision> {
    match body.decision.as_str() {
        "charge" => Ok(Decision::Charge),
        "waive" => {
            let named = |text: &Option<String>| {
                let text = text.as_deref().unwrap_or_default().trim().to_owned();
                let detail = "a waiver names its authority and the number of its document, up to 200 bytes each";
                (1..=NAME_LIMIT)
                    .contains(&text.len())
                    .then_some(text)
                    .ok_or_else(|| Refusal::refused("authority_missing", detail))
            };
            let (authority, document_number) =
                (named(&body.authority)?, named(&body.document_number)?);
            Ok(Decision::Waive { authority, document_number })
        }
        _ => Err(Refusal::refused("decision_kind_unknown", "`charge` or `waive`")),
    }
}
