//! What this gateway knows of bays by heart: what each was like after its newest reading, so that the
//! next reading needs no more of the database than the bay's stamp.
//!
//! Holds nothing that is not stored, and nothing is believed of it but under the stamp of the locked
//! bay: another gateway may have been there. **Invariant:** what is kept under a stamp was committed
//! under that stamp; who opens a bay takes it out, and puts it back after the commit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sensing::{BayState, StateReason};
use serde::{Deserialize, Serialize, Serializer};
use store::LiveRow;

/// Bytes kept at most: some 250,000 bays at about 500 bytes. What was not asked for longest goes first.
const LIMIT_BYTES: usize = 128 << 20;
/// What an entry takes beside what it points to: its place in the table, of which an eighth to a half is
/// free, and what the allocator rounds up.
const PLACE_BYTES: usize = 80;
/// Room for the numbers of a row.
const ROW_BYTES: usize = 64;

/// The bays known by heart, in two generations: when the younger is half of what may be kept, it
/// becomes the older, and what was the older is forgotten.
#[derive(Debug, Default)]
pub struct Folds {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<i64, Kept>,
    young_bytes: usize,
    old: HashMap<i64, Kept>,
}

/// A bay after its newest reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) row: LiveRow,
    pub(crate) content: Content,
    pub(crate) checkpoint_at: Option<i64>,
    /// How many readings the stored fold lags behind.
    pub(crate) lag: u32,
}

/// The fold and the health of a bay's devices, as they are stored, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    bytes: Box<[u8]>,
    fold_bytes: usize,
}

/// A known bay, small: what there is of it beside stamp and lag as bytes, the numbers as short as they are.
#[derive(Debug)]
struct Kept {
    stamp: i64,
    lag: u32,
    packed: Box<[u8]>,
}

/// What is packed.
#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    version: i64,
    setup_version: i64,
    observed_at: Option<i64>,
    changed_at: Option<i64>,
    again_at: Option<i64>,
    last_seq: Option<i64>,
    checkpoint_at: Option<i64>,
    state: BayState,
    reason: StateReason,
    conditions: &'a str,
    #[serde(serialize_with = "at_once")]
    fold: &'a [u8],
    #[serde(serialize_with = "at_once")]
    health: &'a [u8],
}

/// Bytes are written as bytes, and not one by one as a list of numbers.
fn at_once<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

impl Content {
    /// The fold in `bytes`, and behind its first `fold_bytes` the health.
    pub(crate) fn new(bytes: Vec<u8>, fold_bytes: usize) -> Content {
        let fold_bytes = fold_bytes.min(bytes.len());
        Content { bytes: bytes.into(), fold_bytes }
    }

    pub(crate) fn fold(&self) -> &[u8] {
        &self.bytes[..self.fold_bytes]
    }

    pub(crate) fn health(&self) -> &[u8] {
        &self.bytes[self.fold_bytes..]
    }
}

impl Folds {
    /// Takes out what is known of a bay; it is known no more until it is kept again.
    pub(crate) fn take(&self, bay_no: i64, stamp: i64) -> Option<Known> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = generations.take(bay_no)?;
        drop(generations);
        (kept.stamp == stamp).then(|| kept.known(bay_no)).flatten()
    }

    /// The same under whatever stamp: for whoever compares it with that of the locked row later.
    pub(crate) fn take_as_it_is(&self, bay_no: i64) -> Option<Known> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = generations.take(bay_no)?;
        drop(generations);
        kept.known(bay_no)
    }

    /// How many of these bays are known. A guess: they may be known no more when asked for.
    pub(crate) fn count_known(&self, bay_nos: &[i64]) -> usize {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        bay_nos.iter().filter(|no| generations.knows(**no)).count()
    }

    /// Keeps bays as they were committed.
    pub(crate) fn keep(&self, bays: impl IntoIterator<Item = Known>) {
        let bays: Vec<_> =
            bays.into_iter().filter_map(|b| Some((b.row.bay_no, Kept::of(&b)?))).collect();
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        for (bay_no, kept) in bays {
            generations.keep(bay_no, kept);
        }
    }

    /// The bays whose stored fold lags behind, in order.
    pub(crate) fn lagging(&self) -> Vec<i64> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let all = generations.young.iter().chain(&generations.old);
        let mut lagging: Vec<i64> =
            all.filter(|(_, kept)| kept.lag > 0).map(|(no, _)| *no).collect();
        lagging.sort_unstable();
        lagging
    }
}

