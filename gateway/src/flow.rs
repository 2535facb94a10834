//! Use cases, one file each: load, decide, store. Decisions are made by the pure crates;
//! a state change and the job that follows it are stored in one transaction.

pub mod actor;
pub mod change_bay;
pub mod change_zone;
pub mod claim_bay;
pub mod close_bay;
pub mod command_device;
pub mod confirm_payment;
pub mod device_words;
pub mod export_mosquitto;
pub mod export_stays;
pub mod export_visits;
pub mod follow_commands;
pub mod follow_usage;
pub mod import_bays;
pub mod import_devices;
pub mod import_messages;
pub mod import_sheet;
pub mod import_town;
pub mod install_device;
pub mod issue_credential;
pub mod look_again;
pub mod quote;
pub mod rederive_bay;
pub mod refresh_setup;
pub mod register_device;
pub mod request_invoice;
pub mod send_command;
pub mod settle_visit;
pub mod sign_in;
pub mod start_payment;
pub mod store_folds;
pub mod store_readings;

mod bay_history;
pub(crate) mod books;
mod derive_stays;
mod folded;
mod read_messages;
mod receipt;
mod refusal;
mod show_bays;

pub(crate) use derive_stays::published;
pub(crate) use folded::{decode_fold, look_up, observations_since};
pub use refusal::{Outcome, Refusal, again};
