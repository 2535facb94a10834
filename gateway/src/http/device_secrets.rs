//! What only a device may know: its password at the broker, its key to sign with. Each is shown once.
//!
//! No idempotency key is taken: the answer would have to be kept, and with it the secret.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use store::Lane;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Staff;
use super::devices::device_id;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::installations::{INSTALLERS, reload};
use crate::app::App;
use crate::flow::again;
use crate::flow::issue_credential::{issue_for_device, new_mac_key};
use crate::flow::register_device::known_device;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(make_credential)).routes(routes!(make_mac_key))
}

/// An account at the broker. The password is shown this once.
#[derive(Serialize, ToSchema)]
struct CredentialView {
    username: String,
    password: String,
}

/// A key to sign messages with, hexadecimal. It is shown this once.
#[derive(Serialize, ToSchema)]
struct MacKeyView {
    mac_key: String,
}

/// Gives a native device an account at the broker, or a new password. Takes no idempotency key: a
/// password is not kept, so asking again makes another.
#[utoipa::path(
    post,
    path = "/api/v1/devices/{device_id}/credential",
    tag = "devices",
    security(("token" = [])),
    params(("device_id" = Uuid, Path)),
    responses(
        (status = CREATED, body = CredentialView),
        (status = NOT_FOUND, description = "`device_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`username_taken`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`device_not_native`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_credential(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<(StatusCode, Json<CredentialView>)> {
    staff.must_be(&INSTALLERS)?;
    let (id, actor) = (device_id(&named)?, staff.actor());
    let issued = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let device = known_device(&mut tx, &actor, id).await?;
        let issued = issue_for_device(&mut tx, &actor, &device, app.clock.city_now()).await?;
        tx.commit().await?;
        Ok(issued)
    });
    let issued = issued.await?;
    reload(&app).await?;
    let view = CredentialView { username: issued.username, password: issued.password };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Gives a native device a new key to sign its messages with; unsigned ones are refused from then on.
#[utoipa::path(
    post,
    path = "/api/v1/devices/{device_id}/mac-key",
    tag = "devices",
    security(("token" = [])),
    params(("device_id" = Uuid, Path)),
    responses(
        (status = CREATED, body = MacKeyView),
        (status = NOT_FOUND, description = "`device_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`device_not_native`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_mac_key(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<(StatusCode, Json<MacKeyView>)> {
    staff.must_be(&INSTALLERS)?;
    let (id, actor) = (device_id(&named)?, staff.actor());
    let made = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let device = known_device(&mut tx, &actor, id).await?;
        let key = new_mac_key(&mut tx, &actor, &device, app.clock.city_now()).await?;
        tx.commit().await?;
        Ok(key)
    });
    let mac_key = made.await?;
    reload(&app).await?;
    Ok((StatusCode::CREATED, Json(MacKeyView { mac_key })))
}
