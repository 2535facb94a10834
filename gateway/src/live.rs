//! What every bay looks like now, in memory: for search, and for those who watch a part of the map.
//!
//! Fed only from the history of changes in the database (`tail`), so it does not matter which
//! gateway stored a reading. **Invariants:** a bay's version never goes back; a change is offered to
//! watchers after the index shows it.

mod conditions;
mod places;
mod position;
mod register;
mod tail;
mod watch;

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use store::{BayPlace, ChangeRow, RegisterState, Tx};
use vocabulary::{BayCode, BayId, Point, Timestamp};
use wayfinding::{Bay, LiveIndex, State};

pub use conditions::{Conditions, DeviceSeen, Turned};
pub use places::CityPlaces;
pub use tail::tail;
pub use watch::{Audience, CELLS_LIMIT, Cells, Seen, Shown, Watch, WatchReject};

/// The bays of the city and those who watch them.
#[derive(Debug)]
pub struct Live {
    index: RwLock<LiveIndex>,
    places: RwLock<Arc<CityPlaces>>,
    cells: Cells,
    conditions: Conditions,
    /// Number of the newest change that the places at start may hold.
    loaded_at: AtomicI64,
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
        let index = index_of(tx, now).await?;
        let places = CityPlaces::of(&index, tx.named_places().await?);
        let places = RwLock::new(Arc::new(places));
        let index = RwLock::new(index);
        let conditions = Conditions::load(tx).await?;
        let (cells, loaded_at) = (Cells::default(), AtomicI64::new(newest));
        Ok(Live { index, places, cells, conditions, loaded_at, register })
    }

    /// Reads the places of the bays again and the names of the map, after a town or a map was imported or a bay
    /// moved; watchers see what is new. States that are newer here stay.
    ///
    /// # Errors
    /// When the database does not answer; then nothing changed.
    pub async fn reload(&self, tx: &mut Tx, now: Timestamp) -> store::Result<()> {
        let mut fresh = index_of(tx, now).await?;
        let mut news = Vec::new();
        let places = Arc::new(CityPlaces::of(&fresh, tx.named_places().await?));
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
        {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            for bay in index.bays() {
                fresh.update(bay.id, bay.version, bay.state, bay.observed_at);
            }
            for bay in fresh.bays() {
                if index.bay(bay.id).is_none_or(|known| known.version < bay.version) {
                    news.push(Seen::of(bay));
                }
            }
            *index = fresh;
        }
        news.into_iter().for_each(|seen| self.cells.show(seen));
        Ok(())
    }

    /// Looks something up. What is asked must be quick: changes wait for it.
    pub fn look<T>(&self, ask: impl FnOnce(&LiveIndex) -> T) -> T {
        ask(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What can be searched for by name.
    #[must_use]
    pub fn places(&self) -> Arc<CityPlaces> {
        Arc::clone(&self.places.read().unwrap_or_else(PoisonError::into_inner))
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
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            for change in changes {
                let id = BayId(change.bay_id);
                let observed_at = change.observed_at.map(Timestamp::from_ms);
                if index.update(id, change.version, state_of(&change.state), observed_at) {
                    news.extend(index.bay(id).map(Seen::of));
                } else if index.bay(id).is_none() {
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
}

async fn index_of(tx: &mut Tx, now: Timestamp) -> store::Result<LiveIndex> {
    let mut index = LiveIndex::new();
    let mut names = Names::default();
    tx.each_bay_place(now.ms(), |place| match bay_of(&place, &mut names) {
        Some(bay) => index.put(bay),
        None => tracing::error!(
            bay = place.code,
            "a stored bay has no valid code or place; it is not shown"
        ),
    })
    .await?;
    index.shrink();
    Ok(index)
}

/// Texts that many bays share.
#[derive(Default)]
struct Names(HashSet<Arc<str>>);

impl Names {
    fn of(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let name: Arc<str> = text.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}

fn bay_of(place: &BayPlace, names: &mut Names) -> Option<Bay> {
    Some(Bay {
        id: BayId(place.bay_id),
        code: BayCode::parse(&place.code).ok()?,
        at: Point::new(place.lon, place.lat).ok()?,
        street: names.of(&place.street),
        block: names.of(&place.block),
        state: state_of(&place.state),
        observed_at: place.observed_at.map(Timestamp::from_ms),
        version: place.version,
    })
}

/// A state of a newer gateway that this one has no name for is shown as `unknown`, never as free.
fn state_of(name: &str) -> State {
    State::from_name(name).unwrap_or(State::Unknown)
}
