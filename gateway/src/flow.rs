//! Use cases, one file each: load, decide, store. Decisions are made by the pure crates;
//! a state change and the job that follows it are stored in one transaction.

pub mod actor;
pub mod change_bay;
pub mod change_zone;
pub mod claim_bay;
pub mod close_bay;
pub mod confirm_payment;
pub mod export_mosquitto;
pub mod import_bays;
pub mod import_devices;
pub mod import_sheet;
pub mod import_town;
pub mod install_device;
pub mod issue_credential;
pub mod mark_silent;
pub mod quote;
pub mod refresh_setup;
pub mod register_device;
pub mod request_invoice;
pub mod settle_visit;
pub mod sign_in;
pub mod start_payment;
pub mod store_readings;

mod derive_stays;
mod refusal;

pub(crate) use derive_stays::{observations_of, published};
pub use refusal::{Outcome, Refusal, again};
