//! Somebody of the staff takes a command back while it still waits for the broker.
//!
//! What the broker or a network has cannot be taken back. Of a command that was on its way when it was
//! withdrawn, nobody knows: what is said of it later still counts.

use sensing::{CommandEvent, CommandState};
use serde_json::json;
use store::{CommandRow, Tx};
use uuid::Uuid;
use vocabulary::{CommandId, Timestamp};

use super::actor::Actor;
use super::follow_commands::move_command;
use super::register_device::known_device;
use super::{Outcome, Refusal};

const UNDER_WAY: &str = "it may have gone out just before it was taken back";

/// Takes a command of a device back; one that was taken back already stays so.
///
/// # Errors
/// `device_unknown`, `command_not_there`, `command_sent`.
pub async fn withdraw_command(
    tx: &mut Tx,
    actor: &Actor,
    device_id: Uuid,
    id: CommandId,
    now: Timestamp,
) -> Outcome<CommandRow> {
    known_device(tx, actor, device_id).await?;
    let row = of_device(tx, device_id, id).await?;
    if row.state == CommandState::Withdrawn.name() {
        return Ok(row);
    }
    let reason = row.tried_at.map(|_| UNDER_WAY);
    if move_command(tx, id, CommandEvent::Withdrawn, reason, now).await?.is_none() {
        let detail = format!("it is {} already: only what waits can be taken back", row.state);
        return Err(Refusal::conflict("command_sent", detail));
    }
    let object = ("device", device_id.to_string());
    let detail = json!({"command_id": id});
    actor.audit(tx, now, "device_command_withdraw", (object.0, &object.1), &detail).await?;
    of_device(tx, device_id, id).await
}

async fn of_device(tx: &mut Tx, device_id: Uuid, id: CommandId) -> Outcome<CommandRow> {
    let row = tx.command(id.0).await?.filter(|row| row.device_id == device_id);
    let missing = || Refusal::missing("command_not_there", "the device has no such command");
    row.ok_or_else(missing)
}
