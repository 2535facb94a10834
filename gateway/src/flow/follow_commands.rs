//! What networks and devices say about commands moves them on; so does the end of their time.
//!
//! Words are taken after the batch that they came in was stored, and before it is acknowledged to the
//! broker: after a crash in between they come again, and a word that was taken changes nothing.

use std::collections::HashMap;

use sensing::{
    CommandEvent, CommandState, Notice, NoticeKind, Proof, command_named, proves_restart,
};
use store::{CommandRow, Lane, RouteRow, Tx};
use uuid::Uuid;
use vocabulary::{CommandId, DeviceId, Timestamp};

use super::read_messages::Batch;
use crate::app::App;

/// Longest reason that is kept, in characters.
const REASON_LIMIT: usize = 500;
/// Commands ended in one go.
const OVERDUE_LIMIT: i64 = 500;

/// Something that was said about a command, or that may be its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Fate { command: CommandId, event: CommandEvent, reason: Option<String> },
    Started { device: DeviceId, boot_id: String, observed_at: Timestamp },
}

impl Word {
    /// What a network's notice says about a command that may be one of ours.
    pub(super) fn of_notice(notice: &Notice) -> Option<Word> {
        let (item, event, reason) = match &notice.what {
            NoticeKind::Queued { queue_item, .. } => (queue_item, CommandEvent::Queued, None),
            NoticeKind::Sent { queue_item, .. } => (queue_item, CommandEvent::OnAir, None),
            NoticeKind::Acknowledged { queue_item, .. } => {
                (queue_item, CommandEvent::Acknowledged, None)
            }
            NoticeKind::Refused { queue_item, .. } => {
                let reason = "the device did not acknowledge it".to_owned();
                (queue_item, CommandEvent::Refused, Some(reason))
            }
            NoticeKind::Failed { queue_item, detail } => {
                (queue_item, CommandEvent::Failed, Some(detail.clone()))
            }
            NoticeKind::Joined { .. }
            | NoticeKind::Status { .. }
            | NoticeKind::Located { .. }
            | NoticeKind::Logged { .. } => return None,
        };
        Some(Word::Fate { command: command_named(item.as_deref()?)?, event, reason })
    }
}

/// Takes what a stored batch says about commands, and where its devices' networks are.
///
/// # Errors
/// When the database fails; then nothing of it is taken and the caller offers it again.
pub async fn follow_batch(app: &App, batch: &Batch) -> anyhow::Result<()> {
    if batch.words.is_empty() && batch.routes.is_empty() {
        return Ok(());
    }
    let moves = moves(app, &batch.words).await?;
    let now = app.clock.city_now();
    if moves.is_empty() && batch.routes.is_empty() {
        return Ok(());
    }
    let routes = batch.routes.iter().map(|(device, route)| RouteRow {
        device_id: device.0,
        route: route.clone(),
        learned_at: now.ms(),
    });
    let mut tx = app.store.begin(Lane::Ingest).await?;
    tx.put_routes(&routes.collect::<Vec<_>>()).await?;
    for (command, event, reason) in &moves {
        move_command(&mut tx, *command, *event, reason.as_deref(), now).await?;
    }
    tx.commit().await?;
    app.devices.learn(&batch.routes);
    Ok(())
}

type Move = (CommandId, CommandEvent, Option<String>);

/// Looks first, without the writer's turn: networks speak of downlinks that are not ours.
async fn moves(app: &App, words: &[Word]) -> anyhow::Result<Vec<Move>> {
    let mut moves = Vec::new();
    if words.is_empty() {
        return Ok(moves);
    }
    let mut tx = app.store.read().await?;
    for word in words {
        if let Word::Fate { command, event, reason } = word
            && tx.command(command.0).await?.is_some()
        {
            moves.push((*command, *event, reason.clone()));
        }
    }
    if words.iter().any(|word| matches!(word, Word::Started { .. })) {
        let mut awaiting: HashMap<Uuid, Vec<CommandRow>> = HashMap::new();
        for row in tx.commands_awaiting_start().await? {
            awaiting.entry(row.device_id).or_default().push(row);
        }
        moves.extend(words.iter().flat_map(|word| restarts(&awaiting, word)));
    }
    Ok(moves)
}

/// The restarts that a start-up proves.
fn restarts(awaiting: &HashMap<Uuid, Vec<CommandRow>>, word: &Word) -> Vec<Move> {
    let Word::Started { device, boot_id, observed_at } = word else { return Vec::new() };
    let proved = awaiting.get(&device.0).into_iter().flatten().filter(|row| {
        row.tried_at.is_some_and(|at| {
            let tried_at = Timestamp::from_ms(at);
            proves_restart(row.boot_before.as_deref(), tried_at, boot_id, *observed_at)
        })
    });
    proved.map(|row| (CommandId(row.command_id), CommandEvent::Started, None)).collect()
}

/// Moves a command to where an event leads, if it leads anywhere. The new state, if there is one.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(crate) async fn move_command(
    tx: &mut Tx,
    id: CommandId,
    event: CommandEvent,
    reason: Option<&str>,
    now: Timestamp,
) -> anyhow::Result<Option<CommandState>> {
    // Somebody else may move it meanwhile; it moves a few times in its life.
    while let Some(row) = tx.command(id.0).await? {
        let Some((state, next)) = moved(&row, event, reason, now)? else { return Ok(None) };
        if tx.advance_command(&next, &row.state).await? {
            return Ok(Some(state));
        }
    }
    Ok(None)
}

fn moved(
    row: &CommandRow,
    event: CommandEvent,
    reason: Option<&str>,
    now: Timestamp,
) -> anyhow::Result<Option<(CommandState, CommandRow)>> {
    let unreadable =
        || anyhow::anyhow!("command {} is {} ({})", row.command_id, row.state, row.proof);
    let state = CommandState::from_name(&row.state).ok_or_else(unreadable)?;
    let proof = Proof::from_name(&row.proof).ok_or_else(unreadable)?;
    let Some(state) = state.after(event, proof) else { return Ok(None) };
    let reason = reason.map(|reason| reason.chars().take(REASON_LIMIT).collect());
    // Whatever says that it went on its way says that it was sent.
    let went =
        !matches!(state, CommandState::Expired | CommandState::Failed | CommandState::Withdrawn);
    Ok(Some((
        state,
        CommandRow {
            state: state.name().to_owned(),
            sent_at: row.sent_at.or(went.then_some(now.ms())),
            changed_at: now.ms(),
            settled_at: state.is_settled(proof).then_some(now.ms()),
            last_error: match state {
                CommandState::Expired => row.last_error.clone(),
                _ => reason,
            },
            ..row.clone()
        },
    )))
}

/// Ends what was not known to have arrived in time.
///
/// # Errors
/// When the database fails.
pub async fn end_commands(app: &App) -> anyhow::Result<usize> {
    let now = app.clock.city_now();
    let overdue = app.store.read().await?.overdue_commands(now.ms(), OVERDUE_LIMIT).await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    for row in &overdue {
        let id = CommandId(row.command_id);
        move_command(&mut tx, id, CommandEvent::TimePassed, None, now).await?;
    }
    tx.commit().await?;
    Ok(overdue.len())
}
