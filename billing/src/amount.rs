//! Prices finer than a fen, and the exact sums made of them.
//!
//! A price is written in the tariff's currency with at most six decimals; sums are kept in parts
//! of a fen so small that a price for any unit of a whole number of minutes of a day can be
//! divided by those minutes. Whole fen come out of it once, at the end of a bill.

use serde::{Deserialize, Serialize};
use vocabulary::Fen;

use crate::tariff::RoundingMode;

/// A price in millionths of the currency's unit: 10,000 of them are a fen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Price(pub i64);

/// Millionths in a fen.
const MICROS_IN_FEN: i64 = 10_000;
/// Parts of a millionth: the minutes of a day.
const PARTS: i64 = 1_440;
const PARTS_IN_FEN: i64 = 14_400_000;
const DECIMALS: usize = 6;

impl Price {
    /// A price in whole fen.
    #[must_use]
    pub const fn of_fen(fen: i64) -> Self {
        Price(fen.saturating_mul(MICROS_IN_FEN))
    }

    /// The price in whole fen, what is finer cut off.
    #[must_use]
    pub const fn fen_down(self) -> Fen {
        Fen(self.0.div_euclid(MICROS_IN_FEN))
    }

    /// With two decimals, or as many more as it needs: `1.50`, `0.005`.
    #[must_use]
    pub fn text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        let mut text = format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        while text.ends_with('0') && text.split('.').next_back().is_some_and(|d| d.len() > 2) {
            text.pop();
        }
        text
    }

    /// Reads `2`, `2.5`, `0.005`; nothing below nought, at most six decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let fits = !whole.is_empty() && digits(whole) && digits(part) && part.len() <= DECIMALS;
        if !fits || text.ends_with('.') {
            return None;
        }
        format!("{whole}{part:0<DECIMALS$}").parse().ok().map(Price)
    }

    /// `times` millionths of it, cut off below a millionth.
    pub(crate) fn times_millionths(self, times: i64) -> Option<Self> {
        let product = i128::from(self.0).checked_mul(i128::from(times))?;
        i64::try_from(product.div_euclid(1_000_000)).ok().map(Price)
    }

    /// Brought to a whole number of `to`, which is more than nothing.
    pub(crate) fn rounded(self, to: Price, mode: RoundingMode) -> Self {
        Price(round(self.0, to.0, mode).unwrap_or(self.0))
    }

    pub(crate) fn exact(self) -> Option<Exact> {
        self.0.checked_mul(PARTS).map(Exact)
    }
}

/// The multiple of `step` that an amount of 0 or more is brought to.
pub(crate) fn round(amount: i64, step: i64, mode: RoundingMode) -> Option<i64> {
    let more = match mode {
        RoundingMode::Down => 0,
        RoundingMode::HalfUp => step.div_euclid(2),
        RoundingMode::Up => step.checked_sub(1)?,
    };
    amount.checked_add(more)?.checked_div_euclid(step)?.checked_mul(step)
}

/// A sum in parts of a fen (`PARTS_IN_FEN` of them are one).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exact(pub(crate) i64);

impl Exact {
    pub(crate) const ZERO: Exact = Exact(0);

    pub(crate) fn plus(self, other: Exact) -> Option<Exact> {
        self.0.checked_add(other.0).map(Exact)
    }

    pub(crate) fn minus(self, other: Exact) -> Option<Exact> {
        self.0.checked_sub(other.0).map(Exact)
    }

    pub(crate) fn times(self, count: i64) -> Option<Exact> {
        self.0.checked_mul(count).map(Exact)
    }

    /// `part / whole` of it, cut off below a part.
    pub(crate) fn share(self, part: i64, whole: i64) -> Option<Exact> {
        let product = i128::from(self.0).checked_mul(i128::from(part))?;
        i64::try_from(product.checked_div_euclid(i128::from(whole))?).ok().map(Exact)
    }

    /// Whole fen, what is finer cut off.
    pub(crate) fn fen_down(self) -> Fen {
        Fen(self.0.div_euclid(PARTS_IN_FEN))
    }

    pub(crate) fn of_fen(fen: Fen) -> Option<Exact> {
        fen.0.checked_mul(PARTS_IN_FEN).map(Exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_digit_by_digit() {
        for (text, micros) in [
            ("2", 2_000_000),
            ("2.5", 2_500_000),
            ("0.005", 5_000),
            ("0.000001", 1),
            ("00.10", 100_000),
        ] {
            assert_eq!(Price::parse(text), Some(Price(micros)), "{text}");
        }
        for text in ["", ".", "1.", ".5", "-1", "1e3", "0.0000001", "NaN", "1,5", "99999999999999"]
        {
            assert_eq!(Price::parse(text), None, "{text}");
        }
        for (micros, text) in
            [(2_000_000, "2.00"), (5_000, "0.005"), (1, "0.000001"), (1_230_000, "1.23")]
        {
            assert_eq!(Price(micros).text(), text);
        }
    }

    #[test]
    fn every_minute_of_an_hour_is_paid_without_loss() {
        let hour = Price::of_fen(100).exact().unwrap();
        let minute = hour.share(1, 60).unwrap();
        assert_eq!(minute.times(60), Some(hour));
        assert_eq!(minute.times(37).unwrap().fen_down(), Fen(61)); // 37/60 yuan = 61.67 fen
    }
}
