//! Tests of the crate from outside: tables through one `check` each, properties, and a naive
//! oracle that shares no code with the engine.

mod bill_text;
mod cases;
mod daylight;
mod demo_tariff;
mod differential;
mod document;
mod explain;
mod form;
mod invoice;
mod language;
mod long_stays;
mod oracle;
mod parameters;
mod plan;
mod properties;
mod random;
mod rule;
mod schema;
mod words;
