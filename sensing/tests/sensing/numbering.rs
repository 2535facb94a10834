//! The ledger of numbers: what was counted before, what is new, what a device may forget.

use std::collections::HashSet;

use proptest::prelude::*;
use sensing::{
    Admission, Fold, Kind, Observation, Policy, Reading, Report, Setup, TimeSource, fold,
};

use crate::world::{device, observations, second};

fn reading(o: &Observation) -> Reading {
    Reading {
        id: o.id.clone(),
        payload_hash: [0; 32],
        observed_at: o.observed_at,
        earliest_at: o.earliest_at,
        time_source: o.time_source,
        device_at: o.device_at,
        network_at: o.network_at,
        received_at: o.received_at,
        rssi_dbm: None,
        snr_db: None,
        report: Report::new(Kind::Info),
    }
}

fn folded(told: &str) -> Fold {
    fold(&Policy::default(), &Setup::default(), &observations(told)).0
}

/// `epoch admission` of the next reading.
fn identified(state: &Fold, next: &str) -> String {
    let identity = state.identify(&reading(&observations(next)[0]));
    format!("{} {:?}", identity.epoch, identity.admission)
}

#[test]
fn a_number_is_new_or_seen_or_not_sure() {
    for (told, next, expected) in [
        ("", "o 0/a#0", "a Unsure"),
        ("o 0/a#0", "v 9/a#1", "a New"),
        ("o 0/a#0", "o 0/a#0", "a Seen"),
        ("o 0/a#0, v 9/a#5", "h1 5/a#3", "a New"),
        ("o 0/a#0, v 9/a#5", "v 9/a#5", "a Seen"),
        ("o 0/a#7", "h0 0/a#3", "a Unsure"),
        ("o 0/a#7", "s 20/b#0", "b New"),
        ("o 0/a#7, s 20/b#0", "v 30/a#8", "a New"),
        ("o 0/a#7, s 20/b#0", "o 0/a#7", "a Seen"),
        ("o 0/a#7", "B:o 0/a#7", "a Unsure"),
        // A late one of a device that a network dates.
        ("N:o 0/01#7, N:v 500/01#9", "N:h1 300/01#8", "01 New"),
        ("N:o 0/01#7, N:v 500/01#9", "N:o 0/01#7", "01 Seen"),
        // Set back without a join: more than a minute later, and a number that was passed.
        ("N:o 0/01#7", "N:h1 60/01#7", "01 Seen"),
        ("N:o 0/01#7", "N:h1 61/01#7", "01@61000 New"),
        ("N:o 0/01#7", "N:h1 100/01#0", "01@100000 New"),
        ("N:o 0/01#7, N:h1 100/01@100000#0", "N:h1 200/01#1", "01@100000 New"),
        ("N:o 0/01#7, N:h1 100/01@100000#0", "N:h1 100/01#0", "01@100000 Seen"),
        ("N:o 0/01#7, N:h1 100/01@100000#0", "N:o 50/01#8", "01 New"),
        ("N:o 0/01#7, N:h1 100/01@100000#0", "N:h1 300/01#0", "01@300000 New"),
        // A native device never reuses a boot id, so a low number is late or a repeat.
        ("o 0/a#7", "h1 100/a#7", "a Seen"),
    ] {
        assert_eq!(identified(&folded(told), next), expected, "{told} then {next}");
    }
}

/// A copy that comes later bears the same word of its network, whatever is made of it then.
#[test]
fn a_copy_of_what_a_network_dated_is_known_whenever_it_comes() {
    let (policy, setup) = (Policy::default(), Setup::default());
    // Seconds: what the network said, when it came, what was made of it.
    let copy = |number: i64, said: i64, came: i64, observed: i64, source: TimeSource| {
        let mut o = observations(&format!("N:h1 {observed}/01#{number}")).remove(0);
        (o.network_at, o.received_at, o.time_source) = (Some(second(said)), second(came), source);
        o
    };
    let (dated, received) = (TimeSource::Network, TimeSource::Received);
    let hour = 3600;
    for (first, second_copy, expected) in [
        // Believed at first; an hour later it lies between its word and its arrival.
        (copy(7, 0, 1, 0, dated), copy(7, 0, hour, hour, dated), "01 Seen"),
        // Two hours ahead and not believed; when the copy comes it can be right.
        (
            copy(7, 2 * hour, 0, 0, received),
            copy(7, 2 * hour, 2 * hour, 2 * hour, dated),
            "01 Seen",
        ),
        (copy(7, 2 * hour, 0, 0, received), copy(7, 2 * hour, 60, 60, received), "01 Seen"),
        // Fifty years ahead: never.
        (copy(7, 1 << 31, 0, 0, received), copy(7, 1 << 31, hour, hour, received), "01 Seen"),
        // The next number is another message, and so is this one after the counter was set back.
        (copy(7, 2 * hour, 0, 0, received), copy(8, hour, hour, hour, dated), "01 New"),
        (copy(7, 0, 1, 0, dated), copy(7, 61, 62, 61, dated), "01@61000 New"),
    ] {
        let (state, _) = fold(&policy, &setup, std::slice::from_ref(&first));
        let identity = state.identify(&reading(&second_copy));
        let told = format!("{} {:?}", identity.epoch, identity.admission);
        assert_eq!(told, expected, "{first:?} then {second_copy:?}");
    }
}

