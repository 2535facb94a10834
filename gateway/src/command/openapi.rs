//! `gateway openapi`

use std::process::ExitCode;

use anyhow::Result;
use output::outln;

pub(super) fn run() -> Result<ExitCode> {
    outln!("{}", crate::http::openapi().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
