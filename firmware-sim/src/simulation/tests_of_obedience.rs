//! Native devices do what they are told, and say so as the protocol says.

use serde_json::Value;

use super::*;
use crate::instruction::Instruction;
use crate::town::{Mix, Wish, town_of};

const HOUR_MS: i64 = 3_600_000;

fn city() -> (Simulation, Timestamp) {
    let from = Timestamp::parse("2026-09-15T00:00:00Z").unwrap();
    let wish = Wish { bays: 20, seed: 1, mix: Mix::Native, second_sensors: 0.0 };
    let town = town_of(&wish, "id: t").unwrap();
    let setting = Setting::offline(1, from, 1);
    (Simulation::new(&town, &Scenario::calm(), &setting).unwrap(), from)
}

/// What the device at this place says until then.
fn said(city: &mut Simulation, device: usize, until: Timestamp) -> Vec<Value> {
    let topic = format!("bowei/v1/{}/up", city.devices[device].facts.key);
    let mut said = Vec::new();
    while city.next_at().is_some_and(|at| at < until) {
        if let Step::Happened(Happening { what: What::Message(message), .. }) = city.step()
            && message.topic == topic
        {
            said.push(serde_json::from_slice(&message.payload).unwrap());
        }
    }
    said
}

fn count(said: &[Value], kind: &str) -> usize {
    said.iter().filter(|reading| reading["kind"] == kind).count()
}

#[test]
fn a_device_that_is_told_to_starts_anew_and_says_why() {
    let (mut city, from) = city();
    let at = from.plus_ms(HOUR_MS);
    let before = said(&mut city, 0, at);
    city.obey(0, Instruction::Restart, at);
    let after = said(&mut city, 0, at.plus_ms(HOUR_MS));
    let started = &after[0];
    assert_eq!(
        (&started["kind"], &started["seq"], &started["reset_cause"]),
        (&"start_up".into(), &0.into(), &"system_request".into())
    );
    assert_ne!(started["boot_id"], before[0]["boot_id"]);
    assert!(after.iter().all(|reading| reading["boot_id"] == started["boot_id"]));
    // A battery that is exchanged later is no request.
    city.devices[0].power = Power::Dead;
    city.obey(0, Instruction::Restart, at.plus_ms(HOUR_MS));
    assert_eq!(count(&said(&mut city, 0, at.plus_ms(2 * HOUR_MS)), "start_up"), 0);
}

#[test]
fn a_device_speaks_as_often_as_it_is_told_from_then_on() {
    let (mut city, from) = city();
    let hours = |hours: i64| from.plus_ms(hours * HOUR_MS);
    // Every 20 minutes, a minute more or less; then every minute, three seconds more or less.
    let usual = count(&said(&mut city, 0, hours(1)), "heartbeat");
    assert!((2..=4).contains(&usual), "{usual}");
    city.obey(0, Instruction::Heartbeat { every_ms: 60_000 }, hours(1));
    let often = count(&said(&mut city, 0, hours(2)), "heartbeat");
    assert!((57..=63).contains(&often), "{often}");
    city.obey(0, Instruction::Heartbeat { every_ms: 4 * HOUR_MS }, hours(2));
    assert_eq!(count(&said(&mut city, 0, hours(5)), "heartbeat"), 0);
}

#[test]
fn a_device_that_is_told_that_its_bay_is_empty_believes_it() {
    let (mut city, from) = city();
    said(&mut city, 0, from.plus_ms(9 * HOUR_MS));
    let occupied = |d: &Device| d.says == Occupancy::Occupied && d.awake_until.is_none();
    let device = city.devices.iter().position(occupied).expect("somebody parks at nine");
    let at = from.plus_ms(9 * HOUR_MS);
    city.obey(device, Instruction::Recalibrate, at);
    let after = said(&mut city, device, at.plus_ms(2_000));
    assert_eq!(count(&after, "vacant"), 1, "{after:?}");
    assert_eq!(city.devices[device].says, Occupancy::Vacant);
}
