//! `firmware-sim scenario check`: is a scenario file well written, and what would it do?

use std::path::PathBuf;

use clap::{Args, Subcommand};

use firmware_sim::scenario::{Scenario, Whom};

/// Scenario files: what a city is like, and what goes wrong in it.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a scenario file and print what it says; problems are named with their lines.
    Check {
        /// The scenario, YAML (`firmware-sim/scenarios/hard.yaml` is a commented example).
        file: PathBuf,
    },
}

pub(crate) fn answer(arguments: &Arguments) -> anyhow::Result<()> {
    let Command::Check { file } = &arguments.command;
    let Scenario { title, faults, .. } = super::read_scenario(file)?;
    println!("{title}: {} faults", faults.len());
    for fault in faults {
        let whom = match fault.whom {
            Whom::Share(share) => format!("{:.1} %", share * 100.0),
            Whom::Bays(bays) => format!("bays {}", bays.join(" ")),
        };
        println!("  {:18} {whom}, {} ×", fault.kind.name(), fault.times);
    }
    Ok(())
}
