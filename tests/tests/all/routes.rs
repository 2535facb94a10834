//! Ways over HTTP: on a small map drawn by hand, with signs, with closures, and where there is none.

use std::time::Duration;

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{run, text};
use crate::harness::roads::{self, OnPiece, PIECES};
use crate::harness::wait;

const WITHIN: Duration = Duration::from_secs(30);

/// On 人民路 between C and D, and on 公园路 between E and F.
const EAST: &str = "104.173,36.53996";
const NORTH: &str = "104.171,36.542";

/// The hand-made town with the map drawn by hand, taken in.
async fn with_roads(kind: Kind) -> TestApp {
    let town = TestApp::start(kind, BrokerKind::Embedded).await;
    roads::import(&town.app.store, &roads::drawn(), town.app.clock.city_now()).await;
    until_taken_in(&town).await;
    town
}

async fn until_taken_in(town: &TestApp) {
    wait::until("the roads to be taken in", WITHIN, async || town.app.roads.current()).await;
}

async fn way(town: &TestApp, query: &str) -> Value {
    town.api.get(&format!("/api/v1/routes?{query}"), None).await.expect(200).json()
}

fn said(way: &Value) -> Vec<String> {
    let steps = way["drive"]["steps"].as_array().unwrap().iter();
    steps.map(|step| step["text"].as_str().unwrap().to_owned()).collect()
}

