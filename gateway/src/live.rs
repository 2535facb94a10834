//! What every bay looks like now, in memory: for search, and for those who watch a part of the map.
//!
//! Fed only from the history of changes in the database (`tail`), so it does not matter which
//! gateway stored a reading. **Invariants:** a bay's version never goes back; a change is offered to
//! watchers after the index shows it.

mod bays;
mod conditions;
mod places;
mod position;
mod prices;
mod register;
mod tail;
mod watch;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use store::{ChangeRow, RegisterState, Tx};
use vocabulary::{BayId, Timestamp};
use wayfinding::State;
use wayfinding::search::{BayGrid, Known};

use bays::{read_bays, state_of};

pub use conditions::{Conditions, DeviceSeen, Turned};
pub use places::CityPlaces;
pub use prices::{Intended, Priced, Prices, ZonePrice, ZoneQuote};
pub use tail::tail;
pub use watch::{Audience, CELLS_LIMIT, Cells, Seen, Shown, Watch, WatchReject};

/// The bays of the city and those who watch them.
#[derive(Debug)]
pub struct Live {
    index: RwLock<BayGrid>,
    places: RwLock<Arc<CityPlaces>>,
    prices: RwLock<Arc<Prices>>,
    cells: Cells,
    conditions: Conditions,
    /// Number of the newest change that the places at start may hold.
    loaded_at: AtomicI64,
    /// City time at which a bay begins, ends or changes by its own date.
    next_at: AtomicI64,
    /// The register before anything of it was read.
    register: RegisterState,
}

/// How many bays are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub free: usize,
    pub occupied: usize,
    pub unknown: usize,
}

impl Live {
    /// Reads every bay; before devices and accounts are read. The newest change number and the state of
    /// the register come first, so that no change is missed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(tx: &mut Tx, now: Timestamp) -> store::Result<Live> {
        let register = tx.register_state().await?;
        let newest = tx.last_change().await?;
        let bays = read_bays(tx, now).await?;
        let places = CityPlaces::of(&bays.grid, tx.named_places().await?);
        let prices = Prices::load(tx, now).await?;
        let conditions = Conditions::load(tx).await?;
        Ok(Live {
            index: RwLock::new(bays.grid),
            places: RwLock::new(Arc::new(places)),
            prices: RwLock::new(Arc::new(prices)),
            cells: Cells::default(),
            conditions,
            loaded_at: AtomicI64::new(newest),
            next_at: AtomicI64::new(next_at(bays.next_at)),
            register,
        })
    }

    /// Reads the bays, tariffs and names of the map again, after a town or a map was imported or a bay changed;
    /// watchers see what is new. States that are newer here stay.
    ///
    /// # Errors
    /// When the database does not answer; then nothing changed.
    pub async fn reload(&self, tx: &mut Tx, now: Timestamp) -> store::Result<()> {
        let read = read_bays(tx, now).await?;
        let fresh = read.grid;
        let mut news = Vec::new();
        let places = Arc::new(CityPlaces::of(&fresh, tx.named_places().await?));
        let prices = Arc::new(Prices::load(tx, now).await?);
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
        *self.prices.write().unwrap_or_else(PoisonError::into_inner) = prices;
        self.next_at.store(next_at(read.next_at), Ordering::Relaxed);
        {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            news.extend(fresh.take_over(&index).iter().map(Seen::of));
            *index = fresh;
        }
        news.into_iter().for_each(|seen| self.cells.show(seen));
        Ok(())
    }

    /// Looks something up. What is asked must be quick: changes wait for it.
    pub fn look<T>(&self, ask: impl FnOnce(&BayGrid) -> T) -> T {
        ask(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What can be searched for by name.
    #[must_use]
    pub fn places(&self) -> Arc<CityPlaces> {
        Arc::clone(&self.places.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What stays cost in which zone.
    #[must_use]
    pub fn prices(&self) -> Arc<Prices> {
        Arc::clone(&self.prices.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many bays are in which state.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.look(|index| {
            index.bays().fold(Counts::default(), |mut counts, bay| {
                match bay.state {
                    State::Free => counts.free += 1,
                    State::Occupied => counts.occupied += 1,
                    State::Unknown => counts.unknown += 1,
                }
                counts
            })
        })
    }

    /// Those who watch parts of the map.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Takes changes, newest version wins; returns the bays that the index does not know.
    fn take(&self, changes: &[ChangeRow]) -> Vec<BayId> {
        let (mut news, mut unknown) = (Vec::new(), Vec::new());
        {
            // Alone, so that nobody sees a bay's new state under its old version.
            let index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            for change in changes {
                let id = BayId(change.bay_id);
                let known = Known {
                    state: state_of(&change.state),
                    observed_at: change.observed_at.map(Timestamp::from_ms),
                    version: change.version,
                };
                if index.update(id, known) {
                    news.extend(index.bay(id).map(|bay| Seen::of(&bay)));
                } else if index.known(id).is_none() {
                    unknown.push(id);
                }
            }
        }
        news.into_iter().for_each(|seen| self.cells.show(seen));
        unknown
    }

    fn loaded_at(&self) -> i64 {
        self.loaded_at.load(Ordering::Relaxed)
    }

    /// Whether by now a bay is not any more what it was when they were read.
    fn is_outdated(&self, now: Timestamp) -> bool {
        self.next_at.load(Ordering::Relaxed) <= now.ms()
    }
}

fn next_at(next_at: Option<Timestamp>) -> i64 {
    next_at.map_or(i64::MAX, Timestamp::ms)
}
