//! What this crate promises, as tables and properties. One file per promise; one binary.

mod any_input;
mod cases;
mod codecs;
mod envelopes;
mod folding;
mod going_on;
mod health;
mod identities;
mod native;
mod numbering;
mod reconciling;
mod showing;
mod state_size;
mod truth;
mod world;
