//! End-to-end tests of Bowei, and the conformance suite of its store on both databases.
//!
//! Needs PostgreSQL, Mosquitto, promtool and docker-compose from Debian's packages (`make test`
//! installs them); a missing one fails the tests that need it, none is skipped.
#![expect(clippy::unwrap_used, reason = "here an unwrap that fails is a test that fails")]

mod after;
mod bad_input;
mod books;
mod broker;
mod channels;
mod claims;
mod commands;
mod conformance;
mod crash_points;
mod datum;
mod demo;
mod deployment;
mod direction;
mod documents;
mod envelopes;
mod forecast;
mod guidance;
mod harness;
mod health;
mod invoicing;
mod kill;
mod lagging;
mod late_words;
mod life;
mod money_month;
mod money_sim;
mod openapi;
mod orders;
mod prepaid;
mod provisioning;
mod reconciling;
mod roads;
mod routes;
mod saved_vehicles;
mod search;
mod signing_in;
mod soak;
mod tiles;
mod two_gateways;
mod unread;
mod web;
