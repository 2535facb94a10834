//! The table of lines, its sums, and the total in words and figures.

use std::ops::Range;

use super::pen::{LABEL, Pen, width};
use super::{LEFT, RIGHT};
use crate::invoice::Totals;
use crate::paper::block::{Block, pitch};
use crate::paper::form::{Column, Form, Row};
use crate::sheet::{Align, Colour, Field};

const PADDING: i32 = 10;
/// Under a row.
const UNDER: i32 = 6;
/// Inside a cell, at its sides.
const INSET: i32 = 10;
/// A row of sums.
pub(super) const SUM_ROW: i32 = 56;
/// Letters of the detail of a line.
const DETAIL: i32 = 22;
/// Where the words and the figures of the total begin.
const WORDS_LEFT: i32 = LEFT + 460;
const FIGURES_LEFT: i32 = 1_400;

/// The table, measured.
pub(super) struct Table {
    headings: Vec<Block>,
    rows: Vec<MeasuredRow>,
    in_words: Block,
    in_figures: Block,
}

struct MeasuredRow {
    cells: Vec<Block>,
    detail: Block,
}

impl Table {
    pub(super) fn of(form: &Form) -> Self {
        let heading = |column: &Column| Block::fitted(column.heading, column.inner(), 2);
        let figures_left = FIGURES_LEFT + width(&form.in_figures.label, LABEL) + 6;
        Table {
            headings: form.columns.iter().map(heading).collect(),
            rows: form.rows.iter().map(|row| MeasuredRow::of(row, &form.columns)).collect(),
            in_words: Block::fitted(&form.in_words.value, FIGURES_LEFT - WORDS_LEFT - 20, 2),
            in_figures: Block::fitted(&form.in_figures.value, RIGHT - INSET - figures_left, 1),
        }
    }

    pub(super) fn heading_height(&self) -> i32 {
        let tallest = self.headings.iter().map(Block::height).max().unwrap_or(0);
        tallest + 2 * PADDING
    }

    pub(super) fn row_heights(&self) -> Vec<i32> {
        self.rows.iter().map(MeasuredRow::height).collect()
    }

    fn total_height(&self) -> i32 {
        let tallest = self.in_words.height().max(self.in_figures.height()).max(pitch(LABEL));
        tallest + 2 * PADDING
    }

    pub(super) fn totals_height(&self) -> i32 {
        SUM_ROW + self.total_height()
    }

    /// Headings, some rows, and what is left blank under them.
    pub(super) fn draw(&self, pen: &mut Pen, form: &Form, rows: Range<usize>, blank: i32) {
        let top = pen.y;
        let mut left = LEFT;
        for (column, heading) in form.columns.iter().zip(&self.headings) {
            let at = (column.anchor(left), top + PADDING);
            pen.block(at, heading, (form.tint, column.align), None);
            left += column.width;
        }
        pen.y += self.heading_height();
        pen.across((LEFT, RIGHT), pen.y);
        for number in rows {
            if let Some(row) = self.rows.get(number) {
                row.draw(pen, form, number);
            }
        }
        pen.y += blank;
        frame(pen, top);
    }

    /// The sum of all rows, and the total in words and figures.
    pub(super) fn draw_totals(&self, pen: &mut Pen, form: &Form) {
        let top = pen.y;
        let totals = Totals::sum(form.rows.iter().map(|row| row.totals)).unwrap_or_default();
        sums(pen, form, form.words.total, totals, tagged);
        pen.across((LEFT, RIGHT), pen.y);
        let line = pen.y + PADDING;
        pen.label((LEFT + INSET, line + LABEL), Align::Left, &form.in_words.label);
        let look = (Colour::Ink, Align::Left);
        pen.block((WORDS_LEFT, line), &self.in_words, look, tagged(form.in_words.field));
        let label = &form.in_figures.label;
        pen.label((FIGURES_LEFT, line + LABEL), Align::Left, label);
        let after = FIGURES_LEFT + width(label, LABEL) + 6;
        let look = (form.figures, Align::Left);
        pen.block((after, line), &self.in_figures, look, tagged(form.in_figures.field));
        pen.y += self.total_height();
        if !form.in_words.label.is_empty() {
            pen.down(WORDS_LEFT - 14, (pen.y - self.total_height(), pen.y));
        }
        frame(pen, top);
    }
}

/// The sum of some rows, where there are several pages of them.
pub(super) fn draw_sum(pen: &mut Pen, form: &Form, rows: Range<usize>, name: &str) {
    let top = pen.y;
    let of_page = form.rows.get(rows).unwrap_or_default();
    let totals = Totals::sum(of_page.iter().map(|row| row.totals)).unwrap_or_default();
    sums(pen, form, name, totals, |_| None);
    frame(pen, top);
}

/// The lines around what was drawn from an upper edge on, which it shares with the box above.
fn frame(pen: &mut Pen, top: i32) {
    let bottom = pen.y;
    pen.frame((LEFT, top - 3), (RIGHT, bottom));
}

/// A row of sums: of a page, or of all, which programs read.
fn sums(
    pen: &mut Pen,
    form: &Form,
    name: &str,
    totals: Totals,
    tag: fn(Option<&'static str>) -> Option<Field>,
) {
    let top = pen.y + PADDING;
    let mut left = LEFT;
    for (number, column) in form.columns.iter().enumerate() {
        if let Some((sum, field)) = column.sum {
            let amount = form.money.signed(sum.of(totals));
            let block = Block::fitted(&amount, column.inner(), 1);
            let at = (column.anchor(left), top);
            pen.block(at, &block, (form.figures, column.align), tag(field));
        } else if number == 0 {
            pen.label((left + column.width / 2, top + LABEL), Align::Middle, name);
        }
        left += column.width;
    }
    pen.y += SUM_ROW;
}

/// The field of a value that a document has once.
fn tagged(name: Option<&'static str>) -> Option<Field> {
    name.map(|name| Field { name, number: 1 })
}

impl Column {
    fn inner(&self) -> i32 {
        self.width - 2 * INSET
    }

    /// Where its texts stand.
    fn anchor(&self, left: i32) -> i32 {
        match self.align {
            Align::Left => left + INSET,
            Align::Middle => left + self.width / 2,
            Align::Right => left + self.width - INSET,
        }
    }
}

impl MeasuredRow {
    fn of(row: &Row, columns: &[Column]) -> Self {
        let cells = row.cells.iter().zip(columns);
        MeasuredRow {
            cells: cells.map(|(cell, column)| Block::fitted(cell, column.inner(), 3)).collect(),
            detail: Block::sized(&row.detail, RIGHT - LEFT - 4 * INSET, DETAIL),
        }
    }

    fn height(&self) -> i32 {
        PADDING + self.cells_height() + self.detail.height() + UNDER
    }

    fn cells_height(&self) -> i32 {
        self.cells.iter().map(Block::height).max().unwrap_or(0)
    }

    fn draw(&self, pen: &mut Pen, form: &Form, number: usize) {
        let top = pen.y + PADDING;
        let mut left = LEFT;
        let number = u16::try_from(number.saturating_add(1)).unwrap_or(u16::MAX);
        for (column, cell) in form.columns.iter().zip(&self.cells) {
            let field = column.field.map(|name| Field { name, number });
            let colour = if column.sum.is_some() { form.figures } else { Colour::Ink };
            pen.block((column.anchor(left), top), cell, (colour, column.align), field);
            left += column.width;
        }
        let at = (LEFT + 2 * INSET, top + self.cells_height());
        pen.block(at, &self.detail, (Colour::Faint, Align::Left), None);
        pen.y += self.height();
    }
}
