//! Amounts finer than a fen: a channel's bill writes fees in yuan with five decimals.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject};

/// A thousandth of a fen (0.00001 yuan).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MilliFen(pub i64);

const IN_A_FEN: i64 = 1_000;
const DECIMALS: usize = 5;

impl MilliFen {
    /// Nothing.
    pub const ZERO: MilliFen = MilliFen(0);

    /// Reads yuan digit by digit: `0.05940`, `-12`, `7.79`.
    ///
    /// # Errors
    /// `Malformed` for anything else, `Overflow` when it does not fit.
    pub fn parse_yuan(text: &str) -> Result<MilliFen, FenReject> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(part) || part.len() > DECIMALS {
            return Err(FenReject::Malformed);
        }
        let padded = format!("{sign}{whole}{part:0<DECIMALS$}");
        padded.parse().map(MilliFen).map_err(|_| FenReject::Overflow)
    }

    /// The sum of many.
    ///
    /// # Errors
    /// `Overflow` when it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = MilliFen>) -> Result<MilliFen, FenReject> {
        amounts.into_iter().try_fold(MilliFen::ZERO, |sum, one| {
            sum.0.checked_add(one.0).map(MilliFen).ok_or(FenReject::Overflow)
        })
    }

    /// Whole fen not above it, and what is left (0 to 999).
    #[must_use]
    pub fn floor(self) -> (Fen, i64) {
        (Fen(self.0.div_euclid(IN_A_FEN)), self.0.rem_euclid(IN_A_FEN))
    }

    /// Whole fen, half a fen up.
    ///
    /// # Errors
    /// `Overflow` when it does not fit.
    pub fn round(self) -> Result<Fen, FenReject> {
        let (fen, left) = self.floor();
        if left >= IN_A_FEN / 2 { fen.plus(Fen(1)) } else { Ok(fen) }
    }

    /// Yuan with five decimals.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, part) = (magnitude.div_euclid(100_000), magnitude.rem_euclid(100_000));
        format!("{sign}{whole}.{part:05}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_read_digit_by_digit_and_rounded_half_up() {
        for (text, milli_fen, fen) in [
            ("0.00000", 0, 0),
            ("0.05940", 5_940, 6),
            ("7.79000", 779_000, 779),
            ("0.00500", 500, 1),
            ("0.00499", 499, 0),
            ("-0.00500", -500, 0),
            ("-0.00501", -501, -1),
            ("-0.05940", -5_940, -6),
            ("12", 1_200_000, 1_200),
        ] {
            let read = MilliFen::parse_yuan(text).unwrap();
            assert_eq!((read, read.round()), (MilliFen(milli_fen), Ok(Fen(fen))), "{text}");
        }
        assert_eq!(MilliFen(-5_940).yuan(), "-0.05940");
        for text in ["", ".5", "1.", "0.000001", "1e3", "--1", "0,5", "+1"] {
            assert_eq!(MilliFen::parse_yuan(text), Err(FenReject::Malformed), "{text}");
        }
        let large = "92233720368548.00000";
        assert_eq!(MilliFen::parse_yuan(large), Err(FenReject::Overflow));
    }
}
