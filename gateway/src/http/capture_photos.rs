//! The photo of a captured plate. The handheld crops it: a picture of the street is not taken.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{CapturePhotoRow, Lane, Tx};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Named, whole_body};
use super::photos::unknown_photo;
use super::picture::{self, Size};
use super::private_file::private_file;
use crate::app::App;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Longest photo, in bytes.
const PHOTO_LIMIT: usize = 64 * 1024;
/// Largest crop of a plate: a plate is 440 × 140 mm.
const CROP: Size = Size { width_px: 640, height_px: 320 };
/// The client's own digest of what it sends, in hex.
const DIGEST: &str = "x-content-sha256";

const ONLOOKERS: [Role; 5] =
    [Role::Inspector, Role::Manager, Role::Reviewer, Role::Finance, Role::Auditor];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(put_plate_photo, get_plate_photo))
        .layer(DefaultBodyLimit::max(PHOTO_LIMIT))
}

/// Keeps the photo of a plate: JPEG, PNG or WebP, cropped to the plate (at most 640 × 320 pixels and
/// 64 KiB). The same photo again is harmless; another one in its place is refused.
#[utoipa::path(
    put,
    path = "/api/v1/staff/captures/{capture_id}/photo",
    tag = "stays",
    security(("token" = [])),
    params(
        ("capture_id" = Uuid, Path),
        ("X-Content-Sha256" = Option<String>, Header, description = "SHA-256 of the photo in hex; checked if sent")
    ),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, description = "`capture_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`photo_reused`: it has another photo", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY,
            description = "`photo_unknown`: none of JPEG, PNG, WebP, or not whole; `photo_not_cropped`; \
                `photo_damaged`: not what its digest says",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn put_plate_photo(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    request: Request,
) -> Response {
    match keep(&app, staff, &named, request).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => refused,
    }
}

async fn keep(app: &App, staff: Staff, named: &Named, request: Request) -> Result<(), Response> {
    let refused = |refusal: Refusal| super::error::Refused::from(refusal).into_response();
    staff.must_be(&[Role::Inspector, Role::Manager]).map_err(refused)?;
    let id = capture_id(named).map_err(refused)?;
    let digest = digest(request.headers()).map_err(refused)?;
    let content = whole_body(request, &()).await.map_err(IntoResponse::into_response)?;
    let photo = read(&content, digest.as_deref(), app.clock.city_now().ms()).map_err(refused)?;
    let stored = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        own_capture(&mut tx, staff, id).await?;
        if let Some(known) = tx.capture_photo(id).await? {
            return same(&known, &photo);
        }
        tx.insert_capture_photo(id, &photo, &content).await?;
        let detail = json!({"sha256": hex::encode(&photo.content_hash)});
        let (actor, now) = (staff.actor(), app.clock.city_now());
        actor.audit(&mut tx, now, "put_photo", ("capture", &id.to_string()), &detail).await?;
        tx.commit().await?;
        Ok(())
    });
    stored.await.map_err(refused)
}

fn same(known: &CapturePhotoRow, photo: &CapturePhotoRow) -> Outcome<()> {
    if known.content_hash == photo.content_hash {
        return Ok(());
    }
    Err(Refusal::conflict("photo_reused", "this capture has another photo, and it stays"))
}

/// The photo of a plate. Goes to the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/staff/captures/{capture_id}/photo",
    tag = "stays",
    security(("token" = [])),
    params(("capture_id" = Uuid, Path)),
    responses(
        (status = OK, body = Vec<u8>, content_type = "image/jpeg"),
        (status = NOT_FOUND, description = "`capture_unknown`, `photo_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn get_plate_photo(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Response> {
    staff.must_be(&ONLOOKERS)?;
    let id = capture_id(&named)?;
    let mut tx = app.store.begin(Lane::Command).await?;
    own_capture(&mut tx, staff, id).await?;
    let missing = || Refusal::missing("photo_missing", "this capture has no photo");
    let (media_type, content) = tx.capture_photo_content(id).await?.ok_or_else(missing)?;
    let (actor, now) = (staff.actor(), app.clock.city_now());
    actor.audit(&mut tx, now, "read_photo", ("capture", &id.to_string()), &json!({})).await?;
    tx.commit().await?;
    Ok(private_file(&media_type, content))
}

fn capture_id(named: &Named) -> Outcome<Uuid> {
    named.id("capture_unknown", "no such capture")
}

/// A capture in a bay of the operator for whom the member of staff works.
async fn own_capture(tx: &mut Tx, staff: Staff, id: Uuid) -> Outcome<()> {
    let unknown = || Refusal::missing("capture_unknown", "no such capture");
    let capture = tx.capture(id).await?.ok_or_else(unknown)?;
    let operator = match capture.bay_id {
        Some(bay) => tx.operator_of_bay(bay).await?,
        None => None,
    };
    if staff.actor().may_touch(operator) { Ok(()) } else { Err(unknown()) }
}

fn digest(headers: &HeaderMap) -> Outcome<Option<String>> {
    let Some(value) = headers.get(DIGEST) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let is_digest = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let detail = "X-Content-Sha256 is 64 hexadecimal digits";
    is_digest.then_some(Some(text)).ok_or_else(|| Refusal::malformed("digest_malformed", detail))
}

fn read(content: &[u8], digest: Option<&str>, now: i64) -> Outcome<CapturePhotoRow> {
    let content_hash = Sha256::digest(content).to_vec();
    if digest.is_some_and(|digest| digest != hex::encode(&content_hash)) {
        let detail = "the photo is not what its X-Content-Sha256 says: send it again";
        return Err(Refusal::refused("photo_damaged", detail));
    }
    let (media_type, size) = picture::look(content).ok_or_else(unknown_photo)?;
    if size.width_px > CROP.width_px || size.height_px > CROP.height_px {
        let detail = format!(
            "{} × {} pixels: crop it to the plate, at most {} × {}",
            size.width_px, size.height_px, CROP.width_px, CROP.height_px
        );
        return Err(Refusal::refused("photo_not_cropped", detail));
    }
    picture::whole(content).ok_or_else(unknown_photo)?;
    Ok(CapturePhotoRow {
        media_type: media_type.to_owned(),
        content_hash,
        width_px: i64::from(size.width_px),
        height_px: i64::from(size.height_px),
        stored_at: now,
    })
}
