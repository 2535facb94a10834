//! First step: the presence as pieces, each doubtful or within one window.
//!
//! A window has *occurrences*, named by the window and the local day on which it began; a window
//! across midnight is one occurrence. Pieces are cut at midnight only where a day has a cap.

use vocabulary::Fen;

use super::{Case, Terms};
use crate::tariff::{Tariff, WallClock};

/// A stretch of the stay.
pub(super) struct Piece {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) place: Place,
    /// Length of its free beginning; set by `free`.
    pub(super) free_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The sensors cannot vouch for it.
    Doubtful,
    /// In an occurrence (index) of a window, on a local day (0 where days do not matter).
    Window { occurrence: usize, day: i64 },
}

/// One occurrence of a window, as far as the stay touches it, and its running tally.
pub(super) struct Occurrence {
    pub(super) window: usize,
    began_on: i64,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    /// Time of the stay in it.
    pub(super) length_ms: i64,
    /// What of the free minutes is left for it, where they are given per window; set by `free`.
    pub(super) free_left_ms: i64,
    /// The clock of the tiers.
    pub(super) elapsed_ms: i64,
    /// Charged so far, before any cap.
    pub(super) gross: Fen,
}

pub(super) struct Stay {
    pub(super) pieces: Vec<Piece>,
    pub(super) occurrences: Vec<Occurrence>,
}

impl Piece {
    pub(super) fn length_ms(&self) -> i64 {
        self.to_ms.saturating_sub(self.from_ms)
    }
}

pub(super) fn cut(tariff: &Tariff, terms: Terms<'_>, case: &Case) -> Stay {
    let mut knife = Knife {
        terms,
        wall_clock: &tariff.wall_clock,
        by_day: terms.day_cap().is_some(),
        stay: Stay { pieces: Vec::with_capacity(8), occurrences: Vec::with_capacity(4) },
    };
    let mut doubts = case.doubts.clone();
    doubts.sort_unstable();
    for interval in &case.intervals {
        let mut from_ms = interval.start_at().ms();
        for doubt in doubts.iter().filter_map(|d| d.overlap(*interval)) {
            let doubt_from_ms = doubt.start_at().ms().max(from_ms);
            knife.present(from_ms, doubt_from_ms);
            knife.doubtful(doubt_from_ms, doubt.end_at().ms());
            from_ms = from_ms.max(doubt.end_at().ms());
        }
        knife.present(from_ms, interval.end_at().ms());
    }
    knife.stay
}

struct Knife<'t> {
    terms: Terms<'t>,
    wall_clock: &'t WallClock,
    by_day: bool,
    stay: Stay,
}

impl Knife<'_> {
    fn doubtful(&mut self, from_ms: i64, to_ms: i64) {
        if from_ms < to_ms {
            self.lay(from_ms, to_ms, Place::Doubtful);
        }
    }

    fn present(&mut self, from_ms: i64, to_ms: i64) {
        let mut at_ms = from_ms;
        while at_ms < to_ms {
            at_ms = self.cut_at_next_border(at_ms, to_ms);
        }
    }

    /// Lays the piece that begins at `at_ms`; returns where it ends.
    fn cut_at_next_border(&mut self, at_ms: i64, to_ms: i64) -> i64 {
        let offset = self.wall_clock.at(at_ms);
        let (day, of_day_ms) = self.wall_clock.local(at_ms);
        let slots = &self.terms.version.slots;
        let slot = *slots
            .iter()
            .find(|slot| of_day_ms < slot.to_ms)
            .expect("a parsed tariff's windows cover the whole day");
        let border_ms = at_ms.saturating_add(slot.to_ms.saturating_sub(of_day_ms));
        let end_ms = border_ms.min(offset.until_ms).min(to_ms);
        let occurrence =
            self.occurrence(slot.window, day.saturating_add(slot.day_shift), at_ms, end_ms);
        let day = if self.by_day { day } else { 0 };
        self.lay(at_ms, end_ms, Place::Window { occurrence, day });
        end_ms
    }

    /// Where the clocks go back, a window may be entered twice: it is still one occurrence.
    fn occurrence(&mut self, window: usize, began_on: i64, from_ms: i64, to_ms: i64) -> usize {
        let occurrences = &mut self.stay.occurrences;
        let look_back = self.terms.version.windows.len().saturating_add(1);
        let known = occurrences
            .iter_mut()
            .enumerate()
            .rev()
            .take(look_back)
            .find(|(_, o)| o.window == window && o.began_on == began_on);
        let length_ms = to_ms.saturating_sub(from_ms);
        if let Some((index, occurrence)) = known {
            occurrence.to_ms = to_ms;
            occurrence.length_ms = occurrence.length_ms.saturating_add(length_ms);
            return index;
        }
        let new = Occurrence {
            window,
            began_on,
            from_ms,
            to_ms,
            length_ms,
            free_left_ms: 0,
            elapsed_ms: 0,
            gross: Fen::ZERO,
        };
        occurrences.push(new);
        occurrences.len().saturating_sub(1)
    }

    /// Adds a piece, or lengthens the last one where nothing separates them.
    fn lay(&mut self, from_ms: i64, to_ms: i64, place: Place) {
        match self.stay.pieces.last_mut() {
            Some(last) if last.to_ms == from_ms && last.place == place => last.to_ms = to_ms,
            _ => self.stay.pieces.push(Piece { from_ms, to_ms, place, free_ms: 0 }),
        }
    }
}
