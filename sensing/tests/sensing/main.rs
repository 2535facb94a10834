//! What this crate promises, as tables and properties. One file per promise; one binary.

mod any_input;
mod codecs;
mod envelopes;
mod folding;
mod going_on;
mod identities;
mod native;
mod reconciling;
mod state_size;
mod truth;
mod world;
