//! How many bays of each block are in which state, and what came and left since they were counted before.

use std::collections::BTreeMap;
use std::sync::Arc;

use vocabulary::BayId;
use wayfinding::State;
use wayfinding::forecast::{Count, Flow};

use crate::app::App;

/// One look at every bay.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) blocks: BTreeMap<Arc<str>, (Count, Flow)>,
    /// Every bay's state, in the order of the index.
    pub(super) bays: Vec<(BayId, State)>,
}

/// Counts all bays. `before` is what the last look saw: a bay that was free and is taken is an arrival, one that was taken
/// and is free a departure; whoever came and left in between is not seen.
pub(super) fn count(app: &App, before: &[(BayId, State)]) -> Counted {
    app.live.look(|index| {
        let mut counted = Counted::default();
        for (place, bay) in index.bays().enumerate() {
            // The order changes only when the map does.
            let was = before.get(place).filter(|(id, _)| *id == bay.id).map(|(_, state)| *state);
            counted.add(bay.block, was, bay.state);
            counted.bays.push((bay.id, bay.state));
        }
        counted
    })
}

impl Counted {
    fn add(&mut self, block: &Arc<str>, was: Option<State>, is: State) {
        let (count, flow) = match self.blocks.get_mut(block) {
            Some(known) => known,
            None => self.blocks.entry(Arc::clone(block)).or_default(),
        };
        count.bays = count.bays.saturating_add(1);
        count.known = count.known.saturating_add(u16::from(is != State::Unknown));
        count.free = count.free.saturating_add(u16::from(is == State::Free));
        match (was, is) {
            (Some(State::Free), State::Occupied) => {
                flow.arrivals = flow.arrivals.saturating_add(1);
            }
            (Some(State::Occupied), State::Free) => {
                flow.departures = flow.departures.saturating_add(1);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bay_that_was_free_and_is_taken_is_an_arrival() {
        use State::{Free, Occupied, Unknown};
        let mut counted = Counted::default();
        let block: Arc<str> = "RM-1".into();
        for (was, is) in [
            (Some(Free), Occupied),
            (Some(Free), Occupied),
            (Some(Occupied), Free),
            (Some(Occupied), Occupied),
            (Some(Unknown), Free),
            (Some(Free), Unknown),
            (None, Occupied),
        ] {
            counted.add(&block, was, is);
        }
        let count = Count { bays: 7, known: 6, free: 2 };
        assert_eq!(counted.blocks[&block], (count, Flow { arrivals: 2, departures: 1 }));
    }
}
