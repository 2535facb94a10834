//! Lengths of time as people write them: `90s`, `20m`, `6h`, `2d`, `1d12h`, `-3h`.

/// Milliseconds of a length; `None` for what is none. Only one with a minus is negative.
pub(super) fn length_ms(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut rest = text;
    let mut sum_ms: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let (unit_ms, length) = match unit.as_bytes() {
            [b'm', b's', ..] => (1, 2),
            [b's', ..] => (1_000, 1),
            [b'm', ..] => (60_000, 1),
            [b'h', ..] => (3_600_000, 1),
            [b'd', ..] => (86_400_000, 1),
            _ => return None,
        };
        sum_ms = sum_ms.checked_add(number.checked_mul(unit_ms)?)?;
        rest = &unit[length..];
    }
    Some(sign * sum_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_with_their_units() {
        for (text, ms) in [
            ("90s", Some(90_000)),
            ("20m", Some(1_200_000)),
            ("250ms", Some(250)),
            ("1d12h", Some(129_600_000)),
            ("-3h", Some(-10_800_000)),
            ("0d", Some(0)),
            ("", None),
            ("-", None),
            ("5", None),
            ("h", None),
            ("5h3", None),
            ("5w", None),
            ("5 h", None),
            ("9223372036854775807d", None),
        ] {
            assert_eq!(length_ms(text), ms, "{text:?}");
        }
    }
}
