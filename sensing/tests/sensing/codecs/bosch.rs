//! Bosch TPS110.
//!
//! Vectors: TheThingsNetwork/lorawan-devices, vendor/bosch/tps110-0292-codec.yaml and
//! tps110-0392-codec.yaml (Apache-2.0); akenza-io/device-type-library, bosch/parkingLotSensor0_39
//! (MIT). All others are written by hand from the layouts.

use sensing::{Frame, codec, firmware_in};
use serde_json::{Value, json};

use super::{down, reading, up};

const BOSCH: &str = "bosch-tps110";
const BOSCH_029: &str = "bosch-tps110-0.29";
const BOSCH_039: &str = "bosch-tps110-0.39";

#[test]
fn a_bosch_sensor_is_understood() {
    let heartbeat = json!({"kind": "heartbeat", "occupied": true, "temperature_c": -1.0});
    let start_up = json!({"kind": "start_up", "occupied": false, "firmware": "0.39.2",
        "reset_cause": "system_request"});
    let old_start_up = json!({"kind": "start_up", "occupied": true, "firmware": "0.29.2",
        "reset_cause": "system_request"});
    let info = json!({"kind": "info"});
    for (device_type, fport, bytes, report, extra) in [
        (BOSCH_029, 1, "01", json!({"kind": "occupied", "occupied": true}), json!({})),
        (BOSCH_029, 2, "01ff", heartbeat.clone(), json!({})),
        (
            BOSCH_029,
            3,
            "240300007503000000000000001d020301",
            old_start_up,
            json!({"debug_codes": [804, 885]}),
        ),
        (BOSCH_039, 1, "01", json!({"kind": "occupied", "occupied": true}), json!({})),
        (BOSCH_039, 2, "01ff", heartbeat, json!({})),
        (
            BOSCH_039,
            3,
            "0a000000970320cd002100000027020300",
            start_up.clone(),
            json!({"debug_code": 205, "sequence_number": 33,
                "debug_bytes": "0a000000970320cd0021"}),
        ),
        (
            BOSCH_039,
            6,
            "d0000000970b20c90023",
            info.clone(),
            json!({"debug_code": 201, "sequence_number": 35,
                "debug_code_description": "LoRa join request failed",
                "debug_bytes": "d0000000970b20c90023"}),
        ),
        (
            BOSCH_039,
            6,
            "0a000000970320cd001f",
            info.clone(),
            json!({"debug_code": 205, "sequence_number": 31,
                "debug_bytes": "0a000000970320cd001f"}),
        ),
        (
            BOSCH_039,
            6,
            "00000000971930d10019",
            info.clone(),
            json!({"debug_code": 209, "sequence_number": 25,
                "debug_code_description": "Cause for last reset: Power-on",
                "debug_bytes": "00000000971930d10019"}),
        ),
        (
            BOSCH_039,
            6,
            "45730100970c22cd0022",
            info.clone(),
            json!({"debug_code": 717, "sequence_number": 34, "debug_code_description":
                "Confirmed uplink message not acknowledged after 8 re-tries",
                "debug_bytes": "45730100970c22cd0022"}),
        ),
        (BOSCH_039, 5, "0100013b8c", info.clone(), json!({"time_in_seconds": 80780})),
        (BOSCH_039, 5, "0000000039", info, json!({"parking_status_changes": 57})),
        (BOSCH_039, 2, "00", json!({"kind": "heartbeat", "occupied": false}), json!({})),
        (BOSCH_039, 2, "01", json!({"kind": "heartbeat", "occupied": true}), json!({})),
        (
            BOSCH_039,
            3,
            "0a000000970320cd000200000027020300",
            start_up,
            json!({"debug_code": 205, "sequence_number": 2,
                "debug_bytes": "0a000000970320cd0002"}),
        ),
    ] {
        up(device_type, fport, bytes, &reading(&report, &extra));
    }
    up(BOSCH_039, 42, "012a", &json!("unknown_frame"));
}

#[test]
fn only_the_lowest_bit_of_a_bosch_status_says_occupied() {
    for (fport, bytes, report) in [
        (1, "00", json!({"kind": "vacant", "occupied": false})),
        (1, "fe", json!({"kind": "vacant", "occupied": false})),
        (1, "ff", json!({"kind": "occupied", "occupied": true})),
        (2, "80", json!({"kind": "heartbeat", "occupied": false})),
        (2, "0380", json!({"kind": "heartbeat", "occupied": true, "temperature_c": -128.0})),
        (2, "027f", json!({"kind": "heartbeat", "occupied": false, "temperature_c": 127.0})),
    ] {
        for device_type in [BOSCH, BOSCH_029, BOSCH_039] {
            up(device_type, fport, bytes, &reading(&report, &json!({})));
        }
    }
}

