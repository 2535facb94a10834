//! The cells of the grid: which stretch of the sorted bays lies in which 0.0009° by 0.0009°.
//!
//! Cells lie in pages of 16 by 16. A page with a bay in it takes a kilobyte, whatever else is in it; one look-up leads to
//! all its cells, so that rings of empty cells cost next to nothing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::RangeInclusive;

use vocabulary::Point;

use crate::cell::rim;

/// Edge of a cell in ten-millionths of a degree: 100 m north to south, 80 m east to west at 36.5° north.
pub(super) const EDGE: i32 = 9000;
/// Ten-millionths of a degree in a degree.
const UNITS: f64 = 1e7;
/// Cells of a page in a row, and in all.
const PAGE_EDGE: i32 = 16;
const PAGE_CELLS: usize = 256;
/// Pages around the earth, and their bits.
const PAGE_BITS: u32 = 16;
const PAGES: i32 = 1 << PAGE_BITS;
/// Pages that a search remembers: so many rows and columns of them.
const PAGES_KNOWN: i32 = 4;

/// A place in ten-millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) lon: i32,
    pub(super) lat: i32,
}

/// Row and column of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellKey {
    pub(super) row: i32,
    pub(super) column: i32,
}

/// Which bays stand in which cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    /// Numbers of the pages.
    pages: HashMap<u64, u32, BuildHasherDefault<Spread>>,
    /// Of each page the first slot of each cell, and the one after its last.
    begins: Vec<[u32; PAGE_CELLS + 1]>,
}

/// The cells as one search sees them: it remembers the pages that it looked up.
#[derive(Debug)]
pub(super) struct Around<'a> {
    cells: &'a Cells,
    known: [Option<(u64, Page<'a>)>; 16],
}

/// The begins of its cells, if there is such a page.
type Page<'a> = Option<&'a [u32; PAGE_CELLS + 1]>;

/// One multiplication; the keys are small numbers of our own, so nobody can choose them to collide.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, key: u32) {
        self.write_u64(u64::from(key));
    }

    fn write_u64(&mut self, key: u64) {
        let spread = (self.0 ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}

impl Units {
    /// Kept to a centimetre.
    #[expect(clippy::cast_possible_truncation, reason = "at most 1,800,000,000")]
    pub(super) fn of(at: Point) -> Units {
        Units { lon: (at.lon() * UNITS).round() as i32, lat: (at.lat() * UNITS).round() as i32 }
    }

    #[inline]
    pub(super) fn degrees(self) -> (f64, f64) {
        (f64::from(self.lon) / UNITS, f64::from(self.lat) / UNITS)
    }

    /// # Panics
    /// Never: units of a point are those of a point.
    pub(super) fn point(self) -> Point {
        let (lon, lat) = self.degrees();
        Point::new(lon, lat).expect("units of a point are those of a point")
    }
}

impl CellKey {
    /// The cell of a place.
    pub(super) fn of(at: Units) -> CellKey {
        CellKey { row: at.lat.div_euclid(EDGE), column: at.lon.div_euclid(EDGE) }
    }

    /// The cells exactly `ring` steps away.
    pub(super) fn rim(self, ring: i32) -> impl Iterator<Item = CellKey> {
        rim(ring).map(move |(north, east)| CellKey {
            row: self.row.saturating_add(north),
            column: self.column.saturating_add(east),
        })
    }

    /// West, south, east and north border of the square of cells within `ring` steps, in degrees.
    pub(super) fn borders(self, ring: i32) -> [f64; 4] {
        let degrees = |step: i32| f64::from(step) * f64::from(EDGE) / UNITS;
        [
            degrees(self.column - ring),
            degrees(self.row - ring),
            degrees(self.column + ring + 1),
            degrees(self.row + ring + 1),
        ]
    }

    /// The cells of a rectangle between two of its corners, both included.
    pub(super) fn between(self, north_east: CellKey) -> impl Iterator<Item = CellKey> {
        let columns = self.column..=north_east.column;
        (self.row..=north_east.row)
            .flat_map(move |row| columns.clone().map(move |column| CellKey { row, column }))
    }

    /// How many cells `between` would give.
    pub(super) fn count_between(self, north_east: CellKey) -> usize {
        let side = |from: i32, to: i32| usize::try_from(to - from + 1).unwrap_or(0);
        side(self.row, north_east.row).saturating_mul(side(self.column, north_east.column))
    }

    /// In this order bays are sorted: by page, and by cell within it. Rows are at most 18 bits and columns 19.
    pub(super) fn order(self) -> u64 {
        let part =
            |number: i32| u64::from((number.div_euclid(PAGE_EDGE) + PAGES / 2).cast_unsigned());
        (part(self.row) << PAGE_BITS | part(self.column)) << 8 | self.place() as u64
    }

    #[inline]
    fn page(self) -> u64 {
        let part = |number: i32| u64::from(number.div_euclid(PAGE_EDGE).cast_unsigned());
        part(self.row) << 32 | part(self.column)
    }

    /// Which cell of its page it is.
    #[inline]
    fn place(self) -> usize {
        let part = |number: i32| number.rem_euclid(PAGE_EDGE);
        (part(self.row) * PAGE_EDGE + part(self.column)).cast_unsigned() as usize
    }
}

impl Cells {
    /// From the cells of the bays, in their order.
    pub(super) fn of_sorted(cells: impl Iterator<Item = CellKey>) -> Cells {
        let mut all = Cells::default();
        for cell in cells {
            let next = u32::try_from(all.begins.len()).unwrap_or(u32::MAX);
            let page = *all.pages.entry(cell.page()).or_insert(next);
            if page == next {
                all.begins.push([0; PAGE_CELLS + 1]);
            }
            // How many there are in each cell, first.
            all.begins[page as usize][cell.place() + 1] += 1;
        }
        let mut slot = 0;
        for begin in all.begins.as_flattened_mut() {
            slot += *begin;
            *begin = slot;
        }
        all.pages.shrink_to_fit();
        all.begins.shrink_to_fit();
        all
    }

    /// For one search.
    pub(super) fn around(&self) -> Around<'_> {
        Around { cells: self, known: [None; 16] }
    }

    /// How many there are, empty ones on the same pages included.
    pub(super) fn len(&self) -> usize {
        self.begins.len() * PAGE_CELLS
    }

    pub(super) fn bytes(&self) -> usize {
        // Buckets are a power of two, of which seven eighths are used at most; one byte of control each.
        let pages = (self.pages.capacity() * 8).div_ceil(7) * (size_of::<(u64, u32)>() + 1);
        pages + size_of_val(self.begins.as_slice())
    }
}

