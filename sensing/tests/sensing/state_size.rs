//! What a bay costs to keep: the state of a healthy device in bytes.

use std::fmt::Write;

use sensing::{Fold, Policy, Setup, fold};

use crate::world::observations;

fn bytes_of(told: &str) -> usize {
    let (state, _) = fold(&Policy::default(), &Setup::default(), &observations(told));
    let bytes = postcard::to_stdvec(&state).expect("plain values");
    assert_eq!(postcard::from_bytes::<Fold>(&bytes).expect("just written"), state);
    bytes.len()
}

/// A month of a bay with 8 stays a day; instants as in 2026, an 8-digit boot id.
fn month(way: &str) -> String {
    let start_s = 1_789_430_400;
    let mut told = format!("{way}s0 {start_s}/9f3a1c02");
    for stay in 0..240 {
        let at = start_s + 60 + stay * 10_800;
        for (kind, after_s) in [("o", 0), ("h1", 1200), ("h1", 2400), ("v", 3000), ("h0", 4200)] {
            write!(told, ", {way}{kind} {}/9f3a1c02", at + after_s).expect("a text grows");
        }
    }
    told
}

#[test]
fn the_state_of_a_healthy_device_is_small() {
    for way in ["", "N:"] {
        let size = bytes_of(&month(way));
        assert!(size <= 200, "{way} {size} bytes");
    }
}

#[test]
fn the_state_does_not_grow_with_gaps_and_restarts() {
    let gaps: Vec<String> = (0..2000).map(|n| format!("h0 {}#{}", n * 1200, n * 3)).collect();
    let restarts: Vec<String> = (0..2000).map(|n| format!("s0 {}/boot{n}", n * 1200)).collect();
    for told in [gaps.join(", "), restarts.join(", ")] {
        let size = bytes_of(&told);
        assert!(size <= 700, "{size} bytes");
    }
}
