//! The box of the remark, overleaf where it is long.

use std::ops::Range;

use super::pen::Pen;
use super::{LEFT, RIGHT};
use crate::paper::block::{Block, pitch};
use crate::paper::form::Form;
use crate::sheet::{Align, Colour, Field};

/// Letters of the remark, and from one line to the next.
const SIZE: i32 = 24;
pub(super) const PITCH: i32 = pitch(SIZE);
const PADDING: i32 = 12;
/// What lies around its lines.
pub(super) const FRAME: i32 = 2 * PADDING;
/// Least height of a box: two upright letters and what lies around them.
pub(super) const SMALLEST: i32 = 84;
/// Height of a box that has room.
pub(super) const LEAST: i32 = 130;
const STRIP: i32 = 70;

/// The remark's lines.
pub(super) struct Remark {
    pub(super) lines: Vec<String>,
}

impl Remark {
    /// Each part between semicolons begins a line, since each is about another order.
    pub(super) fn of(form: &Form) -> Self {
        let wide = RIGHT - LEFT - STRIP - 2 * PADDING;
        let parts = form.remark.split_inclusive('；');
        let lines = parts.flat_map(|part| Block::sized(part, wide, SIZE).lines);
        Remark { lines: lines.collect() }
    }

    /// Some lines, in a box that ends no lower than said.
    pub(super) fn draw(&self, pen: &mut Pen, form: &Form, lines: Range<usize>, lowest: i32) {
        let top = pen.y;
        let is_end = lines.end == self.lines.len();
        let lines = self.lines.get(lines).unwrap_or_default();
        let block = Block { lines: lines.to_vec(), size: SIZE };
        let wanted = top + (block.height() + FRAME).max(LEAST);
        let bottom = wanted.min(lowest);
        if lines.is_empty() && (bottom - top < SMALLEST || !is_end) {
            return;
        }
        pen.frame((LEFT, top - 3), (RIGHT, bottom));
        pen.down(LEFT + STRIP, (top, bottom));
        let name = form.words.remark;
        if name.is_ascii() {
            pen.label((LEFT + STRIP / 2, top + 40), Align::Middle, name);
        } else {
            pen.upright(LEFT + STRIP / 2, (top, bottom), name);
        }
        let field = Some(Field { name: "Note", number: 1 });
        let at = (LEFT + STRIP + PADDING, top + PADDING);
        pen.block(at, &block, (Colour::Ink, Align::Left), field);
        pen.y = bottom;
    }
}
