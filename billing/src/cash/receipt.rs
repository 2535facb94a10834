//! Receipt numbers, the ranges they are handed out in, and what is said of an uploaded receipt.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Timestamp};

/// Most numbers in one range. Our own limit: a pad or a device is handed out anew before.
pub const RANGE_LIMIT: u32 = 10_000;
/// The most that is taken in cash on one receipt, 10,000 yuan. Our own limit, against slips of the pen.
pub const AMOUNT_LIMIT: Fen = Fen(1_000_000);
/// Longest series, in characters.
const SERIES_CHARS: usize = 8;
/// Highest number of a series: seven digits.
const HIGHEST: u32 = 9_999_999;
/// How far the clock of a device that is offline may be ahead, and a receipt in the future.
const AHEAD_MS: i64 = 5 * 60_000;

/// The number on a receipt: `BY-0000123`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ReceiptNumber {
    series: String,
    number: u32,
}

/// Numbers handed to one collector, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRange {
    series: String,
    first: u32,
    last: u32,
}

/// Why there is no such range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeReject {
    /// The series is not 1 to 8 capital letters and digits.
    #[error("a series is 1 to 8 capital letters and digits")]
    BadSeries,
    /// The last number comes before the first, or one is 0 or has more than seven digits.
    #[error("numbers go from 1 to 9999999, the first is not above the last")]
    BadNumbers,
    /// More numbers than a range has.
    #[error("a range has at most 10000 numbers")]
    TooMany,
}

/// A receipt as a device uploads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its number.
    pub number: ReceiptNumber,
    /// What was taken; 0 for one that was spoiled and torn up.
    pub amount: Fen,
    /// When, by the device's clock as corrected.
    pub taken_at: Timestamp,
    /// Digest of all that it says, to know a repeat by.
    pub content: [u8; 32],
}

/// What is said of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// New: to be booked.
    Take,
    /// Uploaded before with the same content: the same answer again.
    Repeat,
}

/// Why a receipt is not taken. The money is in the collector's bag all the same: the caller opens a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptReject {
    /// The number was uploaded with other content.
    #[error("this number was uploaded before with other content")]
    NumberReused,
    /// The number was not handed to this collector.
    #[error("this number was not handed to this collector")]
    NumberNotHandedOut,
    /// An amount below 0 or above what is taken in cash.
    #[error("an amount is from 0 to 10000 yuan")]
    BadAmount,
    /// It says that it was written in the future, or before its number was handed out.
    #[error("it says that it was written at a time at which it cannot have been")]
    ImpossibleTime,
}

/// Judges an uploaded receipt. `known` is the content stored under its number, if any; `ranges` are those
/// of its collector with the time from which on each was handed out.
///
/// # Errors
/// A `ReceiptReject`.
pub fn judge(
    receipt: &Receipt,
    known: Option<[u8; 32]>,
    ranges: &[(NumberRange, Timestamp)],
    now: Timestamp,
) -> Result<Verdict, ReceiptReject> {
    match known {
        Some(content) if content == receipt.content => return Ok(Verdict::Repeat),
        Some(_) => return Err(ReceiptReject::NumberReused),
        None => {}
    }
    let handed_at = ranges.iter().find(|(range, _)| range.contains(&receipt.number));
    let (_, handed_at) = handed_at.ok_or(ReceiptReject::NumberNotHandedOut)?;
    if !(Fen::ZERO..=AMOUNT_LIMIT).contains(&receipt.amount) {
        return Err(ReceiptReject::BadAmount);
    }
    let possible = handed_at.plus_ms(-AHEAD_MS)..=now.plus_ms(AHEAD_MS);
    if !possible.contains(&receipt.taken_at) {
        return Err(ReceiptReject::ImpossibleTime);
    }
    Ok(Verdict::Take)
}

impl ReceiptNumber {
    /// The series.
    #[must_use]
    pub fn series(&self) -> &str {
        &self.series
    }

    /// The number within it.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:07}", self.series, self.number)
    }
}

impl FromStr for ReceiptNumber {
    type Err = RangeReject;

    fn from_str(text: &str) -> Result<Self, RangeReject> {
        let (series, digits) = text.split_once('-').ok_or(RangeReject::BadNumbers)?;
        let seven = digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| seven && *number > 0);
        Ok(ReceiptNumber {
            series: checked_series(series)?,
            number: number.ok_or(RangeReject::BadNumbers)?,
        })
    }
}

impl From<ReceiptNumber> for String {
    fn from(number: ReceiptNumber) -> String {
        number.to_string()
    }
}

impl TryFrom<String> for ReceiptNumber {
    type Error = RangeReject;

    fn try_from(text: String) -> Result<Self, RangeReject> {
        text.parse()
    }
}

impl NumberRange {
    /// A range of a series, both ends included.
    ///
    /// # Errors
    /// A `RangeReject`.
    pub fn new(series: &str, first: u32, last: u32) -> Result<Self, RangeReject> {
        let series = checked_series(series)?;
        if first == 0 || first > last || last > HIGHEST {
            return Err(RangeReject::BadNumbers);
        }
        if last.saturating_sub(first) >= RANGE_LIMIT {
            return Err(RangeReject::TooMany);
        }
        Ok(NumberRange { series, first, last })
    }

    /// Whether a number lies in it.
    #[must_use]
    pub fn contains(&self, number: &ReceiptNumber) -> bool {
        number.series == self.series && (self.first..=self.last).contains(&number.number)
    }

    /// Whether two ranges share a number.
    #[must_use]
    pub fn overlaps(&self, other: &NumberRange) -> bool {
        self.series == other.series && self.first <= other.last && other.first <= self.last
    }
}

fn checked_series(series: &str) -> Result<String, RangeReject> {
    let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if (1..=SERIES_CHARS).contains(&series.len()) && series.bytes().all(known) {
        return Ok(series.to_owned());
    }
    Err(RangeReject::BadSeries)
}

impl RangeReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RangeReject::BadSeries => "series_malformed",
            RangeReject::BadNumbers => "receipt_number_malformed",
            RangeReject::TooMany => "range_too_long",
        }
    }
}

impl ReceiptReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ReceiptReject::NumberReused => "receipt_number_reused",
            ReceiptReject::NumberNotHandedOut => "receipt_number_not_handed_out",
            ReceiptReject::BadAmount => "amount_out_of_range",
            ReceiptReject::ImpossibleTime => "receipt_time_impossible",
        }
    }
}
