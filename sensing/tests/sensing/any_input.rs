//! Whatever comes, the answer is readings or a refusal; never a panic.

use proptest::prelude::*;
use sensing::{Frame, codec, device_types, read_message};
use serde_json::{Value, json};
use vocabulary::Timestamp;

use crate::world::everybody_is;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "occupied",
            "heartbeat",
            "AQ==",
            "00189440",
            "2026-09-15T00:00:00Z"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(field(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    let names = [
        "boot_id",
        "seq",
        "kind",
        "occupied",
        "at",
        "flags",
        "firmware",
        "time",
        "deviceInfo",
        "devEui",
        "devAddr",
        "fCnt",
        "fPort",
        "data",
        "rxInfo",
        "nsTime",
        "rssi",
        "snr",
        "end_device_ids",
        "dev_eui",
        "device_id",
        "uplink_message",
        "session_key_id",
        "f_cnt",
        "f_port",
        "frm_payload",
        "rx_metadata",
        "received_at",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn topics() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("bowei/v1/d/up".to_owned()),
        Just("application/a/device/0101010101010101/event/up".to_owned()),
        Just("v3/a@t/devices/d/up".to_owned()),
        ".{0,40}",
        "(bowei|application|v3)(/[a-z0-9]{0,8}){0,5}",
    ]
}

fn types() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "native",
        "bosch-tps110",
        "bosch-tps110-0.29",
        "milesight-vs34x",
        "?",
    ])
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        topic in topics(),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        device_type in types(),
    ) {
        let read = read_message(&topic, &payload, Timestamp::from_ms(0), &everybody_is(device_type));
        prop_assert!(read.is_err() || serde_json::from_slice::<Value>(&payload).is_ok());
    }

    #[test]
    fn any_json_is_read_or_refused(topic in topics(), message in any_json(), device_type in types()) {
        let payload = message.to_string();
        let known = everybody_is(device_type);
        match read_message(&topic, payload.as_bytes(), Timestamp::from_ms(0), &known) {
            Ok(readings) => prop_assert!(!readings.is_empty()),
            Err(rejected) => prop_assert!(!rejected.detail.is_empty()),
        }
    }

    #[test]
    fn any_frame_is_decoded_or_refused(
        fport in any::<u8>(),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        firmware in prop::option::of("[0-9.v]{0,8}"),
    ) {
        for device_type in device_types() {
            let codec = codec(device_type).unwrap();
            for fport in [fport, fport % 8, 85, 51 + fport % 5] {
                let frame = Frame { fport, bytes: &bytes, firmware: firmware.as_deref() };
                for way in [codec.decode_up, codec.decode_down] {
                    if let Err(refusal) = way(&frame) {
                        let code = refusal.reason.code();
                        prop_assert!(["unknown_frame", "bad_frame"].contains(&code));
                    }
                }
            }
        }
    }

    #[test]
    fn a_wrapped_frame_gives_what_the_codec_gives(bytes in prop::collection::vec(any::<u8>(), 1..20), port in 1_u8..9) {
        use base64::Engine;
        let data = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let message = json!({"devAddr": "00189440", "fPort": port, "data": data}).to_string();
        let topic = "application/a/device/0101010101010101/event/up";
        let known = everybody_is("bosch-tps110");
        let read = read_message(topic, message.as_bytes(), Timestamp::from_ms(0), &known);
        let frame = Frame { fport: port, bytes: &bytes, firmware: None };
        match (codec("bosch-tps110").unwrap().decode_up)(&frame) {
            Ok(decoded) => {
                let reports: Vec<_> = read.unwrap().into_iter().map(|r| r.report).collect();
                prop_assert_eq!(reports, decoded.readings);
            }
            Err(refusal) => prop_assert_eq!(read.unwrap_err().reason, refusal.reason),
        }
    }
}
