//! The service: readings in over MQTT, the API out over HTTP, jobs in between, and the command line.
//!
//! `{ingest, http, job} → flow → {store, pure crates}`; `outbound` is reached only from a job.
//! A flow is one use case: load, decide, store. No SQL here, no rule either.
#![forbid(unsafe_code)]
// Printing is `output`'s: whoever reads us may leave.
#![warn(clippy::print_stdout)]

pub mod accounts;
pub mod app;
#[cfg(feature = "broker")]
pub mod broker;
pub mod clock;
pub mod command;
pub mod config;
pub mod devices;
pub mod downlinks;
pub mod drawn;
pub mod flow;
pub mod folds;
pub mod forecasts;
pub mod guidance;
pub mod http;
pub mod ingest;
pub mod job;
pub mod lang;
pub mod live;
pub mod map;
pub mod metrics;
pub mod news;
pub mod osm_file;
pub mod outbound;
pub mod rate_limit;
pub mod roads;
pub mod service;
pub mod trip;
pub mod unmet;
pub mod verify;
