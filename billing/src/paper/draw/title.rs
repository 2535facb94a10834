//! The upper part of a page: code, title, sample mark, number and date.

use super::pen::{LABEL, Pen, tenths, width};
use super::{LEFT, RIGHT, WIDTH};
use crate::paper::block::{Block, pitch};
use crate::paper::code::cells;
use crate::paper::form::{Entry, Form};
use crate::sheet::{Align, Colour, Mark};

const MIDDLE: i32 = WIDTH / 2;
const TITLE: i32 = 52;
/// Where number and date begin, to the side and from above.
const ASIDE: i32 = 1_440;
const TOP: i32 = 56;
/// Upper edge and side of the code.
const CODE_TOP: i32 = 48;
const CODE_SIDE: i32 = 190;
/// The sample mark and the least height of all.
const SAMPLE: (i32, i32) = (158, 244);
const LEAST: i32 = 266;

/// Down to where the parties begin.
pub(super) fn height(form: &Form) -> i32 {
    // A line is kept for the number of the page.
    let entries: i32 = form.head.iter().map(entry_height).sum();
    (TOP + entries + pitch(LABEL) + 20).max(LEAST)
}

fn entry_height(entry: &Entry) -> i32 {
    value(entry).1.height().max(pitch(LABEL)) + 8
}

/// Where a value begins, and its lines.
fn value(entry: &Entry) -> (i32, Block) {
    let left = ASIDE + width(&entry.label, LABEL) + 6;
    (left, Block::fitted(&entry.value, RIGHT - left, 1))
}

/// Page and pages are written where there are several.
pub(super) fn draw(pen: &mut Pen, form: &Form, (page, pages): (usize, usize)) {
    if let Some(code) = form.code.as_deref().and_then(cells) {
        draw_code(pen, code);
    }
    pen.text((MIDDLE, 104), TITLE, (form.tint, Align::Middle), &form.title, None);
    let half = width(&form.title, TITLE) / 2 + 20;
    for y in [124, 133] {
        pen.across((MIDDLE - half, MIDDLE + half), y);
    }
    if let Some(badge) = form.badge {
        let (left, wide) = (MIDDLE + half + 10, width(badge, 30) + 20);
        pen.framed((left, 64), (left + wide, 112), 4, Colour::Red);
        pen.text((left + wide / 2, 99), 30, (Colour::Red, Align::Middle), badge, None);
    }
    draw_sample(pen, form);
    let mut y = TOP;
    for entry in &form.head {
        let (left, block) = value(entry);
        pen.label((ASIDE, y + LABEL), Align::Left, &entry.label);
        let field = pen.repeated(entry.field);
        pen.block((left, y), &block, (Colour::Ink, Align::Left), field);
        y += entry_height(entry);
    }
    if pages > 1 {
        let text = (form.words.page)(page, pages);
        pen.label((RIGHT, y + LABEL), Align::Right, &text);
    }
}

fn draw_code(pen: &mut Pen, rows: Vec<Vec<bool>>) {
    let count = i32::try_from(rows.len()).unwrap_or(1).max(1);
    let [x, y, cell] = [LEFT, CODE_TOP, (CODE_SIDE / count).max(1)].map(tenths);
    pen.marks.push(Mark::Code { x, y, cell, rows });
}

/// Where the tax bureau's seal would be.
fn draw_sample(pen: &mut Pen, form: &Form) {
    let [large, small] = form.words.sample;
    let half = width(large, 34).max(width(small, 20)) / 2 + 24;
    let (top, bottom) = SAMPLE;
    pen.framed((MIDDLE - half, top), (MIDDLE + half, bottom), 4, Colour::Amber);
    let look = (Colour::Amber, Align::Middle);
    pen.text((MIDDLE, top + 42), 34, look, large, None);
    pen.text((MIDDLE, top + 72), 20, look, small, None);
}
