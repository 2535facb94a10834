//! The bays of a city, sorted by cell: what does not change as plain rows, what does as atoms beside them.
//!
//! Built once from a register (`sorted`) and built anew when it changes. States change while searches go on: readers
//! never wait. One writer at a time; a reader may see one of two changes and not yet the other, never half a bay's state.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use vocabulary::{BayCode, BayId, BlockId, Interval, Point, Timestamp};

use super::bits::Bits;
use super::cells::{CellKey, Cells, Spread, Units};
use super::look_up::Bay;
use super::permit::Permit;
use crate::State;

/// A bay as it goes in. Bays that share a permit are cheapest if they share the very same one.
#[derive(Clone, Debug, PartialEq)]
pub struct BayFacts {
    pub id: BayId,
    pub code: BayCode,
    /// Kept to a ten-millionth of a degree: a centimetre.
    pub at: Point,
    pub block: Arc<Block>,
    pub permit: Arc<Permit>,
    pub closures: Vec<Interval>,
    pub known: Known,
}

/// One side of a street between two crossings. Its id says which; the rest is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub id: BlockId,
    pub code: Arc<str>,
    pub street: Arc<str>,
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
    pub(super) rows: Vec<Row>,
    /// Slots in order of id.
    pub(super) by_id: Vec<u32>,
    /// Slots in order of code.
    pub(super) by_code: Vec<u32>,
    /// What bays have in common, by number.
    pub(super) shared: Vec<Shared>,
    pub(super) permits: Vec<Arc<Permit>>,
    pub(super) blocks: Vec<Arc<Block>>,
    pub(super) closures: Closures,
    pub(super) cells: Cells,
    pub(super) bits: Bits,
}

/// Planned closures by slot.
pub(super) type Closures = HashMap<u32, Vec<Interval>, BuildHasherDefault<Spread>>;

/// What a search looks at of a bay: 8 bytes, so that a cell's bays lie in few lines of memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// From the corner of its cell, in ten-millionths of a degree.
    east: u16,
    north: u16,
    /// Number of what it has in common with its neighbours.
    pub(super) shared: u32,
}

/// What neighbours have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shared {
    pub(super) permit: u32,
    pub(super) block: u32,
    pub(super) closed: Closed,
}

/// Whether a bay has planned closures of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Closed {
    Never,
    AtTimes,
}

/// What is told of a bay, side by side: few bays of those looked at are told, and memory is far away.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: BayId,
    pub(super) code: BayCode,
    pub(super) at: Units,
    pub(super) version: AtomicI64,
    observed: AtomicI64,
}

/// A sensor that was never heard.
const NEVER: i64 = i64::MIN;

impl BayGrid {
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
        if known.version <= self.rows[slot].version.load(Ordering::Relaxed) {
            return false;
        }
        self.set(slot, known);
        true
    }

    /// Takes what the grid before it knows newer; gives the bays of which it knew less.
    ///
    /// Both are walked through in the order of their ids: for a hundred thousand bays that is some milliseconds.
    pub fn take_over(&self, before: &BayGrid) -> Vec<Bay<'_>> {
        let mut news = Vec::new();
        let mut olds = before.by_id.iter().map(|slot| at(*slot)).peekable();
        for slot in self.by_id.iter().map(|slot| at(*slot)) {
            let row = &self.rows[slot];
            while olds.next_if(|old| before.rows[*old].id < row.id).is_some() {}
            let old = olds.next_if(|old| before.rows[*old].id == row.id);
            let known = old.map(|old| before.known_at(old));
            let version = row.version.load(Ordering::Relaxed);
            match known {
                Some(known) if known.version > version => self.set(slot, known),
                Some(known) if known.version == version => {}
                _ => news.push(self.bay_at(slot)),
            }
        }
        news
    }

    /// What is known of a bay.
    #[must_use]
    pub fn known(&self, id: BayId) -> Option<Known> {
        self.slot_of(id).map(|slot| self.known_at(slot))
    }

    /// Bytes that it takes, without what closures and hours take, which few bays have of their own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * (size_of::<Spot>() + size_of::<Row>() + 2 * size_of::<u32>())
            + self.bits.bytes()
            + self.cells.bytes()
            + self.shared.len() * size_of::<Shared>()
            + self.permits.len() * (size_of::<Permit>() + size_of::<Arc<Permit>>())
            + self.blocks.len() * (size_of::<Block>() + size_of::<Arc<Block>>())
    }

    fn set(&self, slot: usize, known: Known) {
        let row = &self.rows[slot];
        row.version.store(known.version, Ordering::Relaxed);
        row.observed.store(known.observed_at.map_or(NEVER, Timestamp::ms), Ordering::Relaxed);
        self.bits.set(slot, known.state);
    }

    pub(super) fn known_at(&self, slot: usize) -> Known {
        let row = &self.rows[slot];
        let observed = row.observed.load(Ordering::Relaxed);
        Known {
            state: self.bits.state(slot),
            observed_at: (observed != NEVER).then(|| Timestamp::from_ms(observed)),
            version: row.version.load(Ordering::Relaxed),
        }
    }

    pub(super) fn code(&self, slot: usize) -> &BayCode {
        &self.rows[slot].code
    }

    pub(super) fn slot_of(&self, id: BayId) -> Option<usize> {
        let of = |slot: &u32| self.rows[at(*slot)].id;
        let place = self.by_id.binary_search_by(|slot| of(slot).cmp(&id)).ok()?;
        Some(at(self.by_id[place]))
    }
}

impl Spot {
    /// A place in its cell.
    pub(super) fn new(at: Units, shared: u32) -> Spot {
        let corner = CellKey::of(at).corner();
        let step = |to: i32, from: i32| u16::try_from(to - from).unwrap_or(0);
        Spot { east: step(at.lon, corner.lon), north: step(at.lat, corner.lat), shared }
    }

    /// Where it is, from the corner of its cell.
    #[inline]
    pub(super) fn at(self, corner: Units) -> Units {
        Units { lon: corner.lon + i32::from(self.east), lat: corner.lat + i32::from(self.north) }
    }
}

impl Row {
    pub(super) fn new(id: BayId, code: BayCode, at: Units, known: Known) -> Row {
        let observed = known.observed_at.map_or(NEVER, Timestamp::ms);
        Row {
            id,
            code,
            at,
            version: AtomicI64::new(known.version),
            observed: AtomicI64::new(observed),
        }
    }
}

/// A slot as an index.
#[inline]
pub(super) fn at(slot: u32) -> usize {
    slot as usize
}
