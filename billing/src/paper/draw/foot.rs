//! The lower edge of every page: the drawer, and that it is a sample.

use super::pen::{LABEL, Pen, width};
use super::{LEFT, RIGHT, WIDTH};
use crate::paper::block::{Block, pitch};
use crate::paper::form::Form;
use crate::sheet::{Align, Colour};

/// Height with one line for the drawer.
const LEAST: i32 = 130;
/// From the upper edge to the top of the first line, and from the notice to the lower edge of the page.
const ABOVE: i32 = 26;
const BELOW: i32 = 34;

/// Entries under one another, measured.
pub(super) struct Foot {
    pub(super) height: i32,
    entries: Vec<Entry>,
}

struct Entry {
    label: String,
    left: i32,
    value: Block,
    field: Option<&'static str>,
}

impl Foot {
    pub(super) fn of(form: &Form) -> Self {
        let entries = form.foot.iter().map(|entry| {
            let left = LEFT + width(&entry.label, LABEL) + 6;
            let value = Block::fitted(&entry.value, RIGHT - left, 1);
            Entry { label: entry.label.clone(), left, value, field: entry.field }
        });
        let entries: Vec<Entry> = entries.collect();
        let taken: i32 = entries.iter().map(Entry::height).sum();
        // The first line is in `LEAST`.
        Foot { height: LEAST + (taken - pitch(LABEL)).max(0), entries }
    }

    pub(super) fn draw(&self, pen: &mut Pen, form: &Form, height: i32) {
        let mut y = height - self.height + ABOVE;
        for entry in &self.entries {
            pen.label((LEFT, y + LABEL), Align::Left, &entry.label);
            let field = pen.repeated(entry.field);
            pen.block((entry.left, y), &entry.value, (Colour::Ink, Align::Left), field);
            y += entry.height();
        }
        pen.notice((WIDTH / 2, height - BELOW), form.words.notice);
    }
}

impl Entry {
    fn height(&self) -> i32 {
        self.value.height().max(pitch(LABEL))
    }
}
