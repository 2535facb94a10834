//! `billing invoice`: documents over paid fees.

mod files;
mod made_up;
mod render;
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
    /// A document as XML, OFD, PDF and UBL
    Render(render::Arguments),
    /// Made-up documents as JSON, to try `render` and the programs that read what it writes
    Sample(sample::Arguments),
}

pub(crate) fn invoice(arguments: &Arguments) -> Result<ExitCode, Wrong> {
    match &arguments.command {
        Command::Render(arguments) => render::render(arguments),
        Command::Sample(arguments) => sample::sample(arguments),
    }
}
