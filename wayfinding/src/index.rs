//! Every bay of a city with its live state, found by id, by code, by rectangle, or nearest first.
//!
//! Does not decide states. **Invariants:** a bay's version never goes back; a bay stands in the one
//! cell that holds its place; within a cell the free bays stand first, so that they are cheap to find.

use std::collections::HashMap;
use std::sync::Arc;

use vocabulary::{BayCode, BayId, Point, Timestamp};

use crate::cell::Cell;

/// What is known of a bay now. `Unknown` is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Free,
    Occupied,
    Unknown,
}

/// A bay as it is shown. `version` grows with every change of `state` or `observed_at`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bay {
    pub id: BayId,
    pub code: BayCode,
    pub at: Point,
    pub street: Arc<str>,
    pub block: Arc<str>,
    pub state: State,
    /// City time of the newest reading that says so.
    pub observed_at: Option<Timestamp>,
    pub version: i64,
}

/// A bay found, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<'a> {
    pub bay: &'a Bay,
    pub distance_m: f64,
}

/// The bays of a city.
#[derive(Clone, Debug, Default)]
pub struct LiveIndex {
    bays: Vec<Bay>,
    /// Where each bay stands in its cell's list.
    places: Vec<Slot>,
    by_id: HashMap<BayId, Slot>,
    /// In the order of their codes; cheapest to build from bays that come in that order.
    by_code: Vec<Slot>,
    cells: HashMap<Cell, Slots>,
}

/// Where a bay stands in the list of all; half as large as a pointer, since there are many of them.
type Slot = u32;

/// The bays of one cell: the first `free` of them are free.
#[derive(Clone, Debug, Default)]
struct Slots {
    slots: Vec<Slot>,
    free: usize,
}

impl State {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Free => "free",
            State::Occupied => "occupied",
            State::Unknown => "unknown",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<State> {
        [State::Free, State::Occupied, State::Unknown].into_iter().find(|s| s.name() == name)
    }
}

impl LiveIndex {
    /// No bays.
    #[must_use]
    pub fn new() -> LiveIndex {
        LiveIndex::default()
    }

