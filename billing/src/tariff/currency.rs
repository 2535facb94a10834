//! The smallest amount that is paid in a currency, from ISO 4217.
//!
//! Amounts are whole hundredths of the currency's unit. Currencies without a smaller unit are paid in
//! whole units; those with three decimals are paid to the hundredth.

use vocabulary::Fen;

use crate::amount::Price;

/// Currencies whose unit has no parts (ISO 4217, list one, minor unit 0).
const WHOLE: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];

/// Currencies whose unit has a thousand parts (minor unit 3).
const OF_THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Currencies of which an hour of parking may cost thousands.
const OF_LITTLE_VALUE: [&str; 22] = [
    "COP", "CRC", "HUF", "IDR", "IQD", "IRR", "KHR", "LAK", "LBP", "MGA", "MMK", "MNT", "MWK",
    "NGN", "SLL", "SSP", "SYP", "TZS", "UZS", "YER", "ZMW", "ZWL",
];

/// The highest price: what is above is a slip of the pen.
pub(super) fn price_limit(code: &str) -> Price {
    if WHOLE.contains(&code) || OF_LITTLE_VALUE.contains(&code) {
        Price::of_fen(1_000_000_000)
    } else {
        Price::of_fen(1_000_000)
    }
}

pub(super) fn is_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// In hundredths of the unit.
pub(crate) fn smallest(code: &str) -> Fen {
    if WHOLE.contains(&code) { Fen(100) } else { Fen(1) }
}

/// How many decimals an amount is written with.
pub(crate) fn decimals(code: &str) -> u8 {
    if WHOLE.contains(&code) {
        0
    } else if OF_THREE_DECIMALS.contains(&code) {
        3
    } else {
        2
    }
}

/// An amount without the name of its money: `440`, `4.40`, `4.400`. What does not go with 0 decimals has two.
pub(crate) fn amount_text(amount: Fen, decimals: u8) -> String {
    let whole = amount.0.checked_rem(100) == Some(0);
    match decimals {
        0 if whole => (amount.0 / 100).to_string(),
        3 => format!("{}0", amount.yuan()),
        _ => amount.yuan(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_iso_4217() {
        for (code, fen, text) in [
            ("EUR", 44_000, "440.00"),
            ("JPY", 44_000, "440"),
            ("JPY", -100, "-1"),
            ("JPY", 44_050, "440.50"),
            ("CLP", 0, "0"),
            ("KWD", 913, "9.130"),
            ("BHD", -5, "-0.050"),
        ] {
            assert_eq!(amount_text(Fen(fen), decimals(code)), text, "{code} {fen}");
        }
    }
}
