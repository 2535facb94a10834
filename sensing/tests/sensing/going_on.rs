//! A saved state goes on to what folding from the start gives, whatever came in which order, in
//! which batches, how often, and wherever the gateway broke off.

use proptest::prelude::*;
use sensing::{Fold, Observation, Policy, Setup, Span, TimeSource, Watch, fold, sort};
use vocabulary::{Interval, Timestamp};

use crate::world::{device, observations, second};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

prop_compose! {
    /// Three devices, one of which a radio network dates; clocks of every kind.
    fn any_observation()(
        device_number in 1_u128..4,
        epoch in 0_u8..4,
        number in 0_i64..12,
        part in 0_u16..2,
        at in 0_i64..40,
        what in 0_usize..8,
        delay in 0_usize..9,
        clocked in prop::bool::weighted(0.8),
        apart in prop::option::weighted(0.1, 0_i64..900),
    ) -> Observation {
        let what = ["o", "v", "h1", "h0", "s1", "s", "i", "!"][what];
        let mut o = observations(&format!("{what} {}", at * 350)).remove(0);
        let delay = [0, 0, 3, 40, 45 * 60, 3 * DAY, -8 * 60, -5 * HOUR, 3 * 365 * DAY][delay];
        o.id.device = device(device_number);
        o.id.epoch = format!("e{epoch}");
        o.id.number = number;
        o.id.part = part;
        o.received_at = o.observed_at.plus_ms(delay * 1000);
        if device_number == 3 {
            o.device_at = None;
            o.time_source = TimeSource::Network;
            o.earliest_at = apart.map(|s| o.observed_at.plus_ms(-s * 1000));
        } else if !clocked {
            o.device_at = None;
            o.time_source = TimeSource::Received;
        }
        o
    }
}

/// Observations as stored: one per identity.
fn any_bay() -> impl Strategy<Value = Vec<Observation>> {
    prop::collection::vec(any_observation(), 0..40).prop_map(|mut all| {
        let mut seen = std::collections::HashSet::new();
        all.retain(|o| seen.insert(o.id.clone()));
        all
    })
}

fn any_setup() -> impl Strategy<Value = Setup> {
    let instant = || (0_i64..14_000).prop_map(second);
    let interval = (instant(), 0_i64..6000).prop_map(|(at, s)| (at, at.plus_ms(s * 1000)));
    let watch = (1_u128..4, instant(), prop::option::of(0_i64..9000)).prop_map(|(n, from, s)| {
        let to = s.map(|s: i64| from.plus_ms(s * 1000));
        Watch { device: device(n), from, to }
    });
    let closures = prop::collection::vec(interval, 0..2);
    (prop::option::of(instant()), prop::collection::vec(watch, 0..4), closures).prop_map(
        |(exists_from, watches, closures)| {
            let closure = |(from, to): (Timestamp, Timestamp)| Interval::new(from, to);
            Setup {
                exists_from,
                watches,
                closures: closures.into_iter().filter_map(closure).collect(),
            }
        },
    )
}

/// What a gateway keeps of a bay: every stored reading, and states saved now and then.
struct Kept {
    policy: Policy,
    setup: Setup,
    stored: Vec<Observation>,
    /// Newest last: the state as bytes, the spans then, and how much was stored.
    saved: Vec<(Vec<u8>, Vec<Span>, usize)>,
}

impl Kept {
    fn store(&mut self, batch: &[Observation]) {
        for o in batch {
            if !self.stored.iter().any(|known| known.id == o.id) {
                self.stored.push(o.clone());
            }
        }
        loop {
            let start = (written(&Fold::new()), Vec::new(), 0);
            let (bytes, spans, upto) = self.saved.last().cloned().unwrap_or(start);
            let mut state = read(&bytes);
            let before = state.clone();
            match state.resume(&self.policy, &self.setup, &self.stored[upto..]) {
                Ok(changed) => {
                    let spans = merged(spans, changed);
                    self.saved.push((written(&state), spans, self.stored.len()));
                    return;
                }
                Err(_) => {
                    assert_eq!(state, before, "what is late changes nothing");
                    self.saved.pop().expect("nothing is late for an empty state");
                }
            }
        }
    }
}

fn merged(mut spans: Vec<Span>, changed: Vec<Span>) -> Vec<Span> {
    for span in changed {
        match spans.iter_mut().find(|known| known.first == span.first) {
            Some(known) => *known = span,
            None => spans.push(span),
        }
    }
    spans
}

