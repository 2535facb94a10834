//! `gateway migrate`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use output::outln;
use store::Store;

use super::database::Database;
use crate::flow::refresh_setup::refresh_missing;

/// Bring a database to the schema of this program. Safe to repeat.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    database: Database,
}

impl Migrate {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let config = self.database.config()?;
        let store = Store::open(&config.database).await.context("opening the database")?;
        store.migrate().await?;
        refresh_missing(&store).await.context("bringing bays up to the new schema")?;
        store.close().await;
        outln!("the schema is up to date ({})", store.dialect());
        Ok(ExitCode::SUCCESS)
    }
}
