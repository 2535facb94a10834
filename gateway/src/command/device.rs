//! `gateway device`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use output::outln;
use sensing::Network;
use serde_json::json;
use store::{DeviceFacts, Lane, Store};

use super::database::Database;
use super::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::issue_credential::{
    drop_mac_key, issue_for_device, new_mac_key, revoke, username_of,
};

/// Manage native devices. The key is the device id of the topic.
#[derive(Debug, Args)]
pub(super) struct Device {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the device's account at the broker, or give it a new password; prints it this once.
    Credential {
        key: String,
        /// End the account instead.
        #[arg(long)]
        revoke: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Make a new key with which the device signs its messages; prints it this once. Unsigned ones
    /// are refused from then on.
    MacKey {
        key: String,
        /// Take the key away instead: messages need no signature any more.
        #[arg(long)]
        drop: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
}

impl Device {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Credential { key, revoke: false, json, database } => {
                credential(&key, json, &database).await?;
            }
            What::Credential { key, revoke: true, database, .. } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let mut tx = store.begin(Lane::Command).await?;
                let username = username_of(&key);
                revoke(&mut tx, &Actor::command_line(), &username, now).await.map_err(said)?;
                tx.commit().await?;
                outln!("{username} may not sign in any more");
            }
            What::MacKey { key, drop, json, database } => {
                mac_key(&key, drop, json, &database).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn credential(key: &str, json: bool, database: &Database) -> Result<()> {
    let (_, store) = database.open().await?;
    let now = Database::city_now(&store).await?;
    let device = native(&store, key).await?;
    let mut tx = store.begin(Lane::Command).await?;
    let issued = issue_for_device(&mut tx, &Actor::command_line(), &device, now).await;
    let issued = issued.map_err(said)?;
    tx.commit().await?;
    print_account(&issued.username, &issued.password, json);
    Ok(())
}

async fn mac_key(key: &str, drop: bool, json: bool, database: &Database) -> Result<()> {
    let (_, store) = database.open().await?;
    let now = Database::city_now(&store).await?;
    let device = native(&store, key).await?;
    let actor = Actor::command_line();
    let mut tx = store.begin(Lane::Command).await?;
    let made = if drop {
        drop_mac_key(&mut tx, &actor, &device, now).await.map(|()| None)
    } else {
        new_mac_key(&mut tx, &actor, &device, now).await.map(Some)
    };
    let made = made.map_err(said)?;
    tx.commit().await?;
    match made {
        Some(made) if json => outln!("{}", json!({"mac_key": made})),
        Some(made) => outln!("{made}"),
        None => outln!("{key} signs no more"),
    }
    Ok(())
}

async fn native(store: &Store, key: &str) -> Result<DeviceFacts> {
    let found = store.read().await?.device_by_key(Network::Native.name(), key).await?;
    found.with_context(|| format!("no native device has the key {key}"))
}

/// Name and password, to be written down now.
pub(super) fn print_account(username: &str, password: &str, json: bool) {
    if json {
        outln!("{}", json!({"username": username, "password": password}));
    } else {
        outln!("username {username}");
        outln!("password {password}");
    }
}
