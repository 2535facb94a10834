//! The city as a whole: repeatable, and what devices say agrees with the truth unless a fault is
//! in the way. Native readings and ChirpStack's frames of the Bosch sensor are read here by their
//! published layouts.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::demand::Curve;
use crate::scenario::{Backlog, Fault, Kind, Whom};
use crate::town::{Mix, Wish, town_of};

const HOUR_MS: i64 = 3_600_000;

fn from() -> Timestamp {
    Timestamp::parse("2026-09-15T00:00:00Z").unwrap()
}

fn sample_town(mix: Mix) -> Town {
    town_of(&Wish { bays: 60, seed: 1, mix, second_sensors: 0.2 }, "id: t").unwrap()
}

struct Run {
    received: Vec<Received>,
    truth: Vec<Fact>,
    installations: Vec<Installation>,
}

fn run(town: &Town, faults: Vec<Fault>, seed: u64, days: u32) -> Run {
    let scenario = Scenario { curve: Curve::Kerbside, faults, ..Scenario::calm() };
    let mut city = Simulation::new(town, &scenario, &Setting::offline(seed, from(), days)).unwrap();
    let received = city.messages().collect();
    Run { received, truth: city.take_truth(), installations: city.installations() }
}

fn fault(kind: Kind) -> Fault {
    let message = kind.is_of_messages();
    Fault {
        probability: if message { 0.2 } else { 0.0 },
        up_to_ms: if message { HOUR_MS } else { 0 },
        offset_ms: 10 * 60_000,
        from_ms: if kind.is_momentary() { 10 * HOUR_MS } else { 2 * HOUR_MS },
        to_ms: Some(14 * HOUR_MS),
        backlog: Backlog::Kept,
        ..Fault::everywhere(kind)
    }
}

const KINDS: [Kind; 19] = [
    Kind::Loss,
    Kind::Repeats,
    Kind::Delay,
    Kind::Disorder,
    Kind::Outage,
    Kind::GatewayClock,
    Kind::DeviceClockWrong,
    Kind::ClockJump,
    Kind::NoClock,
    Kind::CounterReset,
    Kind::Restart,
    Kind::StuckOccupied,
    Kind::StuckVacant,
    Kind::Flapping,
    Kind::Frozen,
    Kind::Silent,
    Kind::Swapped,
    Kind::SecondSensor,
    Kind::Replaced,
];

/// A native reading: device, boot id, number, kind, occupied.
type Told = (String, String, u64, String, Option<bool>);

fn native_readings(received: &[Received]) -> Vec<(Told, Value)> {
    let mut readings = Vec::new();
    for message in received {
        let Some(device) = message.topic.strip_prefix("bowei/v1/") else { continue };
        let device = device.strip_suffix("/up").unwrap().to_owned();
        let json: Value = serde_json::from_slice(&message.payload).unwrap();
        let batch = match json {
            Value::Array(batch) => batch,
            one => vec![one],
        };
        for reading in batch {
            let text = |key: &str| reading[key].as_str().unwrap_or_default().to_owned();
            let seq = reading["seq"].as_u64().unwrap();
            let occupied = reading["occupied"].as_bool();
            readings
                .push(((device.clone(), text("boot_id"), seq, text("kind"), occupied), reading));
        }
    }
    readings
}

