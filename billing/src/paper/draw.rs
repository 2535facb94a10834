//! A form as sheets: what stands where. Every page has the title, the sample mark, the parties and
//! the foot; the table, the totals and the remark stand where the plan says.
//!
//! The places follow the printed form of the 数电票 as people know it: code at the upper left, title in
//! the middle with two lines under it, number and date at the upper right, buyer beside seller, the table,
//! the totals in words and figures, the remark, the drawer. The seal of the tax bureau is not
//! drawn: the sample mark stands in its place.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "lengths on paper, not money; texts have limits, so that none comes near i32's"
)]

mod foot;
mod pen;
mod remark;
mod sides;
mod table;
mod title;

use super::form::Form;
use super::plan::{Heights, plan};
use crate::sheet::Sheet;
use foot::Foot;
use pen::{Pen, tenths};
use remark::Remark;
use sides::Sides;
use table::Table;

/// Width of a page and where its content lies, in tenths of a millimetre.
const WIDTH: i32 = 2_100;
const LEFT: i32 = 60;
const RIGHT: i32 = 2_040;

/// The pages of a document.
pub(super) fn sheets(form: &Form) -> Vec<Sheet> {
    let (all, brief) = (Sides::all(form), Sides::brief(form));
    let title_height = title::height(form);
    let (table, remark, foot) = (Table::of(form), Remark::of(form), Foot::of(form));
    let heights = Heights {
        first_top: title_height + all.height,
        other_top: title_height + brief.height,
        heading: table.heading_height(),
        rows: table.row_heights(),
        sub_total: table::SUM_ROW,
        totals: table.totals_height(),
        remark_lines: remark.lines.len(),
        remark_pitch: remark::PITCH,
        remark_frame: remark::FRAME,
        remark_smallest: remark::SMALLEST,
        remark_least: remark::LEAST,
        foot: foot.height,
    };
    let (height, pages) = plan(&heights);
    let mut sheets = Vec::with_capacity(pages.len());
    let tables = pages.iter().filter(|page| page.rows.is_some()).count();
    let sub_total = (tables > 1).then_some(form.words.sub_total);
    for (number, page) in pages.iter().enumerate() {
        let mut pen = Pen::new(form.tint, number);
        title::draw(&mut pen, form, (number + 1, pages.len()));
        pen.y = title_height;
        if number == 0 {
            all.draw(&mut pen);
        } else {
            brief.draw(&mut pen);
        }
        if let Some(rows) = &page.rows {
            table.draw(&mut pen, form, rows.clone(), page.blank);
            if let Some(name) = sub_total {
                table::draw_sum(&mut pen, form, rows.clone(), name);
            }
        }
        if page.totals {
            table.draw_totals(&mut pen, form);
        }
        if page.totals || !page.remark.is_empty() {
            remark.draw(&mut pen, form, page.remark.clone(), height - foot.height);
        }
        foot.draw(&mut pen, form, height);
        sheets.push(Sheet {
            title: format!("{} {}", form.title, form.number),
            language: form.words.language,
            dated_on: form.dated_on,
            width: tenths(WIDTH),
            height: tenths(height),
            marks: pen.marks,
        });
    }
    sheets
}
