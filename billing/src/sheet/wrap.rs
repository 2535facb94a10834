//! Lines of text: how wide, and where they may be broken.

/// Width of a text in a font of this size, estimated a little too wide.
#[must_use]
pub fn text_width(text: &str, size: i16) -> i32 {
    let hundredths: i32 = text.chars().map(letter).fold(0, i32::saturating_add);
    hundredths.saturating_mul(i32::from(size)).div_euclid(100)
}

/// Width of a letter in hundredths of the em, by the widest of the fonts that are looked for.
fn letter(letter: char) -> i32 {
    match letter {
        ' ' | '\'' | '|' => 30,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '!' | '(' | ')' | '[' | ']' => 36,
        'f' | 'r' | 't' | '-' | '"' | '/' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 98,
        'A'..='Z' | '&' => 74,
        '–' | '×' | '·' => 60,
        c if c.is_ascii() || ('\u{a0}'..'\u{250}').contains(&c) => 60,
        _ => 100,
    }
}

/// Breaks a text into lines no wider than `width`: at spaces, and between Chinese letters, but
/// never before a closing mark or after an opening one. A word that is too long is cut.
#[must_use]
pub fn wrap(text: &str, size: i16, width: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let fits = |line: &str| text_width(line.trim_end(), size) <= width;
        if fits(&format!("{line}{word}")) {
            line.push_str(word);
            continue;
        }
        if !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
        }
        line = String::new();
        for c in word.trim_start().chars() {
            if !line.is_empty() && !fits(&format!("{line}{c}")) {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The pieces between which a line may end.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut from = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, c)) {
            words.extend(text.get(from..at));
            from = at;
        }
        before = Some(c);
    }
    words.extend(text.get(from..));
    words
}

fn may_break(before: char, after: char) -> bool {
    let closes = |c| "，。、；：！？）》」”’%,.;:!?)".contains(c);
    let opens = |c| "（《「“‘(".contains(c);
    let wide = |c: char| !c.is_ascii() && c != '–';
    if closes(after) || opens(before) || after == ' ' {
        return false;
    }
    before == ' ' || wide(before) && !ties(before, after) || wide(after) && !ties(before, after)
}

/// A number and its unit stay together.
fn ties(before: char, after: char) -> bool {
    before.is_ascii_digit() && "元分小天年月日座个时".contains(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_a_reader_would_end_them() {
        for (text, width, expected) in [
            // Ten letters of 10 are 100 wide.
            ("停车不超过三十分钟免费", 100, &["停车不超过三十分钟免", "费"][..]),
            ("停车不超过三十分钟免。", 100, &["停车不超过三十分钟", "免。"]),
            ("一二三四五六七八九（十）", 100, &["一二三四五六七八九", "（十）"]),
            ("every hour costs two", 70, &["every hour", "costs two"]),
            ("abcdefghijklmnop", 40, &["abcdef", "ghijklm", "nop"]),
            ("", 40, &[]),
        ] {
            let lines = wrap(text, 10, width);
            if text.starts_with("abc") {
                assert_eq!(lines.concat(), text);
                assert!(lines.iter().all(|line| text_width(line, 10) <= width), "{lines:?}");
            } else {
                assert_eq!(lines, expected, "{text}");
            }
        }
    }
}
