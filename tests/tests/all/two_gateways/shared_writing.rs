//! Several writers to one bay, through two gateways that are killed again and again: the readings are
//! those that were sent, each once, and the stays are those that one gateway makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gateway::flow::store_readings::{Incoming, store_messages};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use store::Store;
use uuid::Uuid;
use vocabulary::Timestamp;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{command, run, text};
use crate::harness::running::{Running, Signal};
use crate::harness::seed::MORNING;
use crate::harness::served::{Served, Source, path};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const WITHIN: Duration = Duration::from_secs(120);
/// Connections that publish at once, each a part of what every device says.
const WRITERS: usize = 3;
const KILLS: u32 = 6;
/// A gateway is killed after so many readings more.
const MORE: std::ops::Range<i64> = 100..400;
/// Readings come late, twice, in heaps and in disorder; half the bays have two sensors that do not agree.
const SCENARIO: &str = "
format: bowei-scenario/1
title: what two gateways share
faults:
  - { kind: loss, probability: 0.1 }
  - { kind: repeats, probability: 0.2 }
  - { kind: disorder, probability: 0.2, up_to: 30m }
  - { kind: outage, share: 0.3, lasting: 2h }
  - { kind: restart, share: 0.3, times: 2 }
  - { kind: second_sensor, share: 0.5, lasting: 5h }
";

/// What a reading is known by: device key, boot id, number.
type Known = (String, String, i64);

