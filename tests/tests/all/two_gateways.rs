//! Two gateways on one PostgreSQL: both show the same, and the messages that they share make the stays
//! that one of them would make.

mod shared_writing;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::database::Kind;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{run, text};
use crate::harness::radio::Radio;
use crate::harness::served::{Served, Source, path};
use crate::harness::stream::Stream;
use crate::harness::town::{self, reading};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const WITHIN: Duration = Duration::from_secs(60);
/// Bays whose change is awaited on the other gateway.
const BAYS: usize = 300;
/// Between two readings.
const PACE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_gateway_takes_in_is_on_the_live_stream_of_the_other() {
    let (busy, idle) = (Mosquitto::start(), Mosquitto::start());
    let sources = [Source::External(busy.url()), Source::External(idle.url())];
    let file = run("firmware-sim", &["town", "--bays", &BAYS.to_string(), "--mix", "native"]);
    let file = text(&file.stdout);
    let town: Value = serde_json::from_str(&file).unwrap();
    let clock = TownClock::at_noon();
    let mut served = Served::start_several(Kind::Postgres, &sources, clock, &file).await;
    let other = served.gateways[1].api.clone();
    let mut stream = Stream::of(&served.gateways[1].http_url, &rectangle(&town)).await;
    // First every bay as it is.
    for _ in 0..BAYS {
        assert_eq!(stream.next_bay().await["state"], "unknown");
    }
    let watching = tokio::spawn(async move {
        let mut seen = HashMap::new();
        while seen.len() < BAYS {
            let bay = stream.next_bay().await;
            assert_eq!(bay["state"], "occupied", "{bay}");
            seen.insert(bay["bay_code"].as_str().unwrap().to_owned(), Instant::now());
        }
        seen
    });

    let mut radio = Radio::to(&busy.url());
    let mut published = HashMap::new();
    let mut pace = tokio::time::interval(PACE);
    for device in town["devices"].as_array().unwrap() {
        pace.tick().await;
        let said = reading(1, "occupied", true, other.now().await);
        let bay = device["bay_code"].as_str().unwrap().to_owned();
        published.insert(bay, Instant::now());
        radio.say(device["key"].as_str().unwrap(), &said).await;
    }
    let seen = tokio::time::timeout(WITHIN, watching).await.expect("every change is seen").unwrap();
    assert_eq!(other.metric("bowei_messages_total", &["outcome=\"stored\""]).await, 0.0);
    let mut delays: Vec<Duration> =
        seen.iter().map(|(bay, at)| at.duration_since(published[bay])).collect();
    delays.sort();
    let (p50, p99) = (delays[BAYS / 2], delays[BAYS * 99 / 100]);
    println!("published on one gateway, seen on the other: p50 {p50:?}, p99 {p99:?} of {BAYS}");
    assert!(p50 < Duration::from_secs(2), "{p50:?}");
    served.stop_gateways();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_put_in_place_through_one_gateway_is_heard_by_the_other() {
    let (here, there) = (Mosquitto::start(), Mosquitto::start());
    let sources = [Source::External(here.url()), Source::External(there.url())];
    let file = town::file().to_string();
    let clock = TownClock::at_noon();
    let mut served = Served::start_several(Kind::Postgres, &sources, clock, &file).await;
    // The town is imported again with one more device, by a program of its own.
    let mut more = town::file();
    let new =
        json!({"key": "ts-new", "network": "native", "device_type": "native", "bay_code": "TS07"});
    more["devices"].as_array_mut().unwrap().push(new);
    let town_file = served.dir.path().join("more.json");
    std::fs::write(&town_file, more.to_string()).unwrap();
    served.gateway_says(&["import", "town", path(&town_file), "--config"], &served.config_file());

    let store = served.database.open().await;
    for (gateway, broker) in [(0, here.url()), (1, there.url())] {
        let api = &served.gateways[gateway].api;
        let mut radio = Radio::to(&broker);
        let stored = async || store.read().await.unwrap().count_readings().await.unwrap();
        let (before, mut seq) = (stored().await, 100 * (gateway as u64 + 1));
        // As a native device does that hears nothing: it says it again.
        wait::until("the new device to be known", WITHIN, async || {
            seq += 1;
            radio.say("ts-new", &reading(seq, "heartbeat", true, api.now().await)).await;
            (stored().await > before).then_some(())
        })
        .await;
    }
    store.close().await;
    served.stop_gateways();
}

/// West, south, east, north of a town's bays.
fn rectangle(town: &Value) -> String {
    let all = |name: &str| -> Vec<f64> {
        town["bays"].as_array().unwrap().iter().map(|b| b[name].as_f64().unwrap()).collect()
    };
    let (lon, lat) = (all("lon"), all("lat"));
    let least = |values: &[f64]| values.iter().copied().fold(f64::MAX, f64::min) - 0.001;
    let most = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max) + 0.001;
    format!("{},{},{},{}", least(&lon), least(&lat), most(&lon), most(&lat))
}
