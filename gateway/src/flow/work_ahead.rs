//! What a batch makes of the bays that are known by heart is worked out while the batch before it is
//! still being stored: before they are locked, and without the database.
//!
//! **Invariant:** what was worked out is believed only if the locked row has the stamp that it began
//! from (`folded::lock`). Else, and where the database had to be asked, it is done again under the lock.

use std::collections::HashMap;
use std::sync::Arc;

use vocabulary::Timestamp;

use super::bay_history::BayHistory;
use super::folded::{Locked, by_heart};
use super::read_messages::{Batch, Said};
use crate::app::App;
use crate::folds::Known;

/// What was worked out, by the number of the bay.
#[derive(Debug, Default)]
pub struct Ahead(HashMap<i64, Guess>);

#[derive(Debug)]
struct Guess {
    known: Known,
    history: Option<Box<BayHistory>>,
}

/// Works out what can be. Takes the bays out of what is known by heart.
#[must_use]
pub fn work_ahead(app: &App, batch: &Batch) -> Ahead {
    let now = app.clock.city_now();
    let guess = |(bay_no, said): (&i64, &Said)| {
        let known = app.folds.take_as_it_is(*bay_no)?;
        let history = worked_out(app, said, &known, now).map(Box::new);
        Some((*bay_no, Guess { known, history }))
    };
    Ahead(batch.bays.iter().filter_map(guess).collect())
}

fn worked_out(app: &App, said: &Said, known: &Known, now: Timestamp) -> Option<BayHistory> {
    if said.bay.setup_version != known.row.setup_version {
        return None;
    }
    let mut history = BayHistory::of(Arc::clone(&said.bay), known.row.clone(), by_heart(known)?);
    let taken = history.take_by_heart(app, said.readings.clone(), now);
    taken.is_ok_and(|whole| whole).then_some(history)
}

impl Ahead {
    /// How many bays it knows.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What it knows of a locked bay; nothing if that is not as it was.
    pub(super) fn take(&mut self, bay_no: i64, stamp: i64) -> Option<Locked> {
        let Guess { known, history } = self.0.remove(&bay_no)?;
        (known.row.stamp == stamp)
            .then(|| history.map_or(Locked::ByHeart(known), Locked::WorkedOut))
    }
}
