//! The price office's command line: what a stay costs, whether a table of fees agrees, and the
//! documents over what was paid.
//!
//! Exit code 0: as asked; 1: a fee differs, or a tariff has faults; 2: the input is wrong.
#![allow(
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    reason = "a program reads files; the rules of the library are not those of its command line"
)]
// Printing is `output`'s: whoever reads us may leave.
#![warn(clippy::print_stdout)]

mod any_street;
mod check;
mod dice;
mod explain;
mod input;
mod invoice;
mod library;
mod lint;
mod local_time;
mod quote;
mod sign;
mod sign_font;
mod simulate;
mod told;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Prices parking by a tariff file, checks tables of fees, and writes invoices.
#[derive(Parser)]
#[command(name = "billing", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What a stay costs, line by line
    Quote(quote::Arguments),
    /// Find what is wrong, doubtful or surprising in tariffs
    Lint(lint::Arguments),
    /// The sign in the street, as text, SVG and PDF
    Sign(sign::Arguments),
    /// A bill as a table and as a picture of its days, in the terminal and as SVG
    Explain(explain::Arguments),
    /// What another tariff would change, over stored stays
    Simulate(simulate::Arguments),
    /// Invoices, receipts and bills as documents
    Invoice(invoice::Arguments),
    /// Check a table of fees against tariffs: CSV with tariff,vehicle,start,end,expected
    Check(check::Arguments),
}

/// Language of the explanations.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Language {
    /// Chinese
    #[default]
    Zh,
    /// English
    En,
}

impl From<Language> for billing::text::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => billing::text::Language::Chinese,
            Language::En => billing::text::Language::English,
        }
    }
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Quote(arguments) => quote::quote(&arguments),
        Command::Lint(arguments) => lint::lint(&arguments),
        Command::Sign(arguments) => sign::sign(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Invoice(arguments) => invoice::invoice(&arguments),
        Command::Check(arguments) => check::check(&arguments),
    };
    done.unwrap_or_else(|wrong| {
        eprintln!("{wrong}");
        ExitCode::from(2)
    })
}
