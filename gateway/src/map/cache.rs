//! Tiles that were made, within a number of bytes; the ones that were not asked for the longest go first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use wayfinding::tiles::TileId;

use super::Made;

/// What a tile takes beside its bytes.
const OVERHEAD: usize = 256;

#[derive(Debug)]
pub(super) struct Cache {
    limit_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    tiles: HashMap<TileId, (Arc<Made>, u64)>,
    /// Tiles by when they were asked for.
    asked: BTreeMap<u64, TileId>,
    bytes: usize,
    turn: u64,
}

impl Cache {
    pub(super) fn of(limit_bytes: usize) -> Cache {
        Cache { limit_bytes, kept: Mutex::default() }
    }

    pub(super) fn get(&self, tile: TileId) -> Option<Arc<Made>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = kept.next_turn();
        let (made, asked) = kept.tiles.get_mut(&tile)?;
        let before = std::mem::replace(asked, turn);
        let made = Arc::clone(made);
        kept.asked.remove(&before);
        kept.asked.insert(turn, tile);
        Some(made)
    }

    /// A tile larger than all there may be is not kept.
    pub(super) fn put(&self, tile: TileId, made: Arc<Made>) {
        if bytes_of(&made) > self.limit_bytes {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(tile);
        let turn = kept.next_turn();
        kept.bytes += bytes_of(&made);
        kept.tiles.insert(tile, (made, turn));
        kept.asked.insert(turn, tile);
        while kept.bytes > self.limit_bytes {
            let Some((_, oldest)) = kept.asked.first_key_value() else { break };
            let oldest = *oldest;
            kept.forget(oldest);
        }
    }
}

impl Kept {
    fn next_turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    fn forget(&mut self, tile: TileId) {
        if let Some((made, asked)) = self.tiles.remove(&tile) {
            self.bytes -= bytes_of(&made);
            self.asked.remove(&asked);
        }
    }
}

fn bytes_of(made: &Made) -> usize {
    made.plain.len() + made.packed.as_ref().map_or(0, bytes::Bytes::len) + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(x: u32) -> TileId {
        TileId::new(10, x, 0).unwrap()
    }

    fn made(bytes: usize) -> Arc<Made> {
        Arc::new(Made { plain: vec![0; bytes].into(), packed: None })
    }

    #[test]
    fn the_tile_that_was_not_asked_for_the_longest_goes_first() {
        let cache = Cache::of(3 * (1000 + OVERHEAD));
        (0..3).for_each(|x| cache.put(tile(x), made(1000)));
        assert!(cache.get(tile(0)).is_some());
        cache.put(tile(3), made(1000));
        let there = [0, 1, 2, 3].map(|x| cache.get(tile(x)).is_some());
        assert_eq!(there, [true, false, true, true]);
        // The same once more takes its own place.
        cache.put(tile(3), made(1000));
        assert!(cache.get(tile(0)).is_some());
        // One that is larger than all drives nothing out.
        cache.put(tile(9), made(10_000));
        assert_eq!(cache.get(tile(9)).map(|made| made.plain.len()), None);
        assert_eq!(cache.kept.lock().unwrap().bytes, 3 * (1000 + OVERHEAD));
    }
}