/// A stored reading.
struct Heard {
    known: Known,
    received_at: Timestamp,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_two_dying_gateways_share_make_the_stays_that_one_gateway_makes() {
    let seed = std::env::var("BOWEI_SEED").map_or(20_260_915, |s| s.parse().expect("a number"));
    println!("BOWEI_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let (town, messages) = a_day(dir.path(), seed);
    let sent = readings_in(&messages);
    assert!(sent.len() > 2_000, "{} readings in a day", sent.len());
    // All of it is history by the time it is sent, the last of it only just.
    let clock = TownClock {
        city_origin_ms: MORNING + 24 * HOUR_MS + MINUTE_MS,
        speed: 1,
        ..TownClock::at_noon()
    };

    let mosquitto = Mosquitto::start();
    let source = Source::Shared(mosquitto.url());
    let sources = [source.clone(), source];
    let mut pair = Served::start_several(Kind::Postgres, &sources, clock, &town).await;
    let store = pair.database.open().await;
    let files = parts(dir.path(), &messages);
    let parts = (&*files, &*mosquitto.url());
    for writer in &mut publish_and_kill(&mut pair, &store, seed, sent.len(), parts).await {
        let ended = writer.wait(WITHIN);
        assert!(ended.success(), "{}", writer.log());
    }
    let shared = outcome(&mut pair, &store, sent.len()).await;
    let stored: BTreeSet<Known> = shared.readings.iter().map(|r| r.known.clone()).collect();
    assert_eq!(stored.len(), shared.readings.len(), "a reading is stored twice");
    assert!(stored.iter().eq(sent.keys()), "not what was sent");

    let alone = one_gateway(&town, clock, &sent, &shared.readings).await;
    assert!(shared.stays.len() > 100, "{} stays in a day", shared.stays.len());
    for (bay, stays) in &alone.stays {
        assert_eq!(shared.stays.get(bay), Some(stays), "{bay:?}");
    }
    assert_eq!(shared.stays.len(), alone.stays.len());
}

/// What one gateway makes of the same messages, received at the same times: a device's clock is judged
/// by when its words arrive.
async fn one_gateway(
    town: &str,
    clock: TownClock,
    sent: &BTreeMap<Known, Value>,
    readings: &[Heard],
) -> Outcome {
    let app = TestApp::start_town(Kind::Sqlite, BrokerKind::Embedded, town, clock, |_| {}).await;
    let mut messages: Vec<Incoming> = readings
        .iter()
        .map(|r| Incoming {
            topic: format!("bowei/v1/{}/up", r.known.0),
            payload: sent[&r.known].to_string().into_bytes().into(),
            received_at: r.received_at,
        })
        .collect();
    messages.sort_by_key(|m| m.received_at);
    for batch in messages.chunks(200) {
        store_messages(&app.app, batch).await.unwrap();
    }
    let outcome = read(&app.app.store).await;
    app.finish().await;
    outcome
}

/// A town, and the messages of a day of it.
fn a_day(dir: &Path, seed: u64) -> (String, Vec<String>) {
    let seed = seed.to_string();
    let (town, scenario) = (dir.join("town.json"), dir.join("scenario.yaml"));
    let messages = dir.join("messages.jsonl");
    let invented = run(
        "firmware-sim",
        &["town", "--bays", "30", "--mix", "native", "--second-sensors", "0.5", "--seed", &seed],
    );
    std::fs::write(&town, &invented.stdout).unwrap();
    std::fs::write(&scenario, SCENARIO).unwrap();
    let from = ["generate", "--town", path(&town), "--scenario", path(&scenario), "--seed", &seed];
    let generated = run("firmware-sim", &[&from[..], &["--out", path(&messages)]].concat());
    assert!(generated.status.success(), "{}", text(&generated.stderr));
    let lines = std::fs::read_to_string(&messages).unwrap();
    (text(&invented.stdout), lines.lines().map(str::to_owned).collect())
}

/// Every reading in the messages.
fn readings_in(messages: &[String]) -> BTreeMap<Known, Value> {
    let mut sent = BTreeMap::new();
    for line in messages {
        let message: Value = serde_json::from_str(line).unwrap();
        let key = message["topic"].as_str().unwrap().split('/').nth(2).unwrap().to_owned();
        let payload = &message["payload"];
        let readings = payload.as_array().cloned().unwrap_or_else(|| vec![payload.clone()]);
        for reading in readings {
            let boot_id = reading["boot_id"].as_str().unwrap().to_owned();
            sent.insert((key.clone(), boot_id, reading["seq"].as_i64().unwrap()), reading);
        }
    }
    sent
}

/// The messages dealt out to the writers one by one.
fn parts(dir: &Path, messages: &[String]) -> Vec<PathBuf> {
    (0..WRITERS)
        .map(|writer| {
            let part: Vec<&str> =
                messages.iter().skip(writer).step_by(WRITERS).map(String::as_str).collect();
            let file = dir.join(format!("part-{writer}.jsonl"));
            std::fs::write(&file, part.join("\n")).unwrap();
            file
        })
        .collect()
}

fn publish(file: &Path, broker_url: &str) -> Running {
    let command = command("firmware-sim", &["replay", path(file), "--broker", broker_url]);
    Running::start("firmware-sim", command, &file.with_extension("log"), (Signal::Term, None))
        .unwrap()
}

/// Kills one or the other gateway while there is something left to be stored; the next writer begins
/// only when somebody was killed, so that not all is stored before.
async fn publish_and_kill(
    pair: &mut Served,
    store: &Store,
    seed: u64,
    all: usize,
    (files, broker_url): (&[PathBuf], &str),
) -> Vec<Running> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let stored = async || store.read().await.unwrap().count_readings().await.unwrap();
    let (mut killed, mut writers) = (0, Vec::new());
    while killed < KILLS {
        if let Some(file) = files.get(writers.len()) {
            writers.push(publish(file, broker_url));
        }
        let enough = stored().await + dice.random_range(MORE);
        if enough >= i64::try_from(all).unwrap() {
            break;
        }
        wait::until("more readings", WITHIN, async || (stored().await >= enough).then_some(()))
            .await;
        let gateway = &mut pair.gateways[dice.random_range(0..2)];
        gateway.kill();
        gateway.start();
        killed += 1;
    }
    println!("{killed} kills of one of two gateways among {all} readings");
    assert!(killed >= 3, "the readings were stored before anybody was killed");
    for gateway in &mut pair.gateways {
        gateway.until_listening().await;
    }
    writers
}

struct Outcome {
    readings: Vec<Heard>,
    /// By bay code and place in the order of arrival: state and span of each stay that counts.
    stays: BTreeMap<(String, usize), (String, String)>,
}

/// What is stored once everything is; the books must be right.
async fn outcome(served: &mut Served, store: &Store, all: usize) -> Outcome {
    let all = i64::try_from(all).unwrap();
    wait::until("everything to be stored", WITHIN, async || {
        let mut tx = store.read().await.unwrap();
        let (jobs, given_up) = tx.count_jobs().await.unwrap();
        assert_eq!(given_up, 0);
        (jobs == 0 && tx.count_readings().await.unwrap() >= all).then_some(())
    })
    .await;
    served.stop_gateways();
    let outcome = read(store).await;
    store.close().await;
    let verified = served.gateway_says(&["verify", "--config"], &served.config_file());
    assert!(verified.contains(": clean ("), "{verified}");
    outcome
}

async fn read(store: &Store) -> Outcome {
    let mut tx = store.read().await.unwrap();
    let rejected = tx.rejected(10).await.unwrap();
    assert!(rejected.is_empty(), "{rejected:?}");
    let keys: BTreeMap<_, _> =
        tx.all_devices().await.unwrap().into_iter().map(|d| (d.device_id, d.device_key)).collect();
    let mut outcome = Outcome { readings: Vec::new(), stays: BTreeMap::new() };
    for bay in tx.bays_after(None, 500).await.unwrap() {
        let live = tx.live(bay.bay_no).await.unwrap().unwrap();
        for r in tx.chain(live.last_seq, 0, i64::MAX).await.unwrap() {
            let known = (keys[&r.device_id].clone(), r.epoch, r.number);
            outcome.readings.push(Heard { known, received_at: Timestamp::from_ms(r.received_at) });
        }
        let mut stays = tx.stays_of_bay(bay.bay_id, i64::MIN).await.unwrap();
        stays.retain(|s| matches!(s.state.as_str(), "present" | "left"));
        for (place, stay) in stays.into_iter().enumerate() {
            // Each database has ids of its own for the devices.
            let named =
                |span: String, (id, key): (&Uuid, &String)| span.replace(&id.to_string(), key);
            let span = keys.iter().fold(stay.span_json, named);
            outcome.stays.insert((bay.code.clone(), place), (stay.state, span));
        }
    }
    outcome
}
