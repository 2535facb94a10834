//! `firmware-sim town`: an invented town, on standard output.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

/// Invent a town around Baiyin and print its file, for `gateway import town`.
///
/// Geometry and street layout are synthetic, and the file says so. The same arguments print the
/// same file.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many bays.
    #[arg(long, default_value_t = 120, value_name = "N")]
    bays: usize,
    /// Decides which device lies where.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The tariff of all zones, a YAML file; without it the demo's example tariff.
    #[arg(long, value_name = "FILE")]
    tariff: Option<PathBuf>,
}

pub(crate) fn invent(arguments: &Arguments) -> anyhow::Result<()> {
    let tariff = match &arguments.tariff {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("reading the tariff {}", path.display()))?,
        None => billing::DEMO_TARIFF.to_owned(),
    };
    let town = firmware_sim::town(arguments.bays, arguments.seed, &tariff)?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &town).context("printing the town")?;
    writeln!(out).context("printing the town")
}
