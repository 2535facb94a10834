//! The boxes of the two parties, side by side.

use super::pen::{LABEL, Pen, width};
use super::{LEFT, RIGHT, WIDTH};
use crate::paper::block::{Block, pitch};
use crate::paper::form::{EVERY_PAGE, Form, Side};
use crate::sheet::{Align, Colour};

const MIDDLE: i32 = WIDTH / 2;
/// The strip of an upright heading.
const STRIP: i32 = 56;
const PADDING: i32 = 14;
const GAP: i32 = 8;
/// Five upright letters and what lies around them.
const LEAST: i32 = 196;

/// Both boxes, measured.
pub(super) struct Sides {
    pub(super) height: i32,
    sides: Vec<Measured>,
}

struct Measured {
    heading: &'static str,
    left: i32,
    entries: Vec<MeasuredEntry>,
}

struct MeasuredEntry {
    label: String,
    value: Block,
    field: Option<&'static str>,
}

impl Sides {
    /// As on the first page.
    pub(super) fn all(form: &Form) -> Self {
        Sides::with(form, usize::MAX)
    }

    /// As on the others.
    pub(super) fn brief(form: &Form) -> Self {
        Sides::with(form, EVERY_PAGE)
    }

    fn with(form: &Form, most: usize) -> Self {
        let measured = |(side, left): (&Side, i32)| {
            let entries = side.entries.iter().take(most).map(|entry| {
                let wide = content_width() - width(&entry.label, LABEL) - 6;
                MeasuredEntry {
                    label: entry.label.clone(),
                    value: Block::fitted(&entry.value, wide, 3),
                    field: entry.field,
                }
            });
            Measured { heading: side.heading, left, entries: entries.collect() }
        };
        let sides: Vec<Measured> = form.sides.iter().zip([LEFT, MIDDLE]).map(measured).collect();
        let height = sides.iter().map(Measured::height).max().unwrap_or(0).max(LEAST);
        Sides { height, sides }
    }

    pub(super) fn draw(&self, pen: &mut Pen) {
        let (top, bottom) = (pen.y, pen.y + self.height);
        pen.frame((LEFT, top), (RIGHT, bottom));
        pen.down(MIDDLE, (top, bottom));
        for side in &self.sides {
            let mut y = top + PADDING;
            if side.is_upright() {
                pen.down(side.left + STRIP, (top, bottom));
                pen.upright(side.left + STRIP / 2, (top, bottom), side.heading);
            } else {
                let at = (side.left + PADDING, y + LABEL);
                pen.label(at, Align::Left, side.heading);
                y += pitch(LABEL) + GAP;
            }
            let left = side.left + if side.is_upright() { STRIP + PADDING } else { PADDING };
            for entry in &side.entries {
                pen.label((left, y + LABEL), Align::Left, &entry.label);
                let after = left + width(&entry.label, LABEL) + 6;
                let field = pen.repeated(entry.field);
                pen.block((after, y), &entry.value, (Colour::Ink, Align::Left), field);
                y += entry.height();
            }
        }
        pen.y = bottom;
    }
}

/// Room for a label and its value.
fn content_width() -> i32 {
    MIDDLE - LEFT - STRIP - 2 * PADDING
}

impl Measured {
    /// Chinese headings stand upright.
    fn is_upright(&self) -> bool {
        !self.heading.is_ascii()
    }

    fn height(&self) -> i32 {
        let entries: i32 = self.entries.iter().map(MeasuredEntry::height).sum();
        let heading = if self.is_upright() { 0 } else { pitch(LABEL) + GAP };
        heading + entries + 2 * PADDING
    }
}

impl MeasuredEntry {
    fn height(&self) -> i32 {
        self.value.height().max(pitch(LABEL)) + GAP
    }
}
