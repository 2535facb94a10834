//! Searching where a river lies between: what is near as the crow flies may be far to drive.
//!
//! ```text
//!   ──── 北岸路 ──── NORTH1 ──────────────┐
//!   ~~~~~~~~ river ~~~ destination ~~~~  大桥
//!   ─┬─ driver ─ 南岸路 ─── SOUTH1 ─┬─────┘
//!    └────────── 南二路 ────────────┘
//! ```
//!
//! Hand-reckoned on the sphere of 6,371,008.8 m. Streets of 60 km/h are driven at 65 % of that: 39 km/h, 10.833 m a second. By line
//! streets take 1.3 of the crow's flight, at 333 m a minute by car and 75 m on foot; a minute in the car costs 40 fen, on foot 60.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::{HOUR, WITHIN, codes};
use crate::harness::ahead::Ahead;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::guided::Guided;
use crate::harness::seed::MORNING;
use crate::harness::{roads, town, wait};

const FROM: &str = "lon=104.161&lat=36.54";
const TO: &str = "dest_lon=104.165&dest_lat=36.541";
/// Metres of street on foot from the bays to the destination: 115.64 m and 212.83 m as the crow flies, and 30 %.
const NORTH_WALK_M: f64 = 150.3;
const SOUTH_WALK_M: f64 = 276.7;

/// Bays and where they are: 4.4 m from the middle of the street, on the right of who comes along.
const BAYS: [(&str, f64, f64); 3] = [
    ("NORTH1", 104.165, 36.542_04),
    ("SOUTH1", 104.167, 36.539_96),
    ("SOUTH2", 104.167_5, 36.539_96),
];

/// A town with the first few of them.
fn file(bays: &[(&str, f64, f64)]) -> Value {
    let mut file = town::file();
    let bay = |(code, lon, lat): &(&str, f64, f64)| json!({"code": code, "block": "rm-n1", "lon": lon, "lat": lat});
    let device = |(code, ..): &(&str, f64, f64)| json!({"key": format!("bw-{code}"), "network": "native", "device_type": "native", "bay_code": code});
    file["bays"] = bays.iter().map(bay).collect();
    file["devices"] = bays.iter().map(device).collect();
    file
}

fn map() -> Value {
    let street = |name: &str, line: &[[f64; 2]]| {
        json!({"type": "Feature", "properties": {"name": name, "highway": "residential", "maxspeed": 60},
            "geometry": {"type": "LineString", "coordinates": line}})
    };
    let (west, east) = (104.157, 104.17);
    json!({"type": "FeatureCollection", "features": [
        street("南岸路", &[[104.155, 36.54], [west, 36.54], [east, 36.54], [104.18, 36.54]]),
        street("南二路", &[[west, 36.54], [west, 36.538], [east, 36.538], [east, 36.54]]),
        street("大桥", &[[104.18, 36.54], [104.18, 36.542]]),
        street("北岸路", &[[104.18, 36.542], [104.155, 36.542]]),
    ]})
}

/// The town at twenty past noon, so many bays, all of them free.
async fn start(kind: Kind, bays: usize) -> TestApp {
    let clock = Ahead::from(MORNING + 4 * HOUR + 20 * 60_000);
    let file = file(&BAYS[..bays]).to_string();
    let mut town = TestApp::start_ahead(kind, BrokerKind::Embedded, &file, &clock, |_| {}).await;
    for (bay, ..) in &BAYS[..bays] {
        let now = town.api.now().await;
        town.hear(&format!("bw-{bay}"), &json!([town::reading(1, "vacant", false, now)])).await;
    }
    wait::until("free bays", WITHIN, async || {
        let found = search(&town, &format!("{FROM}&{TO}")).await;
        (found["hits"].as_array().unwrap().len() == bays).then_some(())
    })
    .await;
    town
}

/// Puts the map into force.
async fn lay_roads(town: &TestApp) {
    roads::import(&town.app.store, &map(), town.app.clock.city_now()).await;
    wait::until("the roads", WITHIN, async || town.app.roads.current()).await;
}

async fn search(town: &TestApp, query: &str) -> Value {
    town.api.get(&format!("/api/v1/search?{query}"), None).await.expect(200).json()
}

/// A hit is as far as reckoned, and costs what that comes to.
fn check(hit: &Value, by: &str, (distance_m, duration_s): (f64, f64), walk_m: f64) {
    assert_eq!(hit["drive_by"], by, "{hit}");
    let said = |value: &Value| value.as_f64().unwrap();
    assert!((said(&hit["drive"]["distance_m"]) - distance_m).abs() < 1.0, "{distance_m} {hit}");
    assert!((said(&hit["drive"]["duration_s"]) - duration_s).abs() <= 1.0, "{duration_s} {hit}");
    assert!((said(&hit["walk"]["distance_m"]) - walk_m).abs() < 0.5, "{walk_m} {hit}");
    let fee_fen = said(&hit["quote"]["total_fen"]);
    let gone = hit["free_chance"].as_f64().map_or(0.0, |chance| (1.0 - chance) * 240.0);
    let cost_fen = duration_s / 60.0 * 40.0 + walk_m / 75.0 * 60.0 + fee_fen + gone;
    assert!((said(&hit["cost_fen"]) - cost_fen).abs() < 1.5, "{cost_fen} {hit}");
}

