//! Follow-up work: claimed by lease, run outside any transaction, at least once.
//!
//! A job is queued in the transaction that made it necessary and finished after it ran; a crash in
//! between runs it again, so every job is safe to repeat. Sweeps repair lost jobs and have no input.

mod books;
mod command;
mod invoice;
mod kind;
mod mail;
mod parking;
mod payment;
pub(crate) mod reconcile;
mod red;
mod refund;
mod retention;
mod runner;
mod settlement;
mod sweep;

pub use kind::Kind;
pub use runner::{drain, run};

use vocabulary::Timestamp;

/// What a job says at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Done: forget it.
    Done,
    /// Nothing is wrong, but it is too early: run again then (machine time, milliseconds).
    NotBeforeMs(i64),
}

impl Ended {
    fn not_before(clock: &crate::clock::Clock, city_at: Timestamp) -> Ended {
        Ended::NotBeforeMs(clock.machine_at_ms(city_at))
    }
}
