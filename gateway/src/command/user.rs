//! `gateway user`

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use output::outln;
use store::Tx;
use uuid::Uuid;

use super::database::Database;
use super::import_rows::said;
use crate::clock::Clock;
use crate::flow::Refusal;
use crate::flow::delete_driver::delete_driver_now;
use crate::flow::export_driver::export_driver;
use crate::flow::sign_in::{Role, add_staff};

/// Shortest password taken.
const PASSWORD_CHARS: usize = 10;

/// Manage staff, and the data of drivers.
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a member of staff. The password is read from standard input.
    Add {
        /// Name to sign in with.
        login: String,
        /// What the person may do.
        #[arg(long, value_enum)]
        role: Role,
        #[command(flatten)]
        database: Database,
    },
    /// Write everything there is of one driver, as JSON on standard output.
    Export(Driver),
    /// Delete a driver, when nothing of theirs is open. The books stay, without the person. It cannot
    /// be undone.
    Delete(Driver),
}

/// Which driver.
#[derive(Debug, Args)]
struct Driver {
    /// The id of the account.
    #[arg(
        long,
        value_name = "UUID",
        required_unless_present = "openid",
        conflicts_with = "openid"
    )]
    account: Option<Uuid>,
    /// The openid of the account, from a file or `-` for standard input: it stays out of the list of
    /// processes and the history of the shell.
    #[arg(long, value_name = "FILE")]
    openid: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

impl Driver {
    async fn export(self) -> Result<ExitCode> {
        let (_, store) = self.database.open().await?;
        let mut tx = store.snapshot().await?;
        let Some(account) = wanted(&mut tx, self.account, self.openid).await? else {
            return Ok(nobody());
        };
        let Some(data) = export_driver(&mut tx, account, Clock::real().city_now()).await? else {
            return Ok(nobody());
        };
        drop(tx);
        serde_json::to_writer_pretty(output::Out, &data).context("writing the data")?;
        outln!();
        store.close().await;
        Ok(ExitCode::SUCCESS)
    }

    async fn delete(self) -> Result<ExitCode> {
        let (_, store) = self.database.open().await?;
        let mut tx = store.read().await?;
        let Some(account) = wanted(&mut tx, self.account, self.openid).await? else {
            return Ok(nobody());
        };
        drop(tx);
        let deleted = delete_driver_now(&store, account, Clock::real().city_now()).await;
        store.close().await;
        match deleted {
            Ok(deleted) => {
                outln!("deleted; the plates of {} visits are hidden", deleted.visits);
                Ok(ExitCode::SUCCESS)
            }
            Err(Refusal::Missing { .. }) => Ok(nobody()),
            Err(Refusal::Conflict { code, detail }) => {
                eprintln!("{code}: {detail}");
                Ok(ExitCode::from(1))
            }
            Err(other) => Err(said(other)),
        }
    }
}

fn nobody() -> ExitCode {
    eprintln!("there is no such driver, or not any more");
    ExitCode::from(1)
}

async fn wanted(
    tx: &mut Tx,
    account: Option<Uuid>,
    openid: Option<PathBuf>,
) -> Result<Option<Uuid>> {
    let Some(path) = openid else { return Ok(account) };
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin().lock())
    } else {
        std::fs::read_to_string(&path)
    };
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(tx.account_of(text.trim()).await?)
}

impl User {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let (login, role, database) = match self.what {
            What::Add { login, role, database } => (login, role, database),
            What::Export(driver) => return driver.export().await,
            What::Delete(driver) => return driver.delete().await,
        };
        let password = read_password()?;
        ensure!(
            password.chars().count() >= PASSWORD_CHARS,
            "the password must have at least {PASSWORD_CHARS} characters"
        );
        let (_, store) = database.open().await?;
        let added =
            add_staff(&store, &login, &password, role, Clock::real().city_now().ms()).await?;
        store.close().await;
        if !added {
            eprintln!("the login {login} is taken");
            return Ok(ExitCode::from(1));
        }
        outln!("added {login} as {}", role.name());
        Ok(ExitCode::SUCCESS)
    }
}

fn read_password() -> Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("password (it will be visible; or pipe it in): ");
        std::io::stderr().flush()?;
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
