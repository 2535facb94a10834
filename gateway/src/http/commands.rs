//! Devices are told to do something, and staff sees what became of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sensing::{DeviceCommand, Frame, FrameCommand, Sending};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::CommandRow;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::cursor::limit_of;
use super::devices::device_id;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::installations::{INSTALLERS, ONLOOKERS};
use crate::app::App;
use crate::flow::command_device::{NewCommand, Wish, command_device};
use crate::flow::register_device::known_device;
use crate::flow::{Outcome, Refusal, again};

/// How long a command is worth sending, in seconds: a day, at least a minute, at most 30 days.
const USUAL_LIFETIME_S: i64 = 86_400;
const LIFETIMES_S: std::ops::RangeInclusive<i64> = 60..=30 * 86_400;
const USUAL_COMMANDS: i64 = 20;
const COMMANDS_LIMIT: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_commands, make_command))
}

/// What a device is to be told: a documented command, or a frame of your own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommandRequest {
    /// Native: one of `{"config": {"heartbeat_s": 1200}}`, `{"restart": {}}`, `{"recalibrate": {}}`. LoRaWAN: as
    /// `gateway encode --list` shows it for the type of the device.
    #[schema(example = json!({"restart": {}}))]
    command: Option<Map<String, Value>>,
    frame: Option<FrameRequest>,
    /// LoRaWAN: the device is to acknowledge it. Usually not.
    confirmed: Option<bool>,
    /// The Things Stack: it takes the place of all downlinks that wait. Usually not.
    replace: Option<bool>,
    /// City time after which it is not worth sending any more, in seconds from now; a day if left out.
    #[schema(minimum = 60, maximum = 2_592_000)]
    expires_in_s: Option<i64>,
}

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FrameRequest {
    /// 1 to 223.
    #[schema(example = 85)]
    fport: u8,
    /// 1 to 242 bytes in hexadecimal.
    #[schema(example = "ff10ff")]
    hex: String,
}

