//! Bowei's own messages: what is read, and what is refused by which code.

mod cbor;
mod signed;

use sensing::{
    BATCH_LIMIT, Heard, Kind, PAYLOAD_LIMIT, Reading, Rejected, TimeSource, read_message,
};
use serde_json::{Value, json};

use crate::world::{everybody_is, instant};

const TOPIC: &str = "bowei/v1/bay-620001/up";
const RECEIVED_AT: &str = "2026-09-15T00:05:00Z";

pub(crate) fn read(payload: &[u8]) -> Result<Vec<Reading>, Rejected> {
    read_message(TOPIC, payload, instant(RECEIVED_AT), &everybody_is("native")).map(Heard::readings)
}

pub(crate) fn read_json(message: &Value) -> Result<Vec<Reading>, Rejected> {
    read(message.to_string().as_bytes())
}

fn whole() -> Value {
    json!({"boot_id": "9f3a1c02", "seq": 17, "kind": "heartbeat", "occupied": true,
        "at": "2026-09-15T00:03:10.000Z", "battery_pct": 96, "battery_mv": 3580,
        "temperature_c": 21.5, "firmware": "1.4.0", "reset_cause": "power_on",
        "flags": ["low_battery"], "rssi_dbm": -71, "colour": "green"})
}

#[test]
fn every_field_of_a_reading_arrives() {
    let [reading] = read_json(&whole()).unwrap().try_into().unwrap();
    assert_eq!(
        (reading.id.epoch.as_str(), reading.id.number, reading.id.part),
        ("9f3a1c02", 17, 0)
    );
    assert_eq!(reading.observed_at, instant("2026-09-15T00:03:10Z"));
    assert_eq!(reading.time_source, TimeSource::Device);
    assert_eq!(reading.network_at, None);
    assert_eq!(reading.rssi_dbm, Some(-71));
    let report = serde_json::to_value(&reading.report).unwrap();
    let said = json!({"kind": "heartbeat", "occupied": true, "battery_pct": 96, "battery_mv": 3580,
        "temperature_c": 21.5, "firmware": "1.4.0", "reset_cause": "power_on",
        "flags": ["low_battery"]});
    assert_eq!(report, said);
}

#[test]
fn a_change_says_by_its_kind_what_the_bay_is() {
    for (message, kind, occupied) in [
        (json!({"kind": "occupied"}), Kind::Occupied, Some(true)),
        (json!({"kind": "occupied", "occupied": true}), Kind::Occupied, Some(true)),
        (json!({"kind": "vacant"}), Kind::Vacant, Some(false)),
        (json!({"kind": "vacant", "occupied": null}), Kind::Vacant, Some(false)),
        (json!({"kind": "heartbeat", "occupied": false}), Kind::Heartbeat, Some(false)),
        (json!({"kind": "start_up"}), Kind::StartUp, None),
        (json!({"kind": "start_up", "occupied": true}), Kind::StartUp, Some(true)),
        (json!({"kind": "fault", "flags": ["tilted"]}), Kind::Fault, None),
    ] {
        let mut message = message;
        message["boot_id"] = json!("b");
        message["seq"] = json!(0);
        let [reading] = read_json(&message).unwrap().try_into().unwrap();
        assert_eq!((reading.report.kind, reading.report.occupied), (kind, occupied), "{message}");
        assert_eq!(reading.observed_at, instant(RECEIVED_AT), "{message}");
        assert_eq!(reading.time_source, TimeSource::Received);
    }
}

#[test]
fn a_devices_clock_is_believed_within_bounds() {
    for (at, believed) in [
        ("2026-09-07T00:05:00.000Z", true),
        ("2026-09-07T00:04:59.999Z", false),
        ("2026-09-15T00:10:00.000Z", true),
        ("2026-09-15T00:10:00.001Z", false),
        ("1970-01-01T00:00:00Z", false),
        ("2026-09-15T08:05:00+08:00", true),
    ] {
        let mut message = whole();
        message["at"] = json!(at);
        let [reading] = read_json(&message).unwrap().try_into().unwrap();
        assert_eq!(reading.device_at, Some(instant(at)), "{at}");
        let observed = if believed { instant(at) } else { instant(RECEIVED_AT) };
        assert_eq!(reading.observed_at, observed, "{at}");
        assert_eq!(reading.time_source == TimeSource::Device, believed, "{at}");
    }
}

