//! The smallest amount that is paid in a currency, from ISO 4217.
//!
//! Amounts are whole hundredths of the currency's unit. Currencies without a smaller unit are paid in
//! whole units; those with three decimals are paid to the hundredth.

use vocabulary::Fen;

/// Currencies whose unit has no parts (ISO 4217, list one, minor unit 0).
const WHOLE: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];

pub(super) fn is_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// In hundredths of the unit.
pub(super) fn smallest(code: &str) -> Fen {
    if WHOLE.contains(&code) { Fen(100) } else { Fen(1) }
}
