//! Sensors are put into bays, tested by driving on and off, and taken out again. For installers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sensing::Network;
use serde::Deserialize;
use store::{DeviceFacts, Lane, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Point, Timestamp};

use super::auth::Staff;
use super::bays::bay_code;
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use super::idempotent::{Command, Once, Reply, Turn};
use super::installation_view::{InstallationView, OneInstallation, shown};
use crate::app::App;
use crate::flow::actor::Actor;
use crate::flow::install_device::{
    NewInstallation, done_at, install_device, known_installation, pass_test, remove_device,
};
use crate::flow::register_device::{known_device, read_key};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Longest note and firmware, in characters.
const NOTE_LIMIT: usize = 500;
const FIRMWARE_LIMIT: usize = 32;
/// Who installs; who looks on.
pub(super) const INSTALLERS: [Role; 2] = [Role::Installer, Role::Manager];
pub(super) const ONLOOKERS: [Role; 3] = [Role::Installer, Role::Manager, Role::Auditor];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(make_installation))
        .routes(routes!(one_installation))
        .routes(routes!(pass))
        .routes(routes!(remove))
}

/// Which device came into which bay. Name the device by `device_id`, or by `network` and `key`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InstallationRequest {
    device_id: Option<Uuid>,
    #[schema(example = "chirpstack")]
    network: Option<String>,
    key: Option<String>,
    #[schema(example = "620001")]
    bay_code: String,
    /// City time; now if left out, at most 24 hours ago.
    #[schema(value_type = Option<String>, format = DateTime)]
    installed_at: Option<Timestamp>,
    /// Where the installer stood, WGS-84; both or none.
    lon: Option<f64>,
    lat: Option<f64>,
    /// As on the label.
    firmware: Option<String>,
    note: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RemovalRequest {
    /// City time; now if left out, at most 24 hours ago.
    #[schema(value_type = Option<String>, format = DateTime)]
    removed_at: Option<Timestamp>,
    note: Option<String>,
}

/// Puts a device into a bay, for its test. For installers and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/installations",
    tag = "devices",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = InstallationRequest,
    responses(
        (status = CREATED, body = InstallationView),
        (status = NOT_FOUND, description = "`device_unknown`, `bay_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`device_installed`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`device_not_named`, `network_unknown`, `position_invalid`, \
            `done_in_future`, `done_too_long_ago`, `installed_before_removed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_installation(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<InstallationRequest>,
) -> Answer<Reply> {
    staff.must_be(&INSTALLERS)?;
    let now = app.clock.city_now();
    let new = NewInstallation {
        bay_code: bay_code(&body.bay_code)?,
        installed_at: done_at(body.installed_at, now)?,
        position: position(body.lon, body.lat)?,
        firmware: text(body.firmware.as_deref(), FIRMWARE_LIMIT)?,
        note: text(body.note.as_deref(), NOTE_LIMIT)?,
    };
    let reply = again(|| store_installation(&app, &once, staff, &body, &new)).await?;
    reload(&app).await?;
    Ok(reply)
}

async fn store_installation(
    app: &App,
    once: &Once,
    staff: Staff,
    body: &InstallationRequest,
    new: &NewInstallation,
) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let device = named_device(&mut tx, &actor, body).await?;
    let now = app.clock.city_now();
    let id = install_device(&mut tx, &actor, &device, new, now).await?;
    let row = known_installation(&mut tx, &actor, id).await?;
    let view = InstallationView::of(&mut tx, &row, now).await?;
    once.settle(tx, &scope, StatusCode::CREATED, &view).await
}

