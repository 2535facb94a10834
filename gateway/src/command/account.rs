//! `gateway account`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use output::outln;
use store::Lane;

use super::database::Database;
use super::device::print_account;
use super::import_rows::said;
use crate::accounts::Kind;
use crate::flow::actor::Actor;
use crate::flow::issue_credential::{issue_account, revoke};

/// Manage accounts at the broker that are no device's own.
#[derive(Debug, Args)]
pub(super) struct Account {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make an account, or give it a new password; prints it this once.
    Add {
        /// Name to sign in with.
        name: String,
        /// What it may do: docs/PROTOCOL.md, Accounts at the broker.
        #[arg(long, value_enum)]
        kind: Kind,
        /// Name of the operator whose native devices a concentrator speaks for; of all if left out.
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// End an account.
    Revoke {
        name: String,
        #[command(flatten)]
        database: Database,
    },
    /// List the accounts, without any password.
    List {
        #[command(flatten)]
        database: Database,
    },
}

impl Account {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Add { name, kind, operator, json, database } => {
                add(&name, kind, operator.as_deref(), json, &database).await?;
            }
            What::Revoke { name, database } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let mut tx = store.begin(Lane::Command).await?;
                revoke(&mut tx, &Actor::command_line(), &name, now).await.map_err(said)?;
                tx.commit().await?;
                outln!("{name} may not sign in any more");
            }
            What::List { database } => {
                let (_, store) = database.open().await?;
                for row in store.read().await?.credentials().await? {
                    let state = if row.revoked_at.is_some() { "revoked" } else { "in use" };
                    outln!("{}\t{}\t{state}", row.username, row.kind);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn add(
    name: &str,
    kind: Kind,
    operator: Option<&str>,
    json: bool,
    database: &Database,
) -> Result<()> {
    let (_, store) = database.open().await?;
    let now = Database::city_now(&store).await?;
    let operator = match operator {
        Some(wanted) => {
            let operators = store.read().await?.operators().await?;
            let found = operators.into_iter().find(|(_, known)| known == wanted);
            Some(found.with_context(|| format!("no operator is named {wanted}"))?.0)
        }
        None => None,
    };
    let mut tx = store.begin(Lane::Command).await?;
    let actor = Actor::command_line();
    let issued = issue_account(&mut tx, &actor, (name, kind), operator, now).await;
    let issued = issued.map_err(said)?;
    tx.commit().await?;
    print_account(&issued.username, &issued.password, json);
    Ok(())
}
