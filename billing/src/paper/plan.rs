//! Which lines stand on which page.
//!
//! What fits on half a sheet of A4, the size that tax platforms draw on, stands there; the rest on whole
//! sheets. The last line and the totals stand together; a long remark goes on overleaf.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "lengths on paper, not money; texts have limits, so that none comes near i32's"
)]

use std::ops::Range;

/// Half a sheet of A4 and a whole one, in tenths of a millimetre.
pub(super) const HALF: i32 = 1_400;
pub(super) const WHOLE: i32 = 2_970;

/// How high the parts of a document are.
#[derive(Debug)]
pub(super) struct Heights {
    /// Title and parties of the first page.
    pub(super) first_top: i32,
    /// The same of those after it.
    pub(super) other_top: i32,
    pub(super) heading: i32,
    /// One a line of the table.
    pub(super) rows: Vec<i32>,
    pub(super) sub_total: i32,
    /// Totals, also in words.
    pub(super) totals: i32,
    /// Lines of the remark, each so high, and what lies around them.
    pub(super) remark_lines: usize,
    pub(super) remark_pitch: i32,
    pub(super) remark_frame: i32,
    /// Least of a remark's box anywhere, for its upright heading.
    pub(super) remark_smallest: i32,
    /// Least of a remark's box on a half sheet.
    pub(super) remark_least: i32,
    pub(super) foot: i32,
}

/// What stands on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// Lines of the table; nothing where the table is over.
    pub(super) rows: Option<Range<usize>>,
    /// Left blank under its lines, so that a short document fills its half sheet as people know it.
    pub(super) blank: i32,
    pub(super) totals: bool,
    pub(super) remark: Range<usize>,
}

/// The pages, and how high each is.
pub(super) fn plan(heights: &Heights) -> (i32, Vec<Page>) {
    let rows: i32 = heights.rows.iter().sum();
    let remark = heights.remark(heights.remark_lines).max(heights.remark_least);
    let all = heights.first_top + heights.heading + rows + heights.totals + remark + heights.foot;
    if all <= HALF {
        let (rows, remark) = (Some(0..heights.rows.len()), 0..heights.remark_lines);
        return (HALF, vec![Page { rows, blank: HALF - all, totals: true, remark }]);
    }
    (WHOLE, whole_sheets(heights))
}

fn whole_sheets(heights: &Heights) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    let (mut row, mut said, mut totals) = (0, 0, false);
    while !totals || said < heights.remark_lines {
        let top = if pages.is_empty() { heights.first_top } else { heights.other_top };
        let mut room = WHOLE - top - heights.foot;
        let mut page = Page::default();
        if !totals {
            room -= heights.heading + heights.sub_total;
            let from = row;
            // A page that begins with the table takes a line whatever it needs, so that there is an end.
            let must = !pages.is_empty();
            while let Some(height) = heights.rows.get(row) {
                let is_last = row + 1 == heights.rows.len();
                let needed = height + if is_last { heights.totals } else { 0 };
                if needed > room && !(must && row == from) {
                    break;
                }
                room -= needed;
                row += 1;
                totals = is_last;
            }
            // A document without a line has its totals all the same.
            totals |= heights.rows.is_empty();
            page.rows = Some(from..row);
            page.totals = totals;
        }
        if totals {
            let lines = heights.remark_that_fits(room).min(heights.remark_lines - said);
            page.remark = said..said + lines;
            said += lines;
        }
        pages.push(page);
    }
    pages
}

impl Heights {
    /// A box with so many lines of the remark.
    pub(super) fn remark(&self, lines: usize) -> i32 {
        let lines = i32::try_from(lines).unwrap_or(i32::MAX);
        self.remark_frame + lines.saturating_mul(self.remark_pitch)
    }

    fn remark_that_fits(&self, room: i32) -> usize {
        if room < self.remark_smallest {
            return 0;
        }
        let lines = (room - self.remark_frame).max(0) / self.remark_pitch.max(1);
        usize::try_from(lines).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(rows: usize, remark_lines: usize) -> Heights {
        Heights {
            first_top: 500,
            other_top: 400,
            heading: 60,
            rows: vec![100; rows],
            sub_total: 50,
            totals: 120,
            remark_lines,
            remark_pitch: 40,
            remark_frame: 20,
            remark_smallest: 84,
            remark_least: 130,
            foot: 120,
        }
    }

    #[test]
    fn a_short_document_stands_on_half_a_sheet() {
        // 500 + 60 + 4 × 100 + 120 + 130 + 120 = 1330; one more line is 1430.
        let (height, pages) = plan(&heights(4, 2));
        assert_eq!((height, pages.len(), pages[0].blank), (HALF, 1, 70));
        let (height, pages) = plan(&heights(5, 2));
        assert_eq!((height, pages.len()), (WHOLE, 1));
    }

    #[test]
    fn every_line_stands_on_one_page_and_the_last_with_the_totals() {
        for rows in 1..=100 {
            for remark_lines in [0, 1, 30, 200] {
                let heights = heights(rows, remark_lines);
                let (height, pages) = plan(&heights);
                let mut row = 0;
                let mut said = 0;
                for (number, page) in pages.iter().enumerate() {
                    let mut used = if number == 0 { 500 } else { 400 } + 120;
                    if let Some(range) = &page.rows {
                        assert_eq!(range.start, row, "{rows} {remark_lines}");
                        row = range.end;
                        used += 60 + 100 * i32::try_from(range.len()).unwrap();
                        assert_eq!(page.totals, row == rows);
                        assert!(!range.is_empty() || number == 0);
                    }
                    used += if page.totals { 120 } else { 0 };
                    if !page.remark.is_empty() {
                        assert_eq!(page.remark.start, said);
                        said = page.remark.end;
                        used += heights.remark(page.remark.len());
                    }
                    assert!(used <= height, "{rows} {remark_lines}: page {number} needs {used}");
                }
                assert_eq!((row, said), (rows, remark_lines));
                assert_eq!(pages.iter().filter(|page| page.totals).count(), 1);
            }
        }
    }

    #[test]
    fn a_line_that_no_page_holds_does_not_go_on_for_ever() {
        let mut tall = heights(3, 1);
        tall.rows = vec![100, 5_000, 100];
        assert_eq!(plan(&tall).1.len(), 3);
    }
}