#[test]
fn a_bosch_reset_cause_is_read_by_the_firmware() {
    let old = |cause: &str| json!({"occupied": true, "reset_cause": cause});
    for (device_type, bytes, expected) in [
        // Given: 0.29 knows four causes, 0.39 seven; the frame's own 0.39.2 does not matter.
        (BOSCH_029, ("002702", "01"), Some("watchdog")),
        (BOSCH_029, ("002702", "04"), Some("other")),
        (BOSCH_029, ("002702", "05"), None),
        ("tps110-0292", ("002702", "05"), None),
        ("tps110-0392", ("001d02", "05"), Some("lockup")),
        (BOSCH_039, ("001d02", "04"), Some("external_pin")),
        (BOSCH_039, ("001d02", "05"), Some("lockup")),
        (BOSCH_039, ("001d02", "06"), Some("brownout")),
        (BOSCH_039, ("001d02", "07"), Some("other")),
        (BOSCH_039, ("001d02", "00"), None),
        (BOSCH_039, ("001d02", "08"), None),
        // Not given: what the frame says of itself.
        (BOSCH, ("001d02", "04"), Some("other")),
        (BOSCH, ("002702", "04"), Some("external_pin")),
        (BOSCH, ("010000", "02"), Some("power_on")),
    ] {
        let bytes = format!("{}{}{}01", "00".repeat(12), bytes.0, bytes.1);
        let frame = hex::decode(&bytes).unwrap();
        let firmware = firmware_in(device_type);
        let frame = Frame { fport: 3, bytes: &frame, firmware };
        let decoded = (codec(device_type).unwrap().decode_up)(&frame).unwrap();
        let report = serde_json::to_value(&decoded.readings[0]).unwrap();
        let expected = expected.map_or(json!({"occupied": true}), old);
        assert_eq!(report["occupied"], expected["occupied"], "{device_type} {bytes}");
        assert_eq!(report["reset_cause"], expected["reset_cause"], "{device_type} {bytes}");
        let told = decoded.extra.contains_key("reset_cause_code");
        assert_eq!(told, expected["reset_cause"].is_null(), "{device_type} {bytes}");
    }
}

#[test]
fn a_bosch_sensor_tells_about_itself() {
    let info = json!({"kind": "info"});
    let alert =
        |c: f64| json!({"kind": "info", "temperature_c": c, "flags": ["temperature_alert"]});
    let firmware = json!({"kind": "info", "firmware": "0.39.2"});
    let urn = "aabbcc1000000011223344";
    // 0.39 debug code in bytes 6-7: 0xd194 & 0xfff = 404, sequence 0x0102 = 258.
    // 0.29 record: clock, then 0x1194 & 0xfff = 404 little-endian, sequence 0x0201 = 513.
    for (device_type, fport, bytes, report, extra) in [
        (BOSCH, 4, "002702", firmware, json!({})),
        (BOSCH, 4, urn, info.clone(), json!({"urn": urn})),
        (BOSCH, 5, "0200000102", info.clone(), json!({"uplink_messages_sent": 258})),
        (BOSCH, 5, "0300000003", info.clone(), json!({"times_radar_triggered": 3})),
        (BOSCH, 5, "04ffffffff", info.clone(), json!({"time_since_restart_seconds": u32::MAX})),
        (BOSCH, 5, "0500000002", info.clone(), json!({"resets_since_install": 2})),
        (BOSCH, 5, "0600015180", info.clone(), json!({"time_since_install": 86400})),
        (
            BOSCH,
            5,
            "02000001000002000003000004000005010000",
            info.clone(),
            json!({"uplink_messages_sent": {"dr0_sf12": 1, "dr1_sf11": 2, "dr2_sf10": 3,
                "dr3_sf9": 4, "dr4_sf8": 5, "dr5_sf7": 65536}}),
        ),
        (
            BOSCH,
            5,
            "0501020304050601",
            info.clone(),
            json!({"resets_since_install": {"brown_out": 1, "lockup": 2, "external_pin": 3,
                "power_on": 4, "watchdog": 5, "software_requested": 262}}),
        ),
        (
            BOSCH,
            6,
            "000000000000d1940102",
            info.clone(),
            json!({"debug_code": 404, "sequence_number": 258,
                "debug_code_description": "Park detection algorithm recalibrating",
                "debug_bytes": "000000000000d1940102"}),
        ),
        (
            BOSCH_029,
            6,
            "0000000094110000 0102",
            info.clone(),
            json!({"debug_code": 404, "sequence_number": 513}),
        ),
        (BOSCH_029, 5, "0102", info, json!({"usage_bytes": "0102"})),
        (BOSCH, 7, "ec", alert(-20.0), json!({})),
        (BOSCH, 7, "46", alert(70.0), json!({})),
    ] {
        up(device_type, fport, bytes, &reading(&report, &extra));
    }
}

