//! `gateway verify`

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::database::Database;
use crate::app::policy_of;

/// Compute stays from readings, bills from stays and balances from entries again, change nothing,
/// and print every difference. Exit code 0 only if there is none.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    database: Database,
    /// Only the stays of this bay.
    #[arg(long, value_name = "CODE")]
    bay: Option<String>,
}

impl Verify {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let started = Instant::now();
        let (config, store) = self.database.open().await?;
        let report =
            crate::verify::verify(&store, &policy_of(&config), self.bay.as_deref()).await?;
        report.print(&mut output::Out, started)?;
        store.close().await;
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
