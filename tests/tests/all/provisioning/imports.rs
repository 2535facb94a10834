//! Bays and devices from files, at the command line: every wrong line is named, nothing is half done.

use std::path::Path;

use serde_json::{Value, json};
use store::Store;

use crate::harness::database::{Database, Kind};
use crate::harness::programs::{run, text};
use crate::harness::seed;
use crate::harness::served::path;
use crate::harness::town;

/// Runs an import; its exit code and its JSON.
fn import(database: &Database, what: &str, file: &Path, switches: &[&str]) -> (i32, Value) {
    let arguments =
        [&["import", what, path(file), "--json", "--database", &database.url], switches];
    let output = run("gateway", &arguments.concat());
    let said = serde_json::from_slice(&output.stdout);
    let said = said.unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    (output.status.code().unwrap(), said)
}

fn write(dir: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let file = dir.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

fn counts(said: &Value) -> (i64, i64, i64, bool) {
    let number = |name: &str| said[name].as_i64().unwrap();
    (number("new"), number("changed"), number("unchanged"), said["stored"] == true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bays_are_imported_changed_and_left_alone() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        seed::town(&store, 1).await;
        let dir = tempfile::tempdir().unwrap();
        let text = "code,zone,block,street,side,lon,lat,length_m,vehicle_classes,permitted_hours\n\
            NEW1,z1,b1,,,104.2,36.5,6,\"small,large\",mo-fr 08:00-20:00\n\
            NEW2,z1,b2,解放路,south,104.2001,36.5,,,\n\
            BY0000,z1,b1,,,104.17,36.54,,,\n";
        let file = write(dir.path(), "bays.csv", text);
        let (code, dry) = import(&database, "bays", &file, &["--dry-run"]);
        assert_eq!((code, counts(&dry)), (0, (2, 0, 1, false)));
        assert_eq!(bays(&store).await, 1);
        let (code, done) = import(&database, "bays", &file, &[]);
        assert_eq!((code, counts(&done)), (0, (2, 0, 1, true)));
        let (code, again) = import(&database, "bays", &file, &[]);
        assert_eq!((code, counts(&again)), (0, (0, 0, 3, true)));

        let moved = text.replace("104.2001", "104.3").replace(",6,\"small,large\"", ",7,all");
        let (code, changed) = import(&database, "bays", &write(dir.path(), "m.csv", &moved), &[]);
        assert_eq!((code, counts(&changed)), (0, (0, 2, 1, true)));
        let mut tx = store.read().await.unwrap();
        let bay = tx.bay_by_code("NEW1").await.unwrap().unwrap().bay_id;
        let versions = tx.bay_versions(bay).await.unwrap();
        let lengths: Vec<_> =
            versions.iter().map(|v| (v.length_m, v.vehicle_classes.as_deref())).collect();
        assert_eq!(lengths, [(6.0, Some("small,large")), (7.0, None)]);
        assert_eq!(versions[0].valid_to_at, Some(versions[1].valid_from_at));
        assert!(tx.registered_bay(bay).await.unwrap().unwrap().0.setup_json.is_some());
        drop(tx);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_line_of_a_file_of_bays_is_named_and_nothing_is_stored() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    seed::town(&store, 1).await;
    let dir = tempfile::tempdir().unwrap();
    let rows = [
        ("NEW1,z1,b1,,,104.2,36.5,,,,", None),
        ("N,z1,b1,,,104.2,36.5,,,,", Some(("code", "bay_code_malformed"))),
        ("NEW1,z1,b1,,,104.2,36.5,,,,", Some(("code", "code_twice"))),
        ("NEW3,z9,b1,,,104.2,36.5,,,,", Some(("zone", "zone_unknown"))),
        ("NEW4,z1,b1,,,east,36.5,,,,", Some(("lon", "not_a_number"))),
        ("NEW5,z1,b1,,,36.5,104.2,,,,", Some(("lat", "out_of_range"))),
        ("NEW6,z1,b1,,,104.2,,,,,", Some(("lat", "missing"))),
        ("NEWE,z1,b1,,,1041.2,36.5,,,,", Some(("lon", "out_of_range"))),
        ("NEW7,z1,b7,,,104.2,36.5,,,,", Some(("street", "missing"))),
        ("NEW8,z1,b1,解放路,south,104.2,36.5,,,,", Some(("block", "block_differs"))),
        ("NEW9,z1,b1,,,104.2,36.5,-1,,,", Some(("length_m", "out_of_range"))),
        ("NEWA,z1,b1,,,104.2,36.5,,tank,,", Some(("vehicle_classes", "vehicle_class_unknown"))),
        ("NEWB,z1,b1,,,104.2,36.5,,,weekdays,", Some(("permitted_hours", "hours_malformed"))),
        ("NEWC,z1,b1,,,104.2,36.5,,,,tomorrow", Some(("valid_from", "date_malformed"))),
        ("BY0000,z1,b1,,,104.9,36.5,,,,2020-01-01T00:00:00Z", Some(("valid_from", "date_in_past"))),
        (",z1,b1,,,104.2,36.5,,,,", Some(("code", "missing"))),
    ];
    let header =
        "code,zone,block,street,side,lon,lat,length_m,vehicle_classes,permitted_hours,valid_from\n";
    let text: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
    let file = write(dir.path(), "bays.csv", &format!("{header}{text}NEWD,z1\n"));
    let (code, said) = import(&database, "bays", &file, &[]);
    assert_eq!((code, counts(&said)), (1, (1, 0, 0, false)));
    let mut expected: Vec<Value> = rows
        .iter()
        .enumerate()
        .filter_map(|(n, (_, wrong))| {
            wrong.map(|(column, code)| json!([{"line": n + 2}, column, code]))
        })
        .collect();
    expected.push(json!([{"line": rows.len() + 2}, null, "cells_do_not_fit"]));
    let named: Vec<Value> = said["wrong"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(named, expected);
    assert_eq!(bays(&store).await, 1);
    let (code, said) = import(&database, "bays", &file, &["--skip-bad"]);
    assert_eq!((code, counts(&said)), (1, (1, 0, 0, true)));
    assert_eq!(bays(&store).await, 2);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_measure_that_is_wrong_is_the_one_that_is_named() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    seed::town(&store, 1).await;
    let dir = tempfile::tempdir().unwrap();
    let file = write(
        dir.path(),
        "bays.csv",
        "code,zone,block,lon,lat,heading_deg,length_m\nNEW1,z1,b1,104.2,36.5,-1,6\n\
         NEW2,z1,b1,104.2,36.5,90,31\nNEW3,z1,b1,104.2,36.5,361,31\n",
    );
    let (code, said) = import(&database, "bays", &file, &[]);
    let wrong: Vec<Value> = said["wrong"].as_array().unwrap().iter().map(named).collect();
    let out_of_range = |line: i64, column: &str| json!([{"line": line}, column, "out_of_range"]);
    assert_eq!(
        (code, wrong),
        (
            1,
            vec![
                out_of_range(2, "heading_deg"),
                out_of_range(3, "length_m"),
                out_of_range(4, "heading_deg")
            ]
        )
    );
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_of_a_map_are_imported_and_lie_where_their_bays_do() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    seed::town(&store, 1).await;
    let dir = tempfile::tempdir().unwrap();
    let feature = |key: &str, device_type: &str, geometry: Value| {
        json!({"type": "Feature", "geometry": geometry, "properties":
            {"network": "chirpstack", "key": key, "device_type": device_type, "bay_code": "BY0000"}})
    };
    let point = json!({"type": "Point", "coordinates": [104.2, 36.5]});
    let file = json!({"type": "FeatureCollection", "features": [
        feature("02B0E1C500620002", "bosch-tps110", point),
        feature("02B0E1C500620003", "milesight-vs34x", Value::Null),
        // Nothing that it says over this network could be read.
        feature("02B0E1C500620004", "native", Value::Null),
    ]});
    let file = write(dir.path(), "devices.geojson", &file.to_string());
    let (code, said) = import(&database, "devices", &file, &["--skip-bad"]);
    assert_eq!((code, counts(&said)), (1, (2, 0, 0, true)), "{said}");
    assert_eq!(
        named(&said["wrong"][0]),
        json!([{"feature": 3}, "device_type", "device_type_unknown"])
    );
    store.close().await;
}

#[test]
fn a_town_file_that_cannot_be_is_refused_and_says_where() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut town = town::file();
        change(&mut town);
        format!("{:#}", gateway::flow::import_town::read(&town.to_string()).expect_err("wrong"))
    };
    assert!(gateway::flow::import_town::read(&town::file().to_string()).is_ok());
    let bay = |name: &'static str, value: f64| {
        move |town: &mut Value| town["bays"][1][name] = value.into()
    };
    for (why, said) in [
        (refused(&bay("length_m", -5.0)), "bay TS02: heading_deg 0 and length_m -5"),
        (refused(&bay("heading_deg", -5.0)), "bay TS02: heading_deg -5 and length_m 6"),
        (refused(&|t| t["bays"][1]["code"] = "TS01".into()), "bay TS01 stands there twice"),
        (
            refused(&|t| t["devices"][4]["key"] = "0101010101010101".into()),
            "device 0101010101010101 of chirpstack stands there twice",
        ),
        (refused(&|t| t["devices"][0]["device_type"] = "bosch-tps110".into()), "device ts-1"),
        (refused(&|t| t["devices"][3]["device_type"] = "native".into()), "on chirpstack"),
        (
            refused(&|t| *t = json!({"format": "bowei-town/2", "operators": []})),
            "this program reads \"bowei-town/1\"",
        ),
    ] {
        assert!(why.contains(said), "{why} does not say {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bays_of_a_map_are_imported_from_geojson() {
    let database = Database::fresh(Kind::Postgres).await;
    let store = database.open().await;
    seed::town(&store, 0).await;
    let dir = tempfile::tempdir().unwrap();
    let feature = |code: &str, geometry: Value| {
        json!({"type": "Feature", "geometry": geometry,
            "properties": {"code": code, "zone": "z1", "block": "b1", "surface": "asphalt"}})
    };
    let square =
        json!([[[104.0, 36.0], [104.2, 36.0], [104.2, 36.2], [104.0, 36.2], [104.0, 36.0]]]);
    let file = json!({"type": "FeatureCollection", "features": [
        feature("MAP1", json!({"type": "Point", "coordinates": [104.2, 36.5]})),
        feature("MAP2", json!({"type": "Polygon", "coordinates": square})),
        feature("MAP3", json!({"type": "LineString", "coordinates": []})),
    ]});
    let file = write(dir.path(), "bays.geojson", &file.to_string());
    let (code, said) = import(&database, "bays", &file, &["--skip-bad"]);
    assert_eq!((code, counts(&said)), (1, (2, 0, 0, true)));
    assert_eq!(named(&said["wrong"][0]), json!([{"feature": 3}, "geometry", "geometry_unknown"]));
    let mut tx = store.read().await.unwrap();
    let bay = tx.bay_by_code("MAP2").await.unwrap().unwrap().bay_id;
    let place = &tx.bay_versions(bay).await.unwrap()[0];
    assert!((place.lon - 104.1).abs() < 1e-9 && (place.lat - 36.1).abs() < 1e-9, "{place:?}");
    drop(tx);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_are_imported_into_stock_for_their_test_or_into_service() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        seed::town(&store, 3).await;
        let dir = tempfile::tempdir().unwrap();
        let text = "network,key,device_type,firmware,bay_code,state,installed_at\n\
            native,stock,native,,,,\n\
            native,test,native,,BY0000,,\n\
            chirpstack,02B0E1C500620002,bosch-tps110,0.39.2,BY0001,in_service,2026-09-01T00:00:00Z\n\
            native,dev-2,native,2.0,BY0002,,\n";
        let file = write(dir.path(), "devices.csv", text);
        let (code, dry) = import(&database, "devices", &file, &["--dry-run"]);
        assert_eq!((code, counts(&dry)), (0, (3, 1, 0, false)));
        let (code, done) = import(&database, "devices", &file, &[]);
        assert_eq!((code, counts(&done)), (0, (3, 1, 0, true)));
        let (code, again) = import(&database, "devices", &file, &[]);
        assert_eq!((code, counts(&again)), (0, (0, 0, 4, true)));
        let moved = write(
            dir.path(),
            "moved.csv",
            &text.replace("native,test,native,,BY0000,,", "native,test,native,,BY0002,in_service,"),
        );
        let (code, changed) = import(&database, "devices", &moved, &[]);
        assert_eq!((code, counts(&changed)), (0, (0, 1, 3, true)));
        let mut tx = store.read().await.unwrap();
        let find = tx.device_by_key("native", "test").await.unwrap().unwrap();
        assert_eq!(find.bay_code.as_deref(), Some("BY0002"));
        let places = tx.installations_of_device(find.device_id).await.unwrap();
        assert_eq!(places.len(), 2);
        assert!(places[0].in_service_at.is_some() && places[0].removed_at.is_none());
        assert!(places[1].in_service_at.is_none() && places[1].removed_at.is_some());
        let lora = tx.device_by_key("chirpstack", "02b0e1c500620002").await.unwrap().unwrap();
        let lora = tx.installations_of_device(lora.device_id).await.unwrap();
        assert_eq!(lora[0].in_service_at, Some(1_788_220_800_000), "2026-09-01T00:00:00Z");
        assert!(tx.device_by_key("native", "stock").await.unwrap().unwrap().bay_id.is_none());
        drop(tx);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_line_of_a_file_of_devices_is_named() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    seed::town(&store, 1).await;
    let dir = tempfile::tempdir().unwrap();
    let text = "network,key,device_type,bay_code,state\n\
        native,a,native,,\nnative,a,native,,\nnative,b,native,XX99,\nlora,c,native,,\n\
        chirpstack,c,bosch-tps110,,\nnative,d,abacus,,\nnative,e,native,BY0000,broken\n";
    let (code, said) = import(&database, "devices", &write(dir.path(), "d.csv", text), &[]);
    assert_eq!((code, counts(&said)), (1, (1, 0, 0, false)));
    let named: Vec<Value> = said["wrong"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(
        named,
        [
            json!([{"line": 3}, "key", "device_twice"]),
            json!([{"line": 4}, "bay_code", "bay_unknown"]),
            json!([{"line": 5}, "network", "network_unknown"]),
            json!([{"line": 6}, "key", "device_key_malformed"]),
            json!([{"line": 7}, "device_type", "device_type_unknown"]),
            json!([{"line": 8}, "state", "state_unknown"]),
        ]
    );
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_printed_and_its_own_import_says_what_is_missing() {
    let database = Database::fresh(Kind::Sqlite).await;
    let dir = tempfile::tempdir().unwrap();
    for (what, code) in [("bays", "zone_unknown"), ("devices", "bay_unknown")] {
        let printed = run("gateway", &["import", what, "--template"]);
        assert!(printed.status.success(), "{}", text(&printed.stderr));
        let file = write(dir.path(), "template.csv", &text(&printed.stdout));
        let (exit, said) = import(&database, what, &file, &[]);
        assert_eq!((exit, &said["wrong"][0]["code"]), (1, &code.into()));
    }
    let broken = write(dir.path(), "broken.csv", "code;zone\n");
    let (exit, said) = import(&database, "bays", &broken, &[]);
    assert_eq!((exit, &said["wrong"][0]["code"]), (1, &"column_missing".into()));
}

fn named(wrong: &Value) -> Value {
    json!([wrong["at"], wrong["column"], wrong["code"]])
}

async fn bays(store: &Store) -> usize {
    store.read().await.unwrap().bay_names().await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_drivers_choose_a_bay_by_is_imported_and_a_blank_cell_leaves_it() {
    let database = Database::fresh(Kind::Sqlite).await;
    let store = database.open().await;
    seed::town(&store, 1).await;
    let dir = tempfile::tempdir().unwrap();
    let header = "code,zone,block,lon,lat,max_height_mm,max_length_mm,charging,accessible\n";
    let first = format!(
        "{header}NEW1,z1,b1,104.2,36.5,2100,none,yes,否\nNEW2,z1,b1,104.3,36.5,,,,\n\
         NEW3,z1,b1,104.4,36.5,low,,,\nNEW4,z1,b1,104.5,36.5,,0,,\nNEW5,z1,b1,104.6,36.5,,,perhaps,\n"
    );
    let file = write(dir.path(), "first.csv", &first);
    let (code, said) = import(&database, "bays", &file, &["--skip-bad"]);
    assert_eq!((code, counts(&said)), (1, (2, 0, 0, true)));
    let wrong: Vec<Value> = said["wrong"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(
        wrong,
        [
            json!([{"line": 4}, "max_height_mm", "out_of_range"]),
            json!([{"line": 5}, "max_length_mm", "out_of_range"]),
            json!([{"line": 6}, "charging", "yes_or_no"]),
        ]
    );
    let second = format!("{header}NEW1,z1,b1,104.2,36.5,none,,,yes\nNEW2,z1,b1,104.3,36.5,,,no,\n");
    let file = write(dir.path(), "second.csv", &second);
    let (code, said) = import(&database, "bays", &file, &[]);
    assert_eq!((code, counts(&said)), (0, (0, 1, 1, true)));
    let mut tx = store.read().await.unwrap();
    let bay = tx.bay_by_code("NEW1").await.unwrap().unwrap().bay_id;
    let features: Vec<_> =
        tx.bay_versions(bay).await.unwrap().into_iter().map(|version| version.features).collect();
    let known = store::BayFeatures { max_height_mm: Some(2_100), charging: true, ..<_>::default() };
    let changed = store::BayFeatures { max_height_mm: None, accessible: true, ..known };
    assert_eq!(features, [known, changed]);
    drop(tx);
    store.close().await;
}
