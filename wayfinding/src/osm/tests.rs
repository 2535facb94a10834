//! Files written here, as the format's page says, and read back; and files that no writer would write.

mod writer;

use proptest::prelude::*;

use super::*;
use crate::spot::Spot;
use crate::street::{Access, RuleKind, Via};
use writer::{Block, field, file, frame};

const WHOLE: Settings = Settings { bounds: None, limit_bytes: 64 << 20 };

/// Nodes 1 to 9 on a line, 0.001° apart.
fn line() -> Block {
    let mut block = Block::default();
    for id in 1..10 {
        block.node(id, 1_040_000_000 + id * 10_000, 360_000_000, "");
    }
    block
}

/// The only street of a file with one way.
fn street(tags: &str) -> Option<crate::street::Street> {
    let mut block = line();
    block.way(5, &[1, 2], tags);
    block.way(6, &[3, 4], "highway=service");
    let survey = read_osm(&file(&block), WHOLE).unwrap();
    survey.streets.into_iter().find(|street| street.id == 5)
}

#[test]
fn tags_of_a_way_say_who_may_drive_and_walk_it_and_how_fast() {
    use Access::{Closed, Destination, Open};
    let check = |tags: &str, expected: Option<(Access, Access, bool, u8)>| {
        let read = street(tags);
        let said = read.map(|s| (s.along, s.against, s.on_foot, s.limit_along));
        assert_eq!(said, expected, "{tags}");
    };
    // Columns: along, against, on foot, limit along.
    for (tags, expected) in [
        ("highway=primary", (Open, Open, true, 60)),
        ("highway=primary oneway=yes", (Open, Closed, true, 60)),
        ("highway=primary oneway=-1", (Closed, Open, true, 60)),
        ("highway=primary oneway=no", (Open, Open, true, 60)),
        ("highway=motorway", (Open, Closed, false, 120)),
        ("highway=motorway oneway=no", (Open, Open, false, 120)),
        ("highway=tertiary junction=roundabout", (Open, Closed, true, 40)),
        ("highway=tertiary junction=circular oneway=-1", (Closed, Open, true, 40)),
        ("highway=residential oneway=yes oneway:motor~vehicle=no", (Open, Open, true, 30)),
        ("highway=residential access=no", (Closed, Closed, false, 30)),
        ("highway=residential access=no motor~vehicle=yes", (Open, Open, false, 30)),
        ("highway=residential access=no foot=yes", (Closed, Closed, true, 30)),
        ("highway=residential access=private", (Destination, Destination, false, 30)),
        ("highway=residential motor~vehicle=destination", (Destination, Destination, true, 30)),
        ("highway=residential motorcar=no motor~vehicle=yes", (Closed, Closed, true, 30)),
        ("highway=residential vehicle:backward=no", (Open, Closed, true, 30)),
        ("highway=service service=driveway", (Open, Open, true, 15)),
        ("highway=service service=emergency~access", (Closed, Closed, true, 15)),
        ("highway=footway", (Closed, Closed, true, 5)),
        ("highway=footway access=yes", (Closed, Closed, true, 5)),
        ("highway=pedestrian motor~vehicle=delivery", (Destination, Destination, true, 5)),
        ("highway=steps", (Closed, Closed, true, 5)),
        ("highway=track", (Closed, Closed, true, 15)),
        ("highway=track motor~vehicle=yes", (Open, Open, true, 15)),
        ("highway=secondary maxspeed=30", (Open, Open, true, 30)),
        ("highway=secondary maxspeed:forward=20 maxspeed=30", (Open, Open, true, 20)),
        ("highway=secondary maxspeed=CN:urban", (Open, Open, true, 50)),
        ("highway=secondary maxspeed=fast", (Open, Open, true, 50)),
        ("highway=secondary oneway=reversible", (Closed, Closed, true, 50)),
    ] {
        let (_, _, on_foot, _) = expected;
        // What nobody drives or walks is no street.
        let is_street = on_foot || expected.0 != Closed || expected.1 != Closed;
        check(tags, is_street.then_some(expected));
    }
    for nothing in [
        "",
        "building=yes",
        "highway=construction",
        "highway=pedestrian area=yes",
        "highway=footway foot=no",
    ] {
        check(nothing, None);
    }
}

#[test]
fn names_come_in_two_languages_and_numbers_help_out() {
    let name = |tags: &str| street(tags).unwrap().name;
    let named = name("highway=primary name=人民路 name:en=Renmin_Road");
    assert_eq!((named.zh.as_str(), named.en.as_str()), ("人民路", "Renmin Road"));
    assert_eq!(name("highway=trunk ref=G109").en, "G109");
    assert!(name("highway=service").is_empty());
}

