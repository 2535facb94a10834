//! Where to park: the bays of a city with their live state, the best one for a driver, whether it will still be free,
//! and how to hand over to the driver's map.
//!
//! Values in, values out: states and instants are given by the caller; nothing here reads a clock
//! or decides what a sensor's message means. Coordinates are WGS-84.
#![forbid(unsafe_code)]

mod cell;
mod datum;
pub mod forecast;
mod hand_over;
mod index;
pub mod places;
pub mod search;

pub use datum::{Datum, Degrees, DegreesReject, OUTLINE};
pub use hand_over::{HandOver, MapApp, hand_over};
pub use index::{Bay, Hit, LiveIndex, State};
