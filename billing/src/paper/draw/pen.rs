//! Puts marks on a page.

use crate::paper::block::{Block, pitch};
use crate::sheet::{Align, Colour, Field, Mark, text_width};

/// Thickness of the lines of a form.
const LINE: i32 = 3;
/// Letters of labels.
pub(super) const LABEL: i32 = 26;
/// Letters of the notice at the foot.
const NOTICE: i32 = 20;

/// What is on a page so far.
pub(super) struct Pen {
    pub(super) marks: Vec<Mark>,
    /// Where the next box begins.
    pub(super) y: i32,
    tint: Colour,
    is_first: bool,
}

impl Pen {
    /// A blank page. What every page repeats is tagged on the first alone, so that a program reads it once.
    pub(super) fn new(tint: Colour, page: usize) -> Self {
        Pen { marks: Vec::new(), y: 0, tint, is_first: page == 0 }
    }

    /// A field that stands on every page.
    pub(super) fn repeated(&self, name: Option<&'static str>) -> Option<Field> {
        name.filter(|_| self.is_first).map(|name| Field { name, number: 1 })
    }

    pub(super) fn text(
        &mut self,
        (x, y): (i32, i32),
        size: i32,
        (colour, align): (Colour, Align),
        text: &str,
        field: Option<Field>,
    ) {
        if text.is_empty() {
            return;
        }
        let (x, y, size, text) = (tenths(x), tenths(y), tenths(size), text.to_owned());
        self.marks.push(Mark::Text { x, y, size, colour, align, text, field });
    }

    /// Words of the form.
    pub(super) fn label(&mut self, at: (i32, i32), align: Align, text: &str) {
        self.text(at, LABEL, (self.tint, align), text, None);
    }

    /// Lines under one another, from an upper edge on.
    pub(super) fn block(
        &mut self,
        (x, top): (i32, i32),
        block: &Block,
        look: (Colour, Align),
        field: Option<Field>,
    ) {
        let mut y = top + block.size;
        for line in &block.lines {
            self.text((x, y), block.size, look, line, field);
            y += block.pitch();
        }
    }

    /// Letters under one another, in the middle of a box.
    pub(super) fn upright(&mut self, middle: i32, (top, bottom): (i32, i32), text: &str) {
        let letters = i32::try_from(text.chars().count()).unwrap_or(0);
        let step = pitch(LABEL);
        let mut y = top + (bottom - top - letters * step) / 2 + LABEL;
        for letter in text.chars() {
            self.label((middle, y), Align::Middle, &letter.to_string());
            y += step;
        }
    }

    pub(super) fn notice(&mut self, at: (i32, i32), text: &str) {
        self.text(at, NOTICE, (Colour::Amber, Align::Middle), text, None);
    }

    pub(super) fn across(&mut self, (from, to): (i32, i32), y: i32) {
        self.fill((from, y), (to - from, LINE), self.tint);
    }

    pub(super) fn down(&mut self, x: i32, (from, to): (i32, i32)) {
        self.fill((x, from), (LINE, to - from), self.tint);
    }

    /// A box of lines, whose edges lie inside.
    pub(super) fn frame(&mut self, (left, top): (i32, i32), (right, bottom): (i32, i32)) {
        self.framed((left, top), (right, bottom), LINE, self.tint);
    }

    pub(super) fn framed(
        &mut self,
        (left, top): (i32, i32),
        (right, bottom): (i32, i32),
        line: i32,
        colour: Colour,
    ) {
        let (width, height) = (right - left, bottom - top);
        self.fill((left, top), (width, line), colour);
        self.fill((left, bottom - line), (width, line), colour);
        self.fill((left, top), (line, height), colour);
        self.fill((right - line, top), (line, height), colour);
    }

    fn fill(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), colour: Colour) {
        let [x, y, width, height] = [x, y, width, height].map(tenths);
        self.marks.push(Mark::Box { x, y, width, height, colour });
    }
}

/// Width of a text, estimated.
pub(super) fn width(text: &str, size: i32) -> i32 {
    text_width(text, tenths(size))
}

pub(super) fn tenths(length: i32) -> i16 {
    i16::try_from(length).unwrap_or(i16::MAX)
}
