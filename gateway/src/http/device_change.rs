//! What the register says of a device is changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use store::Lane;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Staff;
use super::devices::{DeviceName, device_id};
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use super::installations::INSTALLERS;
use crate::app::App;
use crate::flow::again;
use crate::flow::change_device::set_distance;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(change_device))
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeviceChange {
    /// For a sensor that measures distances: below this one there is a vehicle. Null: a distance says nothing about
    /// the bay.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(minimum = 1, maximum = 20_000, required = true)]
    occupied_below_mm: Option<i64>,
}

/// Changes below which distance a device sees a vehicle. For installers and managers; goes to the audit log.
///
/// What comes in from now on is judged by it; what is stored stays as it was read.
#[utoipa::path(
    patch,
    path = "/api/v1/devices/{device_id}",
    tag = "devices",
    security(("token" = [])),
    params(("device_id" = Uuid, Path)),
    request_body = DeviceChange,
    responses(
        (status = OK, body = DeviceName),
        (status = NOT_FOUND, description = "`device_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`distance_not_measured`, `occupied_below_out_of_range`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn change_device(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(DeviceChange { occupied_below_mm }): Body<DeviceChange>,
) -> Answer<Json<DeviceName>> {
    staff.must_be(&INSTALLERS)?;
    let (id, actor) = (device_id(&named)?, staff.actor());
    let changed = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let now = app.clock.city_now();
        let facts = set_distance(&mut tx, &actor, id, occupied_below_mm, now).await?;
        tx.commit().await?;
        Ok(facts)
    });
    Ok(Json(DeviceName::of(Some(&changed.await?), id)))
}
