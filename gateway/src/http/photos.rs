//! The photo of an installation: the sensor in the road, so that another finds it.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{Lane, PhotoRow};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Named, whole_body};
use super::installations::{INSTALLERS, ONLOOKERS, installation_id};
use super::picture;
use super::private_file::private_file;
use crate::app::App;
use crate::flow::install_device::known_installation;
use crate::flow::{Outcome, Refusal, again};

/// Longest photo, in bytes: that of a phone, reduced.
const PHOTO_LIMIT: usize = 2 << 20;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(put_photo, get_photo))
        .layer(DefaultBodyLimit::max(PHOTO_LIMIT))
}

/// Keeps the photo of an installation, in the place of an earlier one. JPEG, PNG or WebP, up to 2 MiB.
#[utoipa::path(
    put,
    path = "/api/v1/installations/{installation_id}/photo",
    tag = "devices",
    security(("token" = [])),
    params(("installation_id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, description = "`installation_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`photo_unknown`: none of JPEG, PNG, WebP, or not whole", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn put_photo(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    request: Request,
) -> Response {
    match keep(&app, staff, &named, request).await {
        Ok(()) => axum::http::StatusCode::NO_CONTENT.into_response(),
        Err(refused) => refused,
    }
}

async fn keep(app: &App, staff: Staff, named: &Named, request: Request) -> Result<(), Response> {
    let refused = |refusal: Refusal| super::error::Refused::from(refusal).into_response();
    staff.must_be(&INSTALLERS).map_err(refused)?;
    let content = whole_body(request, &()).await.map_err(IntoResponse::into_response)?;
    let id = installation_id(named).map_err(refused)?;
    let photo = PhotoRow {
        media_type: media_type(&content).map_err(refused)?.to_owned(),
        content_hash: Sha256::digest(&content).to_vec(),
        stored_at: app.clock.city_now().ms(),
    };
    let actor = staff.actor();
    let stored = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        known_installation(&mut tx, &actor, id).await?;
        tx.put_photo(id, &photo, &content).await?;
        let detail = json!({"sha256": hex::encode(&photo.content_hash)});
        let now = app.clock.city_now();
        actor.audit(&mut tx, now, "put_photo", ("installation", &id.to_string()), &detail).await?;
        tx.commit().await?;
        Ok(())
    });
    stored.await.map_err(refused)
}

/// The photo of an installation.
#[utoipa::path(
    get,
    path = "/api/v1/installations/{installation_id}/photo",
    tag = "devices",
    security(("token" = [])),
    params(("installation_id" = Uuid, Path)),
    responses(
        (status = OK, body = Vec<u8>, content_type = "image/jpeg"),
        (status = NOT_FOUND, description = "`installation_unknown`, `photo_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn get_photo(State(app): State<Arc<App>>, staff: Staff, named: Named) -> Answer<Response> {
    staff.must_be(&ONLOOKERS)?;
    let id = installation_id(&named)?;
    let mut tx = app.store.read().await?;
    known_installation(&mut tx, &staff.actor(), id).await?;
    let missing = || Refusal::missing("photo_missing", "this installation has no photo");
    let (media_type, content) = tx.photo_content(id).await?.ok_or_else(missing)?;
    Ok(private_file(&media_type, content))
}

/// What the bytes are, whatever the client says they are.
pub(super) fn media_type(content: &[u8]) -> Outcome<&'static str> {
    picture::whole(content).ok_or_else(unknown_photo)
}

/// What is refused of a photo, whatever it is of.
pub(super) fn unknown_photo() -> Refusal {
    let detail = "a photo is a JPEG, a PNG or a WebP that is there to its end";
    Refusal::refused("photo_unknown", detail)
}
