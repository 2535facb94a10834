//! Building the grid: bays are taken in as they come, then sorted by cell.
//!
//! Only numbers are sorted, and each row is moved once. What many bays share is kept once.

use std::collections::HashMap;
use std::sync::Arc;

use vocabulary::{BlockId, Interval};

use super::bits::Bits;
use super::cells::{CellKey, Cells, Units};
use super::grid::{BayFacts, BayGrid, Block, Closed, Closures, Row, Shared, Spot, at};
use super::permit::Permit;
use crate::State;

/// Bays as they came, and what they share.
#[derive(Default)]
struct Unsorted {
    rows: Vec<Row>,
    /// Number of what each has in common with others.
    shares: Vec<u32>,
    states: Vec<State>,
    closures: Vec<(u32, Vec<Interval>)>,
    shared: Vec<Shared>,
    shared_numbers: HashMap<Shared, u32>,
    permits: Vec<Arc<Permit>>,
    permit_numbers: HashMap<Arc<Permit>, u32>,
    blocks: Vec<Arc<Block>>,
    block_numbers: HashMap<BlockId, u32>,
    /// What the bay before had: mostly this one has the same.
    last_permit: u32,
}

impl BayGrid {
    /// Sorts the bays into cells. Ids and codes are unique, as in the register; bays in order of code or id are
    /// sorted sooner.
    #[must_use]
    pub fn build(bays: impl IntoIterator<Item = BayFacts>) -> BayGrid {
        let mut unsorted = Unsorted::default();
        bays.into_iter().for_each(|bay| unsorted.take(bay));
        unsorted.sort()
    }
}

impl Unsorted {
    fn take(&mut self, bay: BayFacts) {
        let (permit, block) = (self.permit(bay.permit), self.block(bay.block));
        let bay_number = number(self.rows.len());
        let closed = if bay.closures.is_empty() { Closed::Never } else { Closed::AtTimes };
        if closed == Closed::AtTimes {
            self.closures.push((bay_number, bay.closures));
        }
        let share = self.share(Shared { permit, block, closed });
        self.shares.push(share);
        self.states.push(bay.known.state);
        self.rows.push(Row::new(bay.id, bay.code, Units::of(bay.at), bay.known));
    }

    fn share(&mut self, shared: Shared) -> u32 {
        let next = number(self.shared.len());
        *self.shared_numbers.entry(shared).or_insert_with(|| {
            self.shared.push(shared);
            next
        })
    }

    fn permit(&mut self, permit: Arc<Permit>) -> u32 {
        let last = self.permits.get(at(self.last_permit));
        if !last.is_some_and(|last| Arc::ptr_eq(last, &permit)) {
            let next = number(self.permits.len());
            self.last_permit = *self.permit_numbers.entry(permit).or_insert_with_key(|permit| {
                self.permits.push(Arc::clone(permit));
                next
            });
        }
        self.last_permit
    }

    fn block(&mut self, block: Arc<Block>) -> u32 {
        let next = number(self.blocks.len());
        *self.block_numbers.entry(block.id).or_insert_with(|| {
            self.blocks.push(block);
            next
        })
    }

    fn sort(self) -> BayGrid {
        let count = self.rows.len();
        let cell = |row: &Row| CellKey::of(row.at);
        let mut order: Vec<(u64, u32)> =
            self.rows.iter().map(|row| cell(row).order()).zip(0..).collect();
        order.sort_unstable();
        let mut slots = vec![0_u32; count];
        for (slot, (_, number)) in (0..).zip(&order) {
            slots[at(*number)] = slot;
        }
        let by_id = self.in_order(&slots, |row| row.id);
        let by_code = self.in_order(&slots, |row| row.code.clone());
        let bits = Bits::new(count);
        self.states.iter().zip(&slots).for_each(|(state, slot)| bits.set(at(*slot), *state));
        let closures = self.closures.into_iter();
        let closures: Closures =
            closures.map(|(number, closures)| (slots[at(number)], closures)).collect();
        let mut unsorted: Vec<Option<Row>> = self.rows.into_iter().map(Some).collect();
        let rows: Vec<Row> =
            order.iter().filter_map(|(_, number)| unsorted[at(*number)].take()).collect();
        let shares = order.iter().map(|(_, number)| self.shares[at(*number)]);
        BayGrid {
            spots: rows.iter().zip(shares).map(|(row, share)| Spot::new(row.at, share)).collect(),
            by_id,
            by_code,
            shared: self.shared,
            permits: self.permits,
            blocks: self.blocks,
            closures,
            cells: Cells::of_sorted(rows.iter().map(cell)),
            bits,
            rows,
        }
    }

    /// The slots of the bays in order of something; sorted with it, since looking each up would be a walk through
    /// all memory.
    fn in_order<K: Ord>(&self, slots: &[u32], of: impl Fn(&Row) -> K) -> Vec<u32> {
        let mut keyed: Vec<(K, u32)> =
            self.rows.iter().map(of).zip(slots.iter().copied()).collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        keyed.into_iter().map(|(_, slot)| slot).collect()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a city has no four billion blocks")
}
