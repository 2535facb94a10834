//! Ways over hand-drawn streets: each kind of rule, sides, refusals, what is said on the way.

use vocabulary::Point;

use super::*;
use crate::metric::{Conditions, Metric};
use crate::network::Network;
use crate::roads::{Navigator, Roads};
use crate::street::{RuleKind, Survey, Toward, TurnRule};
use crate::test_roads::{at_node, drawn, over, spot};

/// Four junctions by three, 100 m apart; node `4 × row + column`. Streets: 0–8 from west to east (three a
/// row), 9–16 from south to north (four a row).
const EAST: [[u32; 2]; 9] =
    [[0, 1], [1, 2], [2, 3], [4, 5], [5, 6], [6, 7], [8, 9], [9, 10], [10, 11]];
const NORTH: [[u32; 2]; 8] = [[0, 4], [1, 5], [2, 6], [3, 7], [4, 8], [5, 9], [6, 10], [7, 11]];

fn grid() -> Survey {
    let points: Vec<(f64, f64)> =
        (0..12).map(|node| (f64::from(node % 4) * 100.0, f64::from(node / 4) * 100.0)).collect();
    let streets: Vec<(&[u32], &str)> =
        EAST.iter().chain(&NORTH).map(|line| (line.as_slice(), "")).collect();
    drawn(&points, &streets)
}

fn roads(survey: &Survey) -> Roads {
    Roads::prepare(Network::build(survey)).unwrap()
}

fn place(east_m: f64, north_m: f64) -> Point {
    spot(east_m, north_m).point()
}

/// The length of the shortest way, in whole metres.
fn length(survey: &Survey, from: (f64, f64), to: (f64, f64)) -> Result<i64, RouteReject> {
    let (from, to) = (Stop::anywhere(place(from.0, from.1)), Stop::anywhere(place(to.0, to.1)));
    let route = roads(survey).route(&mut Navigator::default(), &from, &to, Metric::Shortest)?;
    #[expect(clippy::cast_possible_truncation, reason = "a town")]
    Ok(route.distance_m.round() as i64)
}

/// From the middle of street 3 (east of node 4, row 1) through node 5: straight on to the middle of street 4, left
/// to that of street 14 (north), right to that of street 10 (south), and back to the first quarter of street 3.
const BEGIN: (f64, f64) = (50.0, 100.0);
const STRAIGHT: (f64, f64) = (150.0, 100.0);
const LEFT: (f64, f64) = (100.0, 150.0);
const RIGHT: (f64, f64) = (100.0, 50.0);

#[test]
fn every_kind_of_rule_is_kept_at_its_junction_and_nowhere_else() {
    let check = |kind: Option<(RuleKind, i64)>, expected: [i64; 3]| {
        let mut survey = grid();
        survey.rules.extend(kind.map(|(kind, to)| at_node(kind, 3, 5, to)));
        let found = [STRAIGHT, LEFT, RIGHT].map(|to| length(&survey, BEGIN, to).unwrap());
        assert_eq!(found, expected, "{kind:?}");
    };
    // Without a rule: 50 m to the junction and 50 m beyond it.
    check(None, [100, 100, 100]);
    // The way round, by hand. Street 3 is left westwards at node 4 instead: 50 m; then around the block to the
    // target: north 100, east 100, and down the western half of what is asked for: 50 m.
    check(Some((RuleKind::NoLeft, 14)), [100, 300, 100]);
    check(Some((RuleKind::No, 10)), [100, 100, 300]);
    // Straight on is forbidden: right, and back at the next junction, would be 50 + 100 + 100 + 50 m: node 5 is
    // passed from the south then, where nothing is forbidden; so is left and back.
    check(Some((RuleKind::No, 4)), [300, 100, 100]);
    // Only straight on: the others by the other end of the street, as above.
    check(Some((RuleKind::Only, 4)), [100, 300, 300]);
    check(Some((RuleKind::Only, 14)), [300, 100, 300]);
    check(Some((RuleKind::NoUTurn, 3)), [100, 100, 100]);
}

