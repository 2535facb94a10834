//! End-to-end tests of Bowei, and the conformance suite of its store on both databases.
//!
//! Needs PostgreSQL and Mosquitto from Debian's packages (`make test` installs them); a missing one
//! fails the tests that need it, none is skipped.

mod conformance;
mod harness;
