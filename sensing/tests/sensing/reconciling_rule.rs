//! The identity of stays, against the rule as it is said: counted second by second.

use proptest::prelude::*;
use sensing::{PublishedStay, Span, StayState, reconcile};
use vocabulary::{StayId, Timestamp};

use crate::reconciling::{any_spans, apply, minting};
use crate::world::second;

/// How many half seconds both were there, counted one by one. Whoever is there still stays half a
/// second longer than anything is known.
fn shared(one: &Span, other: &Span, known_until: Timestamp) -> usize {
    let there = |span: &Span, at: Timestamp| {
        let until = span.left.map_or(known_until.plus_ms(500), |left| left.latest_at);
        span.arrived.earliest_at <= at && at < until
    };
    let both = |at: &i64| {
        let at = Timestamp::from_ms(at * 500);
        there(one, at) && there(other, at)
    };
    (0..200).filter(both).count()
}

/// Which stay each span continues, by the rule: live stays and real spans first, then live stays
/// and pass-bys, then void stays. In rounds: everybody who is still without says which free span it
/// shares most with (tie: the earlier one); of those who name the same, the oldest gets it.
fn by_the_rule(stays: &[PublishedStay], spans: &[Span]) -> Vec<Option<StayId>> {
    let mut of_span: Vec<Option<StayId>> = vec![None; spans.len()];
    let all = stays.iter().map(|s| &s.span).chain(spans);
    let last = |span: &Span| span.left.map_or(span.arrived.latest_at, |left| left.latest_at);
    let known_until = all.map(last).max().unwrap_or(second(0));
    let mut oldest_first: Vec<&PublishedStay> = stays.iter().collect();
    oldest_first.sort_by_key(|s| (s.span.arrived.latest_at, s.id));
    for phase in 0..3 {
        loop {
            let mut named: Vec<(usize, StayId)> = Vec::new();
            for stay in &oldest_first {
                let live = matches!(stay.state, StayState::Present | StayState::Left);
                let may = |span: &Span| match phase {
                    0 => live && !span.brief,
                    1 => live && span.brief,
                    _ => stay.state == StayState::Void,
                };
                if of_span.contains(&Some(stay.id)) {
                    continue;
                }
                let mut best: Option<(usize, usize)> = None;
                for (i, span) in spans.iter().enumerate() {
                    // What never was and had no end has nothing in common but its beginning.
                    let endless = stay.state == StayState::Void && stay.span.left.is_none();
                    let common = if endless { 0 } else { shared(&stay.span, span, known_until) };
                    let same = stay.span.first == span.first;
                    let wanted = of_span[i].is_none() && may(span) && (common > 0 || same);
                    if wanted && best.is_none_or(|(most, _)| common > most) {
                        best = Some((common, i));
                    }
                }
                named.extend(best.map(|(_, i)| (i, stay.id)));
            }
            if named.is_empty() {
                break;
            }
            for (i, id) in named {
                of_span[i].get_or_insert(id);
            }
        }
    }
    of_span
}

proptest! {
    /// Against the rule as it is said, second by second.
    #[test]
    fn ids_go_where_the_rule_says(history in prop::collection::vec(any_spans(), 1..5)) {
        let mut mint = minting();
        let mut stays: Vec<PublishedStay> = Vec::new();
        for now in history {
            let expected = by_the_rule(&stays, &now);
            let revisions = reconcile(&stays, &now, &mut mint);
            stays = apply(stays, &revisions);
            for (span, stay) in now.iter().zip(&expected) {
                let holder = |id| stays.iter().find(|s| s.id == id).expect("a known stay");
                let live = |s: &&PublishedStay| {
                    s.span == *span && matches!(s.state, StayState::Present | StayState::Left)
                };
                match stay {
                    // A pass-by that stays one is told nothing.
                    Some(id) if span.brief => prop_assert_eq!(holder(*id).state, StayState::Void),
                    Some(id) => prop_assert_eq!(&holder(*id).span, span),
                    None if span.brief => {}
                    None => prop_assert_eq!(stays.iter().find(live).map(|s| s.revision), Some(1)),
                }
            }
            for revision in &revisions {
                if let sensing::Change::SupersededBy(heir) = revision.change {
                    let heir = stays.iter().find(|s| s.id == heir).expect("a known stay");
                    prop_assert!(matches!(heir.state, StayState::Present | StayState::Left));
                    prop_assert!(shared(&revision.span, &heir.span, second(99)) > 0);
                }
            }
            let ids: std::collections::HashSet<StayId> = stays.iter().map(|s| s.id).collect();
            prop_assert_eq!(ids.len(), stays.len());
        }
    }

    /// A bay's whole past at once is no reason to wait.
    #[test]
    fn the_order_in_which_stays_are_loaded_does_not_matter(
        (before, shuffled) in any_spans().prop_flat_map(|spans| {
            let stays = apply(Vec::new(), &reconcile(&[], &spans, &mut minting()));
            (Just(stays.clone()), Just(stays).prop_shuffle())
        }),
        now in any_spans(),
    ) {
        let one = reconcile(&before, &now, &mut minting());
        prop_assert_eq!(one, reconcile(&shuffled, &now, &mut minting()));
    }
}