#[test]
fn where_streets_go_on_beyond_the_junction_the_sign_says_which_way_is_meant() {
    // A street from west to east (0), another one from north to south (1), each in one piece.
    let survey = |kind, toward| {
        let mut survey = drawn(
            &[(0.0, 100.0), (100.0, 100.0), (200.0, 100.0), (100.0, 200.0), (100.0, 0.0)],
            &[(&[0, 1, 2], ""), (&[3, 1, 4], "")],
        );
        survey.rules.push(TurnRule { toward: Some(toward), ..at_node(kind, 0, 1, 1) });
        survey
    };
    let (west, east, north, south) = ((50.0, 100.0), (150.0, 100.0), (100.0, 150.0), (100.0, 50.0));
    let left = survey(RuleKind::NoLeft, Toward::Left);
    // On to the dead end and back: 50 + 100 + 100 + 50 m. From the east it is right, and permitted; left is south there.
    assert_eq!(length(&left, west, north), Ok(300));
    assert_eq!(length(&left, west, south), Ok(100));
    assert_eq!(length(&left, east, north), Ok(100));
    assert_eq!(length(&left, east, south), Ok(300));
    let right = survey(RuleKind::Only, Toward::Right);
    assert_eq!(length(&right, west, south), Ok(100));
    assert_eq!(length(&right, west, east), Ok(300));
}

#[test]
fn where_turning_left_is_forbidden_turning_back_is_too() {
    // Street 0 from west to node 1; from there street 1 east, street 2 north; all end dead.
    let survey = |kind: Option<RuleKind>| {
        let mut survey = drawn(
            &[(0.0, 0.0), (200.0, 0.0), (400.0, 0.0), (200.0, 200.0)],
            &[(&[0, 1], ""), (&[1, 2], ""), (&[1, 3], "")],
        );
        survey.rules.extend(kind.map(|kind| at_node(kind, 0, 1, 2)));
        survey
    };
    // From the kerb of street 0, eastbound, to its other kerb: at node 1 and back is 2 × 150 m.
    let back = |kind| {
        let roads = roads(&survey(kind));
        let (from, to) = (Stop::bay(place(50.0, -4.0)), Stop::bay(place(50.0, 4.0)));
        let route = roads.route(&mut Navigator::default(), &from, &to, Metric::Shortest).unwrap();
        route.distance_m.round()
    };
    assert_eq!(back(None), 300.0);
    // On to node 2 and back there: 2 × 350 m. (Turning left into street 2 is forbidden as well.)
    assert_eq!(back(Some(RuleKind::NoLeft)), 700.0);
    assert_eq!(back(Some(RuleKind::No)), 300.0);
}

#[test]
fn rules_over_a_street_hold_only_for_those_who_came_that_way() {
    let check = |rule: TurnRuleOf, from: (f64, f64), to: (f64, f64), expected: i64| {
        let mut survey = grid();
        survey.rules.extend(rule.map(|(kind, to)| over(kind, 3, &[4], to)));
        assert_eq!(length(&survey, from, to), Ok(expected), "{rule:?} {from:?} {to:?}");
    };
    type TurnRuleOf = Option<(RuleKind, i64)>;
    let north = (200.0, 150.0);
    // From street 3 over street 4 to street 15 (north of node 6): 50 + 100 + 50 m.
    check(None, BEGIN, north, 200);
    // Forbidden: left at node 5 already, and down to it: 50 + 100 + 100 + 50 m.
    check(Some((RuleKind::No, 15)), BEGIN, north, 300);
    // Who comes from the south over street 4 may.
    check(Some((RuleKind::No, 15)), (100.0, 50.0), north, 200);
    // Only straight on, after both: to street 5 as ever, and from node 5 nowhere else but over street 4.
    check(Some((RuleKind::Only, 5)), BEGIN, (250.0, 100.0), 200);
    check(Some((RuleKind::Only, 5)), BEGIN, LEFT, 300);
    check(Some((RuleKind::Only, 5)), (100.0, 50.0), north, 200);
}

#[test]
fn one_ways_are_driven_one_way_and_walked_both() {
    let points = [(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)];
    let survey =
        drawn(&points, &[(&[0, 1], "one-way"), (&[1, 2], ""), (&[2, 3], "one-way"), (&[3, 0], "")]);
    assert_eq!(length(&survey, (50.0, 0.0), (150.0, 0.0)), Ok(100));
    // Round the block: 50 m on to node 1, 100, 200, 100, and 50 m to the target.
    assert_eq!(length(&survey, (150.0, 0.0), (50.0, 0.0)), Ok(500));
    let walk = roads(&survey).walk(place(150.0, 0.0), place(50.0, 0.0)).unwrap();
    assert_eq!(walk.distance_m.round(), 100.0);
    assert_eq!(walk.duration_s.round(), (100.0_f64 / 1.2).round());
}

