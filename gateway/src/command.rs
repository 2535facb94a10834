//! The command line. Exit codes: 0 done, 1 done and the answer is no (a refusal, a difference), 2 failed.

mod account;
mod bay;
mod cash;
mod config;
mod convert_datum;
mod database;
mod decode;
#[cfg(feature = "demo")]
mod demo;
mod device;
mod encode;
mod export;
mod forecast;
mod import;
mod import_messages;
mod import_roads;
mod import_rows;
mod ledger;
mod migrate;
mod openapi;
mod reconcile;
mod refund;
mod roads;
mod route;
mod serve;
mod user;
mod verify;
mod zone;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Bowei 泊位: a city's roadside parking, from the sensor in the road to the e-invoice.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service against the broker and database of a configuration file.
    Serve(serve::Serve),
    /// Run a small synthetic town in one process: broker, sensors, drivers, stand-ins for WeChat and the tax platform.
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    /// Bring a database to the schema of this program.
    Migrate(migrate::Migrate),
    /// Compute stays, bills and balances again and report every difference.
    Verify(verify::Verify),
    /// Look into the books, prove them, close months.
    Ledger(ledger::Ledger),
    /// Compare a channel's daily bill and its payouts with our payments and refunds.
    ///
    /// Books the channel's fees, and gives every line an outcome: matched, expected, missing_here,
    /// missing_there, amount_differs, status_differs. What does not fit is a case with an owner; a
    /// payment that is not in our books goes to suspense. Running it again books nothing twice. Exit code
    /// 0 if nobody has to look at anything, 1 if somebody has, 2 if a bill or table cannot be used: then
    /// nothing of it is kept.
    Reconcile(reconcile::Reconcile),
    /// Import a town file, bays, devices, recorded messages, or roads.
    Import(import::Import),
    /// Write what others need: a Mosquitto's accounts, the stays.
    Export(export::Export),
    /// Manage bays: what holds from a date on, closures.
    Bay(bay::Bay),
    /// Manage zones: tariff and payee from a date on.
    Zone(zone::Zone),
    /// Manage devices: accounts at the broker, keys to sign with.
    Device(device::Device),
    /// Manage the accounts of network servers, gateways and concentrators at the broker.
    Account(account::Account),
    /// Manage staff, and the data of drivers.
    User(user::User),
    /// Cash: number ranges for collectors, their shifts, deposits.
    Cash(cash::Cash),
    /// Refunds: what waits for a person, and bank transfers by two persons.
    Refund(refund::Refund),
    /// Convert places between the datums of maps: wgs84, gcj02, bd09.
    ///
    /// Reads `lon,lat` lines in degrees from standard input and writes each with seven decimals, in order.
    /// Empty lines are passed over. Outside China (72.004..137.8347 E, 0.8293..55.8271 N) nothing changes. A line
    /// that is no place ends it: exit code 1, and standard error names the line; those before it are written.
    ConvertDatum(convert_datum::ConvertDatum),
    /// Close streets, or say how slow they are, for a time.
    Roads(roads::RoadsCommand),
    /// Find the way by vehicle over the roads that were imported, turn by turn in Chinese and English.
    Route(route::FindRoute),
    /// Show what a sensor's frame says.
    Decode(decode::Decode),
    /// Write the frame of a command to a sensor. A command that is refused exits with 1.
    ///
    /// A command is given as `gateway decode --direction down` shows it in `extra`. It is printed as port
    /// and bytes, for the downlink queue of a network server; a running gateway sends it itself when it
    /// is asked to over POST /api/v1/devices/{device_id}/commands.
    Encode(encode::Encode),
    /// Try the forecast of free bays on recorded counts.
    Forecast(forecast::Forecast),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Print the configuration in force, without secrets.
    Config(config::ShowConfig),
}

impl Cli {
    /// How much is logged unless `BOWEI_LOG` says otherwise.
    #[must_use]
    pub fn usual_log(&self) -> &'static str {
        match self.command {
            Command::Serve(_) => "info",
            _ => "error",
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong and what to do about it.
    pub async fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Serve(serve) => serve.run().await,
            #[cfg(feature = "demo")]
            Command::Demo(demo) => Box::pin(demo.run()).await,
            Command::Migrate(migrate) => migrate.run().await,
            Command::Verify(verify) => verify.run().await,
            Command::Ledger(ledger) => ledger.run().await,
            Command::Reconcile(reconcile) => reconcile.run().await,
            Command::Import(import) => import.run().await,
            Command::Export(export) => export.run().await,
            Command::Bay(bay) => bay.run().await,
            Command::Zone(zone) => zone.run().await,
            Command::Device(device) => device.run().await,
            Command::Account(account) => account.run().await,
            Command::User(user) => user.run().await,
            Command::Cash(cash) => cash.run().await,
            Command::Refund(refund) => Box::pin(refund.run()).await,
            Command::ConvertDatum(convert) => convert.run(),
            Command::Roads(roads) => Box::pin(roads.run()).await,
            Command::Route(route) => Box::pin(route.run()).await,
            Command::Decode(decode) => decode.run(),
            Command::Encode(encode) => encode.run(),
            Command::Forecast(forecast) => forecast.run(),
            Command::Openapi => openapi::run(),
            Command::Config(config) => config.run(),
        }
    }
}
