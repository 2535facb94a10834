//! Decisions about money, or about whose arrears they are: proposed by one, taken by another.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::DecisionRow;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::orders::order_id;
use super::staff_arrears::{READERS, SHOWN, TEXT_LIMIT};
use crate::app::App;
use crate::flow::decide_money::{Kind, Proposal, Verdict, decide, propose};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(propose_decision))
        .routes(routes!(list_proposals))
        .routes(routes!(decide_proposal))
}

/// Who proposes and decides about money.
const DECIDERS: [Role; 3] = [Role::Finance, Role::Reviewer, Role::Manager];

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposalRequest {
    /// `waiver`, `write_off`, or `detach` (the plate was sold or cloned).
    #[schema(example = "waiver")]
    kind: String,
    /// For a waiver.
    amount_fen: Option<i64>,
    reason: String,
    /// Who allows it.
    #[schema(example = "市停车管理办公室")]
    authority: String,
    #[schema(example = "〔2026〕12号")]
    document_number: String,
}

/// A decision; evidence is attached to its case.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionView {
    decision_id: Uuid,
    order_id: Uuid,
    case_id: Uuid,
    kind: String,
    amount_fen: i64,
    reason: String,
    authority: String,
    document_number: String,
    /// `proposed`, `approved` or `refused`.
    state: String,
    proposed_by: Uuid,
    #[schema(value_type = String, format = DateTime)]
    proposed_at: Timestamp,
    decided_by: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Proposals {
    #[serde(flatten)]
    moment: Moment,
    proposals: Vec<DecisionView>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerdictRequest {
    /// `true` approves, `false` refuses.
    approve: bool,
}

impl DecisionView {
    fn of(row: &DecisionRow) -> DecisionView {
        DecisionView {
            decision_id: row.decision_id,
            order_id: row.order_id,
            case_id: row.case_id,
            kind: row.kind.clone(),
            amount_fen: row.amount_fen,
            reason: row.reason.clone(),
            authority: row.authority.clone(),
            document_number: row.document_number.clone(),
            state: row.state.clone(),
            proposed_by: row.proposed_by,
            proposed_at: Timestamp::from_ms(row.proposed_at),
            decided_by: row.decided_by,
        }
    }
}

/// Proposes a waiver, a write-off, or that arrears are not the person's. Another person decides.
#[utoipa::path(
    post,
    path = "/api/v1/staff/orders/{order_id}/decisions",
    tag = "cases",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = ProposalRequest,
    responses(
        (status = CREATED, body = DecisionView),
        (status = NOT_FOUND, description = "`order_unknown`, `arrears_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`decision_waiting`, `nothing_due`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`kind_unknown`, `amount_out_of_bounds`, `reason_missing`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn propose_decision(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<ProposalRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let order_id = order_id(&named)?;
    let kind = kind_of(&body)?;
    Ok(again(|| store_proposal(&app, &once, &staff, order_id, (kind, &body))).await?)
}

async fn store_proposal(
    app: &App,
    once: &Once,
    staff: &Staff,
    order_id: Uuid,
    (kind, body): (Kind, &ProposalRequest),
) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let proposal = Proposal {
        kind,
        reason: body.reason.trim(),
        authority: body.authority.trim(),
        document_number: body.document_number.trim(),
    };
    let row = propose(app, &mut tx, &staff.actor(), order_id, &proposal).await?;
    once.settle(tx, &scope, StatusCode::CREATED, &DecisionView::of(&row)).await
}

fn kind_of(body: &ProposalRequest) -> Outcome<Kind> {
    let texts = [&body.reason, &body.authority, &body.document_number];
    if texts.iter().any(|text| text.chars().count() > TEXT_LIMIT) {
        return Err(Refusal::malformed("field_length", "a text has at most 1000 characters"));
    }
    if texts.iter().any(|text| text.trim().is_empty()) {
        let detail = "say why, who allows it and by which document";
        return Err(Refusal::refused("reason_missing", detail));
    }
    match (body.kind.as_str(), body.amount_fen) {
        ("waiver", Some(amount)) => Ok(Kind::Waiver(Fen(amount))),
        ("waiver", None) => Err(Refusal::malformed("amount_missing", "a waiver has an amount_fen")),
        ("write_off", None) => Ok(Kind::WriteOff),
        ("detach", None) => Ok(Kind::Detach),
        ("write_off" | "detach", Some(_)) => {
            let detail = "only a waiver has an amount: a write-off is of all that is due";
            Err(Refusal::malformed("amount_unexpected", detail))
        }
        _ => Err(Refusal::refused("kind_unknown", "kind is waiver, write_off or detach")),
    }
}

/// Proposals that wait for a second person.
#[utoipa::path(
    get,
    path = "/api/v1/staff/decisions",
    tag = "cases",
    security(("token" = [])),
    responses((status = OK, body = Proposals))
)]
async fn list_proposals(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Proposals>> {
    staff.must_be(&READERS)?;
    let operator = staff.actor().operator.map(|operator| operator.0);
    let rows = app.store.read().await?.proposals(operator, SHOWN).await?;
    let proposals = rows.iter().map(DecisionView::of).collect();
    Ok(Json(Proposals { moment: Moment::of(&app), proposals }))
}

/// Approves or refuses a proposal as the second person.
#[utoipa::path(
    post,
    path = "/api/v1/staff/decisions/{decision_id}",
    tag = "cases",
    security(("token" = [])),
    params(
        ("decision_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = VerdictRequest,
    responses(
        (status = OK, body = DecisionView),
        (status = FORBIDDEN, description = "`second_person_needed`, `manager_needed`, `role_insufficient`",
            body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`decision_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`decision_over`, `nothing_due`, `nothing_to_decide` (something else is due than when \
            it was proposed: refuse it and propose anew), or the code of the order", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`evidence_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn decide_proposal(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<VerdictRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let decision_id = named.id("decision_unknown", "there is no such decision of yours")?;
    let verdict = if body.approve { Verdict::Approve } else { Verdict::Refuse };
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let who = (&staff.actor(), staff.role);
        let row = decide(&app, &mut tx, who, decision_id, verdict).await?;
        once.settle(tx, &scope, StatusCode::OK, &DecisionView::of(&row)).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}