#[test]
fn every_kind_of_restriction_is_read_or_counted() {
    let check =
        |tags: &str, members: &[(&str, i64, u64)], kind: Option<RuleKind>, counts: [u64; 4]| {
            let mut block = line();
            block.way(5, &[1, 2], "highway=primary");
            block.way(6, &[2, 3], "highway=primary");
            block.way(7, &[3, 4], "highway=primary");
            block.relation(members, tags);
            let survey = read_osm(&file(&block), WHOLE).unwrap();
            assert_eq!(survey.rules.first().map(|rule| rule.kind), kind, "{tags}");
            let c = survey.counts;
            let said = [c.rules, c.rules_conditional, c.rules_of_others, c.rules_unreadable];
            assert_eq!(said, counts, "{tags} {members:?}");
            survey
        };
    let simple = [("from", 5, 1), ("via", 2, 0), ("to", 6, 1)];
    let is = |value: &str| format!("type=restriction restriction={value}");
    for (value, kind) in [
        ("no~left~turn", RuleKind::NoLeft),
        ("no~right~turn", RuleKind::No),
        ("no~straight~on", RuleKind::No),
        ("no~u~turn", RuleKind::NoUTurn),
        ("only~straight~on", RuleKind::Only),
        ("only~left~turn", RuleKind::Only),
        ("no~entry", RuleKind::No),
        ("no~exit", RuleKind::No),
    ] {
        check(&is(value), &simple, Some(kind), [1, 0, 0, 0]);
    }
    let left = is("no~left~turn");
    check(&is("no~fun"), &simple, None, [0, 0, 0, 1]);
    check(&format!("{left} except=psv;bicycle"), &simple, Some(RuleKind::NoLeft), [1, 0, 0, 0]);
    check(&format!("{left} except=psv;motorcar"), &simple, None, [0, 0, 1, 0]);
    check(&format!("{left} hour~on=07:00"), &simple, None, [0, 1, 0, 0]);
    check(
        "type=restriction restriction:conditional=no~left~turn_@_(07:00-09:00)",
        &simple,
        None,
        [0, 1, 0, 0],
    );
    check("type=restriction restriction:hgv=no~left~turn", &simple, None, [0, 0, 1, 0]);
    check(
        "type=restriction restriction:motorcar=no~left~turn",
        &simple,
        Some(RuleKind::NoLeft),
        [1, 0, 0, 0],
    );
    check(&left.replace("type=restriction", "type=restriction:bus"), &simple, None, [0, 0, 1, 0]);
    check(&left, &[("from", 5, 1), ("to", 6, 1)], None, [0, 0, 0, 1]);
    check(&left, &[("from", 5, 1), ("via", 2, 0), ("via", 3, 0), ("to", 6, 1)], None, [0, 0, 0, 1]);
    check(
        &left,
        &[("from", 5, 1), ("from", 7, 1), ("via", 2, 0), ("to", 6, 1)],
        None,
        [0, 0, 0, 1],
    );
    check(&left, &[("from", 5, 1), ("via", 99, 0), ("to", 6, 1)], None, [0, 0, 0, 1]);
    let over = [("from", 5, 1), ("via", 6, 1), ("to", 7, 1)];
    let survey = check(&is("no~u~turn"), &over, Some(RuleKind::NoUTurn), [1, 0, 0, 0]);
    assert_eq!(survey.rules[0].via, Via::Streets(vec![6]));
    let many = [("from", 5, 1), ("from", 7, 1), ("via", 2, 0), ("to", 6, 1)];
    check(&is("no~entry"), &many, Some(RuleKind::No), [1, 0, 0, 0]);
    check("type=multipolygon", &simple, None, [0, 0, 0, 0]);
}

#[test]
fn places_car_parks_and_parking_along_streets_are_kept() {
    let mut block = line();
    block.node(
        20,
        1_040_000_000,
        360_000_000,
        "amenity=hospital name=第一医院 name:en=First_Hospital",
    );
    block.node(21, 1_040_000_000, 360_000_000, "amenity=bench name=x");
    block.node(22, 1_040_000_000, 360_000_000, "shop=yes name=小店");
    block.way(30, &[1, 2, 3, 4, 1], "amenity=parking capacity=40 fee=yes");
    block.way(31, &[1, 2], "highway=primary name=人民路 parking:right=lane parking:right:fee=yes");
    block.way(32, &[2, 3], "highway=primary parking:both=no");
    let survey = read_osm(&file(&block), WHOLE).unwrap();
    let mut said: Vec<String> = survey
        .places
        .iter()
        .map(|p| format!("{} {} {} {}", p.key, p.kind, p.name, p.detail))
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "n20 hospital 第一医院 ",
            "n22 shop 小店 ",
            "w30 parking  capacity=40;fee=yes",
            "w31 street_parking 人民路 parking:right=lane;parking:right:fee=yes",
        ]
    );
    // The car park lies between nodes 1 and 4.
    let parking = survey.places.iter().find(|p| p.key == "w30").unwrap();
    assert!((parking.at.lon() - 104.0025).abs() < 1e-6);
    assert_eq!(survey.counts.places, 4);
}

