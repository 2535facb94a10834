//! Second step: which time at the beginning is free of charge by the free minutes.
//!
//! Marks the free beginning of each piece; charges nothing. A free window stays a free window.

use super::cut::{Place, Stay};
use crate::tariff::{Charge, CountedIn, CountedPer, FreeMinutes, Version, WhenExceeded};

pub(super) fn mark(version: &Version, stay: &mut Stay) {
    let Some(free) = version.free else { return };
    let mut stay_left_ms = 0;
    match free.counted_per {
        CountedPer::Stay => stay_left_ms = allowance_ms(free, counted_ms(version, free, stay)),
        CountedPer::Window => {
            for occurrence in &mut stay.occurrences {
                occurrence.free_left_ms = allowance_ms(free, occurrence.length_ms);
            }
        }
    }
    for piece in &mut stay.pieces {
        let Place::Window { occurrence, .. } = piece.place else { continue };
        let occurrence = stay
            .occurrences
            .get_mut(occurrence)
            .expect("a piece's occurrence was made together with it");
        if !counts(version, free, occurrence.window) {
            continue;
        }
        let left_ms = match free.counted_per {
            CountedPer::Stay => &mut stay_left_ms,
            CountedPer::Window => &mut occurrence.free_left_ms,
        };
        piece.free_ms = piece.length_ms().min(*left_ms);
        *left_ms = left_ms.saturating_sub(piece.free_ms);
    }
}

/// Whether time in a window uses the free minutes up.
fn counts(version: &Version, free: FreeMinutes, window: usize) -> bool {
    let priced = version.windows.get(window).is_some_and(|w| matches!(w.charge, Charge::Priced(_)));
    priced || free.counted_in == CountedIn::AllWindows
}

fn counted_ms(version: &Version, free: FreeMinutes, stay: &Stay) -> i64 {
    let counted = stay.occurrences.iter().filter(|o| counts(version, free, o.window));
    counted.fold(0, |sum, o| sum.saturating_add(o.length_ms))
}

/// What is free at the beginning of `counted_ms` of counted time.
fn allowance_ms(free: FreeMinutes, counted_ms: i64) -> i64 {
    let free_ms = i64::from(free.minutes).saturating_mul(60_000);
    match free.when_exceeded {
        WhenExceeded::Lost if counted_ms > free_ms => 0,
        WhenExceeded::Lost | WhenExceeded::Deducted => counted_ms.min(free_ms),
    }
}
