//! `gateway user`

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

use super::database::Database;
use crate::clock::Clock;
use crate::flow::sign_in::{Role, add_staff};

/// Shortest password taken.
const PASSWORD_CHARS: usize = 10;

/// Manage staff.
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
}

impl User {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let What::Add { login, role, database } = self.what;
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
        println!("added {login} as {}", role.name());
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
