//! Evidence: bytes attached to a case, known by their hash. JPEG, PNG, WebP or PDF, 2 MiB each.
//!
//! Who reads them is told by what the case is: an appeal's are for those who read appeals, those of a decision about
//! money for those who take part in it, the others for whoever reads cases.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{AttachmentRow, Lane, Tx};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::{Driver, Staff};
use super::case_view::AttachmentView;
use super::cases::{READERS, WORKERS, case_id, case_unknown};
use super::error::{Answer, Problem, Refused};
use super::extract::{Named, NamedTwo, whole_body};
use super::photos::media_type;
use super::private_file::{Reading, hand_out, missing};
use super::staff_appeals;
use crate::app::App;
use crate::flow::case_work::note;
use crate::flow::file_appeal::appeal_unknown;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Longest file, in bytes.
const FILE_LIMIT: usize = 2 << 20;
/// Most files of one case.
const FILES_LIMIT: i64 = 12;
/// Who reads what shows that money is to be given up: those who propose and decide it, and the auditor.
const MONEY_READERS: [Role; 4] = [Role::Finance, Role::Reviewer, Role::Manager, Role::Auditor];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(attach_to_case))
        .routes(routes!(attach_to_appeal))
        .routes(routes!(get_attachment))
        .layer(DefaultBodyLimit::max(FILE_LIMIT))
}

/// Attaches evidence to a case. The same bytes again change nothing.
#[utoipa::path(
    put,
    path = "/api/v1/staff/cases/{case_id}/attachments",
    tag = "cases",
    security(("token" = [])),
    params(("case_id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = OK, body = AttachmentView),
        (status = NOT_FOUND, description = "`case_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`attachments_used_up`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`file_unknown`: none of JPEG, PNG, WebP, PDF, or not whole", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn attach_to_case(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    request: Request,
) -> Response {
    let put = async {
        staff.must_be(&WORKERS).map_err(refused)?;
        let case_id = case_id(&named).map_err(refused)?;
        let content = whole_body(request, &()).await.map_err(IntoResponse::into_response)?;
        let kept = again(async || {
            let mut tx = app.store.begin(Lane::Command).await?;
            let case = tx.lock_case(case_id).await?;
            case.filter(|c| staff.actor().may_touch(c.operator_id)).ok_or_else(case_unknown)?;
            let now = app.clock.city_now();
            let row = keep(&mut tx, case_id, &staff.id.to_string(), &content, now).await?;
            let detail = json!({"sha256": hex::encode(&row.content_hash)});
            let object = ("case", &*case_id.to_string());
            staff.actor().audit(&mut tx, now, "attach", object, &detail).await?;
            tx.commit().await?;
            Ok(row)
        });
        kept.await.map_err(refused)
    };
    shown(put.await)
}

/// Attaches evidence to an appeal of the caller's that is not over.
#[utoipa::path(
    put,
    path = "/api/v1/appeals/{appeal_id}/evidence",
    tag = "orders",
    security(("token" = [])),
    params(("appeal_id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = OK, body = AttachmentView),
        (status = NOT_FOUND, description = "`appeal_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`appeal_over`, `attachments_used_up`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`file_unknown`: none of JPEG, PNG, WebP, PDF, or not whole", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn attach_to_appeal(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    request: Request,
) -> Response {
    let put = async {
        let id = named.id("appeal_unknown", "there is no such appeal of yours").map_err(refused)?;
        let content = whole_body(request, &()).await.map_err(IntoResponse::into_response)?;
        let kept = again(async || {
            let mut tx = app.store.begin(Lane::Command).await?;
            let appeal = tx.appeal(id).await?.filter(|a| a.account_id == Some(driver.0.0));
            let appeal = appeal.ok_or_else(appeal_unknown)?;
            tx.lock_case(appeal.case_id).await?;
            if appeal.decided_at.is_some() {
                return Err(Refusal::conflict("appeal_over", "the appeal is over"));
            }
            let now = app.clock.city_now();
            let row = keep(&mut tx, appeal.case_id, "driver", &content, now).await?;
            tx.commit().await?;
            Ok(row)
        });
        kept.await.map_err(refused)
    };
    shown(put.await)
}

/// The bytes of a piece of evidence: of an appeal for reviewer, manager and auditor, of a decision about money for
/// finance, too, of other cases for whoever reads cases. Who read them goes to the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/staff/cases/{case_id}/attachments/{attachment_id}",
    tag = "cases",
    security(("token" = [])),
    params(("case_id" = Uuid, Path), ("attachment_id" = Uuid, Path)),
    responses(
        (status = OK, body = Vec<u8>, content_type = "image/jpeg"),
        (status = FORBIDDEN, description = "`role_insufficient`", body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`case_unknown`, `attachment_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn get_attachment(
    State(app): State<Arc<App>>,
    staff: Staff,
    NamedTwo(case, attachment): NamedTwo,
) -> Answer<Response> {
    staff.must_be(&READERS)?;
    let case_id = Uuid::parse_str(&case).map_err(|_| case_unknown())?;
    let attachment_id = Uuid::parse_str(&attachment).map_err(|_| missing())?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let row = tx.case(case_id).await?.filter(|c| staff.actor().may_touch(c.operator_id));
    staff.must_be(readers_of(&row.ok_or_else(case_unknown)?.kind))?;
    let found = tx.attachment_content(case_id, attachment_id).await?;
    let detail = json!({"attachment_id": attachment_id});
    let reading = Reading { action: "read_attachment", object: ("case", case_id), detail };
    Ok(hand_out(&app, staff, tx, found, reading).await?)
}

/// Who reads the files of a case of this kind.
fn readers_of(kind: &str) -> &'static [Role] {
    match kind {
        "appeal" => &staff_appeals::READERS,
        "money_decision" => &MONEY_READERS,
        _ => &READERS,
    }
}

async fn keep(
    tx: &mut Tx,
    case_id: Uuid,
    by: &str,
    content: &[u8],
    now: Timestamp,
) -> Outcome<AttachmentRow> {
    let row = AttachmentRow {
        attachment_id: Uuid::now_v7(),
        case_id,
        media_type: file_type(content)?.to_owned(),
        content_hash: Sha256::digest(content).to_vec(),
        content_bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        note: String::new(),
        added_by: by.to_owned(),
        added_at: now.ms(),
        deleted_at: None,
    };
    let there = tx.attachments(case_id).await?;
    if let Some(known) = there.iter().find(|known| known.content_hash == row.content_hash) {
        return Ok(known.clone());
    }
    if i64::try_from(there.len()).unwrap_or(i64::MAX) >= FILES_LIMIT {
        return Err(Refusal::conflict("attachments_used_up", "a case has at most 12 files"));
    }
    tx.attach(&row, content).await?;
    note(tx, case_id, by, "attached", &hex::encode(&row.content_hash), now).await?;
    Ok(row)
}

/// What the bytes are, whatever the client says they are.
pub(super) fn file_type(content: &[u8]) -> Outcome<&'static str> {
    if content.starts_with(b"%PDF-") {
        return Ok("application/pdf");
    }
    media_type(content).map_err(|_| {
        Refusal::refused("file_unknown", "evidence is a whole JPEG, PNG or WebP, or a PDF")
    })
}

fn shown(kept: Result<AttachmentRow, Response>) -> Response {
    match kept {
        Ok(row) => (StatusCode::OK, axum::Json(AttachmentView::of(&row))).into_response(),
        Err(refused) => refused,
    }
}

fn refused(refusal: Refusal) -> Response {
    Refused::from(refusal).into_response()
}
