//! What a stay costs, who owes it, and the documents that prove it.
//!
//! Values in, values out: a tariff and a stay give a bill; an order, a payment and an event give
//! the next state or a refusal; an order's money gives ledger entries and an invoice. There is no
//! clock, no database, no network and no randomness here. Ids are minted by the caller.
//!
//! Money is whole fen, checked; no float touches it, and no operator that could overflow is used.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::float_arithmetic, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod amount;
mod bill;
mod price;

pub mod appeal;
pub mod arrears;
pub mod binding;
pub mod calendar;
pub mod case_file;
pub mod cash;
pub mod compare;
pub mod coupon;
pub mod exemption;
pub mod explain;
pub mod invoice;
pub mod issuing;
pub mod ledger;
pub mod lint;
pub mod order;
#[cfg(feature = "documents")]
pub mod paper;
pub mod pass;
pub mod payment;
pub mod plain_words;
pub mod policy;
pub mod reconcile;
pub mod refund;
pub mod running;
pub mod sheet;
pub mod sign;
pub mod tariff;
pub mod text;
pub mod visit;
pub mod working_time;

pub use amount::Price;
pub use bill::{Bill, Line, Rule};
pub use calendar::Calendars;
pub use price::{
    Case, ENGINE_VERSION, EarlierVisit, Edges, ExemptPart, HeldPass, INTERVALS_LIMIT, Reject,
    STAY_LIMIT_MS, bought_until, permitted_until, prepaid_until, price, price_within,
};

/// The demo's tariff as YAML: the expired Jingtai trial, class 1, as an example and nothing else.
pub const DEMO_TARIFF: &str = include_str!("../tariffs/demo-baiyin-road-1.yaml");