#[test]
fn only_what_touches_the_rectangle_is_taken() {
    let mut block = line();
    block.way(5, &[1, 2, 3], "highway=primary");
    block.way(6, &[3, 4, 5], "highway=primary");
    block.way(7, &[6, 7], "highway=primary");
    let bytes = file(&block);
    let bounds = |west: i64, east: i64| {
        let corner =
            |lon: i64, lat: i64| Spot::of_units(1_040_000_000 + lon * 10_000, lat).unwrap();
        Settings {
            bounds: Some(Bounds {
                south_west: corner(west, 359_000_000),
                north_east: corner(east, 361_000_000),
            }),
            ..WHOLE
        }
    };
    let streets = |settings| -> Vec<i64> {
        read_osm(&bytes, settings).unwrap().streets.iter().map(|street| street.id).collect()
    };
    assert_eq!(streets(WHOLE), [5, 6, 7]);
    assert_eq!(streets(bounds(1, 2)), [5]);
    assert_eq!(streets(bounds(3, 3)), [5, 6]);
    assert_eq!(read_osm(&bytes, bounds(20, 30)), Err(OsmReject::NothingInBox));
    assert_eq!(read_osm(&bytes, bounds(8, 9)), Err(OsmReject::NoRoads));
    // All around the world the other way, over the date line.
    assert_eq!(streets(bounds(6, 5)), [5, 6, 7]);
}

#[test]
fn more_than_may_be_held_is_refused_with_figures() {
    let mut block = line();
    for way in 0..50 {
        block.way(way, &[1, 2, 3, 4, 5, 6, 7, 8, 9], "highway=primary");
    }
    let small = Settings { limit_bytes: 10_000, ..WHOLE };
    let Err(OsmReject::TooLarge { needs, limit }) = read_osm(&file(&block), small) else {
        panic!("it was read");
    };
    assert!(needs > limit && limit == 10_000);
}

#[test]
fn a_street_with_points_that_are_missing_is_cut_there() {
    let mut block = line();
    block.way(5, &[1, 2, 77, 3, 4, 78, 5], "highway=primary");
    let survey = read_osm(&file(&block), WHOLE).unwrap();
    let lengths: Vec<usize> = survey.streets.iter().map(|street| street.line.len()).collect();
    assert_eq!((lengths.as_slice(), survey.counts.streets_cut), (&[2, 2][..], 1));
}

#[test]
fn other_packings_and_features_are_refused_by_name() {
    let mut block = line();
    block.way(5, &[1, 2], "highway=primary");
    let header = field(1, &field(4, b"OsmSchema-V0.6"));
    let with = |blob: &[u8]| [frame("OSMHeader", &header), frame("OSMData", blob)].concat();
    assert!(read_osm(&with(&field(1, &block.bytes())), WHOLE).is_ok(), "not packed");
    for (number, name) in [(4, "lzma"), (5, "bzip2"), (6, "lz4"), (7, "zstd")] {
        assert_eq!(read_osm(&with(&field(number, b"x")), WHOLE), Err(OsmReject::Compression(name)));
    }
    let history = frame("OSMHeader", &field(1, &field(4, b"HistoricalInformation")));
    assert_eq!(
        read_osm(&history, WHOLE),
        Err(OsmReject::Feature("HistoricalInformation".to_owned()))
    );
    let other = [file(&block), frame("OSMIndex", b"anything")].concat();
    assert!(read_osm(&other, WHOLE).is_ok(), "what is not known is passed over");
}

/// A file with everything in it.
fn rich() -> Vec<u8> {
    let mut block = line();
    block.node(20, 1_040_000_000, 360_000_000, "amenity=hospital name=第一医院");
    block.node(21, 1_040_010_000, 360_000_000, "barrier=bollard");
    block.way(5, &[1, 2, 3], "highway=primary name=人民路");
    block.way(6, &[3, 4, 5], "highway=primary oneway=yes");
    block.relation(
        &[("from", 5, 1), ("via", 3, 0), ("to", 6, 1)],
        "type=restriction restriction=no~u~turn",
    );
    let header = field(1, &field(4, b"OsmSchema-V0.6"));
    [frame("OSMHeader", &header), frame("OSMData", &field(1, &block.bytes()))].concat()
}

proptest! {
    #[test]
    fn any_bytes_give_a_survey_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_osm(&bytes, WHOLE);
        let header = frame("OSMHeader", &field(1, &[]));
        let _ = read_osm(&[header.clone(), bytes.clone()].concat(), WHOLE);
        let _ = read_osm(&[header, frame("OSMData", &field(1, &bytes))].concat(), WHOLE);
    }

    #[test]
    fn a_file_with_wrong_bytes_gives_a_survey_or_a_refusal(
        wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = rich();
        for (place, byte) in &wrong {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        if let Ok(survey) = read_osm(&bytes, WHOLE) {
            let network = crate::network::Network::build(&survey);
            prop_assert!(network.check());
        }
        let _ = read_osm(&bytes[..cut.index(bytes.len())], WHOLE);
    }

    #[test]
    fn a_file_that_is_cut_short_is_refused(cut in any::<prop::sample::Index>()) {
        let bytes = rich();
        let cut = cut.index(bytes.len());
        let first = frame("OSMHeader", &field(1, &field(4, b"OsmSchema-V0.6"))).len();
        // Between the two frames it looks like a file without any roads.
        let expected = if cut == 0 { "not_pbf" } else if cut == first { "no_roads" } else { "cut_short" };
        prop_assert_eq!(read_osm(&bytes[..cut], WHOLE).unwrap_err().code(), expected);
    }
}
