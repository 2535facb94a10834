//! Tekzitel TEKZIPARK.
//!
//! Vectors: TheThingsNetwork/lorawan-devices, vendor/tekzitel/tekzipark-codec.yaml (Apache-2.0). All
//! others are written by hand from the layout.

use serde_json::{Value, json};

use super::{down, encoded, reading, up};

const TEKZIPARK: &str = "tekzitel-tekzipark";

fn extra(radar: bool, no_beacon: bool, parking_id: u8) -> Value {
    json!({"radar": radar, "no_beacon": no_beacon, "parking_id": parking_id})
}

#[test]
fn a_tekzipark_is_understood() {
    let occupied = json!({"kind": "occupied", "occupied": true, "temperature_c": 45.0});
    let alive = json!({"kind": "heartbeat", "occupied": false, "temperature_c": 46.0});
    let with_beacons = json!({"radar": true, "no_beacon": false, "parking_id": 99,
        "beacon_rssi_dbm": -80, "beacon_ids": [85, 288]});
    let without = json!({"radar": true, "no_beacon": false, "parking_id": 99,
        "beacon_rssi_dbm": -80, "beacon_ids": []});
    // 0x37 = 55 (vacant, good battery, obstruction, no beacon, reset, keep-alive)
    let restarted = json!({"kind": "start_up", "occupied": false, "temperature_c": -1.0,
        "flags": ["obstructed"]});
    let weak = json!({"kind": "vacant", "occupied": false, "temperature_c": 0.0,
        "flags": ["low_battery"]});
    let debug = json!({"radar": true, "no_beacon": false, "parking_id": 99, "deflection_x": 1,
        "deflection_y": -1, "deflection_z": -128, "baseline_x": 127, "baseline_y": 0,
        "baseline_z": 5, "fault_code": 0, "obstruction": 7, "reflection": 255});
    let mut faulty = debug.clone();
    faulty["fault_code"] = json!(3);
    let mut occupied_and_faulty = occupied.clone();
    occupied_and_faulty["flags"] = json!(["hardware_fault"]);
    for (fport, bytes, report, extra) in [
        (1, "a82d63b000550120", occupied.clone(), with_beacons),
        (1, "a82d63", occupied.clone(), extra(true, false, 99)),
        (1, "292e62", alive, extra(true, false, 98)),
        (1, "a82d63b0", occupied.clone(), without),
        (1, "37ff00", restarted, extra(false, true, 0)),
        (1, "4000ff", weak, extra(false, false, 255)),
        (2, "a82d63 01ff80 7f0005 00 07 ff", occupied, debug),
        (2, "a82d63 01ff80 7f0005 03 07 ff", occupied_and_faulty, faulty),
    ] {
        up(TEKZIPARK, fport, bytes, &reading(&report, &extra));
    }
}

#[test]
fn a_tekzipark_frame_that_does_not_fit_is_refused() {
    for (fport, bytes, code) in [
        (42, "292e62", "unknown_frame"),
        (3, "471618eb000068aa", "unknown_frame"),
        (0, "292e62", "unknown_frame"),
        (1, "", "bad_frame"),
        (1, "292e", "bad_frame"),
        (1, "a82d63b000", "bad_frame"),
        (1, "a82d63b0005501", "bad_frame"),
        (2, "a82d63", "bad_frame"),
        (2, "a82d6301ff807f00050007", "bad_frame"),
        (2, "a82d6301ff807f00050007ff00", "bad_frame"),
    ] {
        up(TEKZIPARK, fport, bytes, &json!(code));
    }
}

#[test]
fn the_configuration_of_a_tekzipark_is_read_and_written() {
    let defaults = json!({"suppress_baseline_offset": 0, "radar_start_range": 4,
        "fluctuations_count": 7, "downlink_frequency": 0, "axis_deflection": 0, "debug_mode": 1,
        "deflection_threshold_mag": 6, "zero_neg_drop": 0, "oversampling": 0,
        "hw_acc_samples_no": 3, "fluctuation_threshold_XY": 0, "sleep_time": 7, "reset_control": 0,
        "mag_reboot": 1, "fluctuation_delay_time": 3, "axis_fluctuations": 0,
        "fluctuation_threshold_Z": 0, "self_heal": 0, "keepalive_period": 0, "radar_scan_count": 0,
        "obstruction_check": 0, "reflection_threshold_radar": 0, "OI": 0, "send_rssi": 1,
        "beacons_scan_no": 5, "ble_scan_window": 0, "ble_scan_rssi": 170});
    down(TEKZIPARK, 3, "471618eb000068aa", &json!({"readings": [], "extra": defaults}));
    assert_eq!(encoded(TEKZIPARK, &defaults), Ok((3, "471618eb000068aa".to_owned())));
    // All bits set: every field at its highest.
    let mut most = defaults.clone();
    for (name, value) in most.as_object_mut().unwrap() {
        *value = json!(match name.as_str() {
            "ble_scan_rssi" => 255,
            "fluctuations_count" | "deflection_threshold_mag" | "radar_scan_count" => 15,
            "radar_start_range"
            | "fluctuation_threshold_XY"
            | "sleep_time"
            | "fluctuation_delay_time"
            | "fluctuation_threshold_Z"
            | "reflection_threshold_radar"
            | "beacons_scan_no"
            | "ble_scan_window" => 7,
            "axis_deflection" | "oversampling" | "hw_acc_samples_no" | "axis_fluctuations"
            | "keepalive_period" => 3,
            _ => 1,
        });
    }
    assert_eq!(encoded(TEKZIPARK, &most), Ok((3, "f".repeat(16))));
    down(TEKZIPARK, 3, &"f".repeat(16), &json!({"readings": [], "extra": most}));
    for (fport, bytes, code) in [
        (3, "471618eb000068", "bad_frame"),
        (3, "471618eb000068aa00", "bad_frame"),
        (3, "", "bad_frame"),
        (1, "471618eb000068aa", "unknown_frame"),
    ] {
        down(TEKZIPARK, fport, bytes, &json!(code));
    }
    for (field, value, code) in [
        ("OI", json!(2), "bad_frame"),
        ("OI", json!(null), "bad_frame"),
        ("ble_scan_rssi", json!(256), "bad_frame"),
        ("sleep_time", json!(-1), "bad_frame"),
        ("sleep_time", json!("7"), "bad_frame"),
        ("colour", json!("green"), "unknown_frame"),
    ] {
        let mut command = defaults.clone();
        command[field] = value.clone();
        assert_eq!(encoded(TEKZIPARK, &command), Err(code), "{field} {value}");
    }
}
