//! The bays of a city with their live state, in a grid; and which of them is best for a driver.
//!
//! Reads no clock, knows no roads (distances are as the crow flies, times a factor for the streets between) and no
//! tariff (what a stay costs in a zone is asked of the caller). **Invariants:** a bay's version never goes back; only
//! bays that are free now are offered as free; what is unknown comes in a list of its own, when asked for; a bay is
//! offered only if this vehicle may stand in it for the whole of the intended stay; the same question of the same bays
//! has the same answer, whatever the order in which they were given.
//!
//! A search looks at cells of about 100 m around the destination, and in them only at the bits of free bays: at a square
//! that should hold enough, then at what else lies within the circle beyond which nothing can be better than what was
//! found. So a full city is not slow.

mod ask;
mod best;
mod bits;
mod cells;
mod disc;
mod find;
mod grid;
mod judge;
mod look_up;
mod near;
mod permit;
mod rings;
mod sorted;

pub(crate) use ask::whole;
pub use ask::{Ask, Found, Nothing, Offer, Rates, Stay, Terms};
pub use grid::{BayFacts, BayGrid, Block, Known};
pub use look_up::{Bay, Hit};
pub use permit::{Permit, Vehicle};

#[cfg(test)]
mod tests;
