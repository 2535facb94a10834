//! `gateway config`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use output::out;

use crate::config::Config;

/// Print the configuration in force: the file, with BOWEI_SECTION__FIELD variables laid over it.
#[derive(Debug, Args)]
pub(super) struct ShowConfig {
    /// Configuration file (TOML). Without it the defaults are printed.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ShowConfig {
    pub(super) fn run(self) -> Result<ExitCode> {
        let config = match &self.config {
            Some(path) => Config::load(path, std::env::vars())?,
            None => Config::default(),
        };
        out!("{}", config.printable()?);
        Ok(ExitCode::SUCCESS)
    }
}