impl Generations {
    fn knows(&self, bay_no: i64) -> bool {
        self.young.contains_key(&bay_no) || self.old.contains_key(&bay_no)
    }

    fn take(&mut self, bay_no: i64) -> Option<Kept> {
        if let Some(kept) = self.young.remove(&bay_no) {
            self.young_bytes -= kept.bytes();
            return Some(kept);
        }
        self.old.remove(&bay_no)
    }

    fn keep(&mut self, bay_no: i64, kept: Kept) {
        self.take(bay_no);
        self.young_bytes += kept.bytes();
        self.young.insert(bay_no, kept);
        if self.young_bytes > LIMIT_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

impl Kept {
    /// `None` for what a newer version of the program made.
    fn of(known: &Known) -> Option<Kept> {
        let row = &known.row;
        let packed = Packed {
            version: row.version,
            setup_version: row.setup_version,
            observed_at: row.observed_at,
            changed_at: row.changed_at,
            again_at: row.again_at,
            last_seq: row.last_seq,
            checkpoint_at: known.checkpoint_at,
            state: BayState::from_name(&row.state)?,
            reason: StateReason::from_name(&row.reason)?,
            conditions: &row.conditions,
            fold: known.content.fold(),
            health: known.content.health(),
        };
        let room = Vec::with_capacity(known.content.bytes.len() + row.conditions.len() + ROW_BYTES);
        let packed = postcard::to_extend(&packed, room).ok()?.into_boxed_slice();
        Some(Kept { stamp: row.stamp, lag: known.lag, packed })
    }

    fn known(&self, bay_no: i64) -> Option<Known> {
        let packed: Packed<'_> = postcard::from_bytes(&self.packed).ok()?;
        let row = LiveRow {
            bay_no,
            stamp: self.stamp,
            version: packed.version,
            setup_version: packed.setup_version,
            state: packed.state.name().to_owned(),
            reason: packed.reason.name().to_owned(),
            observed_at: packed.observed_at,
            changed_at: packed.changed_at,
            again_at: packed.again_at,
            last_seq: packed.last_seq,
            conditions: packed.conditions.to_owned(),
        };
        let content = Content::new([packed.fold, packed.health].concat(), packed.fold.len());
        Some(Known { row, content, checkpoint_at: packed.checkpoint_at, lag: self.lag })
    }

    fn bytes(&self) -> usize {
        self.packed.len() + PLACE_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(bay_no: i64, stamp: i64, content: usize) -> Known {
        let row = LiveRow {
            bay_no,
            stamp,
            version: 3,
            setup_version: 1,
            state: "free".into(),
            reason: "heard".into(),
            observed_at: Some(4),
            changed_at: Some(5),
            again_at: Some(6),
            last_seq: Some(7),
            conditions: "d:stuck".into(),
        };
        let bytes = [vec![1; content], vec![2; 3]].concat();
        Known { row, content: Content::new(bytes, content), checkpoint_at: Some(8), lag: 2 }
    }

    #[test]
    fn what_was_kept_is_known_once_and_only_under_its_stamp() {
        let folds = Folds::default();
        folds.keep([known(1, 10, 5), known(2, 20, 5)]);
        assert_eq!(folds.lagging(), [1, 2]);
        assert_eq!(folds.count_known(&[2, 3, 4]), 1);
        assert_eq!(folds.take(1, 10), Some(known(1, 10, 5)));
        assert_eq!(folds.take(1, 10), None);
        assert_eq!(folds.take(2, 21), None);
        assert_eq!(folds.take(2, 20), None, "another gateway was there: forgotten");
        folds.keep([known(3, 30, 5)]);
        assert_eq!(folds.take_as_it_is(3), Some(known(3, 30, 5)));
        assert_eq!(folds.take(3, 30), None);
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_was_asked_for_longest_ago_is_forgotten_first() {
        let folds = Folds::default();
        let mib = 1 << 20;
        for bay_no in 0..300 {
            folds.keep([known(bay_no, 1, mib)]);
            // Asked for all the time.
            let first = folds.take(0, 1).expect("it is in use");
            folds.keep([first]);
        }
        let known = |bay_no: &i64| folds.take(*bay_no, 1).is_some();
        let left: Vec<i64> = (0..300).filter(known).collect();
        let most = LIMIT_BYTES / mib;
        assert!((most / 2 - 1..=most).contains(&left.len()), "{left:?}");
        assert_eq!((left[0], left[left.len() - 1]), (0, 299));
        assert!(left[1..].windows(2).all(|w| w[0] + 1 == w[1]), "{left:?}");
    }
}
