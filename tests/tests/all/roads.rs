//! Roads from file to way, by the programs as a user runs them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gateway::roads::RoadMap;
use serde_json::Value;
use store::Store;
use tempfile::TempDir;
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::osm::OsmMap;
use crate::harness::programs::{repository, run, text};
use crate::harness::seed::MORNING;
use crate::harness::wait;

/// A folder with an empty database.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", dir.path().join("bowei.db").display());
    let migrated = run("gateway", &["migrate", "--database", &database]);
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    dir
}

/// Runs a command of the gateway with `--json`; its exit code and answer.
fn answer(arguments: &[&str], dir: &Path) -> (Option<i32>, Value) {
    let data = dir.to_str().unwrap();
    let output = run("gateway", &[arguments, &["--json", "--data", data]].concat());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let answer =
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments:?}\n{out}\n{err}"));
    (output.status.code(), answer)
}

fn put(dir: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// The streets of the invented town of 120 bays: two each way, 180 m apart, around 104.17, 36.55.
fn with_town() -> TempDir {
    let dir = folder();
    let streets = run("firmware-sim", &["town", "--bays", "120", "--roads"]);
    let file = put(dir.path(), "town.geojson", &streets.stdout);
    let (code, said) = answer(&["import", "roads", file.to_str().unwrap()], dir.path());
    assert_eq!((code, &said["stored"]), (Some(0), &Value::Bool(true)), "{said}");
    assert_eq!(
        (&said["prepared"]["junctions"], &said["prepared"]["edges"]),
        (&4.into(), &4.into())
    );
    dir
}

#[test]
fn a_way_through_the_invented_town_is_told_turn_by_turn() {
    let dir = with_town();
    // From the middle of the southern street (人民路, row 0) to that of the eastern one (公园路): 90 m and 90 m.
    let (from, to) = ("104.17,36.549191", "104.171008,36.55");
    let (code, way) = answer(&["route", "--from", from, "--to", to], dir.path());
    assert_eq!(code, Some(0), "{way}");
    let distance_m = way["distance_m"].as_f64().unwrap();
    assert!((distance_m - 180.0).abs() < 1.0, "{way}");
    let said: Vec<&str> =
        way["steps"].as_array().unwrap().iter().map(|s| s["zh"].as_str().unwrap()).collect();
    assert_eq!(said, ["沿人民路向东行驶", "左转进入公园路", "到达目的地"]);
    let points = way["geometry"]["coordinates"].as_array().unwrap();
    assert_eq!((way["geometry"]["type"].as_str(), points.len()), (Some("LineString"), 3));
    let svg = dir.path().join("way.svg");
    let drawn = ["route", "--from", from, "--to", to, "--svg", svg.to_str().unwrap()];
    assert_eq!(answer(&drawn, dir.path()).0, Some(0));
    assert!(std::fs::read_to_string(svg).unwrap().contains("人民路"));
}

#[test]
fn no_way_has_a_name() {
    let town = with_town();
    let refused = |dir: &Path, from: &str, to: &str| {
        let (code, said) = answer(&["route", "--from", from, "--to", to], dir);
        (code, said["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let here = "104.17,36.549191";
    for (from, to) in
        [(here, "0,0"), ("104.17,36.6", here), (here, "-179.9,36.55"), (here, "180,-90")]
    {
        let said = refused(town.path(), from, to);
        assert_eq!(said, (Some(1), "too_far_from_road".to_owned()), "{from} {to}");
    }
    let (code, way) = answer(&["route", "--from", here, "--to", here], town.path());
    assert_eq!((code, way["distance_m"].as_f64()), (Some(0), Some(0.0)));
    // The walk is the API's: an estimate says so, and nobody walks around the world.
    let walked = ["route", "--from", here, "--to", here, "--walk"];
    let (code, way) = answer(&[&walked[..], &["104.1705,36.5495"]].concat(), town.path());
    assert_eq!((code, &way["already_there"]), (Some(0), &Value::Bool(true)));
    assert!(
        ["streets", "straight_line"].contains(&way["walk"]["basis"].as_str().unwrap()),
        "{way}"
    );
    assert_eq!(way["total_s"], way["walk"]["duration_s"]);
    let (code, said) = answer(&[&walked[..], &["0,0"]].concat(), town.path());
    assert_eq!((code, said["error"]["code"].as_str()), (Some(1), Some("dest_too_far")));
    let detail = said["error"]["detail"].as_str().unwrap();
    // 104.17, 36.549 to 0,0: arccos(cos 36.549° · cos 104.17°) = 101.34° of 111.195 km are 11,269 km.
    assert!(detail.contains("1126") || detail.contains("1127"), "{detail}");
    let empty = folder();
    assert_eq!(refused(empty.path(), here, here), (Some(1), "no_roads".to_owned()));
    // Malformed arguments are the user's: exit code 2, as for every command.
    for wrong in ["36.55", "a,b", "104.17,91", "200,0", ""] {
        let output = run("gateway", &["route", "--from", wrong, "--to", here, "--data", "x"]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    let pairs = put(town.path(), "pairs.txt", format!("{here} {here}\nnonsense\n").as_bytes());
    let data = town.path().to_str().unwrap();
    let output = run("gateway", &["route", "--pairs", pairs.to_str().unwrap(), "--data", data]);
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines[0]["distance_m"].as_f64(), Some(0.0));
    assert_eq!(lines[1]["error"]["code"].as_str(), Some("malformed_line"));
}

#[test]
fn a_file_that_cannot_be_used_is_refused_by_name_and_stores_nothing() {
    let dir = with_town();
    let refused = |name: &str, content: &[u8]| {
        let file = put(dir.path(), name, content);
        let (code, said) = answer(&["import", "osm", file.to_str().unwrap()], dir.path());
        assert_eq!((code, &said["stored"]), (Some(1), &Value::Bool(false)), "{said}");
        said["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused("empty.osm.pbf", b""), "not_pbf");
    assert_eq!(refused("map.osm", b"<?xml version='1.0'?><osm/>"), "not_pbf");
    let promising = b"\x00\x00\x00\x10\x0a\x09OSMHeader\x18\x80\x80\x80\x10";
    assert_eq!(refused("cut.osm.pbf", promising), "cut_short");
    let beyond = b"\x00\x00\x00\x10\x0a\x09OSMHeader\x18\x81\x80\x80\x10";
    assert_eq!(refused("large.osm.pbf", beyond), "blob_too_large");
    let wrong = put(dir.path(), "wrong.geojson", br#"{"features":[{"geometry":null}]}"#);
    let (code, said) = answer(&["import", "roads", wrong.to_str().unwrap()], dir.path());
    assert_eq!((code, said["wrong"][0]["code"].as_str()), (Some(1), Some("geometry_unknown")));
    let missing = run("gateway", &["import", "osm", "nowhere.osm.pbf", "--dry-run"]);
    assert_eq!(missing.status.code(), Some(2));
    // The roads before are still there.
    let here = "104.17,36.549191";
    assert_eq!(answer(&["route", "--from", here, "--to", here], dir.path()).0, Some(0));
}

#[test]
fn the_geojson_in_the_documents_is_imported() {
    let document = std::fs::read_to_string(repository().join("docs/ROADS.md")).unwrap();
    let example = document.split("```json geojson\n").nth(1).unwrap().split("```").next().unwrap();
    let dir = folder();
    let file = put(dir.path(), "example.geojson", example.as_bytes());
    let (code, said) = answer(&["import", "roads", file.to_str().unwrap()], dir.path());
    assert_eq!((code, &said["read"]["rules"]), (Some(0), &1.into()), "{said}");
    // Left into 人民路 eastwards is forbidden: straight down the one-way street one ends at the junction.
    let (_, way) =
        answer(&["route", "--from", "104.172,36.5515", "--to", "104.173,36.55"], dir.path());
    assert!(way["steps"].as_array().unwrap().iter().any(|step| step["kind"] == "u_turn"), "{way}");
}

#[tokio::test]
async fn a_running_gateway_takes_new_roads_in() {
    let dir = folder();
    let address = format!("sqlite:{}", dir.path().join("bowei.db").display());
    let store = Store::open(&address).await.unwrap();
    let now = Timestamp::from_ms(MORNING);
    let map = RoadMap::load(&store, now).await.unwrap();
    assert!(map.current().is_none());
    let streets = run("firmware-sim", &["town", "--bays", "120", "--roads"]);
    let file = put(dir.path(), "town.geojson", &streets.stdout);
    assert_eq!(answer(&["import", "roads", file.to_str().unwrap()], dir.path()).0, Some(0));
    assert!(map.reload(&store, now).await.unwrap());
    assert!(!map.reload(&store, now).await.unwrap(), "nothing new");
    let junctions = map.ask(|current, _| current.roads.prepared().size.junctions);
    assert_eq!(junctions, Some(4));
    store.close().await;
}

/// A running gateway has not seen the command that imports, only the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_an_imported_map_are_found_by_name_in_a_running_gateway() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let places = async |typed: &str| -> Value {
        let path = format!("/api/v1/places?q={typed}");
        town.api.get(&path, None).await.expect(200).json()["places"].clone()
    };
    assert_eq!(places("yiyuan").await, Value::Array(vec![]));
    let mut map = OsmMap::default();
    let hospital =
        [("amenity", "hospital"), ("name", "白银市第一人民医院"), ("name:en", "First Hospital")];
    let street = |name: &'static str, en: &'static str| {
        [("highway", "primary"), ("name", name), ("name:en", en), ("parking:right", "lane")]
    };
    map.node(1, (1_041_700_000, 365_400_000), &[])
        .node(2, (1_041_720_000, 365_400_000), &[])
        .node(3, (1_041_720_000, 365_420_000), &[])
        .node(4, (1_041_712_345, 365_398_765), &hospital)
        .way(11, &[1, 2], &street("人民路", "Renmin Road"))
        .way(12, &[2, 3], &street("四龙路", "Silong Road"));
    let dir = tempfile::tempdir().unwrap();
    let file = put(dir.path(), "town.osm.pbf", &map.file());
    let database = &town.app.config.database;
    let imported =
        run("gateway", &["import", "osm", file.to_str().unwrap(), "--database", database]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let found = wait::until("the map to be taken in", Duration::from_secs(20), async || {
        let found = places("yiyuan").await;
        found.as_array().is_some_and(|places| !places.is_empty()).then_some(found)
    })
    .await;
    let hospital = serde_json::json!([{
        "kind": "named", "name": "白银市第一人民医院", "name_en": "First Hospital",
        "lon": 104.171_234_5, "lat": 36.539_876_5,
    }]);
    assert_eq!(found, hospital);
    // A street without bays, once, though one may park along it; and one with bays, where they are.
    let streets = async |typed: &str| -> Vec<(Value, Value, f64)> {
        let found = places(typed).await;
        let lat = |place: &Value| (place["lat"].as_f64().unwrap() * 1e4).round() / 1e4;
        let found = found.as_array().unwrap().iter();
        found.map(|p| (p["kind"].clone(), p["name"].clone(), lat(p))).collect()
    };
    let is = |name: &str, lat: f64| vec![(Value::from("street"), Value::from(name), lat)];
    // Halfway between 36.5400 and 36.5420.
    assert_eq!(streets("sll").await, is("四龙路", 36.541));
    assert_eq!(streets("renmin%20road").await, is("人民路", 36.54));
    town.finish().await;
}

/// Real extracts are not part of the repository: `BOWEI_OSM_EXTRACTS` names a folder with them.
#[test]
fn real_extracts_are_imported_where_there_are_some() {
    let Some(folder_of_extracts) = std::env::var_os("BOWEI_OSM_EXTRACTS") else {
        println!("no extracts: set BOWEI_OSM_EXTRACTS to a folder with .osm.pbf files");
        return;
    };
    let files = std::fs::read_dir(folder_of_extracts).unwrap().map(|entry| entry.unwrap().path());
    let mut imported = 0;
    for file in files.filter(|path| path.to_str().unwrap().ends_with(".osm.pbf")) {
        let dir = folder();
        let (code, said) = answer(&["import", "osm", file.to_str().unwrap()], dir.path());
        assert_eq!(code, Some(0), "{said}");
        let (main, arcs) = (&said["prepared"]["main_arcs"], &said["prepared"]["arcs"]);
        let share = main.as_f64().unwrap() / arcs.as_f64().unwrap();
        assert!(share > 0.5, "{}: {share} of it hangs together", file.display());
        imported += 1;
    }
    assert!(imported > 0, "no .osm.pbf in that folder");
}
