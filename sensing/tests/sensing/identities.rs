//! What makes two readings the same one, and what makes them a contradiction.

use sensing::{Heard, Reading, read_message};
use serde_json::{Value, json};

use crate::native::read_json;
use crate::world::{everybody_is, instant};

fn one(message: &Value) -> Reading {
    let mut readings = read_json(message).expect("a good reading");
    readings.remove(0)
}

#[test]
fn a_native_reading_is_the_same_however_it_is_sent() {
    let plain = json!({"boot_id": "b", "seq": 3, "kind": "occupied", "at": "2026-09-15T00:03:10Z",
        "temperature_c": 21.0, "rssi_dbm": -71});
    let first = one(&plain);
    for again in [
        json!([plain]),
        json!({"temperature_c": 21, "kind": "occupied", "seq": 3, "boot_id": "b",
            "occupied": true, "at": "2026-09-15T08:03:10.000+08:00", "rssi_dbm": -80, "new": 1}),
        json!({"boot_id": "b", "seq": 3, "kind": "occupied", "at": "2026-09-15T00:03:10Z",
            "temperature_c": 21.0, "battery_pct": null, "flags": []}),
    ] {
        let again = one(&again);
        assert_eq!(again.id, first.id);
        assert_eq!(again.payload_hash, first.payload_hash);
    }
    for (field, value) in [
        ("kind", json!("vacant")),
        ("at", json!("2026-09-15T00:03:11Z")),
        ("temperature_c", json!(21.5)),
        ("battery_pct", json!(0)),
        ("flags", json!(["low_battery"])),
        ("firmware", json!("1")),
    ] {
        let mut other = plain.clone();
        other[field] = value;
        let other = one(&other);
        assert_eq!(other.id, first.id, "{field}");
        assert_ne!(other.payload_hash, first.payload_hash, "{field}");
    }
    for (field, value) in [("boot_id", json!("c")), ("seq", json!(4))] {
        let mut other = plain.clone();
        other[field] = value;
        let other = one(&other);
        assert_ne!(other.id, first.id, "{field}");
        assert_eq!(other.payload_hash, first.payload_hash, "{field}");
    }
}

#[test]
fn a_frame_is_the_same_through_whichever_gateway_it_came() {
    let topic = "application/a/device/0101010101010101/event/up";
    let read = |message: &Value| {
        let payload = message.to_string();
        let now = instant("2026-09-15T00:00:00Z");
        let known = everybody_is("bosch-tps110");
        let [reading] = read_message(topic, payload.as_bytes(), now, &known)
            .map(Heard::readings)
            .unwrap()
            .try_into()
            .unwrap();
        reading
    };
    let message = json!({"devAddr": "00189440", "fCnt": 5, "fPort": 2, "data": "Af8="});
    let first = read(&message);
    let mut again = message.clone();
    again["deduplicationId"] = json!("9");
    again["time"] = json!("2026-09-15T00:00:00Z");
    again["rxInfo"] = json!([{"rssi": -100}]);
    again["devAddr"] = json!("00189440");
    assert_eq!(read(&again).id, first.id);
    assert_eq!(read(&again).payload_hash, first.payload_hash);
    for (field, value, same_id, same_hash) in [
        ("fCnt", json!(6), false, true),
        ("devAddr", json!("00189441"), false, true),
        ("data", json!("AP8="), true, false),
        ("data", json!("AQ=="), true, false),
    ] {
        let mut other = message.clone();
        other[field] = value;
        let other = read(&other);
        assert_eq!(other.id == first.id, same_id, "{field}");
        assert_eq!(other.payload_hash == first.payload_hash, same_hash, "{field}");
    }
}
