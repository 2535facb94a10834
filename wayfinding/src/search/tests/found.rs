//! Whatever the town and the question: what is found is what a look at every bay finds.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_best_bays_are_those_that_a_look_at_every_bay_finds(
        ((lon, lat), ask) in centres().prop_flat_map(|at| (Just(at), an_ask(at.0, at.1))),
        steps in prop::collection::vec((-60_i32..60, -60_i32..60), 0..150),
        full in 0_usize..4,
        changes in prop::collection::vec((0_usize..150, 0_usize..3, 0_i64..4), 0..60),
    ) {
        // All free, mixed, mixed, all taken.
        let state = |number: usize| match full { 0 => State::Free, 3 => State::Occupied, _ => STATES[number % 3] };
        let mut bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(lon, lat, *step), state(n))).collect();
        let grid = BayGrid::build(bays.clone());
        for (which, state, version) in changes {
            let Some(bay) = bays.get_mut(which) else { continue };
            let known = Known { state: STATES[state], observed_at: None, version };
            let newer = version > bay.known.version;
            prop_assert_eq!(grid.update(bay.id, known), newer);
            if newer {
                bay.known = known;
            }
            prop_assert_eq!(grid.known(bay.id), Some(bay.known));
        }
        let (rates, town) = (Rates::default(), town());
        let found = grid.find(&ask, &rates, &town);
        prop_assert_eq!(named(&found.free), all(&bays, &ask, &rates, &town, (State::Free, ask.limit)));
        let unknown = all(&bays, &ask, &rates, &town, (State::Unknown, ask.unknown_limit));
        prop_assert_eq!(named(&found.unknown), unknown);
        prop_assert_eq!(found.nothing, why_nothing(&bays, &ask, &rates, &town));
    }

    #[test]
    fn bounds_that_hold_end_a_search_sooner_and_change_nothing_and_others_only_hide_bays(
        ((lon, lat), ask) in centres().prop_flat_map(|at| (Just(at), an_ask(at.0, at.1))),
        steps in prop::collection::vec((-60_i32..60, -60_i32..60), 0..150),
        rates in rates(),
        town in a_town(),
        // Close together, or scattered over many cells.
        spread in prop_oneof![Just(1), 1_i32..12],
        too_dear in 0_i64..3000,
    ) {
        let place = |(east, north): (i32, i32)| near(lon, lat, (east * spread, north * spread));
        let bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, place(*step), State::Free)).collect();
        let grid = BayGrid::build(bays.clone());
        let found = grid.find(&ask, &rates, &town);
        prop_assert_eq!(named(&found.free), all(&bays, &ask, &rates, &town, (State::Free, ask.limit)));
        // A promise that does not hold may hide bays; those offered are bays at their price, best first.
        let broken = Town { least_fee_fen: town.least_fee_fen + too_dear, best_chance: 0.0, ..town };
        let every = all(&bays, &ask, &rates, &broken, (State::Free, usize::MAX));
        let mut rest = every.iter();
        for offer in named(&grid.find(&ask, &rates, &broken).free) {
            prop_assert!(rest.any(|known| *known == offer), "{offer:?} not in order in {every:?}");
        }
    }

    #[test]
    fn the_order_in_which_bays_are_given_does_not_matter(
        steps in prop::collection::vec((-20_i32..20, -20_i32..20), 1..60),
        turn in 0_usize..60,
    ) {
        let bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(104.1, 36.5, *step), State::Free)).collect();
        let mut turned = bays.clone();
        turned.rotate_left(turn % bays.len());
        let ask = Ask { limit: 60, ..ask(near(104.1, 36.5, (0, 0))) };
        let find = |bays| named(&BayGrid::build(bays).find(&ask, &Rates::default(), &town()).free);
        prop_assert_eq!(find(bays), find(turned));
    }
}