fn faults_told(truth: &[Fact], of: Kind) -> Vec<(String, Timestamp, Timestamp)> {
    let told = truth.iter().filter_map(|fact| match fact {
        Fact::Fault { device, kind, from, to, .. } if *kind == of => {
            Some((device.clone(), *from, *to))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn the_same_seed_makes_the_same_messages_and_the_same_truth() {
    let town = sample_town(Mix::Families);
    let all = || KINDS.map(|kind| Fault { whom: Whom::Share(0.3), ..fault(kind) }).to_vec();
    let (one, two, other) =
        (run(&town, all(), 1, 1), run(&town, all(), 1, 1), run(&town, all(), 2, 1));
    assert_eq!(one.received, two.received);
    assert_eq!(one.truth, two.truth);
    assert_ne!(one.received, other.received);
}

#[test]
fn messages_come_in_the_order_of_their_arrival_whatever_goes_wrong() {
    let town = sample_town(Mix::Families);
    for kind in KINDS {
        let run = run(&town, vec![fault(kind)], 3, 1);
        assert!(run.received.len() > 1_000, "{kind:?}");
        assert!(run.received.is_sorted_by_key(|message| message.received_at), "{kind:?}");
        for fact in &run.truth {
            if let Fact::Fault { from, to, .. } = fact {
                assert!(from <= to, "{fact:?}");
            }
        }
    }
}

/// The changes that the first device of each bay told, by bay: (stamp, occupied).
fn changes(town: &Town, received: &[Received]) -> BTreeMap<String, Vec<(Timestamp, bool)>> {
    let bays: BTreeMap<&str, &str> =
        town.devices.iter().map(|d| (d.key.as_str(), d.bay_code.as_str())).collect();
    let mut changes: BTreeMap<String, Vec<(Timestamp, bool)>> = BTreeMap::new();
    for message in received {
        let json: Value = serde_json::from_slice(&message.payload).unwrap();
        let parts: Vec<&str> = message.topic.split('/').collect();
        let (device, stamp, occupied) = match parts[0] {
            "bowei" => {
                let changed = matches!(json["kind"].as_str(), Some("occupied" | "vacant"));
                (parts[2], json["at"].as_str(), changed.then(|| json["occupied"] == true))
            }
            "application" => {
                let bytes = STANDARD.decode(json["data"].as_str().unwrap()).unwrap();
                let changed = json["fPort"] == 1;
                (parts[3], json["time"].as_str(), changed.then(|| bytes == [1]))
            }
            _ => continue,
        };
        if let Some(occupied) = occupied {
            let bay = bays[device].to_owned();
            let stamp = Timestamp::parse(stamp.unwrap()).unwrap();
            changes.entry(bay).or_default().push((stamp, occupied));
        }
    }
    changes
}

#[test]
fn without_faults_devices_say_what_is_true_and_the_truth_has_their_stamps() {
    let wish = Wish { bays: 100, seed: 1, mix: Mix::Usual, second_sensors: 0.0 };
    let town = town_of(&wish, "id: t").unwrap();
    let run = run(&town, Vec::new(), 5, 3);
    let said = changes(&town, &run.received);
    let mut due: BTreeMap<String, Vec<(Timestamp, bool)>> = BTreeMap::new();
    for fact in &run.truth {
        let Fact::Stay {
            bay_code, arrived_at, left_at, reported_arrived_at, reported_left_at, ..
        } = fact
        else {
            assert!(!matches!(fact, Fact::Fault { .. }), "{fact:?}");
            continue;
        };
        let changes = due.entry(bay_code.clone()).or_default();
        changes.extend(reported_arrived_at.map(|at| (at, true)));
        changes.extend(reported_left_at.map(|at| (at, false)));
        let long = left_at.is_none_or(|left_at| left_at.since_ms(*arrived_at) >= 60_000);
        // A vehicle drives on for 4 s, five samples agree, and a radio may be silent until then.
        let late = |said: &Timestamp, happened| (2_000..90_000).contains(&said.since_ms(happened));
        assert!(!long || reported_arrived_at.is_some_and(|at| late(&at, *arrived_at)), "{fact:?}");
        assert!(left_at.is_none_or(|l| reported_left_at.is_none_or(|at| late(&at, l))), "{fact:?}");
    }
    assert!(said.len() > 80);
    for (bay, said) in said {
        assert_eq!(said, due[&bay], "{bay}");
    }
}

#[test]
fn native_devices_lose_nothing_to_a_lossy_network_with_outages() {
    let town = sample_town(Mix::Native);
    let hours = |from, to| (from * HOUR_MS, Some(to * HOUR_MS));
    let (from_ms, to_ms) = hours(15, 20);
    let outage = Fault { from_ms, to_ms, ..fault(Kind::Outage) };
    let run = run(&town, vec![fault(Kind::Loss), outage], 7, 1);
    let mut numbers: BTreeMap<(String, String), BTreeSet<u64>> = BTreeMap::new();
    for ((device, boot_id, seq, ..), _) in native_readings(&run.received) {
        numbers.entry((device, boot_id)).or_default().insert(seq);
    }
    assert_eq!(numbers.len(), town.devices.len());
    for (name, numbers) in numbers {
        assert!(numbers.len() > 60, "{name:?} spoke every 20 minutes");
        assert_eq!(numbers.len() as u64, numbers.last().unwrap() + 1, "{name:?}: {numbers:?}");
    }
    assert!(!faults_told(&run.truth, Kind::Loss).is_empty());
    // A gateway for 200 devices: all are cut off at once, each is told.
    assert_eq!(faults_told(&run.truth, Kind::Outage).len(), town.devices.len());
}

#[test]
fn a_memory_that_is_too_small_loses_the_oldest_and_the_truth_says_so() {
    let town = sample_town(Mix::Native);
    let scenario =
        Scenario { flash_readings: 5, faults: vec![fault(Kind::Outage)], ..Scenario::calm() };
    let mut city = Simulation::new(&town, &scenario, &Setting::offline(1, from(), 1)).unwrap();
    let received: Vec<Received> = city.messages().collect();
    let lost = faults_told(&city.take_truth(), Kind::RingOverflow).len();
    let told: BTreeSet<Told> =
        native_readings(&received).into_iter().map(|(told, _)| told).collect();
    let mut last: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (device, boot_id, seq, ..) in &told {
        let most = last.entry((device.clone(), boot_id.clone())).or_default();
        *most = (*most).max(*seq);
    }
    let numbered: u64 = last.values().map(|most| most + 1).sum();
    assert!(lost > 0);
    assert_eq!(told.len() + lost, usize::try_from(numbered).unwrap());
}

#[test]
fn lorawan_devices_lose_what_is_lost_and_their_counters_show_it() {
    let town = sample_town(Mix::Usual);
    let run = run(&town, vec![fault(Kind::Loss)], 9, 1);
    let mut counters: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for message in run.received.iter().filter(|m| m.topic.starts_with("application/")) {
        let json: Value = serde_json::from_slice(&message.payload).unwrap();
        let number = json["fCnt"].as_u64().unwrap_or(0);
        counters.entry(message.topic.clone()).or_default().push(number);
    }
    let missing: usize = counters
        .values()
        .map(|numbers| usize::try_from(numbers.last().unwrap() + 1).unwrap() - numbers.len())
        .sum();
    assert!(missing > 20, "{missing}");
}

#[test]
fn a_counter_starts_again_without_a_join_or_with_one() {
    let town = sample_town(Mix::Usual);
    for (kind, addresses) in [(Kind::CounterReset, 1), (Kind::Restart, 2)] {
        let run = run(&town, vec![fault(kind)], 1, 1);
        let mut seen: BTreeMap<String, (BTreeSet<String>, usize)> = BTreeMap::new();
        for message in run.received.iter().filter(|m| m.topic.starts_with("application/")) {
            let json: Value = serde_json::from_slice(&message.payload).unwrap();
            let (addresses, starts) = seen.entry(message.topic.clone()).or_default();
            addresses.insert(json["devAddr"].as_str().unwrap().to_owned());
            *starts += usize::from(json.get("fCnt").is_none());
        }
        for (topic, (own, starts)) in seen {
            assert_eq!((own.len(), starts), (addresses, 2), "{kind:?} {topic}");
        }
    }
}

#[test]
fn clocks_are_wrong_for_as_long_as_the_scenario_says() {
    let town = sample_town(Mix::Native);
    for (kind, off_ms) in [
        (Kind::DeviceClockWrong, Some(600_000)),
        (Kind::ClockJump, Some(600_000)),
        (Kind::NoClock, None),
    ] {
        let run = run(&town, vec![fault(kind)], 1, 1);
        for message in &run.received {
            let json: Value = serde_json::from_slice(&message.payload).unwrap();
            let hours = message.received_at.since_ms(from()) / HOUR_MS;
            let shown = json["at"].as_str().map(|at| Timestamp::parse(at).unwrap());
            let ahead_ms = shown.map(|at| at.since_ms(message.received_at));
            match (hours, off_ms) {
                (3..13, None) => assert_eq!(shown, None),
                (3..13, Some(off_ms)) => assert!((ahead_ms.unwrap() - off_ms).abs() < 2_000),
                (0 | 1 | 15.., _) => assert!(ahead_ms.unwrap().abs() < 2_000, "{json}"),
                _ => {}
            }
        }
    }
}

#[test]
fn a_frozen_sensor_says_that_it_fails_and_vouches_for_nothing() {
    let town = sample_town(Mix::Native);
    let run = run(&town, vec![fault(Kind::Frozen)], 1, 1);
    let mut failed = BTreeSet::new();
    for ((device, _, _, kind, occupied), json) in native_readings(&run.received) {
        let at = Timestamp::parse(json["at"].as_str().unwrap()).unwrap();
        let hours = at.since_ms(from()) / HOUR_MS;
        if (3..14).contains(&hours) {
            assert_eq!((kind.as_str(), occupied), ("fault", None), "{json}");
            failed.insert(device);
        } else if !(2..15).contains(&hours) {
            assert!(occupied.is_some(), "{json}");
        }
    }
    assert_eq!(failed.len(), town.devices.len());
}

#[test]
fn stuck_and_silent_devices_miss_what_happens() {
    let town = sample_town(Mix::Native);
    for (kind, said) in [
        (Kind::StuckVacant, &["heartbeat", "vacant"][..]),
        (Kind::StuckOccupied, &["heartbeat", "occupied"]),
        (Kind::Silent, &[]),
    ] {
        let run = run(&town, vec![fault(kind)], 1, 1);
        let stuck: BTreeMap<String, Timestamp> = faults_told(&run.truth, kind)
            .into_iter()
            .map(|(device, since, _)| (device, since))
            .collect();
        assert!(stuck.len() > 40, "{kind:?}");
        for ((device, _, _, told, occupied), json) in native_readings(&run.received) {
            let at = Timestamp::parse(json["at"].as_str().unwrap()).unwrap();
            let Some(since) = stuck.get(&device) else { continue };
            if at > since.plus_ms(60_000) && at < from().plus_ms(14 * HOUR_MS) {
                assert!(said.contains(&told.as_str()), "{kind:?} {json}");
                assert_eq!(occupied, Some(kind == Kind::StuckOccupied), "{kind:?} {json}");
            }
        }
    }
}

#[test]
fn a_replaced_sensor_falls_silent_and_its_successor_takes_over() {
    let town = sample_town(Mix::Native);
    let run = run(&town, vec![fault(Kind::Replaced)], 1, 1);
    let replaced: Vec<&Installation> =
        run.installations.iter().filter(|i| i.to.is_some() || i.from > from()).collect();
    assert!(replaced.len() > 10 && replaced.len().is_multiple_of(2));
    for ((device, ..), json) in native_readings(&run.received) {
        let at = Timestamp::parse(json["at"].as_str().unwrap()).unwrap();
        let lies = run.installations.iter().find(|i| i.device == device).unwrap();
        assert!(at >= lies.from && lies.to.is_none_or(|to| at <= to), "{json} {lies:?}");
    }
}

#[test]
fn two_swapped_sensors_tell_of_each_others_bays() {
    let wish = Wish { bays: 60, seed: 1, mix: Mix::Native, second_sensors: 0.0 };
    let town = town_of(&wish, "id: t").unwrap();
    let whom = Whom::Bays(vec![town.bays[0].code.clone()]);
    let swapped = Fault { whom, ..Fault::everywhere(Kind::Swapped) };
    let calm = run(&town, Vec::new(), 1, 1);
    let run = run(&town, vec![swapped], 1, 1);
    let told: BTreeSet<_> = faults_told(&run.truth, Kind::Swapped).into_iter().collect();
    assert_eq!(told.len(), 2);
    let (sound, bent) = (changes(&town, &calm.received), changes(&town, &run.received));
    let (one, other) = (&town.bays[0].code, &town.bays[1].code);
    let minutes = |changes: &[(Timestamp, bool)]| -> Vec<(i64, bool)> {
        changes.iter().map(|(at, occupied)| (at.ms() / 60_000, *occupied)).collect()
    };
    let near = |a: &[(i64, bool)], b: &[(i64, bool)]| {
        a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x.0 - y.0).abs() <= 1 && x.1 == y.1)
    };
    assert!(near(&minutes(&sound[one]), &minutes(&bent[other])));
    assert!(near(&minutes(&sound[other]), &minutes(&bent[one])));
    assert!(!near(&minutes(&sound[one]), &minutes(&bent[one])));
}

#[test]
fn backlogs_of_gateways_come_with_the_time_of_the_gateway() {
    let town = sample_town(Mix::Usual);
    let run = run(&town, vec![fault(Kind::Outage)], 1, 1);
    let late = run.received.iter().filter(|message| {
        let json: Value = serde_json::from_slice(&message.payload).unwrap();
        let time = json["time"].as_str().map(|time| Timestamp::parse(time).unwrap());
        time.is_some_and(|time| message.received_at.since_ms(time) > HOUR_MS)
    });
    let late = late.collect::<Vec<_>>();
    assert!(late.len() > 12 * 10, "{}", late.len());
    assert!(late.iter().all(|m| m.received_at >= from().plus_ms(14 * HOUR_MS)));
}

#[test]
fn messages_come_in_the_order_of_their_arrival_to_the_end() {
    let town = sample_town(Mix::Usual);
    let to_the_end = |kind| Fault { to_ms: None, ..fault(kind) };
    let run = run(&town, [Kind::Loss, Kind::Disorder].map(to_the_end).to_vec(), 1, 1);
    let until = from().plus_ms(24 * HOUR_MS);
    let late = run.received.iter().filter(|m| m.received_at > until).count();
    assert!(late > 2, "{late} messages come after the end");
    assert!(run.received.is_sorted_by_key(|message| message.received_at));
}
