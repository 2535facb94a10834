//! `billing invoice`: documents over paid fees.

mod made_up;
mod sample;

use std::process::ExitCode;

use clap::Subcommand;

use crate::input::Wrong;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Made-up documents as JSON, to try `render` and the programs that read what it writes
    Sample(sample::Arguments),
}

pub(crate) fn invoice(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    match &arguments.command {
        Command::Sample(arguments) => sample::sample(arguments),
    }
}
