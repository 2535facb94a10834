//! A driver's session on one device: renewed before it ends, and ended.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::appeals::Nothing;
use super::auth::Bearer;
use super::error::{Answer, Problem};
use super::extract::Body;
use super::sessions::DriverSession;
use crate::app::App;
use crate::flow::sign_in::{end_session, renew_driver};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(renew_session)).routes(routes!(close_session))
}

/// Gives the caller a new token; the one of this request holds a minute more. Other devices are not touched.
#[utoipa::path(
    post,
    path = "/api/v1/sessions/renewal",
    tag = "people",
    security(("token" = [])),
    request_body = Nothing,
    responses(
        (status = CREATED, body = DriverSession),
        (status = UNAUTHORIZED, description = "`token_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn renew_session(
    State(app): State<Arc<App>>,
    Bearer(token): Bearer,
    Body(Nothing {}): Body<Nothing>,
) -> Answer<(StatusCode, Json<DriverSession>)> {
    let session = renew_driver(&app, &token).await?;
    Ok((StatusCode::CREATED, Json(DriverSession::of(session))))
}

/// Signs the caller out on this device. A token that holds no more is signed out already.
#[utoipa::path(
    post,
    path = "/api/v1/sessions/end",
    tag = "people",
    security(("token" = [])),
    request_body = Nothing,
    responses((status = NO_CONTENT))
)]
async fn close_session(
    State(app): State<Arc<App>>,
    Bearer(token): Bearer,
    Body(Nothing {}): Body<Nothing>,
) -> Answer<StatusCode> {
    end_session(&app, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
