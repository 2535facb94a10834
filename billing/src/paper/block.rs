//! Lines of text under one another: broken to a width, in letters as large as fit.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "lengths on paper, not money; texts have limits, so that none comes near i32's"
)]

use crate::sheet::wrap;

/// Sizes of letters, in tenths of a millimetre: the first with few enough lines is taken.
const SIZES: [i32; 3] = [28, 24, 20];

/// Broken text of one size.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) lines: Vec<String>,
    pub(super) size: i32,
}

impl Block {
    /// A text in letters so large that it takes at most some lines, or in the smallest.
    pub(super) fn fitted(text: &str, width: i32, most_lines: usize) -> Self {
        let mut block = Block::sized(text, width, SIZES[0]);
        for size in &SIZES[1..] {
            if block.lines.len() <= most_lines {
                break;
            }
            block = Block::sized(text, width, *size);
        }
        block
    }

    /// A text in letters of a size.
    pub(super) fn sized(text: &str, width: i32, size: i32) -> Self {
        let letters = i16::try_from(size).unwrap_or(i16::MAX);
        Block { lines: with_blanks(text, wrap(text, letters, width)), size }
    }

    /// From one line to the next.
    pub(super) fn pitch(&self) -> i32 {
        pitch(self.size)
    }

    pub(super) fn height(&self) -> i32 {
        i32::try_from(self.lines.len()).unwrap_or(i32::MAX).saturating_mul(self.pitch())
    }
}

pub(super) const fn pitch(size: i32) -> i32 {
    size * 27 / 20
}

/// Gives each line the blanks back that stood at its end, so that the lines together are the text.
fn with_blanks(text: &str, lines: Vec<String>) -> Vec<String> {
    let mut rest = text;
    let whole = |line: String| {
        let after = rest.find(&line).and_then(|at| rest.get(at + line.len()..)).unwrap_or("");
        let blanks = after.len() - after.trim_start().len();
        let (end, next) = after.split_at(blanks);
        rest = next;
        line + end
    };
    let mut lines: Vec<String> = lines.into_iter().map(whole).collect();
    if let Some(last) = lines.last_mut() {
        last.truncate(last.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_together_are_the_text() {
        for text in [
            "Baiyin Municipal Parking Operation and Construction Management Co Ltd",
            "某市城市停车场建设运营管理有限责任公司第一分公司 道路停车管理中心",
            "one  two   three    four",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "",
        ] {
            for width in [100, 200, 400, 2_000] {
                let block = Block::fitted(text, width, 3);
                assert_eq!(block.lines.concat(), text, "{width}: {:?}", block.lines);
            }
        }
    }

    #[test]
    fn letters_are_as_large_as_fit_the_lines() {
        // Ten letters of 28 are 280 wide, of 24 240, of 20 200.
        let ten = "一二三四五六七八九十";
        for (width, size, lines) in [(280, 28, 1), (240, 24, 1), (200, 20, 1), (100, 20, 2)] {
            let block = Block::fitted(ten, width, 1);
            assert_eq!((block.size, block.lines.len()), (size, lines), "{width}");
        }
        assert_eq!(Block::fitted(ten, 140, 2).size, 28);
    }
}
