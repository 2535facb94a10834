//! The bays of a city, sorted by cell: what does not change as plain rows, what does as atoms beside them.
//!
//! Built once from a register and built anew when it changes. States change while searches go on: readers never
//! wait. One writer at a time; a reader may see one of two changes and not yet the other, never half a bay.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use vocabulary::{BayCode, BayId, BlockId, Interval, Point, Timestamp};

use super::cells::{CellKey, Cells, Spread, UNITS};
use super::permit::Permit;
use crate::State;

/// A bay as it goes in.
#[derive(Clone, Debug, PartialEq)]
pub struct BayFacts {
    pub id: BayId,
    pub code: BayCode,
    /// Kept to a ten-millionth of a degree: a centimetre.
    pub at: Point,
    pub block: BlockId,
    pub permit: Permit,
    pub closures: Vec<Interval>,
    pub known: Known,
}

/// What is known of a bay now. `version` grows with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub state: State,
    pub observed_at: Option<Timestamp>,
    pub version: i64,
}

/// All bays. A million take less than 100 bytes each.
#[derive(Debug)]
pub struct BayGrid {
    pub(super) spots: Vec<Spot>,
    rows: Vec<Row>,
    /// Slots in order of id.
    by_id: Vec<u32>,
    pub(super) permits: Vec<Permit>,
    pub(super) blocks: Vec<BlockId>,
    pub(super) closures: HashMap<u32, Vec<Interval>, BuildHasherDefault<Spread>>,
    pub(super) cells: Cells,
    pub(super) free: Bits,
    pub(super) unknown: Bits,
}

/// What a search looks at of a bay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) lon: i32,
    pub(super) lat: i32,
    pub(super) permit: u32,
    pub(super) block: u32,
}

/// What is told of a bay, side by side: few bays of those looked at are told, and memory is far away.
#[derive(Debug)]
struct Row {
    id: BayId,
    code: BayCode,
    version: AtomicI64,
    observed: AtomicI64,
}

/// A bit for each bay.
#[derive(Debug)]
pub(super) struct Bits(Vec<AtomicU64>);

/// A sensor that was never heard.
const NEVER: i64 = i64::MIN;

impl BayGrid {
    /// Sorts the bays into cells. Ids and codes are unique, as in the register.
    #[must_use]
    pub fn build(bays: impl IntoIterator<Item = BayFacts>) -> BayGrid {
        let mut bays: Vec<BayFacts> = bays.into_iter().collect();
        bays.sort_by_cached_key(|bay| {
            let (lon, lat) = units(bay.at);
            CellKey::of(lon, lat).order()
        });
        let count = bays.len();
        let mut grid = BayGrid {
            spots: Vec::with_capacity(count),
            rows: Vec::with_capacity(count),
            by_id: Vec::new(),
            permits: Vec::new(),
            blocks: Vec::new(),
            closures: HashMap::default(),
            cells: Cells::default(),
            free: Bits::new(count),
            unknown: Bits::new(count),
        };
        let (mut permits, mut blocks) = (HashMap::new(), HashMap::new());
        for (slot, bay) in (0_u32..).zip(bays) {
            grid.put(slot, bay, &mut permits, &mut blocks);
        }
        grid.cells =
            Cells::of_sorted(grid.spots.iter().map(|spot| CellKey::of(spot.lon, spot.lat)));
        // Sorted with their ids: looking each up would be a walk through all memory.
        let mut by_id: Vec<(BayId, u32)> = grid.rows.iter().map(|row| row.id).zip(0..).collect();
        by_id.sort_unstable();
        grid.by_id = by_id.into_iter().map(|(_, slot)| slot).collect();
        grid
    }

    /// How many bays there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// Takes a newer state; false if the bay is unknown or the version is not newer.
    pub fn update(&self, id: BayId, known: Known) -> bool {
        let Some(slot) = self.slot_of(id) else { return false };
        let row = &self.rows[slot];
        if known.version <= row.version.load(Ordering::Relaxed) {
            return false;
        }
        row.version.store(known.version, Ordering::Relaxed);
        row.observed.store(known.observed_at.map_or(NEVER, Timestamp::ms), Ordering::Relaxed);
        self.free.set(slot, known.state == State::Free);
        self.unknown.set(slot, known.state == State::Unknown);
        true
    }

