//! Building the grid: bays are taken in as they come, then sorted by cell.
//!
//! Only numbers are sorted, and each row is moved once. What many bays share is kept once.

use std::collections::HashMap;
use std::sync::Arc;

use vocabulary::{BlockId, Interval};

use super::bits::Bits;
use super::cells::{CellKey, Cells, Units};
use super::grid::{BayFacts, BayGrid, Block, Closed, Closures, Row, Spot, at};
use super::permit::Permit;
use crate::State;

/// Bays as they came, and what they share.
#[derive(Default)]
struct Unsorted {
    rows: Vec<Row>,
    spots: Vec<Spot>,
    states: Vec<State>,
    closures: Vec<(u32, Vec<Interval>)>,
    permits: Shared<Permit>,
    permit_numbers: HashMap<Arc<Permit>, u32>,
    blocks: Shared<Block>,
    block_numbers: HashMap<BlockId, u32>,
}

/// What many bays share, by number.
struct Shared<T> {
    all: Vec<Arc<T>>,
    /// What the bay before had: mostly this one has the same, and nothing needs to be looked up.
    last: Option<(Arc<T>, u32)>,
}

impl BayGrid {
    /// Sorts the bays into cells. Ids and codes are unique, as in the register; bays in order of code or id are
    /// sorted sooner.
    #[must_use]
    pub fn build(bays: impl IntoIterator<Item = BayFacts>) -> BayGrid {
        let bays = bays.into_iter();
        let mut unsorted = Unsorted::for_some(bays.size_hint().0);
        bays.for_each(|bay| unsorted.take(bay));
        unsorted.sort()
    }
}

impl Unsorted {
    fn for_some(count: usize) -> Unsorted {
        Unsorted {
            rows: Vec::with_capacity(count),
            spots: Vec::with_capacity(count),
            states: Vec::with_capacity(count),
            ..Unsorted::default()
        }
    }

    fn take(&mut self, bay: BayFacts) {
        let permit = self.permits.number(bay.permit, |permit, next| {
            *self.permit_numbers.entry(Arc::clone(permit)).or_insert(next)
        });
        let block = self
            .blocks
            .number(bay.block, |block, next| *self.block_numbers.entry(block.id).or_insert(next));
        let closed = if bay.closures.is_empty() { Closed::Never } else { Closed::AtTimes };
        if closed == Closed::AtTimes {
            self.closures.push((number(self.rows.len()), bay.closures));
        }
        let place = Units::of(bay.at);
        self.spots.push(Spot::new(place, permit, closed, block));
        self.states.push(bay.known.state);
        self.rows.push(Row::new(bay.id, bay.code, place.point(), bay.known));
    }

    fn sort(self) -> BayGrid {
        let count = self.rows.len();
        let cell = |spot: &Spot| CellKey::of(spot.at);
        let mut order: Vec<(u64, u32)> =
            self.spots.iter().map(|spot| cell(spot).order()).zip(0..).collect();
        order.sort_unstable();
        let mut slots = vec![0_u32; count];
        for (slot, (_, number)) in (0..).zip(&order) {
            slots[at(*number)] = slot;
        }
        let (ids, by_id) = self.in_order(&slots, |row| row.id);
        let (_, by_code) = self.in_order(&slots, |row| row.code.clone());
        let bits = Bits::new(count);
        self.states.iter().zip(&slots).for_each(|(state, slot)| bits.set(at(*slot), *state));
        let closures = self.closures.into_iter();
        let closures: Closures =
            closures.map(|(number, closures)| (slots[at(number)], closures)).collect();
        let numbers = || order.iter().map(|(_, number)| at(*number));
        let spots: Vec<Spot> = numbers().map(|number| self.spots[number]).collect();
        BayGrid {
            rows: numbers().map(|number| self.rows[number].copied()).collect(),
            ids,
            by_id,
            by_code,
            permits: self.permits.all,
            blocks: self.blocks.all,
            closures,
            cells: Cells::of_sorted(spots.iter().map(cell)),
            bits,
            spots,
        }
    }

    /// The slots of the bays in order of something; sorted with it, since looking each up would be a walk through
    /// all memory.
    fn in_order<K: Ord>(&self, slots: &[u32], of: impl Fn(&Row) -> K) -> (Vec<K>, Vec<u32>) {
        let mut keyed: Vec<(K, u32)> =
            self.rows.iter().map(of).zip(slots.iter().copied()).collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        keyed.into_iter().unzip()
    }
}

impl<T> Shared<T> {
    /// The number of one; `known` says it, given the next one for what is new.
    fn number(&mut self, one: Arc<T>, known: impl FnOnce(&Arc<T>, u32) -> u32) -> u32 {
        if let Some((last, number)) = &self.last
            && Arc::ptr_eq(last, &one)
        {
            return *number;
        }
        let next = number(self.all.len());
        let number = known(&one, next);
        if number == next {
            self.all.push(Arc::clone(&one));
        }
        self.last = Some((one, number));
        number
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Shared<T> {
        Shared { all: Vec::new(), last: None }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a city has no four billion blocks")
}
