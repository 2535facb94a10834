//! What this crate promises, as tables and properties. One file per promise; one binary.

mod any_input;
mod cases;
mod clock_cases;
mod codecs;
mod commands;
mod docs_name_tests;
mod envelopes;
mod folding;
mod going_on;
mod health;
mod identities;
mod native;
mod numbering;
mod reconciling;
mod reconciling_rule;
mod showing;
mod state_size;
mod truth;
mod world;
