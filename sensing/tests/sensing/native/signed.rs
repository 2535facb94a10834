//! Signed native messages. The macs are computed by the tool of another maker:
//! `printf 'TOPIC\0MESSAGE' | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sensing::{DeviceProfile, Heard, Network, Reading, Rejected, read_message};
use serde_json::{Value, json};

use super::{RECEIVED_AT, TOPIC};
use crate::world::{device, instant};

/// The bytes 0, 1, … 31.
fn key() -> [u8; 32] {
    std::array::from_fn(|i| u8::try_from(i).expect("32 bytes"))
}

const INNER: &str = r#"{"boot_id":"9f3a1c02","seq":17,"kind":"occupied"}"#;
const MAC: &str = "d3e4d1ad9809eab90b991767262b4e370312d5586d609a3b028ef7467e958edc";
/// Of the CBOR of the same.
const CBOR_MAC: &str = "0083a759926d25406942c985f96266fd68fb75fbd9417c8100c83180f2c010f5";
const INNER_CBOR: &[u8] = b"\xa3\x67boot_id\x689f3a1c02\x63seq\x11\x64kind\x68occupied";

fn read_with(key: Option<[u8; 32]>, topic: &str, payload: &[u8]) -> Result<Vec<Reading>, Rejected> {
    let find = |_: Network, _: &str| {
        Some(DeviceProfile {
            device: device(1),
            device_type: "native".into(),
            firmware: None,
            occupied_below_mm: None,
            mac_key: key,
        })
    };
    read_message(topic, payload, instant(RECEIVED_AT), &find).map(Heard::readings)
}

fn signed(inner: &[u8], mac: &str) -> Value {
    json!({"signed": STANDARD.encode(inner), "mac": mac})
}

#[test]
fn a_signed_message_is_read_like_the_one_within() {
    let plain = read_with(None, TOPIC, INNER.as_bytes()).unwrap();
    for message in [
        signed(INNER.as_bytes(), MAC),
        signed(INNER.as_bytes(), &MAC.to_uppercase()),
        signed(INNER_CBOR, CBOR_MAC),
    ] {
        let payload = message.to_string();
        assert_eq!(read_with(Some(key()), TOPIC, payload.as_bytes()).unwrap(), plain, "{message}");
        // Without a key in the register there is nothing to check it with.
        assert_eq!(read_with(None, TOPIC, payload.as_bytes()).unwrap(), plain, "{message}");
    }
    let bytes = |bytes: &[u8]| ciborium::Value::Bytes(bytes.to_vec());
    let text = |text: &str| ciborium::Value::Text(text.to_owned());
    let wrapped = ciborium::Value::Map(vec![
        (text("signed"), bytes(INNER_CBOR)),
        (text("mac"), bytes(&hex::decode(CBOR_MAC).unwrap())),
    ]);
    let mut payload = Vec::new();
    ciborium::into_writer(&wrapped, &mut payload).unwrap();
    assert_eq!(read_with(Some(key()), TOPIC, &payload).unwrap(), plain);
}

#[test]
fn a_message_that_is_not_signed_with_the_devices_key_is_refused() {
    let mut other_key = key();
    other_key[31] ^= 1;
    let good = signed(INNER.as_bytes(), MAC);
    let other_topic = "bowei/v1/bay-620002/up";
    let changed = INNER.replace("17", "18");
    for (key, topic, message, code) in [
        (key(), TOPIC, serde_json::from_str(INNER).unwrap(), "missing_mac"),
        (key(), TOPIC, json!([serde_json::from_str::<Value>(INNER).unwrap()]), "missing_mac"),
        (key(), TOPIC, json!({"signed": STANDARD.encode(INNER)}), "missing_mac"),
        (key(), TOPIC, json!({"mac": MAC}), "missing_mac"),
        (key(), TOPIC, json!({"signed": null, "mac": MAC}), "missing_mac"),
        (other_key, TOPIC, good.clone(), "bad_mac"),
        (key(), other_topic, good, "bad_mac"),
        (key(), TOPIC, signed(changed.as_bytes(), MAC), "bad_mac"),
        (key(), TOPIC, signed(INNER.as_bytes(), &MAC[..62]), "bad_mac"),
        (key(), TOPIC, signed(INNER.as_bytes(), ""), "bad_mac"),
        (key(), TOPIC, signed(INNER.as_bytes(), "xyz"), "bad_field"),
        (key(), TOPIC, json!({"signed": "***", "mac": MAC}), "bad_field"),
        (key(), TOPIC, json!({"signed": 7, "mac": MAC}), "bad_field"),
    ] {
        let rejected = read_with(Some(key), topic, message.to_string().as_bytes()).unwrap_err();
        assert_eq!(rejected.reason.code(), code, "{message}");
    }
    // Signed twice is not a reading.
    let twice = signed(signed(INNER.as_bytes(), MAC).to_string().as_bytes(), MAC).to_string();
    let rejected = read_with(None, TOPIC, twice.as_bytes()).unwrap_err();
    assert_eq!(rejected.reason.code(), "missing_field");
    for inner in [&b""[..], b"{", b"\xa1"] {
        let payload = signed(inner, MAC).to_string();
        let code = read_with(None, TOPIC, payload.as_bytes()).unwrap_err().reason.code();
        assert!(["no_payload", "malformed_json", "malformed_cbor"].contains(&code), "{code}");
    }
}

#[test]
fn a_key_is_never_printed() {
    let profile = DeviceProfile {
        device: device(1),
        device_type: "native".into(),
        firmware: None,
        occupied_below_mm: None,
        mac_key: Some([0xab; 32]),
    };
    let printed = format!("{profile:?}");
    assert!(printed.contains("signs: true") && !printed.contains("171"), "{printed}");
}

#[test]
fn the_example_in_the_documentation_is_signed_as_it_says() {
    let protocol = include_str!("../../../../docs/PROTOCOL.md");
    let examples = protocol.split("```").filter_map(|part| part.strip_prefix("json\n"));
    let [example] = examples.filter(|e| e.contains("\"signed\"")).collect::<Vec<_>>()[..] else {
        panic!("one example");
    };
    let read = read_with(Some(key()), "bowei/v1/street-1/up", example.as_bytes()).unwrap();
    assert_eq!((read[0].id.epoch.as_str(), read[0].id.number), ("9f3a1c02", 17));
}
