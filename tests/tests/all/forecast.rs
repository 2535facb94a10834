//! The forecast: on trial with counts made up here (and with real ones if they are there), and over the API.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{command, run, text};
use crate::harness::{town, wait};

const WITHIN: Duration = Duration::from_secs(30);

/// Free places of an office's and a market's car park, 100 each, at a quarter hour of a day; a little of chance.
fn free(park: usize, day: u32, quarter: u32, chance: u32) -> u32 {
    let hour = f64::from(quarter) / 4.0;
    let part = |from: f64, to: f64| ((hour - from) / (to - from)).clamp(0.0, 1.0);
    let full = match (park, day % 7 < 5) {
        (0, true) => part(7.0, 9.5) - part(16.0, 18.5),
        (1, true) => 0.5 * (part(8.0, 12.0) - part(13.0, 20.0)),
        (1, false) => part(8.0, 11.0) - part(14.0, 19.0),
        _ => 0.1,
    };
    #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
    let taken = (full * 97.0) as u32;
    (100 - taken).saturating_sub(chance % 4)
}

/// Days of May 2024, from a Monday on, as CSV files.
fn write_days(folder: &Path, days: std::ops::Range<u32>) {
    std::fs::create_dir(folder).unwrap();
    let mut dice = 12_345_u32;
    for day in days {
        let date = format!("2024-05-{:02}", 6 + day);
        let mut csv = "timestamp,office,unknown,market\n".to_owned();
        for quarter in 0..96 {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (hour, minute) = (quarter / 4, quarter % 4 * 15);
            let [a, b] = [0, 1].map(|park| free(park, day, quarter, dice >> (16 + 4 * park)));
            writeln!(csv, "{date}T{hour:02}:{minute:02}:01+00:00,{a},5,{b}").unwrap();
        }
        std::fs::write(folder.join(format!("{date}.csv")), csv).unwrap();
    }
}

#[test]
fn a_backtest_tells_how_much_better_the_model_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    write_days(&folder.path().join("history"), 0..14);
    write_days(&folder.path().join("test"), 14..21);
    std::fs::write(path("meta.csv"), "place_id,num_all\noffice,100\nmarket,100\nunknown,\n")
        .unwrap();
    let (history, test, meta) = (path("history"), path("test"), path("meta.csv"));
    let arguments =
        ["forecast", "backtest", "--history", &history, "--test", &test, "--meta", &meta];
    let output = run("gateway", &[&arguments[..], &["--json", "--must-beat"]].concat());
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let horizons = said["horizons"].as_array().unwrap();
    for minutes in [15, 30, 60] {
        let at = horizons.iter().find(|horizon| horizon["minutes"] == minutes).unwrap();
        // Two car parks, each quarter hour of a week but the last ones.
        assert_eq!(at["n"], 2 * (7 * 96 - minutes / 15), "{at}");
        for figure in ["mae", "brier"] {
            let of = |name: &str| at[figure][name].as_f64().unwrap();
            assert!(of("model") < of("last").min(of("how")), "{figure} {at}");
        }
    }
    let table = run("gateway", &arguments);
    assert!(text(&table.stdout).contains("| 15 | 1342 |"), "{}", text(&table.stdout));
    let wrong =
        run("gateway", &[&arguments[..4], &["--test", &path("none"), "--meta", &meta]].concat());
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("none"), "{}", text(&wrong.stderr));
}

/// Weeks made up here in turn; and the real ones, if `BOWEI_DE_LOTS` and `BOWEI_DE_LOTS_META` name them.
#[test]
fn each_week_in_turn_the_model_beats_both_baselines() {
    let folder = tempfile::tempdir().unwrap();
    write_days(&folder.path().join("data"), 0..21);
    let meta = folder.path().join("meta.csv");
    std::fs::write(&meta, "place_id,num_all\noffice,100\nmarket,100\n").unwrap();
    let mut tried = vec![(folder.path().join("data"), meta)];
    if let (Ok(data), Ok(meta)) =
        (std::env::var("BOWEI_DE_LOTS"), std::env::var("BOWEI_DE_LOTS_META"))
    {
        tried.push((data.into(), meta.into()));
    }
    for (data, meta) in tried {
        let mut command = command("gateway", &["forecast", "weeks", "--must-beat", "--data"]);
        let output = command.arg(data).arg("--meta").arg(meta).output().unwrap();
        assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
        assert!(text(&output.stdout).contains("| 3 | 60 |"), "{}", text(&output.stdout));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_is_heard_is_forecast_and_an_unknown_one_is_not() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let unknown = town.api.get("/api/v1/forecast?block=nowhere", None).await.expect(404).json();
    assert_eq!(unknown["code"], "block_unknown");
    town.api.get("/api/v1/forecast?block=rm-n1&minutes=-1", None).await.expect(400);
    // The first count comes with the start, when nothing is heard yet: not free, and no promise.
    let path = "/api/v1/forecast?block=rm-n1&minutes=30";
    wait::until("the first count", WITHIN, async || {
        (town.api.get(path, None).await.status == 200).then_some(())
    })
    .await;
    let said = town.api.get(path, None).await.expect(200).json();
    assert_eq!((&said["bays"], &said["known"], &said["free"]), (&7.into(), &0.into(), &0.into()));
    assert!(said["expected"].is_null(), "{said}");
    let now = town.api.now().await;
    town.hear("ts-1", &json!([town::reading(1, "vacant", false, now)])).await;
    let said = wait::until("the next count", WITHIN, async || {
        let said = town.api.get(path, None).await.expect(200).json();
        (said["known"] == 1).then_some(said)
    })
    .await;
    assert_eq!((&said["free"], &said["expected"]["basis"]), (&1.into(), &"last_seen".into()));
    assert!(said["expected"]["chance"].as_f64().unwrap() > 0.5, "{said}");
    let scores = town.api.get("/api/v1/forecast/score", None).await.expect(200).json();
    let minutes: Vec<&Value> =
        scores["horizons"].as_array().unwrap().iter().map(|score| &score["minutes"]).collect();
    assert_eq!(minutes, [15, 30, 60]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_street_is_found_by_its_initials_and_a_bay_is_handed_over() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let found = async |typed: &str| -> Vec<(String, String)> {
        let path = format!("/api/v1/places?q={typed}&limit=2");
        let said = town.api.get(&path, None).await.expect(200).json();
        let text = |place: &Value, field: &str| place[field].as_str().unwrap().to_owned();
        let places = said["places"].as_array().unwrap();
        places.iter().map(|place| (text(place, "kind"), text(place, "name"))).collect()
    };
    let pair = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
    assert_eq!(found("rml").await, [pair("street", "人民路")]);
    assert_eq!(found("ts0").await, [pair("bay", "TS01"), pair("bay", "TS02")]);
    assert_eq!(found("rm-n1").await, [pair("block", "rm-n1")]);
    town.api.get("/api/v1/places?q=a&lon=104", None).await.expect(400);
    let over = town.api.get("/api/v1/bays/ts01/hand-over", None).await.expect(200).json();
    let apps = over["apps"].as_array().unwrap();
    let amap = apps.iter().find(|app| app["app"] == "amap_ios").unwrap();
    assert_eq!(amap["datum"], "gcj02");
    assert!(amap["link"].as_str().unwrap().starts_with("iosamap://navi?"), "{amap}");
    town.api.get("/api/v1/bays/ts99/hand-over", None).await.expect(404);
    town.finish().await;
}
