//! How well the gateway's stays tell what truly happened: detection, timing, money, doubt.
//!
//! Pure but for reading lines. A true stay is compared as a sound device on a sound network would
//! have reported it (`Fact::Stay`), since nobody can know it better. Every published stay belongs
//! to the true stay of its bay that it overlaps longest; what overlaps none is a phantom. Bills
//! are those of `billing::price`: a true stay costs what it costs, the stays that belong to it
//! cost what they cost together, less their doubts.

mod expectation;
mod figures;
mod money;
mod pairing;
mod read;

use std::collections::BTreeMap;

use billing::tariff::Tariff;
use serde::Serialize;
use vocabulary::{Interval, Timestamp};

pub use expectation::{Breach, Expectation};
pub use figures::Percentiles;
pub use read::{LineReject, PublishedStay, ReadFailure, Truth, stays};

/// Shorter presences are pass-bys: nobody has to see them.
pub const USUAL_MINIMUM_MS: i64 = 60_000;
/// So many bills above the true one are told one by one.
const TOLD: usize = 50;

/// The result, in the words of the help text of `firmware-sim score`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// True stays that ended and were no pass-bys.
    pub true_stays: u64,
    /// Of these, how many have a published stay.
    pub found: u64,
    /// Published stays that ended and were no pass-bys.
    pub published_stays: u64,
    /// Of these, how many are the one stay of a true one (or of a true pass-by).
    pub right: u64,
    /// `right / published_stays`.
    pub precision: f64,
    /// `found / true_stays`.
    pub recall: f64,
    /// Difference between published and reported arrival, seconds.
    pub arrival_error_s: Percentiles,
    /// Difference between published and reported departure, seconds.
    pub departure_error_s: Percentiles,
    /// What the true stays cost, in fen.
    pub true_fen: i64,
    /// What the published stays cost, in fen.
    pub billed_fen: i64,
    /// Sum of all differences, whichever way, in fen.
    pub error_fen: i64,
    /// Bills above the true one, phantoms among them.
    pub bills_above: u64,
    /// By how much, in fen.
    pub above_fen: i64,
    /// Bills below the true one.
    pub bills_below: u64,
    /// By how much, in fen, by cause: the longest doubt of the stay, `missed`, `merged` (another
    /// stay covers it) or `edges`.
    pub below_fen: BTreeMap<String, i64>,
    /// Doubtful time, in thousandths of the time of all bays.
    pub doubtful_permille: f64,
    /// Time of injected faults, in thousandths of the time of all bays.
    pub faulty_permille: f64,
    /// Doubtful time, in thousandths of the time of published stays.
    pub doubtful_of_stays_permille: f64,
    /// Hours of doubt by reason; doubts of several reasons count for each.
    pub doubt_h: BTreeMap<String, f64>,
    /// Hours of injected faults by kind; faults that overlap count for each.
    pub fault_h: BTreeMap<String, f64>,
    /// The first bills above the true one.
    pub above: Vec<Above>,
}

/// A bill above the true one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Above {
    /// The bay.
    pub bay_code: String,
    /// The published stays, by id.
    pub stays: Vec<String>,
    /// What they cost together.
    pub billed_fen: i64,
    /// What the true stay costs; 0 for a phantom.
    pub true_fen: i64,
    /// What is billed, first arrival to last departure.
    pub billed: Interval,
    /// What is true, as a sound device reports it; `None` for a phantom.
    pub reported: Option<Interval>,
    /// The kinds of faults that befell the bay meanwhile.
    pub faults: Vec<String>,
}

/// What is compared.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// What truly happened.
    pub truth: &'a Truth,
    /// What was published; void and superseded stays are left out by `stays`.
    pub stays: &'a [PublishedStay],
    /// Prices both.
    pub tariff: &'a Tariff,
    /// Shorter presences are pass-bys.
    pub minimum_ms: i64,
    /// The end of the time that is looked at.
    pub until: Timestamp,
}

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stay in bay {bay_code} has no bill: {reason}")]
pub struct Unpriced {
    /// The bay.
    pub bay_code: String,
    /// Why.
    pub reason: billing::Reject,
}

/// Compares what was published with what is true.
///
/// # Errors
/// A stay that the tariff cannot price.
pub fn score(comparison: &Comparison<'_>) -> Result<Score, Unpriced> {
    let pairs = pairing::pair(comparison);
    let mut score = Score::default();
    figures::detection(comparison, &pairs, &mut score);
    figures::timing(&pairs, &mut score);
    figures::shares(comparison, &mut score);
    money::bills(comparison, &pairs, &mut score)?;
    Ok(score)
}

#[cfg(test)]
mod tests;
