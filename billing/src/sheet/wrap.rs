//! Lines of text: how wide, and where they may be broken.

use unicode_segmentation::UnicodeSegmentation;

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
/// never before a closing mark or after an opening one. A word that is too long is cut, but a letter
/// stays with its accents.
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
        for letter in word.trim_start().graphemes(true) {
            if !line.is_empty() && !fits(&format!("{line}{letter}")) {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(letter);
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
    for (at, letter) in text.grapheme_indices(true) {
        if before.zip(letter.chars().next()).is_some_and(|(before, c)| may_break(before, c)) {
            words.extend(text.get(from..at));
            from = at;
        }
        before = letter.chars().last();
    }
    words.extend(text.get(from..));
    words
}

fn may_break(before: char, after: char) -> bool {
    let closes = |c| "，。、；：！？）》」”’%,.;:!?)".contains(c);
    let opens = |c| "（《「“‘(".contains(c);
    // Punctuation of Chinese texts and what follows it in Unicode, but no letters of alphabets.
    let wide = |c: char| c >= '\u{2010}' && c != '–';
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
            // No letter of a word is a place to break it, whichever alphabet it is of.
            ("aaa Łukasz", 40, &["aaa", "Łukasz"]),
            ("aa Straße", 40, &["aa", "Straße"]),
            // A word that is cut: a letter with its accent is 16 wide.
            ("e\u{301}e\u{301}e\u{301}", 35, &["e\u{301}e\u{301}", "e\u{301}"]),
            ("e\u{301}e\u{301}e\u{301}", 48, &["e\u{301}e\u{301}e\u{301}"]),
            // A letter with its variant, a family of two.
            ("一葛\u{e0100}二", 25, &["一", "葛\u{e0100}", "二"]),
            ("一👨\u{200d}👧", 30, &["一", "👨\u{200d}👧"]),
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
