//! Tiles read back by a decoder that is not ours (`mvt-reader`) and compared with where things are, by the formula that the
//! OpenStreetMap wiki gives for tile numbers ("Slippy map tilenames").

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;

use geo_types::Geometry;
use mvt_reader::Reader;
use mvt_reader::feature::{Feature, Value};
use proptest::prelude::*;

use super::*;
use crate::network::Network;
use crate::street::Survey;
use crate::test_roads::{Chance, drawn};

fn bay(no: u64, lon: f64, lat: f64) -> MapBay<'static> {
    MapBay {
        no,
        code: BayCode::parse(&format!("B{no:06}")).unwrap(),
        at: Point::new(lon, lat).unwrap(),
        heading_deg: 90.0,
        length_m: 6.0,
        block: "RM-1",
        street: "人民路",
    }
}

fn town(bays: &[MapBay<'_>]) -> Layout {
    let mut builder = LayoutBuilder::new(Datum::Wgs84);
    bays.iter().for_each(|bay| builder.bay(bay));
    builder.finish()
}

fn tile_of(z: u32, lon: f64, lat: f64) -> TileId {
    let n = f64::from(1_u32 << z);
    let x = (lon + 180.0) / 360.0 * n;
    let y = (1.0 - lat.to_radians().tan().asinh() / PI) / 2.0 * n;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 2^20")]
    TileId::new(z, x as u32, y as u32).unwrap()
}

/// Degrees of a place in a tile.
fn degrees(tile: TileId, x: f32, y: f32) -> (f64, f64) {
    let n = f64::from(1_u32 << tile.z());
    let across = (f64::from(tile.x()) + f64::from(x) / 4096.0) / n;
    let down = (f64::from(tile.y()) + f64::from(y) / 4096.0) / n;
    (across * 360.0 - 180.0, (PI * (1.0 - 2.0 * down)).sinh().atan().to_degrees())
}

/// Metres of a unit of a tile.
fn unit_m(tile: TileId, lat: f64) -> f64 {
    2.0 * PI * 6_378_137.0 * lat.to_radians().cos() / f64::from(1_u32 << tile.z()) / 4096.0
}

fn features(layout: &Layout, tile: TileId) -> BTreeMap<String, Vec<Feature>> {
    let Some(bytes) = layout.tile(tile) else { return BTreeMap::new() };
    let reader = Reader::new(bytes).unwrap();
    let names = reader.get_layer_names().unwrap().into_iter().enumerate();
    names.map(|(number, name)| (name, reader.get_features(number).unwrap())).collect()
}

fn corners(feature: &Feature) -> Vec<(f32, f32)> {
    match &feature.geometry {
        Geometry::Point(point) => vec![(point.x(), point.y())],
        Geometry::MultiPoint(points) => points.iter().map(|p| (p.x(), p.y())).collect(),
        Geometry::LineString(line) => line.coords().map(|c| (c.x, c.y)).collect(),
        Geometry::MultiLineString(lines) => {
            lines.iter().flat_map(|line| line.coords().map(|c| (c.x, c.y))).collect()
        }
        Geometry::Polygon(polygon) => polygon.exterior().coords().map(|c| (c.x, c.y)).collect(),
        Geometry::MultiPolygon(polygons) => polygons
            .iter()
            .flat_map(|polygon| polygon.exterior().coords().map(|c| (c.x, c.y)))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn text(feature: &Feature, key: &str) -> Option<String> {
    match feature.properties.as_ref()?.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::UInt(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tile_that_is_not_there_has_no_number() {
    for (z, x, y, expected) in [
        (0, 0, 0, None),
        (0, 1, 0, Some(TileReject::OutOfRange)),
        (0, 0, 1, Some(TileReject::OutOfRange)),
        (20, 1_048_575, 1_048_575, None),
        (20, 1_048_576, 0, Some(TileReject::OutOfRange)),
        (21, 0, 0, Some(TileReject::TooDeep)),
        (300, 0, 0, Some(TileReject::TooDeep)),
        (u32::MAX, u32::MAX, u32::MAX, Some(TileReject::TooDeep)),
    ] {
        assert_eq!(TileId::new(z, x, y).err(), expected, "{z}/{x}/{y}");
    }
}

#[test]
fn bays_stand_where_the_register_says_at_every_zoom() {
    let bays = [
        bay(1, 104.1389, 36.5447),
        bay(2, 104.1391, 36.5448),
        bay(3, -0.000_06, 0.000_04),
        bay(4, 25.46, 65.01),
        bay(5, -70.66, -33.45),
    ];
    let layout = town(&bays);
    for z in 14..=20 {
        for bay in &bays {
            let tile = tile_of(z, bay.at.lon(), bay.at.lat());
            let layers = features(&layout, tile);
            let layer = if z < 16 { &layers["bay_point"] } else { &layers["bay"] };
            let found = layer.iter().find(|feature| feature.id == Some(bay.no)).unwrap();
            assert_eq!(text(found, "code").unwrap(), bay.code.as_str());
            let points = corners(found);
            // Of a rectangle the middle of two opposite corners.
            let (a, b) = (points[0], points[points.len() / 2]);
            let (lon, lat) = degrees(tile, f32::midpoint(a.0, b.0), f32::midpoint(a.1, b.1));
            let away_m = bay.at.distance_m(Point::new(lon, lat).unwrap());
            let unit_m = unit_m(tile, bay.at.lat());
            assert!(away_m < unit_m * 1.1 + 0.01, "z{z} {bay:?}: {away_m} m, a unit is {unit_m} m");
        }
    }
}

#[test]
fn a_bay_is_a_rectangle_of_its_size_along_its_heading() {
    for (heading_deg, length_m, expected_m) in [
        (90.0, 6.0, (6.0, 2.5)),
        (0.0, 6.0, (2.5, 6.0)),
        (360.0, 6.0, (2.5, 6.0)),
        (270.0, 15.6, (15.6, 3.25)),
        // Its box at 45°: (length + width) / √2.
        (45.0, 6.0, (8.5 / 2.0_f64.sqrt(), 8.5 / 2.0_f64.sqrt())),
    ] {
        let here = MapBay { heading_deg, length_m, ..bay(1, 104.1389, 36.5447) };
        let tile = tile_of(20, 104.1389, 36.5447);
        // Whole in one tile: at 104.1389 E, 36.5447 N one is 30 m wide, and a bay of 15.6 m may reach over its border.
        let mut around = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for (x, y) in
            features(&town(&[here]), TileId::new(18, tile.x() >> 2, tile.y() >> 2).unwrap())["bay"]
                .iter()
                .flat_map(corners)
        {
            around = [around[0].min(x), around[1].min(y), around[2].max(x), around[3].max(y)];
        }
        let unit_m = unit_m(TileId::new(18, 0, 0).unwrap(), 36.5447);
        let size_m =
            (f64::from(around[2] - around[0]) * unit_m, f64::from(around[3] - around[1]) * unit_m);
        assert!((size_m.0 - expected_m.0).abs() < 2.0 * unit_m, "{heading_deg}: {size_m:?}");
        assert!((size_m.1 - expected_m.1).abs() < 2.0 * unit_m, "{heading_deg}: {size_m:?}");
    }
}

#[test]
fn what_stands_on_a_border_is_in_both_tiles_in_the_same_place() {
    // The meridian and the equator are borders of tiles at every zoom from 1 on.
    let layout = town(&[bay(1, 0.0, 0.000_02), bay(2, 0.000_02, 0.0)]);
    for z in [14, 16, 18, 20] {
        let middle = 1_u32 << (z - 1);
        let name = if z < 16 { "bay_point" } else { "bay" };
        let of = |x: u32, y: u32, no: u64| -> BTreeSet<(i64, i64)> {
            let tile = TileId::new(z, x, y).unwrap();
            let layers = features(&layout, tile);
            let found = layers.get(name).into_iter().flatten().find(|f| f.id == Some(no));
            let corners = found.map(corners).unwrap_or_default();
            #[expect(clippy::cast_possible_truncation, reason = "units of a tile")]
            let whole = |(a, b): (f32, f32)| {
                (a as i64 + i64::from(x) * 4096, b as i64 + i64::from(y) * 4096)
            };
            corners.into_iter().map(whole).collect()
        };
        let (west, east) = (of(middle - 1, middle - 1, 1), of(middle, middle - 1, 1));
        assert!(!west.is_empty() && !east.is_empty(), "z{z}");
        if z < 18 {
            // Nothing is cut: all of the bay is in the buffer of both.
            assert_eq!(west, east, "z{z}");
            assert_eq!(of(middle, middle - 1, 2), of(middle, middle, 2), "z{z}");
        }
        assert_eq!(of(middle + 1, middle - 1, 1), BTreeSet::new(), "z{z}");
    }
}

#[test]
fn the_map_goes_on_over_the_date_line() {
    let mut survey = Survey::default();
    let street = drawn(&[(0.0, 0.0), (1.0, 0.0)], &[(&[0, 1], "=Date")]).streets[0].clone();
    survey.nodes =
        vec![Spot { lon: 1_799_999_000, lat: 100_000 }, Spot { lon: -1_799_999_000, lat: 100_000 }];
    survey.streets = vec![street];
    let mut builder = LayoutBuilder::new(Datum::Wgs84);
    builder.roads(&Network::build(&survey));
    [bay(1, 180.0, 0.01), bay(2, -179.999_99, 0.01)].iter().for_each(|bay| builder.bay(bay));
    let layout = builder.finish();
    for z in [14_u32, 16, 18] {
        let last = (1_u32 << z) - 1;
        let y = tile_of(z, 179.999_9, 0.01).y();
        let name = if z < 16 { "bay_point" } else { "bay" };
        for (x, side) in [(0, 0.0), (last, 4096.0)] {
            let layers = features(&layout, TileId::new(z, x, y).unwrap());
            let ids: BTreeSet<Option<u64>> = layers[name].iter().map(|bay| bay.id).collect();
            assert_eq!(ids, BTreeSet::from([Some(1), Some(2)]), "z{z} x{x}");
            let points: Vec<(f32, f32)> = layers["road"].iter().flat_map(corners).collect();
            // The street crosses the border, 0.0001° on each side (at zoom 18 that is 298 units), and does not
            // go around the earth.
            assert!(points.iter().all(|(x, _)| (x - side).abs() < 300.0), "z{z} x{x} {points:?}");
            assert!(points.iter().any(|(x, _)| (x - side).abs() > 0.5), "z{z} x{x} {points:?}");
        }
        let beside = layout.tile(TileId::new(z, 3, y).unwrap());
        assert_eq!(beside, None, "z{z}");
    }
}

#[test]
fn poles_are_beyond_every_tile() {
    let bays = [("A", 90.0), ("B", -90.0), ("C", 85.6)];
    let bays = bays.map(|(block, lat)| MapBay { block, ..bay(1, 10.0, lat) });
    let layout = town(&bays);
    for z in [14_u32, 16, 20] {
        let side = 1_u32 << z;
        let x = tile_of(z, 10.0, 0.0).x();
        for y in [0, side / 2, side - 1] {
            assert_eq!(layout.tile(TileId::new(z, x, y).unwrap()), None, "z{z} y{y}");
        }
    }
}

#[test]
fn a_tile_has_names_and_bay_numbers_and_nothing_else() {
    let points = [(0.0, 0.0), (100.0, 0.0), (100.0, 90.0)];
    let survey = drawn(&points, &[(&[0, 1], "one-way =人民路"), (&[1, 2], "path")]);
    let mut builder = LayoutBuilder::new(Datum::Wgs84);
    builder.roads(&Network::build(&survey));
    builder.bay(&bay(7, 104.0002, 0.000_05));
    for (kind, name, name_en) in [
        ("hospital", "白银市第一人民医院", "First Hospital"),
        ("hairdresser", "小李理发", ""),
        ("street", "人民路", ""),
        ("street_parking", "人民路", ""),
        ("parking", "", ""),
    ] {
        let at = Point::new(104.0003, 0.0002).unwrap();
        builder.place(&MapName { kind, name, name_en, at });
    }
    let layout = builder.finish();
    let layers = features(&layout, tile_of(16, 104.0002, 0.000_05));
    let keys: BTreeMap<&str, BTreeSet<&str>> = layers
        .iter()
        .map(|(name, features)| {
            let keys = features.iter().filter_map(|f| f.properties.as_ref());
            (name.as_str(), keys.flat_map(|p| p.keys().map(String::as_str)).collect())
        })
        .collect();
    let expected = BTreeMap::from([
        ("road", BTreeSet::from(["class", "name", "one_way"])),
        ("block", BTreeSet::from(["block", "street"])),
        ("bay", BTreeSet::from(["code"])),
        ("place", BTreeSet::from(["kind", "name", "name_en"])),
    ]);
    assert_eq!(keys, expected);
    let names: Vec<Option<String>> = layers["place"].iter().map(|f| text(f, "name")).collect();
    assert_eq!(names, [Some("白银市第一人民医院".to_owned()), Some("小李理发".to_owned())]);
    let roads: BTreeSet<(Option<String>, Option<String>)> =
        layers["road"].iter().map(|f| (text(f, "class"), text(f, "name"))).collect();
    let is = |class: &str, name: Option<&str>| (Some(class.to_owned()), name.map(str::to_owned));
    assert_eq!(roads, BTreeSet::from([is("tertiary", Some("人民路")), is("path", None)]));
    // Farther away fewer things, and nothing of a town from very far.
    let far = features(&layout, tile_of(13, 104.0002, 0.000_05));
    assert_eq!(far["place"].len(), 1);
    assert_eq!(far.get("bay").map(Vec::len), None);
    assert_eq!(layout.tile(TileId::new(0, 0, 0).unwrap()), None);
}

#[test]
fn a_tile_of_too_much_is_thinned_and_stays_small() {
    let mut chance = Chance(11);
    let mut part = || f64::from(u32::try_from(chance.below(1_000_000)).unwrap()) / 1e6;
    // 60,000 bays within a tile of zoom 14, 0.02° wide.
    let bays: Vec<MapBay<'_>> =
        (0..60_000).map(|no| bay(no, 104.0 + part() * 0.02, part() * 0.02)).collect();
    let layout = town(&bays);
    let tile = tile_of(14, 104.01, 0.01);
    let found = features(&layout, tile)["bay_point"].len();
    assert!((5_000..=20_000).contains(&found), "{found}");
    assert!(layout.tile(tile).unwrap().len() < 1 << 20);
}

fn bytes(layout: &Layout) -> Vec<u8> {
    let mut bytes = Vec::new();
    layout.each_byte(&mut |part| bytes.extend_from_slice(part));
    bytes
}

#[test]
fn the_order_does_not_matter_and_every_change_does() {
    let bays = || vec![bay(1, 104.1, 36.5), bay(2, 104.2, 36.5), bay(3, 104.1, 36.5)];
    let mut turned = bays();
    turned.reverse();
    let before = bytes(&town(&bays()));
    assert_eq!(bytes(&town(&turned)), before);
    let tile = tile_of(16, 104.1, 36.5);
    assert_eq!(town(&turned).tile(tile), town(&bays()).tile(tile));
    let changes: [fn(&mut MapBay<'_>); 6] = [
        |bay| bay.at = Point::new(104.100_000_1, 36.5).unwrap(),
        |bay| bay.heading_deg = 91.0,
        |bay| bay.length_m = 6.1,
        |bay| bay.code = BayCode::parse("OTHER1").unwrap(),
        |bay| bay.block = "RM-2",
        |bay| bay.street = "五一街",
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut bays = bays();
        change(&mut bays[0]);
        assert_ne!(bytes(&town(&bays)), before, "change {number}");
    }
    assert_ne!(bytes(&town(&bays()[..2])), before);
}

#[test]
fn a_bay_is_found_by_its_code() {
    let layout = town(&[bay(9, 104.1, 36.5), bay(4, 104.2, 36.5)]);
    let number = |code: &str| layout.number_of(&BayCode::parse(code).unwrap());
    assert_eq!((number("B000009"), number("b000004"), number("B000005")), (Some(9), Some(4), None));
    assert_eq!(layout.bounds(), Some([104.1, 36.5, 104.2, 36.5]));
    assert_eq!(town(&[]).bounds(), None);
}

/// The vector of `datum` tests: in Baiyin GCJ-02 lies some hundreds of metres away from WGS-84.
#[test]
fn a_map_over_a_shifted_base_map_is_shifted_as_it_is() {
    let mut builder = LayoutBuilder::new(Datum::Gcj02);
    builder.bay(&bay(1, 104.1389, 36.5447));
    let layout = builder.finish();
    let there = Degrees { lon: 104.1389, lat: 36.5447 }.convert(Datum::Wgs84, Datum::Gcj02);
    let tile = tile_of(16, there.lon, there.lat);
    let found = features(&layout, tile);
    let points = corners(&found["bay"][0]);
    let (a, b) = (points[0], points[2]);
    let (lon, lat) = degrees(tile, f32::midpoint(a.0, b.0), f32::midpoint(a.1, b.1));
    assert!((lon - there.lon).abs() < 2e-6 && (lat - there.lat).abs() < 2e-6, "{lon},{lat}");
    assert!((there.lon - 104.1389).abs() > 1e-3);
}

fn any_point() -> impl Strategy<Value = Point> {
    let edge = prop_oneof![Just(-180.0), Just(180.0), Just(0.0), -180.0..=180.0];
    let lat = prop_oneof![Just(-90.0), Just(90.0), Just(85.051_13), Just(0.0), -90.0..=90.0];
    (edge, lat).prop_map(|(lon, lat)| Point::new(lon, lat).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_tile_and_no_place_makes_it_panic(
        places in proptest::collection::vec((any_point(), 0.0..=360.0, 0.0..=30.0), 1..20),
        z in 0_u32..=20,
        near in any::<proptest::sample::Index>(),
        (dx, dy) in (0_u32..3, 0_u32..3),
    ) {
        let mut builder = LayoutBuilder::new(Datum::Wgs84);
        let mut survey = Survey::default();
        for (no, (at, heading_deg, length_m)) in (1..).zip(&places) {
            let bay = bay(no, at.lon(), at.lat());
            builder.bay(&MapBay { heading_deg: *heading_deg, length_m: *length_m, ..bay });
            builder.place(&MapName { kind: "hospital", name: "医院", name_en: "", at: *at });
            survey.nodes.push(Spot::of(*at));
        }
        let street = drawn(&[(0.0, 0.0), (1.0, 0.0)], &[(&[0, 1], "=A")]).streets[0].clone();
        let line = (0..u32::try_from(places.len()).unwrap()).collect();
        survey.streets = vec![crate::street::Street { line, ..street }];
        builder.roads(&Network::build(&survey));
        let layout = builder.finish();
        let at = near.get(&places).0;
        let middle = tile_of(z, at.lon().clamp(-179.999_999, 179.999_999), at.lat().clamp(-85.05, 85.05));
        let side = 1_u32 << z;
        let tile = TileId::new(z, (middle.x() + dx + side - 1) % side, (middle.y() + dy + side - 1) % side);
        for feature in features(&layout, tile.unwrap()).values().flatten() {
            for (x, y) in corners(feature) {
                prop_assert!((-64.5..=4160.5).contains(&x) && (-64.5..=4160.5).contains(&y), "{x} {y}");
            }
        }
    }
}
