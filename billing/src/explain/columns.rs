//! Columns of text in a terminal, where a Chinese character takes two places.

/// On which side a column is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Blank places between two columns.
const BETWEEN: usize = 2;

/// Places that a text takes in a terminal (Unicode Standard Annex 11: wide and full-width
/// characters two, combining marks none, all others one).
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(places).fold(0, usize::saturating_add)
}

fn places(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F | 0xFEFF => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xA960..=0xA97C
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF01..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Rows of cells as lines of text, each column as wide as its widest cell; rows may be of
/// different lengths.
#[must_use]
pub fn columns(rows: &[Vec<String>], aligns: &[Align]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(widest).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((place, cell), full) in row.iter().enumerate().zip(&widths) {
            let blank = " ".repeat(full.saturating_sub(width(cell)));
            if place > 0 {
                line.push_str(&" ".repeat(BETWEEN));
            }
            match aligns.get(place) {
                Some(Align::Right) => line.push_str(&format!("{blank}{cell}")),
                _ => line.push_str(&format!("{cell}{blank}")),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_take_two_places() {
        for (text, expected) in [
            ("", 0),
            ("abc", 3),
            ("日间", 4),
            ("第1档", 5),
            ("（a）", 5),
            ("e\u{301}", 1),
            ("–×", 2),
        ] {
            assert_eq!(width(text), expected, "{text}");
        }
    }

    #[test]
    fn columns_are_flush_by_what_is_seen() {
        let rows = [["日间", "1.00"], ["a", "20.00"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows, &[Align::Left, Align::Right]), "日间   1.00\na     20.00\n");
    }
}
