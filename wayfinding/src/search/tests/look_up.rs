//! Looking bays up, against a list that is searched from end to end.

use super::*;

/// Where a bay stands, as it is kept.
fn kept_point(bay: &BayFacts) -> Point {
    let (lon, lat) = kept(bay.at);
    Point::new(lon, lat).unwrap()
}

/// The oracle: look at every bay.
fn all_nearest(
    bays: &[BayFacts],
    at: Point,
    radius_m: f64,
    state: Option<State>,
    limit: usize,
) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = bays
        .iter()
        .filter(|bay| state.is_none_or(|wanted| wanted == bay.known.state))
        .map(|bay| (bay.code.to_string(), at.distance_m(kept_point(bay))))
        .filter(|(_, distance_m)| *distance_m <= radius_m)
        .collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(limit);
    found
}

fn codes<'a>(bays: impl IntoIterator<Item = Bay<'a>>) -> Vec<String> {
    bays.into_iter().map(|bay| bay.code.to_string()).collect()
}

proptest! {
    #[test]
    fn the_nearest_bays_are_those_that_a_search_of_all_bays_finds(
        (lon, lat) in centres(),
        steps in prop::collection::vec((-400_i32..400, -400_i32..400), 1..120),
        asked in (-400_i32..400, -400_i32..400),
        radius_m in prop_oneof![Just(0.0), 1.0..500.0, 500.0..20_000.0, Just(30_000_000.0)],
        wanted in prop::option::of(0_usize..3),
        limit in 0_usize..40,
        changes in prop::collection::vec((0_usize..120, 0_usize..3, 0_i64..4), 0..60),
    ) {
        let mut bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(lon, lat, *step), STATES[n % 3])).collect();
        let grid = BayGrid::build(bays.clone());
        for (which, state, version) in changes {
            let Some(bay) = bays.get_mut(which) else { continue };
            let known = Known { state: STATES[state], observed_at: None, version };
            if grid.update(bay.id, known) {
                bay.known = known;
            }
        }
        let (at, wanted) = (near(lon, lat, asked), wanted.map(|n| STATES[n]));
        let hits = grid.nearest(at, radius_m, wanted, limit);
        let found: Vec<(String, f64)> =
            hits.iter().map(|hit| (hit.bay.code.to_string(), hit.distance_m)).collect();
        prop_assert_eq!(found, all_nearest(&bays, at, radius_m, wanted, limit));
    }

    #[test]
    fn a_rectangle_holds_the_bays_between_its_borders(
        (lon, lat) in centres(),
        steps in prop::collection::vec((-400_i32..400, -400_i32..400), 1..120),
        corners in ((-400_i32..400, -400_i32..400), (-400_i32..400, -400_i32..400)),
    ) {
        let bays: Vec<BayFacts> =
            steps.iter().enumerate().map(|(n, step)| bay(n, near(lon, lat, *step), State::Free)).collect();
        let (a, b) = (near(lon, lat, corners.0), near(lon, lat, corners.1));
        let south_west = Point::new(a.lon().min(b.lon()), a.lat().min(b.lat())).unwrap();
        let north_east = Point::new(a.lon().max(b.lon()), a.lat().max(b.lat())).unwrap();
        let inside = |bay: &&BayFacts| {
            let at = kept_point(bay);
            at.lon() >= south_west.lon() && at.lon() <= north_east.lon()
                && at.lat() >= south_west.lat() && at.lat() <= north_east.lat()
        };
        let expected: Vec<String> = bays.iter().filter(inside).map(|bay| bay.code.to_string()).collect();
        prop_assert_eq!(codes(BayGrid::build(bays.clone()).within(south_west, north_east)), expected);
    }

    #[test]
    fn a_grid_that_is_built_anew_takes_over_what_was_known_newer(
        versions in prop::collection::vec((prop::option::of(0_i64..4), prop::option::of(0_i64..4)), 0..60),
    ) {
        let at = Point::new(104.1389, 36.5447).unwrap();
        let of = |n: usize, version: i64, state| {
            BayFacts { known: Known { state, observed_at: None, version }, ..plain(n, at) }
        };
        let numbered = versions.iter().enumerate();
        let before = numbered.clone().filter_map(|(n, v)| Some(of(n, v.0?, State::Free)));
        let after = numbered.clone().rev().filter_map(|(n, v)| Some(of(n, v.1?, State::Unknown)));
        let (before, after) = (BayGrid::build(before), BayGrid::build(after));
        let mut news = codes(after.take_over(&before));
        news.sort();
        let is_news = |(_, v): &(usize, &(Option<i64>, Option<i64>))| v.1.is_some() && v.0 < v.1;
        let expected: Vec<String> = numbered.clone().filter(is_news).map(|(n, _)| format!("B{n:05}")).collect();
        prop_assert_eq!(news, expected);
        for (n, (old, new)) in numbered {
            let Some(new) = new else { continue };
            let newer = old.is_some_and(|old| old > *new);
            let known = after.known(plain(n, at).id).unwrap();
            prop_assert_eq!(known.version, old.unwrap_or(*new).max(*new));
            prop_assert_eq!(known.state, if newer { State::Free } else { State::Unknown });
        }
    }

    #[test]
    fn every_bay_is_found_by_its_id_and_its_code(turn in 0_usize..40) {
        let at = |n: i32| near(104.1, 36.5, (n * 7 % 31, n * 11 % 29));
        let mut bays: Vec<BayFacts> =
            (0..40).map(|n| bay(usize::try_from(n).unwrap(), at(n), STATES[usize::try_from(n).unwrap() % 3])).collect();
        bays.rotate_left(turn);
        let grid = BayGrid::build(bays.clone());
        for bay in &bays {
            let shown = grid.bay(bay.id).unwrap();
            prop_assert_eq!((shown.code, shown.state), (&bay.code, bay.known.state));
            prop_assert_eq!((shown.kerb, shown.permit), (&*bay.block, &*bay.permit));
            prop_assert_eq!(grid.bay_by_code(&bay.code).map(|found| found.id), Some(bay.id));
        }
        prop_assert_eq!(grid.bays().count(), 40);
    }
}

