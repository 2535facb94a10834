//! The same messages as CBOR.
//!
//! Bytes are written by hand from RFC 8949 where the encoding matters; the rest is made by an encoder
//! that the reader does not share its rules with.

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::{read, read_json, whole};
use crate::world::instant;

fn encoded(item: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(item, &mut bytes).expect("plain data");
    bytes
}

fn cbor(message: &Value) -> Vec<u8> {
    encoded(&Cbor::serialized(message).expect("plain data"))
}

fn reading_at(at: Cbor) -> Vec<u8> {
    let text = |text: &str| Cbor::Text(text.to_owned());
    encoded(&Cbor::Map(vec![
        (text("boot_id"), text("b")),
        (text("seq"), Cbor::Integer(1.into())),
        (text("kind"), text("occupied")),
        (text("at"), at),
    ]))
}

#[test]
fn a_reading_is_the_same_in_json_and_in_cbor() {
    for message in [
        whole(),
        json!([whole(), {"boot_id": "b", "seq": 2, "kind": "vacant", "at": null}]),
        json!({"boot_id": "b", "seq": i64::MAX, "kind": "fault", "flags": [], "temperature_c": -0.5}),
    ] {
        assert_eq!(read(&cbor(&message)), read_json(&message), "{message}");
    }
    // {"boot_id": "b", "seq": 1, "kind": "occupied"} with lengths given, and without
    let tail = b"\x67boot_id\x61b\x63seq\x01\x64kind\x68occupied";
    let plain = json!({"boot_id": "b", "seq": 1, "kind": "occupied"});
    for bytes in [
        [b"\xa3", &tail[..]].concat(),
        [b"\xbf", &tail[..], b"\xff"].concat(),
        [b"\xd9\xd9\xf7\xa3", &tail[..]].concat(),
    ] {
        assert_eq!(read(&bytes), read_json(&plain), "{}", hex::encode(bytes));
    }
}

#[test]
fn an_instant_may_be_a_text_seconds_or_milliseconds() {
    // 2026-09-15T00:03:10Z is 1789430590 s after 1970.
    let text = || Box::new(Cbor::Text("2026-09-15T08:03:10.250+08:00".to_owned()));
    for (at, expected) in [
        (*text(), "2026-09-15T00:03:10.250Z"),
        (Cbor::Tag(0, text()), "2026-09-15T00:03:10.250Z"),
        (Cbor::Tag(1, Box::new(Cbor::Integer(1_789_430_590.into()))), "2026-09-15T00:03:10Z"),
        (Cbor::Tag(1, Box::new(Cbor::Float(1_789_430_590.25))), "2026-09-15T00:03:10.250Z"),
        (Cbor::Tag(1, Box::new(Cbor::Float(1_789_430_590.123))), "2026-09-15T00:03:10.123Z"),
        (Cbor::Integer(1_789_430_590_250_i64.into()), "2026-09-15T00:03:10.250Z"),
        (Cbor::Integer((-1_i64).into()), "1969-12-31T23:59:59.999Z"),
    ] {
        let [reading] = read(&reading_at(at.clone())).unwrap().try_into().unwrap();
        assert_eq!(reading.device_at, Some(instant(expected)), "{at:?}");
    }
}

#[test]
fn cbor_that_is_no_reading_is_refused() {
    let deep = [vec![0x81; 100_000], vec![0xf6]].concat();
    let tag = |tag: u64, inner: Cbor| reading_at(Cbor::Tag(tag, Box::new(inner)));
    for (payload, code) in [
        (b"\x80".to_vec(), "no_payload"),
        (b"\xa0".to_vec(), "missing_field"),
        (b"\x81\x80".to_vec(), "bad_field"),
        (b"\xa1".to_vec(), "malformed_cbor"),
        (b"\xa0\xa0".to_vec(), "malformed_cbor"),
        (b"\x9f".to_vec(), "malformed_cbor"),
        (deep, "malformed_cbor"),
        // A list, a map and a text that claim to be enormous.
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(), "malformed_cbor"),
        (b"\x9a\x7f\xff\xff\xff\x01".to_vec(), "malformed_cbor"),
        (b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(), "malformed_cbor"),
        (b"\xa1\x7b\x00\x00\x00\xff\xff\xff\xff\xffa".to_vec(), "malformed_cbor"),
        (b"\xa1\x61a\x5b\x00\x00\x00\xff\xff\xff\xff\xffa".to_vec(), "malformed_cbor"),
        (b"\xa1\x01\x02".to_vec(), "bad_field"),
        (b"\xa1\x64kind\x41a".to_vec(), "bad_field"),
        (b"\xa1\x61x\xf9\x7e\x00".to_vec(), "bad_field"),
        // Undefined is the same as absent.
        (b"\xa1\x61x\xf7".to_vec(), "missing_field"),
        (b"\xc0\xa0".to_vec(), "bad_field"),
        (tag(1, Cbor::Text("now".into())), "bad_field"),
        (tag(0, Cbor::Integer(1.into())), "bad_field"),
        (tag(2, Cbor::Bytes(vec![1; 9])), "bad_field"),
        (tag(1, Cbor::Float(f64::INFINITY)), "bad_field"),
        (tag(1, Cbor::Integer(i64::MAX.into())), "bad_field"),
        (reading_at(Cbor::Integer(i64::MAX.into())), "bad_field"),
        (reading_at(Cbor::Bool(true)), "bad_field"),
    ] {
        let shown = hex::encode(&payload[..payload.len().min(20)]);
        assert_eq!(read(&payload).unwrap_err().reason.code(), code, "{shown}");
    }
}