impl<'a> Around<'a> {
    /// The cells with bays exactly `ring` steps from one, each with its first slot and the one after its last.
    #[inline]
    pub(super) fn rim(
        &mut self,
        centre: CellKey,
        ring: i32,
    ) -> impl Iterator<Item = (CellKey, (u32, u32))> {
        centre.rim(ring).filter_map(|cell| Some((cell, self.slots(cell)?)))
    }

    /// Calls for the bays of some cells of a row: of each page one stretch, with its first slot and the one after its last.
    #[inline]
    pub(super) fn stretches(
        &mut self,
        row: i32,
        columns: RangeInclusive<i32>,
        mut visit: impl FnMut(u32, u32),
    ) {
        let (mut column, last) = columns.into_inner();
        while column <= last {
            let first = CellKey { row, column };
            let end = CellKey { row, column: last.min(column | (PAGE_EDGE - 1)) };
            if let Some(begins) = self.page(first) {
                visit(begins[first.place()], begins[end.place() + 1]);
            }
            column = end.column + 1;
        }
    }

    /// Slots around a cell, up to so many to each side on its page; and of how many cells they are if all have as many.
    pub(super) fn neighbours(&mut self, cell: CellKey, each_side: u32) -> Option<(u32, u32, f64)> {
        let begins = self.page(cell)?;
        let (first, here, end) = (begins[0], begins[cell.place()], begins[PAGE_CELLS]);
        let (from, to) = (here.saturating_sub(each_side).max(first), end.min(here + each_side));
        let part = f64::from(to - from) / f64::from(end - first);
        Some((from, to, part * PAGE_CELLS as f64))
    }

    /// First slot of a cell and the one after its last; nothing if no bay stands in it.
    #[inline]
    pub(super) fn slots(&mut self, cell: CellKey) -> Option<(u32, u32)> {
        let (begins, place) = (self.page(cell)?, cell.place());
        let (from, to) = (begins[place], begins[place + 1]);
        (from < to).then_some((from, to))
    }

    #[inline]
    fn page(&mut self, cell: CellKey) -> Page<'a> {
        let page = cell.page();
        // Neighbouring pages are remembered in different places.
        let part = |number: i32| number.div_euclid(PAGE_EDGE).rem_euclid(PAGES_KNOWN);
        let known = part(cell.row) * PAGES_KNOWN + part(cell.column);
        let known = &mut self.known[known.cast_unsigned() as usize];
        match *known {
            Some((number, begins)) if number == page => begins,
            _ => {
                let number = self.cells.pages.get(&page);
                let begins = number.map(|number| &self.cells.begins[*number as usize]);
                *known = Some((page, begins));
                begins
            }
        }
    }
}
