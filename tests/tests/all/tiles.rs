//! The map over HTTP: tiles read back by a decoder that is not ours, what may be kept and what may not, and states that are
//! joined to bays by their numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;
use std::time::Duration;

use gateway::flow::sign_in::Role;
use geo_types::Geometry;
use mvt_reader::Reader;
use mvt_reader::feature::{Feature, Value as Word};
use reqwest::Response;
use reqwest::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use serde_json::{Value, json};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::osm::OsmMap;
use crate::harness::programs::{run, text};
use crate::harness::{town, wait};

const WITHIN: Duration = Duration::from_secs(20);
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A browser that follows no redirect.
struct Browser {
    base: String,
    http: reqwest::Client,
}

impl Browser {
    fn of(town: &TestApp) -> Browser {
        let none = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().no_proxy().redirect(none).build().unwrap();
        Browser { base: town.api.base().to_owned(), http }
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    async fn layout(&self) -> Value {
        self.get("/tiles/layout.json").await.json().await.unwrap()
    }

    async fn version(&self) -> String {
        self.layout().await["layout_version"].as_str().unwrap().to_owned()
    }

    /// Features by layer of the tile at a zoom that a place is in.
    async fn features(&self, z: u32, lon: f64, lat: f64) -> BTreeMap<String, Vec<Feature>> {
        let (x, y) = tile_at(z, lon, lat);
        loop {
            let path = format!("/tiles/{}/{z}/{x}/{y}.mvt", self.version().await);
            let answer = self.get(&path).await;
            // The map changed between the two requests.
            if answer.status() != 307 {
                assert_eq!(answer.status(), 200, "{path}");
                return features(&answer.bytes().await.unwrap());
            }
        }
    }
}

fn features(bytes: &[u8]) -> BTreeMap<String, Vec<Feature>> {
    let reader = Reader::new(bytes.to_vec()).unwrap();
    let names = reader.get_layer_names().unwrap().into_iter().enumerate();
    names.map(|(number, name)| (name, reader.get_features(number).unwrap())).collect()
}

/// By the formula of the OpenStreetMap wiki, "Slippy map tilenames".
fn tile_at(z: u32, lon: f64, lat: f64) -> (u32, u32) {
    let n = f64::from(1_u32 << z);
    let y = (1.0 - lat.to_radians().tan().asinh() / PI) / 2.0 * n;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 2^20")]
    let tile = (((lon + 180.0) / 360.0 * n) as u32, y as u32);
    tile
}

/// The middle of a bay's rectangle in degrees.
fn middle(z: u32, (x, y): (u32, u32), feature: &Feature) -> (f64, f64) {
    let ring: Vec<(f32, f32)> = match &feature.geometry {
        Geometry::Polygon(polygon) => polygon.exterior().coords().map(|c| (c.x, c.y)).collect(),
        Geometry::MultiPolygon(polygons) => {
            polygons.0[0].exterior().coords().map(|c| (c.x, c.y)).collect()
        }
        other => panic!("{other:?}"),
    };
    let n = f64::from(1_u32 << z);
    let mean = |a: f32, b: f32| f64::from(f32::midpoint(a, b)) / 4096.0;
    let across = (f64::from(x) + mean(ring[0].0, ring[2].0)) / n;
    let down = (f64::from(y) + mean(ring[0].1, ring[2].1)) / n;
    (across * 360.0 - 180.0, (PI * (1.0 - 2.0 * down)).sinh().atan().to_degrees())
}

fn word(feature: &Feature, key: &str) -> String {
    match feature.properties.as_ref().unwrap().get(key) {
        Some(Word::String(text)) => text.clone(),
        other => panic!("{key}: {other:?}"),
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bays_stand_on_the_map_where_the_register_has_them_and_get_their_states_by_number() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let browser = Browser::of(&town);
    let drawn = browser.features(16, 104.17, 36.54).await;
    let bays = &drawn["bay"];
    let tile = tile_at(16, 104.17, 36.54);
    assert_eq!(bays.len(), 7);
    for bay in bays {
        let code = word(bay, "code");
        let said = town.api.get(&format!("/api/v1/bays/{code}"), None).await.expect(200).json();
        let (lon, lat) = middle(16, tile, bay);
        // A unit of a tile of zoom 16 is 0.0000013° wide.
        assert!((lon - said["lon"].as_f64().unwrap()).abs() < 2e-6, "{code} {lon} {said}");
        assert!((lat - said["lat"].as_f64().unwrap()).abs() < 2e-6, "{code} {lat} {said}");
        let keys: Vec<&String> = bay.properties.as_ref().unwrap().keys().collect();
        assert_eq!(keys, ["code"]);
    }
    let number =
        |code: &str| bays.iter().find(|bay| word(bay, "code") == code).unwrap().id.unwrap();
    let all: BTreeSet<u64> = bays.iter().map(|bay| bay.id.unwrap()).collect();
    assert_eq!(all.len(), 7);

    let now = town.api.now().await;
    town.hear("ts-1", &json!([town::reading(1, "vacant", false, now)])).await;
    town.hear("ts-2", &json!([town::reading(1, "occupied", true, now)])).await;
    let path = "/api/v1/map/states?bbox=104.16,36.53,104.18,36.55";
    let states = wait::until("both states", WITHIN, async || {
        let states = town.api.get(path, None).await.expect(200).json();
        let heard = |state: &str| states[state].as_array().unwrap().len() == 1;
        (heard("free") && heard("occupied")).then_some(states)
    })
    .await;
    assert_eq!(states["free"], json!([number("TS01")]));
    assert_eq!(states["occupied"], json!([number("TS02")]));
    assert_eq!(states["unknown"].as_array().unwrap().len(), 5);
    assert_eq!(states["layout_version"].as_str().unwrap(), browser.version().await);
    let mut live = town.api.stream("/api/v1/live?bbox=104.16,36.53,104.18,36.55", None).await;
    let (name, first) = live.next().await;
    assert_eq!((name.as_str(), &first["bay_code"]), ("bay", &"TS01".into()));
    assert_eq!(first["bay_no"], number("TS01"));
    // What drivers see of a state is not in any tile, and does not change one.
    let before = browser.version().await;
    town.hear("ts-1", &json!([town::reading(2, "occupied", true, now.plus_ms(60_000))])).await;
    assert_eq!(browser.version().await, before);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_may_be_kept_for_ever_and_a_moved_bay_makes_another_layout() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let browser = Browser::of(&town);
    let (x, y) = tile_at(16, 104.17, 36.54);
    let before = browser.version().await;
    let path = format!("/tiles/{before}/16/{x}/{y}.mvt");
    let answer = browser.get(&path).await;
    assert_eq!(header(&answer, "cache-control"), FOR_EVER);
    assert_eq!(header(&answer, "content-type"), "application/vnd.mapbox-vector-tile");
    assert_eq!(header(&answer, "vary"), "accept-encoding");
    let etag = header(&answer, "etag").to_owned();
    let plain = answer.bytes().await.unwrap();
    let again = browser.http.get(format!("{}{path}", browser.base)).header(IF_NONE_MATCH, &etag);
    let again = again.send().await.unwrap();
    assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, etag.as_str()));
    let packed =
        browser.http.get(format!("{}{path}", browser.base)).header(ACCEPT_ENCODING, "gzip");
    let packed = packed.send().await.unwrap();
    // Small tiles are sent as they are.
    assert_eq!(header(&packed, "content-encoding"), if plain.len() < 1024 { "" } else { "gzip" });
    let empty = browser.get(&format!("/tiles/{before}/16/0/0.mvt")).await;
    assert_eq!((empty.status().as_u16(), header(&empty, "cache-control")), (204, FOR_EVER));

