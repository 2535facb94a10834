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
pub(super) fn smallest(code: &str) -> Fen {
    if WHOLE.contains(&code) { Fen(100) } else { Fen(1) }
}
