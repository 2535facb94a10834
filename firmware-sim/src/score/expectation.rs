//! What a score must show, and how it falls short of it.

use std::fmt;

use super::Score;

/// Doubt may take so much more of the time of all bays than faults, in thousandths.
const SLACK_PERMILLE: f64 = 10.0;

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Whatever goes wrong: no bill above the true one, and no more doubtful time than faulty time
    /// and one percentage point.
    Fair,
    /// Nothing goes wrong: every true stay is found once, and there is not a fen of difference.
    Exact,
}

/// A promise that is not kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Breach {
    /// Somebody pays too much.
    Above {
        /// How many bills.
        bills: u64,
        /// By how much, in fen.
        fen: i64,
    },
    /// Sum of all differences, in fen.
    Difference(i64),
    /// Stays that were not found, and published ones that are not right.
    Detection {
        /// True stays without a published one.
        missed: u64,
        /// Published stays that are not the one of a true stay.
        wrong: u64,
    },
    /// More doubt than faults explain, in thousandths of the time of all bays.
    Doubt {
        /// Doubtful time.
        doubtful: f64,
        /// Faulty time.
        faulty: f64,
    },
}

impl Score {
    /// The promises that this score does not keep.
    #[must_use]
    pub fn breaches(&self, expectation: Expectation) -> Vec<Breach> {
        let above = Breach::Above { bills: self.bills_above, fen: self.above_fen };
        let doubt =
            Breach::Doubt { doubtful: self.doubtful_permille, faulty: self.faulty_permille };
        let missed = self.true_stays - self.found;
        let wrong = self.published_stays - self.right;
        let checks = match expectation {
            Expectation::Fair => [
                (self.bills_above > 0, above),
                (self.doubtful_permille > self.faulty_permille + SLACK_PERMILLE, doubt),
            ],
            Expectation::Exact => [
                (self.error_fen != 0, Breach::Difference(self.error_fen)),
                (missed + wrong > 0, Breach::Detection { missed, wrong }),
            ],
        };
        checks.into_iter().filter(|(broken, _)| *broken).map(|(_, breach)| breach).collect()
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::Above { bills, fen } => write!(f, "{bills} bills are {fen} fen above the true"),
            Breach::Difference(fen) => write!(f, "bills differ from the true ones by {fen} fen"),
            Breach::Detection { missed, wrong } => {
                write!(f, "{missed} true stays were missed, {wrong} published ones are not right")
            }
            Breach::Doubt { doubtful, faulty } => write!(
                f,
                "{:.3} % of the time is doubtful, {:.3} % is faulty: more than a point apart",
                doubtful / 10.0,
                faulty / 10.0
            ),
        }
    }
}