#[test]
fn a_bay_is_reached_with_the_kerb_on_the_right() {
    let survey = grid();
    let roads = roads(&survey);
    let go = |from: Stop, to: Stop| {
        roads.route(&mut Navigator::default(), &from, &to, Metric::Shortest).unwrap()
    };
    // North of street 4 (row 1): who drives on the right gets there going west.
    let bay = place(150.0, 104.0);
    let route = go(Stop::anywhere(place(50.0, 100.0)), Stop::bay(bay));
    assert_eq!(route.arrival_side, Side::Right);
    // Past it to node 6 and back there: 50 + 100 + 50 m.
    assert_eq!(route.distance_m.round(), 200.0);
    let anywhere = go(Stop::anywhere(place(50.0, 100.0)), Stop::anywhere(bay));
    assert_eq!((anywhere.distance_m.round(), anywhere.arrival_side), (100.0, Side::Left));
    assert!((anywhere.to_road_m - 4.0).abs() < 0.1);
    // On a one-way street the kerb on the left is the only way.
    let one_way = drawn(
        &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)],
        &[(&[0, 1], "one-way"), (&[1, 2], ""), (&[2, 3], "one-way"), (&[3, 0], "")],
    );
    let roads = super::tests::roads(&one_way);
    let (from, to) = (Stop::anywhere(place(50.0, 0.0)), Stop::bay(place(150.0, 4.0)));
    let route = roads.route(&mut Navigator::default(), &from, &to, Metric::Shortest).unwrap();
    assert_eq!((route.distance_m.round(), route.arrival_side), (100.0, Side::Left));
}

#[test]
fn nobody_is_sent_through_a_private_street_but_everybody_into_it() {
    // Three streets around, and a private one across from node 0 to node 3.
    let survey = drawn(
        &[(0.0, 0.0), (0.0, 300.0), (400.0, 300.0), (400.0, 0.0)],
        &[(&[0, 1], ""), (&[1, 2], ""), (&[2, 3], ""), (&[0, 3], "private")],
    );
    // Around: 200 + 400 + 200 m, rather than across: 100 + 400 + 100 m.
    assert_eq!(length(&survey, (0.0, 100.0), (400.0, 100.0)), Ok(800));
    assert_eq!(length(&survey, (0.0, 100.0), (100.0, 0.0)), Ok(200));
    assert_eq!(length(&survey, (100.0, 0.0), (400.0, 100.0)), Ok(400));
}

#[test]
fn barriers_stop_vehicles_and_not_people() {
    let mut survey = drawn(
        &[(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)],
        &[(&[0, 1, 2], ""), (&[2, 3], ""), (&[3, 4], ""), (&[4, 0], "")],
    );
    assert_eq!(length(&survey, (50.0, 0.0), (150.0, 0.0)), Ok(100));
    survey.barriers.push(1);
    // 50 + 100 + 200 + 100 + 50 m.
    assert_eq!(length(&survey, (50.0, 0.0), (150.0, 0.0)), Ok(500));
    let walk = roads(&survey).walk(place(50.0, 0.0), place(150.0, 0.0)).unwrap();
    assert_eq!(walk.distance_m.round(), 100.0);
}

#[test]
fn refusals_say_what_is_wrong() {
    let mut points: Vec<(f64, f64)> =
        (0..12).map(|node| (f64::from(node % 4) * 100.0, f64::from(node / 4) * 100.0)).collect();
    // An island 5 km to the east, and a one-way street that leads out to it and not back.
    points.extend([(5_000.0, 0.0), (5_100.0, 0.0), (2_000.0, 0.0)]);
    let mut streets: Vec<(&[u32], &str)> =
        EAST.iter().chain(&NORTH).map(|line| (line.as_slice(), "")).collect();
    streets.push((&[12, 13], ""));
    streets.push((&[3, 14], "one-way"));
    let survey = drawn(&points, &streets);
    let town = (50.0, 100.0);
    assert_eq!(
        length(&survey, town, (5_050.0, 10.0)),
        Err(RouteReject::Island { which: Which::To })
    );
    assert_eq!(
        length(&survey, (5_050.0, 10.0), town),
        Err(RouteReject::Island { which: Which::From })
    );
    // Into the one-way dead end, and nobody comes out again.
    assert_eq!(length(&survey, (250.0, 0.0), (1_900.0, 0.0)), Ok(1_650));
    assert_eq!(
        length(&survey, (1_900.0, 0.0), town),
        Err(RouteReject::Island { which: Which::From })
    );
    let sea = length(&survey, town, (0.0, -30_000.0)).unwrap_err();
    let RouteReject::TooFar { which: Which::To, nearest_m, limit_m: 1_000.0 } = sea else {
        panic!("{sea:?}")
    };
    assert!((nearest_m - 30_000.0).abs() < 50.0, "{nearest_m}");
    assert_eq!(sea.code(), "too_far_from_road");
    // Nearer to an island than to the main network, but not far from it: the main network is taken.
    assert_eq!(length(&survey, town, (50.0, 100.0)), Ok(0));
}

