//! Tests of the crate from outside: tables through one `check` each, properties, and a naive
//! oracle that shares no code with the engine.

mod amounts;
mod bill_text;
mod books;
mod cases;
mod channel_bill;
mod daylight;
mod days;
mod demo_tariff;
mod differential;
mod document;
mod edges;
mod every_fen;
mod explain;
mod form;
mod hostile;
mod invoice;
mod language;
mod lint;
mod long_stays;
mod oracle;
#[cfg(feature = "documents")]
mod paper;
mod parameters;
mod payouts;
mod periods;
mod plain_words;
mod plan;
mod properties;
mod random;
mod repriced;
mod rule;
mod schema;
mod sign;
mod splitting;
mod terms;
mod words;