    let mut live = town.api.stream("/api/v1/live?bbox=104.16,36.53,104.18,36.55", None).await;
    for _ in 0..7 {
        assert_eq!(live.next().await.0, "bay");
    }
    let manager = town.staff(Role::Manager).await;
    let body = json!({"lon": 104.1705, "lat": 36.5405, "heading_deg": 45.0});
    let moved = town.api.post("/api/v1/bays/TS01/versions", Some(&manager), Some("m-1"), &body);
    moved.await.expect(200);
    let told = loop {
        let (name, data) = live.next().await;
        if name == "layout" {
            break data["layout_version"].as_str().unwrap().to_owned();
        }
    };
    assert_ne!(told, before);
    assert_eq!(browser.version().await, told);
    let gone = browser.get(&path).await;
    assert_eq!(gone.status(), 307);
    assert_eq!(header(&gone, "location"), format!("/tiles/{told}/16/{x}/{y}.mvt"));
    assert_eq!(header(&gone, "cache-control"), "no-store");
    let drawn = browser.features(16, 104.1705, 36.5405).await;
    let bay = drawn["bay"].iter().find(|bay| word(bay, "code") == "TS01").unwrap();
    let (lon, lat) = middle(16, tile_at(16, 104.1705, 36.5405), bay);
    assert!((lon - 104.1705).abs() < 2e-6 && (lat - 36.5405).abs() < 2e-6, "{lon} {lat}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_that_is_none_is_refused_by_name() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let version = Browser::of(&town).version().await;
    for (path, status, code) in [
        (format!("/tiles/{version}/21/0/0.mvt"), 400, "tile_out_of_range"),
        (format!("/tiles/{version}/3/8/0.mvt"), 400, "tile_out_of_range"),
        (format!("/tiles/{version}/3/0/4294967296.mvt"), 400, "tile_out_of_range"),
        (format!("/tiles/{version}/3/-1/0.mvt"), 400, "tile_malformed"),
        (format!("/tiles/{version}/3/0/0.png"), 400, "tile_malformed"),
        (format!("/tiles/{version}/%ff/0/0.mvt"), 400, "tile_malformed"),
        ("/tiles/latest/3/0/0.mvt".to_owned(), 404, "layout_unknown"),
        ("/tiles/style.json?theme=pink".to_owned(), 400, "malformed_query"),
        ("/tiles/style.json?lang=fr".to_owned(), 400, "malformed_query"),
        ("/api/v1/map/states?bbox=104,36,105,37".to_owned(), 422, "bbox_too_large"),
        ("/api/v1/map/states?bbox=104".to_owned(), 400, "malformed_query"),
        ("/api/v1/map/states".to_owned(), 400, "malformed_query"),
    ] {
        town.api.get(&path, None).await.expect_problem(status, code);
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_style_names_tiles_of_this_host_and_no_other() {
    let change =
        |config: &mut gateway::config::Config| config.map.public_url = "https://p.example/".into();
    let town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, change).await;
    let browser = Browser::of(&town);
    let version = browser.version().await;
    let url = format!("https://p.example/tiles/{version}/{{z}}/{{x}}/{{y}}.mvt");
    for path in [
        "/tiles/style.json",
        "/tiles/style.json?theme=dark&lang=en",
        "/tiles/style.json?theme=elder",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(header(&answer, "cache-control"), "no-cache");
        let etag = header(&answer, "etag").to_owned();
        let style: Value = answer.json().await.unwrap();
        assert_eq!(style["version"], 8);
        assert_eq!(style["sources"]["bowei"]["tiles"], json!([url]));
        assert_eq!(style.to_string().matches("://").count(), 1, "{path}");
        let again = browser.http.get(format!("{}{path}", browser.base)).header(IF_NONE_MATCH, etag);
        assert_eq!(again.send().await.unwrap().status(), 304, "{path}");
    }
    let layout = browser.layout().await;
    assert_eq!((&layout["tilejson"], &layout["tiles"]), (&"3.0.0".into(), &json!([url])));
    assert_eq!((&layout["datum"], &layout["approval_no"]), (&"wgs84".into(), &Value::Null));
    assert_eq!(layout["bounds"], json!([104.17, 36.54, 104.1706, 36.54]));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_give_the_same_map_the_same_version() {
    let mut versions = Vec::new();
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = TestApp::start(kind, BrokerKind::Embedded).await;
        versions.push(Browser::of(&town).version().await);
        town.finish().await;
    }
    assert_eq!(versions[0], versions[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_may_serve_no_map() {
    let change = |config: &mut gateway::config::Config| {
        config.map.public_in_china = true;
        config.map.serve_tiles = false;
    };
    let town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, change).await;
    for path in [
        "/tiles/style.json",
        "/tiles/layout.json",
        "/tiles/0123456789abcdef/0/0/0.mvt",
        "/api/v1/map/states?bbox=104.16,36.53,104.18,36.55",
    ] {
        town.api.get(path, None).await.expect_problem(404, "tiles_off");
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_map_is_drawn_with_its_names_and_its_makers_are_named() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let browser = Browser::of(&town);
    let before = browser.version().await;
    assert_eq!(browser.layout().await["attribution"], "");
    let street = [("highway", "primary"), ("name", "人民路"), ("name:en", "Renmin Road")];
    let hospital =
        [("amenity", "hospital"), ("name", "白银市第一人民医院"), ("name:en", "First Hospital")];
    let mut map = OsmMap::default();
    map.node(1, (1_041_700_000, 365_401_000), &[])
        .node(2, (1_041_710_000, 365_401_000), &[])
        .node(3, (1_041_720_000, 365_401_000), &[])
        .node(4, (1_041_705_000, 365_403_000), &hospital)
        .way(11, &[1, 2, 3], &street);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("town.osm.pbf");
    std::fs::write(&file, map.file()).unwrap();
    let database = &town.app.config.database;
    let arguments = ["import", "osm", file.to_str().unwrap(), "--database", database];
    let imported = run("gateway", &arguments);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    wait::until("the map to be taken in", WITHIN, async || {
        let drawn = browser.version().await != before && town.app.roads.current().is_some();
        let drawn = drawn && browser.features(16, 104.1705, 36.5401).await.contains_key("road");
        drawn.then_some(())
    })
    .await;
    let drawn = browser.features(16, 104.1705, 36.5401).await;
    let road = &drawn["road"][0];
    assert_eq!(
        ["class", "name", "name_en"].map(|key| word(road, key)),
        ["primary", "人民路", "Renmin Road"]
    );
    let place = &drawn["place"][0];
    assert_eq!(
        ["kind", "name", "name_en"].map(|key| word(place, key)),
        ["hospital", "白银市第一人民医院", "First Hospital"]
    );
    // The block's street has the map's English name.
    let block = &drawn["block"][0];
    assert_eq!(
        ["block", "street", "street_en"].map(|key| word(block, key)),
        ["rm-n1", "人民路", "Renmin Road"]
    );
    let attribution = browser.layout().await["attribution"].as_str().unwrap().to_owned();
    assert!(attribution.contains("OpenStreetMap contributors"), "{attribution}");
    town.finish().await;
}
