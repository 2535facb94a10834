//! The `bench` program: measures Bowei from outside, as ratios within one run.
//!
//! It starts the programs that a user would start (`gateway`, Mosquitto, PostgreSQL) and speaks to
//! them over MQTT, HTTP and SQL; of the product's code it links the words, and for `search` the library that is measured
//! there. Figures of two runs are not comparable, ratios of one run are.
#![forbid(unsafe_code)]

mod acknowledge;
mod backfill;
mod bare_broker;
mod books;
mod chance;
mod child;
mod command;
mod database;
mod figures;
mod gateway;
mod http;
mod ingest;
mod keep_alive;
mod live;
mod machine;
mod message;
mod mosquitto;
mod offline;
mod paced;
mod pbf;
mod place;
mod postgres;
mod prefill;
mod publish;
mod reconcile;
mod report;
mod road_town;
mod routes;
mod search;
mod settle;
mod start;
mod static_answer;
mod stream;
mod subject;
mod town;
mod traffic;
mod wire;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match command::Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