fn streets(way: &Value) -> Vec<String> {
    let steps = way["drive"]["steps"].as_array().unwrap().iter();
    steps.map(|step| step["street"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_is_the_shortest_that_signs_permit_and_its_line_is_as_long() {
    let town = with_roads(Kind::Sqlite).await;
    // Two places on each piece, neither in its middle.
    let places: Vec<OnPiece> =
        (0..PIECES.len()).flat_map(|piece| [OnPiece(piece, 0.3), OnPiece(piece, 0.8)]).collect();
    let told = |place: OnPiece| format!("{:.7},{:.7}", place.at().lon(), place.at().lat());
    let mut checked = 0;
    for from in &places {
        let to: Vec<Value> =
            places.iter().map(|to| json!({"lon": to.at().lon(), "lat": to.at().lat()})).collect();
        let start = json!({"lon": from.at().lon(), "lat": from.at().lat()});
        let body = json!({"from": start, "to": to, "metric": "shortest"});
        let matrix = town.api.post("/api/v1/routes/matrix", None, None, &body).await.expect(200);
        let matrix = matrix.json();
        for (to, row) in places.iter().zip(matrix["rows"].as_array().unwrap()) {
            let expected = roads::shortest_m(*from, *to);
            let at_once = row["distance_m"].as_f64().unwrap();
            assert!((at_once - expected).abs() < 0.3, "{from:?} {to:?}: {expected} {row}");
            checked += 1;
        }
        // And one by one, with the line.
        let to = places[checked / 7 % places.len()];
        let query = format!("from={}&to={}&metric=shortest", told(*from), told(to));
        let one = way(&town, &query).await;
        let expected = roads::shortest_m(*from, to);
        let line_m = line_m(&one["drive"]["geometry"]);
        assert!((line_m - expected).abs() < 0.5, "{query}: {expected} {line_m}");
        assert!((one["drive"]["distance_m"].as_f64().unwrap() - expected).abs() < 0.3, "{query}");
    }
    assert_eq!(checked, 256);
    town.finish().await;
}

fn line_m(geometry: &Value) -> f64 {
    assert_eq!(geometry["type"], "LineString");
    let points: Vec<vocabulary::Point> = geometry["coordinates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|at| vocabulary::Point::new(at[0].as_f64().unwrap(), at[1].as_f64().unwrap()).unwrap())
        .collect();
    assert!(points.len() >= 2, "{geometry}");
    points.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_is_reached_with_the_kerb_on_the_right_and_told_in_both_languages() {
    let town = with_roads(Kind::Sqlite).await;
    // The bays lie north of 人民路: who comes from the east has them on the right.
    let west = way(&town, &format!("from={EAST}&bay=ts03")).await;
    assert_eq!(said(&west), ["沿人民路向西行驶", "到达目的地，在右侧"]);
    assert_eq!(
        (&west["bay_code"], &west["drive"]["arrival_side"]),
        (&json!("TS03"), &json!("right"))
    );
    // From 104.173 to 104.1702: 0.0028° of longitude at 36.54° are 0.0028 × 111,195 m × cos 36.54° = 250.2 m.
    let distance_m = west["drive"]["distance_m"].as_f64().unwrap();
    assert!((distance_m - 250.2).abs() < 0.5, "{distance_m}");
    // 0.00004° north of the street: 4.4 m.
    assert!((west["drive"]["to_road_m"].as_f64().unwrap() - 4.4).abs() < 0.15, "{west}");
    let english = way(&town, &format!("from={EAST}&bay=TS03&lang=en")).await;
    let expected = ["Head west on Renmin Road", "Arrive at your destination on the right"];
    assert_eq!(said(&english), expected);
    // From the west one has to turn back first; to the place itself, without a bay, one need not.
    let there = way(&town, "from=104.1685,36.53996&bay=TS03").await;
    assert_eq!(there["drive"]["steps"][1]["kind"], "u_turn");
    assert_eq!(there["drive"]["arrival_side"], "right");
    let place = way(&town, "from=104.1685,36.53996&to=104.1702,36.54").await;
    assert_eq!(place["drive"]["arrival_side"], "left");
    assert_eq!((&place["bay_code"], &place["walk"]), (&Value::Null, &Value::Null));
    // Down the one-way street and to the right.
    let north = way(&town, &format!("from={NORTH}&bay=TS05")).await;
    assert_eq!(streets(&north), ["公园路", "四龙路", "人民路", ""]);
    let kinds: Vec<&Value> =
        north["drive"]["steps"].as_array().unwrap().iter().map(|step| &step["kind"]).collect();
    assert_eq!(kinds, ["depart", "right", "right", "arrive"]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_walk_from_the_bay_follows_paths_where_there_are_some_and_is_an_estimate_elsewhere() {
    let town = with_roads(Kind::Sqlite).await;
    // From TS01 (104.17) along 人民路 to the path at 104.1695 and down it: 44.7 m and 273.5 m, and 4.4 m to the street.
    let path = way(&town, &format!("from={EAST}&bay=TS01&dest=104.1695,36.5375")).await;
    let walk = &path["walk"];
    assert_eq!(walk["basis"], "streets");
    let walk_m = walk["distance_m"].as_f64().unwrap();
    assert!((walk_m - (44.7 + 273.5 + 4.4)).abs() < 1.0, "{walk}");
    assert!((walk["duration_s"].as_f64().unwrap() - walk_m / 1.2).abs() < 0.2, "{walk}");
    assert_eq!(walk["steps"][0]["kind"], "depart");
    let whole =
        path["drive"]["duration_s"].as_f64().unwrap() + walk["duration_s"].as_f64().unwrap();
    assert!((path["total_s"].as_f64().unwrap() - whole).abs() < 0.2, "{path}");
    // Two kilometres to the north there is nothing: 0.02° are 2,223.9 m, and 30 % more.
    let field = way(&town, &format!("from={EAST}&bay=TS01&dest=104.17,36.56")).await;
    let walk = &field["walk"];
    assert_eq!((&walk["basis"], &walk["steps"]), (&json!("straight_line"), &json!([])));
    assert!((walk["distance_m"].as_f64().unwrap() - 2_223.9 * 1.3).abs() < 1.0, "{walk}");
    assert_eq!(walk["geometry"]["coordinates"], json!([[104.17, 36.54], [104.17, 36.56]]));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_no_way_the_answer_says_why() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let refused = async |query: &str, status: u16, code: &str| {
        let answer = town.api.get(&format!("/api/v1/routes?{query}"), None).await;
        assert_eq!(answer.json()["code"], code, "{query}: {}", answer.text);
        answer.expect_problem(status, code);
    };
    refused(&format!("from={EAST}&bay=TS01"), 422, "no_roads").await;
    roads::import(&town.app.store, &roads::drawn(), town.app.clock.city_now()).await;
    until_taken_in(&town).await;
    for (query, status, code) in [
        ("", 400, "malformed_query"),
        ("from=104.17,36.54", 400, "malformed_query"),
        ("from=104.17,36.54&to=104.17,36.54&bay=TS01", 400, "malformed_query"),
        ("from=104.17&to=104.17,36.54", 400, "malformed_query"),
        ("from=nan,36.54&to=104.17,36.54", 400, "malformed_query"),
        ("from=104.17,91&to=104.17,36.54", 400, "malformed_query"),
        ("from=104.17,36.54&to=104.17,36.54&lang=fr", 400, "malformed_query"),
        ("from=104.17,36.54&to=104.17,36.54&metric=cheapest", 400, "malformed_query"),
        ("from=104.17,36.54&to=104.17,36.54&dest=x", 400, "malformed_query"),
        ("from=104.17,36.54&bay=NONE1", 404, "bay_unknown"),
        ("from=104.17,36.54&bay=%20", 404, "bay_unknown"),
        // In the sea; longitude and latitude swapped; at the pole; on the other side of the date line.
        ("from=123.5,30.0&to=104.17,36.54", 422, "too_far_from_road"),
        ("from=104.17,36.54&to=36.54,89.9", 422, "too_far_from_road"),
        ("from=104.17,36.54&to=0,90", 422, "too_far_from_road"),
        ("from=104.17,36.54&to=-179.9999,36.54", 422, "too_far_from_road"),
        ("from=104.17,36.54&to=104.211,36.5401", 422, "island_of_roads"),
        ("from=104.211,36.5401&bay=TS01", 422, "island_of_roads"),
    ] {
        refused(query, status, code).await;
    }
    // Begin and end in one place is no error.
    let here = way(&town, "from=104.1702,36.54&bay=TS03").await;
    assert_eq!((&here["already_there"], &here["drive"]["distance_m"]), (&json!(true), &json!(0.0)));
    assert_eq!(here["drive"]["geometry"]["coordinates"].as_array().unwrap().len(), 2);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_bays_are_reached_in_one_call_and_each_that_is_not_says_why() {
    let town = with_roads(Kind::Sqlite).await;
    let ask = async |body: &Value| town.api.post("/api/v1/routes/matrix", None, None, body).await;
    let from = json!({"lon": 104.173, "lat": 36.53996});
    let dest = json!({"lon": 104.1695, "lat": 36.5375});
    let to = json!([
        {"bay_code": "ts01"}, {"bay_code": "TS03"}, {"bay_code": "NONE1"},
        {"lon": 104.211, "lat": 36.54}, {"lon": 0.0, "lat": 0.0}, {"lon": 104.171, "lat": 36.542},
    ]);
    let answer = ask(&json!({"from": from, "to": to, "dest": dest})).await.expect(200).json();
    let rows = answer["rows"].as_array().unwrap();
    let errors: Vec<&Value> = rows.iter().map(|row| &row["error"]["code"]).collect();
    let none = Value::Null;
    assert_eq!(
        errors,
        [
            &none,
            &none,
            &json!("bay_unknown"),
            &json!("island_of_roads"),
            &json!("too_far_from_road"),
            &none
        ]
    );
    for (row, query) in
        [(&rows[0], "bay=TS01"), (&rows[1], "bay=TS03"), (&rows[5], "to=104.171,36.542")]
    {
        let query = format!("from={EAST}&{query}&dest=104.1695,36.5375");
        let one = way(&town, &query).await;
        for (of_row, of_one) in [
            ("distance_m", &one["drive"]["distance_m"]),
            ("duration_s", &one["drive"]["duration_s"]),
            ("arrival_side", &one["drive"]["arrival_side"]),
            ("walk_m", &one["walk"]["distance_m"]),
            ("walk_basis", &one["walk"]["basis"]),
        ] {
            assert_eq!(&row[of_row], of_one, "{query} {of_row}");
        }
    }
    assert_eq!((&rows[2]["bay_code"], &rows[2]["at"]), (&json!("NONE1"), &none));
    let fifty_one: Vec<Value> = (0..51).map(|_| json!({"bay_code": "TS01"})).collect();
    for (body, status, code) in [
        (json!({"from": from, "to": []}), 422, "no_targets"),
        (json!({"from": from, "to": fifty_one}), 422, "too_many_targets"),
        (json!({"from": from, "to": [{}]}), 422, "target_malformed"),
        (json!({"from": from, "to": [{"lon": 104.17}]}), 422, "target_malformed"),
        (json!({"from": from, "to": [{"lon": 104.17, "lat": 91}]}), 422, "target_malformed"),
        (
            json!({"from": from, "to": [{"bay_code": "TS01", "lon": 1, "lat": 1}]}),
            422,
            "target_malformed",
        ),
        (
            json!({"from": {"lon": 181, "lat": 0}, "to": [{"bay_code": "TS01"}]}),
            400,
            "malformed_json",
        ),
        (
            json!({"from": {"lon": 0, "lat": 0}, "to": [{"bay_code": "TS01"}]}),
            422,
            "too_far_from_road",
        ),
        (json!({"to": [{"bay_code": "TS01"}]}), 400, "malformed_json"),
    ] {
        ask(&body).await.expect_problem(status, code);
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_date_line_a_way_is_as_long_as_anywhere() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let line = [[179.99, 0.0], [179.999, 0.0], [-179.99, 0.0]];
    let map = json!({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "赤道路"},
            "geometry": {"type": "LineString", "coordinates": line}},
    ]});
    roads::import(&town.app.store, &map, town.app.clock.city_now()).await;
    until_taken_in(&town).await;
    let way = way(&town, "from=179.992,0&to=-179.992,0").await;
    // 0.016° on the equator: 16 × 111.195 m.
    assert!((way["drive"]["distance_m"].as_f64().unwrap() - 1_779.1).abs() < 0.3, "{way}");
    town.finish().await;
}

/// Waits until so many pieces are closed and slow, as every answer says then.
async fn until_pieces(town: &TestApp, closed: usize, slowed: usize) {
    wait::until("closures to be in force", WITHIN, async || {
        let facts = town.app.roads.current()?.facts;
        ((facts.closed_pieces, facts.slowed_pieces) == (closed, slowed)).then_some(())
    })
    .await;
    let way = way(town, &format!("from={EAST}&bay=TS01")).await;
    let said = (&way["roads"]["closed_pieces"], &way["roads"]["slowed_pieces"]);
    assert_eq!(said, (&json!(closed), &json!(slowed)));
}

async fn a_closed_street_is_driven_around_and_is_back_when_its_time_is_over(kind: Kind) {
    let town = with_roads(kind).await;
    let manager = town.staff(Role::Manager).await;
    let planner = town.staff(Role::Planner).await;
    let close = async |token: Option<&str>, body: &Value| {
        town.api.post("/api/v1/roads/closures", token, None, body).await
    };
    let over_silong = format!("from={NORTH}&bay=TS05");
    assert_eq!(streets(&way(&town, &over_silong).await), ["公园路", "四龙路", "人民路", ""]);
    // For ten city minutes: ten seconds of the test's clock.
    let now = town.api.now().await;
    let works =
        json!({"street": "四龙路", "reason": "道路施工", "until": now.plus_ms(10 * 60_000)});
    close(None, &works).await.expect_problem(401, "token_missing");
    close(Some(&planner), &works).await.expect_problem(403, "role_insufficient");
    let closed = close(Some(&manager), &works).await.expect(201).json();
    assert_eq!((&closed["pieces"], &closed["state"]), (&json!(1), &json!("in_force")), "{closed}");
    until_pieces(&town, 1, 0).await;
    // Back over 五一街, and around to have the kerb on the right.
    let around = streets(&way(&town, &over_silong).await);
    assert_eq!(around[..3], ["公园路", "五一街", "人民路"], "{around:?}");
    let list = town.api.get("/api/v1/roads/closures", Some(&planner)).await.expect(200).json();
    assert_eq!(list["closures"][0]["closure_id"], closed["closure_id"]);
    until_pieces(&town, 0, 0).await;
    assert_eq!(streets(&way(&town, &over_silong).await), ["公园路", "四龙路", "人民路", ""]);
    let list = town.api.get("/api/v1/roads/closures", Some(&planner)).await.expect(200).json();
    assert_eq!(list["closures"], json!([]));
    let all = town.api.get("/api/v1/roads/closures?all=true", Some(&planner)).await.expect(200);
    assert_eq!(all.json()["closures"][0]["state"], "over");
    // Traffic: the way is the same, and takes ten times as long there.
    let usual = way(&town, &format!("from={EAST}&bay=TS01")).await;
    let slow = json!({"at": {"lon": 104.173, "lat": 36.53996}, "to": {"lon": 104.17, "lat": 36.53996},
        "direction": "forward", "pace_pct": 10, "reason": "堵车"});
    let slow = close(Some(&manager), &slow).await.expect(201).json();
    assert_eq!(slow["pieces"], 2);
    until_pieces(&town, 0, 2).await;
    let jammed = way(&town, &format!("from={EAST}&bay=TS01&metric=shortest")).await;
    assert_eq!(jammed["drive"]["distance_m"], usual["drive"]["distance_m"]);
    let ratio = jammed["drive"]["duration_s"].as_f64().unwrap()
        / usual["drive"]["duration_s"].as_f64().unwrap();
    assert!((9.5..10.5).contains(&ratio), "{ratio}");
    // The other direction is as fast as ever.
    let end = format!("/api/v1/roads/closures/{}/end", slow["closure_id"].as_str().unwrap());
    let end = async || town.api.post(&end, Some(&manager), None, &json!({})).await;
    assert_eq!(end().await.expect(200).json()["state"], "ended");
    end().await.expect_problem(409, "closure_over");
    until_pieces(&town, 0, 0).await;
    for (body, status, code) in [
        (json!({"street": "无名路", "reason": "x"}), 422, "street_unknown"),
        (json!({"at": {"lon": 104.19, "lat": 36.54}, "reason": "x"}), 422, "piece_unknown"),
        (
            json!({"at": {"lon": 104.17, "lat": 36.54}, "to": {"lon": 104.211, "lat": 36.54}, "reason": "x"}),
            422,
            "stretch_not_connected",
        ),
        (
            json!({"street": "人民路", "direction": "forward", "reason": "x"}),
            422,
            "direction_unknown",
        ),
        (json!({"street": "人民路", "reason": ""}), 422, "reason_length"),
        (json!({"street": "人民路", "reason": "x", "pace_pct": 500}), 422, "pace_out_of_range"),
        (json!({"street": "人民路", "reason": "x", "until": now}), 422, "closure_empty"),
        (json!({"reason": "x"}), 422, "stretch_malformed"),
        (json!({"street": "人民路"}), 400, "malformed_json"),
    ] {
        let refused = close(Some(&manager), &body).await;
        assert_eq!(refused.json()["code"], code, "{body}");
        refused.expect_problem(status, code);
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closures_on_sqlite() {
    a_closed_street_is_driven_around_and_is_back_when_its_time_is_over(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closures_on_postgresql() {
    a_closed_street_is_driven_around_and_is_back_when_its_time_is_over(Kind::Postgres).await;
}

/// A running gateway has not seen the commands, only the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_street_closed_by_command_is_closed_in_a_running_gateway() {
    let town = with_roads(Kind::Sqlite).await;
    let database = town.app.config.database.clone();
    let gateway = |arguments: &[&str]| {
        let output = run("gateway", &[arguments, &["--database", &database]].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, err) =
        gateway(&["roads", "close", "--street", "四龙路", "--reason", "道路施工", "--json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let closure: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(closure["pieces"], 1);
    until_pieces(&town, 1, 0).await;
    let over_silong = ["route", "--from", NORTH, "--to", "104.1704,36.54", "--kerb", "--json"];
    let (code, out, _) = gateway(&over_silong);
    assert_eq!(code, Some(0));
    assert!(!out.contains("四龙路") && out.contains("五一街"), "{out}");
    let (code, out, _) = gateway(&["roads", "list"]);
    assert_eq!((code, out.contains("四龙路 closed")), (Some(0), true), "{out}");
    let id = closure["closure_id"].as_str().unwrap();
    assert_eq!(gateway(&["roads", "reopen", id]).0, Some(0));
    let (code, _, err) = gateway(&["roads", "reopen", id]);
    assert_eq!((code, err.contains("closure_over")), (Some(1), true), "{err}");
    until_pieces(&town, 0, 0).await;
    // Many at once, all or none.
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("traffic.csv");
    let head = "street,lon,lat,to_lon,to_lat,direction,pace_pct,from,until,reason\n";
    let weights = |lines: &str| {
        std::fs::write(&table, format!("{head}{lines}")).unwrap();
        gateway(&["roads", "weights", table.to_str().unwrap(), "--json"])
    };
    let (code, out, _) = weights("五一街,,,,,,40,,,\n无名路,,,,,,40,,,\n");
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &said["error"]["code"]), (Some(1), &json!("street_unknown")));
    assert_eq!(said["error"]["line"], 3);
    let (code, out, _) = weights("五一街,,,,,,40,,,\n公园路,,,,,,0,,,游行\n");
    assert_eq!(code, Some(0), "{out}");
    until_pieces(&town, 2, 1).await;
    // After the roads were imported anew the closures still mean the same streets.
    let now = Timestamp::from_ms(town.app.clock.city_now().ms());
    let before = town.app.roads.current().unwrap().facts;
    roads::import(&town.app.store, &roads::drawn(), now).await;
    wait::until("the new roads", WITHIN, async || {
        let facts = town.app.roads.current()?.facts;
        (facts.road_graph_id != before.road_graph_id).then_some(())
    })
    .await;
    until_pieces(&town, 2, 1).await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_far_apart_are_not_one_and_nobody_walks_for_hours() {
    let town = with_roads(Kind::Sqlite).await;
    // Both lie west of A, where 人民路 ends: their nearest point of a street is the same. They are 278 m apart.
    let (west, south) = ("104.160,36.541", "104.160,36.5385");
    let apart = way(&town, &format!("from={west}&to={south}")).await;
    assert_eq!(
        (&apart["already_there"], &apart["drive"]["distance_m"]),
        (&json!(false), &json!(0.0))
    );
    let there = way(&town, &format!("from={west}&to={west}")).await;
    assert_eq!(
        (&there["already_there"], &there["drive"]["distance_m"]),
        (&json!(true), &json!(0.0))
    );
    // From beyond the corner B the first street is the one that is driven.
    let north = way(&town, "from=104.1695,36.5385&to=104.1695,36.5415").await;
    assert_eq!(said(&north), ["沿五一街向北行驶", "到达目的地"]);
    // A place beyond the end of a street is on neither side of it, whoever asks.
    let beyond = json!({"lon": 104.166, "lat": 36.541});
    let one = way(&town, &format!("from={EAST}&to=104.166,36.541")).await;
    let body = json!({"from": {"lon": 104.173, "lat": 36.53996}, "to": [beyond]});
    let row = town.api.post("/api/v1/routes/matrix", None, None, &body).await.expect(200).json();
    assert_eq!(one["drive"]["arrival_side"], "ahead");
    assert_eq!(row["rows"][0]["arrival_side"], "ahead");
    // 0,0 lies in the Atlantic.
    let far = format!("/api/v1/routes?from={EAST}&to={NORTH}&dest=0,0");
    town.api.get(&far, None).await.expect_problem(422, "dest_too_far");
    let mut far = body.clone();
    far["dest"] = json!({"lon": 0.0, "lat": 0.0});
    let row = town.api.post("/api/v1/routes/matrix", None, None, &far).await.expect(200).json();
    let row = &row["rows"][0];
    assert_eq!((&row["error"]["code"], &row["walk_m"]), (&json!("dest_too_far"), &Value::Null));
    let guided = json!({"bay_code": "TS01", "at": {"lon": 104.173, "lat": 36.53996},
        "dest": {"lon": 0.0, "lat": 0.0}});
    let refused = town.api.post("/api/v1/guidance", None, None, &guided).await;
    refused.expect_problem(422, "dest_too_far");
    // A list is no object, though its parts stand in the order of the fields.
    let list = json!([{"lon": 104.173, "lat": 36.53996}, [beyond], null, "fastest"]);
    let refused = town.api.post("/api/v1/routes/matrix", None, None, &list).await;
    refused.expect_problem(400, "malformed_json");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_too_often_is_told_the_same_time_twice() {
    let town = with_roads(Kind::Sqlite).await;
    let address = format!("{}/api/v1/routes?from={EAST}&to={NORTH}", town.api.base());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    // 200 at once, and one every 50 ms: of so many at a time some come too often.
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..600 {
        asked.spawn(client.get(&address).send());
    }
    let mut told = None;
    while let Some(answer) = asked.join_next().await {
        let answer = answer.unwrap().unwrap();
        if answer.status() == 429 && told.is_none() {
            let after = answer.headers()["retry-after"].to_str().unwrap().to_owned();
            let problem: Value = answer.json().await.unwrap();
            told = Some((after, problem["detail"].as_str().unwrap().to_owned()));
        }
    }
    let (after, detail) = told.expect("nobody is told to wait");
    assert_eq!((after.as_str(), detail.as_str()), ("1", "asked too often; again in 1 s"));
    town.finish().await;
}
