//! Net and tax of an amount that includes the tax.
//!
//! net = gross ÷ (1 + rate), half a fen up, on every line; tax = gross − net; the head is the sum
//! of the lines (fapiaoapi/invoice-sdk-python `examples/tax_example.py`). An amount below 0 (red
//! invoice) mirrors the same amount above it. In a currency without smaller units net is whole, and rounded
//! once a rate and document (`draft`).

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject};

/// `net + tax = gross`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Without tax.
    #[serde(rename = "net_fen", alias = "net")]
    pub net: Fen,
    /// The tax.
    #[serde(rename = "tax_fen", alias = "tax")]
    pub tax: Fen,
    /// With tax.
    #[serde(rename = "gross_fen", alias = "gross")]
    pub gross: Fen,
}

impl Totals {
    /// The head over lines.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn sum(lines: impl IntoIterator<Item = Totals>) -> Result<Totals, FenReject> {
        lines.into_iter().try_fold(Totals::default(), |head, line| {
            Ok(Totals {
                net: head.net.plus(line.net)?,
                tax: head.tax.plus(line.tax)?,
                gross: head.gross.plus(line.gross)?,
            })
        })
    }
}

/// Hundredths of a percent in one.
pub(super) const ONE_BP: i64 = 10_000;

/// Splits an amount at a rate in hundredths of a percent.
///
/// # Errors
/// `FenReject::Overflow` when an intermediate value does not fit (above 400 billion yuan).
pub fn split_gross(gross: Fen, rate_bp: u32) -> Result<Totals, FenReject> {
    split_in_units(gross, rate_bp, Fen(1))
}

/// The same where nothing smaller than a unit is paid: net is a whole number of units.
pub(super) fn split_in_units(gross: Fen, rate_bp: u32, unit: Fen) -> Result<Totals, FenReject> {
    let per_unit = i64::from(rate_bp).saturating_add(ONE_BP);
    let divisor = per_unit.checked_mul(unit.0).ok_or(FenReject::Overflow)?;
    // Half up: ⌊(2·gross·10000 + divisor) ÷ (2·divisor)⌋ on the amount without its sign.
    let magnitude = gross.0.checked_abs().ok_or(FenReject::Overflow)?;
    let doubled = magnitude
        .checked_mul(2)
        .and_then(|m| m.checked_mul(ONE_BP))
        .and_then(|m| m.checked_add(divisor))
        .ok_or(FenReject::Overflow)?;
    let units = doubled.checked_div(divisor.saturating_mul(2)).ok_or(FenReject::Overflow)?;
    let net = unit.times(units)?.times(gross.0.signum())?;
    Ok(Totals { net, tax: gross.minus(net)?, gross })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(gross: i64, rate_bp: u32) -> Totals {
        let t = split_gross(Fen(gross), rate_bp).unwrap();
        assert_eq!(t.net.plus(t.tax), Ok(t.gross), "{gross} at {rate_bp}");
        assert_eq!(t.gross, Fen(gross));
        // The definition of rounding, without a division: |net·(1+r) − gross| ≤ half a fen·(1+r).
        let per = 10_000 + i64::from(rate_bp);
        let error = 2 * (t.net.0 * per - gross * 10_000);
        assert!(-per < error && error <= per, "{gross} at {rate_bp}: net {}", t.net.0);
        assert!(t.net.0 >= 0 && t.tax.0 >= 0, "{gross} at {rate_bp}");
        t
    }

    #[test]
    fn known_invoices_are_split_as_they_were() {
        // 9.00 at 9 %: a real invoice, Chongqing, 2026-09-16. 2.12 at 6 % and 5.61 at 3 %: public
        // invoices. 0.01 at 9 %: 0.00917 → 0.01. 0.06 at 9 %: 0.0550 → 0.06, no tax.
        // 130864.19 at 6 %: a published example. 2.00 at 9 %: 1.8349; 5.00: 4.5872; 8.00: 7.3394.
        // Exactly half: 2.10 at 68 % is 1.25; 0.03 at 20 % is 0.025 → 0.03.
        for (gross, rate_bp, net, tax) in [
            (900, 900, 826, 74),
            (212, 600, 200, 12),
            (561, 300, 545, 16),
            (1, 900, 1, 0),
            (6, 900, 6, 0),
            (13_086_419, 600, 12_345_678, 740_741),
            (200, 900, 183, 17),
            (500, 900, 459, 41),
            (800, 900, 734, 66),
            (210, 6800, 125, 85),
            (3, 2000, 3, 0),
            (0, 900, 0, 0),
            (500, 0, 500, 0),
        ] {
            let t = check(gross, rate_bp);
            assert_eq!((t.net, t.tax), (Fen(net), Fen(tax)), "{gross} at {rate_bp}");
            let red = split_gross(Fen(-gross), rate_bp).unwrap();
            assert_eq!((red.net, red.tax), (Fen(-net), Fen(-tax)), "red {gross} at {rate_bp}");
        }
    }

    #[test]
    fn a_line_below_0_is_taken_from_the_head() {
        // 39.54 = 40.53 − 0.99 at 3 %, a public invoice: 38.39 + 1.15 of 39.35 + 1.18 and −0.96 − 0.03.
        let lines = [4_053, -99].map(|gross| split_gross(Fen(gross), 300).unwrap());
        assert_eq!(lines[0], Totals { net: Fen(3_935), tax: Fen(118), gross: Fen(4_053) });
        assert_eq!(lines[1], Totals { net: Fen(-96), tax: Fen(-3), gross: Fen(-99) });
        let head = Totals { net: Fen(3_839), tax: Fen(115), gross: Fen(3_954) };
        assert_eq!(Totals::sum(lines), Ok(head));
    }

    #[test]
    fn net_and_tax_are_the_amount_for_every_fee_up_to_two_thousand_yuan() {
        for rate_bp in [100, 300, 500, 600, 900] {
            for gross in (1..=200_000).chain((200_001..=10_000_000).step_by(997)) {
                check(gross, rate_bp);
            }
        }
    }

    #[test]
    fn net_is_whole_where_nothing_smaller_is_paid() {
        // 440 yen with 10 %: 400 + 40. 900 at 19 %: 756.30 → 756 + 144. 5 at 10 %: 4.545 → 5. 3 at 20 %: exactly
        // half, 2.5 → 3.
        for (gross, rate_bp, net) in
            [(44_000, 1_000, 40_000), (90_000, 1_900, 75_600), (500, 1_000, 500), (300, 2_000, 300)]
        {
            let t = split_in_units(Fen(gross), rate_bp, Fen(100)).unwrap();
            assert_eq!((t.net, t.tax), (Fen(net), Fen(gross - net)), "{gross} at {rate_bp}");
            let red = split_in_units(Fen(-gross), rate_bp, Fen(100)).unwrap();
            assert_eq!((red.net, red.tax), (Fen(-net), Fen(net - gross)), "red {gross}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for gross in [i64::MAX, i64::MIN, i64::MAX / 10_000] {
            assert_eq!(split_gross(Fen(gross), 900), Err(FenReject::Overflow));
        }
    }
}
