//! Whatever comes, the answer is readings or a refusal; never a panic.

use proptest::prelude::*;
use sensing::{Frame, Heard, Refusal, codec, codecs, device_types, read_message};
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
        "signed",
        "mac",
        "batteryLevel",
        "margin",
        "acknowledged",
        "fCntDown",
        "queueItemId",
        "location",
        "latitude",
        "longitude",
        "accuracy",
        "level",
        "join_accept",
        "downlink_ack",
        "downlink_nack",
        "downlink_sent",
        "downlink_queued",
        "downlink_failed",
        "downlinks",
        "correlation_ids",
        "error",
        "location_solved",
        "service_data",
        "last_battery_percentage",
        "value",
        "command",
        "working_mode",
        "report_interval_s",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn topics() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("bowei/v1/d/up".to_owned()),
        Just("application/a/device/0101010101010101/event/up".to_owned()),
        Just("v3/a@t/devices/d/up".to_owned()),
        "application/a/device/0101010101010101/event/(join|status|ack|txack|log|location)",
        "v3/a@t/devices/d/(join|down/(ack|nack|sent|queued|failed|push|replace)|location/solved|service/data)",
        ".{0,40}",
        "(bowei|application|v3)(/[a-z0-9]{0,8}){0,5}",
    ]
}

fn types() -> impl Strategy<Value = &'static str> {
    let more = ["native", "bosch-tps110-0.29", "libelium-parking-1.0", "?"];
    prop::sample::select(device_types().chain(more).collect::<Vec<_>>())
}

/// Bytes, and runs of what channels and texts begin with.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let heads = vec![
        vec![0x01, 0x75],
        vec![0x03, 0x00],
        vec![0x03, 0x67],
        vec![0x04, 0x82],
        vec![0x05, 0x00],
        vec![0x83, 0x67],
        vec![0x84, 0x82],
        vec![0xff, 0x0b],
        vec![0x15, 0x66],
        vec![0x37, 0x66],
        vec![0x02, 0x67],
        vec![0x21, 0x00],
        b"K1".to_vec(),
        b"R0".to_vec(),
        b"3.62+21.5".to_vec(),
        vec![0x01, 0xb1],
        vec![0x81, 0xb1],
        vec![0xff, 0x71],
        vec![0xff, 0x03],
    ];
    let part = prop_oneof![
        prop::sample::select(heads),
        prop::collection::vec(any::<u8>(), 0..4),
        prop::collection::vec(0_u8..3, 1..4),
    ];
    let parts = prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat());
    prop_oneof![parts, prop::collection::vec(any::<u8>(), 0..120)]
}

fn is_of_a_codec(refusal: &Refusal) -> bool {
    ["unknown_frame", "bad_frame"].contains(&refusal.reason.code())
}

/// CBOR of any shape, sound and unsound.
fn any_cbor() -> impl Strategy<Value = Vec<u8>> {
    let sound = any_json().prop_map(|message| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&message, &mut bytes).expect("plain data");
        bytes
    });
    let cut = (any_json(), any::<prop::sample::Index>()).prop_map(|(message, at)| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&message, &mut bytes).expect("plain data");
        bytes.truncate(at.index(bytes.len() + 1));
        bytes
    });
    let head =
        prop::sample::select(vec![0x80, 0x9a, 0x9b, 0x9f, 0xa1, 0xba, 0xbf, 0xc1, 0xd9, 0xdb]);
    let wild = (head, prop::collection::vec(any::<u8>(), 0..60))
        .prop_map(|(head, rest)| [&[head], &rest[..]].concat());
    prop_oneof![sound, cut, wild]
}

proptest! {
    #[test]
    fn any_cbor_is_read_or_refused(payload in any_cbor(), topic in topics()) {
        for topic in [&topic, "bowei/v1/d/up"] {
            let known = everybody_is("native");
            match read_message(topic, &payload, Timestamp::from_ms(0), &known) {
                Ok(heard) => prop_assert!(!heard.readings().is_empty()),
                Err(rejected) => prop_assert!(!rejected.detail.is_empty()),
            }
        }
    }

    #[test]
    fn any_command_is_written_or_refused(command in any_json()) {
        let Value::Object(command) = command else { return Ok(()) };
        for codec in codecs() {
            if let Err(refusal) = (codec.encode_down)(&command) {
                prop_assert!(is_of_a_codec(&refusal));
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        topic in topics(),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        device_type in types(),
    ) {
        let read = read_message(&topic, &payload, Timestamp::from_ms(0), &everybody_is(device_type));
        prop_assert!(
            read.is_err()
                || serde_json::from_slice::<Value>(&payload).is_ok()
                || ciborium::from_reader::<ciborium::Value, _>(&payload[..]).is_ok()
        );
    }

    #[test]
    fn any_json_is_read_or_refused(topic in topics(), message in any_json(), device_type in types()) {
        let payload = message.to_string();
        let known = everybody_is(device_type);
        match read_message(&topic, payload.as_bytes(), Timestamp::from_ms(0), &known) {
            Ok(Heard::Readings(readings)) => prop_assert!(!readings.is_empty()),
            Ok(Heard::Notice(notice)) => prop_assert!(!notice.what.name().is_empty()),
            Err(rejected) => prop_assert!(!rejected.detail.is_empty()),
        }
    }

    #[test]
    fn any_frame_is_decoded_or_refused(
        fport in any::<u8>(),
        bytes in any_frame(),
        firmware in prop::option::of("[0-9.v]{0,8}"),
    ) {
        for device_type in device_types() {
            let codec = codec(device_type).unwrap();
            for fport in [fport, fport % 11, 85, 51 + fport % 5] {
                let frame = Frame { fport, bytes: &bytes, firmware: firmware.as_deref() };
                match (codec.decode_up)(&frame) {
                    Ok(decoded) => prop_assert!(!decoded.readings.is_empty()),
                    Err(refusal) => prop_assert!(is_of_a_codec(&refusal)),
                }
                match (codec.decode_down)(&frame) {
                    Ok(decoded) => {
                        prop_assert!(decoded.readings.is_empty());
                        // What was read can be written, and says the same again.
                        let written = (codec.encode_down)(&decoded.extra).expect("its own words");
                        let again = Frame { fport: written.fport, bytes: &written.bytes, firmware: None };
                        prop_assert_eq!((codec.decode_down)(&again).unwrap(), decoded);
                    }
                    Err(refusal) => prop_assert!(is_of_a_codec(&refusal)),
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
                let mut reports: Vec<_> =
                    read.unwrap().readings().into_iter().map(|r| r.report).collect();
                prop_assert_eq!(std::mem::take(&mut reports[0].extra), decoded.extra);
                prop_assert_eq!(reports, decoded.readings);
            }
            Err(refusal) => prop_assert_eq!(read.unwrap_err().reason, refusal.reason),
        }
    }
}

#[test]
fn every_decoder_has_a_fuzz_target_and_something_to_start_from() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let codecs = device_types().map(|device_type| match device_type {
        // The layout is a matter of the firmware there.
        "libelium-parking-v1" | "libelium-parking-v2" => "libelium_parking".to_owned(),
        _ => device_type.replace('-', "_"),
    });
    for target in codecs.chain(["native", "chirpstack", "the_things_stack"].map(str::to_owned)) {
        for needed in [format!("fuzz_targets/{target}.rs"), format!("corpus/{target}")] {
            assert!(folder.join(&needed).exists(), "fuzz/{needed} is missing");
        }
    }
}
