//! Money and rates as decimal text, and the sums of an invoice. Integers only.

use super::refusal::Sums;

/// Rates are millionths: 0.09 is 90 000.
const ONE: i64 = 1_000_000;

/// Net, tax and gross, fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) net_fen: i64,
    pub(super) tax_fen: i64,
    pub(super) gross_fen: i64,
}

/// Yuan with exactly two decimals, at most nine digits before them; may be negative (a discount).
pub(super) fn fen(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (yuan, decimals) = digits.split_once('.')?;
    let whole = (1..=9).contains(&yuan.len()) && decimals.len() == 2;
    let numeric = yuan.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
    if !whole || !numeric {
        return None;
    }
    let (yuan, cents): (i64, i64) = (yuan.parse().ok()?, decimals.parse().ok()?);
    Some(sign * (yuan * 100 + cents))
}

/// A rate such as `0.09` or `0.090000`, in millionths.
pub(super) fn rate(text: &str) -> Option<i64> {
    let decimals = text.strip_prefix("0.")?;
    let numeric = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=6).contains(&decimals.len()) || !numeric {
        return None;
    }
    format!("{decimals:0<6}").parse().ok()
}

/// Checks every line (net + tax = gross; net = gross / (1 + rate), half up, below zero give or take a fen) and the totals.
pub(super) fn check(lines: &[(i64, Amounts)], totals: Amounts) -> Result<(), Sums> {
    let mut sum = Amounts::default();
    for (n, (rate, amounts)) in lines.iter().enumerate() {
        let line = n + 1;
        if amounts.net_fen + amounts.tax_fen != amounts.gross_fen {
            return Err(Sums::Line { line });
        }
        // A part of a line that is taken back is the difference of two roundings.
        let slack = i64::from(amounts.gross_fen < 0);
        if (amounts.net_fen - net_of(amounts.gross_fen, *rate)).abs() > slack {
            return Err(Sums::LineTax { line });
        }
        sum.net_fen += amounts.net_fen;
        sum.tax_fen += amounts.tax_fen;
        sum.gross_fen += amounts.gross_fen;
    }
    if sum == totals { Ok(()) } else { Err(Sums::Totals) }
}

fn net_of(gross_fen: i64, rate: i64) -> i64 {
    let divisor = ONE + rate;
    let half_up = (2 * gross_fen.abs() * ONE + divisor) / (2 * divisor);
    half_up * gross_fen.signum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_is_gross_without_tax_rounded_half_up_to_the_fen() {
        // Golden sums of real invoices: 9 % parking 9.00 = 8.26 + 0.74, 6 % 2.12 = 2.00 + 0.12,
        // 3 % 5.61 = 5.45 + 0.16; and by hand: 5.00 / 1.09 = 4.587…, 0.01 / 1.09 = 0.0091….
        let rows = [
            ("9.00", "0.09", "8.26"),
            ("2.12", "0.06", "2.00"),
            ("5.61", "0.030000", "5.45"),
            ("5.00", "0.09", "4.59"),
            ("0.01", "0.09", "0.01"),
            ("-9.00", "0.09", "-8.26"),
            ("7.00", "0.00", "7.00"),
            ("999999999.99", "0.13", "884955752.20"),
        ];
        for (gross, percent, net) in rows {
            let net_fen = net_of(fen(gross).unwrap(), rate(percent).unwrap());
            assert_eq!(Some(net_fen), fen(net), "{gross} at {percent}");
        }
    }

    #[test]
    fn a_line_below_zero_may_be_a_fen_off() {
        let line = |net_fen, tax_fen| {
            let amounts = Amounts { net_fen, tax_fen, gross_fen: net_fen + tax_fen };
            check(&[(90_000, amounts)], amounts)
        };
        assert_eq!(line(826, 74), Ok(()));
        assert_eq!(line(825, 75), Err(Sums::LineTax { line: 1 }));
        assert_eq!(line(-825, -75), Ok(()));
        assert_eq!(line(-824, -76), Err(Sums::LineTax { line: 1 }));
    }

    #[test]
    fn money_is_yuan_with_two_decimals_and_nothing_else() {
        let rows = [
            ("0.00", Some(0)),
            ("9.05", Some(905)),
            ("-0.50", Some(-50)),
            ("9", None),
            ("9.5", None),
            ("9.005", None),
            (".50", None),
            ("+1.00", None),
            ("1e2.00", None),
            ("--1.00", None),
            ("1000000000.00", None),
            ("９.00", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(fen(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_rate_is_a_fraction_below_one() {
        let rows = [
            ("0.09", Some(90_000)),
            ("0.090000", Some(90_000)),
            ("0.005", Some(5_000)),
            ("9%", None),
            ("1.00", None),
            ("0.", None),
            ("0.0900001", None),
        ];
        for (text, expected) in rows {
            assert_eq!(rate(text), expected, "{text:?}");
        }
    }
}
