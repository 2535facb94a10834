//! `firmware-sim town`: an invented town, on standard output.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};

use firmware_sim::Wish;

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
    /// Which devices: seven in ten native and two LoRaWAN families; all families; native only.
    #[arg(long, value_enum, default_value_t = Mix::Usual, value_name = "MIX")]
    mix: Mix,
    /// Share of bays with a second sensor, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    second_sensors: f64,
    /// The tariff of all zones, a YAML file; without it the demo's example tariff.
    #[arg(long, value_name = "FILE")]
    tariff: Option<PathBuf>,
    /// Print the town's streets instead, as GeoJSON for `gateway import roads`.
    #[arg(long)]
    roads: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mix {
    Usual,
    Families,
    Native,
}

pub(crate) fn invent(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.roads {
        let streets = firmware_sim::town::roads(arguments.bays);
        return writeln!(std::io::stdout().lock(), "{streets}").context("printing the streets");
    }
    let tariff = match &arguments.tariff {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("reading the tariff {}", path.display()))?,
        None => billing::DEMO_TARIFF.to_owned(),
    };
    let mix = match arguments.mix {
        Mix::Usual => firmware_sim::Mix::Usual,
        Mix::Families => firmware_sim::Mix::Families,
        Mix::Native => firmware_sim::Mix::Native,
    };
    let Arguments { bays, seed, second_sensors, .. } = *arguments;
    ensure!((0.0..=1.0).contains(&second_sensors), "--second-sensors must be between 0 and 1");
    let town = firmware_sim::town_of(&Wish { bays, seed, mix, second_sensors }, &tariff)?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &town).context("printing the town")?;
    writeln!(out).context("printing the town")
}