/// One installation, with what its sensor said of the test so far.
#[utoipa::path(
    get,
    path = "/api/v1/installations/{installation_id}",
    tag = "devices",
    security(("token" = [])),
    params(("installation_id" = Uuid, Path)),
    responses(
        (status = OK, body = OneInstallation),
        (status = NOT_FOUND, description = "`installation_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn one_installation(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<OneInstallation>> {
    staff.must_be(&ONLOOKERS)?;
    let mut tx = app.store.read().await?;
    Ok(Json(shown(&app, &mut tx, &staff.actor(), installation_id(&named)?).await?))
}

/// Puts an installation into service from now on, if a vehicle was seen driving on and off.
#[utoipa::path(
    post,
    path = "/api/v1/installations/{installation_id}/pass",
    tag = "devices",
    security(("token" = [])),
    params(("installation_id" = Uuid, Path)),
    responses(
        (status = OK, body = OneInstallation, description = "In service, now or before"),
        (status = NOT_FOUND, description = "`installation_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`installation_removed`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`test_incomplete`: `detail` says what is missing", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn pass(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<OneInstallation>> {
    staff.must_be(&INSTALLERS)?;
    let (id, actor) = (installation_id(&named)?, staff.actor());
    let passed = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        pass_test(&mut tx, &actor, id, app.clock.city_now()).await?;
        let shown = shown(&app, &mut tx, &actor, id).await?;
        tx.commit().await?;
        Ok(shown)
    });
    Ok(Json(passed.await?))
}

/// Takes a device out of its bay. To replace a sensor, remove it and install another.
#[utoipa::path(
    post,
    path = "/api/v1/installations/{installation_id}/remove",
    tag = "devices",
    security(("token" = [])),
    params(("installation_id" = Uuid, Path)),
    request_body = RemovalRequest,
    responses(
        (status = OK, body = OneInstallation, description = "Removed, now or before"),
        (status = NOT_FOUND, description = "`installation_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`done_in_future`, `done_too_long_ago`, `removed_before_installed`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn remove(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(body): Body<RemovalRequest>,
) -> Answer<Json<OneInstallation>> {
    staff.must_be(&INSTALLERS)?;
    let (id, actor) = (installation_id(&named)?, staff.actor());
    let note = text(body.note.as_deref(), NOTE_LIMIT)?;
    let removed = again(async || {
        let now = app.clock.city_now();
        let at = done_at(body.removed_at, now)?;
        let mut tx = app.store.begin(Lane::Command).await?;
        remove_device(&mut tx, &actor, id, (at, note.as_deref()), now).await?;
        let shown = shown(&app, &mut tx, &actor, id).await?;
        tx.commit().await?;
        Ok(shown)
    });
    let removed = removed.await?;
    reload(&app).await?;
    Ok(Json(removed))
}

async fn named_device(
    tx: &mut Tx,
    actor: &Actor,
    body: &InstallationRequest,
) -> Outcome<DeviceFacts> {
    let id = match (body.device_id, &body.network, &body.key) {
        (Some(id), None, None) => Some(id),
        (None, Some(network), Some(key)) => {
            let network = Network::from_name(network)
                .ok_or_else(|| Refusal::refused("network_unknown", "there is no such network"))?;
            let key = read_key(network, key).unwrap_or_default();
            tx.device_by_key(network.name(), &key).await?.map(|device| device.device_id)
        }
        _ => {
            let detail = "name the device by device_id, or by network and key";
            return Err(Refusal::refused("device_not_named", detail));
        }
    };
    let missing =
        || Refusal::missing("device_unknown", "there is no such device: register it first");
    known_device(tx, actor, id.ok_or_else(missing)?).await
}

pub(super) fn position(lon: Option<f64>, lat: Option<f64>) -> Outcome<Option<Point>> {
    let invalid = || Refusal::refused("position_invalid", "lon and lat are WGS-84, both or none");
    match (lon, lat) {
        (None, None) => Ok(None),
        (Some(lon), Some(lat)) => Point::new(lon, lat).map(Some).map_err(|_| invalid()),
        _ => Err(invalid()),
    }
}

/// A text, or nothing if it is blank.
fn text(said: Option<&str>, limit: usize) -> Outcome<Option<String>> {
    let said = said.map(str::trim).filter(|text| !text.is_empty());
    if said.is_some_and(|text| text.chars().count() > limit) {
        let detail = format!("a field is longer than {limit} characters");
        return Err(Refusal::malformed("field_length", detail));
    }
    Ok(said.map(str::to_owned))
}

pub(super) fn installation_id(named: &Named) -> Outcome<Uuid> {
    named.id("installation_unknown", "there is no such installation")
}

/// This gateway knows at once; the others as soon as they look (`live::register`).
pub(super) async fn reload(app: &App) -> Outcome<()> {
    Ok(app.reload_register().await?)
}
