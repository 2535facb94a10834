//! Guidance on the way to a bay: what the driver is told when it is taken, wherever the reading came in.

use std::time::{Duration, Instant};

use gateway::flow::sign_in::Role;
use gateway::guidance::{Guidance, Wish};
use gateway::lang::Lang;
use serde_json::{Value, json};
use vocabulary::{BayCode, Point, VehicleClass};

use crate::harness::ahead::Ahead;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::guided::Guided;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::radio::Radio;
use crate::harness::roads;
use crate::harness::seed::MORNING;
use crate::harness::served::{Served, Source, path};
use crate::harness::town::{self, reading};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const WITHIN: Duration = Duration::from_secs(30);
/// What the driver may wait for.
const TOLD_WITHIN: Duration = Duration::from_secs(1);
/// On 人民路, 240 m east of the bays.
const START: (f64, f64) = (104.173, 36.539_96);

/// The hand-made town with roads, TS01 and TS02 free and the others unknown.
async fn with_free_bays(kind: Kind, broker: BrokerKind) -> TestApp {
    free_bays(TestApp::start(kind, broker).await).await
}

async fn free_bays(mut town: TestApp) -> TestApp {
    let now = town.app.clock.city_now();
    roads::import(&town.app.store, &roads::drawn(), now).await;
    wait::until("the roads", WITHIN, async || town.app.roads.current()).await;
    for device in ["ts-1", "ts-2"] {
        town.hear(device, &reading(1, "vacant", false, town.api.now().await)).await;
    }
    until_state(&town, "TS01", "free").await;
    until_state(&town, "TS02", "free").await;
    town
}

async fn until_state(town: &TestApp, bay: &str, state: &str) {
    wait::until("the bay's state", WITHIN, async || {
        let shown = town.api.get(&format!("/api/v1/bays/{bay}"), None).await.expect(200).json();
        (shown["state"] == state).then_some(())
    })
    .await;
}

fn base(town: &TestApp) -> String {
    town.api.base().to_owned()
}

/// To TS01 from the east.
fn wish() -> Value {
    json!({"bay_code": "ts01", "at": {"lon": START.0, "lat": START.1}, "stay_minutes": 90})
}

async fn say(town: &mut TestApp, device: &str, seq: u64, occupied: bool) {
    let kind = if occupied { "occupied" } else { "vacant" };
    let said = reading(seq, kind, occupied, town.api.now().await);
    town.radio.say(device, &said).await;
}

fn place(shown: &Value) -> (&str, &str) {
    (shown["phase"].as_str().unwrap(), shown["why"].as_str().unwrap())
}

