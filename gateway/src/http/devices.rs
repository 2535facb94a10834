//! The register of devices for the operator: which there are, where each is and was, how it is.
//!
//! What is said of a device's health comes with the bay (`device_health`); where nothing is known of
//! it, nothing is said.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sensing::ConditionKind;
use serde::{Deserialize, Serialize};
use store::{DeviceFacts, DeviceFilter, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::cursor::limit_of;
use super::device_health::{HealthView, health_of};
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::installation_view::InstallationView;
use super::installations::{INSTALLERS, ONLOOKERS};
use crate::app::App;
use crate::flow::device_words::said_in;
use crate::flow::register_device::{self, known_device, register_device};
use crate::flow::{Outcome, Refusal, again};

const USUAL_DEVICES: i64 = 50;
const DEVICES_LIMIT: i64 = 200;
/// Devices looked through for one page of those in some condition.
const LOOK_LIMIT: usize = 5_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_devices, make_device)).routes(routes!(one_device))
}

/// What a device is called.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceName {
    pub(super) device_id: Uuid,
    #[schema(example = "chirpstack")]
    network: String,
    key: String,
    #[schema(example = "bosch-tps110")]
    device_type: String,
    firmware: Option<String>,
    /// A distance below this one is a vehicle to a sensor that measures distances.
    occupied_below_mm: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeviceQuestion {
    /// Only devices in this condition: `silent`, `stuck`, `flapping`, `clock_wrong`, `disagreeing`,
    /// `low_battery`, `faulty`, `never_heard`.
    condition: Option<String>,
    /// Only devices in bays of the zone of this code.
    zone: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 50 if left out, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A device as the register has it, and how it is.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceView {
    #[serde(flatten)]
    name: DeviceName,
    /// Null while it lies in stock.
    bay_code: Option<String>,
    /// Since when it is where it is.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Absent while nothing is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<HealthView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DevicePage {
    #[serde(flatten)]
    moment: Moment,
    devices: Vec<DeviceView>,
    /// The cursor of the next page; null on the last one. A page may hold fewer devices than asked
    /// for, and not be the last.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneDevice {
    #[serde(flatten)]
    moment: Moment,
    #[serde(flatten)]
    device: DeviceView,
    /// What it said last of the bay that it is in; null if nothing.
    last_said: Option<Said>,
    /// Newest first.
    installations: Vec<InstallationView>,
    /// Whether it must sign its messages.
    signs: bool,
    /// Since when it has an account at the broker; null if it has none.
    #[schema(value_type = Option<String>, format = DateTime)]
    credential_since: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Said {
    #[schema(value_type = String, format = DateTime)]
    observed_at: Timestamp,
    #[schema(example = "heartbeat")]
    kind: String,
    occupied: Option<bool>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeviceRequest {
    #[schema(example = "native")]
    network: String,
    /// Native: the device id of the topic. LoRaWAN: the DevEUI.
    key: String,
    #[schema(example = "native")]
    device_type: String,
    firmware: Option<String>,
    /// For a sensor that measures distances: below this one there is a vehicle. Without it a distance says nothing
    /// about the bay.
    #[schema(minimum = 1, maximum = 20_000)]
    occupied_below_mm: Option<i64>,
}

/// The devices of the operator, in the order in which they were registered.
#[utoipa::path(
    get,
    path = "/api/v1/devices",
    tag = "devices",
    security(("token" = [])),
    params(DeviceQuestion),
    responses(
        (status = OK, body = DevicePage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn list_devices(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(question): Asked<DeviceQuestion>,
) -> Answer<Json<DevicePage>> {
    staff.must_be(&ONLOOKERS)?;
    let moment = Moment::of(&app);
    let condition = question.condition.as_deref();
    condition.map_or(Ok(()), must_be_condition)?;
    let limit = limit_of(question.limit, USUAL_DEVICES, DEVICES_LIMIT)?;
    let filter = DeviceFilter {
        after: question.cursor.as_deref().map(read_cursor).transpose()?,
        operator: staff.actor().operator.map(|operator| operator.0),
        zone: question.zone,
        at: moment.now.ms(),
    };
    let mut tx = app.store.read().await?;
    let wanted = (condition, usize::try_from(limit).unwrap_or(1));
    let (devices, next) = page(&app, &mut tx, filter, wanted, moment.now).await?;
    Ok(Json(DevicePage { moment, devices, next: next.map(|id| id.to_string()) }))
}

/// A name that is mistyped would find nothing, as if all were well.
fn must_be_condition(name: &str) -> Outcome<()> {
    let names = ConditionKind::ALL.map(ConditionKind::name);
    if names.contains(&name) {
        return Ok(());
    }
    Err(malformed_query(&format!("condition: one of {}", names.join(", "))))
}

/// Fills a page; looks through a bounded number of devices for it.
async fn page(
    app: &App,
    tx: &mut Tx,
    mut filter: DeviceFilter,
    (condition, limit): (Option<&str>, usize),
    now: Timestamp,
) -> Outcome<(Vec<DeviceView>, Option<Uuid>)> {
    let (mut devices, mut looked) = (Vec::new(), 0);
    loop {
        let found = tx.list_devices(&filter, DEVICES_LIMIT).await?;
        let more = found.len() == usize::try_from(DEVICES_LIMIT).unwrap_or(usize::MAX);
        looked += found.len();
        for facts in found {
            if devices.len() == limit {
                return Ok((devices, filter.after));
            }
            filter.after = Some(facts.device_id);
            let view = DeviceView::of(app, tx, &facts, now).await?;
            if condition.is_none_or(|wanted| view.is_in(wanted)) {
                devices.push(view);
            }
        }
        match (more, looked >= LOOK_LIMIT) {
            (false, _) => return Ok((devices, None)),
            (true, true) => return Ok((devices, filter.after)),
            (true, false) => {}
        }
    }
}

/// Registers a device; it lies in stock until it is installed.
#[utoipa::path(
    post,
    path = "/api/v1/devices",
    tag = "devices",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = DeviceRequest,
    responses(
        (status = CREATED, body = DeviceName),
        (status = CONFLICT, description = "`device_known`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`network_unknown`, `device_key_malformed`, \
            `device_type_unknown`, `firmware_length`, `distance_not_measured`, `occupied_below_out_of_range`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn make_device(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<DeviceRequest>,
) -> Answer<Reply> {
    staff.must_be(&INSTALLERS)?;
    let DeviceRequest { network, key, device_type, firmware, occupied_below_mm } = &body;
    let named = register_device::Named::read(network, key, device_type, firmware.as_deref())
        .and_then(|named| named.seeing(*occupied_below_mm))
        .map_err(|why| Refusal::refused(why.code(), why.advice()))?;
    Ok(again(|| store_device(&app, &once, staff, &named)).await?)
}

async fn store_device(
    app: &App,
    once: &Once,
    staff: Staff,
    named: &register_device::Named,
) -> Outcome<Reply> {
    let scope = staff.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let actor = staff.actor();
    let id = register_device(&mut tx, &actor, named, app.clock.city_now()).await?;
    let facts = tx.device(id).await?;
    let name = DeviceName::of(facts.as_ref(), id);
    once.settle(tx, &scope, StatusCode::CREATED, &name).await
}

/// One device: where it is and was, what it said last, how it is.
#[utoipa::path(
    get,
    path = "/api/v1/devices/{device_id}",
    tag = "devices",
    security(("token" = [])),
    params(("device_id" = Uuid, Path)),
    responses(
        (status = OK, body = OneDevice),
        (status = NOT_FOUND, description = "`device_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_device(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<OneDevice>> {
    staff.must_be(&ONLOOKERS)?;
    let moment = Moment::of(&app);
    let mut tx = app.store.read().await?;
    let facts = known_device(&mut tx, &staff.actor(), device_id(&named)?).await?;
    let last_said = match facts.bay_id {
        Some(bay_id) => {
            said_in(&mut tx, bay_id, facts.device_id).await?.into_iter().next().map(|said| Said {
                observed_at: Timestamp::from_ms(said.observed_at),
                kind: said.kind,
                occupied: said.occupied,
            })
        }
        None => None,
    };
    let mut installations = Vec::new();
    for row in tx.installations_of_device(facts.device_id).await? {
        installations.push(InstallationView::of(&mut tx, &row, moment.now).await?);
    }
    let credential = tx.credential_of_device(facts.device_id).await?;
    let credential = credential.filter(|credential| credential.revoked_at.is_none());
    Ok(Json(OneDevice {
        device: DeviceView::of(&app, &mut tx, &facts, moment.now).await?,
        moment,
        last_said,
        installations,
        signs: tx.has_mac_key(facts.device_id).await?,
        credential_since: credential.map(|c| Timestamp::from_ms(c.created_at)),
    }))
}

impl DeviceName {
    pub(super) fn of(facts: Option<&DeviceFacts>, device_id: Uuid) -> DeviceName {
        let text = |of: fn(&DeviceFacts) -> &String| facts.map(of).cloned().unwrap_or_default();
        DeviceName {
            device_id,
            network: text(|f| &f.network),
            key: text(|f| &f.device_key),
            device_type: text(|f| &f.device_type),
            firmware: facts.and_then(|f| f.firmware.clone()),
            occupied_below_mm: facts.and_then(|f| f.occupied_below_mm),
        }
    }
}

impl DeviceView {
    async fn of(
        app: &App,
        tx: &mut Tx,
        facts: &DeviceFacts,
        now: Timestamp,
    ) -> Outcome<DeviceView> {
        Ok(DeviceView {
            name: DeviceName::of(Some(facts), facts.device_id),
            bay_code: facts.bay_code.clone(),
            since: Timestamp::from_ms(facts.installed_at),
            health: health_of(app, tx, facts, now).await?,
        })
    }

    fn is_in(&self, condition: &str) -> bool {
        self.health
            .as_ref()
            .is_some_and(|health| health.conditions.iter().any(|c| c.kind == condition))
    }
}

pub(super) fn device_id(named: &Named) -> Outcome<Uuid> {
    named.id("device_unknown", "there is no such device")
}

fn read_cursor(text: &str) -> Outcome<Uuid> {
    Uuid::parse_str(text)
        .map_err(|_| Refusal::malformed("cursor_malformed", "this is not a cursor from `next`"))
}
