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
    ///
    /// Reads a document (docs/INVOICES.md says how it is written), checks all of it, and writes it for
    /// people and programs; nothing is written unless all of it can be. Every page bears a mark that
    /// it is a sample: only a tax bureau or a treasury issues and signs the real ones.
    ///
    /// Exit code 0: written; 1: there is no font, or the folder cannot be written; 2: the document or
    /// the arguments are wrong, and each problem is told with its place and a stable name.
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
