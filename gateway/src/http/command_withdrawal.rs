//! A command that still waits is taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use store::Lane;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::CommandId;

use super::auth::Staff;
use super::commands::CommandView;
use super::error::{Answer, Problem};
use super::extract::NamedTwo;
use super::installations::INSTALLERS;
use crate::app::App;
use crate::flow::register_device::known_device;
use crate::flow::withdraw_command::withdraw_command;
use crate::flow::{Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(withdraw))
}

/// Takes a command back that still waits for the broker. For installers and managers; goes to the audit log.
///
/// The same again changes nothing. What the broker or the network has cannot be taken back.
#[utoipa::path(
    post,
    path = "/api/v1/devices/{device_id}/commands/{command_id}/withdraw",
    tag = "devices",
    security(("token" = [])),
    params(("device_id" = Uuid, Path), ("command_id" = Uuid, Path)),
    responses(
        (status = OK, body = CommandView),
        (status = NOT_FOUND, description = "`device_unknown`, `command_not_there`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`command_sent`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn withdraw(
    State(app): State<Arc<App>>,
    staff: Staff,
    NamedTwo(device, command): NamedTwo,
) -> Answer<Json<CommandView>> {
    staff.must_be(&INSTALLERS)?;
    let missing = |code, detail: &str| Refusal::missing(code, detail);
    let device_id = Uuid::parse_str(&device)
        .map_err(|_| missing("device_unknown", "there is no such device"))?;
    let id = Uuid::parse_str(&command)
        .map_err(|_| missing("command_not_there", "the device has no such command"))?;
    let actor = staff.actor();
    let view = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let now = app.clock.city_now();
        let row = withdraw_command(&mut tx, &actor, device_id, CommandId(id), now).await?;
        let device = known_device(&mut tx, &actor, device_id).await?;
        tx.commit().await?;
        CommandView::of(&row, &device.device_type)
    });
    Ok(Json(view.await?))
}
