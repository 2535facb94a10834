//! `firmware-sim`: the simulated city from the command line. Each subcommand has its own file.
#![forbid(unsafe_code)]

mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Simulated sensors, radio networks, vehicles and drivers for Bowei.
#[derive(Parser)]
#[command(name = "firmware-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Town(command::town::Arguments),
    Run(command::run::Arguments),
    Generate(command::generate::Arguments),
    Score(command::score::Arguments),
    Scenario(command::scenario::Arguments),
    Replay(command::replay::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let done = match Cli::parse().command {
        // What cannot be compared must not be taken for a bad score.
        Command::Score(arguments) => {
            return command::score::tell(&arguments)
                .unwrap_or_else(|error| refused(&error, ExitCode::from(2)));
        }
        Command::Town(arguments) => command::town::invent(&arguments),
        Command::Run(arguments) => Box::pin(command::run::simulate(arguments)).await,
        Command::Generate(arguments) => command::generate::write(&arguments),
        Command::Scenario(arguments) => command::scenario::answer(&arguments),
        Command::Replay(arguments) => command::replay::publish(&arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refused(&error, ExitCode::FAILURE),
    }
}

fn refused(error: &anyhow::Error, code: ExitCode) -> ExitCode {
    eprintln!("firmware-sim: {error:#}");
    code
}
