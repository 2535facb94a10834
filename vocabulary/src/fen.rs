//! Money: whole fen, checked. No float touches it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in fen (1 yuan = 100 fen). May be negative (a refund, a red invoice).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why an amount could not be read or computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenReject {
    /// The sum does not fit 64 bits.
    Overflow,
    /// The text is not an amount in yuan with at most two decimals.
    Malformed,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);

    /// The sum, or `Overflow`.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn plus(self, other: Fen) -> Result<Fen, FenReject> {
        self.0.checked_add(other.0).map(Fen).ok_or(FenReject::Overflow)
    }

    /// The difference, or `Overflow`.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn minus(self, other: Fen) -> Result<Fen, FenReject> {
        self.0.checked_sub(other.0).map(Fen).ok_or(FenReject::Overflow)
    }

    /// `count` times the amount, or `Overflow`.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn times(self, count: i64) -> Result<Fen, FenReject> {
        self.0.checked_mul(count).map(Fen).ok_or(FenReject::Overflow)
    }

    /// The sum of many, or `Overflow`.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Fen>) -> Result<Fen, FenReject> {
        amounts.into_iter().try_fold(Fen::ZERO, Fen::plus)
    }

    /// Yuan with two decimals and no sign of currency, as tax documents write it: `-12.05`.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
    }

    /// Reads yuan digit by digit: `12`, `12.5`, `-12.05`.
    ///
    /// # Errors
    /// `Malformed` for anything else, `Overflow` when it does not fit.
    pub fn parse_yuan(text: &str) -> Result<Fen, FenReject> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let dot_without_decimals = digits.contains('.') && part.is_empty();
        if whole.is_empty()
            || part.len() > 2
            || dot_without_decimals
            || !all_digits(whole)
            || !all_digits(part)
        {
            return Err(FenReject::Malformed);
        }
        let padded = format!("{}{whole}{part:0<2}", if negative { "-" } else { "" });
        padded.parse::<i64>().map(Fen).map_err(|_| FenReject::Overflow)
    }
}

/// `¥12.05`, as shown to people.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}¥{}", Fen(self.0.saturating_abs()).yuan())
    }
}

impl fmt::Display for FenReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FenReject::Overflow => "the amount does not fit",
            FenReject::Malformed => "not an amount in yuan with at most two decimals",
        })
    }
}

impl std::error::Error for FenReject {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_is_read_digit_by_digit_and_written_back() {
        for (text, fen) in [
            ("0.00", Ok(0)),
            ("12", Ok(1200)),
            ("12.5", Ok(1250)),
            ("12.05", Ok(1205)),
            ("-0.01", Ok(-1)),
            ("92233720368547758.07", Ok(i64::MAX)),
            ("92233720368547758.08", Err(FenReject::Overflow)),
            ("1.005", Err(FenReject::Malformed)),
            ("1.", Err(FenReject::Malformed)),
            (".5", Err(FenReject::Malformed)),
            ("1e3", Err(FenReject::Malformed)),
            ("", Err(FenReject::Malformed)),
        ] {
            assert_eq!(Fen::parse_yuan(text), fen.map(Fen), "{text}");
        }
        assert_eq!(Fen(-1205).yuan(), "-12.05");
        assert_eq!(Fen(300).to_string(), "¥3.00");
        assert_eq!(Fen(-5).to_string(), "-¥0.05");
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        assert_eq!(Fen(i64::MAX).plus(Fen(1)), Err(FenReject::Overflow));
        assert_eq!(Fen(i64::MIN).minus(Fen(1)), Err(FenReject::Overflow));
        assert_eq!(Fen(i64::MAX).times(2), Err(FenReject::Overflow));
        assert_eq!(Fen::sum([Fen(1), Fen(2), Fen(-4)]), Ok(Fen(-1)));
    }
}
