//! Libelium Smart Parking, firmware 1 and 2.
//!
//! Vector: the example of the manual (page 60), decoded by hand. All others are written by hand from
//! sections 7.1 and 7.2 of the manual.

use serde_json::{Value, json};

use super::{reading, up};

const V1: &str = "libelium-parking-v1";
const V2: &str = "libelium-parking-v2";
const EITHER: &str = "libelium-parking";

/// The name of the frame's type, by the lower half of its first byte.
fn typed(bytes: &str, extra: &Value) -> Value {
    let mut extra = extra.clone();
    extra["frame_type"] = json!(match &bytes[1..2] {
        "0" => "info",
        "1" => "keep_alive",
        "2" => "daily_update",
        "3" => "error",
        "4" => "start_frame_1",
        _ => "start_frame_2",
    });
    extra
}

#[test]
fn every_frame_of_firmware_1_is_understood() {
    let axes = |raw: i16, counter: u8| json!({"temperature_raw": raw, "x": 13497, "y": -2, "z": 16224, "frame_counter": counter});
    let with = |mut extra: Value, key: &str, value: Value| {
        extra[key] = value;
        extra
    };
    for (bytes, report, extra) in [
        (
            // 0x3f = 63; 0x34b9 = 13497; 0x0917 = 2327; 0x3f60 = 16224; 0x0fc2 = 4034 mV
            "0400003f34b909173f600fc2",
            json!({"kind": "start_up", "occupied": false, "battery_mv": 4034}),
            json!({"temperature_raw": 63, "x_ref": 13497, "y_ref": 2327, "z_ref": 16224,
                "frame_counter": 0}),
        ),
        (
            "8001 003f 34b9 fffe 3f60 0000",
            json!({"kind": "occupied", "occupied": true}),
            axes(63, 1),
        ),
        // The reserved bits 5 and 4 and the reserved bytes at the end do not matter.
        (
            "3002 ff9c 34b9 fffe 3f60 abcd",
            json!({"kind": "vacant", "occupied": false}),
            axes(-100, 2),
        ),
        (
            "4003 003f 34b9 fffe 3f60 0000",
            json!({"kind": "vacant", "occupied": false, "flags": ["low_battery"]}),
            axes(63, 3),
        ),
        (
            "c1ff 17 3b 003f 34b9 fffe 3f60",
            json!({"kind": "heartbeat", "occupied": true, "flags": ["low_battery"]}),
            with(with(axes(63, 255), "clock_hour", json!(23)), "clock_minute", json!(59)),
        ),
        (
            "8204 05a0 0001 0030 02 61 0000",
            json!({"kind": "heartbeat", "occupied": true}),
            json!({"sensor_uses": 1440, "sigfox_sends": 1, "lorawan_sends": 48, "resets": 2,
                "config_id": 97, "frame_counter": 4}),
        ),
        // Bits 0 (z axis), 3 (clock) and 5 (Sigfox); 6 and 7 are reserved.
        (
            "0305 e9 003f 34b9 fffe 3f60 c8",
            json!({"kind": "fault", "occupied": false, "flags": ["hardware_fault"]}),
            with(
                with(axes(63, 5), "errors", json!(["z_axis", "clock", "sigfox"])),
                "battery_raw",
                json!(200),
            ),
        ),
        (
            "0501 07 16 09 02 04 01 03 0c 5d 00",
            json!({"kind": "start_up", "occupied": false}),
            json!({"code_id": 7, "night_start_hour": 22, "night_period_hours": 9,
                "night_sleep_time": 2, "night_keep_alive": 4, "radio_mode": 1, "sleep_time": 3,
                "keep_alive": 12, "threshold": 93, "frame_counter": 1}),
        ),
    ] {
        up(V1, 1, bytes, &reading(&report, &typed(bytes, &extra)));
        up(EITHER, 0, bytes, &reading(&report, &typed(bytes, &extra)));
    }
}

#[test]
fn every_frame_of_firmware_2_is_understood() {
    let axes = |counter: u8| json!({"x": 13497, "y": -2, "z": 16224, "frame_counter": counter});
    for (bytes, report, extra) in [
        (
            "8001 15 34b9 fffe 3f60 0000",
            json!({"kind": "occupied", "occupied": true, "temperature_c": 21.0}),
            axes(1),
        ),
        (
            "0001 ec 34b9 fffe 3f60 ffff",
            json!({"kind": "vacant", "occupied": false, "temperature_c": -20.0}),
            axes(1),
        ),
        (
            "0102 00 0a 80 34b9 fffe 3f60",
            json!({"kind": "heartbeat", "occupied": false, "temperature_c": -128.0}),
            json!({"x": 13497, "y": -2, "z": 16224, "frame_counter": 2, "clock_hour": 0,
                "clock_minute": 10}),
        ),
        (
            "0204 05a0 0001 0030 02 61 00",
            json!({"kind": "heartbeat", "occupied": false}),
            json!({"sensor_uses": 1440, "sigfox_sends": 1, "lorawan_sends": 48, "resets": 2,
                "config_id": 97, "frame_counter": 4}),
        ),
        (
            "0305 16 15 34b9 fffe 3f60 c8",
            json!({"kind": "fault", "occupied": false, "temperature_c": 21.0,
                "flags": ["hardware_fault"]}),
            json!({"x": 13497, "y": -2, "z": 16224, "frame_counter": 5,
                "errors": ["y_axis", "x_axis", "lorawan"], "battery_raw": 200}),
        ),
        (
            "8400 15 34b9 0917 3f60 0fc2",
            json!({"kind": "start_up", "occupied": true, "temperature_c": 21.0,
                "battery_mv": 4034}),
            json!({"x_ref": 13497, "y_ref": 2327, "z_ref": 16224, "frame_counter": 0}),
        ),
        (
            "0501 07 16 09 02 04 01 03 0c 5d",
            json!({"kind": "start_up", "occupied": false}),
            json!({"code_id": 7, "night_start_hour": 22, "night_period_hours": 9,
                "night_sleep_time": 2, "night_keep_alive": 4, "radio_mode": 1, "sleep_time": 3,
                "keep_alive": 12, "threshold": 93, "frame_counter": 1}),
        ),
    ] {
        up(V2, 1, bytes, &reading(&report, &typed(bytes, &extra)));
        up(EITHER, 0, bytes, &reading(&report, &typed(bytes, &extra)));
    }
}

#[test]
fn a_libelium_frame_that_does_not_fit_is_refused() {
    let body = |bytes: usize| "00".repeat(bytes);
    for kind in 6..16 {
        for top in ["0", "8", "c", "3"] {
            // A decoder that looks at three bits takes 8 for 0.
            let head = format!("{top}{kind:x}00");
            up(V1, 1, &(head.clone() + &body(10)), &json!("unknown_frame"));
            up(V2, 1, &(head + &body(9)), &json!("unknown_frame"));
        }
    }
    for (device_type, length, code) in [
        (V1, 0, "bad_frame"),
        (V1, 1, "bad_frame"),
        (V1, 11, "bad_frame"),
        (V1, 13, "bad_frame"),
        (V2, 10, "bad_frame"),
        (V2, 12, "bad_frame"),
        (EITHER, 10, "bad_frame"),
        (EITHER, 13, "bad_frame"),
        ("libelium-parking-1.2", 11, "bad_frame"),
        ("libelium-parking-2.0.1", 12, "bad_frame"),
    ] {
        up(device_type, 1, &body(length), &json!(code));
    }
}
