//! A simulated city for Bowei: sensors and their radio networks, vehicles, and drivers who
//! claim, pay and ask for invoices.
//!
//! Speaks to the product only as the world does, over MQTT and HTTP, and shares none of its
//! code beyond the vocabulary (and `billing`, to score). Chance is seeded: `simulation` and all
//! below it are pure, `run` adds the clock and the network.
#![forbid(unsafe_code)]

pub mod broker;
pub mod clock;
pub mod counters;
pub mod demand;
pub mod envelope;
pub mod faults;
pub mod frame;
pub mod plates;
pub mod replay;
pub mod scenario;
pub mod score;
pub mod simulation;
pub mod town;
pub mod truth;

mod api;
mod concentrator;
mod conversation;
mod detector;
mod device;
mod dice;
mod driver;
mod drivers;
mod flash;
mod instruction;
mod link;
mod memory;
mod outbox;
mod run;
mod signal;

pub use clock::Clock;
pub use concentrator::Persistence;
pub use counters::{Counters, Summary};
pub use faults::Faults;
pub use instruction::Instruction;
pub use replay::replay;
pub use run::{RunConfig, run};
pub use scenario::Scenario;
pub use simulation::{Setting, Simulation};
pub use town::{Mix, Town, TownReject, Wish, town, town_of};
