//! Personal data as those see it who need not read it whole: plate, phone number, openid.

use vocabulary::Plate;

/// `甘D·1***5`; of what is no plate only the first character and the length.
pub(super) fn plate(text: &str) -> String {
    match Plate::read(text) {
        Ok(plate) => plate.masked(),
        Err(_) => covered(text, 1, 0),
    }
}

/// `138****5678`.
pub(super) fn phone(text: &str) -> String {
    covered(text, 3, 4)
}

/// `l***@example.com`.
pub(super) fn email(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((user, domain)) => format!("{}***@{domain}", user.chars().next().unwrap_or('*')),
        None => covered(text, 1, 0),
    }
}

/// The first character of a name or number, and how long it is.
pub(super) fn name(text: &str) -> String {
    covered(text, 1, 0)
}

/// The first and last characters, the rest covered; something too short is covered whole.
fn covered(text: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let shown = head + tail;
    if chars.len() <= shown + 2 {
        return "*".repeat(chars.len().max(3));
    }
    let head: String = chars[..head].iter().collect();
    let tail: String = chars[chars.len() - tail..].iter().collect();
    format!("{head}{}{tail}", "*".repeat(chars.len() - shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_covered_in_its_middle() {
        for (masked, expected) in [
            (plate("甘D12345"), "甘D·1***5"),
            (plate("甘D·12345"), "甘D·1***5"),
            (plate("ABC-1234"), "AB·C***4"),
            (phone("13812345678"), "138****5678"),
            (phone("12345678"), "********"),
            (phone(""), "***"),
            (email("lin@example.com"), "l***@example.com"),
            (email(""), "***"),
            (name("张三"), "***"),
            (name("白银某某公司"), "白*****"),
        ] {
            assert_eq!(masked, expected);
        }
    }
}