    /// What is known of a bay.
    #[must_use]
    pub fn known(&self, id: BayId) -> Option<Known> {
        let slot = self.slot_of(id)?;
        let state = if self.free.get(slot) {
            State::Free
        } else if self.unknown.get(slot) {
            State::Unknown
        } else {
            State::Occupied
        };
        let version = self.rows[slot].version.load(Ordering::Relaxed);
        Some(Known { state, observed_at: self.seen_at(slot), version })
    }

    /// Bytes that it takes, without what closures and hours take, which few bays have of their own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * (size_of::<Spot>() + size_of::<Row>() + size_of::<u32>())
            + 2 * self.free.0.len() * size_of::<AtomicU64>()
            + self.cells.bytes()
            + self.permits.len() * size_of::<Permit>()
            + self.blocks.len() * size_of::<BlockId>()
    }

    pub(super) fn id(&self, slot: usize) -> BayId {
        self.rows[slot].id
    }

    pub(super) fn code(&self, slot: usize) -> &BayCode {
        &self.rows[slot].code
    }

    pub(super) fn seen_at(&self, slot: usize) -> Option<Timestamp> {
        let at = self.rows[slot].observed.load(Ordering::Relaxed);
        (at != NEVER).then(|| Timestamp::from_ms(at))
    }

    fn row(&self, slot: u32) -> &Row {
        &self.rows[at(slot)]
    }

    fn slot_of(&self, id: BayId) -> Option<usize> {
        let place = self.by_id.binary_search_by(|slot| self.row(*slot).id.cmp(&id)).ok()?;
        Some(at(self.by_id[place]))
    }

    fn put(
        &mut self,
        slot: u32,
        bay: BayFacts,
        permits: &mut HashMap<Permit, u32>,
        blocks: &mut HashMap<BlockId, u32>,
    ) {
        let (lon, lat) = units(bay.at);
        let permit = number_of(bay.permit, permits, &mut self.permits);
        let block = number_of(bay.block, blocks, &mut self.blocks);
        self.spots.push(Spot { lon, lat, permit, block });
        self.rows.push(Row {
            id: bay.id,
            code: bay.code,
            version: AtomicI64::new(bay.known.version),
            observed: AtomicI64::new(bay.known.observed_at.map_or(NEVER, Timestamp::ms)),
        });
        self.free.set(at(slot), bay.known.state == State::Free);
        self.unknown.set(at(slot), bay.known.state == State::Unknown);
        if !bay.closures.is_empty() {
            self.closures.insert(slot, bay.closures);
        }
    }
}

impl Spot {
    #[inline]
    pub(super) fn degrees(self) -> (f64, f64) {
        (f64::from(self.lon) / UNITS, f64::from(self.lat) / UNITS)
    }
}

impl Bits {
    fn new(count: usize) -> Bits {
        Bits((0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    fn set(&self, slot: usize, to: bool) {
        let (word, bit) = (&self.0[slot / 64], 1 << (slot % 64));
        if to {
            word.fetch_or(bit, Ordering::Relaxed);
        } else {
            word.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    fn get(&self, slot: usize) -> bool {
        self.0[slot / 64].load(Ordering::Relaxed) >> (slot % 64) & 1 == 1
    }

    /// Calls for each set bit from `from` up to `to`, in order.
    pub(super) fn each(&self, from: u32, to: u32, mut visit: impl FnMut(u32)) {
        let (from, to) = (at(from), at(to));
        for word in from / 64..to.div_ceil(64) {
            let mut bits = self.0[word].load(Ordering::Relaxed);
            if word == from / 64 {
                bits &= u64::MAX << (from % 64);
            }
            if word == to / 64 {
                bits &= (1 << (to % 64)) - 1;
            }
            while bits != 0 {
                #[expect(clippy::cast_possible_truncation, reason = "slots are u32")]
                visit((word * 64) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }
}

/// A slot as an index.
pub(super) fn at(slot: u32) -> usize {
    slot as usize
}

/// Degrees in ten-millionths.
#[expect(clippy::cast_possible_truncation, reason = "at most 1,800,000,000")]
fn units(at: Point) -> (i32, i32) {
    ((at.lon() * UNITS).round() as i32, (at.lat() * UNITS).round() as i32)
}

fn number_of<T: Clone + Eq + std::hash::Hash>(
    thing: T,
    known: &mut HashMap<T, u32>,
    all: &mut Vec<T>,
) -> u32 {
    if let Some(number) = known.get(&thing) {
        return *number;
    }
    let number = u32::try_from(all.len()).unwrap_or(u32::MAX);
    all.push(thing.clone());
    known.insert(thing, number);
    number
}
