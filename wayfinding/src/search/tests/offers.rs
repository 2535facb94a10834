//! Single offers, reckoned by hand; and what is kept while states change.

use super::*;

#[test]
fn an_offer_says_what_it_costs_and_until_when_it_holds() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let mut one = plain(1, at);
    let hours = Some(WeeklyHours::parse("08:00-12:00").unwrap());
    one.permit = Arc::new(Permit { zone: zone(2), hours, ..bay_without_limits() });
    one.block = block(1);
    let grid = BayGrid::build([one]);
    // 0.0009° to the north: 111.195 m a thousandth, so 100.08 m.
    let ask = ask(Point::new(104.1389, 36.5456).unwrap());
    let (rates, town) = (Rates::default(), town());
    let found = grid.find(&ask, &rates, &town);
    let [offer] = &found.free[..] else { panic!("{found:?}") };
    assert!((offer.distance_m - 100.08).abs() < 0.01, "{offer:?}");
    // 100.08 · 1.3 / 75 = 1.7347 min on foot at 60 fen, a fee of 200, and 240 fen if it is gone, at 0.3.
    assert!((offer.walk_min - 1.7347).abs() < 1e-3, "{offer:?}");
    // 104.08 + 200 + 72, in whole fen.
    assert_eq!(offer.cost_fen, 376, "{offer:?}");
    let noon = Timestamp::from_ms(NOW_MS + 90 * 60_000);
    assert_eq!(offer.permitted_until, Some(noon));
    assert_eq!(offer.warn_at(), Some(noon.plus_ms(-15 * 60_000)));
    // A stay that goes beyond noon has no place here.
    let longer = Ask { stay_min: 91, ..ask.clone() };
    assert_eq!(grid.find(&longer, &rates, &town).nothing, Some(Nothing::NoneFits));
}

#[test]
fn unknown_is_never_offered_as_free() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let seen = Some(Timestamp::from_ms(NOW_MS - 3_600_000));
    let mut silent = plain(1, at);
    silent.known = Known { state: State::Unknown, observed_at: seen, version: 3 };
    let grid = BayGrid::build([silent]);
    let (rates, town, ask) = (Rates::default(), town(), ask(at));
    let found = grid.find(&ask, &rates, &town);
    assert_eq!((found.free.len(), found.unknown.len()), (0, 0));
    assert_eq!(found.nothing, Some(Nothing::NoneFree));
    let ask = Ask { unknown_limit: 5, ..ask };
    let found = grid.find(&ask, &rates, &town);
    assert!(found.free.is_empty());
    assert_eq!(found.unknown[0].bay.observed_at, seen);
}

#[test]
fn a_zone_that_forbids_to_stand_there_ends_the_permission_of_its_bays() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let mut one = plain(1, at);
    one.permit = Arc::new(Permit { zone: zone(1), ..bay_without_limits() });
    let grid = BayGrid::build([one]);
    let (rates, town) = (Rates::default(), town());
    // Forbidden from 200 minutes on: a stay may end then, and not a minute later.
    let until = Some(Timestamp::from_ms(NOW_MS + 200 * 60_000));
    let stay = |stay_min| Ask { stay_min, ..ask(at) };
    let (whole, longer) = (stay(200), stay(201));
    assert_eq!(grid.find(&whole, &rates, &town).free[0].permitted_until, until);
    assert!(grid.find(&longer, &rates, &town).free.is_empty());
}

#[test]
fn bays_that_cost_the_same_come_in_order_of_their_codes() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let grid = BayGrid::build([3, 1, 2].map(|number| plain(number, at)));
    let (rates, town, ask) = (Rates::default(), town(), Ask { limit: 2, ..ask(at) });
    let found = grid.find(&ask, &rates, &town);
    let codes: Vec<&str> = found.free.iter().map(|offer| offer.bay.code.as_str()).collect();
    assert_eq!(codes, ["B00001", "B00002"]);
    assert_eq!((grid.len(), grid.is_empty()), (3, false));
}

#[test]
fn driving_on_can_be_worth_more_than_a_short_walk() {
    // The vehicle comes from the west; one bay on its way, one as far beyond the destination.
    let at = |lon: f64| Point::new(lon, 36.5447).unwrap();
    let grid = BayGrid::build([plain(1, at(104.1410)), plain(2, at(104.1368))]);
    let ask = Ask { from: Some(at(104.10)), ..ask(at(104.1389)) };
    let (rates, town) = (Rates::default(), town());
    let found = grid.find(&ask, &rates, &town);
    let codes: Vec<&str> = found.free.iter().map(|offer| offer.bay.code.as_str()).collect();
    assert_eq!(codes, ["B00002", "B00001"]);
}

#[test]
fn an_older_state_never_replaces_a_newer_one() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let grid = BayGrid::build([plain(1, at)]);
    let id = plain(1, at).id;
    let known = |state, version| Known { state, observed_at: None, version };
    for (state, version, taken) in [
        (State::Occupied, 3, true),
        (State::Free, 2, false),
        (State::Free, 3, false),
        (State::Free, 4, true),
    ] {
        assert_eq!(grid.update(id, known(state, version)), taken, "{version}");
    }
    assert!(!grid.update(plain(2, at).id, known(State::Free, 9)));
    assert_eq!(grid.nearest(at, 1.0, Some(State::Free), 5).len(), 1);
}

#[test]
fn searches_go_on_while_states_change() {
    let at = |n: usize| {
        near(104.1, 36.5, (i32::try_from(n % 40).unwrap(), i32::try_from(n / 40).unwrap()))
    };
    let grid = BayGrid::build((0..1600).map(|n| plain(n, at(n))));
    let ids: Vec<BayId> = (0..1600).map(|n| plain(n, at(n)).id).collect();
    let ask = Ask { limit: 2000, ..ask(at(820)) };
    let (rates, town) = (Rates::default(), town());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for version in 2..20 {
                for (n, id) in ids.iter().enumerate() {
                    // Even bays come and go, odd ones stay free.
                    let state =
                        if n % 2 == 0 && version % 2 == 0 { State::Occupied } else { State::Free };
                    grid.update(*id, Known { state, observed_at: None, version });
                }
            }
        });
        for _ in 0..50 {
            let found = grid.find(&ask, &rates, &town).free;
            let is_odd = |offer: &&Offer<'_>| offer.bay.code.as_str().as_bytes()[5] % 2 == 1;
            assert_eq!(found.iter().filter(is_odd).count(), 800);
        }
    });
    assert_eq!(grid.find(&ask, &rates, &town).free.len(), 1600);
}

#[test]
fn one_bay_is_judged_as_a_search_judges_it() {
    let at = Point::new(104.1389, 36.5447).unwrap();
    let mut one = plain(1, at);
    let hours = Some(WeeklyHours::parse("08:00-12:00").unwrap());
    one.permit = Arc::new(Permit { hours, ..bay_without_limits() });
    one.known.state = State::Occupied;
    let id = one.id;
    let grid = BayGrid::build([one]);
    // From 10:30 on; until noon are 90 minutes, whoever stands there now.
    let stay = |stay_min| Ask { stay_min, ..ask(at) };
    assert!(grid.takes(id, &stay(90), &town()));
    assert!(!grid.takes(id, &stay(91), &town()));
    assert!(!grid.takes(plain(2, at).id, &stay(1), &town()));
}