/// A command, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommandView {
    command_id: Uuid,
    device_id: Uuid,
    /// What it says; null for a frame that the codec of the device cannot read.
    command: Option<Map<String, Value>>,
    /// Of a LoRaWAN device.
    frame: Option<FrameRequest>,
    confirmed: bool,
    replace: bool,
    /// `waiting`, `sent`, `queued`, `on_air`, `acknowledged`, `refused`, `failed`, `expired`,
    /// `withdrawn`.
    #[schema(example = "sent")]
    state: String,
    /// What would show that it arrived: `device` (it acknowledges), `air` (the network says that it was sent),
    /// `start` (it says that it started), `nothing`.
    #[schema(example = "start")]
    proof: String,
    /// How the network names it: `queueItemId` of ChirpStack, a correlation id of The Things Stack.
    network_id: Option<String>,
    /// A member of staff.
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Since when it is known to be on its way.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    /// Since when it is in this state.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Why it is not on its way, or did not arrive.
    last_error: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CommandPage {
    #[serde(flatten)]
    moment: Moment,
    /// Newest first.
    commands: Vec<CommandView>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CommandQuestion {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 20 if left out, 100 at most.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// Tells a device to do something. For installers and managers; goes to the audit log.
///
/// It is stored and sent as soon as the broker takes it. A LoRaWAN device of class A hears it after its
/// next uplink.
#[utoipa::path(
    post,
    path = "/api/v1/devices/{device_id}/commands",
    tag = "devices",
    security(("token" = [])),
    params(
        ("device_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = CommandRequest,
    responses(
        (status = CREATED, body = CommandView),
        (status = NOT_FOUND, description = "`device_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`device_never_heard`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`command_missing`, `command_unknown`, `command_malformed`, \
            `frame_malformed`, `sending_impossible`, `unknown_device_type`, `expiry_out_of_range`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_command(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<CommandRequest>,
) -> Answer<Reply> {
    staff.must_be(&INSTALLERS)?;
    let (id, new) = (device_id(&named)?, read(body)?);
    let reply = again(|| store_command(&app, &once, staff, id, &new)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_command(
    app: &App,
    once: &Once,
    staff: Staff,
    device_id: Uuid,
    new: &NewCommand,
) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let device = known_device(&mut tx, &actor, device_id).await?;
    let now = (app.clock.city_now(), app.clock.machine_now_ms());
    let row = command_device(&mut tx, &actor, &device, new, now).await?;
    let view = CommandView::of(&row, &device.device_type)?;
    once.settle(tx, &scope, StatusCode::CREATED, &view).await
}

/// What a device was told, and what became of it.
#[utoipa::path(
    get,
    path = "/api/v1/devices/{device_id}/commands",
    tag = "devices",
    security(("token" = [])),
    params(("device_id" = Uuid, Path), CommandQuestion),
    responses(
        (status = OK, body = CommandPage),
        (status = BAD_REQUEST, description = "`malformed_query`, `cursor_malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`device_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn list_commands(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Asked(question): Asked<CommandQuestion>,
) -> Answer<Json<CommandPage>> {
    staff.must_be(&ONLOOKERS)?;
    let moment = Moment::of(&app);
    let limit = limit_of(question.limit, USUAL_COMMANDS, COMMANDS_LIMIT)?;
    let before = question.cursor.as_deref().map(read_cursor).transpose()?;
    let mut tx = app.store.read().await?;
    let device = known_device(&mut tx, &staff.actor(), device_id(&named)?).await?;
    let mut rows = tx.commands_of_device(device.device_id, before, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(1);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next = rows.last().filter(|_| more).map(|row| row.command_id.to_string());
    let commands =
        rows.iter().map(|row| CommandView::of(row, &device.device_type)).collect::<Outcome<_>>()?;
    Ok(Json(CommandPage { moment, commands, next }))
}

fn read(body: CommandRequest) -> Outcome<NewCommand> {
    let wish = match (body.command, body.frame) {
        (Some(command), None) => Wish::Command(command),
        (None, Some(FrameRequest { fport, hex })) => Wish::Frame { fport, hex },
        _ => {
            let detail = "say what to tell the device in command, or in frame";
            return Err(Refusal::refused("command_missing", detail));
        }
    };
    let lifetime_s = body.expires_in_s.unwrap_or(USUAL_LIFETIME_S);
    if !LIFETIMES_S.contains(&lifetime_s) {
        let detail = "expires_in_s must lie in 60..2592000";
        return Err(Refusal::refused("expiry_out_of_range", detail));
    }
    let sending = Sending {
        confirmed: body.confirmed.unwrap_or(false),
        replaces: body.replace.unwrap_or(false),
    };
    Ok(NewCommand { wish, sending, lifetime_ms: lifetime_s * 1000 })
}

impl CommandView {
    pub(super) fn of(row: &CommandRow, device_type: &str) -> Outcome<CommandView> {
        let (command, frame, sending) = match serde_json::from_str(&row.command_json)? {
            DeviceCommand::Native(word) => (Some(word), None, Sending::default()),
            DeviceCommand::Frame(frame) => {
                let FrameCommand { fport, ref hex, sending } = frame;
                let shown = FrameRequest { fport, hex: hex.clone() };
                (meaning(device_type, &frame), Some(shown), sending)
            }
        };
        Ok(CommandView {
            command_id: row.command_id,
            device_id: row.device_id,
            command,
            frame,
            confirmed: sending.confirmed,
            replace: sending.replaces,
            state: row.state.clone(),
            proof: row.proof.clone(),
            network_id: row.network_id.clone(),
            created_by: row.created_by.clone(),
            created_at: Timestamp::from_ms(row.created_at),
            expires_at: Timestamp::from_ms(row.expires_at),
            sent_at: row.sent_at.map(Timestamp::from_ms),
            changed_at: Timestamp::from_ms(row.changed_at),
            last_error: row.last_error.clone(),
        })
    }
}

/// What a frame tells a device of this type.
fn meaning(device_type: &str, frame: &FrameCommand) -> Option<Map<String, Value>> {
    let bytes = hex::decode(&frame.hex).ok()?;
    let frame = Frame { fport: frame.fport, bytes: &bytes, firmware: None };
    let decoded = (sensing::codec(device_type)?.decode_down)(&frame).ok()?;
    Some(decoded.extra)
}

fn read_cursor(text: &str) -> Outcome<Uuid> {
    Uuid::parse_str(text)
        .map_err(|_| Refusal::malformed("cursor_malformed", "this is not a cursor from `next`"))
}