#[test]
fn what_was_forgotten_is_not_called_new() {
    let restarts: Vec<String> = (0..20).map(|n| format!("s {}/e{n}#0", n * 10)).collect();
    let state = folded(&restarts.join(", "));
    assert_eq!(identified(&state, "s 0/e0#0"), "e0 Unsure");
    assert_eq!(identified(&state, "s 190/e19#0"), "e19 Seen");
    assert_eq!(identified(&state, "s 190/e19#1"), "e19 New");
    assert_eq!(identified(&state, "s 500/other#0"), "other Unsure");
    let gaps: Vec<String> = (0..100).map(|n| format!("h0 {}/a#{}", n * 1200, n * 2)).collect();
    let state = folded(&gaps.join(", "));
    assert_eq!(identified(&state, "h0 0/a#1"), "a Unsure");
    assert_eq!(identified(&state, "h0 0/a#2"), "a Unsure");
    assert_eq!(identified(&state, "h0 0/a#197"), "a New");
    assert_eq!(identified(&state, "h0 0/a#196"), "a Seen");
}

#[test]
fn a_device_may_forget_what_is_stored_and_nothing_before_a_gap() {
    for (told, ranges) in [
        ("o 0/a#0, v 9/a#1", vec![0..=1]),
        ("o 0/a#1, v 9/a#2", vec![1..=2]),
        ("o 0/a#0, v 9/a#2", vec![0..=0, 2..=2]),
        ("o 0/a#0, v 9/a#2, h1 5/a#1", vec![0..=2]),
        ("o 0/a#0, h0 5/a#4, v 9/a#2", vec![0..=0, 2..=2, 4..=4]),
        // What it kept from before is still to come.
        ("o 0/a#7, v 9/a#8", vec![7..=8]),
        ("o 0/b#0", vec![]),
    ] {
        assert_eq!(folded(told).stored(device(1), "a"), ranges, "{told}");
    }
    // 100 numbers, every other one: 32 gaps are remembered, and nothing is said of what lies before.
    let gaps: Vec<String> = (0..100).map(|n| format!("h0 {}/a#{}", n * 1200, n * 2)).collect();
    let stored = folded(&gaps.join(", ")).stored(device(1), "a");
    assert_eq!((stored.len(), stored.first()), (33, Some(&(134..=134))));
}

prop_compose! {
    fn any_word()(
        device_number in 1_u128..3,
        epoch in 0_u8..12,
        number in prop_oneof![0_i64..12, 0_i64..300],
        part in 0_u16..2,
        at in 0_i64..100,
    ) -> Observation {
        let mut o = observations(&format!("i {}", at * 40)).remove(0);
        o.id.device = device(device_number);
        o.id.epoch = format!("e{epoch}");
        o.id.number = number;
        o.id.part = part;
        // One that a network dates: a session that is over does not come back.
        if device_number == 2 {
            (o.time_source, o.device_at) = (TimeSource::Network, None);
            o.id.epoch = format!("e{}", at / 25);
        }
        o
    }
}

proptest! {
    /// Against a memory without limits: whoever says `New` was not counted, whoever `Seen` was.
    #[test]
    fn the_ledger_never_says_what_is_not_so(words in prop::collection::vec(any_word(), 0..120)) {
        let (policy, setup) = (Policy::default(), Setup::default());
        let mut state = Fold::new();
        let mut stored: Vec<Observation> = Vec::new();
        let mut counted: HashSet<(u128, String, i64)> = HashSet::new();
        for mut o in words {
            let identity = state.identify(&reading(&o));
            o.id.epoch = identity.epoch;
            let key = (o.id.device.0.as_u128(), o.id.epoch.clone(), o.id.number);
            match identity.admission {
                Admission::New => prop_assert!(!counted.contains(&key), "{key:?} was counted"),
                Admission::Seen => prop_assert!(counted.contains(&key), "{key:?} was not counted"),
                Admission::Unsure => {}
            }
            if !counted.insert(key) {
                continue;
            }
            stored.push(o.clone());
            if state.resume(&policy, &setup, std::slice::from_ref(&o)).is_err() {
                (state, _) = fold(&policy, &setup, &stored);
            }
        }
    }

    #[test]
    fn nothing_is_missing_in_what_is_stored(numbers in prop::collection::vec(0_i64..60, 1..80)) {
        let told: Vec<String> = numbers.iter().map(|n| format!("i {n}/a#{n}")).collect();
        let counted: HashSet<i64> = numbers.iter().copied().collect();
        let stored = folded(&told.join(", ")).stored(device(1), "a");
        let all: HashSet<i64> = stored.into_iter().flatten().collect();
        // 60 numbers have at most 30 gaps, so none is forgotten.
        prop_assert_eq!(all, counted);
    }
}
