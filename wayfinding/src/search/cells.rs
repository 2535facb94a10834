//! The cells of the grid: which stretch of the sorted bays lies in which 0.0009° by 0.0009°.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Edge of a cell in ten-millionths of a degree: 100 m north to south, 80 m east to west at 36.5° north.
const EDGE: i32 = 9000;
/// Ten-millionths of a degree in a degree.
pub(super) const UNITS: f64 = 1e7;

/// Row and column of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellKey {
    row: i32,
    column: i32,
}

/// Which bays stand in which cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(HashMap<u64, (u32, u32), BuildHasherDefault<Spread>>);

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

    fn write_u64(&mut self, key: u64) {
        let spread = (self.0 ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}

impl CellKey {
    /// The cell of a place in ten-millionths of a degree.
    pub(super) fn of(lon: i32, lat: i32) -> CellKey {
        CellKey { row: lat.div_euclid(EDGE), column: lon.div_euclid(EDGE) }
    }

    /// The cells exactly `ring` steps away.
    pub(super) fn rim(self, ring: i32) -> impl Iterator<Item = CellKey> {
        (-ring..=ring).flat_map(move |north| {
            let step = if north.abs() == ring { 1 } else { ring.saturating_mul(2).max(1) };
            (-ring..=ring).step_by(usize::try_from(step).unwrap_or(1)).map(move |east| CellKey {
                row: self.row.saturating_add(north),
                column: self.column.saturating_add(east),
            })
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

    fn key(self) -> u64 {
        let part = |number: i32| u64::from(number.cast_unsigned());
        part(self.row) << 32 | part(self.column)
    }
}

impl Cells {
    /// From the cells of the bays, in their order.
    pub(super) fn of_sorted(cells: impl Iterator<Item = CellKey>) -> Cells {
        let mut all = Cells::default();
        for (slot, cell) in (0..).zip(cells) {
            all.0
                .entry(cell.key())
                .and_modify(|(_, end)| *end = slot + 1)
                .or_insert((slot, slot + 1));
        }
        all.0.shrink_to_fit();
        all
    }

    /// First slot of a cell and the one after its last.
    pub(super) fn slots(&self, cell: CellKey) -> Option<(u32, u32)> {
        self.0.get(&cell.key()).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn bytes(&self) -> usize {
        // Buckets are a power of two, of which seven eighths are used at most; one byte of control each.
        (self.0.capacity() * 8).div_ceil(7) * (size_of::<(u64, (u32, u32))>() + 1)
    }
}
