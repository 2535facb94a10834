//! The index against a list that is searched from end to end.

use proptest::prelude::*;

use super::*;

const STATES: [State; 3] = [State::Free, State::Occupied, State::Unknown];

fn point(lon: f64, lat: f64) -> Point {
    Point::new(lon, lat).unwrap()
}

fn bay(number: u32, at: Point, state: State) -> Bay {
    Bay {
        id: format!("{number:032x}").parse().unwrap(),
        code: BayCode::parse(&format!("B{number:05}")).unwrap(),
        at,
        street: "人民路".into(),
        block: "RM-1".into(),
        state,
        observed_at: None,
        version: 1,
    }
}

fn index(bays: &[Bay]) -> LiveIndex {
    let mut index = LiveIndex::new();
    bays.iter().for_each(|bay| index.put(bay.clone()));
    index
}

/// The oracle: look at every bay.
fn all_nearest(
    bays: &[Bay],
    at: Point,
    radius_m: f64,
    state: Option<State>,
    limit: usize,
) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = bays
        .iter()
        .filter(|bay| state.is_none_or(|wanted| wanted == bay.state))
        .map(|bay| (bay.code.to_string(), at.distance_m(bay.at)))
        .filter(|(_, distance_m)| *distance_m <= radius_m)
        .collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(limit);
    found
}

fn found(hits: &[Hit<'_>]) -> Vec<(String, f64)> {
    hits.iter().map(|hit| (hit.bay.code.to_string(), hit.distance_m)).collect()
}

/// Places near one centre, in steps that often fall on the borders of cells.
fn places() -> impl Strategy<Value = (f64, f64, Vec<(i32, i32)>)> {
    let centres = prop_oneof![
        Just((104.1389, 36.5447)),
        Just((0.0, 0.0)),
        Just((179.9995, 10.0)),
        Just((-179.9995, -60.0)),
        Just((20.0, 89.999)),
    ];
    (centres, prop::collection::vec((-400_i32..400, -400_i32..400), 1..120))
        .prop_map(|((lon, lat), steps)| (lon, lat, steps))
}

fn near(lon: f64, lat: f64, (east, north): (i32, i32)) -> Point {
    const STEP_DEG: f64 = 0.000_15;
    let lon = lon + f64::from(east) * STEP_DEG;
    let lon = if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    };
    point(lon, (lat + f64::from(north) * STEP_DEG).min(90.0))
}

proptest! {
    #[test]
    fn the_nearest_bays_are_those_that_a_search_of_all_bays_finds(
        (lon, lat, steps) in places(),
        asked in (-400_i32..400, -400_i32..400),
        radius_m in prop_oneof![Just(0.0), 1.0..500.0, 500.0..20_000.0, Just(30_000_000.0)],
        wanted in prop::option::of(0_usize..3),
        limit in 0_usize..40,
        changes in prop::collection::vec((0_usize..120, 0_usize..3, 0_i64..4), 0..60),
    ) {
        let number = |i: usize| u32::try_from(i).unwrap();
        let mut bays: Vec<Bay> = steps
            .iter()
            .enumerate()
            .map(|(i, step)| bay(number(i), near(lon, lat, *step), STATES[i % 3]))
            .collect();
        let mut index = index(&bays);
        for (which, state, version) in changes {
            let Some(bay) = bays.get_mut(which) else { continue };
            let newer = version > bay.version;
            prop_assert_eq!(index.update(bay.id, version, STATES[state], None), newer);
            if newer {
                (bay.version, bay.state) = (version, STATES[state]);
            }
        }
        let (at, wanted) = (near(lon, lat, asked), wanted.map(|i| STATES[i]));
        let hits = index.nearest(at, radius_m, wanted, limit);
        prop_assert_eq!(found(&hits), all_nearest(&bays, at, radius_m, wanted, limit));
    }

    #[test]
    fn a_rectangle_holds_the_bays_between_its_borders(
        (lon, lat, steps) in places(),
        corners in ((-400_i32..400, -400_i32..400), (-400_i32..400, -400_i32..400)),
    ) {
        let bays: Vec<Bay> = (0..).zip(&steps).map(|(i, step)| bay(i, near(lon, lat, *step), State::Free)).collect();
        let (a, b) = (near(lon, lat, corners.0), near(lon, lat, corners.1));
        let south_west = point(a.lon().min(b.lon()), a.lat().min(b.lat()));
        let north_east = point(a.lon().max(b.lon()), a.lat().max(b.lat()));
        let expected: Vec<&Bay> = bays
            .iter()
            .filter(|bay| bay.at.lon() >= south_west.lon() && bay.at.lon() <= north_east.lon())
            .filter(|bay| bay.at.lat() >= south_west.lat() && bay.at.lat() <= north_east.lat())
            .collect();
        let index = index(&bays);
        prop_assert_eq!(index.within(south_west, north_east), expected);
    }
}

#[test]
fn bays_at_the_same_distance_come_in_the_order_of_their_codes() {
    let at = point(104.1389, 36.5447);
    let bays: Vec<Bay> = [3, 1, 2].map(|number| bay(number, at, State::Free)).to_vec();
    let index = index(&bays);
    let codes: Vec<String> =
        found(&index.nearest(at, 10.0, None, 2)).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["B00001", "B00002"]);
}

#[test]
fn an_older_state_never_replaces_a_newer_one() {
    let at = point(104.1389, 36.5447);
    let mut index = index(&[bay(1, at, State::Free)]);
    let id = bay(1, at, State::Free).id;
    let noon = Some(Timestamp::from_ms(1_789_444_800_000));
    for (version, state, taken) in [
        (3, State::Occupied, true),
        (2, State::Free, false),
        (3, State::Free, false),
        (4, State::Unknown, true),
    ] {
        assert_eq!(index.update(id, version, state, noon), taken, "{version}");
    }
    index.put(bay(1, point(104.2, 36.6), State::Free));
    let moved = index.bay(id).unwrap();
    assert_eq!((moved.state, moved.version, moved.observed_at), (State::Unknown, 4, noon));
    assert_eq!(index.nearest(point(104.2, 36.6), 1.0, None, 5).len(), 1);
    assert!(index.nearest(at, 100.0, None, 5).is_empty());
    assert!(!index.update(bay(2, at, State::Free).id, 9, State::Free, None));
}

#[test]
fn a_bay_is_found_by_its_painted_code() {
    let index = index(&[bay(7, point(104.1389, 36.5447), State::Free)]);
    assert!(index.bay_by_code(&BayCode::parse("b00007").unwrap()).is_some());
    assert!(index.bay_by_code(&BayCode::parse("B00008").unwrap()).is_none());
    assert_eq!((index.len(), index.is_empty(), index.bays().count()), (1, false, 1));
}

#[test]
fn bays_are_found_by_the_beginning_of_their_codes() {
    let at = point(104.1389, 36.5447);
    let index = index(&[3, 1, 12, 2].map(|number| bay(number, at, State::Free)));
    let begin = |typed: &str| -> Vec<String> {
        index.bays_coded(typed).map(|bay| bay.code.to_string()).collect()
    };
    assert_eq!(begin(" b0000"), ["B00001", "B00002", "B00003"]);
    assert_eq!(begin("B00012"), ["B00012"]);
    for nothing in ["B000121", "B1", "C", "车位", "", " "] {
        assert!(begin(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn the_names_of_states_are_read_back() {
    for state in STATES {
        assert_eq!(State::from_name(state.name()), Some(state));
    }
    assert_eq!(State::from_name("closed"), None);
}