/// Five times: the bay is taken and free again. How long it took from the radio's word to the driver's screen.
async fn a_bay_that_is_taken_is_replaced_by_the_next_best_at_once(kind: Kind, broker: BrokerKind) {
    let mut town = with_free_bays(kind, broker).await;
    let guided = Guided::open(&base(&town), &wish()).await;
    assert_eq!(place(&guided.opened), ("driving", "opened"), "{}", guided.opened);
    assert_eq!(guided.opened["drive"]["arrival_side"], "right");
    let mut events = guided.events(None).await;
    let state = events.next().await;
    assert_eq!((state.name.as_str(), state.id), ("state", 1));
    let mut delays = Vec::new();
    for round in 0..5_u64 {
        let begun = Instant::now();
        say(&mut town, "ts-1", 2 + 2 * round, true).await;
        let lost = events.next().await;
        delays.push(lost.came - begun);
        assert_eq!((lost.name.as_str(), place(&lost.data)), ("offer", ("offered", "taken")));
        let offer = &lost.data["offer"];
        assert_eq!(
            (&offer["bay"]["bay_code"], &offer["reason"]),
            (&json!("TS02"), &json!("taken"))
        );
        assert_eq!(offer["bay"]["state"], "free");
        // TS02 is 0.0001° nearer: 8.9 m, and the route leads there.
        let (before, now) = (&lost.data["drive"]["distance_m"], &offer["drive"]["distance_m"]);
        let nearer_m = before.as_f64().unwrap() - now.as_f64().unwrap();
        assert!((nearer_m - 8.9).abs() < 0.3, "{nearer_m}");
        assert!(offer["text"].as_str().unwrap().starts_with("TS01 已被占用。可改去人民路 TS02"));
        say(&mut town, "ts-1", 3 + 2 * round, false).await;
        let back = events.next().await;
        assert_eq!((back.name.as_str(), place(&back.data)), ("bay", ("driving", "free_again")));
        assert_eq!(back.data["offer"], Value::Null);
    }
    delays.sort();
    println!("{kind:?}: a bay taken, told after {delays:?}");
    assert!(delays[2] < TOLD_WITHIN, "{delays:?}");
    assert_eq!(guided.end("").await, 204);
    let ended = events.next().await;
    assert_eq!((ended.name.as_str(), place(&ended.data)), ("ended", ("ended", "left")));
    assert!(events.next_or_end().await.is_none(), "the stream ends");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_best_on_sqlite_with_the_embedded_broker() {
    a_bay_that_is_taken_is_replaced_by_the_next_best_at_once(Kind::Sqlite, BrokerKind::Embedded)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_best_on_postgresql_with_mosquitto() {
    a_bay_that_is_taken_is_replaced_by_the_next_best_at_once(Kind::Postgres, BrokerKind::Mosquitto)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_is_told_what_was_missed_and_nothing_twice() {
    let mut town = with_free_bays(Kind::Sqlite, BrokerKind::Embedded).await;
    let guided = Guided::open(&base(&town), &wish()).await;
    let mut events = guided.events(None).await;
    let first = events.next().await;
    drop(events);
    // Nothing happened meanwhile: nothing is told.
    let mut events = guided.events(Some(first.id)).await;
    events.silent_for(Duration::from_millis(300)).await;
    drop(events);
    say(&mut town, "ts-1", 2, true).await;
    wait::until("the session to notice", WITHIN, async || {
        (guided.get().await.1["phase"] == "offered").then_some(())
    })
    .await;
    let mut events = guided.events(Some(first.id)).await;
    let missed = events.next().await;
    assert_eq!((missed.name.as_str(), place(&missed.data)), ("state", ("offered", "taken")));
    assert_eq!((missed.id, &missed.data["offer"]["bay"]["bay_code"]), (2, &json!("TS02")));
    // Accepted: on to the other bay.
    let offer_id = &missed.data["offer"]["offer_id"];
    let (status, shown) = guided.put(&json!({"accept": offer_id, "lang": "en"})).await;
    assert_eq!((status, place(&shown)), (200, ("driving", "accepted")), "{shown}");
    assert_eq!(shown["bay"]["bay_code"], "TS02");
    assert_eq!(shown["text"], "Now to TS02, 人民路");
    assert_eq!(shown["drive"]["steps"][0]["text"], "Head west on Renmin Road");
    let accepted = events.next().await;
    assert_eq!((accepted.name.as_str(), accepted.id), ("bay", 3));
    let (status, problem) = guided.put(&json!({"accept": offer_id})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("offer_gone")));
    // The other one is taken too, and no bay is left.
    say(&mut town, "ts-2", 2, true).await;
    let lost = events.next().await;
    assert_eq!((lost.name.as_str(), place(&lost.data)), ("offer", ("lost", "taken")));
    assert_eq!(lost.data["offer"], Value::Null);
    // One is free again, and is offered; declined, it is left alone.
    say(&mut town, "ts-1", 3, false).await;
    let offered = events.next().await;
    assert_eq!(place(&offered.data), ("offered", "taken"));
    let offer_id = &offered.data["offer"]["offer_id"];
    let (_, shown) = guided.put(&json!({"decline": offer_id})).await;
    assert_eq!(place(&shown), ("lost", "declined"));
    assert_eq!(events.next().await.name, "bay");
    events.silent_for(Duration::from_millis(1_500)).await;
    // The driver chooses it after all, and says then that something stands in it.
    let (_, shown) = guided.put(&json!({"bay_code": "TS01"})).await;
    assert_eq!(place(&shown), ("driving", "changed"));
    let (_, shown) = guided.put(&json!({"obstructed": true})).await;
    assert_eq!(place(&shown), ("lost", "reported"), "TS02 is taken");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_parks_in_the_bay_has_arrived_and_who_claims_it_has_too() {
    let mut town = with_free_bays(Kind::Sqlite, BrokerKind::Embedded).await;
    let guided = Guided::open(&base(&town), &wish()).await;
    let mut events = guided.events(Some(1)).await;
    // 18 m before it: who comes into the bay now is this driver.
    assert_eq!(place(&guided.move_to(104.1702, 36.539_96).await), ("driving", "opened"));
    say(&mut town, "ts-1", 2, true).await;
    let arrived = events.next().await;
    assert_eq!((arrived.name.as_str(), place(&arrived.data)), ("ended", ("ended", "arrived")));
    assert_eq!((&arrived.data["drive"], &arrived.data["offer"]), (&Value::Null, &Value::Null));
    assert!(events.next_or_end().await.is_none());
    // Who comes back late is told once, and the stream ends.
    let mut again = guided.events(None).await;
    assert_eq!(again.next().await.name, "ended");
    assert!(again.next_or_end().await.is_none());
    // A claim at the bay before the sensor speaks.
    let to_second = json!({"bay_code": "TS02", "at": {"lon": 104.170_2, "lat": 36.539_96}});
    let near = Guided::open(&base(&town), &to_second).await;
    let far = Guided::open(
        &base(&town),
        &json!({"bay_code": "TS02",
        "at": {"lon": START.0, "lat": START.1}}),
    )
    .await;
    town.driver("lin").await.claim("TS02", "甘D12345").await.expect(201);
    assert_eq!(place(&near.get().await.1), ("ended", "claimed"));
    assert_eq!(place(&far.get().await.1), ("driving", "opened"));
    say(&mut town, "ts-2", 2, true).await;
    wait::until("the other driver to be told", WITHIN, async || {
        (far.get().await.1["phase"] == "lost").then_some(())
    })
    .await;
    say(&mut town, "ts-2", 3, false).await;
    until_state(&town, "TS02", "free").await;
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_the_way_or_finds_it_closed_is_told_another_one() {
    let town = with_free_bays(Kind::Sqlite, BrokerKind::Embedded).await;
    let guided = Guided::open(&base(&town), &wish()).await;
    let mut events = guided.events(Some(1)).await;
    let on_the_way = guided.move_to(104.1725, 36.539_96).await;
    assert_eq!(on_the_way["seq"], 1);
    // Turned off into 东关街: 110 m north of the way.
    let off = guided.move_to(104.174, 36.540_95).await;
    assert_eq!(place(&off), ("driving", "rerouted"));
    assert_eq!(off["drive"]["steps"][0]["street"], "东关街");
    assert_eq!(events.next().await.name, "route");
    // 人民路 is closed before the driver is there.
    let manager = town.staff(Role::Manager).await;
    let works = json!({"at": {"lon": 104.173, "lat": 36.53996}, "reason": "管道抢修"});
    town.api.post("/api/v1/roads/closures", Some(&manager), None, &works).await.expect(201);
    let rerouted = events.next().await;
    assert_eq!((rerouted.name.as_str(), place(&rerouted.data)), ("route", ("driving", "rerouted")));
    let streets: Vec<&str> = rerouted.data["drive"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["street"].as_str().unwrap())
        .collect();
    assert_eq!(streets, ["东关街", "公园路", "四龙路", "人民路", ""]);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_where_parking_is_not_permitted_any_more_is_replaced_though_it_is_free() {
    // City time as on the wall: the closure is a minute away, and does not begin meanwhile.
    let clock = TownClock { speed: 1, ..TownClock::at_noon() };
    let file = town::file().to_string();
    let town = TestApp::start_town(Kind::Sqlite, BrokerKind::Embedded, &file, clock, |_| {}).await;
    let town = free_bays(town).await;
    let guided = Guided::open(&base(&town), &wish()).await;
    assert_eq!(place(&guided.opened), ("driving", "opened"), "{}", guided.opened);
    let mut events = guided.events(Some(1)).await;
    let manager = town.staff(Role::Manager).await;
    let now = town.api.now().await;
    let works =
        json!({"from": now.plus_ms(60_000), "to": now.plus_ms(3_600_000), "reason": "施工"});
    town.api.post("/api/v1/bays/TS01/closures", Some(&manager), None, &works).await.expect(200);
    let lost = events.next().await;
    assert_eq!((lost.name.as_str(), place(&lost.data)), ("offer", ("offered", "not_permitted")));
    assert_eq!(lost.data["bay"]["state"], "free", "{}", lost.data);
    assert_eq!(lost.data["offer"]["bay"]["bay_code"], "TS02");
    let text = lost.data["offer"]["text"].as_str().unwrap();
    assert!(text.starts_with("TS01 现在不允许停放本车。可改去人民路 TS02"), "{text}");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_roads_bays_are_watched_all_the_same() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    // Nothing was ever heard of TS01: it is offered another bay at once, if there is one.
    let guided = Guided::open(&base(&town), &wish()).await;
    assert_eq!(place(&guided.opened), ("lost", "unknown"));
    assert_eq!(
        (&guided.opened["drive"], &guided.opened["error"]["code"]),
        (&Value::Null, &json!("no_roads"))
    );
    let mut events = guided.events(Some(2)).await;
    town.hear("ts-3", &reading(1, "vacant", false, town.api.now().await)).await;
    let offered = events.next().await;
    assert_eq!(place(&offered.data), ("offered", "unknown"));
    assert_eq!(offered.data["offer"]["bay"]["bay_code"], "TS03");
    assert_eq!(offered.data["offer"]["error"]["code"], "no_roads");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused_and_a_session_is_nobodys_but_its_owners() {
    let town = with_free_bays(Kind::Sqlite, BrokerKind::Embedded).await;
    let open = async |change: Value| {
        let mut body = wish();
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        town.api.post("/api/v1/guidance", None, None, &body).await
    };
    for (change, status, code) in [
        (json!({"bay_code": "NONE1"}), 404, "bay_unknown"),
        (json!({"bay_code": ""}), 404, "bay_unknown"),
        (json!({"vehicle_class": "tank"}), 422, "vehicle_class_unknown"),
        (json!({"stay_minutes": 0}), 422, "stay_length"),
        (json!({"stay_minutes": 10_081}), 422, "stay_length"),
        (json!({"stay_minutes": -1}), 400, "malformed_json"),
        (json!({"at": {"lon": 181, "lat": 0}}), 400, "malformed_json"),
        (json!({"at": null}), 400, "malformed_json"),
        (json!({"lang": "fr"}), 400, "malformed_json"),
    ] {
        open(change).await.expect_problem(status, code);
    }
    // From the sea one is guided without a way.
    let sea = open(json!({"at": {"lon": 0, "lat": 0}})).await.expect(201).json();
    assert_eq!(
        (place(&sea), &sea["error"]["code"]),
        (("driving", "opened"), &json!("too_far_from_road"))
    );
    let guided = Guided::open(&base(&town), &wish()).await;
    let mut thief = guided.clone();
    thief.token = "A".repeat(43);
    for (status, problem) in [thief.get().await, thief.put(&json!({"obstructed": true})).await] {
        assert_eq!((status, &problem["code"]), (404, &json!("guidance_unknown")));
    }
    assert_eq!(thief.end("").await, 404);
    assert_eq!(guided.stream_status(&thief.token).await, 404);
    assert_eq!(guided.stream_status(&guided.token).await, 200);
    assert_eq!(guided.end("?reason=stolen").await, 400);
    let (status, problem) = guided.put(&json!({"bay_code": "NONE1"})).await;
    assert_eq!((status, &problem["code"]), (404, &json!("bay_unknown")));
    for nobody in ["x", "00000000-0000-0000-0000-000000000000"] {
        let answer = town.api.get(&format!("/api/v1/guidance/{nobody}"), None).await;
        answer.expect_problem(404, "guidance_unknown");
    }
    // Four streams at once; one more when one of them ended.
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(guided.events(None).await);
    }
    assert_eq!(guided.stream_status(&guided.token).await, 429);
    streams.pop();
    wait::until("a stream to be given back", WITHIN, async || {
        (guided.stream_status(&guided.token).await == 200).then_some(())
    })
    .await;
    // So often nobody moves.
    let mut refused = 0;
    for _ in 0..30 {
        refused += u32::from(guided.put(&json!({})).await.0 == 429);
    }
    assert!(refused > 0);
    assert_eq!(guided.end("?reason=arrived").await, 204);
    assert_eq!(place(&guided.get().await.1), ("ended", "arrived"));
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_when_nobody_is_heard_and_are_so_many_and_no_more() {
    let ahead = Ahead::from(MORNING);
    let file = town::file().to_string();
    let kind = (Kind::Sqlite, BrokerKind::Embedded);
    let town = TestApp::start_ahead(kind.0, kind.1, &file, &ahead, |_| {}).await;
    let silent = Guided::open(&base(&town), &wish()).await;
    let listening = Guided::open(&base(&town), &wish()).await;
    let mut events = listening.events(None).await;
    assert_eq!(events.next().await.name, "state");
    ahead.pass(10 * 60_000 + 1_000);
    wait::until("the silent one to end", WITHIN, async || {
        (place(&silent.get().await.1) == ("ended", "silent")).then_some(())
    })
    .await;
    assert_ne!(listening.get().await.1["phase"], "ended");
    ahead.pass(3 * 3_600_000);
    let ended = events.next().await;
    assert_eq!((ended.name.as_str(), place(&ended.data)), ("ended", ("ended", "expired")));
    // The silent one is forgotten by now.
    wait::until("the silent one to be forgotten", WITHIN, async || {
        (silent.get().await.0 == 404).then_some(())
    })
    .await;
    let code = BayCode::parse("TS01").unwrap();
    let at = Point::new(START.0, START.1).unwrap();
    let mut opened = town.app.guidance.count();
    loop {
        let wish =
            |bay| Wish { at, bay, vehicle: VehicleClass::Small, stay_minutes: 60, dest: None };
        if Guidance::open(&town.app, &code, Lang::Zh, wish).is_err() {
            break;
        }
        opened += 1;
        assert!(opened <= 10_000);
    }
    assert_eq!(town.app.guidance.count(), 10_000);
    let full = town.api.post("/api/v1/guidance", None, None, &wish()).await;
    full.expect_problem(429, "guidance_full");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bay_that_another_gateway_heard_of_is_replaced_as_well() {
    let (busy, idle) = (Mosquitto::start(), Mosquitto::start());
    let sources = [Source::External(busy.url()), Source::External(idle.url())];
    let clock = TownClock::at_noon();
    let file = town::file().to_string();
    let mut served = Served::start_several(Kind::Postgres, &sources, clock, &file).await;
    let map = served.dir.path().join("streets.geojson");
    std::fs::write(&map, roads::drawn().to_string()).unwrap();
    served.gateway_says(&["import", "roads", path(&map), "--config"], &served.config_file());
    let mut radio = Radio::to(&busy.url());
    let api = served.gateways[0].api.clone();
    for device in ["ts-1", "ts-2"] {
        radio.say(device, &reading(1, "vacant", false, api.now().await)).await;
    }
    let other = served.gateways[1].api.clone();
    wait::until("roads and free bays on the other gateway", WITHIN, async || {
        let way = other.get("/api/v1/routes?from=104.173,36.53996&bay=TS01", None).await;
        let free = other.get("/api/v1/bays?lon=104.17&lat=36.54&state=free", None).await.json();
        (way.status == 200 && free["bays"].as_array()?.len() == 2).then_some(())
    })
    .await;
    let guided = Guided::open(&served.gateways[1].http_url, &wish()).await;
    assert_eq!(place(&guided.opened), ("driving", "opened"), "{}", guided.opened);
    let mut events = guided.events(Some(1)).await;
    let mut delays = Vec::new();
    for round in 0..5_u64 {
        let begun = Instant::now();
        radio.say("ts-1", &reading(2 + 2 * round, "occupied", true, api.now().await)).await;
        let lost = events.next().await;
        delays.push(lost.came - begun);
        assert_eq!(place(&lost.data), ("offered", "taken"));
        assert_eq!(lost.data["offer"]["bay"]["bay_code"], "TS02");
        radio.say("ts-1", &reading(3 + 2 * round, "vacant", false, api.now().await)).await;
        assert_eq!(place(&events.next().await.data), ("driving", "free_again"));
    }
    delays.sort();
    println!("heard by one gateway, told by the other after {delays:?}");
    assert!(delays[2] < TOLD_WITHIN, "{delays:?}");
    // A closure written down through one gateway holds in the other.
    let close = ["roads", "close", "--street", "四龙路", "--reason", "道路施工", "--config"];
    served.gateway_says(&close, &served.config_file());
    wait::until("the closure on both", WITHIN, async || {
        let way = other.get("/api/v1/routes?from=104.173,36.53996&bay=TS01", None).await.json();
        (way["roads"]["closed_pieces"] == 1).then_some(())
    })
    .await;
    served.stop_gateways();
}