#[test]
fn a_reading_with_a_wrong_field_is_refused() {
    for (field, value, code) in [
        ("boot_id", Value::Null, "missing_field"),
        ("boot_id", json!(""), "bad_field"),
        ("boot_id", json!("a b"), "bad_field"),
        ("boot_id", json!("a".repeat(33)), "bad_field"),
        ("boot_id", json!(7), "bad_field"),
        ("seq", Value::Null, "missing_field"),
        ("seq", json!(-1), "bad_field"),
        ("seq", json!(1.5), "bad_field"),
        ("seq", json!("17"), "bad_field"),
        ("seq", json!(9_223_372_036_854_775_808_u64), "bad_field"),
        ("kind", Value::Null, "missing_field"),
        ("kind", json!("info"), "bad_field"),
        ("kind", json!("parked"), "bad_field"),
        ("occupied", Value::Null, "missing_field"),
        ("occupied", json!(1), "bad_field"),
        ("at", json!("2026-09-15 00:03:10"), "bad_field"),
        ("at", json!("2026-13-15T00:03:10Z"), "bad_field"),
        ("at", json!(1_789_430_590), "bad_field"),
        ("battery_pct", json!(101), "bad_field"),
        ("battery_mv", json!(-1), "bad_field"),
        ("battery_mv", json!(4_294_967_296_u64), "bad_field"),
        ("temperature_c", json!("21"), "bad_field"),
        ("temperature_c", json!(1e9), "bad_field"),
        ("firmware", json!("1.4\u{0}"), "bad_field"),
        ("reset_cause", json!("gremlins"), "bad_field"),
        ("flags", json!("low_battery"), "bad_field"),
        ("flags", json!(["Low Battery"]), "bad_field"),
        ("flags", json!(vec!["x"; 17]), "bad_field"),
        ("rssi_dbm", json!(1000), "bad_field"),
    ] {
        let mut message = whole();
        message[field] = value.clone();
        for message in [message.clone(), json!([whole(), message])] {
            let rejected = read_json(&message).unwrap_err();
            assert_eq!(rejected.reason.code(), code, "{field} {value}");
            assert!(rejected.detail.contains(field), "{field}: {}", rejected.detail);
            assert_eq!(rejected.device_key.as_deref(), Some("bay-620001"));
        }
    }
    for (kind, occupied) in [("occupied", false), ("vacant", true)] {
        let message = json!({"boot_id": "b", "seq": 1, "kind": kind, "occupied": occupied});
        assert_eq!(read_json(&message).unwrap_err().reason.code(), "bad_field", "{kind}");
    }
}

#[test]
fn a_message_that_is_no_reading_is_refused() {
    let deep = "[".repeat(100_000);
    let long = vec![b' '; PAYLOAD_LIMIT + 1];
    let megabyte = vec![b'x'; 1 << 20];
    for (payload, code) in [
        (&b""[..], "no_payload"),
        (b"[]", "no_payload"),
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b"{} {}", "malformed_json"),
        (deep.as_bytes(), "malformed_json"),
        (&long, "payload_too_large"),
        (&megabyte, "payload_too_large"),
        (b"17", "bad_field"),
        (b"null", "bad_field"),
        (b"[[]]", "bad_field"),
        (b"{}", "missing_field"),
    ] {
        let shown = String::from_utf8_lossy(&payload[..payload.len().min(20)]).into_owned();
        assert_eq!(read(payload).unwrap_err().reason.code(), code, "{shown}");
    }
}

#[test]
fn a_batch_has_a_written_limit() {
    let batch = |n: usize| {
        let one = |seq| json!({"boot_id": "b", "seq": seq, "kind": "occupied"});
        Value::Array((0..n).map(one).collect())
    };
    let readings = read_json(&batch(BATCH_LIMIT)).unwrap();
    let numbers: Vec<i64> = readings.iter().map(|r| r.id.number).collect();
    assert_eq!(numbers, (0..500).collect::<Vec<i64>>());
    assert!(readings.iter().all(|r| r.id.part == 0));
    let rejected = read_json(&batch(BATCH_LIMIT + 1)).unwrap_err();
    assert_eq!(rejected.reason.code(), "batch_too_large");
}

#[test]
fn a_topic_without_a_device_id_is_refused() {
    let long = format!("bowei/v1/{}/up", "d".repeat(65));
    for topic in ["bowei/v1//up", "bowei/v1/a b/up", "bowei/v1/泊位/up", &long] {
        let payload = whole().to_string();
        let known = everybody_is("native");
        let rejected =
            read_message(topic, payload.as_bytes(), instant(RECEIVED_AT), &known).unwrap_err();
        assert_eq!(rejected.reason.code(), "bad_field", "{topic}");
    }
}
