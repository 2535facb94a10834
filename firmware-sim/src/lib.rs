//! A simulated city for Bowei: sensors and their radio networks, vehicles, and drivers who
//! claim, pay and ask for invoices.
//!
//! Speaks to the product only as the world does, over MQTT and HTTP, and shares none of its
//! code beyond the vocabulary. Chance is seeded: `city`, `demand`, `device` and `town` are pure,
//! `run` adds the clock and the network.
#![forbid(unsafe_code)]

pub mod broker;
pub mod city;
pub mod clock;
pub mod counters;
pub mod demand;
pub mod device;
pub mod envelope;
pub mod faults;
pub mod frame;
pub mod plates;
pub mod replay;
pub mod town;
pub mod truth;

mod api;
mod dice;
mod driver;
mod drivers;
mod link;
mod outbox;
mod run;

pub use clock::Clock;
pub use counters::{Counters, Summary};
pub use faults::Faults;
pub use replay::replay;
pub use run::{RunConfig, run};
pub use town::{Town, TownReject, town};