#[test]
fn begin_and_end_in_one_place_is_a_way_of_nothing() {
    let roads = roads(&grid());
    for stop in [Stop::anywhere(place(50.0, 103.0)), Stop::bay(place(50.0, 103.0))] {
        let route = roads.route(&mut Navigator::default(), &stop, &stop, Metric::Fastest).unwrap();
        assert_eq!((route.distance_m, route.duration_s, route.line.len()), (0.0, 0.0, 1));
        let said: Vec<&str> = route.steps.iter().map(|step| step.manoeuvre.name()).collect();
        assert_eq!(said, ["depart", "arrive"]);
    }
}

#[test]
fn many_ways_at_once_are_the_ways_one_by_one() {
    let roads = roads(&grid());
    let from = Stop::bay(place(30.0, -4.0));
    let mut targets: Vec<Stop> = (0..20)
        .map(|n| Stop::bay(place(f64::from(n) * 15.0 + 5.0, f64::from(n % 3) * 100.0 + 4.0)))
        .collect();
    targets.push(Stop::bay(place(0.0, 40_000.0)));
    let mut navigator = Navigator::default();
    let many = roads.drives_to(&mut navigator, &from, &targets, Metric::Fastest).unwrap();
    assert_eq!(many.len(), 21);
    for (to, drive) in targets.iter().zip(&many) {
        let one = roads.route(&mut Navigator::default(), &from, to, Metric::Fastest);
        let one = one.map(|route| Drive {
            distance_m: route.distance_m,
            duration_s: route.duration_s,
            arrival_side: route.arrival_side,
            to_road_m: route.to_road_m,
        });
        assert_eq!(*drive, one);
    }
    assert!(many[20].is_err() && many[..20].iter().all(Result::is_ok));
}

#[test]
fn closures_and_traffic_change_the_way_with_the_same_order() {
    let survey = grid();
    let map = roads(&survey);
    let go = |roads: &Roads, metric| {
        let (from, to) = (Stop::anywhere(place(50.0, 100.0)), Stop::anywhere(place(250.0, 100.0)));
        roads.route(&mut Navigator::default(), &from, &to, metric).unwrap()
    };
    assert_eq!(go(&map, Metric::Shortest).distance_m.round(), 200.0);
    // Street 4 (arcs 8 and 9) is closed: one block aside, 200 m more.
    let closed = map.under(Conditions::new(&[8, 9], &[]));
    assert_eq!(go(&closed, Metric::Shortest).distance_m.round(), 400.0);
    // At a tenth of the pace it is still the shortest, and no longer the fastest: 100 m at a tenth are
    // 1,000 m, the way around is 300 m.
    let slow = map.under(Conditions::new(&[], &[(8, 10), (9, 10)]));
    assert_eq!(go(&slow, Metric::Shortest).distance_m.round(), 200.0);
    assert_eq!(go(&slow, Metric::Fastest).distance_m.round(), 400.0);
    // Kept and read back, the closure still holds.
    let again = Roads::from_bytes(&closed.to_bytes()).unwrap();
    assert_eq!(go(&again, Metric::Shortest), go(&closed, Metric::Shortest));
    // With everything around it closed nobody gets there.
    let all: Vec<u32> = (0..34).filter(|arc| !(6..8).contains(arc)).collect();
    let shut = map.under(Conditions::new(&all, &[]));
    let (from, to) = (Stop::anywhere(place(50.0, 100.0)), Stop::anywhere(place(250.0, 200.0)));
    let refused = shut.route(&mut Navigator::default(), &from, &to, Metric::Fastest).unwrap();
    assert!(refused.to_road_m > 100.0, "the nearest open street is taken");
}

