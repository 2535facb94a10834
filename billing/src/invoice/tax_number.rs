//! Is a taxpayer number likely to be right? For titles that a person types.
//!
//! The unified social credit code (GB 32100-2015) has 18 characters and a check digit modulo 31 over
//! an alphabet without I, O, Z, S, V. A sole trader may have the number of an identity card
//! (GB 11643-1999, check digit modulo 11) instead, alone or with two more digits. Older numbers have
//! 15 and no check digit. A doubt is for people: a document's own check asks for the form only.

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const UNIFIED_WEIGHTS: [usize; 17] =
    [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const CARD_WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CARD_CHECK: [u8; 11] = *b"10X98765432";

/// Why a taxpayer number is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxNumberDoubt {
    /// Not 15, 18 or 20 digits and capital letters.
    #[error("a taxpayer number has 15, 18 or 20 digits and capital letters")]
    Form,
    /// 18 or 20 characters whose check digit is that of no number.
    #[error("the check digit of the taxpayer number is wrong; look for a slip of the pen")]
    CheckDigit,
}

impl TaxNumberDoubt {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TaxNumberDoubt::Form => "bad_tax_id",
            TaxNumberDoubt::CheckDigit => "tax_id_check_digit",
        }
    }
}

/// What speaks against a taxpayer number; `None` if nothing does.
#[must_use]
pub fn doubt_tax_number(number: &str) -> Option<TaxNumberDoubt> {
    let allowed = number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    match (allowed, number.len()) {
        (true, 15) => None,
        (true, 18) if unified_is_right(number) || card_is_right(number) => None,
        (true, 20) if number.get(..18).is_some_and(card_is_right) => None,
        (true, 18 | 20) => Some(TaxNumberDoubt::CheckDigit),
        _ => Some(TaxNumberDoubt::Form),
    }
}

fn weighed(body: impl Iterator<Item = Option<usize>>, weights: [usize; 17]) -> Option<usize> {
    body.zip(weights).try_fold(0_usize, |sum, (value, weight)| {
        value?.checked_mul(weight).and_then(|product| sum.checked_add(product))
    })
}

fn unified_is_right(number: &str) -> bool {
    let mut values = number.chars().map(|c| ALPHABET.find(c));
    let (Some(sum), Some(check)) = (weighed(values.clone(), UNIFIED_WEIGHTS), values.next_back())
    else {
        return false;
    };
    // check = (31 − sum mod 31) mod 31, said without a subtraction.
    check.and_then(|check| sum.checked_add(check)).is_some_and(|all| all.is_multiple_of(31))
}

fn card_is_right(number: &str) -> bool {
    let digits =
        number.bytes().map(|b| char::from(b).to_digit(10).map(|d| d.try_into().unwrap_or(0)));
    let Some(sum) = weighed(digits, CARD_WEIGHTS) else { return false };
    let expected = CARD_CHECK.get(sum.rem_euclid(11)).copied();
    expected.is_some() && number.bytes().last() == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_doubted() {
        // 9112011667149649XU and 91120118MA06R1D13A stand on public invoices; 11010519491231002X is
        // the example of GB 11643-1999.
        for (number, doubt) in [
            ("9112011667149649XU", None),
            ("91120118MA06R1D13A", None),
            ("11010519491231002X", None),
            ("11010519491231002X01", None),
            ("620400000000000", None),
            ("9112011667149649XT", Some(TaxNumberDoubt::CheckDigit)),
            ("9112011667194649XU", Some(TaxNumberDoubt::CheckDigit)),
            ("91620400MA00SAMPLE", Some(TaxNumberDoubt::CheckDigit)),
            ("110105194912310021", Some(TaxNumberDoubt::CheckDigit)),
            ("11010519491231003X01", Some(TaxNumberDoubt::CheckDigit)),
            ("9112011667149649xu", Some(TaxNumberDoubt::Form)),
            ("9112011667149649X", Some(TaxNumberDoubt::Form)),
            ("9112011667149649XUU", Some(TaxNumberDoubt::Form)),
            ("", Some(TaxNumberDoubt::Form)),
            ("九一一二〇", Some(TaxNumberDoubt::Form)),
        ] {
            assert_eq!(doubt_tax_number(number), doubt, "{number}");
        }
    }

    #[test]
    fn every_single_wrong_character_of_a_code_is_noticed() {
        let right = "9112011667149649XU";
        for place in 0..18 {
            for other in ALPHABET.chars() {
                let wrong: String = right
                    .chars()
                    .enumerate()
                    .map(|(i, c)| if i == place { other } else { c })
                    .collect();
                let expected = (wrong != right).then_some(TaxNumberDoubt::CheckDigit);
                // A card's number has digits only before its last character, and 7 of 100 would pass.
                if wrong.as_bytes()[..17].iter().any(u8::is_ascii_uppercase) {
                    assert_eq!(doubt_tax_number(&wrong), expected, "{wrong}");
                }
            }
        }
    }
}