fn bytes(state: &Fold, spans: &[Span]) -> (Vec<u8>, String) {
    (written(state), serde_json::to_string(spans).expect("plain values"))
}

fn written(state: &Fold) -> Vec<u8> {
    postcard::to_stdvec(state).expect("plain values")
}

fn read(bytes: &[u8]) -> Fold {
    postcard::from_bytes(bytes).expect("just written")
}

proptest! {
    #[test]
    fn any_order_any_repeat_any_batches_any_crash_give_the_same_bytes(
        (bay, arrivals) in any_bay().prop_flat_map(|b| (Just(b.clone()), Just(b).prop_shuffle())),
        setup in any_setup(),
        sizes in prop::collection::vec(1_usize..6, 1..40),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        forgotten in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let policy = Policy::default();
        let mut arrivals = arrivals;
        for index in again.iter().filter(|_| !bay.is_empty()) {
            let repeat = index.get(&bay).clone();
            arrivals.insert(index.index(arrivals.len()), repeat);
        }
        let mut kept = Kept { policy, setup, stored: Vec::new(), saved: Vec::new() };
        let mut rest = arrivals.as_slice();
        let mut forgotten = forgotten.iter();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (batch, later) = rest.split_at((*size).min(rest.len()));
            kept.store(batch);
            rest = later;
            // A crash, or a state that was cleaned away: any of those saved may be gone.
            if let Some(index) = forgotten.next() {
                kept.saved.remove(index.index(kept.saved.len()));
            }
        }
        kept.store(&[]);
        let (_, spans, _) = kept.saved.last().cloned().unwrap_or_default();
        let state = kept.saved.last().map_or_else(Fold::new, |(bytes, ..)| read(bytes));
        let (expected, expected_spans) = fold(&kept.policy, &kept.setup, &bay);
        prop_assert_eq!(bytes(&state, &spans), bytes(&expected, &expected_spans));
    }

    #[test]
    fn a_step_is_a_short_way_to_go_on(bay in any_bay(), setup in any_setup()) {
        let policy = Policy::default();
        let mut sorted = bay;
        sort(&policy, &mut sorted);
        let mut state = Fold::new();
        let mut spans = Vec::new();
        for (n, o) in sorted.iter().enumerate() {
            let (expected, expected_spans) = fold(&policy, &setup, &sorted[..=n]);
            if state.follows(&policy, o) {
                spans = merged(spans, state.step(&policy, &setup, o));
            } else {
                (state, spans) = (expected.clone(), expected_spans.clone());
            }
            prop_assert_eq!(&state, &expected);
            prop_assert_eq!(&spans, &expected_spans);
        }
    }

    #[test]
    fn any_order_of_arrival_gives_the_same_order(
        (mut one, mut other) in any_bay().prop_flat_map(|b| (Just(b.clone()), Just(b).prop_shuffle()))
    ) {
        let policy = Policy::default();
        sort(&policy, &mut one);
        sort(&policy, &mut other);
        prop_assert_eq!(&one, &other);
        let once = one.clone();
        sort(&policy, &mut one);
        prop_assert_eq!(one, once);
    }

    #[test]
    fn sorting_keeps_everything(bay in any_bay()) {
        let mut sorted = bay.clone();
        sort(&Policy::default(), &mut sorted);
        prop_assert_eq!(sorted.len(), bay.len());
        prop_assert!(bay.iter().all(|o| sorted.contains(o)));
    }

    #[test]
    fn a_saved_state_is_read_back_as_it_was(bay in any_bay(), setup in any_setup()) {
        let (state, _) = fold(&Policy::default(), &setup, &bay);
        let json = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Fold>(&json).unwrap(), &state);
        let bytes = postcard::to_stdvec(&state).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Fold>(&bytes).unwrap(), &state);
    }

    #[test]
    fn stays_of_a_bay_never_overlap(bay in any_bay(), setup in any_setup()) {
        let (_, spans) = fold(&Policy::default(), &setup, &bay);
        for pair in spans.windows(2) {
            let left = pair[0].left.expect("only the last vehicle is still there");
            prop_assert!(left.latest_at <= pair[1].arrived.latest_at);
            prop_assert!(left.earliest_at <= pair[1].arrived.earliest_at);
        }
        for span in &spans {
            prop_assert!(span.left_at().is_none_or(|left| left >= span.arrived_at()));
            prop_assert!(span.doubts.is_sorted_by_key(|d| d.interval));
        }
    }
}
