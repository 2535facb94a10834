//! Whether a taxpayer number can be one, by its form and its check character.
//!
//! - 18: the unified social credit code (GB 32100-2015), check character modulo 31; or the number of an
//!   identity card (GB 11643-1999), under which a person may trade;
//! - 15: the older number, six digits of an area and nine of the organisation, no check of the whole;
//! - 20: an identity card and two digits.
//!
//! Whether such a company exists is not known here.

/// What is wrong with a taxpayer number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxIdFault {
    /// Not 15, 18 or 20 characters.
    #[error("a taxpayer number has 15, 18 or 20 characters")]
    Length,
    /// Characters that no number has at that place.
    #[error("a taxpayer number has digits and capital letters; I, O, Z, S and V are in no social credit code")]
    Character,
    /// A typing error: the last character does not fit the others.
    #[error("the last character does not fit the others: a digit was mistyped")]
    CheckDigit,
}

/// The alphabet of the unified social credit code; a character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3 to the power of the place, modulo 31 (GB 32100-2015, table 3).
const CREDIT_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// 2 to the power of 17 less the place, modulo 11 (GB 11643-1999).
const CARD_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CARD_CHECKS: &[u8; 11] = b"10X98765432";

/// Checks a taxpayer number as a buyer gives it.
///
/// # Errors
/// What is wrong with it.
pub fn check_tax_id(id: &str) -> Result<(), TaxIdFault> {
    let bytes = id.as_bytes();
    if !bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return Err(TaxIdFault::Character);
    }
    match bytes.len() {
        15 if bytes.iter().take(6).all(u8::is_ascii_digit) => Ok(()),
        15 => Err(TaxIdFault::Character),
        18 if is_card(bytes) => Ok(()),
        18 => check_credit_code(bytes),
        20 if bytes.iter().skip(18).all(u8::is_ascii_digit) => match bytes.get(..18) {
            Some(card) if is_card(card) => Ok(()),
            _ => Err(TaxIdFault::CheckDigit),
        },
        20 => Err(TaxIdFault::Character),
        _ => Err(TaxIdFault::Length),
    }
}

fn check_credit_code(code: &[u8]) -> Result<(), TaxIdFault> {
    let mut sum = 0_u32;
    for (byte, weight) in code.iter().zip(CREDIT_WEIGHTS) {
        let value = value(*byte).ok_or(TaxIdFault::Character)?;
        sum = sum.saturating_add(value.saturating_mul(weight));
    }
    let check = 31_u32.saturating_sub(sum.rem_euclid(31)).rem_euclid(31);
    let last = code.last().and_then(|byte| value(*byte)).ok_or(TaxIdFault::Character)?;
    if check == last { Ok(()) } else { Err(TaxIdFault::CheckDigit) }
}

fn value(byte: u8) -> Option<u32> {
    ALPHABET.iter().position(|known| *known == byte).and_then(|place| u32::try_from(place).ok())
}

fn is_card(card: &[u8]) -> bool {
    let mut sum = 0_u32;
    for (byte, weight) in card.iter().zip(CARD_WEIGHTS) {
        if !byte.is_ascii_digit() {
            return false;
        }
        sum = sum.saturating_add(u32::from(byte.saturating_sub(b'0')).saturating_mul(weight));
    }
    let place = usize::try_from(sum.rem_euclid(11)).unwrap_or_default();
    card.len() == 18 && card.last() == CARD_CHECKS.get(place)
}

impl TaxIdFault {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TaxIdFault::Length => "tax_id_length",
            TaxIdFault::Character => "tax_id_character",
            TaxIdFault::CheckDigit => "tax_id_check_digit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_known_hold_and_each_mistyped_one_is_found() {
        // 91350100M000100Y43 is the example of GB 32100-2015; 91440300708461136T (Tencent) and 914403001922038216
        // (Huawei) stand in the public register of companies; 11010519491231002X is the example of GB 11643-1999.
        for id in [
            "91350100M000100Y43",
            "91440300708461136T",
            "914403001922038216",
            "11010519491231002X",
            "11010519491231002X01",
            "620402123456789",
            "62040212345678X",
        ] {
            assert_eq!(check_tax_id(id), Ok(()), "{id}");
        }
        let (length, character, digit) =
            (TaxIdFault::Length, TaxIdFault::Character, TaxIdFault::CheckDigit);
        for (id, fault) in [
            ("", length),
            ("9135010", length),
            ("91350100M000100Y430", length),
            ("91350100M000100Y44", digit),
            ("91350100M000100Y34", digit),
            ("91350100m000100y43", character),
            ("91350100I000100Y43", character),
            ("11010519491231002901", digit),
            ("11010519491231002XA1", character),
            ("A20402123456789", character),
            ("９1350100M000100Y43", character),
        ] {
            assert_eq!(check_tax_id(id), Err(fault), "{id}");
        }
    }

    #[test]
    fn every_single_mistyped_character_of_a_credit_code_is_found() {
        let right = "91350100M000100Y43";
        for place in 0..17 {
            for other in ALPHABET {
                let mut typed = right.as_bytes().to_vec();
                if typed[place] == *other {
                    continue;
                }
                typed[place] = *other;
                let typed = String::from_utf8(typed).unwrap();
                assert!(check_tax_id(&typed).is_err(), "{typed}");
            }
        }
    }
}
