//! What one would write by hand for 'the nearest free bays' and nothing else.
//!
//! Cells of 100 m in rows, the bays of each in one stretch, a bit for each that is free. It knows one city on a
//! plane, no ids, no versions, no permits: it is what the search is measured against.

use std::sync::atomic::{AtomicU64, Ordering};

use vocabulary::Point;

const CELL_M: f64 = 100.0;
const M_PER_DEG: f64 = 111_195.08;

pub(crate) struct BareGrid {
    west: f64,
    south: f64,
    lon_m: f64,
    columns: usize,
    rows: usize,
    /// Where the bays of each cell begin; one more at the end.
    begins: Vec<u32>,
    /// Metres from the south-west corner, in order of cell.
    places: Vec<(f32, f32)>,
    /// Which bay as given stands where.
    number: Vec<u32>,
    slot: Vec<u32>,
    free: Vec<AtomicU64>,
}

impl BareGrid {
    pub(crate) fn build(bays: impl Iterator<Item = (Point, bool)>) -> BareGrid {
        let bays: Vec<(Point, bool)> = bays.collect();
        let least =
            |of: fn(Point) -> f64| bays.iter().map(|(at, _)| of(*at)).fold(f64::INFINITY, f64::min);
        let (west, south) = (least(Point::lon), least(Point::lat));
        let middle = south + 0.087;
        let lon_m = M_PER_DEG * middle.to_radians().cos();
        let metres: Vec<(f32, f32)> = bays
            .iter()
            .map(|(at, _)| {
                (((at.lon() - west) * lon_m) as f32, ((at.lat() - south) * M_PER_DEG) as f32)
            })
            .collect();
        let most = |of: fn(&(f32, f32)) -> f32| metres.iter().map(of).fold(0.0, f32::max);
        let columns = (f64::from(most(|p| p.0)) / CELL_M) as usize + 1;
        let rows = (f64::from(most(|p| p.1)) / CELL_M) as usize + 1;
        let cell = |(x, y): (f32, f32)| {
            (f64::from(y) / CELL_M) as usize * columns + (f64::from(x) / CELL_M) as usize
        };
        let mut number: Vec<u32> = (0..bays.len() as u32).collect();
        number.sort_by_key(|n| cell(metres[*n as usize]));
        let mut begins = vec![0_u32; columns * rows + 1];
        metres.iter().for_each(|place| begins[cell(*place) + 1] += 1);
        (1..begins.len()).for_each(|i| begins[i] += begins[i - 1]);
        let mut slot = vec![0; bays.len()];
        (0_u32..).zip(&number).for_each(|(at, n)| slot[*n as usize] = at);
        let free = (0..bays.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let places = number.iter().map(|n| metres[*n as usize]).collect();
        let grid =
            BareGrid { west, south, lon_m, columns, rows, begins, places, number, slot, free };
        bays.iter().enumerate().for_each(|(n, (_, is_free))| grid.set(n, *is_free));
        grid
    }

    pub(crate) fn set(&self, bay: usize, free: bool) {
        let slot = self.slot[bay] as usize;
        let (word, bit) = (&self.free[slot / 64], 1 << (slot % 64));
        if free {
            word.fetch_or(bit, Ordering::Relaxed);
        } else {
            word.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    /// Bay and distance, nearest first.
    pub(crate) fn nearest(&self, at: Point, radius_m: f64, limit: usize) -> Vec<(u32, f64)> {
        let x = ((at.lon() - self.west) * self.lon_m) as f32;
        let y = ((at.lat() - self.south) * M_PER_DEG) as f32;
        let (column, row) = ((f64::from(x) / CELL_M) as i64, (f64::from(y) / CELL_M) as i64);
        let mut found: Vec<(f32, u32)> = Vec::with_capacity(limit * 4);
        let radius = radius_m as f32;
        let within = (f64::from(x) % CELL_M).min(f64::from(y) % CELL_M);
        let inset = within.min(CELL_M - (f64::from(x) % CELL_M).max(f64::from(y) % CELL_M)) as f32;
        for ring in 0_i64.. {
            for north in -ring..=ring {
                let step = if north.abs() == ring { 1 } else { (2 * ring).max(1) };
                for east in (-ring..=ring).step_by(step as usize) {
                    self.look(column + east, row + north, (x, y), radius, &mut found);
                }
            }
            let seen = ring as f32 * CELL_M as f32 + inset;
            let certain = found.iter().filter(|(d, _)| *d <= seen).count();
            if certain >= limit || seen >= radius {
                break;
            }
        }
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        found.truncate(limit);
        found.into_iter().map(|(d, slot)| (self.number[slot as usize], f64::from(d))).collect()
    }

    fn look(
        &self,
        column: i64,
        row: i64,
        (x, y): (f32, f32),
        radius: f32,
        found: &mut Vec<(f32, u32)>,
    ) {
        if column < 0 || row < 0 || column as usize >= self.columns || row as usize >= self.rows {
            return;
        }
        let cell = row as usize * self.columns + column as usize;
        let (from, to) = (self.begins[cell] as usize, self.begins[cell + 1] as usize);
        for word in from / 64..to.div_ceil(64) {
            let mut bits = self.free[word].load(Ordering::Relaxed);
            if word == from / 64 {
                bits &= u64::MAX << (from % 64);
            }
            if word == to / 64 {
                bits &= (1 << (to % 64)) - 1;
            }
            while bits != 0 {
                let slot = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let (bay_x, bay_y) = self.places[slot];
                let (east, north) = (bay_x - x, bay_y - y);
                let distance = (east * east + north * north).sqrt();
                if distance <= radius {
                    found.push((distance, slot as u32));
                }
            }
        }
    }
}