    /// How many bays there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bays.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bays.is_empty()
    }

    /// Every bay, in the order in which they came.
    pub fn bays(&self) -> impl Iterator<Item = &Bay> {
        self.bays.iter()
    }

    /// The bay with this id.
    #[must_use]
    pub fn bay(&self, id: BayId) -> Option<&Bay> {
        self.by_id.get(&id).map(|slot| self.at(*slot))
    }

    /// The bay with this painted code.
    #[must_use]
    pub fn bay_by_code(&self, code: &BayCode) -> Option<&Bay> {
        self.place_of_code(code).ok().map(|place| self.at(self.by_code[place]))
    }

    /// The bays whose codes begin with what was typed, in order of code; none if nothing was typed.
    pub fn bays_coded(&self, typed: &str) -> impl Iterator<Item = &Bay> {
        let typed = typed.trim().to_ascii_uppercase();
        let code = |slot: &Slot| self.at(*slot).code.as_str();
        let first = self.by_code.partition_point(|slot| code(slot) < typed.as_str());
        let bays = self.by_code[first..].iter().map(|slot| self.at(*slot));
        bays.take_while(move |bay| !typed.is_empty() && bay.code.as_str().starts_with(&typed))
    }

    fn at(&self, slot: Slot) -> &Bay {
        &self.bays[slot as usize]
    }

    /// Where a code stands among the others, or where it would.
    fn place_of_code(&self, code: &BayCode) -> Result<usize, usize> {
        if self.by_code.last().is_none_or(|last| self.at(*last).code < *code) {
            return Err(self.by_code.len());
        }
        self.by_code.binary_search_by(|slot| self.at(*slot).code.cmp(code))
    }

    fn name(&mut self, slot: Slot) {
        match self.place_of_code(&self.at(slot).code) {
            // Of two bays of one code the last one is found.
            Ok(place) => self.by_code[place] = slot,
            Err(place) => self.by_code.insert(place, slot),
        }
    }

    fn unname(&mut self, slot: Slot) {
        if let Ok(place) = self.place_of_code(&self.at(slot).code)
            && self.by_code[place] == slot
        {
            self.by_code.remove(place);
        }
    }

    /// Adds a bay, or takes a known one's new place and description. A newer state stays.
    pub fn put(&mut self, mut bay: Bay) {
        let Some(slot) = self.by_id.get(&bay.id).copied() else {
            let slot = Slot::try_from(self.bays.len()).expect("a city has no four billion bays");
            self.by_id.insert(bay.id, slot);
            self.places.push(0);
            self.bays.push(bay);
            self.name(slot);
            self.enter(slot);
            return;
        };
        self.leave(slot);
        let known = self.at(slot);
        if known.version > bay.version {
            (bay.state, bay.observed_at, bay.version) =
                (known.state, known.observed_at, known.version);
        }
        let renamed = known.code != bay.code;
        if renamed {
            self.unname(slot);
        }
        self.bays[slot as usize] = bay;
        if renamed {
            self.name(slot);
        }
        self.enter(slot);
    }

    /// Gives back memory that was taken for more bays than came.
    pub fn shrink(&mut self) {
        self.bays.shrink_to_fit();
        self.places.shrink_to_fit();
        self.by_code.shrink_to_fit();
        self.by_id.shrink_to_fit();
        self.cells.values_mut().for_each(|cell| cell.slots.shrink_to_fit());
    }

    /// Takes a newer state; false if the bay is unknown or the version is not newer.
    pub fn update(
        &mut self,
        id: BayId,
        version: i64,
        state: State,
        observed_at: Option<Timestamp>,
    ) -> bool {
        let Some(slot) = self.by_id.get(&id).copied() else { return false };
        let known = self.at(slot);
        if version <= known.version {
            return false;
        }
        let moves = (known.state == State::Free) != (state == State::Free);
        if moves {
            self.leave(slot);
        }
        let bay = &mut self.bays[slot as usize];
        (bay.version, bay.state, bay.observed_at) = (version, state, observed_at);
        if moves {
            self.enter(slot);
        }
        true
    }

    /// The nearest bays within `radius_m`, in order of distance, then code; at most `limit`.
    /// With a `state`, only bays in that state.
    #[must_use]
    pub fn nearest(
        &self,
        at: Point,
        radius_m: f64,
        state: Option<State>,
        limit: usize,
    ) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        for ring in 0.. {
            let square = Cell::of(at).square(ring);
            if square.cells() > self.cells.len() || square.leaves_the_map() {
                // From here on it is cheaper, or the only right way, to look at every cell.
                hits.clear();
                self.cells
                    .values()
                    .for_each(|cell| self.collect(cell, at, radius_m, state, &mut hits));
                break;
            }
            for cell in square.rim().filter_map(|cell| self.cells.get(&cell)) {
                self.collect(cell, at, radius_m, state, &mut hits);
            }
            let reach_m = square.reach_m(at);
            let certain = hits.iter().filter(|hit| hit.distance_m <= reach_m).count();
            if certain >= limit || reach_m >= radius_m {
                break;
            }
        }
        hits.sort_by(|a, b| {
            a.distance_m.total_cmp(&b.distance_m).then_with(|| a.bay.code.cmp(&b.bay.code))
        });
        hits.truncate(limit);
        hits
    }

    /// The bays of a rectangle, borders included, in order of code.
    #[must_use]
    pub fn within(&self, south_west: Point, north_east: Point) -> Vec<&Bay> {
        let inside = |bay: &&Bay| {
            (south_west.lon()..=north_east.lon()).contains(&bay.at.lon())
                && (south_west.lat()..=north_east.lat()).contains(&bay.at.lat())
        };
        let mut found: Vec<&Bay> = if Cell::count_between(south_west, north_east) > self.cells.len()
        {
            self.bays.iter().filter(inside).collect()
        } else {
            let cells =
                Cell::between(south_west, north_east).filter_map(|cell| self.cells.get(&cell));
            cells.flat_map(|cell| &cell.slots).map(|slot| self.at(*slot)).filter(inside).collect()
        };
        found.sort_by(|a, b| a.code.cmp(&b.code));
        found
    }

    fn collect<'a>(
        &'a self,
        cell: &Slots,
        at: Point,
        radius_m: f64,
        state: Option<State>,
        hits: &mut Vec<Hit<'a>>,
    ) {
        let slots = match state {
            Some(State::Free) => &cell.slots[..cell.free],
            Some(_) => &cell.slots[cell.free..],
            None => &cell.slots[..],
        };
        for bay in slots.iter().map(|slot| self.at(*slot)) {
            let distance_m = at.distance_m(bay.at);
            if distance_m <= radius_m && state.is_none_or(|wanted| wanted == bay.state) {
                hits.push(Hit { bay, distance_m });
            }
        }
    }

    /// Puts a bay into its cell's list: a free one behind the free ones, another one at the end.
    fn enter(&mut self, slot: Slot) {
        let bay = &self.bays[slot as usize];
        let cell = self.cells.entry(Cell::of(bay.at)).or_default();
        let last = cell.slots.len();
        cell.slots.push(slot);
        self.places[slot as usize] = place(last);
        if bay.state == State::Free {
            swap(cell, &mut self.places, cell.free, last);
            cell.free += 1;
        }
    }

    /// Takes a bay out of its cell's list; the last of its kind takes its place.
    fn leave(&mut self, slot: Slot) {
        let key = Cell::of(self.at(slot).at);
        let Some(cell) = self.cells.get_mut(&key) else { return };
        let mut at = self.places[slot as usize] as usize;
        if at < cell.free {
            cell.free -= 1;
            swap(cell, &mut self.places, at, cell.free);
            at = cell.free;
        }
        let last = cell.slots.len() - 1;
        swap(cell, &mut self.places, at, last);
        cell.slots.pop();
        if cell.slots.is_empty() {
            self.cells.remove(&key);
        }
    }
}

fn swap(cell: &mut Slots, places: &mut [Slot], a: usize, b: usize) {
    cell.slots.swap(a, b);
    places[cell.slots[a] as usize] = place(a);
    places[cell.slots[b] as usize] = place(b);
}

fn place(in_cell: usize) -> Slot {
    Slot::try_from(in_cell).expect("a cell holds no more bays than the city")
}

#[cfg(test)]
mod tests;