#[test]
fn a_bosch_frame_that_does_not_fit_is_refused() {
    for (device_type, fport, bytes, code) in [
        (BOSCH, 0, "01", "unknown_frame"),
        (BOSCH, 8, "01", "unknown_frame"),
        (BOSCH, 255, "", "unknown_frame"),
        (BOSCH_029, 7, "46", "unknown_frame"),
        (BOSCH_029, 5, "", "bad_frame"),
        (BOSCH, 1, "", "bad_frame"),
        (BOSCH, 1, "0100", "bad_frame"),
        (BOSCH, 2, "", "bad_frame"),
        (BOSCH, 2, "010203", "bad_frame"),
        (BOSCH, 3, "", "bad_frame"),
        (BOSCH, 3, "0a000000970320cd0021000000270203", "bad_frame"),
        (BOSCH, 3, "0a000000970320cd00210000002702030000", "bad_frame"),
        (BOSCH, 4, "", "bad_frame"),
        (BOSCH, 4, "0027", "bad_frame"),
        (BOSCH, 4, "aabbcc10000000112233", "bad_frame"),
        (BOSCH, 5, "", "bad_frame"),
        (BOSCH, 5, "01", "bad_frame"),
        (BOSCH, 5, "0100013b8c00", "bad_frame"),
        (BOSCH, 5, "0700000001", "unknown_frame"),
        (BOSCH, 5, "ff", "unknown_frame"),
        (BOSCH, 6, "d0000000970b20c900", "bad_frame"),
        (BOSCH, 6, "d0000000970b20c9002300", "bad_frame"),
        (BOSCH, 7, "", "bad_frame"),
        (BOSCH, 7, "1414", "bad_frame"),
    ] {
        up(device_type, fport, bytes, &json!(code));
    }
}

#[test]
fn a_command_to_a_bosch_sensor_is_read_and_written() {
    let asked = json!({"command": "Device Usage Request",
        "sub_command": "Time running in occupied state"});
    let command =
        |c: &str, s: &str| json!({"readings": [], "extra": {"command": c, "sub_command": s}});
    for (fport, bytes, expected) in [
        (55, "01", json!({"readings": [], "extra": asked.clone()})),
        (55, "06", command("Device Usage Request", "Time running since installation")),
        (51, "00", command("Parking status confirmable configuration", "Confirmed")),
        (52, "05", command("DataRate configuration", "DR5")),
        (53, "01", command("Heartbeat frequency", "Normal")),
        (54, "01", command("Device Information Request", "Firmware version")),
        (55, "07", json!("bad_frame")),
        (51, "05", json!("bad_frame")),
        (52, "06", json!("bad_frame")),
        (53, "04", json!("bad_frame")),
        (54, "02", json!("bad_frame")),
        (55, "", json!("bad_frame")),
        (55, "0101", json!("bad_frame")),
        (50, "01", json!("unknown_frame")),
        (1, "01", json!("unknown_frame")),
    ] {
        down(BOSCH_039, fport, bytes, &expected);
    }
    let encode = |command: &Value| {
        (codec(BOSCH_039).unwrap().encode_down)(command.as_object().unwrap())
            .map(|down| (down.fport, down.bytes))
            .map_err(|refusal| refusal.detail)
    };
    assert_eq!(encode(&asked), Ok((55, vec![1])));
    let nonsense =
        json!({"command": "Device Usage Request", "sub_command": "Answer to everything 42"});
    assert_eq!(encode(&nonsense), Err("invalid Device Usage Request".to_owned()));
    assert_eq!(encode(&json!({})), Err("invalid command".to_owned()));
}