#[test]
fn bays_at_the_same_distance_come_in_the_order_of_their_codes() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let grid = BayGrid::build([3, 1, 2].map(|number| plain(number, at)));
    let hits = grid.nearest(at, 10.0, None, 2);
    assert_eq!(codes(hits.iter().map(|hit| hit.bay)), ["B00001", "B00002"]);
}

#[test]
fn a_bay_is_found_by_its_painted_code_and_others_are_not() {
    let grid = BayGrid::build([plain(7, Point::new(104.1389, 36.5447).unwrap())]);
    let code = |text: &str| BayCode::parse(text).unwrap();
    assert!(grid.bay_by_code(&code("b00007")).is_some());
    assert!(grid.bay_by_code(&code("B00008")).is_none());
    assert!(grid.bay(plain(8, Point::new(0.0, 0.0).unwrap()).id).is_none());
}

#[test]
fn bays_are_found_by_the_beginning_of_their_codes() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let grid = BayGrid::build([3, 1, 12, 2].map(|number| plain(number, at)));
    let begin = |typed: &str| codes(grid.bays_coded(typed));
    assert_eq!(begin(" b0000"), ["B00001", "B00002", "B00003"]);
    assert_eq!(begin("B00012"), ["B00012"]);
    for nothing in ["B000121", "B1", "C", "车位", "", " "] {
        assert!(begin(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn a_grid_without_bays_has_nothing_to_show() {
    let (grid, at) = (BayGrid::build([]), Point::new(0.0, 0.0).unwrap());
    assert!(grid.nearest(at, 1e9, None, 5).is_empty() && grid.within(at, at).is_empty());
    let (rates, town, ask) = (Rates::default(), town(), ask(at));
    assert_eq!(grid.find(&ask, &rates, &town).nothing, Some(Nothing::Outside));
}

#[test]
fn the_names_of_states_are_read_back() {
    for state in STATES {
        assert_eq!(State::from_name(state.name()), Some(state));
    }
    assert_eq!(State::from_name("closed"), None);
}
