//! What devices are told: each command and how far it is. Where a word about it leads is decided
//! elsewhere.

use sqlx::FromRow;
use uuid::Uuid;

use crate::tx::both;
use crate::{Result, Tx};

/// A command. Instants are city time.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CommandRow {
    pub command_id: Uuid,
    pub device_id: Uuid,
    pub command_json: String,
    /// What would show that it arrived.
    pub proof: String,
    pub state: String,
    /// How the network names it in its notices.
    pub network_id: Option<String>,
    pub created_at: i64,
    pub created_by: String,
    pub expires_at: i64,
    /// When it may have gone out first.
    pub tried_at: Option<i64>,
    /// The boot id heard last before that.
    pub boot_before: Option<String>,
    pub sent_at: Option<i64>,
    pub changed_at: i64,
    /// Since when nothing more is waited for.
    pub settled_at: Option<i64>,
    pub last_error: Option<String>,
}

macro_rules! commands {
    ($rest:literal) => {
        concat!(
            "select command_id, device_id, command_json, proof, state, network_id, created_at, created_by, \
             expires_at, tried_at, boot_before, sent_at, changed_at, settled_at, last_error from device_command ",
            $rest
        )
    };
}

impl Tx {
    /// Adds a command as it is.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_command(&mut self, row: &CommandRow) -> Result<()> {
        both!(self, |c| {
            sqlx::query(
                "insert into device_command (command_id, device_id, command_json, proof, state, network_id, \
                 created_at, created_by, expires_at, tried_at, boot_before, sent_at, changed_at, settled_at, \
                 last_error) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            )
            .bind(row.command_id)
            .bind(row.device_id)
            .bind(&row.command_json)
            .bind(&row.proof)
            .bind(&row.state)
            .bind(&row.network_id)
            .bind(row.created_at)
            .bind(&row.created_by)
            .bind(row.expires_at)
            .bind(row.tried_at)
            .bind(&row.boot_before)
            .bind(row.sent_at)
            .bind(row.changed_at)
            .bind(row.settled_at)
            .bind(&row.last_error)
            .execute(c)
            .await?;
            Ok(())
        })
    }

    /// A command by id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn command(&mut self, command_id: Uuid) -> Result<Option<CommandRow>> {
        both!(self, |c| Ok(sqlx::query_as(commands!("where command_id = $1"))
            .bind(command_id)
            .fetch_optional(c)
            .await?))
    }

    /// Writes how far a command is, if it is still in the state `from`; whether it was.
    ///
    /// # Errors
    /// `Database`.
    pub async fn advance_command(&mut self, next: &CommandRow, from: &str) -> Result<bool> {
        both!(self, |c| {
            Ok(sqlx::query(
            "update device_command set state = $3, tried_at = $4, boot_before = $5, sent_at = $6, changed_at = $7, \
             settled_at = $8, last_error = $9 where command_id = $1 and state = $2"
        )
        .bind(next.command_id)
        .bind(from)
        .bind(&next.state)
        .bind(next.tried_at)
        .bind(&next.boot_before)
        .bind(next.sent_at)
        .bind(next.changed_at)
        .bind(next.settled_at)
        .bind(&next.last_error)
        .execute(c)
        .await?
        .rows_affected()
            == 1)
        })
    }

    /// The commands of a device before one, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn commands_of_device(
        &mut self,
        device_id: Uuid,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CommandRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(commands!(
            "where device_id = $1 and ($2 is null or command_id < $2) order by command_id desc limit $3"
        ))
        .bind(device_id)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await?)
        })
    }

    /// Commands that may have gone out and that the device's next start would show to have arrived.
    ///
    /// # Errors
    /// `Database`.
    pub async fn commands_awaiting_start(&mut self) -> Result<Vec<CommandRow>> {
        both!(self, |c| Ok(sqlx::query_as(commands!(
            "where settled_at is null and proof = 'start' and tried_at is not null"
        ))
        .fetch_all(c)
        .await?))
    }

    /// Commands whose time is over and of which something is still waited for.
    ///
    /// # Errors
    /// `Database`.
    pub async fn overdue_commands(&mut self, now: i64, limit: i64) -> Result<Vec<CommandRow>> {
        both!(self, |c| Ok(sqlx::query_as(commands!(
            "where settled_at is null and expires_at <= $1 order by expires_at limit $2"
        ))
        .bind(now)
        .bind(limit)
        .fetch_all(c)
        .await?))
    }

    /// How many commands are in which state of which something is still waited for, and how many ended in
    /// which state from `since` on.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_commands(
        &mut self,
        since: i64,
    ) -> Result<(Vec<(String, i64)>, Vec<(String, i64)>)> {
        both!(self, |c| {
            let open = sqlx::query_as(
                "select state, count(*) from device_command where settled_at is null group by state",
            )
            .fetch_all(&mut *c)
            .await?;
            let ended = sqlx::query_as(
                "select state, count(*) from device_command where settled_at >= $1 group by state",
            )
            .bind(since)
            .fetch_all(c)
            .await?;
            Ok((open, ended))
        })
    }
}