/// North: 423.2 m as the crow flies; south: 536.0 m. With 30 % more, 333 m a minute.
fn check_by_line(found: &Value) {
    assert_eq!(codes(&found["hits"]), ["NORTH1", "SOUTH1"], "{found}");
    check(&found["hits"][0], "line", (550.2, 550.2 / 333.0 * 60.0), NORTH_WALK_M);
    check(&found["hits"][1], "line", (696.8, 696.8 / 333.0 * 60.0), SOUTH_WALK_M);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_across_the_river_comes_after_one_that_is_nearer_by_road() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = start(kind, 2).await;
        let query = format!("{FROM}&{TO}&stay_minutes=60");
        // Without roads the crow decides: 186 fen of ways to the north, 305 to the south.
        check_by_line(&search(&town, &query).await);
        lay_roads(&town).await;
        // 0.006° east to the south: 536.0 m. To the north 0.019° east, over the bridge, 0.015° back: 1,697.4 + 222.4 + 1,340.0 m.
        // Ways of 254 fen there, 321 here.
        let found = search(&town, &query).await;
        assert_eq!(codes(&found["hits"]), ["SOUTH1", "NORTH1"], "{found}");
        check(&found["hits"][0], "roads", (536.0, 536.0 / 10.833), SOUTH_WALK_M);
        check(&found["hits"][1], "roads", (3_259.8, 3_259.8 / 10.833), NORTH_WALK_M);
        // The best by road is found though the crow knows a better one for the only place in the list.
        assert_eq!(codes(&search(&town, &format!("{query}&limit=1")).await["hits"]), ["SOUTH1"]);
        check_by_line(&search(&town, &format!("{query}&drive_by=line")).await);
        // Who is there already is asked for no drive, unless told to.
        let by = |found: Value| {
            found["hits"]
                .as_array()
                .unwrap()
                .iter()
                .map(|hit| hit["drive_by"].clone())
                .collect::<Vec<_>>()
        };
        let walk = format!("{FROM}&max_walk_minutes=30");
        assert_eq!(by(search(&town, &walk).await), ["line", "line"]);
        assert_eq!(by(search(&town, &format!("{walk}&drive_by=roads")).await), ["roads", "roads"]);
        // Ten kilometres from every road nobody knows a way.
        let off = search(&town, &format!("lon=104.3&lat=36.54&{TO}")).await;
        assert_eq!(by(off), ["line", "line"]);
        let wrong = format!("/api/v1/search?{query}&drive_by=boat");
        town.api.get(&wrong, None).await.expect_problem(400, "malformed_query");
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_that_no_road_leads_to_today_comes_last_with_the_crows_figures() {
    let town = start(Kind::Sqlite, 2).await;
    lay_roads(&town).await;
    let manager = town.staff(Role::Manager).await;
    let works = json!({"street": "大桥", "reason": "汛期封桥"});
    town.api.post("/api/v1/roads/closures", Some(&manager), None, &works).await.expect(201);
    wait::until("the bridge to be closed", WITHIN, async || {
        (town.app.roads.current()?.facts.closed_pieces == 1).then_some(())
    })
    .await;
    let found = search(&town, &format!("{FROM}&{TO}&stay_minutes=60")).await;
    // The nearest open street is on this bank, 227 m from the bay: no way to it.
    assert_eq!(codes(&found["hits"]), ["SOUTH1", "NORTH1"], "{found}");
    check(&found["hits"][0], "roads", (536.0, 536.0 / 10.833), SOUTH_WALK_M);
    check(&found["hits"][1], "line", (550.2, 550.2 / 333.0 * 60.0), NORTH_WALK_M);
    let cost = |number: usize| found["hits"][number]["cost_fen"].as_i64().unwrap();
    assert!(cost(1) < cost(0), "{found}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_whose_bay_is_taken_is_not_sent_over_the_bridge() {
    let mut town = start(Kind::Sqlite, 3).await;
    lay_roads(&town).await;
    let wish = json!({"bay_code": "SOUTH1", "at": {"lon": 104.161, "lat": 36.54}, "dest": {"lon": 104.165, "lat": 36.541}});
    let guided = Guided::open(town.api.base(), &wish).await;
    let mut events = guided.events(Some(1)).await;
    let taken = town::reading(2, "occupied", true, town.api.now().await);
    town.radio.say("bw-SOUTH1", &taken).await;
    let lost = events.next().await;
    // By line the northern bay is the best by far; SOUTH2 is 44.7 m farther to drive (4.1 s), and to walk 251.5 m instead of 212.8 m as the
    // crow flies: 38.7 m × 1.3 at 1.2 m/s are 41.9 s.
    let offer = &lost.data["offer"];
    assert_eq!(offer["bay"]["bay_code"], "SOUTH2", "{}", lost.data);
    assert!((offer["more_s"].as_f64().unwrap() - (4.1 + 41.9)).abs() < 0.3, "{offer}");
    town.finish().await;
}