#[test]
fn what_is_said_on_the_way_is_what_there_is_to_do() {
    // 人民路 east, 五一街 north, then a roundabout: in from the south, out to the east at the first exit.
    let points = [
        (0.0, 0.0),
        (200.0, 0.0),
        (400.0, 0.0),
        (200.0, 200.0),
        (215.0, 215.0),
        (200.0, 230.0),
        (185.0, 215.0),
        (400.0, 215.0),
        (200.0, 400.0),
        (0.0, 215.0),
    ];
    let streets: [(&[u32], &str); 9] = [
        (&[0, 1], "=人民路"),
        (&[1, 2], "=人民路"),
        (&[1, 3], "=五一街"),
        (&[3, 4], "round"),
        (&[4, 5], "round"),
        (&[5, 6], "round"),
        (&[6, 3], "round"),
        (&[4, 7], "=公园路"),
        (&[5, 8], "=红星街"),
    ];
    let mut streets = streets.to_vec();
    streets.push((&[6, 9], "=工农路"));
    let roads = roads(&drawn(&points, &streets));
    let check = |from: (f64, f64), to: Stop, expected: &[&str]| {
        let from = Stop::anywhere(place(from.0, from.1));
        let route = roads.route(&mut Navigator::default(), &from, &to, Metric::Shortest).unwrap();
        let said: Vec<String> = route.steps.iter().map(Step::in_chinese).collect();
        assert_eq!(said, expected);
        let whole: f64 = route.steps.iter().map(|step| step.distance_m).sum();
        assert!((whole - route.distance_m).abs() < 1e-6, "{whole} {}", route.distance_m);
        route.steps.iter().map(Step::in_english).collect::<Vec<_>>()
    };
    let english = check(
        (50.0, 0.0),
        Stop::bay(place(300.0, 211.0)),
        &[
            "沿人民路向东行驶",
            "左转进入五一街",
            "进入环岛，从第1个出口驶出，进入公园路",
            "到达目的地，在右侧",
        ],
    );
    assert_eq!(
        english,
        [
            "Head east on 人民路",
            "Turn left onto 五一街",
            "At the roundabout take the 1st exit onto 公园路",
            "Arrive at your destination on the right",
        ]
    );
    check(
        (350.0, 0.0),
        Stop::anywhere(place(100.0, 215.0)),
        &[
            "沿人民路向西行驶",
            "右转进入五一街",
            "进入环岛，从第3个出口驶出，进入工农路",
            "到达目的地",
        ],
    );
    // Straight on along one street nothing is said.
    check((50.0, 0.0), Stop::anywhere(place(350.0, 0.0)), &["沿人民路向东行驶", "到达目的地"]);
}

#[test]
fn a_bend_with_another_name_is_a_turn_and_a_street_into_the_network_is_left() {
    let said = |roads: &Roads, from: (f64, f64), to: (f64, f64)| -> Vec<String> {
        let (from, to) = (Stop::anywhere(place(from.0, from.1)), Stop::anywhere(place(to.0, to.1)));
        let route = roads.route(&mut Navigator::default(), &from, &to, Metric::Shortest).unwrap();
        route.steps.iter().map(|step| step.manoeuvre.name().to_owned()).collect()
    };
    let points = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (100.0, -200.0)];
    let corner: [(&[u32], &str); 4] =
        [(&[0, 1], "=人民路"), (&[1, 2], "=公园路"), (&[2, 3], "=四龙路"), (&[3, 0], "=五一街")];
    let ring = roads(&drawn(&points, &corner));
    assert_eq!(said(&ring, (50.0, 0.0), (100.0, 50.0)), ["depart", "left", "arrive"]);
    // A one-way street to node 1 that nobody can drive to, and left into 人民路 is forbidden from there.
    let mut survey = drawn(&points, &[corner.as_slice(), &[(&[4, 1], "one-way")]].concat());
    survey.rules.push(at_node(RuleKind::NoLeft, 4, 1, 0));
    let fed = roads(&survey);
    let way = said(&fed, (100.0, -150.0), (50.0, 0.0));
    // Straight on into 公园路, back at node 2 (400 m rather than 500 m around the block), right into 人民路.
    assert_eq!(way, ["depart", "continue", "u_turn", "right", "arrive"]);
    assert_eq!(length(&survey, (100.0, -150.0), (100.0, 50.0)), Ok(200));
    // Nobody gets there: the nearest place that can be reached is the junction, 150 m before it.
    assert_eq!(length(&survey, (50.0, 0.0), (100.0, -150.0)), Ok(50));
}

