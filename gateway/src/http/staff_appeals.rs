//! Appeals for staff: a reviewer who was not involved decides.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::appeal::Decision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Fen;

use super::appeals::{AppealAnswer, AppealView, answer_of, appeal_id};
use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::file_appeal::{SAID_LIMIT, appeal_unknown};
use crate::flow::review_appeal::{Review, review_appeal};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(appeal_for_staff)).routes(routes!(review))
}

/// Who decides.
const REVIEWERS: [Role; 2] = [Role::Reviewer, Role::Manager];

/// Who reads what drivers say.
pub(super) const READERS: [Role; 3] = [Role::Reviewer, Role::Manager, Role::Auditor];

/// What a reviewer reads beside the appeal.
#[derive(Debug, Serialize, ToSchema)]
struct StaffAppeal {
    #[serde(flatten)]
    answer: AppealAnswer,
    /// Masked: `甘D·1***5`.
    plate: Option<String>,
    order_state: String,
    total_fen: i64,
    waived_fen: i64,
    paid_fen: i64,
    /// Staff who captured, bound or corrected, and so do not decide.
    involved: Vec<String>,
    /// What a proposal would give; it waits for a second person.
    proposed_fen: i64,
}

/// What a reviewer does. Exactly one of `new_total_fen` and `waive_fen` for a part.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewRequest {
    /// `take`, `grant`, `refuse`, `confirm` or `send_back`.
    #[schema(example = "grant")]
    r#do: String,
    /// For `grant`: what the order is to cost; all is given if neither this nor `waive_fen` is there.
    new_total_fen: Option<i64>,
    /// For `grant`: how much is given.
    waive_fen: Option<i64>,
    /// For `grant` and `refuse`: why, for the driver.
    #[schema(example = "照片显示当时泊位为空，按九点半离开重新计费。")]
    reason: Option<String>,
}

/// An appeal with what a reviewer has to know. The plate is masked.
#[utoipa::path(
    get,
    path = "/api/v1/staff/appeals/{appeal_id}",
    tag = "cases",
    security(("token" = [])),
    params(("appeal_id" = Uuid, Path)),
    responses(
        (status = OK, body = StaffAppeal),
        (status = NOT_FOUND, description = "`appeal_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn appeal_for_staff(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<StaffAppeal>> {
    staff.must_be(&READERS)?;
    let appeal_id = appeal_id(&named)?;
    let mut tx = app.store.read().await?;
    let row = tx.appeal(appeal_id).await?;
    let row =
        row.filter(|a| staff.actor().may_touch(Some(a.operator_id))).ok_or_else(appeal_unknown)?;
    let order = tx.order(row.order_id).await?.ok_or_else(appeal_unknown)?;
    let visit = tx.visit(order.subject_id).await?;
    Ok(Json(StaffAppeal {
        plate: visit.map(|visit| super::masked::plate(&visit.plate)),
        order_state: order.state,
        total_fen: order.total_fen,
        waived_fen: order.waived_fen,
        paid_fen: order.paid_fen,
        involved: tx.staff_behind_order(row.order_id).await?,
        proposed_fen: row.proposed_fen,
        answer: answer_of(&app, &mut tx, &row).await?,
    }))
}

/// Takes an appeal over, decides it, or confirms a decision as the second person.
#[utoipa::path(
    post,
    path = "/api/v1/staff/appeals/{appeal_id}/review",
    tag = "cases",
    security(("token" = [])),
    params(
        ("appeal_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = ReviewRequest,
    responses(
        (status = OK, body = AppealView),
        (status = FORBIDDEN, description = "`appeal_against_own_work`, `second_person_needed`, `role_insufficient`",
            body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`appeal_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`appeal_over`, `appeal_not_taken`, `appeal_not_yours`, `appeal_not_proposed`, \
            `appeal_waits_for_second_person`, or the code of the order", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`amount_out_of_bounds`, `reason_missing`, `review_unknown`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn review(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<ReviewRequest>,
) -> Answer<Reply> {
    staff.must_be(&REVIEWERS)?;
    let appeal_id = appeal_id(&named)?;
    let review = review_of(&body)?;
    let reply = again(|| store_review(&app, &once, &staff, appeal_id, &review)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_review(
    app: &App,
    once: &Once,
    staff: &Staff,
    appeal_id: Uuid,
    review: &Review,
) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let row = review_appeal(app, &mut tx, &staff.actor(), appeal_id, review).await?;
    let case = tx.case(row.case_id).await?;
    once.settle(tx, &scope, StatusCode::OK, &AppealView::of(&row, case.as_ref())).await
}

fn review_of(body: &ReviewRequest) -> Outcome<Review> {
    let reason = body.reason.clone().unwrap_or_default();
    if reason.chars().count() > SAID_LIMIT {
        return Err(Refusal::malformed("field_length", "a reason has at most 2000 characters"));
    }
    let decision = match (body.new_total_fen, body.waive_fen) {
        (None, None) => Decision::Whole,
        (Some(total), None) => Decision::NewTotal(Fen(total)),
        (None, Some(amount)) => Decision::Waive(Fen(amount)),
        (Some(_), Some(_)) => {
            let detail = "either new_total_fen or waive_fen";
            return Err(Refusal::malformed("two_amounts", detail));
        }
    };
    Ok(match body.r#do.as_str() {
        "take" => Review::Take,
        "grant" => Review::Decide { decision, reason },
        "refuse" => Review::Decide { decision: Decision::Refuse, reason },
        "confirm" => Review::Confirm,
        "send_back" => Review::SendBack,
        _ => {
            let detail = "do is take, grant, refuse, confirm or send_back";
            return Err(Refusal::refused("review_unknown", detail));
        }
    })
}
