//! A command on its way to the broker: what to publish, and what came of it.
//!
//! **Invariant:** before a letter may go out it is stored that it may have (`tried_at`), so that a device
//! which obeys at once is believed.

use sensing::{CommandEvent, CommandState, DeviceCommand, Letter, Network, Proof};
use store::{CommandRow, Lane, Tx};
use uuid::Uuid;
use vocabulary::{CommandId, Timestamp};

use super::Outcome;
use super::device_words::said_in;
use super::follow_commands::move_command;
use crate::app::App;

/// A command that is to go out.
#[derive(Debug)]
pub struct Due {
    pub letter: Letter,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What there is to publish for a command; nothing if it needs no sending any more.
///
/// # Errors
/// `Again` when somebody else moved it meanwhile, or when the database fails.
pub async fn prepare_command(app: &App, id: CommandId) -> Outcome<Option<Due>> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    let waiting = |row: &CommandRow| row.state == CommandState::Waiting.name();
    let Some(row) = tx.command(id.0).await?.filter(waiting) else { return Ok(None) };
    let letter = letter_of(&mut tx, &row).await?;
    let (event, reason) = match letter {
        Some(letter) if now.ms() < row.expires_at => {
            let (created_at, expires_at) =
                (Timestamp::from_ms(row.created_at), Timestamp::from_ms(row.expires_at));
            let tried = tried(&mut tx, row, now).await?;
            let still_waits = tx.advance_command(&tried, CommandState::Waiting.name()).await?;
            tx.commit().await?;
            return Ok(still_waits.then_some(Due { letter, created_at, expires_at }));
        }
        Some(_) => (CommandEvent::TimePassed, None),
        None => (CommandEvent::Failed, Some("the way to the device is not known any more")),
    };
    move_command(&mut tx, id, event, reason, now).await?;
    tx.commit().await?;
    Ok(None)
}

async fn letter_of(tx: &mut Tx, row: &CommandRow) -> Outcome<Option<Letter>> {
    let Some(device) = tx.device(row.device_id).await? else { return Ok(None) };
    let Some(network) = Network::from_name(&device.network) else { return Ok(None) };
    let command: DeviceCommand = serde_json::from_str(&row.command_json)?;
    let route = tx.route(row.device_id).await?;
    let id = CommandId(row.command_id);
    Ok(command.letter(network, &device.device_key, route.as_deref(), id))
}

/// It may go out from now on.
async fn tried(tx: &mut Tx, row: CommandRow, now: Timestamp) -> Outcome<CommandRow> {
    if row.tried_at.is_some() {
        return Ok(row);
    }
    let mut boot_before = None;
    if row.proof == Proof::Start.name() {
        boot_before = boot_id(tx, row.device_id).await?;
    }
    Ok(CommandRow { tried_at: Some(now.ms()), boot_before, ..row })
}

/// The start of which a device spoke last.
async fn boot_id(tx: &mut Tx, device_id: Uuid) -> Outcome<Option<String>> {
    let bay = tx.device(device_id).await?.and_then(|device| device.bay_id);
    let Some(bay) = bay else { return Ok(None) };
    Ok(said_in(tx, bay, device_id).await?.into_iter().next().map(|said| said.epoch))
}

/// The broker has it.
///
/// # Errors
/// When the database fails.
pub async fn command_sent(app: &App, id: CommandId) -> anyhow::Result<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    move_command(&mut tx, id, CommandEvent::Published, None, app.clock.city_now()).await?;
    tx.commit().await?;
    Ok(())
}

/// It did not go out, for this reason; it waits for another try.
///
/// # Errors
/// When the database fails.
pub async fn command_not_sent(app: &App, id: CommandId, why: &str) -> anyhow::Result<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    if let Some(row) = tx.command(id.0).await? {
        let next = CommandRow {
            tried_at: None,
            boot_before: None,
            last_error: Some(why.to_owned()),
            ..row
        };
        tx.advance_command(&next, CommandState::Waiting.name()).await?;
    }
    tx.commit().await?;
    Ok(())
}
