//! Searching for a bay over HTTP: the order by what it costs in all, what is offered and what is not, prices, unmet demand.
//!
//! Hand-reckoned on the sphere of 6,371,008.8 m: 0.0009° of latitude are 100.08 m. Streets take 1.3 of that; 75 m a minute on
//! foot at 60 fen, 333 m by car at 40 fen.

mod by_roads;

use std::time::Duration;

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use store::{Lane, UnmetRow};
use vocabulary::Timestamp;

use crate::harness::ahead::Ahead;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::seed::MORNING;
use crate::harness::{town, wait};

const WITHIN: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600_000;
/// Where the drivers of these tests want to go: south of all bays.
const AT: &str = "lon=104.17&lat=36.54";

/// Cheap, and between two and four in the afternoon nobody may park.
const CHEAP: &str = "format: bowei-tariff/1
id: cheap
title: 示例
time_zone: Asia/Shanghai
version_change: arrival_version_holds
versions:
  - version: 1
    valid_from: \"2026-01-01\"
    authority: 示例
    document: 示例
    superior_rule: 示例
    sign_version: s1
    vehicle_classes: { small: small, large: large }
    windows:
      - { name: 下午禁停, from: \"14:00\", to: \"16:00\", charge: not_permitted }
      - { name: 其余, from: \"16:00\", to: \"14:00\", charge: [{ unit_minutes: 60, price: { small: 0.10, large: 0.10 }, rounding: up }] }
";

/// Two zones: `dear` has the demo's tariff (2 yuan for two hours), `cheap` 10 fen for each hour begun. Bays stand north of the
/// destination, `steps` of 100.08 m away.
fn file() -> Value {
    let bay = |code: &str, block: &str, steps: f64, more: Value| {
        let mut bay =
            json!({"code": code, "block": block, "lon": 104.17, "lat": 36.54 + steps * 0.0009});
        let (bay_fields, more) = (bay.as_object_mut().unwrap(), more.as_object().unwrap().clone());
        bay_fields.extend(more);
        bay
    };
    let mut file = town::file();
    file["tariffs"] = json!([billing::DEMO_TARIFF, CHEAP]);
    file["zones"] = json!([
        {"code": "dear", "name": "一类区", "tariff": "demo-baiyin-road-1"},
        {"code": "cheap", "name": "二类区", "tariff": "cheap"}
    ]);
    file["blocks"] = json!([
        {"code": "d1", "zone": "dear", "street": "人民路", "side": "north"},
        {"code": "c1", "zone": "cheap", "street": "四龙路", "side": "north"}
    ]);
    file["bays"] = json!([
        bay("DEAR1", "d1", 1.0, json!({})),
        bay("TALL1", "d1", 2.0, json!({"max_height_mm": 2100, "charging": true})),
        bay("KEPT1", "d1", 1.0, json!({"accessible": true})),
        bay("TWIN2", "d1", 3.0, json!({"permitted_hours": "08:00-13:30"})),
        bay("TWIN1", "d1", 3.0, json!({"permitted_hours": "08:00-13:30"})),
        bay("CHEAP1", "c1", 5.0, json!({})),
        bay("DARK1", "d1", 1.0, json!({})),
        bay("LARGE1", "c1", 1.0, json!({"vehicle_classes": ["large"], "max_length_mm": 12000}))
    ]);
    let device = |bay: &str| json!({"key": format!("bw-{bay}"), "network": "native", "device_type": "native", "bay_code": bay});
    let heard = HEARD.map(device);
    file["devices"] = json!(heard.into_iter().chain([device("DARK1")]).collect::<Vec<_>>());
    file
}

const HEARD: [&str; 7] = ["DEAR1", "TALL1", "KEPT1", "TWIN2", "TWIN1", "CHEAP1", "LARGE1"];

/// The town at noon, all bays with a sensor that speaks free. DARK1's never speaks.
struct Town {
    town: TestApp,
    clock: Ahead,
}

impl Town {
    async fn start(kind: Kind) -> Town {
        // Twenty past noon, so that no minute of the test is a full hour.
        let clock = Ahead::from(MORNING + 4 * HOUR + 20 * 60_000);
        let file = file().to_string();
        let town = TestApp::start_ahead(kind, BrokerKind::Embedded, &file, &clock, |_| {}).await;
        let mut town = Town { town, clock };
        town.hear_all(1).await;
        town
    }

    /// Every sensor says that its bay is free, and it is shown.
    async fn hear_all(&mut self, number: u64) {
        for bay in HEARD {
            let now = self.town.api.now().await;
            let reading = json!([town::reading(number, "vacant", false, now)]);
            self.town.hear(&format!("bw-{bay}"), &reading).await;
        }
        self.until_free(HEARD.len()).await;
    }

    /// Waits until so many bays are shown free.
    async fn until_free(&self, count: usize) {
        let path = format!("/api/v1/bays?{AT}&state=free&radius_m=5000");
        wait::until("free bays", WITHIN, async || {
            let found = self.town.api.get(&path, None).await.expect(200).json();
            (found["bays"].as_array().unwrap().len() == count).then_some(())
        })
        .await;
    }

    async fn search(&self, query: &str) -> Value {
        let path = format!("/api/v1/search?{AT}&{query}");
        self.town.api.get(&path, None).await.expect(200).json()
    }

    /// Codes of the hits, in order.
    async fn codes(&self, query: &str) -> Vec<String> {
        codes(&self.search(query).await["hits"])
    }

    /// Why nothing is found.
    async fn nothing(&self, query: &str) -> Value {
        self.search(query).await["nothing"]["code"].clone()
    }

    /// Waits until a search finds these.
    async fn until_codes(&self, query: &str, expected: &[&str]) {
        wait::until(&format!("{query} to find {expected:?}"), WITHIN, async || {
            (self.codes(query).await == expected).then_some(())
        })
        .await;
    }
}

fn codes(bays: &Value) -> Vec<String> {
    let code = |bay: &Value| bay["bay_code"].as_str().unwrap().to_owned();
    bays.as_array().unwrap().iter().map(code).collect()
}

fn instant(value: &Value) -> Timestamp {
    Timestamp::parse(value.as_str().unwrap()).unwrap()
}

/// Ways and fee in fen, without the risk: `steps` of 100.08 m there and back.
fn ways_fen(steps: f64) -> f64 {
    let streets_m = steps * 100.08 * 1.3;
    streets_m / 75.0 * 60.0 + streets_m / 333.0 * 40.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bays_come_in_order_of_what_they_cost_in_all_and_each_with_its_quote() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = Town::start(kind).await;
        let found = town.search("stay_minutes=60").await;
        let (arrive_at, leave_at) = (instant(&found["arrive_at"]), instant(&found["leave_at"]));
        assert_eq!(leave_at.since_ms(arrive_at), HOUR);
        let now = instant(&found["now"]);
        assert!((0..60_000).contains(&arrive_at.since_ms(now)), "{found}");
        let hits = found["hits"].as_array().unwrap();
        // Kept for disabled drivers, for lorries, or never heard of: three are left out.
        let mut seen = codes(&found["hits"]);
        assert_eq!(found["nothing"], Value::Null);
        let order: Vec<(i64, String)> = hits
            .iter()
            .map(|hit| (hit["cost_fen"].as_i64().unwrap(), hit["bay_code"].to_string()))
            .collect();
        assert!(order.is_sorted(), "{order:?}");
        seen.sort();
        assert_eq!(seen, ["CHEAP1", "DEAR1", "TALL1", "TWIN1", "TWIN2"]);
        for (code, steps, fee) in
            [("DEAR1", 1.0, 200), ("TALL1", 2.0, 200), ("TWIN1", 3.0, 200), ("CHEAP1", 5.0, 10)]
        {
            let hit = hits.iter().find(|hit| hit["bay_code"] == code).unwrap();
            assert_eq!(hit["quote"]["total_fen"], fee, "{hit}");
            assert_eq!((&hit["state"], &hit["no_quote"]), (&json!("free"), &Value::Null));
            // The chance is told to a thousandth, which is a quarter of a fen.
            let gone = hit["free_chance"].as_f64().map_or(0.0, |chance| (1.0 - chance) * 240.0);
            let cost = ways_fen(steps) + f64::from(fee) + gone;
            assert!((hit["cost_fen"].as_f64().unwrap() - cost).abs() < 1.0, "{cost} {hit}");
            let walk_m = hit["walk"]["distance_m"].as_f64().unwrap();
            assert!((walk_m - steps * 130.1).abs() < 0.3, "{hit}");
            let path = format!("/api/v1/quote?bay_code={code}&from={arrive_at}&to={leave_at}");
            let quote = town.town.api.get(&path, None).await.expect(200).json();
            assert_eq!(hit["quote"]["total_fen"], quote["total_fen"], "{quote}");
        }
        // Side by side: they cost the same, and the code decides.
        let place = |code: &str| order.iter().position(|(_, known)| known.contains(code)).unwrap();
        assert_eq!(
            (place("TWIN1") + 1, order[place("TWIN1")].0),
            (place("TWIN2"), order[place("TWIN2")].0)
        );
        assert_eq!(town.codes("stay_minutes=60&limit=1").await, codes(&found["hits"])[..1]);
        town.town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_is_offered_only_to_whom_it_suits_and_for_the_whole_stay() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = Town::start(kind).await;
        let sorted = async |query: &str| {
            let mut codes = town.codes(query).await;
            codes.sort();
            codes
        };
        for (query, expected) in [
            ("height_mm=2100", vec!["CHEAP1", "DEAR1", "TALL1", "TWIN1", "TWIN2"]),
            ("height_mm=2101", vec!["CHEAP1", "DEAR1", "TWIN1", "TWIN2"]),
            // Nothing is said of their length: they are as long as they are, six metres.
            ("length_mm=6001", vec![]),
            ("length_mm=6001&vehicle_class=large", vec!["LARGE1"]),
            ("length_mm=12001&vehicle_class=large", vec![]),
            ("charging=true", vec!["TALL1"]),
            ("accessible=true", vec!["KEPT1"]),
            ("max_price_fen=199", vec!["CHEAP1"]),
            ("max_hourly_fen=10", vec!["CHEAP1"]),
            ("max_hourly_fen=9", vec![]),
            // 100.08 m of streets and a third are 1.735 min.
            ("max_walk_minutes=1.74", vec!["DEAR1"]),
            ("max_walk_minutes=1.73", vec![]),
            // The twins' sign ends at half past one, the cheap zone's permission at two; it is twenty past twelve.
            ("stay_minutes=80", vec!["CHEAP1", "DEAR1", "TALL1"]),
            ("stay_minutes=110", vec!["DEAR1", "TALL1"]),
        ] {
            assert_eq!(sorted(query).await, expected, "{query}");
        }
        let found = town.search("stay_minutes=60").await;
        let hit = |code: &str| {
            let hits = found["hits"].as_array().unwrap();
            hits.iter().find(|hit| hit["bay_code"] == code).unwrap().clone()
        };
        // 13:30 and 14:00 in Baiyin; told a quarter of an hour before.
        for (code, until, warn) in [
            ("TWIN1", "2026-09-15T05:30:00Z", "2026-09-15T05:15:00Z"),
            ("CHEAP1", "2026-09-15T06:00:00Z", "2026-09-15T05:45:00Z"),
        ] {
            let hit = hit(code);
            assert_eq!(instant(&hit["permitted_until"]), Timestamp::parse(until).unwrap());
            assert_eq!(instant(&hit["warn_at"]), Timestamp::parse(warn).unwrap());
        }
        assert_eq!(
            (&hit("DEAR1")["permitted_until"], &hit("DEAR1")["warn_at"]),
            (&Value::Null, &Value::Null)
        );
        let manager = town.town.staff(Role::Manager).await;
        let now = town.town.api.now().await;
        let works =
            json!({"from": now.plus_ms(HOUR / 2), "to": now.plus_ms(2 * HOUR), "reason": "works"});
        town.town
            .api
            .post("/api/v1/bays/DEAR1/closures", Some(&manager), None, &works)
            .await
            .expect(200);
        town.until_codes("stay_minutes=80&max_walk_minutes=2", &[]).await;
        // A stay that ends before the closure begins.
        assert_eq!(town.codes("stay_minutes=20&max_walk_minutes=2").await, ["DEAR1"]);
        town.town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_is_never_offered_as_free_and_nothing_says_why() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = Town::start(kind).await;
        let found = town.search("unknown=true").await;
        assert!(!codes(&found["hits"]).contains(&"DARK1".to_owned()), "{found}");
        assert_eq!(codes(&found["unknown"]), ["DARK1"]);
        let dark = &found["unknown"][0];
        assert_eq!(
            (&dark["state"], &dark["observed_at"], &dark["age_s"]),
            (&json!("unknown"), &Value::Null, &Value::Null)
        );
        assert_eq!(town.search("").await["unknown"], json!([]));
        assert_eq!(town.nothing("max_walk_minutes=0.5").await, "outside");
        assert_eq!(town.nothing("length_mm=6001").await, "none_fits");
        let now = town.town.api.now().await;
        for bay in ["DEAR1", "KEPT1"] {
            let reading = json!([town::reading(2, "occupied", true, now)]);
            town.town.hear(&format!("bw-{bay}"), &reading).await;
        }
        town.until_free(HEARD.len() - 2).await;
        assert_eq!(town.nothing("max_walk_minutes=2").await, "none_free");
        let english = town.search("max_walk_minutes=2&lang=en").await;
        assert!(english["nothing"]["text"].as_str().unwrap().contains("none is free"), "{english}");
        // A class that the tariff of the dear zone does not speak of is told so, and sorts as if it paid nothing.
        let motorcycle = town.search("vehicle_class=motorcycle").await;
        let hit = motorcycle["hits"]
            .as_array()
            .unwrap()
            .iter()
            .find(|hit| hit["bay_code"] == "TALL1")
            .unwrap();
        assert_eq!(
            (&hit["quote"], &hit["no_quote"]),
            (&Value::Null, &json!("class_not_in_tariff"))
        );
        assert_eq!(
            town.nothing("vehicle_class=motorcycle&max_price_fen=100000").await,
            "none_fits"
        );
        town.town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_that_make_no_sense_are_refused_and_far_places_find_nothing() {
    let town = Town::start(Kind::Sqlite).await;
    for wrong in [
        "lat=36.54",
        "lon=104.17&lat=NaN",
        "lon=inf&lat=36.54",
        "lon=104.17&lat=90.1",
        "lon=180.0001&lat=0",
        "lon=104.17&lat=36.54&dest_lon=104.17",
        "lon=104.17&lat=36.54&stay_minutes=0",
        "lon=104.17&lat=36.54&stay_minutes=-5",
        "lon=104.17&lat=36.54&stay_minutes=10081",
        "lon=104.17&lat=36.54&limit=21",
        "lon=104.17&lat=36.54&limit=0",
        "lon=104.17&lat=36.54&vehicle_class=tank",
        "lon=104.17&lat=36.54&height_mm=99999999",
        "lon=104.17&lat=36.54&charging=perhaps",
        "lon=104.17&lat=36.54&max_walk_minutes=NaN",
        "lon=104.17&lat=36.54&max_price_fen=-1",
        "lon=104.17&lat=36.54&lang=tlh",
    ] {
        let path = format!("/api/v1/search?{wrong}");
        town.town.api.get(&path, None).await.expect_problem(400, "malformed_query");
    }
    // In the sea, on the antimeridian, at the pole: from there and to there.
    for place in ["150,0", "180,0", "-180,-17.5", "104.17,90", "0,-90"] {
        let (lon, lat) = place.split_once(',').unwrap();
        for path in [
            format!("/api/v1/search?lon={lon}&lat={lat}&max_walk_minutes=60"),
            format!("/api/v1/search?{AT}&dest_lon={lon}&dest_lat={lat}"),
        ] {
            let found = town.town.api.get(&path, None).await.expect(200).json();
            assert_eq!(
                (&found["hits"], &found["nothing"]["code"]),
                (&json!([]), &json!("outside")),
                "{path}"
            );
        }
        // From there to the town: far, and found all the same.
        let path = format!(
            "/api/v1/search?lon={lon}&lat={lat}&dest_lon=104.17&dest_lat=36.54&arrive_in_minutes=5"
        );
        let found = town.town.api.get(&path, None).await.expect(200).json();
        assert_eq!(found["hits"].as_array().unwrap().len(), 5, "{found}");
    }
    assert!(town.town.app.store.read().await.unwrap().unmet(all_unmet()).await.unwrap().is_empty());
    town.town.finish().await;
}

fn all_unmet() -> store::UnmetFilter<'static> {
    store::UnmetFilter { from: 0, to: i64::MAX, block: None, operator_id: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_without_a_hit_are_counted_by_block_and_hour_and_small_counts_are_withheld() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let town = Town::start(kind).await;
        let planner = town.town.staff(Role::Planner).await;
        let hour_at = Timestamp::from_ms(MORNING + 4 * HOUR);
        let demand = async |query: &str| {
            let path = format!("/api/v1/unmet-demand?{query}");
            town.town.api.get(&path, Some(&planner)).await.expect(200).json()
        };
        assert_eq!(demand("").await["hours"], json!([]));
        // The same phone asks three times; it looks for one bay.
        for _ in 0..3 {
            assert_eq!(town.codes("length_mm=6001").await, [""; 0]);
        }
        let counted = wait::until("the count to be stored", WITHIN, async || {
            let counted =
                town.town.app.store.read().await.unwrap().unmet(all_unmet()).await.unwrap();
            (!counted.is_empty()).then_some(counted)
        })
        .await;
        let [one] = &counted[..] else { panic!("{counted:?}") };
        // Of the bays nearest to the destination DARK1, DEAR1, KEPT1 and LARGE1 stand in one place; the first code is of block d1.
        assert_eq!(
            (one.block.as_str(), one.street.as_str(), one.hour_at, one.searches),
            ("d1", "人民路", hour_at.ms(), 1)
        );
        let withheld = demand("").await;
        assert_eq!(
            (&withheld["hours"], &withheld["withheld"], &withheld["fewest"]),
            (&json!([]), &json!(1), &json!(5))
        );
        let block_id = town.town.app.store.read().await.unwrap().blocks().await.unwrap();
        let block_id = block_id.iter().find(|block| block.code == "d1").unwrap().block_id;
        let mut tx = town.town.app.store.begin(Lane::Command).await.unwrap();
        tx.add_unmet(&[UnmetRow { block_id, hour_at: hour_at.ms(), searches: 4 }]).await.unwrap();
        tx.commit().await.unwrap();
        let shown = demand("block=d1").await;
        assert_eq!(
            shown["hours"],
            json!([{"block": "d1", "street": "人民路", "hour_at": hour_at, "searches": 5}])
        );
        assert_eq!(shown["withheld"], 0);
        assert_eq!(demand("block=c1").await["hours"], json!([]));
        let (before, after) = (hour_at.plus_ms(-2 * HOUR), hour_at.plus_ms(-HOUR));
        assert_eq!(demand(&format!("from={before}&to={after}")).await["hours"], json!([]));
        for (query, status, code) in [
            ("from=2026-09-15T05:00:01Z&to=2026-09-15T04:00:00Z", 400, "malformed_query"),
            ("from=2026-01-01T00:00:00Z", 400, "malformed_query"),
            ("from=yesterday", 400, "malformed_query"),
        ] {
            let path = format!("/api/v1/unmet-demand?{query}");
            town.town.api.get(&path, Some(&planner)).await.expect_problem(status, code);
        }
        town.town.api.get("/api/v1/unmet-demand", None).await.expect_problem(401, "token_missing");
        let inspector = town.town.staff(Role::Inspector).await;
        town.town
            .api
            .get("/api/v1/unmet-demand", Some(&inspector))
            .await
            .expect_problem(403, "role_insufficient");
        town.town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_in_the_register_changes_what_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut town = Town::start(kind).await;
        let (manager, api) = (town.town.staff(Role::Manager).await, town.town.api.clone());
        let post = async |bay: &str, body: Value| {
            let path = format!("/api/v1/bays/{bay}/versions");
            api.post(&path, Some(&manager), None, &body).await
        };
        let changed = post("DEAR1", json!({"charging": true, "max_height_mm": 1900}))
            .await
            .expect(200)
            .json();
        let last = changed["versions"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (
                &last["charging"],
                &last["max_height_mm"],
                &last["max_length_mm"],
                &last["accessible"]
            ),
            (&json!(true), &json!(1900), &Value::Null, &json!(false))
        );
        town.until_codes("charging=true&height_mm=1900", &["DEAR1", "TALL1"]).await;
        assert_eq!(town.codes("charging=true&height_mm=1901").await, ["TALL1"]);
        post("DEAR1", json!({"max_height_mm": 30_001}))
            .await
            .expect_problem(422, "measure_out_of_range");
        // A version that begins later ends the permission of the one before, and takes its place when its time has come.
        let later = town.town.api.now().await.plus_ms(2 * HOUR);
        post("TALL1", json!({"valid_from": later, "charging": false})).await.expect(200);
        town.until_codes("charging=true&stay_minutes=180", &["DEAR1"]).await;
        assert_eq!(town.codes("charging=true&stay_minutes=90&height_mm=1901").await, ["TALL1"]);
        town.clock.pass(2 * HOUR + 60_000);
        town.hear_all(2).await;
        town.until_codes("charging=true", &["DEAR1"]).await;
        // A new price counts at once: 20 fen an hour instead of 10, at a time at which parking is permitted there.
        town.until_codes("max_price_fen=19&arrive_in_minutes=180", &["CHEAP1"]).await;
        let dearer = CHEAP.replace("small: 0.10", "small: 0.20");
        let mut tx = town.town.app.store.begin(Lane::Command).await.unwrap();
        let operator = tx.operators().await.unwrap()[0].0;
        tx.put_tariff("cheap", operator, &dearer, 0).await.unwrap();
        tx.commit().await.unwrap();
        town.until_codes("max_price_fen=19&arrive_in_minutes=180", &[]).await;
        town.town.finish().await;
    }
}
