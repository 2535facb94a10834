//! Files that show somebody or something of theirs: sent as what their bytes are, kept by no cache, and who reads
//! them goes to the audit log.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use store::Tx;
use uuid::Uuid;

use super::auth::Staff;
use crate::app::App;
use crate::flow::{Outcome, Refusal};

/// What is written to the audit log.
pub(super) struct Reading<'a> {
    pub(super) action: &'a str,
    pub(super) object: (&'a str, Uuid),
    pub(super) detail: Value,
}

/// A file as it is sent.
pub(super) fn private_file(media_type: &str, content: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (CACHE_CONTROL, "private, no-store"),
    ];
    (headers, content).into_response()
}

/// Sends what was found, once it is on record who reads it.
///
/// # Errors
/// `attachment_missing`.
pub(super) async fn hand_out(
    app: &App,
    staff: Staff,
    mut tx: Tx,
    found: Option<(String, Vec<u8>)>,
    reading: Reading<'_>,
) -> Outcome<Response> {
    let (media_type, content) = found.ok_or_else(missing)?;
    let (kind, id) = (reading.object.0, reading.object.1.to_string());
    let now = app.clock.city_now();
    staff.actor().audit(&mut tx, now, reading.action, (kind, &id), &reading.detail).await?;
    tx.commit().await?;
    Ok(private_file(&media_type, content))
}

pub(super) fn missing() -> Refusal {
    Refusal::missing("attachment_missing", "there is no such file, or not any more")
}
