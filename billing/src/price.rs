//! What a stay costs: `price(tariff, case)`, the same for a quote (a stay that has not been).
//!
//! The steps, each in its file: **cut** the presence into doubts and pieces that lie in one
//! window (and one day, where a day has a cap); mark the **free** minutes; **charge** each piece
//! by tiers, cap each occurrence of a window, then each day, and write the lines.
//!
//! Invariants: the window and the day of an instant are those of the wall clock at that instant,
//! lengths are real time (a day on which the clocks change is 23 or 25 hours long); doubts and
//! gaps between intervals cost nothing and stop the clock of the tiers; the version in force at
//! the first arrival prices the whole stay. Nothing here formats text or asks a zone database.

mod charge;
mod cut;
mod free;

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject, Interval, VehicleClass};

use crate::bill::Bill;
use crate::tariff::{Tariff, Version};

/// Grows when the same tariff and case would give another bill.
pub const ENGINE_VERSION: u32 = 1;

/// Most intervals, and most doubts, in one case.
pub const INTERVALS_LIMIT: usize = 1_000;

/// Longest stay priced, from first arrival to last departure: 1,000 days. What stands longer is a
/// matter for people, not for a tariff.
pub const STAY_LIMIT_MS: i64 = 1_000 * 86_400_000;

/// A stay to be priced; stored with its bill, so that anyone can price it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What the tariff distinguishes vehicles by.
    pub vehicle: VehicleClass,
    /// Presence: in order, disjoint (they may touch).
    pub intervals: Vec<Interval>,
    /// What the sensors cannot vouch for, in any order: not charged.
    pub doubts: Vec<Interval>,
}

/// Why a case has no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The case has no interval.
    #[error("there is no stay to price")]
    NoIntervals,
    /// An interval begins before the one before it ends.
    #[error("the intervals of the stay are not in order")]
    IntervalsDisordered,
    /// More than `INTERVALS_LIMIT` intervals or doubts.
    #[error("the stay is cut into too many intervals")]
    TooManyIntervals,
    /// Longer than `STAY_LIMIT_MS`.
    #[error("the stay is too long to be priced")]
    StayTooLong,
    /// No version of the tariff held when the stay began: nothing is charged.
    #[error("no version of the tariff was in force at the arrival")]
    NoTariffInForce,
    /// The tariff does not speak of this class of vehicle.
    #[error("the tariff has no rate for this class of vehicle")]
    ClassNotInTariff,
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

impl Reject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reject::NoIntervals => "no_intervals",
            Reject::IntervalsDisordered => "intervals_disordered",
            Reject::TooManyIntervals => "too_many_intervals",
            Reject::StayTooLong => "stay_too_long",
            Reject::NoTariffInForce => "no_tariff_in_force",
            Reject::ClassNotInTariff => "class_not_in_tariff",
            Reject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for Reject {
    fn from(_: FenReject) -> Self {
        Reject::Overflow
    }
}

/// A version and the place of one rate in it.
#[derive(Clone, Copy)]
struct Terms<'t> {
    version: &'t Version,
    rate: usize,
}

impl Terms<'_> {
    fn day_cap(self) -> Option<Fen> {
        self.version.day_caps.get(self.rate).copied().flatten()
    }
}

/// The bill of a stay; the same input gives the same bill.
///
/// # Errors
/// A `Reject`; then nothing is to be charged.
pub fn price(tariff: &Tariff, case: &Case) -> Result<Bill, Reject> {
    let span = check(case)?;
    let version = tariff.version_at(span.start_at()).ok_or(Reject::NoTariffInForce)?;
    let rate = version.rate_of(case.vehicle).ok_or(Reject::ClassNotInTariff)?;
    let terms = Terms { version, rate };
    let mut stay = cut::cut(tariff, terms, case);
    free::mark(version, &mut stay);
    let charged = charge::charge(terms, &mut stay)?;
    let total = Fen::sum(charged.lines.iter().map(|line| line.amount))?;
    Ok(Bill {
        tariff: tariff.id.clone(),
        tariff_version: version.number,
        engine_version: ENGINE_VERSION,
        lines: charged.lines,
        total,
        charged_ms: charged.charged_ms,
    })
}

/// From first arrival to last departure.
fn check(case: &Case) -> Result<Interval, Reject> {
    let [first, ..] = case.intervals.as_slice() else { return Err(Reject::NoIntervals) };
    if case.intervals.len() > INTERVALS_LIMIT || case.doubts.len() > INTERVALS_LIMIT {
        return Err(Reject::TooManyIntervals);
    }
    let mut left_at = first.start_at();
    for interval in &case.intervals {
        if interval.start_at() < left_at {
            return Err(Reject::IntervalsDisordered);
        }
        left_at = interval.end_at();
    }
    let span = Interval::new(first.start_at(), left_at).ok_or(Reject::IntervalsDisordered)?;
    if span.length_ms() > STAY_LIMIT_MS {
        return Err(Reject::StayTooLong);
    }
    Ok(span)
}
