//! How a case, what happened to it and its evidence are shown.

use serde::Serialize;
use store::{AttachmentRow, CaseEventRow, CaseRow};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Timestamp;

/// A case in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseSummary {
    case_id: Uuid,
    #[schema(example = "appeal")]
    kind: String,
    #[schema(example = "driver")]
    source: String,
    /// Its number at 12345 or 12315.
    external_number: Option<String>,
    subject_kind: String,
    subject_id: String,
    #[schema(example = "open")]
    state: String,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// Seconds since it was opened, until it was closed.
    age_s: i64,
    /// Somebody has to have taken it over by then.
    #[schema(value_type = Option<String>, format = DateTime)]
    take_by_at: Option<Timestamp>,
    /// It has to be closed by then, in working time.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    overdue: bool,
    owner: Option<String>,
    handler: Option<String>,
    closer: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
    /// How often it was opened again.
    reopened: i64,
    /// What was done.
    outcome: Option<String>,
    /// The version of the policy that set its times.
    policy: Option<String>,
}

/// Something that happened to a case, or was said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseEventView {
    line: i64,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    actor: String,
    kind: String,
    detail: String,
}

/// Evidence, without its bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttachmentView {
    attachment_id: Uuid,
    media_type: String,
    sha256: String,
    bytes: i64,
    note: String,
    added_by: String,
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
    /// Its bytes were deleted then.
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Timestamp>,
}

impl CaseSummary {
    pub(super) fn of(row: &CaseRow, now: Timestamp) -> CaseSummary {
        let until = row.closed_at.unwrap_or(now.ms());
        CaseSummary {
            case_id: row.case_id,
            kind: row.kind.clone(),
            source: row.source.clone(),
            external_number: row.external_number.clone(),
            subject_kind: row.subject_kind.clone(),
            subject_id: row.subject_id.clone(),
            state: row.state.clone(),
            opened_at: Timestamp::from_ms(row.opened_at),
            age_s: (until - row.opened_at).max(0) / 1000,
            take_by_at: row.take_by_at.map(Timestamp::from_ms),
            due_at: row.due_at.map(Timestamp::from_ms),
            overdue: row.due_at.is_some_and(|due| due < until),
            owner: row.owner.clone(),
            handler: row.handler.clone(),
            closer: row.closer.clone(),
            closed_at: row.closed_at.map(Timestamp::from_ms),
            reopened: row.reopened,
            outcome: row.outcome.clone(),
            policy: row.policy.clone(),
        }
    }
}

impl AttachmentView {
    pub(super) fn of(row: &AttachmentRow) -> AttachmentView {
        AttachmentView {
            attachment_id: row.attachment_id,
            media_type: row.media_type.clone(),
            sha256: hex::encode(&row.content_hash),
            bytes: row.content_bytes,
            note: row.note.clone(),
            added_by: row.added_by.clone(),
            added_at: Timestamp::from_ms(row.added_at),
            deleted_at: row.deleted_at.map(Timestamp::from_ms),
        }
    }
}

impl CaseEventView {
    pub(super) fn of(row: CaseEventRow) -> CaseEventView {
        CaseEventView {
            line: row.line,
            made_at: Timestamp::from_ms(row.made_at),
            actor: row.actor,
            kind: row.kind,
            detail: row.detail,
        }
    }
}
