//! A command on its way to the broker: what to publish, and what came of it.
//!
//! **Invariant:** before a letter may go out it is stored that it may have (`tried_at`), so that a device
//! which obeys at once is believed.

use sensing::{CommandEvent, CommandState, DeviceCommand, Letter, Network, Proof};
use store::{CommandRow, Lane, Tx};
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
/// `Again` when somebody else is in the way, or when the database fails.
pub async fn prepare_command(app: &App, id: CommandId) -> Outcome<Option<Due>> {
    let now = app.clock.city_now();
    let mut tx = app.store.read().await?;
    let waiting = |row: &CommandRow| row.state == CommandState::Waiting.name();
    let Some(row) = tx.command(id.0).await?.filter(waiting) else { return Ok(None) };
    let letter = letter_of(&mut tx, &row).await?;
    let boot_before = boot_id(&mut tx, &row).await?;
    drop(tx);
    let (event, reason) = match letter {
        Some(letter) if now.ms() < row.expires_at => {
            let (created_at, expires_at) =
                (Timestamp::from_ms(row.created_at), Timestamp::from_ms(row.expires_at));
            let due = Due { letter, created_at, expires_at };
            return Ok(may_go_out(app, row, boot_before, now).await?.then_some(due));
        }
        Some(_) => (CommandEvent::TimePassed, None),
        None => (CommandEvent::Failed, Some("the way to the device is not known any more")),
    };
    let mut tx = app.store.begin(Lane::Command).await?;
    move_command(&mut tx, id, event, reason, now).await?;
    tx.commit().await?;
    Ok(None)
}

/// Stores that it may go out from now on; whether it still waits.
async fn may_go_out(
    app: &App,
    row: CommandRow,
    boot_before: Option<String>,
    now: Timestamp,
) -> Outcome<bool> {
    if row.tried_at.is_some() {
        return Ok(true);
    }
    let tried = CommandRow { tried_at: Some(now.ms()), boot_before, ..row };
    let mut tx = app.store.begin(Lane::Command).await?;
    let waits = tx.advance_command(&tried, CommandState::Waiting.name()).await?;
    tx.commit().await?;
    Ok(waits)
}

async fn letter_of(tx: &mut Tx, row: &CommandRow) -> Outcome<Option<Letter>> {
    let Some(device) = tx.device(row.device_id).await? else { return Ok(None) };
    let Some(network) = Network::from_name(&device.network) else { return Ok(None) };
    let command: DeviceCommand = serde_json::from_str(&row.command_json)?;
    let route = tx.route(row.device_id).await?;
    let id = CommandId(row.command_id);
    Ok(command.letter(network, &device.device_key, route.as_deref(), id))
}

/// The start of which a device spoke last, where it is asked to start anew.
async fn boot_id(tx: &mut Tx, row: &CommandRow) -> Outcome<Option<String>> {
    if row.proof != Proof::Start.name() || row.tried_at.is_some() {
        return Ok(None);
    }
    let bay = tx.device(row.device_id).await?.and_then(|device| device.bay_id);
    let Some(bay) = bay else { return Ok(None) };
    Ok(said_in(tx, bay, row.device_id).await?.into_iter().next().map(|said| said.epoch))
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

/// How sure it is that a command did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The broker did not take it.
    Surely,
    /// Nobody said a word.
    Perhaps,
}

/// It waits for another try, for this reason.
///
/// # Errors
/// When the database fails.
pub async fn command_not_sent(
    app: &App,
    id: CommandId,
    unsent: Unsent,
    why: &str,
) -> anyhow::Result<()> {
    let Some(row) = app.store.read().await?.command(id.0).await? else { return Ok(()) };
    let mut next = CommandRow { last_error: Some(why.to_owned()), ..row.clone() };
    if unsent == Unsent::Surely {
        (next.tried_at, next.boot_before) = (None, None);
    }
    if next != row {
        let mut tx = app.store.begin(Lane::Command).await?;
        tx.advance_command(&next, CommandState::Waiting.name()).await?;
        tx.commit().await?;
    }
    Ok(())
}