#[test]
fn nobody_is_told_of_a_street_that_is_not_driven() {
    // 人民路 east to the corner, 五一街 north from there, 四龙路 east from its end.
    let points = [(0.0, 0.0), (200.0, 0.0), (200.0, 300.0), (500.0, 300.0)];
    let streets: [(&[u32], &str); 3] =
        [(&[0, 1], "=人民路"), (&[1, 2], "=五一街"), (&[2, 3], "=四龙路")];
    let roads = roads(&drawn(&points, &streets));
    let said = |from: (f64, f64), to: (f64, f64)| -> Vec<String> {
        let (from, to) = (Stop::anywhere(place(from.0, from.1)), Stop::anywhere(place(to.0, to.1)));
        let route = roads.route(&mut Navigator::default(), &from, &to, Metric::Fastest).unwrap();
        let whole: f64 = route.steps.iter().map(|step| step.distance_m).sum();
        assert!((whole - route.distance_m).abs() < 1e-6, "{whole} {}", route.distance_m);
        let last = &route.steps[route.steps.len() - 2];
        assert!(last.distance_m > 1.0, "{:?}", route.steps);
        route.steps.iter().map(Step::in_english).collect()
    };
    let north = "Head north on 五一街";
    let arrive = "Arrive at your destination";
    // Beyond the corner, at it, and half a metre before it.
    for from in [(260.0, -40.0), (200.0, 0.0), (199.5, 0.0)] {
        assert_eq!(
            said(from, (350.0, 300.0)),
            [north, "Turn right onto 四龙路", arrive],
            "{from:?}"
        );
    }
    // Two metres are driven.
    assert_eq!(
        said((198.0, 0.0), (200.0, 150.0))[..2],
        ["Head east on 人民路", "Turn left onto 五一街"]
    );
    // The same at the other end: whoever ends at the corner does not turn.
    for to in [(150.0, 360.0), (200.0, 300.0), (200.5, 300.0)] {
        let said = said((200.0, 50.0), to);
        assert_eq!(said[..1], [north], "{to:?}");
        assert_eq!(said.len(), 2, "{to:?} {said:?}");
    }
    let place_beyond = Stop::anywhere(place(150.0, 360.0));
    let from = Stop::anywhere(place(200.0, 50.0));
    let alone =
        roads.route(&mut Navigator::default(), &from, &place_beyond, Metric::Fastest).unwrap();
    assert_eq!(alone.arrival_side, Side::Ahead);
}

#[test]
fn over_the_date_line_it_is_as_far_as_anywhere() {
    let at = |lon: i64| crate::spot::Spot::of_units(lon, 0).unwrap();
    let mut survey = drawn(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)], &[(&[0, 1], ""), (&[1, 2], "")]);
    survey.nodes = vec![at(1_799_900_000), at(1_799_990_000), at(-1_799_900_000)];
    let place = |lon: f64| Point::new(lon, 0.0).unwrap();
    let (from, to) = (Stop::anywhere(place(179.992)), Stop::anywhere(place(-179.992)));
    let route =
        roads(&survey).route(&mut Navigator::default(), &from, &to, Metric::Shortest).unwrap();
    // 0.016° on the equator: 16 × 111.195 m.
    assert!((route.distance_m - 1_779.1).abs() < 0.2, "{}", route.distance_m);
}

#[test]
fn roads_that_are_kept_are_read_back_or_refused() {
    let roads = roads(&grid());
    let bytes = roads.to_bytes();
    let again = Roads::from_bytes(&bytes).unwrap();
    assert_eq!(again.prepared(), roads.prepared());
    for cut in [0, 3, 4, 10, bytes.len() / 2, bytes.len() - 1] {
        assert!(Roads::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    let mut other = bytes.clone();
    other[3] = 9;
    assert_eq!(Roads::from_bytes(&other).unwrap_err().code(), "roads_of_other_format");
    // A wrong byte anywhere: refused, or roads that can be asked.
    for place in 4..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[place] ^= 0x55;
        if let Ok(roads) = Roads::from_bytes(&wrong) {
            let (from, to) =
                (Stop::anywhere(self::place(50.0, 100.0)), Stop::bay(self::place(250.0, 204.0)));
            let _ = roads.route(&mut Navigator::default(), &from, &to, Metric::Fastest);
        }
    }
}
