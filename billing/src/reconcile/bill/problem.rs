//! What can be wrong with a bill.

/// Why a bill was refused, with the line (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BillReject {
    /// Line of the text.
    pub line: usize,
    /// What is wrong.
    pub what: BillProblem,
}

/// What is wrong with a line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillProblem {
    /// The first line names other columns: another bill type, or no bill.
    #[error("these are not the 27 columns of a trade bill of type ALL")]
    Header,
    /// A line has other fields.
    #[error("{found} fields, {expected} expected, each behind a backtick")]
    Fields {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A field cannot be read.
    #[error("{column}: {value:?} cannot be read")]
    Field {
        /// The column's name on the bill.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// Another day than was asked for.
    #[error("{0} is not on the day of the bill")]
    OtherDay(String),
    /// Two merchants on one bill.
    #[error("merchant {0} is not the merchant of the bill")]
    OtherMerchant(String),
    /// A payment or a refund that stands on the bill already.
    #[error("{0} stands on the bill twice")]
    Repeated(String),
    /// The text ends without a summary, or goes on after it.
    #[error("the bill does not end with its summary")]
    NoSummary,
    /// The sums of the lines are not those of the summary.
    #[error("the summary says {column} {said}, the lines make {computed}")]
    Sum {
        /// The column's name on the bill.
        column: &'static str,
        /// What the summary says.
        said: String,
        /// What the lines make.
        computed: String,
    },
    /// A sum does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

impl BillProblem {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            BillProblem::Header => "bill_not_of_type_all",
            BillProblem::Fields { .. } => "bill_fields",
            BillProblem::Field { .. } => "bill_field_unreadable",
            BillProblem::OtherDay(_) => "bill_of_another_day",
            BillProblem::OtherMerchant(_) => "bill_of_another_merchant",
            BillProblem::Repeated(_) => "bill_line_repeated",
            BillProblem::NoSummary => "bill_without_summary",
            BillProblem::Sum { .. } => "bill_summary_differs",
            BillProblem::Overflow => "overflow",
        }
    }
}
