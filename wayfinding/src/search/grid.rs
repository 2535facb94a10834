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
use super::cells::{Cells, Spread, Units};
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

/// All bays. A million take some hundred bytes each.
#[derive(Debug)]
pub struct BayGrid {
    pub(super) spots: Vec<Spot>,
    pub(super) rows: Vec<Row>,
    /// All ids in order, and their slots: beside one another, since looking each up in its row would be a walk
    /// through all memory.
    pub(super) ids: Vec<BayId>,
    pub(super) by_id: Vec<u32>,
    /// Slots in order of code.
    pub(super) by_code: Vec<u32>,
    /// What bays have in common, by number.
    pub(super) permits: Vec<Arc<Permit>>,
    pub(super) blocks: Vec<Arc<Block>>,
    pub(super) closures: Closures,
    pub(super) cells: Cells,
    pub(super) bits: Bits,
}

/// Planned closures by slot.
pub(super) type Closures = HashMap<u32, Vec<Interval>, BuildHasherDefault<Spread>>;

/// What a search looks at of a bay: 16 bytes, and nothing beside it, so that a cell's bays lie in few lines of memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) at: Units,
    pub(super) block: u32,
    /// Number of the permit, and whether the bay has planned closures of its own.
    sign: u32,
}

/// Whether a bay has planned closures of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Never,
    AtTimes,
}

/// What is told of a bay, in one line of memory: few bays of those looked at are told, and memory is far away.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Row {
    pub(super) id: BayId,
    pub(super) code: BayCode,
    pub(super) at: Point,
    pub(super) version: AtomicI64,
    observed: AtomicI64,
}

/// The bit of a sign that says `Closed::AtTimes`.
const CLOSES: u32 = 1 << 31;
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
        self.len()
            * (size_of::<Spot>() + size_of::<Row>() + size_of::<BayId>() + 2 * size_of::<u32>())
            + self.bits.bytes()
            + self.cells.bytes()
            + self.permits.len() * (size_of::<Permit>() + size_of::<Arc<Permit>>())
            + self.blocks.len() * (size_of::<Block>() + size_of::<Arc<Block>>())
    }

    fn set(&self, slot: usize, known: Known) {
        let row = &self.rows[slot];
        row.version.store(known.version, Ordering::Relaxed);
        row.observed.store(known.observed_at.map_or(NEVER, Timestamp::ms), Ordering::Relaxed);
        self.bits.set(slot, known.state);
    }

    #[inline]
    pub(super) fn known_at(&self, slot: usize) -> Known {
        let row = &self.rows[slot];
        let observed = row.observed.load(Ordering::Relaxed);
        Known {
            state: self.bits.state(slot),
            observed_at: (observed != NEVER).then(|| Timestamp::from_ms(observed)),
            version: row.version.load(Ordering::Relaxed),
        }
    }

    #[inline]
    pub(super) fn code(&self, slot: usize) -> &BayCode {
        &self.rows[slot].code
    }

    pub(super) fn slot_of(&self, id: BayId) -> Option<usize> {
        self.ids.binary_search(&id).ok().map(|place| at(self.by_id[place]))
    }
}

impl Spot {
    /// # Panics
    /// When a city has two billion different signs.
    pub(super) fn new(at: Units, permit: u32, closed: Closed, block: u32) -> Spot {
        assert!(permit < CLOSES, "a city has no two billion different signs");
        let closes = if closed == Closed::AtTimes { CLOSES } else { 0 };
        Spot { at, block, sign: permit | closes }
    }

    #[inline]
    pub(super) fn permit(self) -> u32 {
        self.sign & !CLOSES
    }

    #[inline]
    pub(super) fn closes(self) -> bool {
        self.sign & CLOSES != 0
    }
}

impl Row {
    pub(super) fn new(id: BayId, code: BayCode, at: Point, known: Known) -> Row {
        let observed = known.observed_at.map_or(NEVER, Timestamp::ms);
        Row {
            id,
            code,
            at,
            version: AtomicI64::new(known.version),
            observed: AtomicI64::new(observed),
        }
    }

    /// The same once more, for another place in memory.
    pub(super) fn copied(&self) -> Row {
        let same = |atom: &AtomicI64| AtomicI64::new(atom.load(Ordering::Relaxed));
        Row {
            id: self.id,
            code: self.code.clone(),
            at: self.at,
            version: same(&self.version),
            observed: same(&self.observed),
        }
    }
}

/// A slot as an index.
#[inline]
pub(super) fn at(slot: u32) -> usize {
    slot as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_and_what_is_told_lie_in_whole_lines_of_memory() {
        assert_eq!((size_of::<Spot>(), size_of::<Row>(), align_of::<Row>()), (16, 64, 64));
        let at = Units { lon: 1_041_389_000, lat: 365_447_000 };
        let spot = Spot::new(at, 70_000, Closed::AtTimes, 3);
        assert_eq!((spot.permit(), spot.closes(), spot.block), (70_000, true, 3));
        assert!(!Spot::new(at, 70_000, Closed::Never, 3).closes());
    }
}
